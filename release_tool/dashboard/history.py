"""A project's past as it is kept in memory: a line a deployment, small enough for a hundred thousand of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from sys import intern
from types import MappingProxyType
from typing import TypeVar

from release_tool.model import Deployment, DeploymentSet, ReleaseSet, Requester, Word

MOST_KEPT = 250_000
"""Deployment sets, release sets, and deployments, that are kept in memory: the newest of each."""

T = TypeVar("T")
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Line:
    """What is kept of a deployment. `authored` has the times of its commits, as seconds since 1970.

    `commits` is None where nobody knows them.
    """

    number: int
    release: int
    environment: str
    service: str
    release_hash: str | None
    previous_release_hash: str | None
    word: Word
    at: datetime
    ended_at: datetime | None
    commits: int | None
    undone: bool = False
    authored: tuple[int, ...] = ()


def line_of(deployment: Deployment, word: Word) -> Line | None:
    """None for a draft, which was never asked for."""
    if deployment.number is None or deployment.requested_at is None:
        return None
    commits = deployment.commits
    ends = [rollout.ended_at for rollout in deployment.rollouts if rollout.ended_at is not None]
    return Line(
        number=deployment.number,
        release=deployment.release_number or 0,
        environment=intern(deployment.environment),
        service=intern(deployment.service),
        release_hash=deployment.release_hash and intern(deployment.release_hash),
        previous_release_hash=deployment.previous_release_hash and intern(deployment.previous_release_hash),
        word=word,
        at=deployment.requested_at,
        ended_at=max(ends) if len(ends) == len(deployment.rollouts) and ends else None,
        commits=None if commits.unknown_because is not None else commits.count,
        undone=commits.undone,
        authored=() if commits.undone else tuple(int(c.authored_at.timestamp()) for c in commits.listed),
    )


def _nothing() -> Mapping[K, T]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class History:
    """Everything newest first. `lines` is by environment and service, `parts` by the number of the deployment set.

    `sets_end` and `lines_end` are true where everything older has been read too.
    """

    sets: tuple[DeploymentSet, ...] = ()
    by_environment: Mapping[str, tuple[DeploymentSet, ...]] = field(default_factory=_nothing)
    by_release: Mapping[int, tuple[DeploymentSet, ...]] = field(default_factory=_nothing)
    by_number: Mapping[int, DeploymentSet] = field(default_factory=_nothing)
    lines: Mapping[tuple[str, str], tuple[Line, ...]] = field(default_factory=_nothing)
    parts: Mapping[int, tuple[Line, ...]] = field(default_factory=_nothing)
    releases: tuple[ReleaseSet, ...] = ()
    release_by_number: Mapping[int, ReleaseSet] = field(default_factory=_nothing)
    sets_end: bool = False
    releases_end: bool = False
    lines_end: bool = False

    @property
    def is_whole(self) -> bool:
        return self.sets_end and self.releases_end and self.lines_end

    @property
    def deployments(self) -> int:
        return sum(map(len, self.lines.values()))


def with_sets(history: History, sets: Iterable[DeploymentSet]) -> History:
    fresh = [slim(s) for s in sets if history.by_number.get(s.number) != s]
    if not fresh:
        return history
    return replace(
        history,
        sets=_merged(history.sets, fresh, _number),
        by_environment=_grouped(history.by_environment, fresh, lambda s: s.environment, _number),
        by_release=_grouped(history.by_release, fresh, lambda s: s.release_number, _number),
        by_number={**history.by_number, **{s.number: s for s in fresh}},
    )


def with_lines(history: History, lines: Iterable[Line]) -> History:
    fresh = list(lines)
    if not fresh:
        return history
    return replace(
        history,
        lines=_grouped(history.lines, fresh, lambda line: (line.environment, line.service), _number),
        parts=_grouped(history.parts, fresh, _number, lambda line: line.service),
    )


def with_releases(history: History, releases: Iterable[ReleaseSet]) -> History:
    fresh = [_slim_release(r) for r in releases if history.release_by_number.get(r.number) != r]
    if not fresh:
        return history
    return replace(
        history,
        releases=_merged(history.releases, fresh, _number),
        release_by_number={**history.release_by_number, **{r.number: r for r in fresh}},
    )


_REQUESTERS: dict[Requester, Requester] = {}
"""The same few people and CI systems ask again and again: each is kept once."""


def slim(deployment_set: DeploymentSet) -> DeploymentSet:
    return replace(
        deployment_set,
        project=intern(deployment_set.project),
        environment=intern(deployment_set.environment),
        asked=intern(deployment_set.asked),
        source=intern(deployment_set.source),
        requested_by=_kept_once(deployment_set.requested_by),
    )


def _slim_release(release_set: ReleaseSet) -> ReleaseSet:
    return replace(
        release_set,
        project=intern(release_set.project),
        asked=intern(release_set.asked),
        requested_by=_kept_once(release_set.requested_by),
    )


def _kept_once(requester: Requester) -> Requester:
    if len(_REQUESTERS) > 10_000:  # each CI run has an address of its own
        _REQUESTERS.clear()
    return _REQUESTERS.setdefault(requester, requester)


def _number(item: DeploymentSet | ReleaseSet | Line) -> int:
    return item.number


def _merged(known: tuple[T, ...], fresh: Iterable[T], key_of: Callable[[T], K]) -> tuple[T, ...]:
    """The fresh ones take the place of those with the same key; the highest key comes first."""
    by_key = {key_of(item): item for item in known}
    by_key.update({key_of(item): item for item in fresh})
    return tuple(by_key[key] for key in sorted(by_key, reverse=True))  # type: ignore[type-var]


def _grouped(
    known: Mapping[K, tuple[T, ...]],
    fresh: Iterable[T],
    group_of: Callable[[T], K],
    key_of: Callable[[T], object],
) -> Mapping[K, tuple[T, ...]]:
    groups: dict[K, list[T]] = {}
    for item in fresh:
        groups.setdefault(group_of(item), []).append(item)
    return {**known, **{group: _merged(known.get(group, ()), items, key_of) for group, items in groups.items()}}
