"""How a deployment begins: a new PRIMARY, and what it replaces."""

from __future__ import annotations

from dataclasses import replace

from release_tool.demo.rollouts.entries import Deployment, Revision, ServiceDeployment
from release_tool.demo.rollouts.fates import Fate, fate_of
from release_tool.demo.rollouts.service import Service


def begin(service: Service, revision: Revision) -> Service:
    """A new PRIMARY of `revision`; one that was under way is stopped by it."""
    service, target = _stop_open(service).make_number()
    sources = tuple(d.service_revision for d in service.deployments if d.state != "FAILED")
    service, primary = promote(service, revision, fate_of(revision.images), target)
    entry = ServiceDeployment(
        number=primary.number,
        revision=revision,
        target=target,
        sources=sources,
        created_at=service.now,
        updated_at=service.now,
        threshold=service.failure_threshold,
        breaker="MONITORING" if service.configuration.breaker else "DISABLED",
    )
    return replace(service, history=(entry, *service.history))


def promote(
    service: Service,
    revision: Revision,
    fate: Fate,
    service_revision: str,
    *,
    reason: str | None = None,
    undoes: str | None = None,
) -> tuple[Service, Deployment]:
    """A deployment with an id of its own on top of the list, the others stepping back."""
    service, number = service.make_number()
    primary = Deployment(
        id=f"ecs-svc/{number}",
        revision=revision,
        fate=fate,
        service_revision=service_revision,
        created_at=service.now,
        updated_at=service.now,
        reason=reason or in_progress(f"ecs-svc/{number}"),
        undoes=undoes,
    )
    return put_on_top(service, primary), primary


def put_on_top(service: Service, primary: Deployment) -> Service:
    others = tuple(
        replace(d, status="ACTIVE", updated_at=service.now) if d.status == "PRIMARY" else d
        for d in service.deployments
        if d.id != primary.id
    )
    return replace(service, deployments=(primary, *others), is_steady=False, is_due=True)


def in_progress(deployment_id: str) -> str:
    return f"ECS deployment {deployment_id} in progress."


def _stop_open(service: Service) -> Service:
    for entry in service.history:
        if entry.is_open:
            service = service.with_history(
                entry.number,
                status="STOPPED",
                status_reason="Service deployment stopped because a new service deployment replaced it.",
                finished_at=service.now,
                stopped_at=service.now,
            )
    return service
