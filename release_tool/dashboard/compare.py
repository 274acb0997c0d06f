"""What would a deployment from one environment to another bring."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from release_tool.dashboard.asked import Asked
from release_tool.dashboard.drift import running_hash, steps_since
from release_tool.dashboard.matrix import services_of
from release_tool.dashboard.snapshot import Now, Snapshot
from release_tool.dashboard.words import Link, compare_link, count
from release_tool.errors import AskedWrongly
from release_tool.model import Commit, Commits, Environment, Service


@dataclass(frozen=True, slots=True)
class Row:
    """`hash_` of `from` is the release hash that runs now, `other_hash` the one that would come."""

    service: Service
    release_hash: str | None
    other_release_hash: str | None
    says: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Way:
    """What lies between two release hashes, for the services that would go that way.

    `commits` is None while they are being read.
    """

    services: tuple[str, ...]
    old: str
    new: str
    commits: Commits | None
    link: Link | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`waits_for` has the numbers of deployment sets whose commits are not in memory yet."""

    here: Environment
    there: Environment
    rows: tuple[Row, ...]
    ways: tuple[Way, ...]
    sentence: str
    waits_for: tuple[int, ...]


def environments_of(asked: Asked, snapshot: Snapshot) -> tuple[Now, Now]:
    """Without a choice: what would the last environment get from the one before it."""
    known = {now.environment.id: now for now in snapshot.environments}
    order = list(known)
    defaults = {"from": order[-1], "to": order[-2] if len(order) > 1 else order[-1]}
    chosen = [(asked.some_of(name, "environment", order) or (default,))[-1] for name, default in defaults.items()]
    if chosen[0] == chosen[1] and len(order) > 1:
        raise AskedWrongly(f"{chosen[0]} can't be compared with itself", next=f"there are {', '.join(order)}")
    return known[chosen[0]], known[chosen[1]]


def comparison(here: Now, there: Now, snapshot: Snapshot) -> Comparison:
    services = [s for s in services_of(snapshot) if s.exists_in(here.environment) or s.exists_in(there.environment)]
    rows = tuple(_row(service, here, there) for service in services)
    waits: set[int] = set()
    ways = tuple(_ways(rows, here, there, snapshot, waits))
    return Comparison(
        here.environment, there.environment, rows, ways, _sentence(rows, ways, here, there), tuple(sorted(waits))
    )


def _row(service: Service, here: Now, there: Now) -> Row:
    one, other = running_hash(service.id, here), running_hash(service.id, there)
    for now, runs in ((here, one), (there, other)):
        if not service.exists_in(now.environment):
            return Row(service, one, other, f"does not exist in {now.environment.id}", False)
        if now.board is None:
            return Row(service, one, other, f"{now.environment.id} could not be read", False)
        if runs is None:
            return Row(service, one, other, f"nothing known to run in {now.environment.id}", False)
    return Row(service, one, other, "the same" if one == other else "would change", one != other)


def _ways(rows: Iterable[Row], here: Now, there: Now, snapshot: Snapshot, waits: set[int]) -> Iterable[Way]:
    ways: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row.differs:
            ways.setdefault((str(row.release_hash), str(row.other_release_hash)), []).append(row.service.id)
    for (old, new), services in ways.items():
        commits = _commits(old, new, services[0], there, snapshot, waits)
        yield Way(tuple(services), old, new, commits, compare_link(snapshot.project, old, new))


def _commits(old: str, new: str, service: str, there: Now, snapshot: Snapshot, waits: set[int]) -> Commits | None:
    """Git's answer; without one, what was recorded of the deployments that led there."""
    told = snapshot.between.get((old, new))
    if told is not None and told.unknown_because is None:
        return told
    steps = steps_since(snapshot.history.lines.get((there.environment.id, service), ()), old, new)
    if steps is None:
        why = "the record does not tie the two release hashes together" if told is None else told.unknown_because
        return Commits(unknown_because=why)
    missing = {step.number for step in steps if step.number not in snapshot.details}
    if missing:
        waits |= missing
        return None
    recorded = [d.commits for step in steps for d in snapshot.details[step.number] if d.service == service]
    return _together(recorded)


def _together(recorded: Iterable[Commits]) -> Commits:
    recorded = list(recorded)
    unknown = next((c.unknown_because for c in recorded if c.unknown_because is not None), None)
    listed: dict[str, Commit] = {c.sha: c for commits in recorded for c in commits.listed}
    return Commits(
        listed=tuple(sorted(listed.values(), key=lambda c: c.authored_at, reverse=True)),
        left_out=sum(c.left_out for c in recorded),
        undone=any(c.undone for c in recorded),
        unknown_because=unknown if not listed else None,
    )


def _sentence(rows: Iterable[Row], ways: Iterable[Way], here: Now, there: Now) -> str:
    changes = sum(row.differs for row in rows)
    if not changes:
        return f"{here.environment.id} and {there.environment.id} run the same."
    known = [w.commits for w in ways if w.commits is not None and w.commits.unknown_because is None]
    shas = {c.sha for commits in known for c in commits.listed}
    more = max((commits.left_out for commits in known), default=0)
    brings = f", and bring {count(len(shas) + more, 'commit')}" if shas else ""
    return (
        f"Deploying what runs in {there.environment.id} to {here.environment.id} "
        f"would change {count(changes, 'service')}{brings}."
    )
