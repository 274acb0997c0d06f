"""From facts to a plan, and from a plan to a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from release_tool.errors import AskedWrongly
from release_tool.model import Commits, Service
from release_tool.plan.changes import Change, DeploymentPlan, Unchanged, Unmatched
from release_tool.plan.cut_off import resumed
from release_tool.plan.facts import Facts
from release_tool.plan.judging import judged, without_conflicts
from release_tool.plan.notes import notes_on
from release_tool.plan.steps import steps_of


def plan_deployment(facts: Facts) -> DeploymentPlan:
    """Judge each asked service, then gather what the changed ones ask of each ECS service."""
    outcomes = list(without_conflicts((judged(service, facts) for service in facts.services), facts))
    changes = tuple(j for j in outcomes if isinstance(j, Change))
    steps = steps_of(changes, facts)
    return DeploymentPlan(
        project=facts.project,
        environment=facts.environment,
        asked=facts.asked,
        source=facts.source,
        kind=facts.kind,
        changes=changes,
        unchanged=tuple(j for j in outcomes if isinstance(j, Unchanged)),
        missing=tuple(j for j in outcomes if isinstance(j, Service)),
        unmatched=tuple(j for j in outcomes if isinstance(j, Unmatched)),
        steps=steps,
        notes=tuple(notes_on(changes, steps, facts)),
        resumes=resumed(changes, facts),
        supersedes=facts.unfinished if changes and resumed(changes, facts) is None else None,
        release_number=facts.release_number,
    )


def refuse_what_cannot_be(plan: DeploymentPlan) -> None:
    """Raise where the plan must not be carried out at all: nothing has changed yet, and nothing shall."""
    if plan.unmatched:
        lines = "\n".join(f"    {u.service.id}: {u.why}" for u in plan.unmatched)
        raise AskedWrongly(
            f"nothing was deployed, for this cannot be deployed to {plan.environment.id}:\n{lines}",
            next="put it right, or deploy the others by name",
        )
    if plan.missing and plan.asked == plan.missing[0].id:
        service = plan.asked
        raise AskedWrongly(
            f"no image is registered for `{service}` under {plan.source}",
            next=f"register one with: release-tool register <ecr_uri> {service}",
        )


def with_commits(plan: DeploymentPlan, commits: Mapping[str, Commits]) -> DeploymentPlan:
    return replace(
        plan,
        changes=tuple(replace(c, commits=commits.get(c.service.id, c.commits)) for c in plan.changes),
    )
