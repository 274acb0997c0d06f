"""The five numbers, against histories small enough to count by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from release_tool.dashboard.history import History, Line, with_lines, with_sets
from release_tool.dashboard.metrics import Metric, deployed, metrics
from release_tool.dashboard.snapshot import Snapshot, first_snapshot
from release_tool.model import Kind, Word
from tests.builders import NOW, a_deployment_set, a_project

HOUR = timedelta(hours=1)


def a_history(*happened: tuple[float, Word, Kind, tuple[float, ...]]) -> Snapshot:
    """Each: how many hours ago, its outcome after 6 minutes, its kind, and how long before it its commits were made."""
    history = History()
    for number, (ago, word, kind, commits) in enumerate(happened, 1):
        at = NOW - ago * HOUR
        end = at + HOUR / 10
        made = a_deployment_set(
            number=number, id=f"set-{number}", kind=kind, requested_at=at, requested=True, outcome=word, ended_at=end
        )
        authored = tuple(int((at - before * HOUR).timestamp()) for before in commits)
        line = Line(
            number, number, "prod", "web", f"h{number}", f"h{number - 1}", word, at, end, len(commits), False, authored
        )
        history = with_lines(with_sets(history, [made]), [line])
    return replace(first_snapshot(a_project(), NOW), history=history)


def measured(snapshot: Snapshot, window: str = "28d") -> dict[str, Metric]:
    return {metric.id: metric for metric in metrics(snapshot, "prod", window)}


def complete(ago: float, *commits: float, kind: Kind = Kind.DEPLOY) -> tuple[float, Word, Kind, tuple[float, ...]]:
    return ago, Word.COMPLETE, kind, commits


def failed(ago: float) -> tuple[float, Word, Kind, tuple[float, ...]]:
    return ago, Word.ROLLED_BACK, Kind.DEPLOY, ()


def test_lead_time_is_from_a_commit_to_the_end_of_the_deployment_that_brought_it_first() -> None:
    found = measured(a_history(complete(50, 1.9, 2.9), complete(40, 3.9, 4.9, 5.9)))["change-lead-time"]

    assert (found.value, found.n) == ("4 h", 5)


def test_a_commit_counts_once_however_often_it_is_deployed() -> None:
    again = a_history(complete(50, 1.9), complete(40, 11.9))

    assert [len(d.lead_times) for d in deployed(again, "prod")] == [1, 0]


def test_a_commit_whose_deployment_failed_waits_for_the_one_that_completes() -> None:
    snapshot = a_history((50, Word.FAILED, Kind.DEPLOY, (1,)), complete(40, 11))

    (_, healed) = deployed(snapshot, "prod")
    assert healed.lead_times == (11 * HOUR + HOUR / 10,)


def test_frequency_is_over_all_days_of_the_window() -> None:
    found = measured(a_history(*(complete(24 * day) for day in range(14, 0, -1))))["deployment-frequency"]

    assert (found.value, found.detail, found.n) == ("3.5 a week", "on 14 of 28 days", 14)


def test_recovery_is_from_the_failed_request_to_the_end_of_the_next_that_completes() -> None:
    found = measured(a_history(complete(60), failed(50), failed(49), complete(48)))["failed-deployment-recovery-time"]

    assert (found.value, found.n) == ("1 h 36 min", 2)


def test_what_was_rolled_back_within_a_day_has_failed() -> None:
    taken_back = a_history(complete(60), complete(50), complete(48, kind=Kind.ROLLBACK))
    later = a_history(complete(60), complete(50), complete(20, kind=Kind.ROLLBACK))

    assert [d.failed for d in deployed(taken_back, "prod")] == [False, True, False]
    assert [d.failed for d in deployed(later, "prod")] == [False, False, False]


def test_fail_rate_and_rework_rate_are_shares_of_what_ended() -> None:
    found = measured(
        a_history(complete(90), complete(80), complete(70), complete(50), complete(48, kind=Kind.ROLLBACK), failed(10))
    )

    assert (found["change-fail-rate"].value, found["change-fail-rate"].detail) == ("33 %", "2 of 6")
    assert (found["deployment-rework-rate"].value, found["deployment-rework-rate"].detail) == ("33 %", "2 of 6")


@pytest.mark.parametrize("name", ["change-lead-time", "change-fail-rate", "deployment-rework-rate"])
def test_where_there_is_too_little_no_number_is_made_up(name: str) -> None:
    found = measured(a_history(complete(50, 1), complete(40, 1), failed(30)))[name]

    assert found.value is None


def test_the_window_before_is_told_beside_it() -> None:
    found = measured(a_history(*(complete(24 * 30 + n) for n in (9, 8, 7, 6, 5)), complete(24)))["deployment-frequency"]

    assert (found.value, found.before) == ("0.2 a week", "1.2 a week")


def test_a_bar_for_each_day_stands_for_all_that_was_counted() -> None:
    found = measured(a_history(complete(50), complete(49), complete(24)))["deployment-frequency"]

    assert len(found.bars) == 28
    assert sum(float(bar.value) for bar in found.bars) == found.n


def test_every_number_says_how_it_came_about() -> None:
    found = measured(a_history(complete(50)))

    assert len(found) == 5
    assert all(metric.definition.endswith(".") and metric.counted for metric in found.values())
