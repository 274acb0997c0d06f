"""One thread a project that keeps its snapshot fresh, so that no page ever waits for AWS."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition, Thread
from time import monotonic

from release_tool.dashboard.reading import Reader, Wanted
from release_tool.dashboard.snapshot import Snapshot
from release_tool.dashboard.source import Source

log = logging.getLogger(__name__)

MOST_WANTED = 50
LONGEST = 300.0


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two looks: at rest, and while something rolls out."""

    at_rest: float = 15.0
    moving: float = 3.0

    def seconds(self, snapshot: Snapshot, failures: int) -> float:
        """Twice as long after each failure in a row, up to five minutes."""
        usual = min(self.moving, self.at_rest) if snapshot.is_moving else self.at_rest
        return min(usual * 2.0 ** min(failures, 20), max(LONGEST, self.at_rest))


class Refresher:
    """`start` returns when the first look has ended, well or not."""

    def __init__(
        self, source: Source, pace: Pace = Pace(), jitter: Callable[[], float] = lambda: random.uniform(0.9, 1.1)
    ) -> None:
        self._reader = Reader(source)
        self._pace = pace
        self._jitter = jitter
        self._changed = Condition()
        self._wanted: dict[Wanted, None] = {}
        self._stops = False
        self._failures = 0
        self._thread = Thread(target=self._run, name=f"refresh {source.project.id}", daemon=True)

    @property
    def snapshot(self) -> Snapshot:
        return self._reader.snapshot

    def want(self, kind: str, number: int) -> None:
        """Ask for the whole of something soon; more than a few at once are left for the next to ask."""
        with self._changed:
            if len(self._wanted) < MOST_WANTED:
                self._wanted[kind, number] = None
                self._changed.notify_all()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with self._changed:
            self._stops = True
            self._changed.notify_all()
        self._thread.join(5)

    def refresh(self) -> None:
        """All of it, once."""
        self._reader.works()
        self._reader.look()
        self._reader.read_newest()
        self._reader.read_services()
        self._reader.read_between()
        self._failures = self._failures + 1 if self._reader.snapshot.all_troubles else 0

    def read_back(self) -> None:
        """All that is older."""
        while self._reader.read_further_back():
            pass

    # --- the thread

    def _run(self) -> None:
        rounds = 0
        while not self._stops:
            if rounds % 40 == 0:
                self._reader.forget_unknown()
            self._guarded(self.refresh)
            self._until(monotonic() + self._pace.seconds(self.snapshot, self._failures) * self._jitter())
            rounds += 1

    def _until(self, due: float) -> None:
        """Read what is wanted at once, and what is older while there is time."""
        older_left = True
        while not self._stops and (left := due - monotonic()) > 0:
            with self._changed:
                if not self._wanted:
                    self._changed.wait(min(left, 0.2) if older_left else left)
                wanted, self._wanted = list(self._wanted), {}
            if wanted:
                self._guarded(lambda wanted=wanted: self._reader.read_wanted(wanted))  # type: ignore[misc]
            elif older_left and not self._stops:
                began = monotonic()
                older_left = bool(self._guarded(self._reader.read_further_back))
                self._rest(monotonic() - began)

    def _rest(self, seconds: float) -> None:
        """As long as the work took: readers of pages come first."""
        with self._changed:
            if not self._stops and not self._wanted:
                self._changed.wait(min(seconds, 2.0))

    def _guarded(self, work: Callable[[], object]) -> object:
        """A bug of ours is logged with its traceback, and must not end the thread: pages would age in silence."""
        try:
            return work()
        except Exception:
            log.exception("could not refresh; the last good data stays")
            self._failures += 1
            self._reader.broke()
            return None
