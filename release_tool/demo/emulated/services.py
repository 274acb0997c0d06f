"""CreateService, UpdateService, DescribeServices and their like, with the rules that AWS has for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from moto.ecs.exceptions import ServiceNotFoundException

from release_tool.demo.emulated.asked import (
    Asked,
    calls_for_a_deployment,
    configuration_of,
    controller_of,
    refuse_for_controller,
    with_sent,
)
from release_tool.demo.emulated.clusters import cluster_of, digest_of, found_service, life_at, revision_of, services_in
from release_tool.demo.emulated.paging import page
from release_tool.demo.emulated.seam import Action, Answer, Call, refusal
from release_tool.demo.emulated.service_view import service_shown
from release_tool.demo.emulated.world import Life
from release_tool.demo.rollouts import changes
from release_tool.demo.rollouts.entries import Revision
from release_tool.demo.rollouts.service import Service

SERVICES_A_CALL = 10


def create_service(call: Call) -> Answer:
    sent, cluster = call.sent, cluster_of(call)
    there = found_service(call, cluster, sent["serviceName"])
    if there is not None and _life_of(call, there).service.status != "INACTIVE":
        raise refusal("InvalidParameterException", "Creation of service was not idempotent.")
    asked = with_sent({}, sent)
    desired = asked.pop("desiredCount", 1 if asked.get("schedulingStrategy") == "DAEMON" else 0)
    revision = revision_of(call, sent["taskDefinition"]) if sent.get("taskDefinition") else None
    # moto would look for the subnets in its EC2, and wants security groups; neither matters to a rollout.
    call.response.params.pop("networkConfiguration", None)
    call.moto()
    made, now = found_service(call, cluster, sent["serviceName"]), call.world.clock.now()
    if revision is None or controller_of(asked) != "ECS":
        # Somebody else moves the tasks of such a service: it has no deployments.
        service = Service(made.arn, made.name, desired, now, now, is_due=False)
    else:
        asked["taskDefinition"] = revision.arn
        service = changes.create(made.arn, revision, desired, configuration_of(asked), now)
    return {"service": service_shown(call.world, call.world.change(made.arn, None, asked, service), made.tags)}


def describe_services(call: Call) -> Answer:
    sent, cluster = call.sent, cluster_of(call)
    names = sent.get("services", [])
    if not names:
        raise refusal("InvalidParameterException", "Services cannot be empty.")
    if len(names) > SERVICES_A_CALL:
        raise refusal("InvalidParameterException", f"service names can have at most {SERVICES_A_CALL} items.")
    with_tags = "TAGS" in sent.get("include", [])
    shown, failures = [], []
    for name in names:
        found = found_service(call, cluster, name)
        life = found and call.world.seen(_life_of(call, found))
        if life is None:
            failures.append({"arn": _missing_arn(call, name), "reason": "MISSING"})
        else:
            shown.append(service_shown(call.world, life, found.tags if with_tags else None))
    return {"services": shown, "failures": failures}


def list_services(call: Call) -> Answer:
    sent, cluster = call.sent, cluster_of(call)
    arns = [
        service.arn
        for service in services_in(call, cluster)
        if _life_of(call, service).service.status != "INACTIVE"
        and sent.get("launchType") in (None, service.launch_type)
        and sent.get("schedulingStrategy") in (None, service.scheduling_strategy)
    ]
    arns, token = page(sorted(arns), sent, size=10)
    return {"serviceArns": arns, "nextToken": token}


def update_service(call: Call) -> Answer:
    sent, cluster = call.sent, cluster_of(call)
    found = found_service(call, cluster, sent["service"])
    if found is None:
        raise ServiceNotFoundException
    life = _life_of(call, found)
    if life.service.status != "ACTIVE":
        raise refusal("ServiceNotActiveException", "Service was not ACTIVE.")
    refuse_for_controller(life.asked, sent)
    asked = with_sent(life.asked, sent)
    life = call.world.change(found.arn, life, asked, _updated(call, life, sent, asked))
    return {"service": service_shown(call.world, life, found.tags)}


def delete_service(call: Call) -> Answer:
    sent, cluster = call.sent, cluster_of(call)
    found = found_service(call, cluster, sent["service"])
    if found is None or _life_of(call, found).service.status == "INACTIVE":
        raise ServiceNotFoundException
    life = _life_of(call, found)
    if life.service.desired > 0 and not sent.get("force"):
        raise refusal("InvalidParameterException", "The service cannot be stopped while it is scaled above 0.")
    life = call.world.change(found.arn, life, life.asked, changes.delete(life.service))
    return {"service": service_shown(call.world, life, found.tags)}


ACTIONS: Mapping[str, Action] = {
    "create_service": create_service,
    "describe_services": describe_services,
    "list_services": list_services,
    "update_service": update_service,
    "delete_service": delete_service,
}


def _life_of(call: Call, found: Any) -> Life:
    life = life_at(call, found.arn)
    assert life is not None, "every service is made by create_service"
    return life


def _updated(call: Call, life: Life, sent: Mapping[str, Any], asked: Asked) -> Service:
    desired = asked.pop("desiredCount", life.service.desired)
    primary = life.service.primary
    if primary is None:
        return changes.rescale(life.service, desired)
    revision = _revision_asked_for(call, sent, primary.revision)
    asked["taskDefinition"] = revision.arn
    return changes.update(
        life.service,
        revision=revision,
        desired=desired,
        configuration=configuration_of(asked),
        is_forced=bool(sent.get("forceNewDeployment")) or calls_for_a_deployment(life.asked, asked),
    )


def _revision_asked_for(call: Call, sent: Mapping[str, Any], running: Revision) -> Revision:
    """A forced deployment of the same revision finds out anew what its tags mean.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html#ECS-UpdateService-request-forceNewDeployment
    """
    if sent.get("taskDefinition"):
        return revision_of(call, sent["taskDefinition"])
    if sent.get("forceNewDeployment"):
        images = tuple(replace(image, digest=digest_of(image.uri)) for image in running.images)
        return replace(running, images=images)
    return running


def _missing_arn(call: Call, name: str) -> str:
    return name if name.startswith("arn:") else f"arn:aws:ecs:{call.region}:{call.account}:service/{name}"
