"""AWS's time is read off its answers, and an answer that was long on its way does not turn it back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from release_tool.aws.clock import corrected
from tests.builders import NOW

NONE = timedelta(0)
AN_HOUR = timedelta(hours=1)
AT_ONCE = timedelta(milliseconds=50)


@pytest.mark.parametrize("ahead", [AN_HOUR, -AN_HOUR], ids=["ahead", "behind"])
def test_a_clock_that_is_wrong_follows_the_answer(ahead: timedelta) -> None:
    offset = corrected(NONE, told=NOW + ahead, asked_at=NOW - AT_ONCE, answered_at=NOW)

    assert abs(offset - ahead) <= timedelta(seconds=2)


def test_a_clock_that_is_right_stays_as_it_is() -> None:
    assert corrected(NONE, told=NOW - timedelta(seconds=1), asked_at=NOW - AT_ONCE, answered_at=NOW) == NONE


def test_an_answer_that_waited_while_this_host_slept_changes_nothing() -> None:
    a_minute = timedelta(minutes=1)

    assert corrected(NONE, told=NOW - a_minute, asked_at=NOW - a_minute - AT_ONCE, answered_at=NOW) == NONE


def test_a_slow_answer_moves_a_wrong_clock_no_further_than_it_proves() -> None:
    ten_seconds = timedelta(seconds=10)

    offset = corrected(NONE, told=NOW - AN_HOUR, asked_at=NOW - ten_seconds, answered_at=NOW)

    assert -AN_HOUR <= offset <= -AN_HOUR + ten_seconds + timedelta(seconds=1)
