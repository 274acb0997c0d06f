"""The emulator's time."""

from datetime import datetime, timedelta, timezone

import pytest

from release_tool.demo.emulator import Clock


def test_a_held_clock_moves_by_what_it_is_told_and_its_time_of_day_with_it() -> None:
    clock = Clock(is_held=True)
    before = clock.time_of_day()

    clock.advance(90)

    assert clock.now() == 90
    assert clock.time_of_day() - before == timedelta(seconds=90)


def test_a_moment_keeps_its_time_of_day_whatever_comes_later() -> None:
    clock = Clock(is_held=True)
    clock.advance(10)
    then = clock.time_of(10)

    clock.advance(1000)

    assert clock.time_of(10) == then


def test_a_running_clock_is_at_the_wall_clocks_time_of_day_at_any_speed() -> None:
    clock = Clock(speed=1000)

    told = clock.time_of_day()

    assert abs(told - datetime.now(timezone.utc)) < timedelta(seconds=2)
    assert told.tzinfo is timezone.utc


def test_a_running_clock_that_is_told_to_advance_jumps_without_its_time_of_day() -> None:
    clock = Clock()
    before = clock.time_of_day()

    clock.advance(3600)

    assert clock.now() >= 3600
    assert clock.time_of_day() - before < timedelta(seconds=60)
    assert clock.time_of(1800) <= clock.time_of(3600)


def test_a_clock_that_is_held_and_let_go_loses_no_time() -> None:
    clock = Clock()
    clock.hold()
    clock.advance(30)
    held = clock.time_of_day()

    clock.run(speed=8)

    assert clock.now() >= 30
    assert clock.time_of_day() >= held


def test_time_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="forward"):
        Clock(is_held=True).advance(-1)
