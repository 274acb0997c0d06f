"""Where a service's image runs, and in which containers."""

from __future__ import annotations

from release_tool.errors import AskedWrongly
from release_tool.image import Image
from release_tool.model import Service
from release_tool.plan.facts import Facts
from release_tool.task_definition import TaskDefinition, claimed_containers


def places_of(service: Service, facts: Facts) -> tuple[str, ...]:
    return service.places(facts.project.id, facts.environment)


def running_definition(name: str, facts: Facts) -> TaskDefinition:
    return facts.definitions[str(facts.ecs[name].revision)]


def containers_of(service: Service, wanted: Image, name: str, facts: Facts) -> list[str]:
    return claimed_containers(running_definition(name, facts), wanted, service.id, service.container)


def parsed(uri: str) -> Image | None:
    """What runs may be named in a way that nothing of ours would: then nothing is said of it."""
    try:
        return Image.parse(uri)
    except AskedWrongly:
        return None
