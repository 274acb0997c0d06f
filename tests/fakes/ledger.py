"""A ledger in memory: what the contract tests hold against the one on DynamoDB."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from threading import RLock
from typing import TypeVar

from release_tool.aws.ledger.bounds import bounded_rollout, counted, sentence
from release_tool.aws.ledger.items import rollout_name
from release_tool.aws.ledger.lock import IsAlive, held_by, may_take, taken, taken_away
from release_tool.aws.ledger.opening import fingerprint, new_deployment_set, new_release_set, within_bounds
from release_tool.errors import AskedWrongly
from release_tool.lease import lease_until
from release_tool.model import Deployment, DeploymentSet, Release, ReleaseSet, Rollout, Word
from release_tool.ports import Clock, Holder, Opening, Page
from release_tool.task_definition import family_arn, revision_number

T = TypeVar("T")


class MemoryLedger:
    def __init__(self, clock: Clock, is_alive: IsAlive = lambda process, started: True) -> None:
        self._clock = clock
        self._is_alive = is_alive
        self._one_at_a_time = RLock()
        self._is_made = False
        self._sets: dict[tuple[str, int], DeploymentSet] = {}
        self._deployments: dict[tuple[str, str, str], Deployment] = {}
        self._release_sets: dict[tuple[str, int], ReleaseSet] = {}
        self._releases: dict[tuple[str, int], tuple[Release, ...]] = {}
        self._revisions: set[str] = set()
        self._locks: dict[tuple[str, str], Holder] = {}

    # --- questions

    def current(self, project: str, environment: str | None = None) -> tuple[Deployment, ...]:
        newest: dict[tuple[str, str], Deployment] = {}
        for deployment in sorted(self._of(project), key=_number):
            newest[deployment.environment, deployment.service] = counted(deployment)
        return tuple(newest[key] for key in sorted(newest) if environment in (None, key[0]))

    def latest_set(self, project: str, environment: str) -> DeploymentSet | None:
        return next(iter(self.deployment_sets(project, environment=environment, limit=1).items), None)

    def deployment_set(self, project: str, number: int, *, environment: str | None = None) -> DeploymentSet | None:
        found = self._sets.get((project, number))
        return found if found is not None and environment in (None, found.environment) else None

    def deployments(self, deployment_set: DeploymentSet) -> tuple[Deployment, ...]:
        found = (d for d in self._of(deployment_set.project) if d.set_id == deployment_set.id)
        return tuple(sorted(found, key=lambda d: d.service))

    def deployment_sets(
        self, project: str, *, environment: str | None = None, limit: int = 20, before: int | None = None
    ) -> Page[DeploymentSet]:
        found = (s for s in self._sets.values() if s.project == project and environment in (None, s.environment))
        return _page(found, lambda s: s.number, limit, before)

    def service_history(
        self, project: str, service: str, *, environment: str | None = None, limit: int = 20, before: int | None = None
    ) -> Page[Deployment]:
        found = (d for d in self._of(project) if d.service == service and environment in (None, d.environment))
        return _page(found, _number, limit, before)

    def release_set(self, project: str, number: int) -> ReleaseSet | None:
        return self._release_sets.get((project, number))

    def releases(self, release_set: ReleaseSet) -> tuple[Release, ...]:
        return self._releases[release_set.project, release_set.number]

    def release_sets(
        self, project: str, *, environment: str | None = None, limit: int = 20, before: int | None = None
    ) -> Page[ReleaseSet]:
        asked = {s.release_number for s in self._sets.values() if s.project == project and s.environment == environment}
        found = (s for s in self._release_sets.values() if s.project == project)
        return _page((s for s in found if environment is None or s.number in asked), lambda s: s.number, limit, before)

    def ours(self, revision_arn: str) -> frozenset[str]:
        family, number = family_arn(revision_arn), revision_number(revision_arn)
        return frozenset(r for r in self._revisions if family_arn(r) == family and revision_number(r) >= number)

    def _of(self, project: str) -> list[Deployment]:
        return [d for d in list(self._deployments.values()) if d.project == project]

    # --- writes

    def make_table(self) -> bool:
        was_made, self._is_made = self._is_made, True
        return not was_made

    def open(self, opening: Opening) -> tuple[DeploymentSet, tuple[Deployment, ...]]:
        with self._one_at_a_time:
            before = next((s for s in self._sets.values() if s.id == opening.set_id), None)
            return (before, self.deployments(before)) if before else self._open(within_bounds(opening))

    def _open(self, opening: Opening) -> tuple[DeploymentSet, tuple[Deployment, ...]]:
        released = self._release_set_of(opening)
        number = 1 + sum(s.project == opening.project for s in self._sets.values())
        deployment_set = new_deployment_set(opening, number, released.number)
        self._sets[opening.project, number] = deployment_set
        for deployment in opening.deployments:
            key = (opening.project, opening.set_id, deployment.service)
            self._deployments[key] = replace(deployment, number=number, release_number=released.number)
        return deployment_set, self.deployments(deployment_set)

    def _release_set_of(self, opening: Opening) -> ReleaseSet:
        known = [s for s in self._release_sets.values() if s.project == opening.project]
        if opening.release_number is not None:
            for release_set in known:
                if release_set.number == opening.release_number:
                    return release_set
            raise AskedWrongly(f"`{opening.project}` has no release {opening.release_number}")
        wanted = fingerprint(opening.asked, opening.releases)
        for release_set in known:
            if fingerprint(release_set.asked, self.releases(release_set)) == wanted:
                return release_set
        release_set = new_release_set(opening, len(known) + 1)
        self._release_sets[opening.project, release_set.number] = release_set
        self._releases[opening.project, release_set.number] = tuple(sorted(opening.releases, key=lambda r: r.service))
        return release_set

    def record(self, deployment_set: DeploymentSet, services: Sequence[str], rollout: Rollout | None) -> None:
        if rollout is None:
            return
        with self._one_at_a_time:
            for service in services:
                key = (deployment_set.project, deployment_set.id, service)
                self._deployments[key] = _with_rollout(self._deployments[key], bounded_rollout(rollout))
            if rollout.new_revision is not None:
                self._revisions.add(rollout.new_revision)

    def requested(self, deployment_set: DeploymentSet) -> None:
        with self._one_at_a_time:
            key = (deployment_set.project, deployment_set.number)
            self._sets[key] = replace(self._sets[key], requested=True)

    def end(self, deployment_set: DeploymentSet, outcome: Word, reason: str | None, at: datetime) -> None:
        with self._one_at_a_time:
            key = (deployment_set.project, deployment_set.number)
            if self._sets[key].outcome is None:
                ended = {"outcome": outcome, "outcome_reason": sentence(reason), "ended_at": at}
                self._sets[key] = replace(self._sets[key], **ended)  # type: ignore[arg-type]

    def turn_away_from(self, deployment: Deployment) -> None:
        with self._one_at_a_time:
            key = (deployment.project, deployment.set_id, deployment.service)
            self._deployments[key] = replace(self._deployments[key], rolled_back_from=True)

    # --- the lock

    def acquire(self, project: str, environment: str, holder: Holder, *, breaking: str | None = None) -> Holder:
        with self._one_at_a_time:
            held, now = self._locks.get((project, environment)), self._clock.now()
            if held is not None and not may_take(held, holder, now, breaking=breaking, is_alive=self._is_alive):
                raise held_by(held, project, environment, now)
            self._locks[project, environment] = taken(holder, held, now)
            return self._locks[project, environment]

    def renew(self, project: str, environment: str, holder: Holder) -> Holder:
        with self._one_at_a_time:
            held, now = self._locks.get((project, environment)), self._clock.now()
            if held is None:
                raise taken_away(environment)
            if held.id != holder.id:
                raise held_by(held, project, environment, now)
            self._locks[project, environment] = replace(holder, until=lease_until(now))
            return self._locks[project, environment]

    def release(self, project: str, environment: str, holder_id: str) -> None:
        with self._one_at_a_time:
            held = self._locks.get((project, environment))
            if held is not None and held.id == holder_id:
                del self._locks[project, environment]

    def holder(self, project: str, environment: str) -> Holder | None:
        held = self._locks.get((project, environment))
        return held if held is not None and held.until > self._clock.now() else None


def _with_rollout(deployment: Deployment, rollout: Rollout) -> Deployment:
    rollouts = {rollout_name(known): known for known in deployment.rollouts}
    before = rollouts.get(rollout_name(rollout))
    if before is None or before.settling or before.outcome in (None, rollout.outcome):
        rollouts[rollout_name(rollout)] = rollout
    return replace(deployment, rollouts=tuple(rollouts[name] for name in sorted(rollouts)))


def _number(deployment: Deployment) -> int:
    return deployment.number or 0


def _page(found: Iterable[T], number_of: Callable[[T], int], limit: int, before: int | None) -> Page[T]:
    older = sorted((item for item in found if before is None or number_of(item) < before), key=number_of, reverse=True)
    shown = tuple(older[:limit])
    return Page(shown, number_of(shown[-1]) if len(older) > limit else None)
