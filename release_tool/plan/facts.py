"""All that a plan is made of, as it was gathered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from release_tool.image import Image
from release_tool.model import Deployment, DeploymentSet, Environment, Found, Kind, Project, Service
from release_tool.rollout import EcsService
from release_tool.task_definition import TaskDefinition


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a plan is made of, as it was gathered.

    `wanted` and `parameters` map services to images: what shall run, and what the environment's parameters say.
    `ecs` maps the names of ECS services, `definitions` and `newest` revision ARNs: the revision that each
    service runs, and its family's newest ACTIVE one. `current` has the newest recorded deployment of each
    service, `elsewhere` the families that other environments use. `unfinished` is a deployment set that was cut off.
    """

    project: Project
    environment: Environment
    asked: str
    source: str
    kind: Kind
    services: tuple[Service, ...]
    wanted: Mapping[str, Image]
    parameters: Mapping[str, str]
    ecs: Mapping[str, EcsService]
    definitions: Mapping[str, TaskDefinition]
    newest: Mapping[str, TaskDefinition]
    found: Mapping[str, Found] = field(default_factory=dict)
    current: Mapping[str, Deployment] = field(default_factory=dict)
    ours: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()
    unfinished: DeploymentSet | None = None
    unfinished_deployments: tuple[Deployment, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    release_number: int | None = None
