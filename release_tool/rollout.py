"""ECS's story of one service, reduced to a word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from release_tool.model import TASK_FAMILY, Rollout, Word
from release_tool.task_definition import TaskDefinition, short_revision


@dataclass(frozen=True, slots=True)
class Event:
    """A service event, in ECS's own words."""

    at: datetime
    message: str


@dataclass(frozen=True, slots=True)
class EcsDeployment:
    """One entry of a service's `deployments`. Its `id` is `ecs-svc/<digits>`; `status` PRIMARY, ACTIVE or INACTIVE.

    `rollout_state` is None for services that have none (behind a Classic Load Balancer, for one).
    """

    id: str
    status: str
    revision: str
    created_at: datetime
    rollout_state: str | None = None
    rollout_state_reason: str | None = None
    desired: int = 0
    running: int = 0
    pending: int = 0
    failed: int = 0
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class EcsService:
    """What DescribeServices, or UpdateService's answer, says of one service."""

    arn: str
    cluster: str
    name: str
    status: str
    revision: str | None
    deployments: tuple[EcsDeployment, ...]
    desired: int = 0
    running: int = 0
    pending: int = 0
    events: tuple[Event, ...] = ()
    controller: str = "ECS"
    strategy: str = "ROLLING"
    scheduling: str = "REPLICA"
    breaker: bool = False
    rollback: bool = False
    alarms: bool = False
    maximum_percent: int = 200
    minimum_healthy_percent: int = 100
    managed_by: str | None = None

    @property
    def primary(self) -> EcsDeployment | None:
        return next((d for d in self.deployments if d.status == "PRIMARY"), None)


def task_family(name: str, definition: TaskDefinition) -> EcsService:
    """A task family as if it were a service that stands still: all but UpdateService is the same for both."""
    return EcsService(
        arn=definition.arn,
        cluster=TASK_FAMILY,
        name=name,
        status="ACTIVE",
        revision=definition.arn,
        deployments=(),
    )


