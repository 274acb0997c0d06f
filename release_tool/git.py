"""The reasons for a deployment: the commits between two release hashes, and the name that Git knows us by.

Git decorates a deployment and must never stop one: what goes wrong here comes back as words. Git itself is asked,
through GitPython's command runner and not its `Repo`, which reads a clone in Python and so knows neither a time
limit nor whom Git trusts. Nothing is fetched, nothing is written, nobody is asked for a password.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from subprocess import TimeoutExpired

from release_tool.image import short_hash
from release_tool.model import Commit, Commits
from release_tool.printable import printable

# https://git-scm.com/docs/git: with no protocol allowed, a partial clone can't fetch what it lacks while it is read.
_LEAVE_THE_WORLD_ALONE = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",
}

_HASH = re.compile(r"[0-9a-fA-F]{4,40}")
"""Four digits are the least that Git takes for an abbreviated commit."""

_COMMIT_FORMAT = "--format=%H%x00%at%x00%an%x00%s"
_TRUST = re.compile(r"git config --global --add safe\.directory .+")
_LAST_MOMENT = int(datetime(9999, 12, 31, tzinfo=timezone.utc).timestamp())


class _NotKnown(Exception):
    """Why Git can't tell, in words."""


class Repository:
    """The clone in which a directory lies, if it lies in one."""

    def __init__(self, directory: Path, *, patience_seconds: float = 10) -> None:
        self._directory = directory
        self._patience_seconds = patience_seconds
        self._too_slow = False
        self._known: dict[tuple[str, str, int], Commits] = {}
        self._author: tuple[str | None, str | None] | None = None

    def commits_between(self, old: str, new: str, limit: int = 20) -> Commits:
        """The commits of `new` that `old` lacks; those of `old`, as undone, where `new` is its ancestor.

        Where the two have gone different ways, those of `new` are listed: what they bring is what can be said of
        them. Of what a shallow clone leaves out nothing is guessed.
        """
        question = (old, new, limit)
        try:
            # What lies between two commits never changes. What isn't known may be, after a fetch.
            if question not in self._known:
                self._known[question] = self._commits_between(old, new, max(limit, 0))
            return self._known[question]
        except _NotKnown as why:
            return Commits(unknown_because=str(why))

    def author(self) -> tuple[str | None, str | None]:
        """Name and e-mail of Git's configuration; never of a commit, and never made up from the host's name."""
        if self._author is None:
            self._author = self._configured_author()
        return self._author

    def _configured_author(self) -> tuple[str | None, str | None]:
        try:
            answer = self._ask("config", "--null", "--get-regexp", r"^(user|author)\.(name|email)$")
        except _NotKnown:
            return None, None
        settings = dict(_setting(entry) for entry in answer.split("\0"))
        name, email = (
            settings.get(f"author.{what}") or settings.get(f"user.{what}") or None for what in ("name", "email")
        )
        return name, email

    def _commits_between(self, old: str, new: str, limit: int) -> Commits:
        for given in (old, new):
            if not _HASH.fullmatch(given):
                raise _NotKnown(f"`{printable(given, 50)}` is no commit hash")
        if old.lower() == new.lower():
            return Commits()
        shallow, old, new = self._find(old.lower(), new.lower())
        if shallow:
            self._refuse_to_guess(old, new)
        lost, won = self._count(old, new)
        undone = lost > 0 and won == 0
        return self._list(f"{new}..{old}" if undone else f"{old}..{new}", lost if undone else won, limit, undone)

    def _find(self, old: str, new: str) -> tuple[bool, str, str]:
        """Whether the clone is shallow, and the two commits' whole hashes."""
        # By their objects' names alone, so that a branch that is called like a hash is not taken for the commit.
        wanted = (f"--disambiguate={begin}" for begin in (old, new))
        shallow, *objects = self._ask("rev-parse", "--is-shallow-repository", *wanted).split()
        commits = self._ask("rev-list", "--no-walk=unsorted", *objects).split() if objects else []
        is_shallow = shallow == "true"
        return is_shallow, _only(old, commits, is_shallow), _only(new, commits, is_shallow)

    def _refuse_to_guess(self, old: str, new: str) -> None:
        """In a shallow clone the commits at its edge have no parents, so that two of them look unrelated."""
        if int(self._ask("rev-list", "--count", "--max-parents=0", f"{old}...{new}")):
            raise _NotKnown(
                f"this clone is shallow and does not reach back to where {short_hash(old)} "
                f"and {short_hash(new)} meet: git fetch --unshallow"
            )

    def _count(self, old: str, new: str) -> tuple[int, int]:
        """Commits that `old` has and `new` lacks, and the other way round."""
        lost, won = self._ask("rev-list", "--count", "--left-right", f"{old}...{new}").split()
        return int(lost), int(won)

    def _list(self, span: str, count: int, limit: int, undone: bool) -> Commits:
        lines = self._ask("rev-list", f"--max-count={limit}", "--encoding=UTF-8", _COMMIT_FORMAT, span)
        listed = tuple(_commits_in(lines))
        left_out = count - len(listed)
        oldest = self._oldest(span, skipping=len(listed)) if left_out else None
        return Commits(listed, left_out, oldest, undone=undone)

    def _oldest(self, span: str, *, skipping: int) -> datetime | None:
        """By the time it was written, which the order of a list does not follow where work was rebased."""
        lines = self._ask("rev-list", f"--skip={skipping}", "--format=%at", span).splitlines()
        return min((_moment(line) for line in lines if not line.startswith("commit ")), default=None)

    def _ask(self, *arguments: str) -> str:
        if self._too_slow:
            raise self._out_of_patience()
        status, answer, complaint = self._run(arguments)
        if status:
            raise _NotKnown(_in_words(complaint.decode("utf-8", "replace")))
        return answer.decode("utf-8", "replace")

    def _run(self, arguments: tuple[str, ...]) -> tuple[int, bytes, bytes]:
        try:
            from git import Git, GitCommandNotFound
        except ImportError:  # which GitPython raises where it finds no executable
            raise _NotKnown("git is not installed") from None
        command = [Git.GIT_PYTHON_GIT_EXECUTABLE, "-C", str(self._directory), *arguments]
        try:
            process = Git().execute(command, as_process=True, env=_LEAVE_THE_WORLD_ALONE)
            answer, complaint = process.communicate(timeout=self._patience_seconds)
        except GitCommandNotFound:
            raise _NotKnown("git is not installed") from None
        except OSError as error:
            raise _NotKnown(f"git could not be started: {printable(str(error))}") from None
        except TimeoutExpired:
            process.kill()
            self._too_slow = True
            raise self._out_of_patience() from None
        return process.returncode, answer, complaint

    def _out_of_patience(self) -> _NotKnown:
        return _NotKnown(f"git took longer than {self._patience_seconds:g} seconds")


