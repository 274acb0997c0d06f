"""Services by environments: what runs in each, and how far each is ahead of the next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from release_tool.board import Row
from release_tool.dashboard.drift import Drift, drift_of, pairs, row_of
from release_tool.dashboard.history import Line
from release_tool.dashboard.snapshot import Now, Snapshot
from release_tool.dashboard.words import WENT_WRONG, age, count, middle, short_name, span, tone
from release_tool.model import Deployment, Environment, Service, Word

ESTIMATED_BY = 10


@dataclass(frozen=True, slots=True)
class Attempt:
    """A deployment that is newer than what runs."""

    number: int | None
    release_hash: str | None
    word: Word
    when: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A service in an environment. `release` and `deployment` are those of what runs, as far as the record knows.

    `state` says in words what is the case where there is no word: never deployed, does not exist there, unknown.
    """

    environment: Environment
    service: str
    word: Word | None = None
    release_hash: str | None = None
    image: str | None = None
    release: int | None = None
    deployment: int | None = None
    at: datetime | None = None
    when: str | None = None
    by: str | None = None
    by_whole: str | None = None
    description: str | None = None
    tasks: str | None = None
    estimate: str | None = None
    newer: Attempt | None = None
    notes: tuple[str, ...] = ()
    not_as_recorded: bool = False
    state: str | None = None

    @property
    def tone(self) -> str:
        return tone(self.word)

    @property
    def needs_eyes(self) -> int:
        """What comes first: 0 for what went wrong, 1 for what moves, 2 for what differs, 3 for all else."""
        if self.word in WENT_WRONG or (self.newer is not None and self.newer.word in WENT_WRONG):
            return 0
        if self.word in (Word.IN_PROGRESS, Word.UNFINISHED, Word.GONE, Word.UNKNOWN):
            return 1
        return 2 if self.not_as_recorded or self.notes else 3


@dataclass(frozen=True, slots=True)
class MatrixRow:
    service: Service
    cells: tuple[Cell, ...]
    drifts: tuple[Drift, ...]

    @property
    def needs_eyes(self) -> int:
        return min((*(c.needs_eyes for c in self.cells), 2 if self.drifts else 3))


@dataclass(frozen=True, slots=True)
class Matrix:
    """`summaries` has a sentence for each environment; `shown` of `of` services are left by the filter."""

    environments: tuple[Environment, ...]
    rows: tuple[MatrixRow, ...]
    summaries: tuple[tuple[Environment, str, str], ...]
    of: int


@dataclass(frozen=True, slots=True)
class Choice:
    """What of the matrix is asked for."""

    environments: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    words: tuple[Word, ...] = ()
    only: str | None = None
    text: str = ""
    by_name: bool = False


EVERYTHING = Choice()


def matrix(snapshot: Snapshot, choice: Choice = EVERYTHING) -> Matrix:
    rows = [_row(service, snapshot) for service in services_of(snapshot)]
    return arranged(snapshot, rows, choice)


def arranged(snapshot: Snapshot, rows: Sequence[MatrixRow], choice: Choice) -> Matrix:
    """What went wrong comes first, then what moves, then what differs; unless names are asked for."""
    chosen = [row for row in rows if _is_chosen(row, choice)]
    if not choice.by_name:
        chosen.sort(key=lambda row: row.needs_eyes)
    shown = tuple(n.environment for n in snapshot.environments if _is_in(n.environment.id, choice.environments))
    summaries = tuple((e, *_summary(e, rows)) for e in shown)
    narrowed = (replace(r, cells=tuple(c for c in r.cells if c.environment in shown)) for r in chosen)
    return Matrix(shown, tuple(narrowed), summaries, len(rows))


def services_of(snapshot: Snapshot) -> tuple[Service, ...]:
    """In the manifest's order, then those that only an environment shows."""
    found = {s.id: s for s in snapshot.project.services or ()}
    for now in snapshot.environments:
        for row in () if now.board is None else now.board.rows:
            found.setdefault(row.service.id, row.service)
    return tuple(found.values())


def _row(service: Service, snapshot: Snapshot) -> MatrixRow:
    cells = tuple(cell_of(service, now, snapshot) for now in snapshot.environments)
    drifts = (drift_of(service.id, later, earlier, snapshot) for later, earlier in pairs(snapshot.environments))
    return MatrixRow(service, cells, tuple(d for d in drifts if d is not None))


def _is_in(what: str, asked: Sequence[str]) -> bool:
    return not asked or what in asked


def _is_chosen(row: MatrixRow, choice: Choice) -> bool:
    cells = [c for c in row.cells if _is_in(c.environment.id, choice.environments)]
    if not _is_in(row.service.id, choice.services):
        return False
    if choice.words and not any(c.word in choice.words for c in cells):
        return False
    if choice.only == "drift" and not row.drifts:
        return False
    return choice.text.lower() in " ".join([row.service.id, row.service.name, *_texts(cells)]).lower()


def _texts(cells: Iterable[Cell]) -> Iterable[str]:
    for cell in cells:
        yield " ".join(filter(None, (cell.release_hash, cell.description, cell.by_whole, *cell.notes)))


# --- one cell


