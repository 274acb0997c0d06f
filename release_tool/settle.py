"""Writes down how deployments ended; and where ECS went back, makes parameters and revisions say so too.

The parameter goes back first, then our newer revisions are deregistered: the other way round there is a moment
in which `terraform apply` would deploy the bad image again. Every step is skipped where it is found done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from release_tool.apply import Outside
from release_tool.gather import verdicts
from release_tool.lease import Lease
from release_tool.model import FINAL_WORDS, Deployment, DeploymentSet, Environment, Project, Rollout, Word, worst
from release_tool.parallel import in_parallel
from release_tool.rollout import EcsService, ServiceDeployment, Verdict, judge
from release_tool.task_definition import family_arn, revision_number, short_revision


@dataclass(frozen=True, slots=True)
class Ended:
    """One ECS service's part in a deployment that has ended, and how."""

    deployment: Deployment
    rollout: Rollout
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class PutBack:
    """What makes the intent equal to what runs after ECS went back: parameters first, then revisions."""

    parameters: tuple[tuple[str, str], ...] = ()
    deregister: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


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


# --- decide


def ends(
    deployments: Sequence[Deployment],
    ecs: Mapping[str, EcsService],
    images: Mapping[str, Mapping[str, str]],
    told: Mapping[str, ServiceDeployment],
    now: datetime,
) -> tuple[Ended, ...]:
    """Which parts have ended, of deployments that go from the newest of a service to the oldest without an outcome.

    Where ECS went back, every part whose revision is newer than the one that runs now went with it: ECS goes back
    to the last *completed* deployment, past several if need be.
    """


    def judged_part(deployment: Deployment, rollout: Rollout) -> Ended:
        seen, verdict = ecs.get(rollout.ecs_service), told.get(rollout.ecs_deployment_id or "")
        return Ended(deployment, rollout, judge(rollout, seen, now=now, images=images, service_deployment=verdict))

    judged = [
        judged_part(d, r)
        for d in deployments
        for r in d.rollouts
        if r.outcome is None and r.ecs_deployment_id is not None and not r.is_task_family
    ]
    went_back = {
        e.rollout.ecs_service: e.verdict.reason
        for e in judged
        if e.rollout.settling or e.verdict.word is Word.ROLLED_BACK
    }
    ended = tuple(
        _gone_back_past(e, ecs, went_back)
        for e in judged
        if e.verdict.word in FINAL_WORDS or e.rollout.ecs_service in went_back
    )
    ended = tuple(e for e in ended if not _is_awaited(e, ended))
    return (*ended, *_ends_of_families(deployments, ended))


def _ends_of_families(deployments: Sequence[Deployment], ended: Sequence[Ended]) -> Iterable[Ended]:
    """A task family ends as the ECS services of the same image do: it goes back where all of them went back."""
    for deployment in deployments:
        words = _words(deployment, ended)
        if None in words:
            continue
        went_back = bool(words) and set(words) == {Word.ROLLED_BACK}
        for rollout in deployment.rollouts:
            if rollout.is_task_family and rollout.outcome is None and rollout.ecs_deployment_id is not None:
                word = Word.ROLLED_BACK if went_back else Word.COMPLETE
                yield Ended(deployment, rollout, Verdict(word, "its ECS services went back" if went_back else None))


def _words(deployment: Deployment, ended: Sequence[Ended]) -> list[Word | None]:
    """Of a deployment's ECS services: how each ended, None where it has not."""
    now = {e.rollout.ecs_service: e.verdict.word for e in ended if e.deployment == deployment}
    return [r.outcome or now.get(r.ecs_service) for r in deployment.rollouts if not r.is_task_family]


def _is_awaited(ended: Ended, all_ended: Sequence[Ended]) -> bool:
    """Nothing is put back for one ECS service while another of the same deployment still goes on."""
    if ended.verdict.word is not Word.ROLLED_BACK:
        return False
    of_it = {e.rollout.ecs_service for e in all_ended if e.deployment == ended.deployment}
    rollouts = (r for r in ended.deployment.rollouts if not r.is_task_family)
    return any(r.outcome is None and r.ecs_service not in of_it for r in rollouts)


