"""What an identity is allowed, asked of IAM's simulator: nothing is tried out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from release_tool.aws.failures import translated
from release_tool.errors import CouldNot

ALLOWED = "allowed"
ASSUMED = re.compile(r"arn:(?P<partition>[^:]+):sts::(?P<account>\d+):assumed-role/(?P<role>[^/]+)/.+")


class IamPermissions:
    def __init__(self, client: Any) -> None:
        self._iam = client

    def denied(self, arn: str, statements: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
        principal = principal_of(arn)
        if principal is None:
            return ()
        refused = [line for statement in statements for line in self._refused(principal, statement)]
        return tuple(dict.fromkeys(refused))

    def _refused(self, principal: str, statement: Mapping[str, Any]) -> Iterator[str]:
        with translated("simulate the permissions of", principal):
            pages = self._iam.get_paginator("simulate_principal_policy").paginate(
                PolicySourceArn=principal,
                ActionNames=statement["Action"],
                ResourceArns=statement["Resource"],
                ContextEntries=list(_context(statement.get("Condition", {}))),
            )
            for result in (result for page in pages for result in page["EvaluationResults"]):
                yield from refusals(result)


def principal_of(arn: str) -> str | None:
    """Whose policies count: a session's are its role's. None for an account's root, which may do everything.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html takes a user, a group or a
    role. A session's ARN leaves the role's path out; such a role is not found then, and that is what is said.
    """
    if arn.endswith(":root"):
        return None
    assumed = ASSUMED.fullmatch(arn)
    if assumed is not None:
        return f"arn:{assumed['partition']}:iam::{assumed['account']}:role/{assumed['role']}"
    if ":federated-user/" in arn:
        raise CouldNot("permissions of a federated user can't be simulated")
    return arn


def refusals(result: Mapping[str, Any]) -> Iterator[str]:
    """As in `ssm:PutParameter on arn:…`; each resource is judged by itself where there are several."""
    action = result["EvalActionName"]
    by_resource = result.get("ResourceSpecificResults") or []
    for one in by_resource:
        if one["EvalResourceDecision"] != ALLOWED:
            yield f"{action} on {one['EvalResourceName']}"
    if not by_resource and result["EvalDecision"] != ALLOWED:
        resource = result.get("EvalResourceName", "*")
        yield action if resource == "*" else f"{action} on {resource}"


def _context(condition: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The condition keys with the values that our calls come with."""
    for keys in condition.values():
        for name, values in keys.items():
            listed = [values] if isinstance(values, str) else list(values)
            yield {"ContextKeyName": name, "ContextKeyValues": listed[:1], "ContextKeyType": "string"}
