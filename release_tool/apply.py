"""Carries a plan out, step by step, through the ports: parameter, revision, UpdateService, record, in this order.

The parameter goes first: a `terraform apply` that falls in between then completes the deployment instead of
putting the old image back. Each effect is skipped where it is found done, so the same command after a crash
finishes what is missing and repeats nothing.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

from release_tool.errors import CouldNot, LostAnswer, ReleaseToolError
from release_tool.lease import Lease
from release_tool.model import Deployment, DeploymentSet, Rollout
from release_tool.parallel import AT_ONCE
from release_tool.plan import Change, DeploymentPlan, Step, reusable
from release_tool.ports import Clock, Ledger, Parameters, Services
from release_tool.rollout import EcsDeployment, EcsService
from release_tool.task_definition import TaskDefinition, difference, revision_number, short_revision

LOOKS = 4
"""How often a write whose answer was lost is looked for, and then repeated."""


@dataclass(frozen=True, slots=True)
class Outside:
    """The ports that a deployment acts through."""

    parameters: Parameters
    services: Services
    ledger: Ledger
    clock: Clock


@dataclass(frozen=True, slots=True)
class Failure:
    """What could not be carried out, and why."""

    what: str
    error: ReleaseToolError


Told = Callable[[str], None]


def carry_out(
    plan: DeploymentPlan, deployment_set: DeploymentSet, outside: Outside, lease: Lease, tell: Told
) -> tuple[Failure, ...]:
    """Ask everything of ECS, several services at a time. What fails is returned; the rest goes on.

    The set is marked as requested only when nothing failed. An interruption stops before the next write.
    """
    parameters = _ParametersOnce(plan, outside, lease)
    tasks = [_parameter_only(c, deployment_set, parameters, outside, lease) for c in plan.changes if not c.ecs_services]
    revisions = _RevisionsOnce(plan, outside, lease)
    tasks += [_roll_out(step, deployment_set, parameters, revisions, outside, lease, tell) for step in plan.steps]
    failures = tuple(f for f in _run(tasks, lease) if f is not None)
    if not failures:
        lease.check()
        outside.ledger.requested(deployment_set)
    return failures


Task = Callable[[], Failure | None]


def _run(tasks: Sequence[Task], lease: Lease) -> list[Failure | None]:
    if not tasks:
        return []
    pool = ThreadPoolExecutor(max_workers=min(AT_ONCE, len(tasks)))
    try:
        return list(pool.map(lambda task: task(), tasks))
    except BaseException:
        lease.stop()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _parameter_only(
    change: Change, deployment_set: DeploymentSet, parameters: _ParametersOnce, outside: Outside, lease: Lease
) -> Task:
    def task() -> Failure | None:
        try:
            parameters.write(change.service.id)
            lease.check()
            outside.ledger.record(deployment_set, [change.service.id], None)
        except ReleaseToolError as error:
            return Failure(change.service.id, error)
        return None

    return task


def _roll_out(
    step: Step,
    deployment_set: DeploymentSet,
    parameters: _ParametersOnce,
    revisions: _RevisionsOnce,
    outside: Outside,
    lease: Lease,
    tell: Told,
) -> Task:
    def task() -> Failure | None:
        try:
            for service in step.services:
                parameters.write(service)
            revision = revisions.of(step)
            asked = _as_registered(step, revision) if step.is_task_family else _asked(step, revision, outside, lease)
            lease.check()
            outside.ledger.record(deployment_set, step.services, asked)
        except ReleaseToolError as error:
            return Failure(step.ecs_service, error)
        tell(f"{step.ecs_service}: {short_revision(revision)} requested")
        return None

    return task


class _ParametersOnce:
    """One service may feed several ECS services: its parameter is written once, before the first of them."""

    def __init__(self, plan: DeploymentPlan, outside: Outside, lease: Lease) -> None:
        self._environment = plan.environment.id
        self._changes = {change.service.id: change for change in plan.changes}
        self._turns = {service: threading.Lock() for service in self._changes}
        self._written: set[str] = set()
        self._parameters = outside.parameters
        self._lease = lease

    def write(self, service: str) -> None:
        change = self._changes[service]
        with self._turns[service]:
            if service in self._written or change.parameter == change.wanted.uri:
                return
            self._lease.check()
            self._parameters.put(self._environment, service, change.wanted.uri)
            self._written.add(service)


class _RevisionsOnce:
    """ECS services may run the same revision: then they share its copy, for a family has but one newest."""

    def __init__(self, plan: DeploymentPlan, outside: Outside, lease: Lease) -> None:
        self._turns = {_what_is_registered(step): threading.Lock() for step in plan.steps}
        self._made: dict[str, str] = {}
        self._outside = outside
        self._lease = lease

    def of(self, step: Step) -> str:
        copy = _what_is_registered(step)
        with self._turns[copy]:
            if copy not in self._made:
                self._made[copy] = _revision(step, self._outside, self._lease)
            return self._made[copy]


def _what_is_registered(step: Step) -> str:
    return json.dumps(step.fields, sort_keys=True, default=str)


def _revision(step: Step, outside: Outside, lease: Lease) -> str:
    """Register the copy; or find it registered, by the run that was cut off or by a call whose answer was lost."""
    found = reusable(step)
    if found is not None:
        return found.arn
    fields, known = step.fields, step.newest.revision if step.newest else revision_number(step.old_revision)
    for attempt in range(LOOKS):
        lease.check()
        try:
            return outside.services.register(fields).arn
        except LostAnswer:
            if attempt == LOOKS - 1:
                raise
            outside.clock.sleep(2**attempt)
            newest = outside.services.definition(step.base.family)
            if _is_the_copy(newest, fields, known):
                return newest.arn  # type: ignore[union-attr]
    raise AssertionError("unreachable: the last look raises")


def _is_the_copy(newest: TaskDefinition | None, fields: object, known: int) -> bool:
    return newest is not None and newest.revision > known and not difference(newest.fields, fields)


def _updated(step: Step, revision: str, outside: Outside, lease: Lease) -> tuple[EcsDeployment, str | None]:
    """The ECS deployment that runs `revision` because of this step, and what ran before by ECS's own account."""
    before = {deployment.id for deployment in step.seen.deployments}
    primary = step.seen.primary
    if primary is not None and primary.revision == revision:
        return primary, None
    for attempt in range(LOOKS):
        lease.check()
        try:
            answer = outside.services.update(step.cluster, step.ecs_service, revision)
        except LostAnswer:
            if attempt == LOOKS - 1:
                raise
            outside.clock.sleep(2**attempt)
            answer = _looked_at(step, outside)
            if not _has_started(answer, revision, before):
                continue
        if not _has_started(answer, revision, before):
            raise CouldNot(
                f"UpdateService of {step.ecs_service} started nothing: its primary deployment was there before",
                next="run the same command again",
            )
        assert answer.primary is not None
        return answer.primary, _base_seen(answer)
    raise AssertionError("unreachable: the last look raises")


