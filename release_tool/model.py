"""The glossary of RFC 013 as plain values.

A *release* is an intention: this image, at this release hash, for this service. A *deployment* is a fact:
this service, running it, in this environment. Nothing here knows AWS, Git or a terminal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from release_tool.errors import AskedWrongly, UnknownName

LATEST = "latest"
"""The label of what was built last. Every other label is an environment's id."""

ALL = "all"


@dataclass(frozen=True, slots=True)
class Environment:
    """Where services run: one ECS cluster, perhaps in an account and a region of its own."""

    id: str
    name: str
    cluster: str
    production: bool = False
    aws_region_name: str | None = None
    role_arn: str | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """Performs a distinct function within a project; built into one image.

    `ecs_services` are templates in which `{project}`, `{env}` and `{service}` stand for ids; an empty tuple
    means that no ECS service runs it. `task_families`, templates too, are task definitions of the same image that
    no service runs: scheduled tasks, migrations. `environments` is None where it exists in all.
    """

    id: str
    name: str
    environments: tuple[str, ...] | None = None
    ecs_services: tuple[str, ...] = ("{service}",)
    container: str | None = None
    clone_from: str = "running"
    task_families: tuple[str, ...] = ()

    def exists_in(self, environment: Environment) -> bool:
        return self.environments is None or environment.id in self.environments

    def ecs_service_names(self, project_id: str, environment: Environment) -> tuple[str, ...]:
        return self._filled(self.ecs_services, project_id, environment)

    def task_family_names(self, project_id: str, environment: Environment) -> tuple[str, ...]:
        return self._filled(self.task_families, project_id, environment)

    def places(self, project_id: str, environment: Environment) -> tuple[str, ...]:
        """Where its image runs or would run: its ECS services, then its task families, told apart by their names."""
        families = self.task_family_names(project_id, environment)
        return (*self.ecs_service_names(project_id, environment), *map(task_family_place, families))

    def _filled(self, templates: tuple[str, ...], project_id: str, environment: Environment) -> tuple[str, ...]:
        return tuple(
            template.replace("{project}", project_id).replace("{env}", environment.id).replace("{service}", self.id)
            for template in templates
        )


TASK_FAMILY = "task family"
"""Stands where an ECS service has its cluster. No cluster can be called so: it has a space."""


def task_family_place(family: str) -> str:
    return f"{TASK_FAMILY} {family}"


def is_task_family(place: str) -> bool:
    return place.startswith(f"{TASK_FAMILY} ")


def in_a_sentence(place: str) -> str:
    return f"the {place}" if is_task_family(place) else f"the ECS service {place}"


@dataclass(frozen=True, slots=True)
class ServiceSet:
    """A functional grouping of services within a project."""

    id: str
    name: str
    services: tuple[str, ...]


EVENTS = ("requested", "complete", "failed", "rolled_back")
"""What somebody can be told of a deployment set."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Somebody who is told. The address stands here or, as a secret, in an environment variable.

    `secret_variable` names the one that holds what notices are signed with; `form` is `json` or `slack`.
    """

    url: str | None = None
    url_variable: str | None = None
    form: str = "json"
    events: tuple[str, ...] = EVENTS
    secret_variable: str | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """The top level: what one manifest entry describes.

    `services` is None where the manifest lists none: then the services are those registered under any label.
    """

    id: str
    name: str
    environments: tuple[Environment, ...]
    services: tuple[Service, ...] | None = None
    service_sets: tuple[ServiceSet, ...] = ()
    ledger_table: str = "release-tool"
    aws_region_name: str | None = None
    role_arn: str | None = None
    github_repository: str | None = None
    notify: tuple[Webhook, ...] = ()

    def environment(self, environment_id: str) -> Environment:
        for environment in self.environments:
            if environment.id == environment_id:
                return environment
        if environment_id == LATEST:
            raise AskedWrongly(
                "`latest` is a label, not an environment: it says what was built last, and nothing runs in it",
                next=f"the environments are {', '.join(e.id for e in self.environments)}",
            )
        raise UnknownName("environment", environment_id, (e.id for e in self.environments))


@dataclass(frozen=True, slots=True)
class Commit:
    """`sha` is 40 hex digits; `subject` the first line of its message."""

    sha: str
    author: str
    authored_at: datetime
    subject: str


@dataclass(frozen=True, slots=True)
class Commits:
    """What lies between two release hashes of one service.

    `listed` is newest first and bounded; `left_out` counts the rest, and `oldest_left_out_at` is the time of the
    oldest of them. `undone` is true where the wanted hash is older than the running one: then these are the
    commits that go away. Where nothing is known, `unknown_because` says why in words, and the rest is empty.
    """

    listed: tuple[Commit, ...] = ()
    left_out: int = 0
    oldest_left_out_at: datetime | None = None
    undone: bool = False
    unknown_because: str | None = None

    @property
    def count(self) -> int:
        return len(self.listed) + self.left_out


@dataclass(frozen=True, slots=True)
class Found:
    """What a registry says of an image: its digest; or that it is missing; or why nobody could tell."""

    digest: str | None = None
    missing: bool = False
    unknown_because: str | None = None


