"""CreateService, UpdateService, DescribeServices and their like, with the rules that AWS has for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.ecs.exceptions import ServiceNotFoundException

from release_tool.demo.emulated.clusters import cluster_of, found_service, life_at, revision_of, services_in
from release_tool.demo.emulated.paging import page
from release_tool.demo.emulated.seam import Action, Answer, Call, refusal
from release_tool.demo.emulated.views import Views
from release_tool.demo.emulated.world import Life
from release_tool.demo.rollouts import changes
from release_tool.demo.rollouts.state import Configuration, Service

SERVICES_A_CALL = 10
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html: what starts a deployment.
_STARTS_A_DEPLOYMENT = (
    "capacityProviderStrategy",
    "enableECSManagedTags",
    "loadBalancers",
    "networkConfiguration",
    "platformVersion",
    "propagateTags",
    "serviceConnectConfiguration",
    "serviceRegistries",
    "volumeConfigurations",
)
_NOT_KEPT = ("cluster", "service", "clientToken", "tags", "forceNewDeployment")


def create_service(call: Call) -> Answer:
    sent, cluster = call.sent, cluster_of(call)
    there = found_service(call, cluster, sent["serviceName"])
    if there is not None and _life_of(call, there).service.status != "INACTIVE":
        raise refusal("InvalidParameterException", "Creation of service was not idempotent.")
    network = sent.get("networkConfiguration", {}).get("awsvpcConfiguration")
    if network is not None:
        # moto wants security groups; AWS takes the VPC's own where none are named.
        network.setdefault("securityGroups", [])
    if sent.get("taskDefinition"):
        revision_of(call, sent["taskDefinition"])
    call.moto()
    made = found_service(call, cluster, sent["serviceName"])
    life = _born(call, made, _kept({}, sent))
    return {"service": Views.of(call.world).service(life, made.tags)}


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
            continue
        call.world.service_of(life)
        shown.append(Views.of(call.world).service(life, found.tags if with_tags else None))
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
    _refuse_for_controller(life.asked, sent)
    asked = _kept(life.asked, sent)
    life = call.world.change(found.arn, life, asked, _updated(call, life, sent, asked))
    # What else in moto looks at a service sees these.
    found.desired_count = life.service.desired
    found.task_definition = asked.get("taskDefinition")
    return {"service": Views.of(call.world).service(life, found.tags)}


def delete_service(call: Call) -> Answer:
    sent, cluster = call.sent, cluster_of(call)
    found = found_service(call, cluster, sent["service"])
    if found is None or _life_of(call, found).service.status == "INACTIVE":
        raise ServiceNotFoundException
    life = _life_of(call, found)
    if life.service.desired > 0 and not sent.get("force"):
        raise refusal("InvalidParameterException", "The service cannot be stopped while it is scaled above 0.")
    life = call.world.change(found.arn, life, life.asked, changes.delete(life.service))
    found.status, found.desired_count = "INACTIVE", 0
    return {"service": Views.of(call.world).service(life, found.tags)}


ACTIONS: Mapping[str, Action] = {
    "create_service": create_service,
    "describe_services": describe_services,
    "list_services": list_services,
    "update_service": update_service,
    "delete_service": delete_service,
}


def _life_of(call: Call, found: Any) -> Life:
    """A service's life, now. One that CloudFormation made begins to live when it is first looked at."""
    life = life_at(call, found.arn)
    if life is not None:
        return life
    asked = {
        "taskDefinition": found.task_definition,
        "desiredCount": found.desired_count,
        "launchType": found.launch_type,
        "deploymentController": found.deployment_controller,
    }
    return _born(call, found, asked)


def _born(call: Call, found: Any, asked: dict[str, Any]) -> Life:
    desired = asked.pop("desiredCount", 1 if asked.get("schedulingStrategy") == "DAEMON" else 0)
    now = call.world.clock.now()
    if _controller(asked) != "ECS" or not asked.get("taskDefinition"):
        # Somebody else moves the tasks of such a service: it has no deployments.
        service = Service(found.arn, found.name, desired, now, now, is_due=False)
        return call.world.change(found.arn, None, asked, service)
    revision = revision_of(call, asked["taskDefinition"])
    asked["taskDefinition"] = revision.arn
    service = changes.create(found.arn, revision, desired, configuration_of(asked), now)
    return call.world.change(found.arn, None, asked, service)


def _kept(asked: Mapping[str, Any], sent: Mapping[str, Any]) -> dict[str, Any]:
    """What was asked for before, with what is asked now; of the deployment configuration, part by part."""
    kept = {name: value for name, value in sent.items() if name not in _NOT_KEPT and value is not None}
    configuration = {**asked.get("deploymentConfiguration", {}), **sent.get("deploymentConfiguration", {})}
    return {**asked, **kept, "deploymentConfiguration": configuration}


def _updated(call: Call, life: Life, sent: Mapping[str, Any], asked: dict[str, Any]) -> Service:
    desired = asked.pop("desiredCount", life.service.desired)
    if _controller(asked) != "ECS":
        return changes.rescale(life.service, desired)
    revision = revision_of(call, sent["taskDefinition"]) if sent.get("taskDefinition") else None
    primary = life.service.primary
    assert primary is not None
    asked["taskDefinition"] = revision.arn if revision else primary.revision.arn
    return changes.update(
        life.service,
        revision=revision or primary.revision,
        desired=desired,
        configuration=configuration_of(asked),
        is_forced=bool(sent.get("forceNewDeployment")) or _differs(life.asked, asked),
    )


def _differs(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    return any(before.get(name) != after.get(name) for name in _STARTS_A_DEPLOYMENT)


def configuration_of(asked: Mapping[str, Any]) -> Configuration:
    sent = asked.get("deploymentConfiguration", {})
    breaker = sent.get("deploymentCircuitBreaker") or {}
    strategy = sent.get("strategy", "ROLLING")
    alarms = sent.get("alarms") or {}
    bakes = strategy != "ROLLING" or alarms.get("enable", False)
    return Configuration(
        maximum_percent=sent.get("maximumPercent", 200),
        minimum_healthy_percent=sent.get("minimumHealthyPercent", 100),
        breaker=breaker.get("enable", False),
        rollback=breaker.get("rollback", False),
        strategy=strategy,
        alarms=alarms.get("enable", False),
        alarm_rollback=alarms.get("rollback", False),
        bake_seconds=60.0 * sent.get("bakeTimeInMinutes", 0) if bakes else 0.0,
    )


def _controller(asked: Mapping[str, Any]) -> str:
    return str((asked.get("deploymentController") or {}).get("type", "ECS"))


def _refuse_for_controller(asked: Mapping[str, Any], sent: Mapping[str, Any]) -> None:
    controller = _controller(asked)
    if controller == "ECS" or not (sent.get("taskDefinition") or sent.get("forceNewDeployment")):
        return
    instead = "AWS CodeDeploy" if controller == "CODE_DEPLOY" else "task sets"
    raise refusal(
        "InvalidParameterException",
        f"Unable to update task definition on services with a {controller} deployment controller. "
        f"Use {instead} to trigger a new deployment.",
    )


def _missing_arn(call: Call, name: str) -> str:
    return name if name.startswith("arn:") else f"arn:aws:ecs:{call.region}:{call.account}:service/{name}"
