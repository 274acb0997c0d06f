"""Everything that a page may show of one project, as it was at one moment: replaced by the next, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import TypeVar

from release_tool.board import Board, Seen, board_of
from release_tool.dashboard.history import History, Line
from release_tool.errors import ReleaseToolError
from release_tool.model import Commits, Deployment, DeploymentSet, Environment, Project, Release, Word, worst


@dataclass(frozen=True, slots=True)
class Trouble:
    """What could not be read, since when, and what to do about it."""

    about: str
    message: str
    next: str | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Now:
    """An environment as it was last seen. `board` is None where it was never seen."""

    environment: Environment
    board: Board | None = None
    seen: Seen | None = None
    seen_at: datetime | None = None
    trouble: Trouble | None = None


K = TypeVar("K")
T = TypeVar("T")

Pair = tuple[str, str]
"""Two release hashes: from the first to the second."""


def _nothing() -> Mapping[K, T]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`version` grows with whatever a page could show differently, but for ages. `at` is when it was last looked.

    `details` and `images` hold the whole of some deployment sets and release sets, by number: of the newest, and of
    those that somebody asked for. `words` has the words of deployment sets that have not ended. `between` has what
    the Git repository knows of the commits between two release hashes.
    """

    project: Project
    version: int
    at: datetime
    environments: tuple[Now, ...]
    history: History = field(default_factory=History)
    details: Mapping[int, tuple[Deployment, ...]] = field(default_factory=_nothing)
    images: Mapping[int, tuple[Release, ...]] = field(default_factory=_nothing)
    words: Mapping[int, Word] = field(default_factory=_nothing)
    between: Mapping[Pair, Commits] = field(default_factory=_nothing)
    absent: frozenset[tuple[str, int]] = frozenset()
    troubles: tuple[Trouble, ...] = ()

    @property
    def is_ready(self) -> bool:
        return self.has_data and not self.all_troubles

    @property
    def has_data(self) -> bool:
        return any(now.board is not None for now in self.environments) or bool(self.history.sets)

    @property
    def all_troubles(self) -> tuple[Trouble, ...]:
        return (*self.troubles, *(now.trouble for now in self.environments if now.trouble is not None))

    @property
    def oldest_look(self) -> datetime | None:
        """How old the oldest of what is shown as being so now is."""
        return min((now.seen_at for now in self.environments if now.seen_at is not None), default=None)

    @property
    def is_moving(self) -> bool:
        boards = [now.board for now in self.environments if now.board is not None]
        return any(not board.has_ended for board in boards)

    def now_in(self, environment_id: str) -> Now:
        return next(now for now in self.environments if now.environment.id == environment_id)

    def word_of(self, deployment_set: DeploymentSet) -> Word:
        """The outcome; where it is not written yet, what is seen; else what the record alone can tell."""
        if deployment_set.outcome is not None:
            return deployment_set.outcome
        seen = self.words.get(deployment_set.number)
        if seen is not None:
            return seen
        recorded = worst(line.word for line in self.history.parts.get(deployment_set.number, ()))
        return recorded or Word.UNKNOWN

    def word_of_line(self, line: Line) -> Word:
        """What ECS shows where the deployment is the newest and has no outcome yet."""
        if line.word.is_final:
            return line.word
        board = self.now_in(line.environment).board if self._has(line.environment) else None
        for row in () if board is None else board.rows:
            if row.service.id == line.service and row.deployment is not None and row.deployment.number == line.number:
                return row.word or line.word
        return line.word

    def _has(self, environment_id: str) -> bool:
        return any(now.environment.id == environment_id for now in self.environments)


def first_snapshot(project: Project, at: datetime) -> Snapshot:
    return Snapshot(project, 0, at, tuple(Now(environment) for environment in project.environments))


def looked(now: Now, found: Seen | ReleaseToolError, at: datetime) -> Now:
    """What was seen; or what was seen before, and why there is nothing newer."""
    if isinstance(found, ReleaseToolError):
        since = now.trouble.since if now.trouble is not None else at
        return replace(now, trouble=Trouble(now.environment.id, found.message, found.next, since))
    return Now(now.environment, board_of(found), found, at)


def says_the_same(one: Snapshot, other: Snapshot) -> bool:
    """Whether nobody could tell them apart, but for the time."""
    return (
        one.version > 0
        and all(_say_the_same(a, b) for a, b in zip(one.environments, other.environments, strict=True))
        and one.history is other.history
        and one.words == other.words
        and one.troubles == other.troubles
        and one.absent == other.absent
        and one.between == other.between
        and _are_the_same(one.details, other.details)
        and _are_the_same(one.images, other.images)
    )


def _say_the_same(one: Now, other: Now) -> bool:
    return one.board == other.board and one.trouble == other.trouble


def _are_the_same(one: Mapping[int, T], other: Mapping[int, T]) -> bool:
    return one.keys() == other.keys() and all(one[number] == other[number] for number in one)


def open_words(
    environments: tuple[Now, ...], details: Mapping[int, tuple[Deployment, ...]], history: History
) -> dict[int, Word]:
    """ECS's story held against the deployments of each set that has no outcome yet."""
    seen = {now.environment.id: now.seen for now in environments}
    words = {}
    for number, deployments in details.items():
        known = history.by_number.get(number)
        here = None if known is None else seen.get(known.environment)
        if known is None or known.outcome is not None or here is None:
            continue
        word = _word_now(here, deployments)
        if word is not None:
            words[number] = word
    return words


def _word_now(seen: Seen, deployments: tuple[Deployment, ...]) -> Word | None:
    current = {d.service: d for d in deployments}
    services = tuple(s for s in seen.services if s.id in current)
    return board_of(replace(seen, services=services, current=current)).word