@dataclass(frozen=True, slots=True)
class Requester:
    """Whose hands: Git's configuration, the CI system's variables and STS's answer, kept apart, none made up."""

    git_name: str | None = None
    git_email: str | None = None
    ci_system: str | None = None
    ci_actor: str | None = None
    ci_run_url: str | None = None
    arn: str | None = None

    def __str__(self) -> str:
        if self.ci_system is not None:
            run = self.ci_system if self.ci_run_url is None else f"{self.ci_system}, {self.ci_run_url}"
            return f"{self.ci_actor or 'somebody'} ({run})"
        if self.git_name and self.git_email:
            return f"{self.git_name} <{self.git_email}>"
        return self.arn or self.git_name or self.git_email or "not known"


class Word(str, Enum):
    """What can be said of a deployment; worst first, as a set of them is judged by its worst."""

    FAILED = "FAILED"
    ROLLED_BACK = "ROLLED_BACK"
    ROLLING_BACK = "ROLLING_BACK"
    GONE = "GONE"
    UNFINISHED = "UNFINISHED"
    UNKNOWN = "UNKNOWN"
    IN_PROGRESS = "IN_PROGRESS"
    SUPERSEDED = "SUPERSEDED"
    COMPLETE = "COMPLETE"

    def __str__(self) -> str:
        return self.value

    @property
    def is_final(self) -> bool:
        return self in FINAL_WORDS


FINAL_WORDS = frozenset({Word.FAILED, Word.ROLLED_BACK, Word.GONE, Word.SUPERSEDED, Word.COMPLETE})
"""Those that can be an outcome, and are then never changed."""


def worst(words: Iterable[Word]) -> Word | None:
    order = list(Word)
    return min(words, key=order.index, default=None)


class Kind(str, Enum):
    """Why a deployment set was asked for."""

    DEPLOY = "deploy"
    PROMOTE = "promote"
    ROLLBACK = "rollback"
    RESTART = "restart"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Rollout:
    """One ECS service's part in a deployment, as recorded; or a task family's, whose `cluster` is TASK_FAMILY.

    `old_revision` and `new_revision` are task definition ARNs. `new_revision` and `ecs_deployment_id` are None
    until ECS was asked. `containers` maps the changed containers to the images that they shall run,
    `old_images` to those that they ran.
    """

    cluster: str
    ecs_service: str
    containers: tuple[tuple[str, str], ...]
    old_images: tuple[tuple[str, str], ...] = ()
    old_revision: str | None = None
    new_revision: str | None = None
    ecs_deployment_id: str | None = None
    ecs_created_at: datetime | None = None
    outcome: Word | None = None
    outcome_reason: str | None = None
    ended_at: datetime | None = None
    settling: bool = False
    note: str | None = None

    @property
    def is_task_family(self) -> bool:
        return self.cluster == TASK_FAMILY


@dataclass(frozen=True, slots=True)
class Release:
    """The intention to run `image` (a URI) for a service. `digest` is None where no registry could tell."""

    service: str
    image: str
    release_hash: str | None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class ReleaseSet:
    """Releases that are meant to be deployed together. `asked` is what was asked for: all, a set or a service."""

    project: str
    id: str
    number: int
    asked: str
    description: str
    requested_by: Requester
    requested_at: datetime
    services: int = 0


@dataclass(frozen=True, slots=True)
class Deployment:
    """A service deployed, or meant to be, into an environment: one line of a deployment set.

    `rolled_back_from` marks one that people turned away from: it is no target of a later rollback. `over` is the
    number of the deployment of the same service that had not ended when this one was asked for.
    """

    project: str
    environment: str
    service: str
    set_id: str
    number: int | None
    release_number: int | None
    image: str
    digest: str | None
    release_hash: str | None
    previous_image: str | None = None
    previous_release_hash: str | None = None
    commits: Commits = field(default_factory=Commits)
    rollouts: tuple[Rollout, ...] = ()
    requested_by: Requester = field(default_factory=Requester)
    requested_at: datetime | None = None
    description: str = ""
    kind: Kind = Kind.DEPLOY
    rolled_back_from: bool = False
    over: int | None = None

    @property
    def has_ended(self) -> bool:
        """Whether every part has its outcome written down."""
        return all(rollout.outcome is not None for rollout in self.rollouts)

    def containers_in(self, rollout: Rollout) -> frozenset[str]:
        """This service's own: one ECS service may take the images of several, and its rollout has them all."""
        return frozenset(name for name, uri in rollout.containers if uri == self.image)


@dataclass(frozen=True, slots=True)
class DeploymentSet:
    """Deployments that were asked for together. `number` is what people say: "deployment 57".

    `requested` is false until every part of it was asked of ECS; `outcome` is None until all has ended.
    """

    project: str
    environment: str
    id: str
    number: int
    kind: Kind
    asked: str
    release_number: int
    source: str
    description: str
    requested_by: Requester
    requested_at: datetime
    requested: bool = False
    outcome: Word | None = None
    outcome_reason: str | None = None
    ended_at: datetime | None = None
    services: int = 0
