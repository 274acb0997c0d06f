"""Reads a project piece by piece, and makes the next snapshot of it. What fails keeps its last good data."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from release_tool.dashboard.drift import pairs_to_tell
from release_tool.dashboard.history import MOST_KEPT, History, Line, line_of, with_lines, with_releases, with_sets
from release_tool.dashboard.snapshot import Pair, Trouble, first_snapshot, looked, open_words, says_the_same
from release_tool.dashboard.source import Record, Source
from release_tool.errors import ReleaseToolError
from release_tool.model import Commits, Deployment, DeploymentSet, Release, ReleaseSet

T = TypeVar("T")

NEWEST = 50
PAGE = 500
DETAILS_KEPT = 500
IMAGES_KEPT = 500
PAIRS_AT_ONCE = 20
AT_ONCE = 8

Wanted = tuple[str, int]
"""`deployment` or `release`, and its number: the whole of it is asked for."""


class Reader:
    """Belongs to one thread. `snapshot` is replaced, never changed: whoever holds one may go on reading it."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._details: OrderedDict[int, tuple[Deployment, ...]] = OrderedDict()
        self._images: OrderedDict[int, tuple[Release, ...]] = OrderedDict()
        self._between: dict[Pair, Commits] = {}
        self._services_read: dict[str, int | None] = {}
        self._troubles: dict[str, Trouble] = {}
        self.snapshot = first_snapshot(source.project, source.now())

    # --- what a refresh is made of

    def look(self) -> None:
        """ECS, the parameters and what is current: what the first page needs."""
        found = self._source.look()
        at = self._source.now()
        environments = tuple(
            looked(now, found.get(now.environment.id, _NOTHING_TOLD), at) for now in self.snapshot.environments
        )
        self._publish(environments=environments, at=at)

    def read_newest(self) -> None:
        """Deployment sets and release sets that are new, and those that had not ended."""
        history = self.snapshot.history
        with self._telling("deployments"):
            history = self._with_newest_sets(history)
        with self._telling("releases"):
            history = self._with_newest_releases(history)
        self._publish(history=history, absent=frozenset())
        with self._telling("deployments"):
            self._read_what_moved()

    def read_services(self) -> None:
        """The newest deployments of each service, once; new ones come with their sets."""
        with self._telling("deployments"):
            todo = [service for service in self._services() if service not in self._services_read]
            pages = _in_parallel(lambda s: self._record.service_history(self._project, s, limit=NEWEST), todo)
            history = self.snapshot.history
            for service, page in zip(todo, pages, strict=True):
                history = with_lines(history, self._lines(page.items))
                self._services_read[service] = page.before
            self._publish(history=replace(history, lines_end=not any(self._services_read.values())))

    def read_wanted(self, wanted: Iterable[Wanted]) -> None:
        """What somebody looked for and was not in memory."""
        for kind, number in wanted:
            with self._telling("what was asked for"):
                self._read_deployment(number) if kind == "deployment" else self._read_release(number)
        self._publish(details=dict(self._details), images=dict(self._images))

    def read_between(self) -> None:
        """Git, about what differs between environments: a few at a time."""
        todo = [pair for pair in pairs_to_tell(self.snapshot) if pair not in self._between]
        for pair in todo[:PAIRS_AT_ONCE]:
            self._between[pair] = self._source.commits_between(*pair)
        if todo:
            self._publish(between=dict(self._between))

    def forget_unknown(self) -> None:
        """What Git could not tell it may know after a fetch."""
        self._between = {pair: found for pair, found in self._between.items() if found.unknown_because is None}

    def read_further_back(self) -> bool:
        """One page of what is older; false where there is nothing older, or where it could not be read."""
        history = self.snapshot.history
        with self._telling("history"):
            history = self._further_back(history)
        changed = history is not self.snapshot.history
        if changed:
            self._publish(history=history)
        return changed and not history.is_whole

    def broke(self) -> None:
        """Something went wrong that nobody expected: say so until a refresh succeeds."""
        before = self._troubles.get(_BUG)
        since = self._source.now() if before is None else before.since
        self._troubles[_BUG] = Trouble(_BUG, "the dashboard itself failed to refresh", "see its log", since)
        self._publish()

    def works(self) -> None:
        self._troubles.pop(_BUG, None)

    # --- deployment sets

    def _with_newest_sets(self, history: History) -> History:
        """On, until they meet those that are known."""
        before: int | None = None
        while True:
            page = self._record.deployment_sets(self._project, limit=NEWEST, before=before)
            met = not history.sets or any(s.number in history.by_number for s in page.items)
            first = not history.sets
            history = with_sets(history, page.items)
            if page.before is None or first or met:
                return replace(history, sets_end=history.sets_end or page.before is None)
            before = page.before

    def _read_what_moved(self) -> None:
        """Every set that has not ended, and the newest ones that nobody has read yet: one question each."""
        history = self.snapshot.history
        still_open = [s for s in self._open_sets() if s.number not in {n.number for n in history.sets[:NEWEST]}]
        found = _in_parallel(self._again, still_open)
        history = with_sets(history, (s for s in found if s is not None))
        moved = [s for s in history.sets[:NEWEST] if s.number not in self._details]
        todo = {s.number: s for s in (*moved, *self._open_sets(), *(s for s in found if s is not None))}
        for deployment_set, deployments in zip(
            todo.values(), _in_parallel(self._record.deployments, todo.values()), strict=True
        ):
            self._keep(self._details, deployment_set.number, deployments, DETAILS_KEPT)
            history = with_lines(history, self._lines(deployments))
        self._publish(history=history, details=dict(self._details))

    def _open_sets(self) -> list[DeploymentSet]:
        """Those that may still move: among the newest, and the newest of each environment."""
        history = self.snapshot.history
        firsts = (sets[0] for sets in history.by_environment.values())
        candidates = {s.number: s for s in (*history.sets[:NEWEST], *firsts)}
        return [s for s in candidates.values() if s.outcome is None or self._has_open_lines(s)]

    def _has_open_lines(self, found: DeploymentSet) -> bool:
        return any(not line.word.is_final for line in self.snapshot.history.parts.get(found.number, ()))

    def _again(self, known: DeploymentSet) -> DeploymentSet | None:
        return self._record.deployment_set(self._project, known.number, environment=known.environment)

    def _read_deployment(self, number: int) -> None:
        history = self.snapshot.history
        known = history.by_number.get(number) or self._record.deployment_set(self._project, number)
        if known is None:
            self._publish(absent=frozenset({*self.snapshot.absent, ("deployment", number)}))
            return
        deployments = self._record.deployments(known)
        self._keep(self._details, number, deployments, DETAILS_KEPT)
        self._publish(history=with_lines(with_sets(history, [known]), self._lines(deployments)))

    # --- release sets

    def _with_newest_releases(self, history: History) -> History:
        before: int | None = None
        while True:
            page = self._record.release_sets(self._project, limit=NEWEST, before=before)
            met = not history.releases or any(r.number in history.release_by_number for r in page.items)
            history = with_releases(history, page.items)
            if page.before is None or met:
                return replace(history, releases_end=history.releases_end or page.before is None)
            before = page.before

    def _read_release(self, number: int) -> None:
        known = self.snapshot.history.release_by_number.get(number)
        found: ReleaseSet | None = known or self._record.release_set(self._project, number)
        if found is None:
            self._publish(absent=frozenset({*self.snapshot.absent, ("release", number)}))
            return
        self._keep(self._images, number, self._record.releases(found), IMAGES_KEPT)
        self._publish(history=with_releases(self.snapshot.history, [found]))

    # --- further back

    def _further_back(self, history: History) -> History:
        if not history.sets_end:
            page = self._record.deployment_sets(self._project, limit=PAGE, before=_oldest(history.sets))
            history = with_sets(history, page.items)
            return replace(history, sets_end=page.before is None or len(history.sets) >= MOST_KEPT)
        if not history.releases_end:
            older = self._record.release_sets(self._project, limit=PAGE, before=_oldest(history.releases))
            history = with_releases(history, older.items)
            return replace(history, releases_end=older.before is None or len(history.releases) >= MOST_KEPT)
        if not history.lines_end:
            return self._further_back_by_service(history)
        return history

    def _further_back_by_service(self, history: History) -> History:
        todo = [service for service in self._services() if self._services_read.get(service, 0) is not None]
        if not todo or history.deployments >= MOST_KEPT:
            return replace(history, lines_end=True)
        # The one that has been read the least far back comes first, so that all reach back about as far.
        service = max(todo, key=lambda s: self._services_read.get(s) or 0)
        page = self._record.service_history(self._project, service, limit=PAGE, before=self._services_read.get(service))
        self._services_read[service] = page.before
        return with_lines(history, self._lines(page.items))

    # --- below

    @property
    def _record(self) -> Record:
        return self._source.record

    @property
    def _project(self) -> str:
        return self._source.project.id

    def _services(self) -> list[str]:
        """Those that were ever deployed, as far as anybody knows."""
        boards = [now.board for now in self.snapshot.environments if now.board is not None]
        shown = {row.service.id for board in boards for row in board.rows if row.deployment is not None}
        return sorted(shown | {service for _, service in self.snapshot.history.lines})

    def _lines(self, deployments: Iterable[Deployment]) -> list[Line]:
        lines = (line_of(d, self._source.recorded_word(d)) for d in deployments)
        return [line for line in lines if line is not None]

    def _keep(self, kept: OrderedDict[int, T], number: int, found: T, most: int) -> None:
        kept[number] = found
        kept.move_to_end(number)
        while len(kept) > most:
            kept.popitem(last=False)

    def _telling(self, about: str) -> _Telling:
        return _Telling(about, self._troubles, self._source.now)

    def _publish(self, **changes: object) -> None:
        before = self.snapshot
        after = replace(before, **changes, troubles=tuple(self._troubles.values()))  # type: ignore[arg-type]
        after = replace(after, words=open_words(after.environments, after.details, after.history))
        self.snapshot = replace(after, version=before.version + (not says_the_same(before, after)))


class _Telling:
    """Turns an expected error into a trouble that pages show, and takes it back when it is over."""

    def __init__(self, about: str, troubles: dict[str, Trouble], now: Callable[[], datetime]) -> None:
        self._about = about
        self._troubles = troubles
        self._now = now

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: object, traceback: object) -> bool:
        if error is None:
            self._troubles.pop(self._about, None)
            return False
        if not isinstance(error, ReleaseToolError):
            return False
        before = self._troubles.get(self._about)
        since = self._now() if before is None else before.since
        self._troubles[self._about] = Trouble(self._about, error.message, error.next, since)
        return True


_BUG = "refresh"
_NOTHING_TOLD = ReleaseToolError("nothing was told of this environment")


def _oldest(items: tuple[DeploymentSet, ...] | tuple[ReleaseSet, ...]) -> int | None:
    return items[-1].number if items else None


def _in_parallel(function: Callable[..., T], items: Iterable[object]) -> list[T]:
    items = list(items)
    if len(items) < 2:
        return [function(item) for item in items]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(function, items))
