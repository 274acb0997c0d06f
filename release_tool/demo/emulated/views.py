"""The simulation's values in the shapes that ECS answers with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any

from release_tool.demo.emulated.clock import Clock
from release_tool.demo.emulated.world import Life, Settings, World
from release_tool.demo.rollouts.completing import stage_of
from release_tool.demo.rollouts.state import Deployment, Service, ServiceDeployment, Task

DEFAULT_CONFIGURATION = {
    "deploymentCircuitBreaker": {"enable": False, "rollback": False},
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
    "strategy": "ROLLING",
    "bakeTimeInMinutes": 0,
}


@dataclass(frozen=True, slots=True)
class Views:
    """Everything as it looks by this clock and these settings."""

    clock: Clock
    settings: Settings

    @classmethod
    def of(cls, world: World) -> Views:
        return cls(world.clock, world.settings)

    # --- services

    def service(self, life: Life, tags: list[dict[str, str]] | None = None) -> dict[str, Any]:
        service, asked = life.service, life.asked
        newest = next(iter(service.history), None)
        return {
            "placementConstraints": [],
            "placementStrategy": [],
            "loadBalancers": [],
            "serviceRegistries": [],
            "enableECSManagedTags": False,
            "enableExecuteCommand": False,
            "propagateTags": "NONE",
            "schedulingStrategy": "REPLICA",
            "availabilityZoneRebalancing": "DISABLED",
            "createdBy": f"arn:aws:iam::{account_of(service.arn)}:role/maker-of-services",
            **asked,
            "serviceArn": service.arn,
            "serviceName": service.name,
            "clusterArn": cluster_arn_of(service.arn),
            "status": service.status,
            "taskDefinition": service.primary.revision.arn if service.primary else asked.get("taskDefinition"),
            "desiredCount": service.desired,
            "runningCount": sum(_is_running(task, service.now) for task in service.wanted),
            "pendingCount": sum(not _is_running(task, service.now) for task in service.wanted),
            "roleArn": asked.get("role"),
            "deploymentConfiguration": {**DEFAULT_CONFIGURATION, **asked.get("deploymentConfiguration", {})},
            "deployments": [self._deployment(service, asked, deployment) for deployment in service.deployments],
            "events": [{"id": e.id, "createdAt": self._at(e.at), "message": e.message} for e in service.events],
            "createdAt": self._at(service.born_at),
            "currentServiceDeployment": newest and service_deployment_arn(service, newest.number),
            "currentServiceRevisions": [self._current_revision(service, d) for d in service.deployments],
            "tags": tags,
        }

    def _deployment(self, service: Service, asked: dict[str, Any], deployment: Deployment) -> dict[str, Any]:
        tasks = service.wanted_of(deployment.id)
        running = sum(_is_running(task, service.now) for task in tasks)
        shown = {
            "id": deployment.id,
            "status": deployment.status,
            "taskDefinition": deployment.revision.arn,
            "desiredCount": deployment.desired,
            "pendingCount": len(tasks) - running,
            "runningCount": running,
            "failedTasks": deployment.failed,
            "createdAt": self._at(deployment.created_at),
            "updatedAt": self._at(deployment.updated_at),
            "rolloutState": deployment.state,
            "rolloutStateReason": deployment.reason,
        }
        for name in ("launchType", "capacityProviderStrategy", "platformVersion", "networkConfiguration"):
            shown[name] = asked.get(name)
        if not self.settings.rollout_state:
            del shown["rolloutState"], shown["rolloutStateReason"]
        return shown

    def _current_revision(self, service: Service, deployment: Deployment) -> dict[str, Any]:
        tasks = service.wanted_of(deployment.id)
        running = sum(_is_running(task, service.now) for task in tasks)
        return {
            "arn": service_revision_arn(service, deployment.service_revision),
            "requestedTaskCount": deployment.desired,
            "runningTaskCount": running,
            "pendingTaskCount": len(tasks) - running,
        }

    # --- tasks

    def task(self, life: Life, task: Task) -> dict[str, Any]:
        service, asked = life.service, life.asked
        arn = task_arn(service, task)
        return {
            "taskArn": arn,
            "clusterArn": cluster_arn_of(service.arn),
            "taskDefinitionArn": task.revision.arn,
            "group": f"service:{service.name}",
            "startedBy": task.deployment_id,
            "launchType": asked.get("launchType", "EC2"),
            "lastStatus": last_status(task, service.now),
            "desiredStatus": desired_status(task, service.now),
            "healthStatus": _health(task, service.now),
            "connectivity": "CONNECTED",
            "createdAt": self._at(task.created_at),
            "startedAt": self._passed(task.runs_at, min(service.now, task.stopping_at)),
            "stoppingAt": self._passed(task.stopping_at, service.now),
            "stoppedAt": self._passed(task.stopped_at, service.now),
            "stopCode": task.stop_code or None,
            "stoppedReason": task.stopped_reason or None,
            "containers": [self._container(arn, task, image.container, service.now) for image in task.revision.images],
            "overrides": {"containerOverrides": []},
            "tags": [],
            "version": 1,
        }

    def _container(self, arn: str, task: Task, name: str, now: float) -> dict[str, Any]:
        image = next(image for image in task.revision.images if image.container == name)
        exit_code, reason = _end_of(task, name, now)
        return {
            "containerArn": f"{arn.replace(':task/', ':container/')}/{name}",
            "taskArn": arn,
            "name": name,
            "image": image.uri,
            "imageDigest": image.digest if task.runs_at <= now else None,
            "lastStatus": last_status(task, now),
            "exitCode": exit_code,
            "reason": reason,
            "networkInterfaces": [],
            "healthStatus": _health(task, now),
        }

    # --- service deployments

    def service_deployment(self, life: Life, entry: ServiceDeployment) -> dict[str, Any]:
        service = life.service
        rollback = {
            "reason": entry.rollback_reason,
            "startedAt": self._maybe(entry.rollback_at),
            "serviceRevisionArn": entry.rollback_to and service_revision_arn(service, entry.rollback_to),
        }
        return {
            **self.service_deployment_in_brief(life, entry),
            "updatedAt": self._at(entry.updated_at),
            "stoppedAt": self._maybe(entry.stopped_at),
            "sourceServiceRevisions": [{"arn": service_revision_arn(service, number)} for number in entry.sources],
            "targetServiceRevision": self._target(service, entry),
            "lifecycleStage": stage_of(service, entry),
            "deploymentConfiguration": {**DEFAULT_CONFIGURATION, **life.asked.get("deploymentConfiguration", {})},
            "rollback": rollback if entry.rollback_at is not None else None,
            "deploymentCircuitBreaker": {
                "status": entry.breaker,
                "failureCount": entry.failures,
                "threshold": entry.threshold,
            },
        }

    def _target(self, service: Service, entry: ServiceDeployment) -> dict[str, Any]:
        deployment = service.deployment(f"ecs-svc/{entry.number}")
        if deployment is None:
            return {"arn": service_revision_arn(service, entry.target), "requestedTaskCount": 0, "runningTaskCount": 0}
        return self._current_revision(service, deployment)

    def service_deployment_in_brief(self, life: Life, entry: ServiceDeployment) -> dict[str, Any]:
        return {
            "serviceDeploymentArn": service_deployment_arn(life.service, entry.number),
            "serviceArn": life.service.arn,
            "clusterArn": cluster_arn_of(life.service.arn),
            "createdAt": self._at(entry.created_at),
            "startedAt": self._maybe(entry.started_at),
            "finishedAt": self._maybe(entry.finished_at),
            "targetServiceRevisionArn": service_revision_arn(life.service, entry.target),
            "status": entry.status,
            "statusReason": entry.status_reason,
        }

    def service_revision(self, life: Life, entry: ServiceDeployment) -> dict[str, Any]:
        return {
            "serviceRevisionArn": service_revision_arn(life.service, entry.target),
            "serviceArn": life.service.arn,
            "clusterArn": cluster_arn_of(life.service.arn),
            "taskDefinition": entry.revision.arn,
            "launchType": life.asked.get("launchType"),
            "networkConfiguration": life.asked.get("networkConfiguration"),
            "containerImages": [
                {"containerName": image.container, "image": image.uri, "imageDigest": image.digest}
                for image in entry.revision.images
            ],
            "createdAt": self._at(entry.created_at),
        }

    # --- times

    def _at(self, seconds: float) -> datetime:
        return self.clock.time_of(seconds)

    def _maybe(self, seconds: float | None) -> datetime | None:
        return None if seconds is None else self._at(seconds)

    def _passed(self, seconds: float, now: float) -> datetime | None:
        return self._at(seconds) if seconds <= now else None


# --- names


def account_of(arn: str) -> str:
    return arn.split(":")[4]


def cluster_arn_of(service_arn: str) -> str:
    return service_arn.replace(":service/", ":cluster/").rpartition("/")[0]


def service_deployment_arn(service: Service, number: str) -> str:
    return f"{service.arn.replace(':service/', ':service-deployment/')}/{number}"


def service_revision_arn(service: Service, number: str) -> str:
    return f"{service.arn.replace(':service/', ':service-revision/')}/{number}"


def task_arn(service: Service, task: Task) -> str:
    return f"{cluster_arn_of(service.arn).replace(':cluster/', ':task/')}/{task.id}"


# --- a task's state


def last_status(task: Task, now: float) -> str:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html"""
    if now >= task.stopped_at:
        return "STOPPED"
    if now >= task.stopping_at:
        return "STOPPING"
    if now >= task.runs_at:
        return "RUNNING"
    return "PROVISIONING" if now < task.created_at + 2 else "PENDING"


def desired_status(task: Task, now: float) -> str:
    return "STOPPED" if now >= task.stopping_at else "RUNNING"


def _is_running(task: Task, now: float) -> bool:
    return last_status(task, now) == "RUNNING"


def _health(task: Task, now: float) -> str:
    if now >= task.dies_at and task.fate.word == "unhealthy":
        return "UNHEALTHY"
    return "HEALTHY" if task.healthy_at <= now else "UNKNOWN"


# 128 + SIGTERM: what a container that does not mind the signal ends with.
_TERMINATED = 143


def _end_of(task: Task, container: str, now: float) -> tuple[int | None, str | None]:
    """Exit code and reason; of a task that died by itself, for the container that it died of only."""
    if now < task.stopped_at or task.stopped_at == inf:
        return None, None
    if not task.has_died:
        return (_TERMINATED if task.runs_at <= task.stopping_at else None), None
    culprit = task.culprit
    if culprit is None or culprit.container != container:
        return None, None
    reason = task.fate.container_reason
    return task.fate.exit_code, reason and reason.format(image=culprit.uri)
