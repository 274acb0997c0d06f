"""What people ask of a service: kept as it was sent, added to by every update, and read for what steers a rollout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from release_tool.demo.emulated.seam import refusal
from release_tool.demo.rollouts.entries import Configuration

Asked = dict[str, Any]
"""The members of CreateService, with those of each UpdateService since."""

_NOT_KEPT = ("cluster", "service", "clientToken", "tags", "forceNewDeployment")
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


def with_sent(asked: Mapping[str, Any], sent: Mapping[str, Any]) -> Asked:
    """What was asked for before, with what is asked now; the deployment configuration part by part."""
    kept = {name: value for name, value in sent.items() if name not in _NOT_KEPT and value is not None}
    configuration = {**asked.get("deploymentConfiguration", {}), **sent.get("deploymentConfiguration", {})}
    return {**asked, **kept, "deploymentConfiguration": configuration}


def calls_for_a_deployment(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    return any(before.get(name) != after.get(name) for name in _STARTS_A_DEPLOYMENT)


def controller_of(asked: Mapping[str, Any]) -> str:
    return str((asked.get("deploymentController") or {}).get("type", "ECS"))


def configuration_of(asked: Mapping[str, Any]) -> Configuration:
    sent = asked.get("deploymentConfiguration", {})
    breaker = sent.get("deploymentCircuitBreaker") or {}
    alarms = sent.get("alarms") or {}
    strategy = sent.get("strategy", "ROLLING")
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


def refuse_for_controller(asked: Mapping[str, Any], sent: Mapping[str, Any]) -> None:
    """ECS deploys for its own controller only."""
    controller = controller_of(asked)
    if controller == "ECS" or not (sent.get("taskDefinition") or sent.get("forceNewDeployment")):
        return
    instead = "AWS CodeDeploy" if controller == "CODE_DEPLOY" else "task sets"
    raise refusal(
        "InvalidParameterException",
        f"Unable to update task definition on services with a {controller} deployment controller. "
        f"Use {instead} to trigger a new deployment.",
    )
