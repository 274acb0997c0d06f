"""Everything that is asked of the outside world, on one page."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from release_tool.image import Image
from release_tool.model import (
    Commits,
    Deployment,
    DeploymentSet,
    Found,
    Kind,
    Release,
    ReleaseSet,
    Requester,
    Rollout,
    Word,
)
from release_tool.rollout import EcsService, ServiceDeployment, StoppedContainer, StoppedTask
from release_tool.task_definition import TaskDefinition


class Clock(Protocol):
    """AWS's time, so that two machines with different clocks agree on leases and on what came first."""

    def now(self) -> datetime:
        """Aware, in UTC."""
        ...

    def sleep(self, seconds: float) -> None: ...


class Parameters(Protocol):
    """SSM parameters `/<project>/images/<label>/<service>` of one project, in one account and region."""

    def images(self, label: str, services: Sequence[str]) -> dict[str, str]:
        """Service to image URI, for those that have a parameter."""
        ...

    def registered(self, label: str) -> dict[str, str]:
        """Service to image URI, for every parameter under a label, whether the manifest knows the service or not."""
        ...

    def labels(self) -> dict[str, dict[str, str]]:
        """Label to service to image URI, for every parameter of the project."""
        ...

    def put(self, label: str, service: str, uri: str) -> None: ...


class Services(Protocol):
    """ECS, in one account and region."""

    def describe(self, cluster: str, names: Sequence[str]) -> dict[str, EcsService]:
        """Those that exist, whatever their state; an unknown cluster is `AskedWrongly`."""
        ...

    def definition(self, family_or_arn: str) -> TaskDefinition | None:
        """A revision by its ARN, or a family's newest ACTIVE revision; None where there is none."""
        ...

    def register(self, fields: Mapping[str, Any]) -> TaskDefinition:
        """Send once, and never again by itself: the call has no idempotency token."""
        ...

    def update(self, cluster: str, service: str, revision_arn: str) -> EcsService:
        """Send once, and never again by itself. The answer is from before the new tasks: it names our PRIMARY."""
        ...

    def deregister(self, revision_arn: str) -> None: ...

    def newer_revisions(self, revision_arn: str) -> tuple[str, ...]:
        """ARNs of the ACTIVE revisions of the same family with a higher number, newest first."""
        ...

    def service_deployments(self, arns: Collection[str]) -> dict[str, ServiceDeployment]:
        """By ARN, twenty a call; those that ECS has forgotten are left out."""
        ...

    def stopped_tasks(self, cluster: str, service: str) -> tuple[StoppedTask, ...]:
        """The stopped tasks of one ECS service that ECS still remembers: about an hour's."""
        ...

    def dead_containers(self, cluster: str, service: str, ecs_deployment_id: str) -> tuple[StoppedContainer, ...]:
        """Containers that have stopped in those tasks of an ECS deployment which still run."""
        ...


class Images(Protocol):
    """Image registries: ECR in whichever account and region a URI names. Others can't be asked."""

    def find(self, images: Sequence[Image]) -> dict[str, Found]:
        """By URI."""
        ...


class Identity(Protocol):
    def arn(self) -> str | None:
        """Who AWS says we are."""
        ...


class Table(Protocol):
    """The ledger's table, as `doctor` looks at it."""

    def faults(self) -> tuple[str, ...]:
        """What is otherwise than it has to be; a table that is missing, or no ledger at all, is `AskedWrongly`."""
        ...


@dataclass(frozen=True, slots=True)
class Built:
    """What an image is built for, as `linux/arm64`; or why nobody could tell."""

    platforms: tuple[str, ...] = ()
    unknown_because: str | None = None


class Platforms(Protocol):
    def of(self, images: Sequence[Image]) -> dict[str, Built]:
        """By URI."""
        ...