def cell_of(service: Service, now: Now, snapshot: Snapshot) -> Cell:
    environment = now.environment
    if not service.exists_in(environment):
        return Cell(environment, service.id, state="does not exist here")
    row = row_of(service.id, now)
    if row is None:
        why = now.trouble.message if now.trouble is not None else "not read yet"
        return Cell(environment, service.id, state=f"unknown: {why}")
    return _told(row, environment, snapshot)


def _told(row: Row, environment: Environment, snapshot: Snapshot) -> Cell:
    newest = row.deployment
    lines = snapshot.history.lines.get((environment.id, row.service.id), ())
    cell = Cell(
        environment,
        row.service.id,
        word=row.word,
        release_hash=row.release_hash,
        image=None if row.image is None else row.image.uri,
        tasks=_tasks(row),
        notes=_all_notes(row),
        not_as_recorded=not_as_recorded(row),
    )
    if newest is None:
        return replace(cell, state="never deployed" if row.image is None else "never deployed by release-tool")
    if _runs_something_older(row, newest):
        return _with_line(replace(cell, newer=_attempt(row, newest, snapshot)), row, lines, snapshot)
    estimate = estimated(newest.requested_at, lines, snapshot.at) if row.word is Word.IN_PROGRESS else None
    return replace(_with_deployment(cell, newest, snapshot), estimate=estimate)


def _all_notes(row: Row) -> tuple[str, ...]:
    """Where its ECS services differ, each note says whose it is. What tasks run is told apart."""
    notes = list(row.notes)
    if row.differs:
        notes += [f"{part.ecs_service}: {note}" for part in row.parts for note in part.notes]
    return tuple(note for note in notes if not note.endswith(" running"))


def not_as_recorded(row: Row) -> bool:
    """ECS runs another image than the newest deployment's, though that one is complete."""
    if row.deployment is None or row.word not in (Word.COMPLETE, Word.SUPERSEDED):
        return False
    if any("changed outside" in note for note in (*row.notes, *(n for p in row.parts for n in p.notes))):
        return True
    return row.image is not None and row.image.uri != row.deployment.image


def _tasks(row: Row) -> str | None:
    if not row.parts:
        return "parameter only"
    if all(part.revision is None for part in row.parts):
        return None
    running, desired = sum(p.running for p in row.parts), sum(p.desired for p in row.parts)
    return f"{running}/{desired} running"


def _runs_something_older(row: Row, newest: Deployment) -> bool:
    return row.word in (*WENT_WRONG, Word.UNFINISHED) and row.image is not None and row.image.uri != newest.image


def _attempt(row: Row, newest: Deployment, snapshot: Snapshot) -> Attempt:
    assert row.word is not None
    return Attempt(newest.number, newest.release_hash, row.word, age(newest.requested_at, snapshot.at))


def _with_deployment(cell: Cell, deployment: Deployment, snapshot: Snapshot) -> Cell:
    return replace(
        cell,
        release=deployment.release_number,
        deployment=deployment.number,
        at=deployment.requested_at,
        when=age(deployment.requested_at, snapshot.at),
        by=short_name(deployment.requested_by),
        by_whole=str(deployment.requested_by),
        description=deployment.description,
    )


def _with_line(cell: Cell, row: Row, lines: Sequence[Line], snapshot: Snapshot) -> Cell:
    """What runs was brought by an earlier deployment: the newest one that ended well with this release hash."""
    line = next((m for m in lines if m.release_hash == row.release_hash and m.word is Word.COMPLETE), None)
    if line is None:
        return cell
    known = snapshot.history.by_number.get(line.number)
    return replace(
        cell,
        release=line.release,
        deployment=line.number,
        at=line.at,
        when=age(line.at, snapshot.at),
        by=None if known is None else short_name(known.requested_by),
        by_whole=None if known is None else str(known.requested_by),
        description=None if known is None else known.description,
    )


def estimated(began: datetime | None, lines: Sequence[Line], now: datetime) -> str | None:
    """By the median of the last ten that ended well."""
    ended = (line for line in lines if line.word is Word.COMPLETE)
    took = [line.ended_at - line.at for line in ended if line.ended_at is not None][:ESTIMATED_BY]
    if began is None or not took:
        return None
    usual = middle(took)
    left = began + usual - now
    if left <= timedelta():
        return f"longer than usual ({span(usual)})"
    return f"about {span(left)} to go"


# --- one sentence an environment


def _summary(environment: Environment, rows: Iterable[MatrixRow]) -> tuple[str, str]:
    """Its tone and its sentence."""
    cells = [c for r in rows for c in r.cells if c.environment.id == environment.id]
    cells = [c for c in cells if c.state != "does not exist here"]
    wrong = sum(c.needs_eyes == 0 for c in cells)
    moving = sum(c.word is Word.IN_PROGRESS for c in cells)
    other = sum(c.not_as_recorded for c in cells)
    never = sum(bool(c.state and c.state.startswith("never")) for c in cells)
    unknown = sum(bool(c.state and c.state.startswith("unknown")) for c in cells)
    words = [
        f"{wrong} went wrong" if wrong else "",
        f"{moving} rolling out" if moving else "",
        f"{other} not as recorded" if other else "",
        f"{never} never deployed" if never else "",
        f"{unknown} unknown" if unknown else "",
    ]
    said = ", ".join(w for w in words if w) or "all as recorded"
    return ("bad" if wrong else "busy" if moving else "warn" if other or unknown else "good"), (
        f"{count(len(cells), 'service')}: {said}"
    )
