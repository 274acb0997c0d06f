"""How far one environment is ahead of another, in counted words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from release_tool.board import Row
from release_tool.dashboard.history import Line
from release_tool.dashboard.snapshot import Now, Pair, Snapshot
from release_tool.model import Commits, Word


@dataclass(frozen=True, slots=True)
class Drift:
    """`ahead` and `behind` are environments; `commits` is None where nobody knows how many.

    `releases` counts the release sets that brought them, None where the record does not tie the two together.
    """

    ahead: str
    behind: str
    commits: int | None
    releases: int | None
    why_not: str | None = None

    @property
    def sentence(self) -> str:
        if self.commits is None and self.releases is None:
            return f"{self.ahead} and {self.behind} differ: {self.why_not}"
        counted = [_count(self.commits, "commit"), _count(self.releases, "release")]
        first, *rest = [words for words in counted if words]
        return f"{self.ahead} is {first}{f' ({rest[0]})' if rest else ''} ahead of {self.behind}"


def _count(number: int | None, what: str) -> str | None:
    return None if number is None else f"{number} {what}{'' if number == 1 else 's'}"


def pairs(environments: Iterable[Now]) -> Iterator[tuple[Now, Now]]:
    """Neighbours in the order of the manifest: the later one, and the earlier one that comes before it."""
    return ((later, earlier) for earlier, later in pairwise(environments))


def drift_of(service: str, later: Now, earlier: Now, snapshot: Snapshot) -> Drift | None:
    """None where both run the same, or one of them runs nothing."""
    one, other = running_hash(service, later), running_hash(service, earlier)
    if one is None or other is None or one == other:
        return None
    here, there = later.environment.id, earlier.environment.id
    commits = snapshot.between.get((one, other))
    if commits is not None and commits.undone and commits.count:
        return Drift(here, there, commits.count, _releases(here, service, (other, one), snapshot))
    if commits is not None and commits.unknown_because is None and commits.count:
        return Drift(there, here, commits.count, _releases(there, service, (one, other), snapshot))
    return (
        _by_record(there, here, service, (one, other), snapshot)
        or _by_record(here, there, service, (other, one), snapshot)
        or Drift(there, here, None, None, _why_not(commits))
    )


def _why_not(commits: Commits | None) -> str:
    told = None if commits is None else commits.unknown_because
    return told or "neither the record nor Git ties the two release hashes together"


def running_hash(service: str, now: Now) -> str | None:
    row = row_of(service, now)
    return None if row is None else row.release_hash


def row_of(service: str, now: Now) -> Row | None:
    return None if now.board is None else next((r for r in now.board.rows if r.service.id == service), None)


def _by_record(ahead: str, behind: str, service: str, pair: Pair, snapshot: Snapshot) -> Drift | None:
    steps = steps_since(snapshot.history.lines.get((ahead, service), ()), *pair)
    if steps is None:
        return None
    counts = [step.commits for step in steps]
    known = all(count is not None for count in counts) and not any(step.undone for step in steps)
    commits = sum(count or 0 for count in counts) if known else None
    return Drift(ahead, behind, commits or None, len({step.release for step in steps}))


def _releases(environment: str, service: str, pair: Pair, snapshot: Snapshot) -> int | None:
    steps = steps_since(snapshot.history.lines.get((environment, service), ()), *pair)
    return None if steps is None else len({step.release for step in steps})


def steps_since(lines: Iterable[Line], old: str, new: str) -> tuple[Line, ...] | None:
    """The deployments that led from one release hash to the other, newest first; None where none are recorded."""
    steps: list[Line] = []
    for line in lines:
        if line.word not in (Word.COMPLETE, Word.IN_PROGRESS):
            continue
        if steps and line.release_hash == old:
            return tuple(steps)
        if steps or line.release_hash == new:
            steps.append(line)
            if line.previous_release_hash == old:
                return tuple(steps)
    return None


def pairs_to_tell(snapshot: Snapshot) -> list[Pair]:
    """What Git shall be asked: each distinct pair of release hashes that neighbours run."""
    found: dict[Pair, None] = {}
    for later, earlier in pairs(snapshot.environments):
        for row in () if later.board is None else later.board.rows:
            old, new = row.release_hash, running_hash(row.service.id, earlier)
            if old is not None and new is not None and old != new:
                found[old, new] = None
    return list(found)
