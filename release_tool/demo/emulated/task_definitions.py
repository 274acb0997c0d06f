"""Task definitions: what AWS keeps, adds and answers that moto does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult

from release_tool.demo.emulated.clusters import task_definition_of
from release_tool.demo.emulated.paging import page
from release_tool.demo.emulated.seam import Action, Answer, Call


def register_task_definition(call: Call) -> Answer:
    sent = call.sent
    result: Any = call.moto().result
    made = result["taskDefinition"]
    made.registered_at = call.world.clock.time_of_day()
    made.registered_by = f"arn:aws:iam::{call.account}:role/registrar"
    made.requires_attributes = [{"name": "com.amazonaws.ecs.capability.docker-remote-api.1.18"}]
    made.enable_fault_injection = sent.get("enableFaultInjection")
    made.trusted_execution_configuration = sent.get("trustedExecutionConfiguration")
    return {"taskDefinition": made, "tags": sent.get("tags")}


def describe_task_definition(call: Call) -> Answer:
    sent = call.sent
    found = task_definition_of(call, sent["taskDefinition"])
    tags = found.tags if "TAGS" in sent.get("include", []) else None
    return {"taskDefinition": found, "tags": tags}


def deregister_task_definition(call: Call) -> Answer:
    answer = call.moto()
    result: Any = answer.result
    result["taskDefinition"].deregistered_at = call.world.clock.time_of_day()
    return answer


def list_task_definitions(call: Call) -> Answer:
    """By family, then by number: moto has no order but that of their making, and one page."""
    sent = call.sent
    found = call.moto()
    result: Any = found.result
    arns = sorted(result["taskDefinitionArns"], key=_family_and_number, reverse=sent.get("sort") == "DESC")
    shown, token = page(arns, sent, size=100)
    return ActionResult({"taskDefinitionArns": shown, "nextToken": token})


ACTIONS: Mapping[str, Action] = {
    "register_task_definition": register_task_definition,
    "describe_task_definition": describe_task_definition,
    "deregister_task_definition": deregister_task_definition,
    "list_task_definitions": list_task_definitions,
}


def _family_and_number(arn: str) -> tuple[str, int]:
    family, _, number = arn.rpartition("/")[2].rpartition(":")
    return family, int(number)
