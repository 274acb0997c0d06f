"""How tasks die, when that is too much for the circuit breaker, and what ECS then puts back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf

from release_tool.demo.rollouts.beginning import in_progress, promote, put_on_top
from release_tool.demo.rollouts.fates import CRASH, Fate, fate_of
from release_tool.demo.rollouts.scheduling import stop
from release_tool.demo.rollouts.state import Deployment, Service, ServiceDeployment, Task


@dataclass(frozen=True, slots=True)
class Play:
    """How a rollback goes: under a "new" deployment id, or the "old" one again; and whether it fails in its turn."""

    rollback_id: str = "new"
    rollback_fails: bool = False


def bury(service: Service) -> Service:
    """Tasks whose time has come are gone at once, and count as failures until one of their deployment was healthy."""
    dead = [task for task in service.wanted if task.dies_at <= service.now]
    if not dead:
        return service
    service = replace(service.with_tasks({task.id: _died(task, service.now) for task in dead}), is_steady=False)
    for task in dead:
        if task.fate.word == "unhealthy":
            service = service.saying(f"(task {task.id}) failed container health checks.")
    for deployment in service.deployments:
        failures = sum(task.deployment_id == deployment.id for task in dead)
        service = _count(service, deployment, failures)
    return service


def _died(task: Task, now: float) -> Task:
    reason = task.fate.stopped_reason.format(image=task.culprit.uri if task.culprit else "")
    return replace(task, stopping_at=now, stopped_at=now, stop_code=task.fate.stop_code, stopped_reason=reason)


def _count(service: Service, deployment: Deployment, failures: int) -> Service:
    if not failures or deployment.proven:
        return service
    # A breaker looks after every single failure, although here tasks started together die together.
    most = service.failure_threshold if service.configuration.breaker else deployment.failed + failures
    failed = min(deployment.failed + failures, most)
    paused_until = service.now + _pause(failed, service)
    if paused_until > service.now and not service.configuration.breaker:
        service = service.saying("is unable to consistently start tasks successfully.")
    changed = replace(deployment, failed=failed, updated_at=service.now, paused_until=paused_until)
    service = service.with_deployment(changed)
    return service.with_history(deployment.undoes or deployment.number, failures=failed)


def _pause(failed: int, service: Service) -> float:
    """ECS waits ever longer between starts that fail, up to a quarter of an hour."""
    beyond = failed - service.failure_threshold
    return 0.0 if beyond < 0 else min(30.0 * 2 ** min(beyond // max(service.desired, 1), 5), 900.0)


def prove(service: Service) -> Service:
    """One healthy task, and a deployment's failures count no more (API_Deployment, `failedTasks`)."""
    for deployment in service.deployments:
        healthy = any(task.healthy_at <= service.now for task in service.wanted_of(deployment.id))
        if healthy and not deployment.proven:
            service = service.with_deployment(replace(deployment, proven=True, failed=0))
            service = service.with_history(
                deployment.undoes or deployment.number,
                failures=0,
                breaker="MONITORING_COMPLETE" if service.configuration.breaker else "DISABLED",
            )
    return service


def judge(service: Service, play: Play) -> Service:
    """End the PRIMARY where somebody asked for it, or the circuit breaker has seen enough."""
    primary = service.primary
    if primary is None or primary.state != "IN_PROGRESS":
        return service
    entry = next((e for e in service.history if e.number == primary.number), None)
    if entry is not None and entry.status in ("ROLLBACK_REQUESTED", "STOP_REQUESTED"):
        return _end_as_asked(service, primary, entry, play)
    if service.configuration.breaker and primary.failed >= service.failure_threshold:
        return _trip(service, primary, play)
    return service


def _end_as_asked(service: Service, primary: Deployment, entry: ServiceDeployment, play: Play) -> Service:
    reason = "Service deployment stopped by request."
    service = service.with_deployment(_failed(primary, reason, service.now))
    if entry.status == "ROLLBACK_REQUESTED" and service.last_completed is not None:
        return _roll_back(service, primary, service.last_completed, reason, play)
    return _end(service, primary.number, "STOPPED", reason)


def _trip(service: Service, primary: Deployment, play: Play) -> Service:
    reason = "ECS deployment circuit breaker: tasks failed to start."
    service = service.with_deployment(_failed(primary, reason, service.now))
    service = service.saying(f"(deployment {primary.id}) deployment failed: tasks failed to start.")
    if primary.undoes is not None:
        return _end(service, primary.undoes, "ROLLBACK_FAILED", "The rollback failed: tasks failed to start.")
    service = service.with_history(primary.number, breaker="TRIGGERED", failures=primary.failed)
    if not service.configuration.rollback:
        return _end(service, primary.number, "STOPPED", reason)
    if service.last_completed is None:
        return _end(service, primary.number, "ROLLBACK_FAILED", "There is no completed deployment to roll back to.")
    return _roll_back(service, primary, service.last_completed, "Service deployment circuit breaker triggered.", play)


def _failed(deployment: Deployment, reason: str, now: float) -> Deployment:
    return replace(deployment, state="FAILED", reason=reason, desired=0, updated_at=now)


def _end(service: Service, number: str, status: str, reason: str) -> Service:
    return service.with_history(
        number,
        status=status,
        status_reason=reason,
        finished_at=service.now,
        stopped_at=service.now if status == "STOPPED" else None,
    )


def _roll_back(service: Service, failed: Deployment, to: Deployment, reason: str, play: Play) -> Service:
    service = stop(
        service, service.wanted_of(failed.id), f"Scaling activity initiated by (deployment {failed.id})"
    ).saying(f"rolling back to deployment {to.id}.")
    service = service.with_history(
        failed.number,
        status="ROLLBACK_IN_PROGRESS",
        status_reason=reason,
        rollback_at=service.now,
        rollback_reason=reason,
        rollback_to=to.service_revision,
    )
    fate = CRASH if play.rollback_fails else fate_of(to.revision.images)
    if play.rollback_id == "old":
        return _re_promote(service, service.deployment(to.id) or to, fate, failed.number, play)
    said = f"ECS deployment circuit breaker: rolling back to deploymentId {to.id}"
    return promote(service, to.revision, fate, to.service_revision, reason=said, undoes=failed.number)[0]


def _re_promote(service: Service, to: Deployment, fate: Fate, undoes: str, play: Play) -> Service:
    """The old deployment under its old id, with its old tasks, but created now."""
    if play.rollback_fails:
        service = stop(service, service.wanted_of(to.id), f"Scaling activity initiated by (deployment {to.id})")
    again = replace(
        to,
        fate=fate,
        status="PRIMARY",
        state="IN_PROGRESS",
        reason=in_progress(to.id),
        created_at=service.now,
        updated_at=service.now,
        ready_at=inf,
        proven=False,
        failed=0,
        paused_until=0.0,
        undoes=undoes,
    )
    return put_on_top(service, again)
