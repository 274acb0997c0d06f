"""Whether this is the command that was cut off, and what of it is left to do."""

from __future__ import annotations

from release_tool.model import Deployment, DeploymentSet, Found, Kind, Rollout, Service
from release_tool.plan.changes import Change
from release_tool.plan.facts import Facts


def is_resumable(facts: Facts) -> bool:
    """Whether this is the command that was cut off, in a world that has not moved on since."""
    unfinished = facts.unfinished
    if unfinished is None or unfinished.asked != facts.asked:
        return False
    if (unfinished.kind is Kind.RESTART) != (facts.kind is Kind.RESTART):
        return False
    return not any(_wanted_otherwise(d, facts) or _moved_on(d, facts) for d in facts.unfinished_deployments)


def _wanted_otherwise(deployment: Deployment, facts: Facts) -> bool:
    wanted = facts.wanted.get(deployment.service)
    if wanted is None or wanted.uri != deployment.image:
        return True
    now = facts.found.get(wanted.uri, Found()).digest
    return None not in (now, deployment.digest) and now != deployment.digest


def _moved_on(deployment: Deployment, facts: Facts) -> bool:
    """Whether ECS runs neither what it ran when the deployment was asked for, nor what it was asked to run."""
    for rollout in (r for r in deployment.rollouts if r.ecs_deployment_id is None):
        ecs = facts.ecs.get(rollout.ecs_service)
        if ecs is None or ecs.revision is None:
            return True
        definition = facts.definitions.get(ecs.revision)
        runs = {} if definition is None else definition.images
        if ecs.revision != rollout.old_revision and any(runs.get(c) != uri for c, uri in rollout.containers):
            return True
    return False


def open_parts(facts: Facts) -> dict[str, Rollout]:
    """By ECS service: the parts of a resumable deployment set that the ledger does not know as asked of ECS."""
    if not is_resumable(facts):
        return {}
    rollouts = (r for d in facts.unfinished_deployments for r in d.rollouts)
    return {r.ecs_service: r for r in rollouts if r.ecs_deployment_id is None}


def was_cut_off(service: Service, facts: Facts) -> bool:
    still_open = open_parts(facts)
    asked = (d for d in facts.unfinished_deployments if d.service == service.id)
    return any(r.ecs_service in still_open for d in asked for r in d.rollouts)


def resumed(changes: tuple[Change, ...], facts: Facts) -> DeploymentSet | None:
    """The unfinished set that this plan goes on with: nothing but its own deployments is left to do."""
    still_open = open_parts(facts)
    planned = {d.service: {r.ecs_service for r in d.rollouts} & set(still_open) for d in facts.unfinished_deployments}
    if not changes or not is_resumable(facts):
        return None
    within = all(c.service.id in planned and set(c.ecs_services) <= planned[c.service.id] for c in changes)
    return facts.unfinished if within else None
