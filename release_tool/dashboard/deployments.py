"""Deployment sets as a list that is filtered, and as a page each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from release_tool.dashboard.asked import Asked
from release_tool.dashboard.history import Line
from release_tool.dashboard.matrix import Cell, cell_of, services_of
from release_tool.dashboard.snapshot import Snapshot
from release_tool.dashboard.words import WENT_WRONG, age, short_name, span, tone
from release_tool.model import Commits, Deployment, DeploymentSet, Environment, Kind, Rollout, Word

PER_PAGE = 50
MOST_PER_PAGE = 500
MOVING = (Word.IN_PROGRESS, Word.ROLLING_BACK, Word.UNFINISHED)


@dataclass(frozen=True, slots=True)
class Filter:
    environments: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    words: tuple[Word, ...] = ()
    kinds: tuple[Kind, ...] = ()
    who: str = ""
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""
    before: int | None = None
    limit: int = PER_PAGE

    @property
    def is_any(self) -> bool:
        return self == Filter(before=self.before, limit=self.limit)


def filter_of(asked: Asked, snapshot: Snapshot) -> Filter:
    environments = [now.environment.id for now in snapshot.environments]
    known = dict.fromkeys([*environments, *snapshot.history.by_environment])
    return Filter(
        environments=asked.some_of("environment", "environment", known),
        services=asked.some_of("service", "service", known_services(snapshot)),
        words=asked.words(),
        kinds=asked.kinds(),
        who=(asked.one("who") or "").lower(),
        since=asked.time("since"),
        until=asked.time("until", ends=True),
        text=(asked.one("q") or "").lower(),
        before=asked.number("before"),
        limit=asked.number("limit", MOST_PER_PAGE) or PER_PAGE,
    )


def known_services(snapshot: Snapshot) -> tuple[str, ...]:
    shown = {service.id: None for service in services_of(snapshot)}
    return tuple(shown | dict.fromkeys(sorted(service for _, service in snapshot.history.lines)))


# --- the list


@dataclass(frozen=True, slots=True)
class Item:
    number: int
    environment: str
    is_production: bool
    word: Word
    reason: str | None
    release: int
    kind: Kind
    asked: str
    services: tuple[Line, ...]
    service_count: int
    at: datetime
    when: str
    took: str | None
    by: str
    by_whole: str
    description: str

    @property
    def tone(self) -> str:
        return tone(self.word)


@dataclass(frozen=True, slots=True)
class Listing:
    """`first` are those that move or went wrong; `before` asks for what comes after, None where nothing does.

    `read_back_to` is the oldest number that is in memory, None where that is all there are.
    """

    first: tuple[Item, ...]
    items: tuple[Item, ...]
    before: int | None
    matching: int
    read_back_to: int | None
    of: int


def listing(snapshot: Snapshot, asked: Filter) -> Listing:
    first = {s.number: s for s in eyes_first(snapshot) if _matches(s, asked, snapshot)}
    found = [s for s in matching(snapshot, asked) if s.number not in first]
    later = [s for s in found if asked.before is None or s.number < asked.before]
    shown = later[: asked.limit]
    return Listing(
        first=() if asked.before is not None else tuple(item_of(s, snapshot) for s in first.values()),
        items=tuple(item_of(s, snapshot) for s in shown),
        before=shown[-1].number if len(later) > len(shown) else None,
        matching=len(found) + len(first),
        read_back_to=read_back_to(snapshot, asked),
        of=len(snapshot.history.sets),
    )


def read_back_to(snapshot: Snapshot, asked: Filter = Filter()) -> int | None:
    history = snapshot.history
    whole = history.sets_end and (history.lines_end or not (asked.services or asked.text))
    return None if whole or not history.sets else history.sets[-1].number


def eyes_first(snapshot: Snapshot) -> Iterator[DeploymentSet]:
    """What moves; and of each environment the newest one, where it went wrong."""
    for sets in snapshot.history.by_environment.values():
        for at, deployment_set in enumerate(islice(sets, 20)):
            word = snapshot.word_of(deployment_set)
            if word in MOVING or (at == 0 and word in WENT_WRONG):
                yield deployment_set


def matching(snapshot: Snapshot, asked: Filter) -> Sequence[DeploymentSet]:
    history = snapshot.history
    if asked.is_any:
        return history.sets
    within: Iterable[DeploymentSet] = history.sets
    if len(asked.environments) == 1:
        within = history.by_environment.get(asked.environments[0], ())
    return [s for s in within if _matches(s, asked, snapshot)]


def _matches(found: DeploymentSet, asked: Filter, snapshot: Snapshot) -> bool:
    return (
        (not asked.environments or found.environment in asked.environments)
        and (not asked.kinds or found.kind in asked.kinds)
        and (asked.since is None or found.requested_at >= asked.since)
        and (asked.until is None or found.requested_at <= asked.until)
        and (not asked.words or snapshot.word_of(found) in asked.words)
        and (not asked.services or any(line.service in asked.services for line in _lines(found, snapshot)))
        and (not asked.who or asked.who in str(found.requested_by).lower())
        and (not asked.text or _has_text(found, asked.text, snapshot))
    )


def _lines(found: DeploymentSet, snapshot: Snapshot) -> tuple[Line, ...]:
    return snapshot.history.parts.get(found.number, ())


def _has_text(found: DeploymentSet, text: str, snapshot: Snapshot) -> bool:
    if text in found.description.lower() or text == str(found.number):
        return True
    return any(text in (line.release_hash or "").lower() or text in line.service for line in _lines(found, snapshot))


def item_of(found: DeploymentSet, snapshot: Snapshot) -> Item:
    lines = _lines(found, snapshot)
    ended = ended_at(found, lines)
    return Item(
        number=found.number,
        environment=found.environment,
        is_production=is_production(found.environment, snapshot),
        word=snapshot.word_of(found),
        reason=found.outcome_reason,
        release=found.release_number,
        kind=found.kind,
        asked=found.asked,
        services=tuple(reversed(lines)),
        service_count=found.services or len(lines),
        at=found.requested_at,
        when=age(found.requested_at, snapshot.at),
        took=None if ended is None else span(ended - found.requested_at),
        by=short_name(found.requested_by),
        by_whole=str(found.requested_by),
        description=found.description,
    )


def ended_at(found: DeploymentSet, lines: Sequence[Line]) -> datetime | None:
    """When the last of its deployments ended; the set's own time is when somebody wrote it down."""
    ends = [line.ended_at for line in lines]
    return max(e for e in ends if e is not None) if ends and all(ends) else found.ended_at


