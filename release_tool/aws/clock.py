"""AWS's time, read off the answers that come anyway."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any

# A Date header has whole seconds and arrives late: what differs by less is no difference.
_NOISE = timedelta(seconds=2)


class AwsClock:
    """Our clock, corrected by the `Date` header of AWS's answers, so that leases mean the same on every host."""

    def __init__(self) -> None:
        self._offset = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(timezone.utc) + self._offset

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def listen_to(self, client: Any) -> None:
        client.meta.events.register("after-call", self._correct)

    def _correct(self, http_response: Any, **_: Any) -> None:
        date = http_response.headers.get("Date")
        if date is None:
            return
        offset = parsedate_to_datetime(date) + timedelta(seconds=0.5) - datetime.now(timezone.utc)
        self._offset = offset if abs(offset) > _NOISE else timedelta(0)
