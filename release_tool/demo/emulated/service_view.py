"""A service and its deployments in the shape that ECS answers with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from release_tool.demo.emulated.names import (
    account_of,
    cluster_arn_of,
    service_deployment_arn,
    service_revision_arn,
)
from release_tool.demo.emulated.task_view import last_status
from release_tool.demo.emulated.world import Life, World
from release_tool.demo.rollouts.entries import Deployment, Task
from release_tool.demo.rollouts.service import Service

DEFAULT_CONFIGURATION: Mapping[str, Any] = {
    "deploymentCircuitBreaker": {"enable": False, "rollback": False},
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
    "strategy": "ROLLING",
    "bakeTimeInMinutes": 0,
}
_UNLESS_ASKED_FOR: Mapping[str, Any] = {
    "placementConstraints": [],
    "placementStrategy": [],
    "loadBalancers": [],
    "serviceRegistries": [],
    "enableECSManagedTags": False,
    "enableExecuteCommand": False,
    "propagateTags": "NONE",
    "schedulingStrategy": "REPLICA",
    "availabilityZoneRebalancing": "DISABLED",
}
_SHOWN_BY_DEPLOYMENTS = ("launchType", "capacityProviderStrategy", "platformVersion", "networkConfiguration")


def service_shown(world: World, life: Life, tags: list[dict[str, str]] | None = None) -> dict[str, Any]:
    service, asked, time_of = life.service, life.asked, world.clock.time_of
    running, pending = _counts(service, service.wanted)
    newest = next(iter(service.history), None)
    return {
        **_UNLESS_ASKED_FOR,
        **asked,
        "serviceArn": service.arn,
        "serviceName": service.name,
        "clusterArn": cluster_arn_of(service),
        "status": service.status,
        "taskDefinition": service.primary.revision.arn if service.primary else asked.get("taskDefinition"),
        "desiredCount": service.desired,
        "runningCount": running,
        "pendingCount": pending,
        "roleArn": asked.get("role"),
        "deploymentConfiguration": configuration_shown(life),
        "deployments": [_deployment(world, life, deployment) for deployment in service.deployments],
        "events": [{"id": e.id, "createdAt": time_of(e.at), "message": e.message} for e in service.events],
        "createdAt": time_of(service.born_at),
        "createdBy": f"arn:aws:iam::{account_of(service.arn)}:role/maker-of-services",
        "currentServiceDeployment": newest and service_deployment_arn(service, newest.number),
        "currentServiceRevisions": [revision_in_brief(service, deployment) for deployment in service.deployments],
        "tags": tags,
    }


def configuration_shown(life: Life) -> dict[str, Any]:
    return {**DEFAULT_CONFIGURATION, **life.asked.get("deploymentConfiguration", {})}


def revision_in_brief(service: Service, deployment: Deployment) -> dict[str, Any]:
    running, pending = _counts(service, service.wanted_of(deployment.id))
    return {
        "arn": service_revision_arn(service, deployment.service_revision),
        "requestedTaskCount": deployment.desired,
        "runningTaskCount": running,
        "pendingTaskCount": pending,
    }


def _deployment(world: World, life: Life, deployment: Deployment) -> dict[str, Any]:
    running, pending = _counts(life.service, life.service.wanted_of(deployment.id))
    shown = {
        "id": deployment.id,
        "status": deployment.status,
        "taskDefinition": deployment.revision.arn,
        "desiredCount": deployment.desired,
        "pendingCount": pending,
        "runningCount": running,
        "failedTasks": deployment.failed,
        "createdAt": world.clock.time_of(deployment.created_at),
        "updatedAt": world.clock.time_of(deployment.updated_at),
        **{name: life.asked.get(name) for name in _SHOWN_BY_DEPLOYMENTS},
    }
    if world.settings.rollout_state:
        shown |= {"rolloutState": deployment.state, "rolloutStateReason": deployment.reason}
    return shown


def _counts(service: Service, tasks: tuple[Task, ...]) -> tuple[int, int]:
    """Those that run, and those that are about to."""
    running = sum(last_status(task, service.now) == "RUNNING" for task in tasks)
    return running, len(tasks) - running
