"""Holding an environment: the lock is kept alive while work goes on, and no write is made without it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

from release_tool.errors import EnvironmentHeld, ReleaseToolError
from release_tool.ports import Clock, Holder, Ledger

LEASE = timedelta(seconds=60)
CONFIRMED_FOR = timedelta(seconds=2)
"""So long a hold is taken as still ours without asking the ledger."""


class Lease:
    """What a command holds while it changes an environment. Any thread may ask it."""

    def __init__(self, ledger: Ledger, clock: Clock, project: str, environment: str, holder: Holder) -> None:
        self._ledger = ledger
        self._clock = clock
        self._project = project
        self._environment = environment
        self._holder = holder
        self._ended = threading.Event()
        self._lost: EnvironmentHeld | None = None
        self._confirmed_at = clock.now()
        self._turn = threading.Lock()

    @property
    def holder(self) -> Holder:
        return self._holder

    def check(self) -> None:
        """Ask before each write. A holder that slept past its lease must write nothing any more."""
        self._confirm()
        if self._lost is not None:
            raise self._lost
        if self._ended.is_set():
            raise EnvironmentHeld("interrupted: nothing more is written")
        if self._clock.now() >= self._holder.until:
            raise EnvironmentHeld(
                f"the hold on {self._environment} ran out while this command was not running",
                next="run the same command again: it goes on from where this one stopped",
            )

    def stop(self) -> None:
        """Let no further write be made, whichever thread asks."""
        self._ended.set()

    def keep_alive(self) -> None:
        """Renew at half of the lease until it is let go; meant for a thread of its own."""
        while self._lost is None and not self._ended.wait(LEASE.total_seconds() / 2):
            with self._turn:
                self._renew()

    def _confirm(self) -> None:
        """Somebody may have broken the hold: who has not asked for a while asks now."""
        with self._turn:
            now = self._clock.now()
            is_due = now - self._confirmed_at >= CONFIRMED_FOR and now < self._holder.until
            if is_due and self._lost is None and not self._ended.is_set():
                self._renew()

    def _renew(self) -> None:
        try:
            self._holder = self._ledger.renew(self._project, self._environment, self._holder)
            self._confirmed_at = self._clock.now()
        except EnvironmentHeld as lost:
            self._lost = lost
        except ReleaseToolError:
            return  # the lease has not run out yet: `check` tells when it has

    def let_go(self) -> None:
        """Where the ledger can't be reached, the lease runs out by itself: that is no reason to fail."""
        self._ended.set()
        with suppress(ReleaseToolError):
            self._ledger.release(self._project, self._environment, self._holder.id)


@contextmanager
def held(ledger: Ledger, clock: Clock, project: str, environment: str, holder: Holder) -> Iterator[Lease]:
    """Hold an environment while the block runs; `EnvironmentHeld` where another deployment has it."""
    taken = ledger.acquire(project, environment, holder)
    lease = Lease(ledger, clock, project, environment, taken)
    threading.Thread(target=lease.keep_alive, daemon=True, name="lease").start()
    try:
        yield lease
    finally:
        lease.let_go()


def lease_until(now: datetime) -> datetime:
    return now + LEASE
