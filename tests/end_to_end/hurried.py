"""The installed program in a process whose clock is its own: no sleep takes time, and yet it has passed.

With ANOTHER_CLOCK naming a file, its clock is wrong by the seconds that the file says at that moment.
"""

from __future__ import annotations

import datetime
import os
import sys
import time

FASTER = 50
really_sleep, real_datetime = time.sleep, datetime.datetime
slept = 0.0


def sleep(seconds: float) -> None:
    global slept
    really_sleep(seconds / FASTER)
    slept += seconds * (1 - 1 / FASTER)


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


def main() -> int:
    time.sleep = sleep
    datetime.datetime = Shifted  # type: ignore[misc]
    from release_tool.cli import main as release_tool

    return release_tool()


if __name__ == "__main__":
    sys.exit(main())
