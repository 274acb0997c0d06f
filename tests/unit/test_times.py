from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from release_tool.times import ago, iso, lasted, spelled
from tests.builders import NOW

IN_PARIS = timezone(timedelta(hours=1))
HALF_PAST_FIVE_IN_PARIS = datetime(2026, 11, 22, 17, 30, tzinfo=IN_PARIS)


def test_a_time_is_spelled_so_that_it_can_be_read_one_way_only() -> None:
    assert spelled(NOW) == "2026-11-22 16:32:12 UTC"


def test_a_time_of_another_zone_is_spelled_in_utc() -> None:
    assert spelled(HALF_PAST_FIVE_IN_PARIS) == "2026-11-22 16:30:00 UTC"
    assert iso(HALF_PAST_FIVE_IN_PARIS) == "2026-11-22T16:30:00Z"


def test_a_document_has_whole_seconds() -> None:
    assert iso(NOW + timedelta(microseconds=999_999)) == "2026-11-22T16:32:12Z"


def test_a_time_that_is_not_known_is_null_in_a_document() -> None:
    assert iso(None) is None


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (timedelta(0), "just now"),
        (timedelta(milliseconds=999), "just now"),
        (timedelta(seconds=1), "1 second ago"),
        (timedelta(seconds=59), "59 seconds ago"),
        (timedelta(seconds=60), "1 minute ago"),
        (timedelta(minutes=3, seconds=59), "3 minutes ago"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=23, minutes=59), "23 hours ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=400), "400 days ago"),
    ],
    ids=lambda value: str(value),
)
def test_an_age_is_told_in_the_largest_unit_of_which_there_is_one(age: timedelta, said: str) -> None:
    assert ago(NOW - age, NOW) == said


def test_a_clock_that_is_behind_makes_no_negative_age() -> None:
    assert ago(NOW + timedelta(minutes=5), NOW) == "just now"


@pytest.mark.parametrize(
    ("duration", "said"),
    [
        (timedelta(0), "0s"),
        (timedelta(seconds=59.9), "59s"),
        (timedelta(seconds=60), "1m00s"),
        (timedelta(minutes=4, seconds=12), "4m12s"),
        (timedelta(hours=2, seconds=5), "120m05s"),
    ],
    ids=lambda value: str(value),
)
def test_a_duration_is_told_in_minutes_and_seconds(duration: timedelta, said: str) -> None:
    assert lasted(duration) == said
