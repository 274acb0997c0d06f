"""What else is worth knowing before saying yes."""

from __future__ import annotations

import math
from collections.abc import Iterable

from release_tool.model import Deployment
from release_tool.plan.changes import Change, Step
from release_tool.plan.facts import Facts
from release_tool.plan.steps import reusable
from release_tool.rollout import EcsService
from release_tool.task_definition import difference, family_arn, short_revision


def notes_on(changes: tuple[Change, ...], steps: tuple[Step, ...], facts: Facts) -> Iterable[str]:
    yield from _parameters_changed(changes)
    for step in steps:
        yield from _step_notes(step, facts)
        yield from _left_behind(step, steps, facts)
    for uri, found in facts.found.items():
        if found.unknown_because is not None and any(c.wanted.uri == uri for c in changes):
            yield f"{uri}: not checked: {found.unknown_because}"


def _parameters_changed(changes: tuple[Change, ...]) -> Iterable[str]:
    for change in changes:
        now = change.parameter
        if now is not None and change.recorded is not None and now != change.recorded:
            yield (
                f"{change.service.id}: its parameter was changed since it was last deployed: "
                f"it says {now}, recorded is {change.recorded}"
            )


def _step_notes(step: Step, facts: Facts) -> Iterable[str]:
    if step.seen.primary is not None and step.seen.primary.rollout_state == "IN_PROGRESS":
        yield f"{step.ecs_service}: a rollout of {short_revision(step.seen.primary.revision)} goes on, and is replaced"
    if _cannot_end(step.seen):
        yield (
            f"{step.ecs_service}: with {step.seen.desired} tasks wanted, maximumPercent {step.seen.maximum_percent} "
            f"and minimumHealthyPercent {step.seen.minimum_healthy_percent} ECS can neither start nor stop a task: "
            "this rollout cannot end"
        )
    yield from _foreign_revision(step, facts)


def _left_behind(step: Step, steps: tuple[Step, ...], facts: Facts) -> Iterable[str]:
    """Others that run the step's family, and won't run its newest revision: the one that Terraform goes by."""
    family, found = family_arn(step.old_revision), reusable(step)
    others = {s.ecs_service for s in steps if family_arn(s.old_revision) == family and s.fields != step.fields}
    asked = {s.ecs_service for s in steps}
    for rollout in (r for d in facts.current.values() if _is_known(d, facts) for r in d.rollouts):
        runs = rollout.new_revision or rollout.old_revision
        if rollout.ecs_service in asked or rollout.is_task_family or runs is None or family_arn(runs) != family:
            continue
        if found is None or runs != found.arn:
            others.add(rollout.ecs_service)
    if others:
        yield (
            f"{step.ecs_service}: {', '.join(sorted(others))} of the same family {step.base.family} will not run this "
            "revision; Terraform, which goes by the newest, would change that: give each a family of its own"
        )


def _is_known(deployment: Deployment, facts: Facts) -> bool:
    """What the manifest does not have any more is nothing to warn of."""
    return facts.project.services is None or deployment.service in {s.id for s in facts.project.services}


def _cannot_end(ecs: EcsService) -> bool:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html: how the two are rounded."""
    if ecs.desired == 0 or ecs.scheduling == "DAEMON":
        return False
    most = math.floor(ecs.desired * ecs.maximum_percent / 100)
    return most <= math.ceil(ecs.desired * ecs.minimum_healthy_percent / 100)


def _foreign_revision(step: Step, facts: Facts) -> Iterable[str]:
    newest = step.newest
    running = facts.definitions[str(step.seen.revision)]
    if newest is None or newest.revision <= running.revision or newest.arn in facts.ours or reusable(step) is not None:
        return
    places = ", ".join(difference(running.fields, newest.fields)) or "nothing but its number"
    taken = step.base.arn == newest.arn
    shared = family_arn(running.arn) in facts.elsewhere
    advice = "it is taken" if taken else "it is not taken"
    if not taken and not shared:
        advice += "; `clone_from: newest` would take it"
    yield f"{step.ecs_service}: the newer revision {newest.short} is not ours; it differs in {places}; {advice}"
