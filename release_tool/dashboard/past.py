"""The matrix as it was at some moment, from the record alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from release_tool.dashboard.history import Line
from release_tool.dashboard.matrix import EVERYTHING, Attempt, Cell, Choice, Matrix, MatrixRow, arranged, services_of
from release_tool.dashboard.snapshot import Snapshot
from release_tool.dashboard.words import age, short_name
from release_tool.model import Environment, Service, Word


def matrix_at(snapshot: Snapshot, at: datetime, choice: Choice = EVERYTHING) -> Matrix:
    """Outcomes that were not yet known then are not told."""
    rows = [
        MatrixRow(s, tuple(_cell(s, n.environment, snapshot, at) for n in snapshot.environments), ())
        for s in services_of(snapshot)
    ]
    return arranged(snapshot, rows, choice)


def _cell(service: Service, environment: Environment, snapshot: Snapshot, at: datetime) -> Cell:
    cell = Cell(environment, service.id)
    if not service.exists_in(environment):
        return replace(cell, state="does not exist here")
    lines = [line for line in snapshot.history.lines.get((environment.id, service.id), ()) if line.at <= at]
    if not lines:
        return replace(cell, state=_nothing_yet(snapshot))
    newest, ran = lines[0], _what_ran(lines, at)
    word = word_at(newest, at)
    if ran is None:
        return _filled(replace(cell, word=word), newest, snapshot, at, shows=word is Word.COMPLETE)
    if ran is newest:
        return _filled(replace(cell, word=word), newest, snapshot, at)
    attempt = Attempt(newest.number, newest.release_hash, word, age(newest.at, at))
    return _filled(replace(cell, word=word, newer=attempt), ran, snapshot, at)


def _nothing_yet(snapshot: Snapshot) -> str:
    return "never deployed until then" if snapshot.history.lines_end else "unknown: history is still being read"


def _what_ran(lines: Sequence[Line], at: datetime) -> Line | None:
    return next((line for line in lines if word_at(line, at) is Word.COMPLETE), None)


def word_at(line: Line, at: datetime) -> Word:
    """Until it had ended it was rolling out."""
    if line.word is Word.UNFINISHED or (line.ended_at is None and line.word.is_final):
        return line.word
    return line.word if line.ended_at is not None and line.ended_at <= at else Word.IN_PROGRESS


def _filled(cell: Cell, line: Line, snapshot: Snapshot, at: datetime, *, shows: bool = True) -> Cell:
    known = snapshot.history.by_number.get(line.number)
    return replace(
        cell,
        release_hash=line.release_hash if shows else None,
        release=line.release,
        deployment=line.number,
        at=line.at,
        when=age(line.at, at),
        by=None if known is None else short_name(known.requested_by),
        by_whole=None if known is None else str(known.requested_by),
        description=None if known is None else known.description,
    )
