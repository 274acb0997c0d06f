from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from release_tool.git import Repository
from release_tool.model import Commits

NEW_YEAR = datetime(2026, 1, 1, tzinfo=timezone.utc)


@pytest.fixture(autouse=True)
def _no_git_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("GIT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@dataclass
class Clone:
    """A real repository. Its commits are an hour apart, so that each test's hashes are always the same."""

    directory: Path
    commits: int = 0

    @classmethod
    def empty(cls, directory: Path) -> Clone:
        directory.mkdir()
        clone = cls(directory)
        clone.git("init", "--quiet", "--initial-branch=main")
        return clone

    def git(self, *arguments: str, said: bytes = b"", at: datetime = NEW_YEAR, by: str = "Ada") -> str:
        when = f"{int(at.timestamp())} +0000"
        person = {
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", by), ("EMAIL", "ada@example.org"), ("DATE", when))
        }
        ran = subprocess.run(
            ["git", *arguments],
            cwd=self.directory,
            env=os.environ | person,
            input=said,
            capture_output=True,
            check=True,
        )
        return ran.stdout.decode("utf-8", "replace").strip()

    def commit(self, subject: str | bytes, *, by: str = "Ada") -> str:
        self.commits += 1
        said = subject if isinstance(subject, bytes) else subject.encode()
        at = NEW_YEAR + timedelta(hours=self.commits)
        self.git("commit", "--quiet", "--allow-empty", "--file=-", said=said, at=at, by=by)
        return self.git("rev-parse", "HEAD")

    def odd_commit(self, parent: str, message: bytes, *, person: bytes = b"A <a@example.org> 0 +0000") -> str:
        """A commit as `git commit` would never write it; main is moved to it."""
        tree = self.git("rev-parse", f"{parent}^{{tree}}").encode()
        head = b"tree %s\nparent %s\nauthor %s\ncommitter %s\n\n" % (tree, parent.encode(), person, person)
        sha = self.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", said=head + message)
        self.git("update-ref", "refs/heads/main", sha)
        return sha

    def repository(self) -> Repository:
        return Repository(self.directory)


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone.empty(tmp_path / "clone")


def subjects(commits: Commits) -> list[str]:
    assert commits.unknown_because is None
    return [commit.subject for commit in commits.listed]


def shallow_clone_of(origin: Clone, directory: Path, depth: int) -> Clone:
    origin.git("clone", "--quiet", f"--depth={depth}", f"file://{origin.directory}", str(directory))
    return Clone(directory)


# --- what lies between


def test_the_commits_between_two_hashes_are_listed_newest_first(clone: Clone) -> None:
    first = clone.commit("First")
    clone.commit("Second")
    third = clone.commit("Third\n\nWith a body.", by="Grace Hopper")

    commits = clone.repository().commits_between(first, third)

    assert subjects(commits) == ["Third", "Second"]
    newest = commits.listed[0]
    assert (newest.sha, newest.author) == (third, "Grace Hopper")
    assert newest.authored_at == NEW_YEAR + timedelta(hours=3)
    assert newest.authored_at.tzinfo is timezone.utc
    assert (commits.left_out, commits.oldest_left_out_at, commits.undone) == (0, None, False)


def test_abbreviated_hashes_will_do(clone: Clone) -> None:
    first, second = clone.commit("First"), clone.commit("Second")

    commits = clone.repository().commits_between(first[:7], second[:7].upper())

    assert subjects(commits) == ["Second"]


def test_any_directory_in_the_clone_will_do(clone: Clone) -> None:
    first, second = clone.commit("First"), clone.commit("Second")
    deep = clone.directory / "services" / "bags"
    deep.mkdir(parents=True)

    commits = Repository(deep).commits_between(first, second)

    assert subjects(commits) == ["Second"]


def test_going_backwards_lists_what_is_undone(clone: Clone) -> None:
    first = clone.commit("First")
    clone.commit("Second")
    third = clone.commit("Third")

    commits = clone.repository().commits_between(third, first)

    assert commits.undone
    assert subjects(commits) == ["Third", "Second"]


@pytest.mark.parametrize("length", [7, 12, 40])
def test_nothing_lies_between_a_commit_and_itself(clone: Clone, length: int) -> None:
    first = clone.commit("First")

    commits = clone.repository().commits_between(first, first[:length])

    assert commits == Commits()


def test_where_two_have_gone_different_ways_those_of_the_wanted_one_are_listed(clone: Clone) -> None:
    clone.commit("Before")
    clone.git("checkout", "--quiet", "-b", "hotfix")
    runs = clone.commit("Mend in a hurry")
    clone.git("checkout", "--quiet", "main")
    wanted = clone.commit("Mend properly")

    commits = clone.repository().commits_between(runs, wanted)

    assert subjects(commits) == ["Mend properly"]
    assert not commits.undone


def test_both_sides_of_a_merge_are_listed(clone: Clone) -> None:
    first = clone.commit("First")
    clone.git("checkout", "--quiet", "-b", "side")
    clone.commit("Aside")
    clone.git("checkout", "--quiet", "main")
    clone.commit("On main")
    clone.git("merge", "--quiet", "--no-ff", "-m", "Merge", "side", at=NEW_YEAR + timedelta(hours=9))

    commits = clone.repository().commits_between(first, clone.git("rev-parse", "HEAD"))

    assert subjects(commits) == ["Merge", "On main", "Aside"]


def test_more_than_the_limit_are_counted_and_their_oldest_time_told(clone: Clone) -> None:
    hashes = [clone.commit(f"Number {n}") for n in range(6)]

    commits = clone.repository().commits_between(hashes[0], hashes[5], limit=2)

    assert subjects(commits) == ["Number 5", "Number 4"]
    assert (commits.left_out, commits.count) == (3, 5)
    assert commits.oldest_left_out_at == NEW_YEAR + timedelta(hours=2)


def test_the_oldest_time_is_by_when_work_was_written_not_by_where_it_stands(clone: Clone) -> None:
    first = clone.commit("First")
    clone.commit("Second")
    long_ago = f"{int((NEW_YEAR - timedelta(days=9)).timestamp())} +0000"
    clone.git("commit", "--quiet", "--allow-empty", "-m", "Picked", f"--date={long_ago}")
    last = clone.commit("Last")

    commits = clone.repository().commits_between(first, last, limit=1)

    assert commits.oldest_left_out_at == NEW_YEAR - timedelta(days=9)


def test_exactly_the_limit_leaves_nothing_out(clone: Clone) -> None:
    hashes = [clone.commit(f"Number {n}") for n in range(3)]

    commits = clone.repository().commits_between(hashes[0], hashes[2], limit=2)

    assert (len(commits.listed), commits.left_out, commits.oldest_left_out_at) == (2, 0, None)


def test_no_limit_above_zero_means_a_count_alone(clone: Clone) -> None:
    hashes = [clone.commit(f"Number {n}") for n in range(3)]

    commits = clone.repository().commits_between(hashes[0], hashes[2], limit=-1)

    assert (commits.listed, commits.left_out) == ((), 2)


def test_what_is_known_stays_known_and_what_was_not_is_asked_again(clone: Clone) -> None:
    first, second = clone.commit("First"), clone.commit("Second")
    missing = "f" * 40
    repository = clone.repository()
    known = repository.commits_between(first, second)
    assert repository.commits_between(first, missing).unknown_because

    shutil.rmtree(clone.directory)

    assert repository.commits_between(first, second) == known
    assert "no commit" not in (repository.commits_between(first, missing).unknown_because or "")


# --- whatever is wrong becomes words


def test_outside_a_repository_nothing_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    commits = Repository(tmp_path).commits_between("4246187", "fedcba9")

    assert commits == Commits(unknown_because="not in a Git repository")


def test_a_directory_that_is_gone_is_named(tmp_path: Path) -> None:
    commits = Repository(tmp_path / "gone").commits_between("4246187", "fedcba9")

    assert commits.unknown_because is not None
    assert commits.unknown_because.startswith("git could not tell: cannot change to ")
    assert "gone" in commits.unknown_because


@pytest.mark.parametrize("length", [7, 40])
def test_a_hash_that_the_clone_lacks_is_named_with_what_to_do(clone: Clone, length: int) -> None:
    first = clone.commit("First")
    missing = "4246187c0ffee0123456789abcdef0123456789a"[:length]

    there = clone.repository().commits_between(first, missing)
    back = clone.repository().commits_between(missing, first)

    assert there == back == Commits(unknown_because="no commit 4246187 in this clone: git fetch")


def test_an_empty_repository_has_no_commits(clone: Clone) -> None:
    commits = clone.repository().commits_between("4246187", "fedcba9")

    assert commits.unknown_because == "no commit 4246187 in this clone: git fetch"


def test_a_tree_is_no_commit(clone: Clone) -> None:
    first = clone.commit("First")
    tree = clone.git("rev-parse", f"{first}^{{tree}}")

    commits = clone.repository().commits_between(tree, first)

    assert commits.unknown_because == f"no commit {tree[:7]} in this clone: git fetch"


def test_a_beginning_that_fits_several_commits_is_not_guessed(clone: Clone) -> None:
    # Of this many commits two begin alike: with fixed dates always the same ones.
    stream = b"".join(
        b"commit refs/heads/main\ncommitter A <a@example.org> %d +0000\ndata 2\nx\n" % second for second in range(800)
    )
    clone.git("fast-import", "--quiet", said=stream)
    hashes = clone.git("rev-list", "main").split()
    begin, times = Counter(sha[:4] for sha in hashes).most_common(1)[0]
    assert times > 1

    commits = clone.repository().commits_between(begin, hashes[0])

    assert commits.unknown_because == f"{begin} could be any of {times} commits in this clone"


def test_a_branch_called_like_a_hash_is_not_taken_for_it(clone: Clone) -> None:
    first, second, third = (clone.commit(subject) for subject in ("First", "Second", "Third"))
    clone.git("branch", first[:7], second)

    commits = clone.repository().commits_between(first[:7], third)

    assert subjects(commits) == ["Third", "Second"]


@pytest.mark.parametrize(
    "given",
    ["latest", "main", "HEAD", "v1.2", "abc", "", "-n1", "--output=written", "--all", "HEAD~1", "a..b", "\x1b[m"],
)
def test_what_is_no_hash_never_reaches_git(clone: Clone, given: str) -> None:
    first = clone.commit("First")
    before = sorted(clone.directory.rglob("*"))

    there = clone.repository().commits_between(first, given)
    back = clone.repository().commits_between(given, first)

    assert there == back
    assert there.unknown_because is not None
    assert there.unknown_because.endswith("is no commit hash")
    assert there.unknown_because.isprintable()
    assert sorted(clone.directory.rglob("*")) == before


def test_a_broken_repository_is_told_apart_from_a_missing_commit(clone: Clone) -> None:
    first, second, third = (clone.commit(subject) for subject in ("First", "Second", "Third"))
    lost = clone.directory / ".git" / "objects" / second[:2] / second[2:]
    lost.chmod(stat.S_IRUSR | stat.S_IWUSR)
    lost.unlink()

    commits = clone.repository().commits_between(first, third)

    assert commits.unknown_because is not None
    assert commits.unknown_because.startswith("git could not tell: ")


def test_a_clone_of_another_user_is_not_read_and_the_way_to_trust_it_is_told(
    clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = clone.commit("First"), clone.commit("Second")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")

    commits = clone.repository().commits_between(first, second)

    assert commits.unknown_because is not None
    assert "belongs to another user" in commits.unknown_because
    assert f"git config --global --add safe.directory {clone.directory}" in commits.unknown_because


def test_a_git_that_never_answers_is_given_up_and_not_asked_again(
    clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import git

    asked = tmp_path / "asked"
    asked.touch()
    slow = tmp_path / "git"
    slow.write_text(f"#!/bin/sh\necho asked >> {asked}\nexec sleep 3600\n")
    slow.chmod(0o755)
    repository = Repository(clone.directory, patience_seconds=0.5)
    monkeypatch.setattr(git.Git, "GIT_PYTHON_GIT_EXECUTABLE", str(slow))

    first, second = (repository.commits_between("4246187", wanted) for wanted in ("fedcba9", "fedcba8"))

    assert first == second == Commits(unknown_because="git took longer than 0.5 seconds")
    assert asked.read_text().count("asked") <= 1


def test_a_git_that_may_not_be_run_is_words_too(clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import git

    monkeypatch.setattr(git.Git, "GIT_PYTHON_GIT_EXECUTABLE", str(tmp_path))

    commits = clone.repository().commits_between("4246187", "fedcba9")

    assert commits.unknown_because is not None
    assert commits.unknown_because.startswith("git could not be started: ")


@pytest.mark.parametrize("refresh", ["raise", "quiet"])
def test_without_git_everything_is_said_and_nothing_raised(tmp_path: Path, refresh: str) -> None:
    program = (
        "from pathlib import Path\n"
        "from release_tool.git import Repository\n"
        "repository = Repository(Path('.'))\n"
        "for _ in range(2):\n"
        "    print(repository.commits_between('4246187', 'fedcba9').unknown_because, repository.author())\n"
    )
    environ = {"PATH": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path), "GIT_PYTHON_REFRESH": refresh}

    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], env=environ, capture_output=True, text=True, check=False
    )

    assert ran.stderr == ""
    assert ran.stdout == "git is not installed (None, None)\n" * 2


def test_gitpython_is_not_loaded_before_git_is_asked() -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from release_tool.git import Repository\n"
        "Repository(Path('.'))\n"
        "print('git' in sys.modules)\n"
    )

    ran = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout == "False\n"


