"""IAM's simulator: everybody may do everything here, as in all that moto plays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from release_tool.demo.emulated.seam import Action, Answer, Call


def simulate_principal_policy(call: Call) -> Answer:
    resources = call.sent.get("ResourceArns") or ["*"]
    results = [_allowed(action, resources) for action in call.sent["ActionNames"]]
    return {"EvaluationResults": results, "IsTruncated": False}


def _allowed(action: str, resources: list[str]) -> dict[str, Any]:
    each = [{"EvalResourceName": resource, "EvalResourceDecision": "allowed"} for resource in resources]
    return {
        "EvalActionName": action,
        "EvalResourceName": resources[0],
        "EvalDecision": "allowed",
        "ResourceSpecificResults": each if len(each) > 1 else [],
    }


ACTIONS: Mapping[str, Action] = {"simulate_principal_policy": simulate_principal_policy}
