"""A clock of the process's own, put in the place of Python's before the program is imported.

HURRIED: sleeps are over so many times faster, and have lasted all the same. ANOTHER_CLOCK names a file that says at
every moment by how many seconds the clock is wrong. Without the two, time is as it is.
"""

from __future__ import annotations

import datetime
import os
import time

really_sleep, real_datetime = time.sleep, datetime.datetime
slept = 0.0


def sleep(seconds: float) -> None:
    global slept
    faster = float(os.environ.get("HURRIED", 1))
    slept += seconds * (1 - 1 / faster)
    really_sleep(seconds / faster)


def wrong_by() -> float:
    name = os.environ.get("ANOTHER_CLOCK")
    if name is None:
        return 0.0
    with open(name, encoding="ascii") as file:
        return float(file.read())


class Shifted(real_datetime):
    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Shifted:
        return super().now(tz) + datetime.timedelta(seconds=slept + wrong_by())


def install() -> None:
    time.sleep = sleep
    datetime.datetime = Shifted  # type: ignore[misc]
