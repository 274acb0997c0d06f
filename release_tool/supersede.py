"""What becomes of a deployment set that was cut off, when it is not its own command that comes back.

What was asked of ECS after all is recorded as asked. The rest never was: there the intent goes back to what runs,
parameter first and then the revision, as it does when ECS rolls back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from release_tool.apply import Outside
from release_tool.lease import Lease
from release_tool.model import Deployment, DeploymentSet, Environment, Rollout, Word
from release_tool.rollout import EcsService
from release_tool.task_definition import TaskDefinition, revision_number, short_revision

NEVER_ASKED = "cut off before ECS was asked, and replaced by another deployment"


@dataclass(frozen=True, slots=True)
class OpenPart:
    """One ECS service's part of a deployment that the ledger does not know as asked of ECS.

    `registered` is the family's newest revision where the run that was cut off has registered it.
    """

    deployment: Deployment
    rollout: Rollout
    seen: EcsService | None
    registered: TaskDefinition | None

    @property
    def was_asked(self) -> bool:
        primary = None if self.seen is None else self.seen.primary
        return primary is not None and self.registered is not None and primary.revision == self.registered.arn


def supersede(
    cut_off: DeploymentSet,
    deployments: Collection[Deployment],
    environment: Environment,
    outside: Outside,
    lease: Lease,
    *,
    leave: Collection[str] = (),
) -> None:
    """Write down how far it came, and undo what was begun. Services to `leave` are put right by what comes next."""
    parts = _open_parts(deployments, outside)
    gone_back = [p for p in parts if not p.was_asked and p.deployment.service not in leave]
    _put_parameters_back(gone_back, environment, outside, lease)
    for arn in dict.fromkeys(p.registered.arn for p in gone_back if p.registered is not None):
        if not _is_run(arn, parts):
            lease.check()
            outside.services.deregister(arn)
    for part in parts:
        lease.check()
        outside.ledger.record(cut_off, [part.deployment.service], _as_found(part, outside))
    lease.check()
    outside.ledger.requested(cut_off)


def _open_parts(deployments: Collection[Deployment], outside: Outside) -> list[OpenPart]:
    found = [(d, r) for d in deployments for r in d.rollouts if r.outcome is None and r.ecs_deployment_id is None]
    seen = _described([rollout for _, rollout in found], outside)
    return [
        OpenPart(deployment, rollout, seen.get(rollout.ecs_service), _registered(rollout, outside))
        for deployment, rollout in found
    ]


def _described(rollouts: list[Rollout], outside: Outside) -> dict[str, EcsService]:
    seen: dict[str, EcsService] = {}
    for cluster in sorted({rollout.cluster for rollout in rollouts if not rollout.is_task_family}):
        seen |= outside.services.describe(cluster, [r.ecs_service for r in rollouts if r.cluster == cluster])
    return seen


def _registered(rollout: Rollout, outside: Outside) -> TaskDefinition | None:
    """A revision after the old one, with our images, can only be the one that the cut-off run registered."""
    if rollout.old_revision is None:
        return None
    newest = outside.services.definition(short_revision(rollout.old_revision).rpartition(":")[0])
    if newest is None or newest.revision <= revision_number(rollout.old_revision):
        return None
    return newest if all(newest.images.get(c) == uri for c, uri in rollout.containers) else None


def _put_parameters_back(parts: list[OpenPart], environment: Environment, outside: Outside, lease: Lease) -> None:
    services = sorted({part.deployment.service for part in parts})
    now: Mapping[str, str] = outside.parameters.images(environment.id, services) if services else {}
    for service in services:
        deployment = next(p.deployment for p in parts if p.deployment.service == service)
        if now.get(service) == deployment.image and deployment.previous_image is not None:
            lease.check()
            outside.parameters.put(environment.id, service, deployment.previous_image)


def _is_run(arn: str, parts: list[OpenPart]) -> bool:
    return any(part.seen is not None and part.seen.revision == arn for part in parts)


def _as_found(part: OpenPart, outside: Outside) -> Rollout:
    primary = None if part.seen is None else part.seen.primary
    revision = None if part.registered is None else part.registered.arn
    if part.was_asked and primary is not None:
        return replace(
            part.rollout, new_revision=revision, ecs_deployment_id=primary.id, ecs_created_at=primary.created_at
        )
    return replace(
        part.rollout,
        new_revision=revision,
        outcome=Word.SUPERSEDED,
        outcome_reason=NEVER_ASKED,
        ended_at=outside.clock.now(),
    )