def is_production(environment_id: str, snapshot: Snapshot) -> bool:
    return any(e.environment.production for e in snapshot.environments if e.environment.id == environment_id)


# --- one


@dataclass(frozen=True, slots=True)
class Part:
    """A service of a deployment set, and ECS's side of it."""

    line: Line
    word: Word
    reason: str | None
    rollouts: tuple[Rollout, ...]
    commits: Commits | None
    image: str | None
    previous_image: str | None
    digest: str | None
    rolled_back_from: bool
    runs_now: Cell | None
    is_newest: bool

    @property
    def tone(self) -> str:
        return tone(self.word)


@dataclass(frozen=True, slots=True)
class One:
    """`parts` is None while the whole of it is being read."""

    item: Item
    deployment_set: DeploymentSet
    environment: Environment | None
    parts: tuple[Part, ...] | None
    ranges: tuple[tuple[tuple[str, ...], str | None, str | None, Commits], ...]
    earlier: DeploymentSet | None
    later: DeploymentSet | None


def one(found: DeploymentSet, snapshot: Snapshot) -> One:
    whole = snapshot.details.get(found.number)
    lines = {line.service: line for line in _lines(found, snapshot)}
    parts = None if whole is None else tuple(_part(d, lines[d.service], snapshot) for d in whole if d.service in lines)
    return One(
        item=item_of(found, snapshot),
        deployment_set=found,
        environment=next((n.environment for n in snapshot.environments if n.environment.id == found.environment), None),
        parts=parts,
        ranges=() if whole is None else ranges(whole),
        earlier=_neighbour(found, snapshot, 1),
        later=_neighbour(found, snapshot, -1),
    )


def _part(deployment: Deployment, line: Line, snapshot: Snapshot) -> Part:
    cell = _cell(deployment, snapshot)
    reasons = [r.outcome_reason or r.note for r in deployment.rollouts if r.outcome_reason or r.note]
    return Part(
        line=line,
        word=snapshot.word_of_line(line),
        reason=reasons[0] if reasons else None,
        rollouts=deployment.rollouts,
        commits=deployment.commits,
        image=deployment.image,
        previous_image=deployment.previous_image,
        digest=deployment.digest,
        rolled_back_from=deployment.rolled_back_from,
        runs_now=cell,
        is_newest=cell is not None and deployment.number in (cell.deployment, cell.newer and cell.newer.number),
    )


def _cell(deployment: Deployment, snapshot: Snapshot) -> Cell | None:
    now = next((n for n in snapshot.environments if n.environment.id == deployment.environment), None)
    service = next((s for s in services_of(snapshot) if s.id == deployment.service), None)
    return None if now is None or service is None else cell_of(service, now, snapshot)


def ranges(whole: Sequence[Deployment]) -> tuple[tuple[tuple[str, ...], str | None, str | None, Commits], ...]:
    """Services that went the same way share their commits: each way is shown once."""
    ways: dict[tuple[str | None, str | None], list[Deployment]] = {}
    for deployment in whole:
        ways.setdefault((deployment.previous_release_hash, deployment.release_hash), []).append(deployment)
    return tuple(
        (tuple(d.service for d in same), old, new, max((d.commits for d in same), key=lambda c: c.count))
        for (old, new), same in ways.items()
    )


def _neighbour(found: DeploymentSet, snapshot: Snapshot, step: int) -> DeploymentSet | None:
    sets = snapshot.history.by_environment.get(found.environment, ())
    at = next((i for i, s in enumerate(sets) if s.number == found.number), None)
    if at is None or not 0 <= at + step < len(sets):
        return None
    return sets[at + step]
