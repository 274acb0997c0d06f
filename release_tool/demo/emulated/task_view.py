"""A task in the shape that ECS answers with."""

from __future__ import annotations

from math import inf
from typing import Any

from release_tool.demo.emulated.names import cluster_arn_of, task_arn
from release_tool.demo.emulated.world import Life, World
from release_tool.demo.rollouts.entries import Task
from release_tool.demo.rollouts.fates import Image

# 128 + SIGTERM: what a container that does not mind the signal ends with.
_TERMINATED = 143


def task_shown(world: World, life: Life, task: Task) -> dict[str, Any]:
    service, now = life.service, life.service.now
    arn, time_of = task_arn(service, task), world.clock.time_of
    started, stopping, stopped = (
        time_of(moment) if moment <= now else None
        for moment in (task.runs_at if task.runs_at <= task.stopping_at else inf, task.stopping_at, task.stopped_at)
    )
    return {
        "taskArn": arn,
        "clusterArn": cluster_arn_of(service),
        "taskDefinitionArn": task.revision.arn,
        "group": f"service:{service.name}",
        "startedBy": task.deployment_id,
        "launchType": life.asked.get("launchType", "EC2"),
        "lastStatus": last_status(task, now),
        "desiredStatus": desired_status(task, now),
        "healthStatus": _health(task, now),
        "connectivity": "CONNECTED",
        "createdAt": time_of(task.created_at),
        "startedAt": started,
        "stoppingAt": stopping,
        "stoppedAt": stopped,
        "stopCode": task.stop_code or None,
        "stoppedReason": task.stopped_reason or None,
        "containers": [_container(arn, task, image, now) for image in task.revision.images],
        "overrides": {"containerOverrides": []},
        "tags": [],
        "version": 1,
    }


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


def _container(arn: str, task: Task, image: Image, now: float) -> dict[str, Any]:
    exit_code, reason = _end_of(task, image.container, now)
    return {
        "containerArn": f"{arn.replace(':task/', ':container/')}/{image.container}",
        "taskArn": arn,
        "name": image.container,
        "image": image.uri,
        "imageDigest": image.digest if task.runs_at <= now else None,
        "lastStatus": last_status(task, now),
        "exitCode": exit_code,
        "reason": reason,
        "networkInterfaces": [],
        "healthStatus": _health(task, now),
    }


def _health(task: Task, now: float) -> str:
    if now >= task.dies_at and task.fate.word == "unhealthy":
        return "UNHEALTHY"
    return "HEALTHY" if task.healthy_at <= now else "UNKNOWN"


def _end_of(task: Task, container: str, now: float) -> tuple[int | None, str | None]:
    """Exit code and reason; of a task that died by itself, for the container that it died of only."""
    if now < task.stopped_at:
        return None, None
    if not task.has_died:
        return (_TERMINATED if task.runs_at <= task.stopping_at else None), None
    culprit = task.culprit
    if culprit is None or culprit.container != container:
        return None, None
    reason = task.fate.container_reason
    return task.fate.exit_code, reason and reason.format(image=culprit.uri)
