"""What becomes of a deployment set that was cut off, when it is not its own command that comes back."""

from __future__ import annotations

from dataclasses import replace

from release_tool.apply import Outside
from release_tool.model import Deployment, DeploymentSet, Rollout, Word
from release_tool.rollout import EcsService
from release_tool.task_definition import revision_number


def supersede(cut_off: DeploymentSet, deployments: tuple[Deployment, ...], outside: Outside) -> None:
    """Write down how far it came. What was asked of ECS after all is recorded as asked, the rest as never asked."""
    open_parts = [
        (deployment, rollout)
        for deployment in deployments
        for rollout in deployment.rollouts
        if rollout.ecs_deployment_id is None
    ]
    seen = _described([rollout for _, rollout in open_parts], outside)
    for deployment, rollout in open_parts:
        found = _as_found(rollout, seen.get(rollout.ecs_service), outside)
        outside.ledger.record(cut_off, [deployment.service], found)
    outside.ledger.requested(cut_off)


def _described(rollouts: list[Rollout], outside: Outside) -> dict[str, EcsService]:
    clusters = {rollout.cluster for rollout in rollouts}
    seen: dict[str, EcsService] = {}
    for cluster in clusters:
        seen |= outside.services.describe(cluster, [r.ecs_service for r in rollouts if r.cluster == cluster])
    return seen


def _as_found(rollout: Rollout, ecs: EcsService | None, outside: Outside) -> Rollout:
    primary = None if ecs is None else ecs.primary
    if primary is not None and _is_its_own(rollout, primary.revision, outside):
        return replace(
            rollout,
            new_revision=primary.revision,
            ecs_deployment_id=primary.id,
            ecs_created_at=primary.created_at,
        )
    return replace(
        rollout,
        outcome=Word.SUPERSEDED,
        outcome_reason="cut off before ECS was asked, and replaced by another deployment",
        ended_at=outside.clock.now(),
    )


def _is_its_own(rollout: Rollout, revision: str, outside: Outside) -> bool:
    """A revision after the old one, with our images, can only be the one that the cut-off run registered."""
    if rollout.old_revision is None or revision_number(revision) <= revision_number(rollout.old_revision):
        return False
    definition = outside.services.definition(revision)
    return definition is not None and all(definition.images.get(c) == uri for c, uri in rollout.containers)
