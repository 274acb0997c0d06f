"""How deployments have ended, and what is to be put back where ECS went back: decided on what was seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from release_tool.model import FINAL_WORDS, Deployment, Rollout, Word
from release_tool.rollout import EcsService, ServiceDeployment, Verdict, judge
from release_tool.task_definition import revision_number


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
        runs = {_runs(e, ecs, images) for e in back if not e.rollout.is_task_family}
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


def _runs(ended: Ended, ecs: Mapping[str, EcsService], images: Mapping[str, Mapping[str, str]]) -> str | None:
    """The image that runs in this service's own containers: others may share the ECS service."""
    service = ecs.get(ended.rollout.ecs_service)
    known = (images.get(str(service.revision)) if service is not None else None) or {}
    own = ended.deployment.containers_in(ended.rollout)
    found = {known[container] for container in own if container in known}
    return found.pop() if len(found) == 1 else None
