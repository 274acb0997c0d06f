"""The same answers as JSON: the glossary's words as keys, integers for numbers, null for what isn't known.

Each document has a JSON Schema under `schemas/`; the dashboard's API answers with the same shapes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from release_tool.board import Board, Part, Row
from release_tool.checks.findings import Finding, Result
from release_tool.errors import ReleaseToolError
from release_tool.image import Image
from release_tool.model import Commits, Deployment, DeploymentSet, Environment, Project, Requester
from release_tool.plan import Change, DeploymentPlan
from release_tool.ports import Holder
from release_tool.times import iso

Document = dict[str, Any]


def error(error: ReleaseToolError) -> Document:
    return {"error": {"code": int(error.exit_code), "message": error.message, "next": error.next}}


def registered(
    project: str, label: str, service: str, image: Image, parameter: str, warnings: Sequence[str]
) -> Document:
    return {
        "project": project,
        "label": label,
        "service": service,
        "image": image.uri,
        "release_hash": image.release_hash,
        "parameter": parameter,
        "warnings": list(warnings),
    }


def requester(who: Requester) -> Document:
    return {
        "name": None if who == Requester() else str(who),
        "git_name": who.git_name,
        "git_email": who.git_email,
        "ci_system": who.ci_system,
        "ci_actor": who.ci_actor,
        "ci_run_url": who.ci_run_url,
        "arn": who.arn,
    }


def commits(commits: Commits) -> Document:
    is_known = commits.unknown_because is None
    return {
        "count": commits.count if is_known else None,
        "undone": commits.undone if is_known else None,
        "unknown_because": commits.unknown_because,
        "listed": [
            {"sha": c.sha, "author": c.author, "authored_at": iso(c.authored_at), "subject": c.subject}
            for c in commits.listed
        ],
        "left_out": commits.left_out if is_known else None,
        "oldest_left_out_at": iso(commits.oldest_left_out_at),
    }


def plan(plan: DeploymentPlan) -> Document:
    return {
        "asked": plan.asked,
        "source": plan.source,
        "kind": str(plan.kind),
        "changes": [_change(change) for change in plan.changes],
        "unchanged": [_service_image(u.service.id, u.image) for u in plan.unchanged],
        "missing": [service.id for service in plan.missing],
        "unmatched": [{"service": u.service.id, "why": u.why} for u in plan.unmatched],
        "notes": list(plan.notes),
        "resumes": None if plan.resumes is None else plan.resumes.number,
        "supersedes": None if plan.supersedes is None else plan.supersedes.number,
    }


def _service_image(service: str, image: Image) -> Document:
    return {"service": service, "image": image.uri, "release_hash": image.release_hash}


def _change(change: Change) -> Document:
    return _service_image(change.service.id, change.wanted) | {
        "why": str(change.why),
        "digest": change.digest,
        "running_image": None if change.running is None else change.running.uri,
        "running_release_hash": None if change.running is None else change.running.release_hash,
        "ecs_services": list(change.ecs_services),
        "commits": commits(change.commits),
    }


def deployed(plan_: DeploymentPlan, deployment_set: DeploymentSet | None) -> Document:
    """`deployment` is null where nothing was to be deployed, or nothing was asked for but the plan."""
    return {
        "project": plan_.project.id,
        "environment": plan_.environment.id,
        "deployment": None if deployment_set is None else deployment_set.number,
        "release": None if deployment_set is None else deployment_set.release_number,
        "description": None if deployment_set is None else deployment_set.description,
        "requested_at": None if deployment_set is None else iso(deployment_set.requested_at),
        "requested_by": None if deployment_set is None else requester(deployment_set.requested_by),
        "plan": plan(plan_),
    }


def board(board: Board) -> Document:
    last = board.last
    return {
        "project": board.project.id,
        "environment": board.environment.id,
        "production": board.environment.production,
        "last_released_at": None if last is None else iso(last.requested_at),
        "released_by": None if last is None else requester(last.requested_by),
        "description": None if last is None else last.description,
        "word": None if board.word is None else str(board.word),
        "services": [_row(row) for row in board.rows],
        "parameters_without_service": list(board.parameters_without_service),
    }


def _row(row: Row) -> Document:
    return {
        "service": row.service.id,
        "image": None if row.image is None else row.image.uri,
        "release_hash": row.release_hash,
        "word": None if row.word is None else str(row.word),
        "wanted_image": None if row.wanted is None else row.wanted.uri,
        "wanted_release_hash": None if row.wanted is None else row.wanted.release_hash,
        "deployment": None if row.deployment is None else row.deployment.number,
        "release": None if row.deployment is None else row.deployment.release_number,
        "notes": list(row.notes),
        "ecs_services": [_part(part) for part in row.parts],
    }


def _part(part: Part) -> Document:
    is_there = part.revision is not None
    return {
        "ecs_service": part.ecs_service,
        "image": None if part.image is None else part.image.uri,
        "release_hash": None if part.image is None else part.image.release_hash,
        "revision": part.revision,
        "word": None if part.word is None else str(part.word),
        "running": part.running if is_there else None,
        "desired": part.desired if is_there else None,
        "notes": list(part.notes),
    }


def overview(project: str, boards: Sequence[Board]) -> Document:
    return {"project": project, "environments": [board(b) for b in boards]}


def history(project: str, sets: Sequence[tuple[DeploymentSet, str]], before: int | None) -> Document:
    return {"project": project, "deployments": [deployment_set(s, word) for s, word in sets], "before": before}


def deployment_set(found: DeploymentSet, word: str) -> Document:
    return {
        "deployment": found.number,
        "environment": found.environment,
        "requested_at": iso(found.requested_at),
        "requested_by": requester(found.requested_by),
        "release": found.release_number,
        "kind": str(found.kind),
        "asked": found.asked,
        "source": found.source,
        "word": word,
        "reason": found.outcome_reason,
        "ended_at": iso(found.ended_at),
        "description": found.description,
    }


def service_history(
    project: str, service: str, deployments: Sequence[tuple[Deployment, str]], before: int | None
) -> Document:
    return {
        "project": project,
        "service": service,
        "deployments": [deployment(d, word) for d, word in deployments],
        "before": before,
    }


def deployment(found: Deployment, word: str) -> Document:
    return {
        "deployment": found.number,
        "environment": found.environment,
        "service": found.service,
        "image": found.image,
        "digest": found.digest,
        "release_hash": found.release_hash,
        "previous_image": found.previous_image,
        "previous_release_hash": found.previous_release_hash,
        "release": found.release_number,
        "kind": str(found.kind),
        "requested_at": iso(found.requested_at),
        "requested_by": requester(found.requested_by),
        "word": word,
        "description": found.description,
        "commits": commits(found.commits),
    }


def comparison(
    project: str,
    environments: tuple[Environment, Environment],
    rows: Sequence[tuple[str, Image | None, Image | None, Commits, Commits]],
) -> Document:
    one, other = environments
    return {
        "project": project,
        "environment": one.id,
        "other_environment": other.id,
        "services": [
            {
                "service": name,
                "release_hash": None if a is None else a.release_hash,
                "image": None if a is None else a.uri,
                "other_release_hash": None if b is None else b.release_hash,
                "other_image": None if b is None else b.uri,
                "only_in_other": None if a is None or b is None else commits(ahead),
                "only_here": None if a is None or b is None else commits(behind),
            }
            for name, a, b, ahead, behind in rows
        ],
    }


def unlocked(project: str, environment: str, holder: Holder | None, *, broken: bool) -> Document:
    return {
        "project": project,
        "environment": environment,
        "holder": None
        if holder is None
        else {
            "name": holder.person,
            "host": holder.host,
            "command": holder.command,
            "since": iso(holder.since),
            "until": iso(holder.until),
            "deployment": holder.deployment,
        },
        "broken": broken,
    }


def table_made(
    table: str | None = None,
    made: bool = False,
    *,
    manifest_written: str | None = None,
    manifest_translated: str | None = None,
) -> Document:
    return {
        "ledger_table": table,
        "made": made,
        "manifest_written": manifest_written,
        "manifest_translated": manifest_translated,
    }


def examined(project: str | None, findings: Sequence[Finding]) -> Document:
    """`project` is None where no manifest says which."""
    return {
        "project": project,
        "well": not any(finding.result is Result.TO_DO for finding in findings),
        "checks": [
            {
                "subject": finding.subject,
                "environment": finding.environment,
                "result": str(finding.result),
                "message": finding.message,
                "next": finding.next,
            }
            for finding in findings
        ],
    }


def notice(
    project: Project,
    event: str,
    deployment_set: DeploymentSet,
    reason: str | None,
    deployments: Sequence[Deployment],
) -> Document:
    return {
        "event": event,
        "project": project.id,
        "environment": deployment_set.environment,
        "deployment": deployment_set.number,
        "release": deployment_set.release_number,
        "kind": str(deployment_set.kind),
        "requested_at": iso(deployment_set.requested_at),
        "requested_by": requester(deployment_set.requested_by),
        "description": deployment_set.description,
        "reason": reason,
        "services": [
            {
                "service": found.service,
                "image": found.image,
                "release_hash": found.release_hash,
                "previous_release_hash": found.previous_release_hash,
            }
            for found in deployments
        ],
    }
