"""What people ask of ECS: services made, updated, deleted, and deployments stopped."""

from __future__ import annotations

from dataclasses import replace

from release_tool.demo.rollouts.beginning import begin
from release_tool.demo.rollouts.entries import Configuration, Revision
from release_tool.demo.rollouts.scheduling import stop
from release_tool.demo.rollouts.service import Service


def create(arn: str, revision: Revision, desired: int, configuration: Configuration, now: float) -> Service:
    name = arn.rpartition("/")[2]
    service = Service(arn=arn, name=name, desired=desired, now=now, born_at=now, configuration=configuration)
    return begin(service, revision)


def update(
    service: Service,
    *,
    revision: Revision,
    desired: int,
    configuration: Configuration,
    is_forced: bool = False,
) -> Service:
    """A deployment begins only for another revision, or by force; all else takes effect as it stands."""
    primary = service.primary
    service = replace(service, desired=desired, configuration=configuration, is_due=True)
    if primary is not None and primary.revision.arn == revision.arn and not is_forced:
        return service
    return begin(service, revision)


def rescale(service: Service, desired: int) -> Service:
    return replace(service, desired=desired)


def delete(service: Service) -> Service:
    if not service.live:
        return replace(service, status="INACTIVE", desired=0, deployments=())
    return replace(service, status="DRAINING", desired=0, is_due=True)


def request_stop(service: Service, number: str, *, rolls_back: bool) -> Service:
    """Ask for the end of the service deployment `number`; nothing happens to one that has ended."""
    entry = next((e for e in service.history if e.number == number), None)
    if entry is None or entry.status not in ("PENDING", "IN_PROGRESS"):
        return service
    status = "ROLLBACK_REQUESTED" if rolls_back else "STOP_REQUESTED"
    return replace(service.with_history(number, status=status), is_due=True)


def stop_task(service: Service, task_id: str, reason: str) -> Service:
    """As StopTask does; the scheduler starts another in its place."""
    asked = tuple(task for task in service.wanted if task.id == task_id)
    return replace(stop(service, asked, reason, code="UserInitiated"), is_due=True)
