"""Small words that several pages share: tones, short names, counts, links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from urllib.parse import quote

from release_tool.model import Project, Requester, Word
from release_tool.times import ago, lasted

TONES = {
    Word.COMPLETE: "good",
    Word.IN_PROGRESS: "busy",
    Word.ROLLING_BACK: "busy",
    Word.UNFINISHED: "warn",
    Word.UNKNOWN: "warn",
    Word.GONE: "warn",
    Word.SUPERSEDED: "past",
    Word.FAILED: "bad",
    Word.ROLLED_BACK: "bad",
}
"""Colour and icon only decorate: the word is always written beside them."""

WENT_WRONG = frozenset({Word.FAILED, Word.ROLLED_BACK, Word.ROLLING_BACK})


def tone(word: Word | None) -> str:
    return "none" if word is None else TONES[word]


def count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def age(at: datetime | None, now: datetime) -> str:
    """To the minute: a page whose words change each second could never be said to be unchanged."""
    if at is None:
        return "at a time nobody recorded"
    return "just now" if now - at < timedelta(minutes=1) else ago(at, now)


def span(duration: timedelta) -> str:
    """`3 h 12 min`, in the two largest units."""
    minutes = int(duration.total_seconds()) // 60
    if minutes < 1:
        return lasted(duration)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [f"{n} {unit}" for n, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if n]
    return " ".join(parts[:2])


def middle(times: Sequence[timedelta]) -> timedelta:
    """The median."""
    return timedelta(seconds=median(t.total_seconds() for t in times))


def short_name(who: Requester) -> str:
    """For where there is little room; the whole is in the title and on the deployment's page."""
    if who.ci_system is not None:
        return who.ci_actor or who.ci_system
    return who.git_name or (who.arn or "").rpartition("/")[2] or str(who)


@dataclass(frozen=True, slots=True)
class Link:
    address: str
    text: str


def web_link(address: str | None, text: str) -> Link | None:
    """Other people's addresses become links only where they lead to the web."""
    return Link(address, text) if address and address.startswith(("https://", "http://")) else None


def commit_link(project: Project, sha: str) -> Link | None:
    if project.github_repository is None:
        return None
    return Link(f"https://github.com/{quote(project.github_repository)}/commit/{quote(sha)}", sha[:7])


def compare_link(project: Project, old: str, new: str) -> Link | None:
    if project.github_repository is None:
        return None
    where = f"https://github.com/{quote(project.github_repository)}/compare/{quote(old)}...{quote(new)}"
    return Link(where, "compare on GitHub")
