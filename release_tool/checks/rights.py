"""Permissions: what each command asks AWS for is allowed to whoever asks now."""

from __future__ import annotations

from collections.abc import Iterator

from release_tool.checks.findings import Finding, not_checked, ok, to_do, told
from release_tool.model import Environment, Project
from release_tool.policies import COMMANDS, KINDS, Place, policy
from release_tool.ports import Permissions

SUBJECT = "permissions"
MOST_NAMED = 4


def check(
    project: Project, environment: Environment, arn: str, region: str, permissions: Permissions
) -> Iterator[Finding]:
    """Each kind of work by itself: who registers images need not be able to deploy them."""
    documents = {kind: policy(kind, project, [environment], unsaid=_place(arn, region)) for kind in KINDS}
    denied = told(lambda: {kind: permissions.denied(arn, d["Statement"]) for kind, d in documents.items()})
    if denied.error is not None:
        yield not_checked(SUBJECT, environment.id, denied.error.message)
    for kind, lacking in (denied.value or {}).items():
        yield _finding(kind, lacking, environment.id)


def _finding(kind: str, lacking: tuple[str, ...], here: str) -> Finding:
    about = ", ".join(COMMANDS[kind])
    if not lacking:
        return ok(SUBJECT, here, about)
    how = f"see all of it with: release-tool doctor {here} --policy={kind}"
    return to_do(SUBJECT, here, f"{about}: not allowed: {_named(lacking)}", how)


def _named(denied: tuple[str, ...]) -> str:
    left_out = len(denied) - MOST_NAMED
    return ", ".join(denied[:MOST_NAMED]) + (f" and {left_out} more" if left_out > 0 else "")


def _place(arn: str, region: str) -> Place:
    _, partition, _, _, account, _ = arn.split(":", 5)
    return Place(partition, region, account)
