"""ListServiceDeployments and what belongs to it: the history that ECS keeps of a service. moto has none of it."""

from __future__ import annotations

from collections.abc import Mapping

from moto.ecs.exceptions import ServiceNotFoundException

from release_tool.demo.emulated.clusters import cluster_of, found_service, life_at
from release_tool.demo.emulated.history_view import (
    service_deployment_in_brief,
    service_deployment_shown,
    service_revision_shown,
)
from release_tool.demo.emulated.paging import page
from release_tool.demo.emulated.seam import Action, Answer, Call, refusal
from release_tool.demo.emulated.world import Life
from release_tool.demo.rollouts import changes
from release_tool.demo.rollouts.entries import ServiceDeployment

ARNS_A_CALL = 20


def list_service_deployments(call: Call) -> Answer:
    sent, cluster = call.sent, cluster_of(call)
    found = found_service(call, cluster, sent["service"])
    if found is None:
        raise ServiceNotFoundException
    life = _seen(call, found.arn)
    wanted = sent.get("status") or []
    entries = [e for e in (life.service.history if life else ()) if not wanted or e.status in wanted]
    shown, token = page(entries, sent, size=20)
    briefs = [service_deployment_in_brief(call.world, life, entry) for entry in shown if life]
    return {"serviceDeployments": briefs, "nextToken": token}


def describe_service_deployments(call: Call) -> Answer:
    shown, failures = [], []
    for arn in _asked(call, "serviceDeploymentArns"):
        life, entry = _entry(call, arn, "service-deployment")
        if life is None or entry is None:
            failures.append({"arn": arn, "reason": "MISSING"})
        else:
            shown.append(service_deployment_shown(call.world, life, entry))
    return {"serviceDeployments": shown, "failures": failures}


def describe_service_revisions(call: Call) -> Answer:
    shown, failures = [], []
    for arn in _asked(call, "serviceRevisionArns"):
        life, entry = _entry(call, arn, "service-revision")
        if life is None or entry is None:
            failures.append({"arn": arn, "reason": "MISSING"})
        else:
            shown.append(service_revision_shown(call.world, life, entry))
    return {"serviceRevisions": shown, "failures": failures}


def stop_service_deployment(call: Call) -> Answer:
    arn = call.sent["serviceDeploymentArn"]
    life, entry = _entry(call, arn, "service-deployment")
    if life is None or entry is None:
        raise refusal("ServiceDeploymentNotFoundException", "Service deployment not found.")
    if not entry.is_open:
        raise refusal("ConflictException", f"The service deployment is in a {entry.status} state and cannot stop.")
    rolls_back = call.sent.get("stopType", "ROLLBACK") == "ROLLBACK"
    life.service = changes.request_stop(life.service, entry.number, rolls_back=rolls_back)
    return {"serviceDeploymentArn": arn}


ACTIONS: Mapping[str, Action] = {
    "list_service_deployments": list_service_deployments,
    "describe_service_deployments": describe_service_deployments,
    "describe_service_revisions": describe_service_revisions,
    "stop_service_deployment": stop_service_deployment,
}


def _asked(call: Call, name: str) -> list[str]:
    arns: list[str] = call.sent.get(name, [])
    if not 1 <= len(arns) <= ARNS_A_CALL:
        raise refusal("InvalidParameterException", f"{name} must have between 1 and {ARNS_A_CALL} items.")
    return arns


def _entry(call: Call, arn: str, kind: str) -> tuple[Life | None, ServiceDeployment | None]:
    start, _, number = arn.rpartition("/")
    life = _seen(call, start.replace(f":{kind}/", ":service/"))
    entries = life.service.history if life else ()
    found = (e for e in entries if number == (e.target if kind == "service-revision" else e.number))
    return life, next(found, None)


def _seen(call: Call, service_arn: str) -> Life | None:
    """The service as reads show it, which may lag behind writes."""
    life = life_at(call, service_arn)
    return None if life is None else call.world.seen(life)
