"""Pages, feeds and badges written out: everything that somebody else has said is escaped."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from release_tool.dashboard import deployments
from release_tool.dashboard.answers import Answer
from release_tool.dashboard.asked import Asked
from release_tool.dashboard.page import Page
from release_tool.dashboard.snapshot import Snapshot
from release_tool.dashboard.words import age, commit_link, compare_link, count, short_name, span, tone, web_link
from release_tool.times import iso, spelled

HERE = Path(__file__).parent
SECONDS_MOVING, SECONDS_AT_REST, SECONDS_WAITING = 3, 15, 1
ENTRIES = 50


def static_folder() -> Path:
    return HERE / "static"


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "count": count, "iso": iso, "spelled": spelled, "span": span, "path": _path, "clock": _clock,
    }  # fmt: skip
    made.globals |= {
        "age": age, "commit_link": commit_link, "compare_link": compare_link, "short_name": short_name, "tone": tone,
        "version": _version(), "web_link": web_link,
    }  # fmt: skip
    return made


def _path(name: object) -> str:
    """As a part of an address."""
    return quote(str(name), safe="")


def _clock(at: datetime) -> str:
    return at.astimezone(timezone.utc).strftime("%H:%M:%S UTC")


def _version() -> str:
    """Changes with the assets, so that a browser may keep them for good."""
    files = sorted(static_folder().iterdir())
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:8]


_TEMPLATES = _environment()


def page(
    found: Page,
    snapshot: Snapshot | None,
    snapshots: Mapping[str, Snapshot],
    path: str,
    asked: Asked,
    mood: str = "good",
) -> Answer:
    """The ETag leaves out when AWS was last looked at: nobody needs the page again for that. `mood` is the icon's."""
    shared = {
        "page": found,
        "snapshot": snapshot,
        "project": None if snapshot is None else snapshot.project,
        "base": "" if snapshot is None else f"/projects/{_path(snapshot.project.id)}",
        "now": datetime.now(timezone.utc) if snapshot is None else snapshot.at,
        "snapshots": snapshots,
        "asked": asked,
        "path": path,
    }
    main = _TEMPLATES.get_template(found.template).render(shared, **found.values)
    troubles = _TEMPLATES.get_template("troubles.html").render(shared)
    steady = "\0".join((found.title, mood, troubles, main, str(_TEMPLATES.globals["version"]))).encode()
    etag = f'W/"{hashlib.sha256(steady).hexdigest()[:32]}"'
    body = _TEMPLATES.get_template("layout.html").render(
        shared, main=main, troubles=troubles, mood=mood, etag=etag, seconds=_seconds(found, snapshot)
    )  # both parts were escaped when they were written
    return Answer(body.encode(), "text/html", found.status, steady)


def _seconds(found: Page, snapshot: Snapshot | None) -> int:
    if found.wanted or found.status in (202, 503):
        return SECONDS_WAITING
    return SECONDS_MOVING if snapshot is not None and snapshot.is_moving else SECONDS_AT_REST


# --- feeds and badges


def feed(snapshot: Snapshot, asked: Asked, origin: str) -> Answer:
    """The newest deployment sets, by the filters of their list."""
    question = deployments.filter_of(asked, snapshot)
    found = deployments.matching(snapshot, question)[:ENTRIES]
    items = [deployments.item_of(s, snapshot) for s in found]
    body = _TEMPLATES.get_template("feed.xml").render(
        snapshot=snapshot, project=snapshot.project, items=items, origin=origin, asked=asked
    )
    return Answer(body.encode(), "application/atom+xml")


def badge_svg(label: str, says: str, tone: str) -> Answer:
    values: dict[str, Any] = {"label": label, "says": says, "tone": tone}
    values |= {"left": 14 + 7 * len(label), "right": 14 + 7 * len(says)}
    return Answer(_TEMPLATES.get_template("badge.svg").render(values).encode(), "image/svg+xml")
