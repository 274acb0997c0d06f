"""The answers of `/api/v1`: the shapes that `--output=json` has, and beside them how old the data is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from release_tool import documents
from release_tool.dashboard import compare, deployments, metrics, past, releases
from release_tool.dashboard.asked import Asked
from release_tool.dashboard.drift import drift_of, pairs
from release_tool.dashboard.history import MOST_KEPT
from release_tool.dashboard.matrix import Cell, services_of
from release_tool.dashboard.snapshot import Now, Snapshot, Trouble
from release_tool.documents import Document
from release_tool.errors import UnknownName
from release_tool.model import Release, ReleaseSet
from release_tool.times import iso

Wanted = tuple[str, int]
A_FEW = 100
"""So many deployments may have been made since the last look."""


@dataclass(frozen=True, slots=True)
class Told:
    """`wanted` is what has to be read before the answer is whole; the status is 202 then."""

    document: Document
    wanted: tuple[Wanted, ...] = ()
    status: int = 200


@dataclass(frozen=True, slots=True)
class NotThere(Exception):
    """What was looked for; `perhaps` it was only not read yet."""

    sentence: str
    next: str | None = None
    wanted: tuple[Wanted, ...] = field(default=())


def projects(snapshots: Mapping[str, Snapshot]) -> Document:
    return {
        "projects": [
            {
                "project": s.project.id,
                "name": s.project.name,
                "environments": [
                    {"environment": e.id, "name": e.name, "production": e.production} for e in s.project.environments
                ],
                **freshness(s),
            }
            for s in snapshots.values()
        ]
    }


def freshness(snapshot: Snapshot) -> Document:
    return {
        "as_of": iso(snapshot.oldest_look or snapshot.at),
        "troubles": [_trouble(t) for t in snapshot.all_troubles],
    }


def _trouble(trouble: Trouble) -> Document:
    return {
        "about": trouble.about,
        "message": trouble.message,
        "next": trouble.next,
        "since": iso(trouble.since),
    }


# --- the matrix


def matrix(snapshot: Snapshot, asked: Asked) -> Told:
    at = asked.time("at")
    if at is not None:
        return Told(_matrix_at(snapshot, asked) | freshness(snapshot))
    boards = [now.board for now in snapshot.environments if now.board is not None]
    document = documents.overview(snapshot.project.id, boards)
    unknown = [now for now in snapshot.environments if now.board is None]
    return Told(
        document
        | {"unknown_environments": [_unknown(n) for n in unknown], "drift": _drift(snapshot)}
        | freshness(snapshot)
    )


def _unknown(now: Now) -> Document:
    why = "not read yet" if now.trouble is None else now.trouble.message
    return {"environment": now.environment.id, "unknown_because": why}


def _drift(snapshot: Snapshot) -> list[Document]:
    found = [
        (s, drift_of(s.id, later, earlier, snapshot))
        for s in services_of(snapshot)
        for later, earlier in pairs(snapshot.environments)
    ]
    return [
        {
            "service": service.id,
            "environment": drift.ahead,
            "other_environment": drift.behind,
            "commits": drift.commits,
            "releases": drift.releases,
            "sentence": drift.sentence,
        }
        for service, drift in found
        if drift is not None
    ]


def _matrix_at(snapshot: Snapshot, asked: Asked) -> Document:
    at = asked.time("at")
    assert at is not None
    found = past.matrix_at(snapshot, at)
    return {
        "project": snapshot.project.id,
        "at": iso(at),
        "environments": [
            {
                "environment": e.id,
                "production": e.production,
                "services": [_cell(c) for row in found.rows for c in row.cells if c.environment == e],
            }
            for e in found.environments
        ],
    }


def _cell(cell: Cell) -> Document:
    return {
        "service": cell.service,
        "release_hash": cell.release_hash,
        "word": None if cell.word is None else str(cell.word),
        "deployment": cell.deployment,
        "release": cell.release,
        "requested_at": iso(cell.at),
        "description": cell.description,
        "state": cell.state,
    }


# --- deployments


def deployment_list(snapshot: Snapshot, asked: Asked) -> Told:
    """Newest first, as `release-tool history`; what needs eyes is not put first."""
    question = deployments.filter_of(asked, snapshot)
    found = [
        s for s in deployments.matching(snapshot, question) if question.before is None or s.number < question.before
    ]
    shown = found[: question.limit]
    before = shown[-1].number if len(found) > len(shown) else None
    document = documents.history(snapshot.project.id, [(s, str(snapshot.word_of(s))) for s in shown], before)
    back_to = deployments.read_back_to(snapshot, question)
    return Told(document | {"whole": back_to is None, "read_back_to": back_to} | freshness(snapshot))


def deployment(snapshot: Snapshot, number: int) -> Told:
    """`deployments` is null, and the status 202, until they are read."""
    found = snapshot.history.by_number.get(number)
    if found is None:
        raise missing("deployment", number, snapshot)
    whole = snapshot.details.get(number)
    lines = {line.service: line for line in snapshot.history.parts.get(number, ())}
    parts = None
    if whole is not None:
        parts = [
            documents.deployment(d, str(snapshot.word_of_line(lines[d.service]))) for d in whole if d.service in lines
        ]
    document = {
        "project": snapshot.project.id,
        **documents.deployment_set(found, str(snapshot.word_of(found))),
        "deployments": parts,
    }
    wanted = () if whole is not None else (("deployment", number),)
    return Told(document | freshness(snapshot), wanted, 202 if wanted else 200)


def missing(kind: str, number: int, snapshot: Snapshot) -> NotThere:
    """Perhaps it is only older than what has been read, or newer than the last look: then it is looked for."""
    known = snapshot.history.release_by_number if kind == "release" else snapshot.history.by_number
    last = max(known, default=0)
    whole = snapshot.history.releases_end if kind == "release" else snapshot.history.sets_end
    is_kept = number <= last and whole and len(known) < MOST_KEPT
    if number > last + A_FEW or is_kept or (kind, number) in snapshot.absent:
        newest = f"the newest is {kind} {last}" if last else f"there is no {kind} at all yet"
        return NotThere(f"`{snapshot.project.id}` has no {kind} {number}", newest)
    sentence = f"{kind} {number} is not in memory yet; it is being looked for"
    return NotThere(sentence, "look again in a moment", ((kind, number),))


# --- releases


def release_list(snapshot: Snapshot, asked: Asked) -> Told:
    found = releases.listing(snapshot, releases.filter_of(asked, snapshot))
    by_number = snapshot.history.release_by_number
    document = {
        "project": snapshot.project.id,
        "releases": [release_set(by_number[item.number], item) for item in found.items],
        "before": found.before,
        "whole": found.is_whole,
    }
    return Told(document | freshness(snapshot))


def release_set(found: ReleaseSet, item: releases.Item) -> Document:
    return {
        "release": found.number,
        "requested_at": iso(found.requested_at),
        "requested_by": documents.requester(found.requested_by),
        "asked": found.asked,
        "description": found.description,
        "release_hashes": list(item.release_hashes),
        "environments": [
            {
                "environment": place.environment,
                "deployment": place.deployment,
                "word": str(place.word),
                "current": place.is_current,
                "services": list(place.services),
            }
            for place in item.places
        ],
    }


def release(snapshot: Snapshot, number: int) -> Told:
    """`releases` is null, and the status 202, until they are read."""
    found = snapshot.history.release_by_number.get(number)
    if found is None:
        raise missing("release", number, snapshot)
    images = snapshot.images.get(number)
    item = releases.item_of(found, releases.current_in(snapshot), snapshot)
    document = {
        "project": snapshot.project.id,
        **release_set(found, item),
        "releases": None if images is None else [_release(r) for r in images],
    }
    wanted = () if images is not None else (("release", number),)
    return Told(document | freshness(snapshot), wanted, 202 if wanted else 200)


def _release(found: Release) -> Document:
    return {
        "service": found.service,
        "image": found.image,
        "release_hash": found.release_hash,
        "digest": found.digest,
    }


# --- one environment, one service


def environment(snapshot: Snapshot, environment_id: str) -> Told:
    now = place(snapshot, environment_id)
    if now.board is None:
        return Told(_unknown(now) | {"project": snapshot.project.id} | freshness(snapshot))
    return Told(documents.board(now.board) | freshness(snapshot))


def place(snapshot: Snapshot, environment_id: str) -> Now:
    for now in snapshot.environments:
        if now.environment.id == environment_id:
            return now
    error = UnknownName("environment", environment_id, [n.environment.id for n in snapshot.environments])
    raise NotThere(error.message, error.next)


def service_history(snapshot: Snapshot, service: str, asked: Asked) -> Told:
    """A line a deployment; the whole of each is under its deployment set."""
    known = deployments.known_services(snapshot)
    if service not in known:
        error = UnknownName("service", service, known, where=snapshot.project.id)
        raise NotThere(error.message, error.next)
    before, limit = asked.number("before"), asked.number("limit", deployments.MOST_PER_PAGE) or deployments.PER_PAGE
    lines = [
        line
        for (_, name), all_lines in snapshot.history.lines.items()
        if name == service
        for line in all_lines
        if before is None or line.number < before
    ]
    lines.sort(key=lambda line: line.number, reverse=True)
    shown = lines[:limit]
    document = {
        "project": snapshot.project.id,
        "service": service,
        "deployments": [
            {
                "deployment": line.number,
                "environment": line.environment,
                "service": line.service,
                "release_hash": line.release_hash,
                "previous_release_hash": line.previous_release_hash,
                "release": line.release,
                "requested_at": iso(line.at),
                "ended_at": iso(line.ended_at),
                "word": str(snapshot.word_of_line(line)),
            }
            for line in shown
        ],
        "before": shown[-1].number if len(lines) > len(shown) else None,
        "whole": snapshot.history.lines_end,
    }
    return Told(document | freshness(snapshot))


# --- questions about two


def comparison(snapshot: Snapshot, asked: Asked) -> Told:
    """`commits` is null, and the status 202, where they are still being read."""
    here, there = compare.environments_of(asked, snapshot)
    found = compare.comparison(here, there, snapshot)
    ways = {s: way for way in found.ways for s in way.services}
    document = {
        "project": snapshot.project.id,
        "environment": here.environment.id,
        "other_environment": there.environment.id,
        "sentence": found.sentence,
        "services": [
            {
                "service": row.service.id,
                "release_hash": row.release_hash,
                "other_release_hash": row.other_release_hash,
                "differs": row.differs,
                "commits": _way(ways.get(row.service.id)),
            }
            for row in found.rows
        ],
    }
    wanted = tuple(("deployment", number) for number in found.waits_for)
    return Told(document | freshness(snapshot), wanted, 202 if wanted else 200)


def _way(way: compare.Way | None) -> Document | None:
    return None if way is None or way.commits is None else documents.commits(way.commits)


def metrics_of(snapshot: Snapshot, asked: Asked) -> Told:
    environment_id, window = metrics_question(snapshot, asked)
    document = {
        "project": snapshot.project.id,
        "environment": environment_id,
        "window": window,
        "metrics": [
            {
                "metric": m.id,
                "name": m.name,
                "value": m.value,
                "detail": m.detail,
                "count": m.n,
                "counted": m.counted,
                "previous_value": m.before,
                "definition": m.definition,
            }
            for m in metrics.metrics(snapshot, environment_id, window)
        ],
        "whole": snapshot.history.is_whole,
    }
    return Told(document | freshness(snapshot))


def metrics_question(snapshot: Snapshot, asked: Asked) -> tuple[str, str]:
    """A production environment, unless another is asked for."""
    known = [now.environment for now in snapshot.environments]
    chosen = asked.some_of("environment", "environment", [e.id for e in known])
    default = next((e.id for e in known if e.production), known[-1].id)
    window = asked.one_of("window", metrics.WINDOWS, metrics.DEFAULT_WINDOW)
    return (chosen[-1] if chosen else default), str(window)
