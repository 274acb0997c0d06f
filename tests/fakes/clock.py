"""A clock that goes on only when somebody sleeps, or turns it by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.builders import NOW


class HandClock:
    def __init__(self, now: datetime = NOW) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        self.turn(timedelta(seconds=seconds))

    def turn(self, by: timedelta) -> None:
        self._now += by