# --- shallow and partial clones


def test_a_shallow_clone_that_does_not_reach_back_says_how_to_mend_it(clone: Clone, tmp_path: Path) -> None:
    first, *_, last = [clone.commit(f"Number {n}") for n in range(4)]
    shallow = shallow_clone_of(clone, tmp_path / "shallow", depth=1)

    commits = shallow.repository().commits_between(first, last)

    assert commits.unknown_because == (
        f"this clone is shallow and does not reach back to {first[:7]}: git fetch --unshallow"
    )


def test_what_a_shallow_clone_does_hold_is_listed(clone: Clone, tmp_path: Path) -> None:
    _, second, _, fourth = [clone.commit(f"Number {n}") for n in range(1, 5)]
    shallow = shallow_clone_of(clone, tmp_path / "shallow", depth=3)

    there = shallow.repository().commits_between(second, fourth)
    back = shallow.repository().commits_between(fourth, second)

    assert subjects(there) == ["Number 4", "Number 3"]
    assert subjects(back) == ["Number 4", "Number 3"]
    assert (there.undone, back.undone) == (False, True)


def test_two_commits_at_the_edge_of_a_shallow_clone_are_not_called_unrelated(clone: Clone, tmp_path: Path) -> None:
    first = clone.commit("First")
    clone.commit("Second")
    third = clone.commit("Third")
    clone.git("config", "uploadpack.allowAnySHA1InWant", "true")
    shallow = shallow_clone_of(clone, tmp_path / "shallow", depth=1)
    shallow.git("fetch", "--quiet", "--depth=1", "origin", first)

    commits = shallow.repository().commits_between(first, third)

    assert commits.unknown_because == (
        f"this clone is shallow and does not reach back to where {first[:7]} and {third[:7]} meet: "
        "git fetch --unshallow"
    )


