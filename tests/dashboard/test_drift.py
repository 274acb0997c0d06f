"""How far one environment is ahead of another, from Git or from the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from release_tool.board import Board, Row
from release_tool.dashboard.drift import drift_of, pairs_to_tell
from release_tool.dashboard.history import History, Line, with_lines
from release_tool.dashboard.matrix import estimated
from release_tool.dashboard.past import word_at
from release_tool.dashboard.snapshot import Snapshot, first_snapshot
from release_tool.model import Commits, Word
from tests.builders import NOW, a_project, a_service, an_image, minutes, some_commits


def a_line(number: int, new: str, old: str | None = None, **given: object) -> Line:
    usual = {"release": number, "environment": "stage", "service": "web", "word": Word.COMPLETE, "commits": 2}
    times = {"at": NOW - minutes(100 - number), "ended_at": NOW - minutes(96 - number)}
    return Line(**{"number": number, "release_hash": new, "previous_release_hash": old, **usual, **times, **given})  # type: ignore[arg-type]


def seen(stage: str | None, prod: str | None, *lines: Line, **more: object) -> Snapshot:
    snapshot = first_snapshot(a_project(), NOW)
    environments = tuple(
        replace(now, board=_board(now.environment, build))
        for now, build in zip(snapshot.environments, (stage, prod), strict=True)
    )
    return replace(snapshot, environments=environments, history=with_lines(History(), lines), **more)  # type: ignore[arg-type]


def _board(environment: object, build: str | None) -> Board:
    image = None if build is None else an_image("web", build)
    row = Row(a_service(), image, Word.COMPLETE, image, None)
    return Board(a_project(), environment, (row,), None, None, Word.COMPLETE)  # type: ignore[arg-type]


def sentence(snapshot: Snapshot) -> str | None:
    earlier, later = snapshot.environments
    drift = drift_of("web", later, earlier, snapshot)
    return None if drift is None else drift.sentence


def test_what_is_the_same_is_even() -> None:
    assert sentence(seen("aaaaaaa", "aaaaaaa")) is None


def test_where_one_runs_nothing_nothing_is_compared() -> None:
    assert sentence(seen("aaaaaaa", None)) is None


def test_the_record_counts_commits_and_releases_on_the_way() -> None:
    way = (a_line(1, "aaaaaaa"), a_line(2, "bbbbbbb", "aaaaaaa"), a_line(3, "ccccccc", "bbbbbbb", commits=3))

    assert sentence(seen("ccccccc", "aaaaaaa", *way)) == "stage is 5 commits (2 releases) ahead of prod"


def test_a_deployment_that_failed_is_no_step_of_the_way() -> None:
    way = (a_line(1, "aaaaaaa"), a_line(2, "bbbbbbb", "aaaaaaa", word=Word.FAILED), a_line(3, "ccccccc", "aaaaaaa"))

    assert sentence(seen("ccccccc", "aaaaaaa", *way)) == "stage is 2 commits (1 release) ahead of prod"


def test_production_may_be_ahead_too() -> None:
    way = (a_line(1, "aaaaaaa", environment="prod"), a_line(2, "bbbbbbb", "aaaaaaa", environment="prod", commits=1))

    assert sentence(seen("aaaaaaa", "bbbbbbb", *way)) == "prod is 1 commit (1 release) ahead of stage"


def test_commits_that_nobody_counted_are_not_made_up() -> None:
    way = (a_line(1, "aaaaaaa"), a_line(2, "bbbbbbb", "aaaaaaa", commits=None))

    assert sentence(seen("bbbbbbb", "aaaaaaa", *way)) == "stage is 1 release ahead of prod"


def test_git_knows_better_than_the_record() -> None:
    told = {("aaaaaaa", "bbbbbbb"): some_commits(7)}
    way = (a_line(1, "aaaaaaa"), a_line(2, "bbbbbbb", "aaaaaaa"))

    assert sentence(seen("bbbbbbb", "aaaaaaa", *way, between=told)) == "stage is 7 commits (1 release) ahead of prod"


def test_git_tells_which_way_round_it_is() -> None:
    told = {("bbbbbbb", "aaaaaaa"): some_commits(4, undone=True)}

    assert sentence(seen("aaaaaaa", "bbbbbbb", between=told)) == "prod is 4 commits ahead of stage"


def test_what_cant_be_compared_says_why() -> None:
    told = {("aaaaaaa", "bbbbbbb"): Commits(unknown_because="the repository has no commit bbbbbbb")}

    assert sentence(seen("bbbbbbb", "aaaaaaa", between=told)) == (
        "stage and prod differ: the repository has no commit bbbbbbb"
    )


def test_git_is_asked_about_each_pair_of_hashes_once() -> None:
    assert pairs_to_tell(seen("bbbbbbb", "aaaaaaa")) == [("aaaaaaa", "bbbbbbb")]
    assert pairs_to_tell(seen("aaaaaaa", "aaaaaaa")) == []


# --- estimates, and the past


def test_an_estimate_is_the_median_of_the_last_ten_that_ended_well() -> None:
    took = [100, 1, 2, 3, 4, 5, 6, 7, 8, 9, 200, 300]
    lines = [a_line(n, "aaaaaaa", at=NOW, ended_at=NOW + minutes(t)) for n, t in enumerate(took)]
    failed = a_line(50, "aaaaaaa", at=NOW, ended_at=NOW + minutes(999), word=Word.FAILED)

    assert estimated(NOW - minutes(1), [failed, *lines], NOW) == "about 4 min to go"
    assert estimated(NOW - minutes(60), lines, NOW) == "longer than usual (5 min)"
    assert estimated(NOW, [failed], NOW) is None


@pytest.mark.parametrize(
    ("line", "word"),
    [
        (a_line(1, "aaaaaaa", at=NOW - minutes(5), ended_at=NOW - minutes(1)), Word.COMPLETE),
        (a_line(1, "aaaaaaa", at=NOW - minutes(5), ended_at=NOW + minutes(1)), Word.IN_PROGRESS),
        (a_line(1, "aaaaaaa", at=NOW - minutes(5), ended_at=NOW + minutes(1), word=Word.FAILED), Word.IN_PROGRESS),
        (a_line(1, "aaaaaaa", at=NOW, ended_at=None, word=Word.IN_PROGRESS), Word.IN_PROGRESS),
        (a_line(1, "aaaaaaa", at=NOW, ended_at=None, word=Word.UNFINISHED), Word.UNFINISHED),
    ],
)
def test_an_outcome_is_not_told_of_a_time_that_could_not_know_it(line: Line, word: Word) -> None:
    assert word_at(line, NOW) is word


def test_history_stays_in_order_whatever_comes_when() -> None:
    pieces = [a_line(3, "c"), a_line(1, "a"), a_line(2, "b", word=Word.IN_PROGRESS)]
    again = a_line(2, "b")

    history = with_lines(with_lines(History(), pieces), [again])

    assert [line.number for line in history.lines["stage", "web"]] == [3, 2, 1]
    assert history.parts[2] == (again,)
    assert history.deployments == 3
    assert timedelta() < again.ended_at - again.at  # type: ignore[operator]
