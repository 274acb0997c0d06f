"""How tasks die by themselves, and how their deployments count it."""

from __future__ import annotations

from dataclasses import replace

from release_tool.demo.rollouts.entries import Deployment, Task
from release_tool.demo.rollouts.service import Service


def bury(service: Service) -> Service:
    """Tasks whose time has come are gone at once, and count as failures of their deployment."""
    dead = [task for task in service.wanted if task.dies_at <= service.now]
    if not dead:
        return service
    service = replace(service.with_tasks({task.id: _died(task, service.now) for task in dead}), is_steady=False)
    for task in dead:
        if task.fate.word == "unhealthy":
            service = service.saying(f"(task {task.id}) failed container health checks.")
    for deployment in service.deployments:
        service = _count(service, deployment, sum(task.deployment_id == deployment.id for task in dead))
    return service


def prove(service: Service) -> Service:
    """One healthy task, and a deployment's failures count no more (API_Deployment, `failedTasks`)."""
    for deployment in service.deployments:
        healthy = any(task.healthy_at <= service.now for task in service.wanted_of(deployment.id))
        if healthy and not deployment.proven:
            service = service.with_deployment(replace(deployment, proven=True, failed=0))
            service = _tell_history(service, deployment, failures=0, breaker="MONITORING_COMPLETE")
    return service


def _died(task: Task, now: float) -> Task:
    reason = task.fate.stopped_reason.format(image=task.culprit.uri if task.culprit else "")
    return replace(task, stopping_at=now, stopped_at=now, stop_code=task.fate.stop_code, stopped_reason=reason)


def _count(service: Service, deployment: Deployment, failures: int) -> Service:
    if not failures:
        return service
    failed = deployment.failed + failures
    if service.configuration.breaker:
        # A breaker looks after every single failure, although here tasks started together die together.
        failed = min(failed, service.failure_threshold)
    changed = replace(deployment, failed=failed, updated_at=service.now)
    service = _pause(service.with_deployment(changed), changed)
    return _tell_history(service, deployment, failures=failed, breaker="MONITORING")


def _pause(service: Service, deployment: Deployment) -> Service:
    """Without a breaker ECS waits ever longer between starts that fail, up to a quarter of an hour."""
    beyond = deployment.failed - service.failure_threshold
    if beyond < 0 or service.configuration.breaker:
        return service
    pause = min(30.0 * 2 ** min(beyond // max(service.desired, 1), 5), 900.0)
    service = service.with_deployment(replace(deployment, paused_until=service.now + pause))
    return service.saying("is unable to consistently start tasks successfully.")


def _tell_history(service: Service, deployment: Deployment, *, failures: int, breaker: str) -> Service:
    """A rollback's own tasks leave the counts of what it rolls back as they were."""
    if deployment.undoes is not None:
        return service
    shown = breaker if service.configuration.breaker else "DISABLED"
    return service.with_history(deployment.number, failures=failures, breaker=shown)