def _gone_back_past(ended: Ended, ecs: Mapping[str, EcsService], went_back: Mapping[str, str | None]) -> Ended:
    name = ended.rollout.ecs_service
    runs = ecs[name].revision if name in ecs else None
    if name not in went_back or runs is None or ended.rollout.new_revision is None:
        return ended
    if revision_number(ended.rollout.new_revision) <= revision_number(runs):
        return ended
    reason = ended.verdict.reason if ended.verdict.word is Word.ROLLED_BACK else None
    return replace(ended, verdict=Verdict(Word.ROLLED_BACK, reason or went_back[name] or f"ECS went back to {runs}"))


def put_back(
    ended: Iterable[Ended],
    ecs: Mapping[str, EcsService],
    images: Mapping[str, Mapping[str, str]],
    parameters: Mapping[str, str],
    newer: Mapping[str, Sequence[str]],
    ours: frozenset[str],
) -> PutBack:
    """What is to be put back for the parts that ECS rolled back.

    A parameter goes back only where it still holds an image that a rolled-back deployment wrote, and only where all
    ECS services of its service ended alike; `newer` maps ECS services to the revisions after the one that runs.
    """
    by_service: dict[str, list[Ended]] = {}
    for e in ended:
        by_service.setdefault(e.deployment.service, []).append(e)
    writes: list[tuple[str, str]] = []
    gone: list[str] = []
    left: list[str] = []
    in_use = {service.revision for service in ecs.values()}
    for service, parts in by_service.items():
        back = [e for e in parts if e.verdict.word is Word.ROLLED_BACK]
        if not back:
            continue
        if not _all_ended_alike(parts):
            left.append(_different_ends(service, parts))
            continue
        runs = {_runs(e.rollout, ecs, images) for e in back if not e.rollout.is_task_family}
        written = {e.deployment.image for e in back}
        if len(runs) == 1 and None not in runs and parameters.get(service) in written:
            writes.append((service, str(runs.pop())))
        gone += [arn for e in back for arn in newer.get(e.rollout.ecs_service, ()) if arn in ours and arn not in in_use]
        gone += [str(e.rollout.new_revision) for e in back if e.rollout.is_task_family]
    return PutBack(tuple(writes), tuple(dict.fromkeys(gone)), tuple(left))


def _all_ended_alike(parts: Sequence[Ended]) -> bool:
    """Of the newest deployment: every ECS service that the image feeds went back."""
    newest = max((e.deployment for e in parts), key=lambda d: d.number or 0)
    asked = {r.ecs_service for r in newest.rollouts}
    back = {e.rollout.ecs_service for e in parts if e.verdict.word is Word.ROLLED_BACK}
    return asked <= back


def _different_ends(service: str, parts: Sequence[Ended]) -> str:
    told = ", ".join(f"{e.rollout.ecs_service} {e.verdict.word}" for e in parts)
    return f"{service}: its ECS services ended differently ({told}): nothing is put back; deploy or roll back again"


def _runs(rollout: Rollout, ecs: Mapping[str, EcsService], images: Mapping[str, Mapping[str, str]]) -> str | None:
    service = ecs.get(rollout.ecs_service)
    known = images.get(str(service.revision)) if service is not None else None
    found = {known[container] for container, _ in rollout.containers if container in known} if known else set()
    return found.pop() if len(found) == 1 else None


# --- act


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
    recorded = {r.new_revision: dict(r.containers) for d in deployments for r in d.rollouts if r.new_revision}
    running = sorted({s.revision for s in ecs.values() if s.revision is not None and s.revision not in recorded})
    asked = in_parallel(outside.services.definition, running)
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


def _write_outcomes(
    ended: Sequence[Ended], explained: Mapping[str, str], record: Record, outside: Outside
) -> None:
    def write(e: Ended) -> None:
        reason = explained.get(e.rollout.ecs_deployment_id or "") or e.rollout.outcome_reason or e.verdict.reason
        at = outside.clock.now()
        record(e, replace(e.rollout, outcome=e.verdict.word, outcome_reason=reason, ended_at=at, settling=False))

    in_parallel(write, ended)


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
