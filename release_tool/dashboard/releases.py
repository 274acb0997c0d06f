"""Release sets: which there are, and in which environments each is, was, or never came to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from release_tool.dashboard.asked import Asked
from release_tool.dashboard.deployments import MOST_PER_PAGE, PER_PAGE, known_services, ranges
from release_tool.dashboard.history import Line
from release_tool.dashboard.matrix import cell_of, services_of
from release_tool.dashboard.snapshot import Snapshot
from release_tool.dashboard.words import age, short_name, span, tone
from release_tool.model import Commits, Release, ReleaseSet, Word

PRESENCES = ("current", "ever", "never")


@dataclass(frozen=True, slots=True)
class Filter:
    """`presence` is None where no environment is chosen."""

    environments: tuple[str, ...] = ()
    presence: str | None = None
    services: tuple[str, ...] = ()
    who: str = ""
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""
    before: int | None = None
    limit: int = PER_PAGE


def filter_of(asked: Asked, snapshot: Snapshot) -> Filter:
    known = [now.environment.id for now in snapshot.environments]
    environments = asked.some_of("environment", "environment", known)
    presence = asked.one_of("presence", PRESENCES, "current" if environments else None)
    return Filter(
        environments=environments,
        # Without an environment, presence is about any of them.
        presence=presence,
        services=asked.some_of("service", "service", known_services(snapshot)),
        who=(asked.one("who") or "").lower(),
        since=asked.time("since"),
        until=asked.time("until", ends=True),
        text=(asked.one("q") or "").lower(),
        before=asked.number("before"),
        limit=asked.number("limit", MOST_PER_PAGE) or PER_PAGE,
    )


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """A release set in an environment. `services` run it now; none do where it only was there."""

    environment: str
    is_production: bool
    services: tuple[str, ...]
    of: int
    deployment: int
    word: Word
    when: str
    lead: str

    @property
    def is_current(self) -> bool:
        return bool(self.services)

    @property
    def tone(self) -> str:
        return tone(self.word)


@dataclass(frozen=True, slots=True)
class Item:
    number: int
    at: datetime
    when: str
    by: str
    by_whole: str
    asked: str
    description: str
    service_count: int
    release_hashes: tuple[str, ...]
    places: tuple[Whereabouts, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    items: tuple[Item, ...]
    before: int | None
    matching: int
    is_whole: bool
    of: int


CurrentIn = dict[str, dict[int, tuple[str, ...]]]
"""By environment: release number to the services that run it now."""


def current_in(snapshot: Snapshot) -> CurrentIn:
    found: CurrentIn = {}
    for now in snapshot.environments:
        here = found.setdefault(now.environment.id, {})
        for service in services_of(snapshot):
            cell = cell_of(service, now, snapshot)
            if cell.release is not None and cell.release_hash is not None and not cell.not_as_recorded:
                here[cell.release] = (*here.get(cell.release, ()), service.id)
    return found


def listing(snapshot: Snapshot, asked: Filter) -> Listing:
    current = current_in(snapshot)
    found = [r for r in snapshot.history.releases if _matches(r, asked, current, snapshot)]
    later = [r for r in found if asked.before is None or r.number < asked.before]
    shown = later[: asked.limit]
    return Listing(
        items=tuple(item_of(r, current, snapshot) for r in shown),
        before=shown[-1].number if len(later) > len(shown) else None,
        matching=len(found),
        is_whole=snapshot.history.releases_end and (asked.presence is None or snapshot.history.sets_end),
        of=len(snapshot.history.releases),
    )


def _matches(found: ReleaseSet, asked: Filter, current: CurrentIn, snapshot: Snapshot) -> bool:
    return (
        (asked.since is None or found.requested_at >= asked.since)
        and (asked.until is None or found.requested_at <= asked.until)
        and (not asked.who or asked.who in str(found.requested_by).lower())
        and (asked.presence is None or _is_present(found, asked, current, snapshot))
        and (not asked.services or any(line.service in asked.services for line in _lines(found, snapshot)))
        and (not asked.text or _has_text(found, asked.text, snapshot))
    )


def _is_present(found: ReleaseSet, asked: Filter, current: CurrentIn, snapshot: Snapshot) -> bool:
    """In each of the environments asked for; without any, in one at least."""
    places = asked.environments or tuple(current)
    if asked.presence == "current":
        there = [found.number in current.get(place, {}) for place in places]
    else:
        ever = {s.environment for s in snapshot.history.by_release.get(found.number, ())}
        there = [place in ever for place in places]
    if asked.presence == "never":
        return not any(there)
    return all(there) if asked.environments else any(there)


def _lines(found: ReleaseSet, snapshot: Snapshot) -> list[Line]:
    sets = snapshot.history.by_release.get(found.number, ())
    return [line for s in sets for line in snapshot.history.parts.get(s.number, ())]


def _has_text(found: ReleaseSet, text: str, snapshot: Snapshot) -> bool:
    if text in found.description.lower() or text == str(found.number):
        return True
    return any(text in (line.release_hash or "").lower() for line in _lines(found, snapshot))


def item_of(found: ReleaseSet, current: CurrentIn, snapshot: Snapshot) -> Item:
    return Item(
        number=found.number,
        at=found.requested_at,
        when=age(found.requested_at, snapshot.at),
        by=short_name(found.requested_by),
        by_whole=str(found.requested_by),
        asked=found.asked,
        description=found.description,
        service_count=found.services,
        release_hashes=release_hashes(found, snapshot),
        places=places(found, current, snapshot),
    )


def release_hashes(found: ReleaseSet, snapshot: Snapshot) -> tuple[str, ...]:
    """Most common first; from its images where they are known, else from what was deployed of it."""
    images = snapshot.images.get(found.number)
    hashes = [r.release_hash for r in images] if images else [m.release_hash for m in _lines(found, snapshot)]
    known = [h for h in hashes if h is not None]
    return tuple(sorted(dict.fromkeys(known), key=known.count, reverse=True))


def places(found: ReleaseSet, current: CurrentIn, snapshot: Snapshot) -> tuple[Whereabouts, ...]:
    sets = snapshot.history.by_release.get(found.number, ())
    newest = {s.environment: s for s in reversed(sets)}
    first = {s.environment: s for s in sets}
    known = [now.environment for now in snapshot.environments if now.environment.id in newest]
    return tuple(
        Whereabouts(
            environment=environment.id,
            is_production=environment.production,
            services=current.get(environment.id, {}).get(found.number, ()),
            of=found.services,
            deployment=newest[environment.id].number,
            word=snapshot.word_of(newest[environment.id]),
            when=age(newest[environment.id].requested_at, snapshot.at),
            lead=span(first[environment.id].requested_at - found.requested_at),
        )
        for environment in known
    )


# --- one


@dataclass(frozen=True, slots=True)
class One:
    """`images` and `ranges` are None while they are being read. `ranges` are of its first deployment."""

    item: Item
    images: tuple[Release, ...] | None
    deployments: tuple[int, ...]
    ranges: tuple[tuple[tuple[str, ...], str | None, str | None, Commits], ...] | None
    first_deployment: int | None


def one(found: ReleaseSet, snapshot: Snapshot) -> One:
    sets: Sequence[int] = [s.number for s in snapshot.history.by_release.get(found.number, ())]
    first = sets[-1] if sets else None
    whole = None if first is None else snapshot.details.get(first)
    return One(
        item=item_of(found, current_in(snapshot), snapshot),
        images=snapshot.images.get(found.number),
        deployments=tuple(sets),
        ranges=None if whole is None else ranges(whole),
        first_deployment=first,
    )
