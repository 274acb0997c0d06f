"""AWS's time, read off the answers that come anyway."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any

# A Date header has whole seconds, and two clocks that differ by less are as good as equal.
_NOISE = timedelta(seconds=2)
_WHOLE_SECONDS = timedelta(seconds=1)


class AwsClock:
    """Our clock, corrected by the `Date` header of AWS's answers, so that leases mean the same on every host."""

    def __init__(self) -> None:
        self._offset = timedelta(0)

    def now(self) -> datetime:
        return _by_ours() + self._offset

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def listen_to(self, client: Any) -> None:
        client.meta.events.register("before-call", self._ask)
        client.meta.events.register("after-call", self._correct)

    def _ask(self, context: dict[str, Any], **_: Any) -> None:
        context[_ASKED_AT] = _by_ours()

    def _correct(self, http_response: Any, context: dict[str, Any], **_: Any) -> None:
        date = http_response.headers.get("Date")
        if date is not None:
            self._offset = corrected(self._offset, parsedate_to_datetime(date), context[_ASKED_AT], _by_ours())


_ASKED_AT = "asked_at_by_our_clock"


def _by_ours() -> datetime:
    return datetime.now(timezone.utc)


def corrected(offset: timedelta, told: datetime, asked_at: datetime, answered_at: datetime) -> timedelta:
    """How far AWS's clock is ahead of ours, after an answer that `told` its time; `offset` is what was believed.

    AWS wrote the answer at some moment between the question and now. One that was read long after, because this host
    slept meanwhile, tells little, and must not turn the clock back: a lease would seem to last longer than it does.
    """
    earliest, latest = told, told + _WHOLE_SECONDS + (answered_at - asked_at)
    now = answered_at + offset
    if earliest - _NOISE <= now <= latest + _NOISE:
        return offset
    return (earliest if now < earliest else latest) - answered_at
