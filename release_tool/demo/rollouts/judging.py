"""When ECS gives a deployment up, and what it then puts back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf

from release_tool.demo.rollouts.beginning import in_progress, promote, put_on_top
from release_tool.demo.rollouts.entries import Deployment, ServiceDeployment
from release_tool.demo.rollouts.fates import CRASH, fate_of
from release_tool.demo.rollouts.scheduling import stop_for
from release_tool.demo.rollouts.service import Service

ALARM_FIRES_AFTER = 5.0
"""Seconds from all tasks being healthy to the alarm of an image made to raise one."""
STOPS_IN = 2.0
"""Seconds from a request to stop a service deployment until something comes of it."""


@dataclass(frozen=True, slots=True)
class Play:
    """How a rollback goes: under a "new" deployment id, or the "old" one again; how long the failed deployment stays
    PRIMARY before; and whether the rollback fails in its turn."""

    rollback_id: str = "new"
    rollback_fails: bool = False
    rollback_delay_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """`who` gave the deployment up, why, and whether something is put back."""

    who: str
    why: str
    rolls_back: bool
    is_asked_for: bool = False


def judge(service: Service, play: Play) -> Service:
    service = _give_up(service)
    primary = service.primary
    entry = None if primary is None else _entry_of(service, primary)
    if primary is None or entry is None or service.now < goes_back_at(entry, play):
        return service
    return service if primary.state != "FAILED" else _go_back(service, primary, play)


def alarm_fires_at(deployment: Deployment) -> float:
    return deployment.ready_at + ALARM_FIRES_AFTER if deployment.fate.word == "alarm" else inf


def stops_at(entry: ServiceDeployment) -> float:
    """When a request to stop it is carried out."""
    return entry.updated_at + STOPS_IN if entry.status in ("ROLLBACK_REQUESTED", "STOP_REQUESTED") else inf


def goes_back_at(entry: ServiceDeployment, play: Play) -> float:
    """When the earlier deployment takes the place of the one that has failed."""
    if entry.status != "ROLLBACK_IN_PROGRESS" or entry.rollback_at is None:
        return inf
    return entry.rollback_at + play.rollback_delay_seconds


# --- giving up


def _give_up(service: Service) -> Service:
    primary = service.primary
    if primary is None or primary.state != "IN_PROGRESS":
        return service
    verdict = _verdict(service, primary)
    return service if verdict is None else _failed(service, primary, verdict)


def _verdict(service: Service, primary: Deployment) -> Verdict | None:
    configuration, entry = service.configuration, _entry_of(service, primary)
    if entry is not None and stops_at(entry) <= service.now:
        return Verdict("stop request", "stopped by request.", entry.status == "ROLLBACK_REQUESTED", is_asked_for=True)
    if configuration.breaker and primary.failed >= service.failure_threshold:
        return Verdict("circuit breaker", "tasks failed to start.", configuration.rollback)
    if configuration.alarms and service.now >= alarm_fires_at(primary):
        return Verdict("alarms", "alarm detected.", configuration.alarm_rollback)
    return None


def _entry_of(service: Service, deployment: Deployment) -> ServiceDeployment | None:
    return next((entry for entry in service.history if entry.number == deployment.number), None)


def _failed(service: Service, primary: Deployment, verdict: Verdict) -> Service:
    reason = f"ECS deployment {verdict.who}: {verdict.why}"
    failed = replace(primary, state="FAILED", reason=reason, desired=0, updated_at=service.now)
    service = service.with_deployment(failed)
    if not verdict.is_asked_for:
        service = service.saying(f"(deployment {primary.id}) deployment failed: {verdict.why}")
    if verdict.who == "circuit breaker" and primary.undoes is None:
        service = service.with_history(primary.number, breaker="TRIGGERED")
    if primary.undoes is not None:
        return _close(service, primary.undoes, "ROLLBACK_FAILED", reason)
    if not verdict.rolls_back:
        return _close(service, primary.number, "STOPPED", reason)
    if service.last_completed is None:
        # aws/containers-roadmap#1488: nothing was ever completed, so nothing can be put back.
        return _close(service, primary.number, "ROLLBACK_FAILED", reason)
    return service.with_history(
        primary.number,
        status="ROLLBACK_IN_PROGRESS",
        status_reason=reason,
        rollback_at=service.now,
        rollback_reason=reason,
        rollback_to=service.last_completed.service_revision,
    )


def _close(service: Service, number: str, status: str, reason: str) -> Service:
    return service.with_history(
        number,
        status=status,
        status_reason=reason,
        finished_at=service.now,
        stopped_at=service.now if status == "STOPPED" else None,
    )


# --- going back


def _go_back(service: Service, failed: Deployment, play: Play) -> Service:
    to = service.last_completed
    assert to is not None, "without one, the rollback has failed already"
    service = stop_for(service, service.wanted_of(failed.id), failed).saying(f"rolling back to deployment {to.id}.")
    fate = CRASH if play.rollback_fails else fate_of(to.revision.images)
    if play.rollback_id == "new":
        said = f"{failed.reason.partition(':')[0]}: rolling back to deploymentId {to.id}"
        return promote(service, to.revision, fate, to.service_revision, reason=said, undoes=failed.number)[0]
    if play.rollback_fails:
        service = stop_for(service, service.wanted_of(to.id), to)
    again = replace(service.deployment(to.id) or to, fate=fate, undoes=failed.number)
    return put_on_top(service, _as_if_new(again, service.now))


def _as_if_new(old: Deployment, now: float) -> Deployment:
    """The same id, and the tasks that it still has, but created now."""
    return replace(
        old,
        status="PRIMARY",
        state="IN_PROGRESS",
        reason=in_progress(old.id),
        created_at=now,
        updated_at=now,
        ready_at=inf,
        proven=False,
        failed=0,
        paused_until=0.0,
    )
