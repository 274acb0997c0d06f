from __future__ import annotations

from datetime import datetime, timezone

import pytest

from release_tool.description import LONGEST, description_of
from release_tool.model import Commit, Commits

OLD, NEW = "4246187", "fedcba9"


def commits(*subjects: str, left_out: int = 0, undone: bool = False) -> Commits:
    at = datetime(2026, 1, 1, tzinfo=timezone.utc)
    listed = tuple(Commit(f"{number:040x}", "Ada", at, subject) for number, subject in enumerate(subjects))
    return Commits(listed, left_out, at if left_out else None, undone)


def unknown(why: str) -> Commits:
    return Commits(unknown_because=why)


def test_one_commit_describes_itself() -> None:
    assert description_of([(OLD, NEW, commits("Count the bags"))]) == "Count the bags"


def test_the_newest_commit_speaks_for_those_before_it() -> None:
    assert description_of([(OLD, NEW, commits("Third", "Second", "First"))]) == "Third (and 2 more)"


def test_commits_that_are_not_listed_count_too() -> None:
    assert description_of([(OLD, NEW, commits("Newest", "Next", left_out=30))]) == "Newest (and 31 more)"


def test_services_that_go_the_same_way_say_it_once() -> None:
    shared = (OLD, NEW, commits("Third", "Second"))
    other = ("1111111", NEW, commits("Third", "Second", "First"))

    described = description_of([shared, other, shared])

    assert described == "Third (and 1 more); Third (and 2 more)"


def test_going_back_says_where_to_and_what_it_undoes() -> None:
    three = commits("Third", "Second", left_out=1, undone=True)

    assert description_of([(NEW, OLD, three)]) == "Back to 4246187, undoing 3 commits"
    assert description_of([(NEW, OLD, commits("Third", undone=True))]) == "Back to 4246187, undoing 1 commit"


def test_a_whole_commit_hash_is_cut() -> None:
    whole = "4246187c0ffee0123456789abcdef0123456789a"

    assert description_of([(NEW, whole, commits("Third", undone=True))]) == "Back to 4246187, undoing 1 commit"


def test_forwards_and_backwards_are_both_said() -> None:
    described = description_of([(OLD, NEW, commits("Third")), (NEW, OLD, commits("Second", undone=True))])

    assert described == "Third; Back to 4246187, undoing 1 commit"


@pytest.mark.parametrize(
    ("old", "new", "nothing", "why"),
    [
        (OLD, NEW, unknown("not in a Git repository"), "not in a Git repository"),
        (None, NEW, Commits(), "there is no earlier release hash to compare with"),
        (OLD, None, Commits(), "the image names no commit"),
        (None, None, unknown("git is not installed"), "git is not installed"),
        (OLD, OLD, Commits(), "the release hash stays 4246187"),
        (OLD, NEW, Commits(), "nothing lies between 4246187 and fedcba9"),
    ],
)
def test_where_no_commits_are_known_the_reason_is_said(
    old: str | None, new: str | None, nothing: Commits, why: str
) -> None:
    assert description_of([(old, new, nothing)]) == f"No commits known: {why}"


def test_a_reason_that_several_services_share_is_said_once() -> None:
    shared = unknown("git is not installed")

    described = description_of([(OLD, NEW, shared), ("1111111", NEW, shared), (None, NEW, Commits())])

    assert described == "No commits known: git is not installed; there is no earlier release hash to compare with"


def test_what_is_known_is_said_without_what_is_not() -> None:
    described = description_of([(None, NEW, Commits()), (OLD, NEW, commits("Count the bags"))])

    assert described == "Count the bags"


def test_no_service_at_all_is_a_description_too() -> None:
    assert description_of([]) == "No commits known: no service changes"


def test_a_commit_without_a_subject_is_named_by_its_hash() -> None:
    assert description_of([(OLD, NEW, commits("", "Second"))]) == "Commit 0000000 (and 1 more)"


def test_commits_that_were_only_counted_are_said_as_a_number() -> None:
    assert description_of([(OLD, NEW, commits(left_out=2))]) == "2 commits"


def test_a_description_is_bounded() -> None:
    many = [(f"{n:07x}", NEW, commits(f"Subject number {n}")) for n in range(100)]

    described = description_of(many)

    assert len(described) <= LONGEST
    assert described.startswith("Subject number 0; Subject number 1; ")
    assert described.endswith("…")
