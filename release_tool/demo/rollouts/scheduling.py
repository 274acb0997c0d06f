"""Which tasks ECS starts and stops now, within the percentages that the service allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from release_tool.demo.rollouts.entries import Deployment, Task
from release_tool.demo.rollouts.fates import fate_of_next
from release_tool.demo.rollouts.service import Service

DRAINS_IN = 8.0
"""Seconds from being told to stop until a task is gone."""
SHIFTS_IN = 6.0
"""Seconds in which the traffic moves from blue to green."""


def schedule(service: Service) -> Service:
    primary = service.primary
    if service.status != "ACTIVE":
        return stop(service, service.wanted, "Scaling activity initiated by service deletion")
    if primary is None:
        return service
    if primary.state == "FAILED":
        # A failed deployment starts nothing, and what ran before it goes on running.
        return stop_for(service, service.wanted_of(primary.id), primary)
    service = _give_up_unneeded(service, primary)
    return _start_missing(_show_desired(service, primary), primary)


def stop(service: Service, tasks: Sequence[Task], reason: str, code: str = "ServiceSchedulerInitiated") -> Service:
    if not tasks:
        return service
    stopping = {
        task.id: replace(
            task,
            stopping_at=service.now,
            stopped_at=service.now + DRAINS_IN,
            stop_code=code,
            stopped_reason=reason,
        )
        for task in tasks
    }
    said = f"has stopped {len(tasks)} running tasks: {_names(tasks)}."
    return replace(service.with_tasks(stopping), is_steady=False).saying(said)


def stop_for(service: Service, tasks: Sequence[Task], deployment: Deployment) -> Service:
    return stop(service, tasks, f"Scaling activity initiated by (deployment {deployment.id})")


def _give_up_unneeded(service: Service, primary: Deployment) -> Service:
    """Older tasks go as new ones prove healthy; of the primary's own, those beyond the desired count."""
    surplus = service.wanted_of(primary.id)[service.desired :]
    older = [task for task in service.wanted if task.deployment_id != primary.id]
    idle = [task for task in older if task.healthy_at > service.now]
    serving = [task for task in older if task.healthy_at <= service.now]
    healthy = sum(task.healthy_at <= service.now for task in service.wanted)
    spare = max(0, healthy - service.fewest_healthy) if _may_replace(service, primary) else 0
    return stop_for(service, (*surplus, *idle, *serving[:spare]), primary)


def _may_replace(service: Service, primary: Deployment) -> bool:
    """Blue stays whole until green has taken the traffic and has baked."""
    return service.configuration.is_rolling or service.now >= bakes_until(service, primary)


def bakes_until(service: Service, primary: Deployment) -> float:
    if service.last_completed is None:
        return primary.ready_at
    shift = 0.0 if service.configuration.is_rolling else SHIFTS_IN
    return primary.ready_at + shift + service.configuration.bake_seconds


def _start_missing(service: Service, primary: Deployment) -> Service:
    missing = service.desired - len(service.wanted_of(primary.id))
    room = service.most_tasks - len(service.live)
    count = min(missing, room)
    if count <= 0 or service.now < primary.paused_until:
        return service
    fate = fate_of_next(primary.fate, is_first=not primary.failed and not primary.proven)
    started = []
    for _ in range(count):
        service, task_id = service.make_id()
        started.append(Task(task_id, primary.id, primary.revision, fate, service.now))
    service = replace(service, tasks=(*service.tasks, *started), is_steady=False)
    return service.saying(f"has started {count} tasks: {_names(started)}.")


def _show_desired(service: Service, primary: Deployment) -> Service:
    """The primary asks for the service's desired count; an older one for what it still has."""
    for deployment in service.deployments:
        own = service.desired if deployment.id == primary.id else len(service.wanted_of(deployment.id))
        service = service.with_deployment(replace(deployment, desired=own))
    return service


def _names(tasks: Sequence[Task]) -> str:
    return " ".join(f"(task {task.id})" for task in tasks)
