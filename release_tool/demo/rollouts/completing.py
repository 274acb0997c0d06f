"""When a deployment has all it needs, and when the service is at rest."""

from __future__ import annotations

from dataclasses import replace
from math import inf

from release_tool.demo.rollouts.entries import Deployment, ServiceDeployment, Task
from release_tool.demo.rollouts.scheduling import DRAINS_IN, bakes_until
from release_tool.demo.rollouts.service import Service

SETTLES_IN = 10.0
"""Seconds that a task has run, and a deployment has stood, before ECS calls them steady."""
PENDS_FOR = 1.0
"""Seconds in which a service deployment is PENDING."""


def open_history(service: Service) -> Service:
    for entry in service.history:
        if entry.status == "PENDING" and entry.created_at + PENDS_FOR <= service.now:
            service = service.with_history(entry.number, status="IN_PROGRESS", started_at=service.now)
    return service


def ripen(service: Service) -> Service:
    """Note the moment in which all tasks of the PRIMARY were healthy: traffic shifts and bakes from here."""
    primary = service.primary
    if primary is None or primary.ready_at < inf or primary.state != "IN_PROGRESS":
        return service
    own = service.wanted_of(primary.id)
    if len(own) != service.desired or any(task.healthy_at > service.now for task in own):
        return service
    return service.with_deployment(replace(primary, ready_at=service.now))


def stage_of(service: Service, entry: ServiceDeployment) -> str | None:
    """The lifecycle stage of a service deployment that has stages: API_ServiceDeployment, `lifecycleStage`."""
    primary = service.primary
    if not entry.is_open or primary is None or primary.number != entry.number:
        return None
    return _stage(service, primary)


def _stage(service: Service, primary: Deployment) -> str | None:
    rolling, end = service.configuration.is_rolling, bakes_until(service, primary)
    if service.now < primary.ready_at:
        return None if rolling else "SCALE_UP"
    if service.now < end - service.configuration.bake_seconds:
        return "PRODUCTION_TRAFFIC_SHIFT"
    if service.now < end:
        return "BAKE_TIME"
    return None if rolling else "CLEAN_UP"


def complete(service: Service) -> Service:
    primary = service.primary
    if primary is None or primary.state != "IN_PROGRESS" or not _is_complete(service, primary):
        return service
    done = replace(
        primary,
        state="COMPLETED",
        reason=f"ECS deployment {primary.id} completed.",
        updated_at=service.now,
        undoes=None,
    )
    service = replace(service, deployments=(done,), last_completed=done)
    service = service.with_history(
        primary.undoes or primary.number,
        status="ROLLBACK_SUCCESSFUL" if primary.undoes else "SUCCESSFUL",
        finished_at=service.now,
    )
    return service.saying(f"(deployment {primary.id}) deployment completed.")


def _is_complete(service: Service, primary: Deployment) -> bool:
    stands = primary.created_at + SETTLES_IN <= service.now and bakes_until(service, primary) <= service.now
    return stands and _is_quiet(service, primary)


def _is_quiet(service: Service, primary: Deployment) -> bool:
    """All that is wanted runs and has settled, and nothing else is there any more."""
    own = service.wanted_of(primary.id)
    return len(own) == service.desired == len(service.live) and all(_has_settled(t, service.now) for t in own)


def _has_settled(task: Task, now: float) -> bool:
    return task.runs_at + SETTLES_IN <= now and task.healthy_at <= now


def rest(service: Service) -> Service:
    """ECS says so once, each time that a service comes to rest."""
    primary = service.primary
    if service.is_steady or primary is None or primary.state != "COMPLETED" or not _is_quiet(service, primary):
        return service
    return replace(service.saying("has reached a steady state."), is_steady=True)


def tidy(service: Service) -> Service:
    """Drained deployments leave the list, failed ones when the next is complete; a deleted service ends here."""
    if service.status == "DRAINING" and not service.live:
        return replace(service, status="INACTIVE", deployments=())
    kept = tuple(d for d in service.deployments if d.status == "PRIMARY" or _is_kept(service, d))
    return replace(service, deployments=kept)


def _is_kept(service: Service, deployment: Deployment) -> bool:
    has_tasks = any(task.deployment_id == deployment.id for task in service.live)
    return has_tasks or deployment.state == "FAILED" or service.now < deployment.updated_at + DRAINS_IN
