"""Charts as numbers that a template draws: everything in a chart is also in a table beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WIDTH = 1000.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `x`, `width` wide, of a strip that is 1000 wide."""

    x: float
    width: float
    label: str
    number: int
    begins: datetime
    ends: datetime | None


@dataclass(frozen=True, slots=True)
class Strip:
    stretches: tuple[Stretch, ...]
    ticks: tuple[tuple[float, str], ...]


def strip(lived: Sequence[tuple[str, datetime, int]], begin: datetime, end: datetime) -> Strip:
    """`lived` is newest first: each lasts until the next one begins. What ended before `begin` is left out."""
    found: list[Stretch] = []
    ends: datetime | None = None
    for label, began, number in lived:
        if (ends or end) > begin:
            x = _x(max(began, begin), begin, end)
            found.append(Stretch(x, round(_x(ends or end, begin, end) - x, 1), label, number, began, ends))
        ends = began
        if began <= begin:
            break
    return Strip(tuple(found), _ticks(begin, end))


def _x(at: datetime, begin: datetime, end: datetime) -> float:
    return round(WIDTH * ((at - begin) / (end - begin)), 1)


def _ticks(begin: datetime, end: datetime) -> tuple[tuple[float, str], ...]:
    """Midnights, a week apart."""
    first = begin.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    days = range(0, max((end - first).days, 0) + 1, 7)
    return tuple((_x(first + timedelta(days=d), begin, end), f"{day(first + timedelta(days=d))}") for d in days)


def day(at: datetime) -> str:
    return f"{at.day} {at:%b}"


@dataclass(frozen=True, slots=True)
class Bar:
    """`height` and `y` are of a chart that is 100 high."""

    x: float
    width: float
    y: float
    height: float
    label: str
    value: str


def bars(values: Sequence[tuple[str, float, str]]) -> tuple[Bar, ...]:
    """Of label, value, and the value in words. Days without anything keep their place."""
    most = max((value for _, value, _ in values), default=0.0) or 1.0
    step = WIDTH / max(len(values), 1)
    return tuple(
        Bar(
            x=round(at * step + step * 0.12, 1),
            width=round(step * 0.76, 1),
            y=round(100 - 100 * value / most, 1),
            height=round(100 * value / most, 1),
            label=label,
            value=words,
        )
        for at, (label, value, words) in enumerate(values)
    )