def _only(begin: str, commits: list[str], shallow: bool) -> str:
    """The one commit whose hash begins so."""
    found = {commit for commit in commits if commit.startswith(begin)}
    if len(found) == 1:
        return found.pop()
    shown = short_hash(begin)
    if found:
        raise _NotKnown(f"{shown} could be any of {len(found)} commits in this clone")
    if shallow:
        raise _NotKnown(f"this clone is shallow and does not reach back to {shown}: git fetch --unshallow")
    raise _NotKnown(f"no commit {shown} in this clone: git fetch")


def _commits_in(lines: str) -> Iterator[Commit]:
    """Every second line is one of ours; before each, `rev-list` says `commit` and its hash."""
    for line in lines.split("\n"):
        sha, _, rest = line.partition("\0")
        if rest:
            written, author, subject = rest.split("\0", 2)
            yield Commit(sha, printable(author, 100), _moment(written), printable(subject))


def _moment(seconds: str) -> datetime:
    """Git keeps any number that somebody once wrote, or none; a calendar doesn't."""
    since_1970 = int(seconds) if seconds.strip() else 0
    return datetime.fromtimestamp(min(max(since_1970, 0), _LAST_MOMENT), timezone.utc)


def _setting(entry: str) -> tuple[str, str]:
    key, _, value = entry.partition("\n")
    return key, printable(value)


def _in_words(complaint: str) -> str:
    if "not a git repository" in complaint:
        return "not in a Git repository"
    if trust := _TRUST.search(complaint):
        return f"this clone belongs to another user, and git does not trust it: {printable(trust[0], 500)}"
    reasons = [line for line in complaint.splitlines() if line.startswith(("fatal: ", "error: "))]
    return f"git could not tell: {printable(reasons[-1][len('fatal: ') :])}" if reasons else "git could not tell"
