"""What a deployment set is described as where nobody describes it: its commits, in a sentence.

RFC 013 asks for descriptions that come from commit messages: those that people have to write are little used.
"""

from __future__ import annotations

from collections.abc import Sequence

from release_tool.image import short_hash
from release_tool.model import Commits

LONGEST = 500

Range = tuple[str | None, str | None, Commits]
"""The release hash that runs, the one that is wanted, and what lies between them."""


def description_of(ranges: Sequence[Range]) -> str:
    """Say each distinct range once, however many services it is of; what isn't known, only where nothing is."""
    known = [_sentence(new, commits) for _, new, commits in ranges if commits.count]
    if known:
        return _bounded("; ".join(dict.fromkeys(known)))
    reasons = dict.fromkeys(_reason(old, new, commits) for old, new, commits in ranges)
    return _bounded(f"No commits known: {'; '.join(reasons) or 'no service changes'}")


def _sentence(new: str | None, commits: Commits) -> str:
    if commits.undone:
        return f"Back to {short_hash(new or 'an earlier release')}, undoing {_commits(commits.count)}"
    if not commits.listed:
        return _commits(commits.count)
    newest = commits.listed[0]
    more = commits.count - 1
    subject = newest.subject or f"Commit {short_hash(newest.sha)}"
    return f"{subject} (and {more} more)" if more else subject


def _commits(count: int) -> str:
    return "1 commit" if count == 1 else f"{count} commits"


def _reason(old: str | None, new: str | None, commits: Commits) -> str:
    if commits.unknown_because is not None:
        return commits.unknown_because
    if new is None:
        return "the image names no commit"
    if old is None:
        return "there is no earlier release hash to compare with"
    if old == new:
        return f"the release hash stays {short_hash(new)}"
    return f"nothing lies between {short_hash(old)} and {short_hash(new)}"


def _bounded(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
