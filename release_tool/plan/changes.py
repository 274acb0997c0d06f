"""What a plan says: what becomes of each service, and what is asked of each ECS service for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from release_tool.image import Image
from release_tool.model import TASK_FAMILY, Commits, DeploymentSet, Environment, Kind, Project, Rollout, Service
from release_tool.rollout import EcsService
from release_tool.task_definition import TaskDefinition, clone


class Why(str, Enum):
    """What makes a service a change."""

    NEW_IMAGE = "new image"
    MOVED_TAG = "the tag means another image now"
    FAILED_BEFORE = "the deployment that runs has failed"
    RESTART = "restart"
    PARAMETER_ONLY = "only the parameter differs"
    UNFINISHED = "asked for before, and cut off"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Change:
    """A service that will be deployed. `running` is None where nothing of it runs, or nothing can."""

    service: Service
    wanted: Image
    why: Why
    running: Image | None = None
    digest: str | None = None
    parameter: str | None = None
    recorded: str | None = None
    ecs_services: tuple[str, ...] = ()
    kept: tuple[Rollout, ...] = ()
    commits: Commits = field(default_factory=Commits)


@dataclass(frozen=True, slots=True)
class Step:
    """One ECS service's new revision and UpdateService. `images` maps containers to what they shall run.

    `base` is the revision that is copied. `old_revision` is what ran when the deployment was asked for, so a
    newer revision, equal to the copy, can only be the one that an interrupted run of the same has registered.
    """

    cluster: str
    ecs_service: str
    services: tuple[str, ...]
    images: Mapping[str, str]
    old_images: Mapping[str, str]
    base: TaskDefinition
    old_revision: str
    newest: TaskDefinition | None
    seen: EcsService

    @property
    def is_task_family(self) -> bool:
        return self.cluster == TASK_FAMILY

    @property
    def fields(self) -> dict[str, Any]:
        return clone(self.base, self.images)

    @property
    def as_recorded(self) -> Rollout:
        return Rollout(
            cluster=self.cluster,
            ecs_service=self.ecs_service,
            containers=tuple(sorted(self.images.items())),
            old_images=tuple(sorted(self.old_images.items())),
            old_revision=self.old_revision,
        )


@dataclass(frozen=True, slots=True)
class Unchanged:
    service: Service
    image: Image


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A service whose deployment can't be carried out, and why, as a sentence."""

    service: Service
    why: str


@dataclass(frozen=True, slots=True)
class DeploymentPlan:
    project: Project
    environment: Environment
    asked: str
    source: str
    kind: Kind
    changes: tuple[Change, ...] = ()
    unchanged: tuple[Unchanged, ...] = ()
    missing: tuple[Service, ...] = ()
    unmatched: tuple[Unmatched, ...] = ()
    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    resumes: DeploymentSet | None = None
    supersedes: DeploymentSet | None = None
    release_number: int | None = None

    @property
    def shows_the_same_as(self) -> tuple[Any, ...]:
        """What a person who said yes to this plan has agreed to."""
        return (
            tuple((c.service.id, c.wanted.uri, c.why, c.running and c.running.uri) for c in self.changes),
            tuple((u.service.id, u.why) for u in self.unmatched),
            tuple((s.ecs_service, s.base.arn) for s in self.steps),
        )


Judged = Change | Unchanged | Service | Unmatched
"""The service itself where it is *missing*."""
