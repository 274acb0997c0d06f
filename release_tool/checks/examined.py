"""What `doctor` has seen of one environment; the checks judge it, and ask nothing themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from release_tool.checks.findings import Told
from release_tool.errors import AskedWrongly
from release_tool.image import Image
from release_tool.model import Environment, Found, Project, Service
from release_tool.ports import Built
from release_tool.rollout import EcsService
from release_tool.task_definition import TaskDefinition, claimed_containers, family_arn


@dataclass(frozen=True, slots=True)
class Examined:
    """`parameters` has what the environment's say, `latest` what was built last; `ours` the newer revisions of ours.

    `ecs` has the services' places: ECS services, and task families as if they were such that stand still.
    `definitions` are those that run, by ARN, `newest` each family's newest, by the family's ARN.
    """

    project: Project
    environment: Environment
    services: tuple[Service, ...]
    parameters: Told[Mapping[str, str]]
    latest: Told[Mapping[str, str]]
    ecs: Told[Mapping[str, EcsService]]
    definitions: Mapping[str, TaskDefinition] = field(default_factory=dict)
    newest: Mapping[str, TaskDefinition] = field(default_factory=dict)
    ours: frozenset[str] = frozenset()
    found: Mapping[str, Found] = field(default_factory=dict)
    built: Mapping[str, Built] = field(default_factory=dict)

    def places(self, service: Service) -> tuple[str, ...]:
        return service.places(self.project.id, self.environment)

    def running(self, place: str) -> TaskDefinition | None:
        seen = (self.ecs.value or {}).get(place)
        return None if seen is None else self.definitions.get(str(seen.revision))

    def newest_of(self, place: str) -> TaskDefinition | None:
        running = self.running(place)
        return None if running is None else self.newest.get(family_arn(running.arn))

    def wanted(self, service: Service) -> Image | None:
        """What its parameter says here, else what was built last; None where neither holds an image."""
        for uris in (self.parameters.value or {}, self.latest.value or {}):
            image = parsed(uris.get(service.id))
            if image is not None:
                return image
        return None

    def containers(self, service: Service, place: str) -> list[str]:
        """The containers that run a service's image; empty where that can't be told."""
        running = self.running(place)
        if running is None:
            return []
        wanted = self.wanted(service) or parsed(next(iter(running.images.values()), None))
        return [] if wanted is None else claimed_containers(running, wanted, service.id, service.container)

    def runs(self, service: Service) -> Image | None:
        for name in self.places(service):
            running = self.running(name)
            for container in self.containers(service, name):
                return parsed(running.images.get(container)) if running is not None else None
        return None


def parsed(uri: str | None) -> Image | None:
    try:
        return None if uri is None else Image.parse(uri)
    except AskedWrongly:
        return None
