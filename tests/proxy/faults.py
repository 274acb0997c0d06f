"""What can happen to a call on its way: each fault is given the call, and how to ask AWS for the answer."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime

from tests.proxy.calls import Answer, Call, refusal

Ask = Callable[[], Answer]
Fault = Callable[[Call, Ask], Answer]

PATIENCE_SECONDS = 60.0
"""How long a held call waits at most for its test."""


class NoAnswer(Exception):
    """The connection is closed, and nothing was answered."""


def lose_the_answer(call: Call, ask: Ask) -> Answer:
    """AWS acts, and nobody hears of it."""
    ask()
    raise NoAnswer


def lose_the_call(call: Call, ask: Ask) -> Answer:
    """AWS hears nothing."""
    raise NoAnswer


def refuse(code: str, message: str = "no", status: int = 400) -> Fault:
    """AWS answers so without acting."""
    return lambda call, ask: refusal(call, code, message, status)


DENY = refuse("AccessDeniedException", "User: arn:aws:iam::1:user/ann is not authorized to perform that")
EXPIRE = refuse("ExpiredTokenException", "The security token included in the request is expired")
THROTTLE = refuse("ThrottlingException", "Rate exceeded")
FAIL = refuse("ServerException", "Internal failure", status=500)


def take(seconds: float) -> Fault:
    """Let a call take so long in all, whatever AWS's own part in it is."""

    def slow(call: Call, ask: Ask) -> Answer:
        started = time.monotonic()
        answer = ask()
        time.sleep(max(0.0, started + seconds - time.monotonic()))
        return answer

    return slow


class Victim:
    """The process that a fault kills; a test names it as soon as it has started it."""

    def __init__(self) -> None:
        self._process: int | None = None
        self._is_known = threading.Event()

    def is_process(self, process: int) -> None:
        self._process = process
        self._is_known.set()

    def kill_after(self, call: Call, ask: Ask) -> Answer:
        """AWS acts; whoever asked is gone before the answer is there."""
        ask()
        self._is_known.wait(PATIENCE_SECONDS)
        assert self._process is not None
        os.kill(self._process, signal.SIGKILL)
        raise NoAnswer


class Gate:
    """Where a call is held until the test lets it pass."""

    def __init__(self) -> None:
        self._arrived = threading.Event()
        self._opened = threading.Event()

    def hold(self, call: Call, ask: Ask) -> Answer:
        """Before AWS hears of it."""
        self._wait()
        return ask()

    def hold_the_answer(self, call: Call, ask: Ask) -> Answer:
        """After AWS has acted."""
        answer = ask()
        self._wait()
        return answer

    def _wait(self) -> None:
        self._arrived.set()
        self._opened.wait(PATIENCE_SECONDS)

    def wait_for_arrival(self) -> None:
        assert self._arrived.wait(PATIENCE_SECONDS), "the call to be held has never come"

    def open(self) -> None:
        self._opened.set()


class Meeting:
    """Where calls wait for each other until so many are there."""

    def __init__(self, parties: int) -> None:
        self._barrier = threading.Barrier(parties, timeout=PATIENCE_SECONDS)

    def hold(self, call: Call, ask: Ask) -> Answer:
        self._barrier.wait()
        return ask()


def tell_another_time(by: timedelta) -> Fault:
    """AWS's clock, as its answers' `Date` shows it, differs by so much."""

    def shifted(call: Call, ask: Ask) -> Answer:
        answer = ask()
        date = answer.header("Date")
        if date is None:
            return answer
        return answer.with_header("Date", format_datetime(parsedate_to_datetime(date) + by, usegmt=True))

    return shifted


class Bucket:
    """So many calls at once, then so many a second; what comes faster is throttled."""

    def __init__(self, burst: int, per_second: float) -> None:
        self._burst = burst
        self._per_second = per_second
        self._tokens = float(burst)
        self._filled_at = time.monotonic()
        self._turn = threading.Lock()

    def limit(self, call: Call, ask: Ask) -> Answer:
        return ask() if self._take() else THROTTLE(call, ask)

    def _take(self) -> bool:
        with self._turn:
            now = time.monotonic()
            self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._per_second)
            self._filled_at = now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True

    def seconds_for(self, calls: int) -> float:
        """The least time in which so many can pass."""
        return max(0.0, calls - self._burst) / self._per_second
