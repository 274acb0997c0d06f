"""What a deployment will change, decided from what was gathered: a value that can be shown, compared, carried out.

Every asked service comes out as exactly one of *change*, *unchanged*, *missing* and *unmatched*. It is judged
against what ECS runs, never against what was written last: a retry after a crash must not skip a service.
"""

from release_tool.plan.changes import Change, DeploymentPlan, Step, Unchanged, Unmatched, Why
from release_tool.plan.deciding import plan_deployment, refuse_what_cannot_be, with_commits
from release_tool.plan.facts import Facts
from release_tool.plan.judging import last_written
from release_tool.plan.places import parsed
from release_tool.plan.steps import reusable

__all__ = [
    "Change",
    "DeploymentPlan",
    "Facts",
    "Step",
    "Unchanged",
    "Unmatched",
    "Why",
    "last_written",
    "parsed",
    "plan_deployment",
    "refuse_what_cannot_be",
    "reusable",
    "with_commits",
]
