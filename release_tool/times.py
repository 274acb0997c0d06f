"""Times and ages as people read them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone


def spelled(at: datetime) -> str:
    """`2026-11-22 16:32:12 UTC`."""
    return at.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")


def ago(at: datetime, now: datetime) -> str:
    """`3 minutes ago`, in the largest unit of which there is at least one."""
    seconds = int((now - at).total_seconds())
    if seconds < 1:
        return "just now"
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count = seconds // length
        if count:
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    raise AssertionError("unreachable: a second is the least")


def lasted(duration: timedelta) -> str:
    """`4m12s`."""
    minutes, seconds = divmod(int(duration.total_seconds()), 60)
    return f"{minutes}m{seconds:02d}s" if minutes else f"{seconds}s"


def iso(at: datetime | None) -> str | None:
    """ISO 8601 in UTC, to the second, as every JSON document has it."""
    return None if at is None else at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
