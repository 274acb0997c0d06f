"""Each page as a template's name and the values that it shows: pure functions of a snapshot and a question."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from urllib.parse import quote

from release_tool.dashboard import api
from release_tool.dashboard import compare as comparing
from release_tool.dashboard import deployments as deploying
from release_tool.dashboard import metrics as measuring
from release_tool.dashboard import releases as releasing
from release_tool.dashboard.answers import Answer
from release_tool.dashboard.asked import Asked
from release_tool.dashboard.matrix import Choice, cell_of, services_of
from release_tool.dashboard.matrix import matrix as matrix_now
from release_tool.dashboard.page import Page
from release_tool.dashboard.past import matrix_at
from release_tool.dashboard.places import environment_page, service_page
from release_tool.dashboard.rendering import badge_svg
from release_tool.dashboard.snapshot import Now, Snapshot
from release_tool.dashboard.words import WENT_WRONG, count, tone
from release_tool.errors import AskedWrongly
from release_tool.model import Kind, Word, worst

SHORTEST_PREFIX = 4


Making = Callable[[Snapshot, Mapping[str, str], Asked], Page]


def first_look(snapshot: Snapshot) -> Page | None:
    """Until anything could be read there is only why not."""
    if snapshot.has_data:
        return None
    if not snapshot.all_troubles:
        return None if snapshot.version else Page("wait.html", "Reading", status=503)
    return Page("wait.html", "Nothing could be read", status=503)


def projects(snapshots: Mapping[str, Snapshot]) -> Page:
    rows = [(s, matrix_now(s)) for s in snapshots.values()]
    return Page("projects.html", "Projects", {"rows": rows})


def help_page() -> Page:
    return Page("help.html", "Help", {"all_words": list(Word)}, "help")


def mood(snapshot: Snapshot) -> str:
    """The worst of what is shown."""
    tones = {tone for _, tone, _ in matrix_now(snapshot).summaries}
    return next((m for m in ("bad", "busy", "warn") if m in tones), "good")


# --- the matrix


def matrix(snapshot: Snapshot, path: Mapping[str, str], asked: Asked) -> Page:
    known = [now.environment.id for now in snapshot.environments]
    choice = Choice(
        environments=asked.some_of("environment", "environment", known),
        services=asked.some_of("service", "service", deploying.known_services(snapshot)),
        words=asked.words(),
        only=asked.one_of("only", ("drift",)),
        text=asked.one("q") or "",
        by_name=asked.one_of("sort", ("name",)) == "name",
    )
    at = asked.time("at")
    found = matrix_now(snapshot, choice) if at is None else matrix_at(snapshot, at, choice)
    values = {
        "matrix": found,
        "choice": choice,
        "at": at,
        "known": known,
        "all_words": list(Word),
        "whole": snapshot.history.lines_end,
        "day_before": (at or snapshot.at) - timedelta(days=1),
    }
    return Page("matrix.html", "Now" if at is None else "Then", values, "now")


# --- deployments


def deployments(snapshot: Snapshot, path: Mapping[str, str], asked: Asked) -> Page:
    question = deploying.filter_of(asked, snapshot)
    values = {
        "listing": deploying.listing(snapshot, question),
        "question": question,
        "environments": [now.environment.id for now in snapshot.environments],
        "services": deploying.known_services(snapshot),
        "all_words": list(Word),
        "kinds": list(Kind),
    }
    return Page("deployments.html", "Deployments", values, "deployments")


def deployment(snapshot: Snapshot, path: Mapping[str, str], asked: Asked) -> Page:
    number = number_in(path["which"], "deployment", snapshot)
    found = snapshot.history.by_number.get(number)
    if str(number) != path["which"] or found is None:
        return _elsewhere("deployment", number, snapshot)
    one = deploying.one(found, snapshot)
    wanted = () if one.parts is not None else (("deployment", number),)
    return Page("deployment.html", f"Deployment {number}", {"one": one}, "deployments", wanted=wanted)


def _elsewhere(kind: str, number: int, snapshot: Snapshot) -> Page:
    known = snapshot.history.release_by_number if kind == "release" else snapshot.history.by_number
    if number not in known:
        raise api.missing(kind, number, snapshot)
    return Page("", "", to=f"/projects/{quote(snapshot.project.id)}/{kind}s/{number}")


def number_in(which: str, kind: str, snapshot: Snapshot) -> int:
    """A number; or the beginning of a set's id or of a release hash, where only one begins like that."""
    known = snapshot.history.release_by_number if kind == "release" else snapshot.history.by_number
    is_number = which.isascii() and which.isdigit() and len(which) <= 10
    if is_number and (int(which) in known or len(which) < SHORTEST_PREFIX):
        return int(which)
    found = by_prefix(which.lower(), kind, snapshot) if SHORTEST_PREFIX <= len(which) <= 100 else ()
    if len(found) == 1:
        return found[0]
    if len(found) > 1:
        listed = ", ".join(str(number) for number in found[:10])
        raise api.NotThere(f"`{which}` begins several {kind}s", f"there are {kind}s {listed}")
    if is_number:
        return int(which)
    raise api.NotThere(f"no {kind} is called `{which[:100]}`", f"use its number, as in /{kind}s/42")