def test_a_partial_clone_fetches_nothing_while_it_is_asked(clone: Clone, tmp_path: Path) -> None:
    first = clone.commit("First")
    clone.git("config", "uploadpack.allowFilter", "true")
    clone.git("config", "uploadpack.allowAnySHA1InWant", "true")
    clone.git("clone", "--quiet", "--filter=tree:0", "--no-checkout", f"file://{clone.directory}", str(tmp_path / "p"))
    partial = Clone(tmp_path / "p")
    later = clone.commit("Later")

    commits = partial.repository().commits_between(first, later)

    assert commits.unknown_because == f"no commit {later[:7]} in this clone: git fetch"
    assert partial.git("rev-parse", f"--disambiguate={later}") == ""


# --- other people's words


def test_escape_sequences_reach_neither_subject_nor_author(clone: Clone) -> None:
    first = clone.commit("First")
    second = clone.commit("\x1b]0;owned\x07Count \x1b[31mred\x1b[0m\r bags \x9b2J\u202eback", by="Mal\x1b[1mlory\x07")

    commits = clone.repository().commits_between(first, second)

    assert subjects(commits) == ["Count red bags back"]
    assert commits.listed[0].author == "Mallory"


def test_a_message_that_is_not_utf_8_is_shown_as_well_as_it_can_be(clone: Clone) -> None:
    first = clone.commit("First")
    unmarked = clone.odd_commit(first, b"Caf\xe9 opens\n")
    clone.git("config", "i18n.commitEncoding", "ISO-8859-1")
    marked = clone.commit(b"Caf\xe9 closes")

    commits = clone.repository().commits_between(first, marked)

    assert subjects(commits) == ["Café closes", "Caf\ufffd opens"]
    assert commits.listed[1].sha == unmarked