def _looked_at(step: Step, outside: Outside) -> EcsService:
    found = outside.services.describe(step.cluster, [step.ecs_service]).get(step.ecs_service)
    if found is None:
        raise CouldNot(f"the ECS service {step.ecs_service} is not there any more")
    return found


def _has_started(answer: EcsService, revision: str, before: set[str]) -> bool:
    primary = answer.primary
    return primary is not None and primary.revision == revision and primary.id not in before


def _base_seen(answer: EcsService) -> str | None:
    """The revision that ECS replaces, as the answer shows it."""
    others = [d for d in answer.deployments if d.status != "PRIMARY"]
    return max(others, key=lambda d: d.created_at).revision if others else None


def _asked(step: Step, revision: str, outside: Outside, lease: Lease) -> Rollout:
    primary, base = _updated(step, revision, outside, lease)
    return _as_asked(step, revision, primary, base)


def _as_registered(step: Step, revision: str) -> Rollout:
    """No service runs it, so nothing has an id: what was asked of ECS is the revision itself."""
    return replace(step.as_recorded, new_revision=revision, ecs_deployment_id=short_revision(revision))


def _as_asked(step: Step, revision: str, primary: EcsDeployment, base: str | None) -> Rollout:
    ran = step.seen.primary.revision if step.seen.primary else step.old_revision
    noted = None
    if base is not None and base != ran:
        noted = f"{short_revision(base)} ran when ECS was asked, not {short_revision(ran)}"
    return replace(
        step.as_recorded,
        new_revision=revision,
        ecs_deployment_id=primary.id,
        ecs_created_at=primary.created_at,
        note=noted,
    )


def drafts(plan: DeploymentPlan, set_id: str, requested_at: datetime) -> tuple[Deployment, ...]:
    """The deployments of a plan as they are written down before anything is done."""
    steps = {step.ecs_service: step for step in plan.steps}
    return tuple(
        Deployment(
            project=plan.project.id,
            environment=plan.environment.id,
            service=change.service.id,
            set_id=set_id,
            number=None,
            release_number=None,
            image=change.wanted.uri,
            digest=change.digest,
            release_hash=change.wanted.release_hash,
            previous_image=None if change.running is None else change.running.uri,
            previous_release_hash=None if change.running is None else change.running.release_hash,
            commits=change.commits,
            rollouts=(*(steps[name].as_recorded for name in change.ecs_services), *change.kept),
            requested_at=requested_at,
            kind=plan.kind,
        )
        for change in plan.changes
    )