def by_prefix(prefix: str, kind: str, snapshot: Snapshot) -> tuple[int, ...]:
    """Newest first."""
    history = snapshot.history
    if kind == "deployment":
        return tuple(s.number for s in history.sets if s.id.lower().startswith(prefix))
    deployed = {
        line.release
        for parts in history.parts.values()
        for line in parts
        if (line.release_hash or "").startswith(prefix)
    }
    named = {r.number for r in history.releases if r.id.lower().startswith(prefix)}
    return tuple(sorted(deployed | named, reverse=True))


# --- releases


def releases(snapshot: Snapshot, path: Mapping[str, str], asked: Asked) -> Page:
    question = releasing.filter_of(asked, snapshot)
    values = {
        "listing": releasing.listing(snapshot, question),
        "question": question,
        "environments": [now.environment.id for now in snapshot.environments],
        "services": deploying.known_services(snapshot),
        "presences": releasing.PRESENCES,
    }
    return Page("releases.html", "Releases", values, "releases")


def release(snapshot: Snapshot, path: Mapping[str, str], asked: Asked) -> Page:
    number = number_in(path["which"], "release", snapshot)
    found = snapshot.history.release_by_number.get(number)
    if str(number) != path["which"] or found is None:
        return _elsewhere("release", number, snapshot)
    one = releasing.one(found, snapshot)
    wanted = [] if one.images is not None else [("release", number)]
    if one.ranges is None and one.first_deployment is not None:
        wanted.append(("deployment", one.first_deployment))
    items = [deploying.item_of(snapshot.history.by_number[n], snapshot) for n in one.deployments[:50]]
    return Page("release.html", f"Release {number}", {"one": one, "items": items}, "releases", wanted=tuple(wanted))


# --- places


def environment(snapshot: Snapshot, path: Mapping[str, str], asked: Asked) -> Page:
    now = api.place(snapshot, path["environment"])
    return Page("environment.html", now.environment.name, {"here": environment_page(now, snapshot)}, "now")


def service(snapshot: Snapshot, path: Mapping[str, str], asked: Asked) -> Page:
    found = next((s for s in services_of(snapshot) if s.id == path["service"]), None)
    if found is None:
        api.service_history(snapshot, path["service"], Asked())
        raise api.NotThere(f"`{path['service']}` is not among the services any more")
    values = {"here": service_page(found, snapshot, asked.number("before"))}
    return Page("service.html", found.name, values, "now")


def compare(snapshot: Snapshot, path: Mapping[str, str], asked: Asked) -> Page:
    here, there = comparing.environments_of(asked, snapshot)
    found = comparing.comparison(here, there, snapshot)
    wanted = tuple(("deployment", number) for number in found.waits_for)
    values = {"found": found, "environments": [now.environment.id for now in snapshot.environments]}
    return Page("compare.html", "Compare", values, "compare", wanted=wanted)


def metrics(snapshot: Snapshot, path: Mapping[str, str], asked: Asked) -> Page:
    environment_id, window = api.metrics_question(snapshot, asked)
    values = {
        "metrics": measuring.metrics(snapshot, environment_id, window),
        "environment": environment_id,
        "environments": [now.environment.id for now in snapshot.environments],
        "window": window,
        "windows": measuring.WINDOWS,
        "whole": snapshot.history.is_whole,
        "read_back_to": snapshot.history.sets[-1].requested_at if snapshot.history.sets else None,
        "cite": measuring.CITE,
    }
    return Page("metrics.html", "Metrics", values, "metrics")


# --- small pictures


def badge(now: Now, snapshot: Snapshot) -> Answer:
    """The worst word of what is there, and how many services it is about."""
    cells = [cell_of(s, now, snapshot) for s in services_of(snapshot) if s.exists_in(now.environment)]
    word = worst(c.word for c in cells if c.word is not None)
    about = sum(c.word is word for c in cells)
    says = "never deployed" if word is None else str(word)
    if word in WENT_WRONG or word is Word.IN_PROGRESS:
        says = f"{says} ({count(about, 'service')})"
    return badge_svg(now.environment.id, says, tone(word))


# --- when it can't be shown


def not_found(missing: api.NotThere) -> Page:
    status = 202 if missing.wanted else 404
    title = "Being looked for" if missing.wanted else "Not found"
    return Page(
        "error.html", title, {"sentence": missing.sentence, "next": missing.next, "heading": title}, status=status
    )


def refused(error: AskedWrongly) -> Page:
    values = {"sentence": error.message, "next": error.next, "heading": "That can't be asked"}
    return Page("error.html", "Asked wrongly", values, status=400)


def error_page(status: int, sentence: str, next_step: str | None) -> Page:
    heading = {404: "Not found", 405: "Only reading here"}.get(status, "Something went wrong")
    return Page("error.html", heading, {"sentence": sentence, "next": next_step, "heading": heading}, status=status)