def test_a_very_long_subject_is_cut(clone: Clone) -> None:
    first = clone.commit("First")
    second = clone.commit("x" * 5000)

    commits = clone.repository().commits_between(first, second)

    assert subjects(commits) == ["x" * 199 + "…"]


@pytest.mark.parametrize(
    "person",
    [
        b"A <a@example.org> 99999999999999999999999 +0000",
        b"A <a@example.org> 253402300800 +9999",
        b"A <a@example.org> -5 +0000",
        b"A <a@example.org> never",
        b"A <a@example.org>",
        b"<> 0 +0000",
        b"nobody",
    ],
)
def test_a_commit_with_a_time_that_no_calendar_has_is_still_listed(clone: Clone, person: bytes) -> None:
    first = clone.commit("First")
    clone.odd_commit(first, b"Odd\n", person=person)
    last = clone.commit("Last")

    commits = clone.repository().commits_between(first, last)
    counted = clone.repository().commits_between(first, last, limit=1)

    assert subjects(commits) == ["Last", "Odd"]
    assert commits.listed[1].authored_at.tzinfo is timezone.utc
    assert counted.left_out == 1
    assert counted.oldest_left_out_at in (None, commits.listed[1].authored_at)


def test_a_commit_without_a_message_or_with_a_nul_in_it_is_still_listed(clone: Clone) -> None:
    first = clone.commit("First")
    silent = clone.odd_commit(first, b"")
    torn = clone.odd_commit(silent, b"Torn\0apart\n")

    commits = clone.repository().commits_between(first, torn)

    assert [commit.sha for commit in commits.listed] == [torn, silent]
    assert subjects(commits)[0].startswith("Torn")
    assert subjects(commits)[1] == ""


