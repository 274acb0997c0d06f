"""Writes down how deployments ended; and where ECS went back, makes parameters and revisions say so too.

The parameter goes back first, then our newer revisions are deregistered: the other way round there is a moment
in which `terraform apply` would deploy the bad image again. Every step is skipped where it is found done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from release_tool.apply import Outside
from release_tool.endings import Ended, PutBack, ends, put_back
from release_tool.gather import verdicts
from release_tool.lease import Lease
from release_tool.model import Deployment, DeploymentSet, Environment, Project, Rollout, Word, worst
from release_tool.parallel import in_parallel
from release_tool.rollout import EcsService, unknown_revisions
from release_tool.task_definition import family_arn, short_revision


@dataclass(frozen=True, slots=True)
class Settled:
    """What was written down, and what was done to the parameters and the revisions, in words."""

    ended: tuple[Ended, ...] = ()
    done: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def put_anything_back(self) -> bool:
        return bool(self.done)


def is_left_open(deployment_set: DeploymentSet) -> bool:
    """Whether all of it was asked of ECS, and its end is not written down: it goes on, or somebody was cut off."""
    return deployment_set.requested and deployment_set.outcome is None


def settle(
    project: Project,
    environment: Environment,
    current: Sequence[Deployment],
    outside: Outside,
    lease: Lease,
    explained: Mapping[str, str] | None = None,
    latest: DeploymentSet | None = None,
) -> Settled:
    """Write down what has ended among an environment's deployments, under its lock.

    `explained` says by the id of an ECS deployment why it failed, where somebody watched: ECS forgets soon. `latest`
    is the environment's newest deployment set: its deployments may have ended without its saying so.
    """
    deployments = _with_what_they_replaced(project, environment, current, outside)
    left_open = {latest.number} if latest is not None and is_left_open(latest) else set()
    if not deployments:
        _end_sets(project, environment, left_open, outside, lease)
        return Settled()
    ecs = outside.services.describe(environment.cluster, _ecs_services(deployments))
    images = _images(deployments, ecs, outside)
    ended = ends(deployments, ecs, images, verdicts(outside.services, ecs, deployments), outside.clock.now())
    back = [e for e in ended if e.verdict.word is Word.ROLLED_BACK]
    plan = _put_back_plan(project, environment, ended, back, ecs, images, outside) if back else PutBack()
    record = _recorder(project, environment, ended, outside, lease)
    done = _carry_out(environment, back, plan, record, outside, lease)
    _write_outcomes(ended, explained or {}, record, outside)
    numbers = {e.deployment.number for e in ended if e.deployment.number is not None}
    _end_sets(project, environment, numbers | left_open, outside, lease)
    return Settled(ended, tuple(done), plan.left)


Record = Callable[[Ended, Rollout], None]


def _recorder(
    project: Project, environment: Environment, ended: Sequence[Ended], outside: Outside, lease: Lease
) -> Record:
    numbers = sorted({e.deployment.number for e in ended if e.deployment.number is not None})
    sets = {n: outside.ledger.deployment_set(project.id, n, environment=environment.id) for n in numbers}

    def record(of: Ended, rollout: Rollout) -> None:
        deployment_set = sets.get(of.deployment.number or 0)
        if deployment_set is not None:
            lease.check()
            outside.ledger.record(deployment_set, [of.deployment.service], rollout)

    return record


def _with_what_they_replaced(
    project: Project, environment: Environment, current: Sequence[Deployment], outside: Outside
) -> list[Deployment]:
    """Deployments without an outcome: the newest of each service, and those that it was put over."""
    open_ones = [d for d in current if not d.has_ended]

    def history(deployment: Deployment) -> list[Deployment]:
        if deployment.over is None:
            return [deployment]
        page = outside.ledger.service_history(project.id, deployment.service, environment=environment.id)
        older = [d for d in page.items if d.set_id != deployment.set_id and (d.number or 0) < (deployment.number or 0)]
        return [deployment, *(d for d in older if not d.has_ended)]

    return [d for found in in_parallel(history, open_ones) for d in found]


def _ecs_services(deployments: Iterable[Deployment]) -> list[str]:
    rollouts = (r for d in deployments for r in d.rollouts if r.outcome is None and not r.is_task_family)
    return list(dict.fromkeys(r.ecs_service for r in rollouts))


def _images(
    deployments: Sequence[Deployment], ecs: Mapping[str, EcsService], outside: Outside
) -> dict[str, dict[str, str]]:
    """Images by container of every revision that matters: ECS is asked, for nothing here may be guessed."""
    rollouts = [r for d in deployments for r in d.rollouts]
    recorded = {r.new_revision: dict(r.containers) for r in rollouts if r.new_revision}
    asked = in_parallel(outside.services.definition, unknown_revisions(rollouts, ecs, recorded))
    return recorded | {d.arn: d.images for d in asked if d is not None}


def _put_back_plan(
    project: Project,
    environment: Environment,
    ended: Sequence[Ended],
    back: Sequence[Ended],
    ecs: Mapping[str, EcsService],
    images: Mapping[str, Mapping[str, str]],
    outside: Outside,
) -> PutBack:
    names = list(dict.fromkeys(e.rollout.ecs_service for e in back if e.rollout.ecs_service in ecs))
    running = {name: str(ecs[name].revision) for name in names}
    newer = dict(zip(names, in_parallel(lambda n: outside.services.newer_revisions(running[n]), names), strict=True))
    ours = frozenset().union(*in_parallel(lambda n: outside.ledger.ours(running[n]), names))
    parameters = outside.parameters.images(environment.id, sorted({e.deployment.service for e in back}))
    everything = dict(ecs) | _sharing_a_family(project, environment, newer, ecs, outside)
    return put_back(ended, everything, images, parameters, newer, ours)


def _sharing_a_family(
    project: Project,
    environment: Environment,
    newer: Mapping[str, Sequence[str]],
    ecs: Mapping[str, EcsService],
    outside: Outside,
) -> dict[str, EcsService]:
    """Other ECS services of the environment that may run one of the revisions in question."""
    families = {family_arn(arn) for arns in newer.values() for arn in arns}
    if not families:
        return {}
    others = {
        r.ecs_service
        for d in outside.ledger.current(project.id, environment.id)
        for r in d.rollouts
        if r.new_revision is not None and family_arn(r.new_revision) in families and r.ecs_service not in ecs
    }
    return outside.services.describe(environment.cluster, sorted(others)) if others else {}


def _carry_out(
    environment: Environment, back: Sequence[Ended], plan: PutBack, record: Record, outside: Outside, lease: Lease
) -> list[str]:
    if not plan.parameters and not plan.deregister:
        return []
    for e in back:
        if not e.rollout.settling:
            record(e, replace(e.rollout, settling=True, outcome_reason=e.verdict.reason))
    done = []
    for service, uri in plan.parameters:
        lease.check()
        outside.parameters.put(environment.id, service, uri)
        done.append(f"{service}: its parameter says {uri} again")
    for arn in plan.deregister:
        lease.check()
        outside.services.deregister(arn)
        done.append(f"{short_revision(arn)} is deregistered")
    return done


def _write_outcomes(ended: Sequence[Ended], explained: Mapping[str, str], record: Record, outside: Outside) -> None:
    """Oldest deployments first: while the newest of a service has no outcome, those that it was put over are found."""

    def write(e: Ended) -> None:
        reason = explained.get(e.rollout.ecs_deployment_id or "") or e.rollout.outcome_reason or e.verdict.reason
        at = outside.clock.now()
        record(e, replace(e.rollout, outcome=e.verdict.word, outcome_reason=reason, ended_at=at, settling=False))

    for number in sorted({e.deployment.number or 0 for e in ended}):
        in_parallel(write, [e for e in ended if (e.deployment.number or 0) == number])


def _end_sets(
    project: Project, environment: Environment, numbers: Iterable[int], outside: Outside, lease: Lease
) -> None:
    """A deployment set has ended when all its deployments have; its outcome is the worst of theirs."""
    for number in sorted(numbers):
        deployment_set = outside.ledger.deployment_set(project.id, number, environment=environment.id)
        if deployment_set is None or deployment_set.outcome is not None:
            continue
        deployments = outside.ledger.deployments(deployment_set)
        if all(d.has_ended for d in deployments):
            rollouts = [r for d in deployments for r in d.rollouts]
            word = worst(r.outcome for r in rollouts if r.outcome is not None) or Word.COMPLETE
            reason = next((r.outcome_reason for r in rollouts if r.outcome is word and r.outcome_reason), None)
            lease.check()
            outside.ledger.end(deployment_set, word, reason, outside.clock.now())
