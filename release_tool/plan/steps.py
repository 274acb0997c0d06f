"""What is asked of each ECS service: one revision and one UpdateService, whichever number of services feeds it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from release_tool.image import Image
from release_tool.model import Service, is_task_family
from release_tool.plan.changes import Change, Step
from release_tool.plan.cut_off import open_parts
from release_tool.plan.facts import Facts
from release_tool.plan.places import containers_of, places_of, running_definition
from release_tool.task_definition import TaskDefinition, difference, family_arn, revision_number


def steps_of(changes: Iterable[Change], facts: Facts) -> tuple[Step, ...]:
    """One step for each ECS service, whichever number of services feeds it."""
    claims: dict[str, dict[str, tuple[Service, Image]]] = {}
    for change in changes:
        for name in change.ecs_services:
            for container in containers_of(change.service, change.wanted, name, facts):
                claims.setdefault(name, {})[container] = (change.service, change.wanted)
    return tuple(_step(name, claimed, facts) for name, claimed in claims.items())


def _step(name: str, claimed: Mapping[str, tuple[Service, Image]], facts: Facts) -> Step:
    running = running_definition(name, facts)
    newest = facts.newest.get(family_arn(running.arn))
    images = {container: image.uri for container, (_, image) in claimed.items()}
    cut_off = open_parts(facts).get(name)
    ran = running.images | (dict(cut_off.old_images) if cut_off is not None else {})
    return Step(
        cluster=facts.ecs[name].cluster if is_task_family(name) else facts.environment.cluster,
        ecs_service=name,
        services=tuple(dict.fromkeys(service.id for service, _ in claimed.values())),
        images=images,
        old_images={container: ran[container] for container in images if container in ran},
        base=base_of(name, facts),
        old_revision=(cut_off.old_revision if cut_off is not None else None) or running.arn,
        newest=newest,
        seen=facts.ecs[name],
    )


def base_of(name: str, facts: Facts) -> TaskDefinition:
    """What is copied: the revision that runs; or its family's newest, where a service that feeds it asks for that."""
    running = running_definition(name, facts)
    newest = facts.newest.get(family_arn(running.arn))
    asked_for = any(s.clone_from == "newest" and name in places_of(s, facts) for s in facts.services)
    shared = family_arn(running.arn) in facts.elsewhere
    return newest if asked_for and newest is not None and not shared else running


def reusable(step: Step) -> TaskDefinition | None:
    """The family's newest revision, where it is what this step would register and came after what ran."""
    newest = step.newest
    if newest is None or newest.revision <= revision_number(step.old_revision):
        return None
    return None if difference(newest.fields, step.fields) else newest