def test_settings_that_dress_up_a_log_change_nothing(clone: Clone) -> None:
    first, second = clone.commit("First"), clone.commit("Second")
    for setting, value in (
        ("log.showSignature", "true"),
        ("color.ui", "always"),
        ("format.pretty", "fuller"),
        ("i18n.logOutputEncoding", "UTF-16"),
        ("core.abbrev", "4"),
        ("alias.rev-list", "!false"),
    ):
        clone.git("config", setting, value)

    commits = clone.repository().commits_between(first, second)

    assert subjects(commits) == ["Second"]
    assert commits.listed[0].sha == second


# --- whose hands


def test_the_author_is_git_configurations(clone: Clone) -> None:
    clone.commit("First", by="Somebody Else")
    clone.git("config", "user.name", "Ada Lovelace")
    clone.git("config", "user.email", "ada@example.org")

    assert clone.repository().author() == ("Ada Lovelace", "ada@example.org")


def test_an_author_of_its_own_comes_before_the_user(clone: Clone) -> None:
    clone.git("config", "user.name", "Ada Lovelace")
    clone.git("config", "user.email", "ada@example.org")
    clone.git("config", "author.email", "ada@work.example")

    assert clone.repository().author() == ("Ada Lovelace", "ada@work.example")


def test_nobody_is_made_up_where_nobody_is_configured(clone: Clone) -> None:
    clone.commit("First", by="Somebody Else")

    assert clone.repository().author() == (None, None)


def test_half_a_configuration_is_half_an_author(clone: Clone) -> None:
    clone.git("config", "user.name", "Ada Lovelace")
    clone.git("config", "user.email", "")

    assert clone.repository().author() == ("Ada Lovelace", None)


def test_the_configuration_of_the_person_holds_outside_of_any_clone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "gitconfig"
    settings.write_text("[user]\n\tname = Ada \x1b[31mLovelace\n\temail = ada@example.org\n[author]\n\tname\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    assert Repository(tmp_path).author() == ("Ada Lovelace", "ada@example.org")


def test_a_configuration_that_git_can_not_read_names_nobody(clone: Clone) -> None:
    (clone.directory / ".git" / "config").write_text("[user\nname = broken")

    assert clone.repository().author() == (None, None)
