"""The emulator's time: it runs by itself, at any speed, or is held by hand."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import NamedTuple


class _Mark(NamedTuple):
    """From these seconds on, which were at that time of day and of the machine's own clock, time goes like this."""

    seconds: float
    time_of_day: datetime
    machine_time: float
    speed: float
    is_held: bool


class Clock:
    """Seconds of rollouts, and the time of day at which each of them was.

    Running, it counts `speed` seconds in each second, and its times of day are those of the wall clock, so that
    ages look right at any speed. Held, both move by what `advance` is told and by nothing else.
    """

    def __init__(self, *, speed: float = 1.0, is_held: bool = False, since: datetime | None = None) -> None:
        """`since` is the time of day that it begins at; now, unless a past is to be played."""
        if speed <= 0:
            raise ValueError("speed is more than 0")
        self._marks = [_Mark(0.0, since or datetime.now(timezone.utc), time.monotonic(), speed, is_held)]

    @property
    def is_held(self) -> bool:
        return self._marks[-1].is_held

    def now(self) -> float:
        last = self._marks[-1]
        return last.seconds if last.is_held else last.seconds + (time.monotonic() - last.machine_time) * last.speed

    def time_of(self, seconds: float) -> datetime:
        """The time of day at a moment of this clock."""
        number = max((n for n, mark in enumerate(self._marks) if mark.seconds <= seconds), default=0)
        mark, later = self._marks[number], self._marks[number + 1 : number + 2]
        told = mark.time_of_day + timedelta(seconds=(seconds - mark.seconds) / (1 if mark.is_held else mark.speed))
        # Where time jumped, what lies inside the jump was when it came down.
        return min([told, *(after.time_of_day for after in later)])

    def time_of_day(self) -> datetime:
        return self.time_of(self.now())

    def advance(self, seconds: float) -> None:
        """Let so much pass; a running clock jumps, and its time of day does not."""
        if seconds < 0:
            raise ValueError("time goes forward only")
        passed = timedelta(seconds=seconds) if self.is_held else timedelta(0)
        self._mark(self.now() + seconds, self.time_of_day() + passed)

    def hold(self) -> None:
        self._mark(self.now(), self.time_of_day(), is_held=True)

    def run(self, speed: float | None = None) -> None:
        self._mark(self.now(), self.time_of_day(), speed=speed, is_held=False)

    def _mark(
        self, seconds: float, time_of_day: datetime, *, speed: float | None = None, is_held: bool | None = None
    ) -> None:
        last = self._marks[-1]
        how = (speed or last.speed, last.is_held if is_held is None else is_held)
        self._marks.append(_Mark(seconds, time_of_day, time.monotonic(), *how))