@dataclass(frozen=True, slots=True)
class ServiceDeployment:
    """What DescribeServiceDeployments says: the verdict where deployments alone can't tell.

    `number` is the digits of the ECS deployment's id; `status` as in AWS's ServiceDeploymentStatus.
    """

    arn: str
    number: str
    status: str
    status_reason: str | None = None
    lifecycle_stage: str | None = None
    bake_minutes: int | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoppedContainer:
    name: str
    exit_code: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class StoppedTask:
    """`started_by` is the id of the ECS deployment that started it."""

    arn: str
    started_by: str | None
    revision: str
    stop_code: str | None
    stopped_reason: str | None
    stopped_at: datetime | None
    containers: tuple[StoppedContainer, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """A word, why where there is something to say, and what else is worth knowing."""

    word: Word
    reason: str | None = None
    notes: tuple[str, ...] = ()


# How long ECS is given to bring a rollback about before a failed PRIMARY counts as given up on.
ROLLBACK_GRACE = timedelta(minutes=10)

_ROLLBACK_GOING_ON = {"ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"}


def judge(
    rollout: Rollout,
    service: EcsService | None,
    *,
    now: datetime,
    images: Mapping[str, Mapping[str, str]] | None = None,
    service_deployment: ServiceDeployment | None = None,
) -> Verdict:
    """The word for one ECS service's part in a deployment; the first row that holds.

    `images` maps revision ARNs to their images by container, as far as they are known: it tells a later
    deployment with our images from one with others. `service_deployment` is asked for where `needs_verdict`.
    """
    if rollout.outcome is not None:
        return Verdict(rollout.outcome, rollout.outcome_reason)
    if rollout.ecs_deployment_id is None:
        return Verdict(Word.UNFINISHED, "cut off before ECS was asked; the same command finishes it")
    if rollout.is_task_family:
        return Verdict(Word.COMPLETE)  # a revision that no service runs has nothing to roll out
    if service is None or service.status in ("INACTIVE", "DRAINING"):
        return Verdict(Word.GONE, f"the ECS service {rollout.ecs_service} is not there any more")
    return _judge_going(rollout, service, service_deployment, now, images or {})


def needs_verdict(rollout: Rollout, service: EcsService) -> bool:
    """Whether only DescribeServiceDeployments can tell: another strategy, alarms, no rolloutState, or ours is away."""
    if rollout.outcome is not None or rollout.ecs_deployment_id is None or rollout.is_task_family:
        return False
    ours = _own(rollout, service)
    if ours is None or ours.status != "PRIMARY":
        return True
    return service.strategy != "ROLLING" or service.alarms or ours.rollout_state is None


def unknown_revisions(
    rollouts: Iterable[Rollout], services: Mapping[str, EcsService], images: Mapping[str, Mapping[str, str]]
) -> list[str]:
    """Revisions that run, and of which `images` does not tell all that is recorded of a rollout.

    What is recorded of a revision are the containers that it changed: others of the same ECS service are not known.
    """
    running = ((r, services[r.ecs_service].revision) for r in rollouts if r.ecs_service in services)
    return sorted(
        {
            revision
            for rollout, revision in running
            if revision is not None and not {name for name, _ in rollout.containers} <= images.get(revision, {}).keys()
        }
    )


def service_deployment_arn(rollout: Rollout, service: EcsService) -> str:
    """ECS's second name of the same deployment: it ends with the digits of the first."""
    number = str(rollout.ecs_deployment_id).rpartition("/")[2]
    return f"{service.arn.replace(':service/', ':service-deployment/')}/{number}"


def _judge_going(
    rollout: Rollout,
    service: EcsService,
    told: ServiceDeployment | None,
    now: datetime,
    images: Mapping[str, Mapping[str, str]],
) -> Verdict:
    ours, primary = _own(rollout, service), service.primary
    rolled_back = _rolling_back(rollout, service, ours, primary, told)
    if rolled_back is not None:
        return rolled_back
    if ours is not None and ours.status == "PRIMARY":
        return _judge_primary(rollout, service, ours, told, now)
    if told is not None and told.status == "SUCCESSFUL":
        return Verdict(Word.COMPLETE, notes=_replaced_by(primary))
    if primary is None:
        return Verdict(Word.UNKNOWN, "ECS shows no primary deployment")
    if _came_after(rollout, primary):
        return _judge_replaced(rollout, service, primary, images)
    return Verdict(Word.IN_PROGRESS, notes=("ECS does not show it yet",))


def _judge_primary(
    rollout: Rollout, service: EcsService, ours: EcsDeployment, told: ServiceDeployment | None, now: datetime
) -> Verdict:
    if rollout.new_revision is not None and ours.revision != rollout.new_revision:
        return Verdict(Word.UNKNOWN, f"our deployment runs {ours.revision}, not {rollout.new_revision}")
    if told is not None and (service.strategy != "ROLLING" or service.alarms or ours.rollout_state is None):
        return _judge_told(ours, told, service)
    if ours.rollout_state == "COMPLETED":
        return Verdict(Word.COMPLETE, notes=_counts(service))
    if ours.rollout_state == "FAILED":
        return _judge_failed_primary(service, ours, now)
    if ours.rollout_state is None:
        return _judge_by_counts(ours, service)
    return Verdict(Word.IN_PROGRESS, notes=_progress(service, ours))


def _judge_told(ours: EcsDeployment, told: ServiceDeployment, service: EcsService) -> Verdict:
    if told.status == "SUCCESSFUL":
        return Verdict(Word.COMPLETE, notes=_counts(service))
    if told.status == "STOPPED":
        return Verdict(Word.FAILED, told.status_reason or "somebody stopped the service deployment")
    stage = told.lifecycle_stage
    if stage is None:
        return Verdict(Word.IN_PROGRESS, notes=_progress(service, ours))
    baking = f" of {told.bake_minutes} min" if stage == "BAKE_TIME" and told.bake_minutes else ""
    return Verdict(Word.IN_PROGRESS, notes=(f"{stage}{baking}", *_progress(service, ours)))


def _judge_failed_primary(service: EcsService, ours: EcsDeployment, now: datetime) -> Verdict:
    could_go_back = any(d.id != ours.id and d.rollout_state == "COMPLETED" for d in service.deployments)
    if service.rollback and could_go_back and now - (ours.updated_at or ours.created_at) < ROLLBACK_GRACE:
        return Verdict(Word.ROLLING_BACK, ours.rollout_state_reason)
    return Verdict(Word.FAILED, ours.rollout_state_reason)


def _judge_by_counts(ours: EcsDeployment, service: EcsService) -> Verdict:
    """Without a rolloutState a deployment is complete when it is alone and all its tasks run."""
    if len(service.deployments) == 1 and ours.desired == service.desired == ours.running:
        return Verdict(Word.COMPLETE, notes=_counts(service))
    return Verdict(Word.IN_PROGRESS, notes=_progress(service, ours))


def _judge_replaced(
    rollout: Rollout, service: EcsService, primary: EcsDeployment, images: Mapping[str, Mapping[str, str]]
) -> Verdict:
    known = images.get(primary.revision)
    same_revision = primary.revision == rollout.new_revision
    if same_revision or (known is not None and all(known.get(name) == uri for name, uri in rollout.containers)):
        word = {"COMPLETED": Word.COMPLETE, "FAILED": Word.FAILED}.get(primary.rollout_state or "", Word.IN_PROGRESS)
        if primary.rollout_state is None:
            word = _judge_by_counts(primary, service).word
        return Verdict(word, primary.rollout_state_reason if word is Word.FAILED else None, ("restarted outside",))
    if known is None:
        later = short_revision(primary.revision)
        return Verdict(Word.UNKNOWN, f"a later deployment runs {later}, whose images could not be read")
    return Verdict(Word.SUPERSEDED, f"replaced by {short_revision(primary.revision)} before it ended")


def _rolling_back(
    rollout: Rollout,
    service: EcsService,
    ours: EcsDeployment | None,
    primary: EcsDeployment | None,
    told: ServiceDeployment | None,
) -> Verdict | None:
    """A verdict where there is a sign that ECS puts an earlier revision back; None where there is none."""
    if told is not None and told.status == "ROLLBACK_FAILED":
        return Verdict(Word.FAILED, told.status_reason)
    if told is not None and told.status == "ROLLBACK_SUCCESSFUL":
        return Verdict(Word.ROLLED_BACK, told.status_reason)
    if told is not None and told.status in _ROLLBACK_GOING_ON:
        return Verdict(Word.ROLLING_BACK, told.status_reason)
    if primary is None or (ours is not None and ours.status == "PRIMARY"):
        return None
    reason = _sign_of_rollback(rollout, service, ours, primary)
    if reason is None:
        return None
    word = {"COMPLETED": Word.ROLLED_BACK, "FAILED": Word.FAILED}.get(primary.rollout_state or "", Word.ROLLING_BACK)
    return Verdict(word, reason)


def _sign_of_rollback(
    rollout: Rollout, service: EcsService, ours: EcsDeployment | None, primary: EcsDeployment
) -> str | None:
    if ours is not None and ours.rollout_state == "FAILED":
        return ours.rollout_state_reason or "ECS gave up on it"
    for event in service.events:
        if _names_as_failed(event.message, str(rollout.ecs_deployment_id)):
            return event.message
    said = primary.rollout_state_reason or ""
    if _came_after(rollout, primary) and "rolling back" in said and primary.revision != rollout.new_revision:
        return said
    return None


def _names_as_failed(message: str, ecs_deployment_id: str) -> bool:
    """As in `(service web) (deployment ecs-svc/1) deployment failed: tasks failed to start.`"""
    return f"(deployment {ecs_deployment_id}) deployment failed" in message


def _own(rollout: Rollout, service: EcsService) -> EcsDeployment | None:
    return next((d for d in service.deployments if d.id == rollout.ecs_deployment_id), None)


def _came_after(rollout: Rollout, primary: EcsDeployment) -> bool:
    return rollout.ecs_created_at is not None and primary.created_at > rollout.ecs_created_at


def _replaced_by(primary: EcsDeployment | None) -> tuple[str, ...]:
    return () if primary is None else (f"{short_revision(primary.revision)} runs now",)


def _counts(service: EcsService) -> tuple[str, ...]:
    """Running other than desired is a note, not a word: the deployment has ended, the service is scaling."""
    if service.desired == 0:
        return ("no tasks are wanted: desired count 0",)
    return () if service.running == service.desired else (f"{service.running}/{service.desired} running",)


def _progress(service: EcsService, ours: EcsDeployment) -> tuple[str, ...]:
    # A new PRIMARY's own desiredCount is 0 in UpdateService's answer: the service's is what is meant.
    running = f"{ours.running}/{service.desired} running"
    return (running, f"{ours.failed} failed") if ours.failed else (running,)
