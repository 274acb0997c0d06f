"""Service deployments and service revisions in the shapes that ECS answers with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from release_tool.demo.emulated.names import cluster_arn_of, service_deployment_arn, service_revision_arn
from release_tool.demo.emulated.service_view import configuration_shown, revision_in_brief
from release_tool.demo.emulated.world import Life, World
from release_tool.demo.rollouts.completing import stage_of
from release_tool.demo.rollouts.entries import ServiceDeployment
from release_tool.demo.rollouts.service import Service


def service_deployment_in_brief(world: World, life: Life, entry: ServiceDeployment) -> dict[str, Any]:
    service = life.service
    return {
        "serviceDeploymentArn": service_deployment_arn(service, entry.number),
        "serviceArn": service.arn,
        "clusterArn": cluster_arn_of(service),
        "createdAt": _time(world, entry.created_at),
        "startedAt": _time(world, entry.started_at),
        "finishedAt": _time(world, entry.finished_at),
        "targetServiceRevisionArn": service_revision_arn(service, entry.target),
        "status": entry.status,
        "statusReason": entry.status_reason,
    }


def service_deployment_shown(world: World, life: Life, entry: ServiceDeployment) -> dict[str, Any]:
    service = life.service
    return {
        **service_deployment_in_brief(world, life, entry),
        "updatedAt": _time(world, entry.updated_at),
        "stoppedAt": _time(world, entry.stopped_at),
        "sourceServiceRevisions": [{"arn": service_revision_arn(service, number)} for number in entry.sources],
        "targetServiceRevision": _target(service, entry),
        "lifecycleStage": stage_of(service, entry),
        "deploymentConfiguration": configuration_shown(life),
        "rollback": _rollback(world, service, entry),
        "deploymentCircuitBreaker": {
            "status": entry.breaker,
            "failureCount": entry.failures,
            "threshold": entry.threshold,
        },
    }


def service_revision_shown(world: World, life: Life, entry: ServiceDeployment) -> dict[str, Any]:
    return {
        "serviceRevisionArn": service_revision_arn(life.service, entry.target),
        "serviceArn": life.service.arn,
        "clusterArn": cluster_arn_of(life.service),
        "taskDefinition": entry.revision.arn,
        "launchType": life.asked.get("launchType"),
        "networkConfiguration": life.asked.get("networkConfiguration"),
        "containerImages": [
            {"containerName": image.container, "image": image.uri, "imageDigest": image.digest}
            for image in entry.revision.images
        ],
        "createdAt": _time(world, entry.created_at),
    }


def _target(service: Service, entry: ServiceDeployment) -> dict[str, Any]:
    deployment = service.deployment(f"ecs-svc/{entry.number}")
    if deployment is not None:
        return revision_in_brief(service, deployment)
    return {"arn": service_revision_arn(service, entry.target)}


def _rollback(world: World, service: Service, entry: ServiceDeployment) -> dict[str, Any] | None:
    if entry.rollback_to is None:
        return None
    return {
        "reason": entry.rollback_reason,
        "startedAt": _time(world, entry.rollback_at),
        "serviceRevisionArn": service_revision_arn(service, entry.rollback_to),
    }


def _time(world: World, seconds: float | None) -> datetime | None:
    return None if seconds is None else world.clock.time_of(seconds)
