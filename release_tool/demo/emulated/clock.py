"""The emulator's time: it runs by itself, at any speed, or is held by hand."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone


class Clock:
    """Seconds of rollouts, and the time of day at which each of them was.

    Running, it counts `speed` seconds in each second, and its times of day are those of the wall clock, so that
    ages look right at any speed. Held, both move by what `advance` is told and by nothing else.
    """

    def __init__(self, *, speed: float = 1.0, is_held: bool = False) -> None:
        self._is_held = is_held
        self._speed = speed
        # Each mark says: from these seconds on, time of day goes on from here, at this speed.
        self._marks: list[tuple[float, datetime, float]] = []
        self._mark(0.0, datetime.now(timezone.utc))

    @property
    def is_held(self) -> bool:
        return self._is_held

    def now(self) -> float:
        seconds = self._marks[-1][0]
        return seconds if self._is_held else seconds + (time.monotonic() - self._marked_at) * self._speed

    def time_of(self, seconds: float) -> datetime:
        """The time of day at a moment of this clock."""
        number = max((n for n, mark in enumerate(self._marks) if mark[0] <= seconds), default=0)
        start, time_of_day, speed = self._marks[number]
        told = time_of_day + timedelta(seconds=(seconds - start) / speed)
        return min([told, *(mark[1] for mark in self._marks[number + 1 :][:1])])

    def time_of_day(self) -> datetime:
        return self.time_of(self.now())

    def advance(self, seconds: float) -> None:
        """Let so much pass; a running clock jumps, and its time of day does not."""
        if seconds < 0:
            raise ValueError("time goes forward only")
        passed = timedelta(seconds=seconds) if self._is_held else timedelta(0)
        self._mark(self.now() + seconds, self.time_of_day() + passed)

    def hold(self) -> None:
        now, time_of_day = self.now(), self.time_of_day()
        self._is_held = True
        self._mark(now, time_of_day)

    def run(self, speed: float | None = None) -> None:
        now, time_of_day = self.now(), self.time_of_day()
        self._is_held = False
        self._speed = speed or self._speed
        self._mark(now, time_of_day)

    def _mark(self, seconds: float, time_of_day: datetime) -> None:
        self._marked_at = time.monotonic()
        self._marks.append((seconds, time_of_day, 1.0 if self._is_held else self._speed))
