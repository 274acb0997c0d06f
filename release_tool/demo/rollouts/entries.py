"""What a service is made of: revisions, tasks, deployments and their history, as ECS would know them."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from release_tool.demo.rollouts.fates import Fate, Image, culprit_of


@dataclass(frozen=True, slots=True)
class Revision:
    """A task definition's revision, and the images that its containers ran when a deployment of it began."""

    arn: str
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """`stopped_at` lies ahead of `stopping_at` while the task drains."""

    id: str
    deployment_id: str
    revision: Revision
    fate: Fate
    created_at: float
    stopping_at: float = inf
    stopped_at: float = inf
    stop_code: str = ""
    stopped_reason: str = ""

    @property
    def runs_at(self) -> float:
        return self.created_at + self.fate.runs_after

    @property
    def healthy_at(self) -> float:
        return self.created_at + self.fate.healthy_after

    @property
    def dies_at(self) -> float:
        return self.created_at + self.fate.dies_after

    @property
    def has_died(self) -> bool:
        """It came to its end by itself: nobody told it to stop."""
        return self.dies_at <= self.stopping_at < inf

    @property
    def culprit(self) -> Image | None:
        """The image that decides its fate."""
        return culprit_of(self.revision.images, self.fate)


@dataclass(frozen=True, slots=True)
class Deployment:
    """An entry of a service's `deployments`.

    `proven` once a task of it has been healthy: its failures count no more. `undoes` is the number of the service
    deployment that this one rolls back. `ready_at` is when all its tasks were healthy for the first time.
    """

    id: str
    revision: Revision
    fate: Fate
    service_revision: str
    created_at: float
    updated_at: float
    reason: str
    status: str = "PRIMARY"
    state: str = "IN_PROGRESS"
    desired: int = 0
    failed: int = 0
    proven: bool = False
    undoes: str | None = None
    ready_at: float = inf
    paused_until: float = 0.0

    @property
    def number(self) -> str:
        return self.id.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class ServiceDeployment:
    """An entry of the service's history: `number` is its deployment's, `revisions` are service revisions' numbers."""

    number: str
    revision: Revision
    target: str
    sources: tuple[str, ...]
    created_at: float
    updated_at: float
    threshold: int
    breaker: str
    status: str = "PENDING"
    status_reason: str | None = None
    started_at: float | None = None
    finished_at: float | None = None
    stopped_at: float | None = None
    failures: int = 0
    rollback_at: float | None = None
    rollback_reason: str | None = None
    rollback_to: str | None = None

    @property
    def is_open(self) -> bool:
        return self.finished_at is None


@dataclass(frozen=True, slots=True)
class Configuration:
    """What of a service's deploymentConfiguration steers a rollout."""

    maximum_percent: int = 200
    minimum_healthy_percent: int = 100
    breaker: bool = False
    rollback: bool = False
    strategy: str = "ROLLING"
    alarms: bool = False
    alarm_rollback: bool = False
    bake_seconds: float = 0.0

    @property
    def is_rolling(self) -> bool:
        return self.strategy == "ROLLING"


@dataclass(frozen=True, slots=True)
class Event:
    id: str
    at: float
    message: str