class Permissions(Protocol):
    def denied(self, arn: str, statements: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
        """Of what policy statements allow, the actions that this identity is refused, each with its resource."""
        ...


class Notices(Protocol):
    """Whoever wants to be told. Telling them never fails, and never takes time."""

    def tell(
        self,
        event: str,
        deployment_set: DeploymentSet,
        reason: str | None,
        look: Callable[[], Sequence[Deployment]],
    ) -> None:
        """`look` gives the set's deployments; it is asked while the command goes on."""
        ...


class Reasons(Protocol):
    """The project's Git repository. It decorates a deployment: whatever is wrong with it, it never raises."""

    def commits_between(self, old: str, new: str, limit: int = 20) -> Commits: ...

    def author(self) -> tuple[str | None, str | None]:
        """Name and e-mail of Git's configuration."""
        ...


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds an environment, and until when. `id` is made before the lock is asked for."""

    id: str
    person: str
    host: str
    process: int
    process_started: str
    command: str
    since: datetime
    until: datetime
    deployment: int | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """What is written down before the first effect of a deployment set.

    `set_id` and `release_set_id` are made by the caller, so that a repeated write is recognised. `deployments`
    carry `number` and `release_number` None: the ledger numbers them.
    """

    project: str
    environment: str
    set_id: str
    release_set_id: str
    kind: Kind
    asked: str
    source: str
    description: str
    requested_by: Requester
    requested_at: datetime
    releases: tuple[Release, ...]
    deployments: tuple[Deployment, ...]
    release_number: int | None = None


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Newest first. `before` is the number to ask on with, None where nothing is left."""

    items: tuple[T, ...]
    before: int | None = None


class Ledger(Protocol):
    """The record: one DynamoDB table for all projects. Each question is one Query, however long the history."""

    # --- questions

    def current(self, project: str, environment: str | None = None) -> tuple[Deployment, ...]:
        """The newest deployment of every service, in every environment or in one; consistent.

        Their commits are counted, and none of them is listed: this is all of a project's at once.
        """
        ...

    def latest_set(self, project: str, environment: str) -> DeploymentSet | None:
        """The newest deployment set of an environment; consistent."""
        ...

    def deployment_set(self, project: str, number: int, *, environment: str | None = None) -> DeploymentSet | None:
        """By its number; consistent where its environment is named."""
        ...

    def deployments(self, deployment_set: DeploymentSet) -> tuple[Deployment, ...]:
        """Of one set; consistent."""
        ...

    def deployment_sets(
        self, project: str, *, environment: str | None = None, limit: int = 20, before: int | None = None
    ) -> Page[DeploymentSet]:
        """Deployment sets of a project or of one of its environments."""
        ...

    def service_history(
        self, project: str, service: str, *, environment: str | None = None, limit: int = 20, before: int | None = None
    ) -> Page[Deployment]:
        """Deployments of one service, in all environments or in one."""
        ...

    def release_set(self, project: str, number: int) -> ReleaseSet | None: ...

    def releases(self, release_set: ReleaseSet) -> tuple[Release, ...]: ...

    def release_sets(
        self, project: str, *, environment: str | None = None, limit: int = 20, before: int | None = None
    ) -> Page[ReleaseSet]:
        """Release sets of a project; with an environment, those that were ever asked to be deployed there."""
        ...

    def ours(self, revision_arn: str) -> frozenset[str]:
        """Revisions of the same family, from this one on, that this tool registered; consistent."""
        ...

    # --- writes; all but these two under the environment's lock

    def make_table(self) -> bool:
        """Make the table where it is missing, and wait until it answers. True where it was made."""
        ...

    def open(self, opening: Opening) -> tuple[DeploymentSet, tuple[Deployment, ...]]:
        """Write a deployment set down before its first effect: drafts first, then one transaction that numbers it."""
        ...

    def record(self, deployment_set: DeploymentSet, services: Sequence[str], rollout: Rollout | None) -> None:
        """Write one ECS service's part into the deployments of the services that feed it.

        None for a service that is a parameter and nothing else. An outcome that was recorded is not taken back.
        """
        ...

    def requested(self, deployment_set: DeploymentSet) -> None:
        """Every part of the set was asked of ECS."""
        ...

    def end(self, deployment_set: DeploymentSet, outcome: Word, reason: str | None, at: datetime) -> None:
        """The set as a whole has ended. The first outcome that is written stays."""
        ...

    def turn_away_from(self, deployment: Deployment) -> None:
        """Mark a deployment as rolled back from."""
        ...

    # --- the lock

    def acquire(self, project: str, environment: str, holder: Holder, *, breaking: str | None = None) -> Holder:
        """Take the environment's lock, or raise `EnvironmentHeld` with its holder.

        A lease that has run out is taken over; so is the lock of the holder whose id is `breaking`.
        """
        ...

    def renew(self, project: str, environment: str, holder: Holder) -> Holder:
        """Extend the lease; `EnvironmentHeld` where the lock is not ours any more."""
        ...

    def release(self, project: str, environment: str, holder_id: str) -> None:
        """Let go, if it is still this holder's."""
        ...

    def holder(self, project: str, environment: str) -> Holder | None: ...
