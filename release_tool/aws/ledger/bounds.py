"""How much of anything is kept, so that no item grows without bound."""

from __future__ import annotations

from dataclasses import replace

from release_tool.model import Commit, Commits, Deployment, Rollout

COMMITS = 20
NAME = 200
"""Characters of a commit's subject and of its author's name."""
SENTENCE = 1000
"""Characters of a description, a reason, a note."""


def cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def sentence(text: str | None) -> str | None:
    return None if text is None else cut(text, SENTENCE)


def bounded(deployment: Deployment) -> Deployment:
    return replace(
        deployment,
        description=cut(deployment.description, SENTENCE),
        commits=bounded_commits(deployment.commits, COMMITS),
        rollouts=tuple(bounded_rollout(rollout) for rollout in deployment.rollouts),
    )


def bounded_rollout(rollout: Rollout) -> Rollout:
    return replace(rollout, outcome_reason=sentence(rollout.outcome_reason), note=sentence(rollout.note))


def counted(deployment: Deployment) -> Deployment:
    """The same, with its commits counted and none of them listed."""
    return replace(deployment, commits=bounded_commits(deployment.commits, 0))


def bounded_commits(commits: Commits, most: int) -> Commits:
    kept, dropped = commits.listed[:most], commits.listed[most:]
    times = [commit.authored_at for commit in dropped]
    if commits.oldest_left_out_at is not None:
        times.append(commits.oldest_left_out_at)
    return replace(
        commits,
        listed=tuple(_bounded_commit(commit) for commit in kept),
        left_out=commits.left_out + len(dropped),
        oldest_left_out_at=min(times, default=None),
        unknown_because=sentence(commits.unknown_because),
    )


def _bounded_commit(commit: Commit) -> Commit:
    return replace(commit, author=cut(commit.author, NAME), subject=cut(commit.subject, NAME))
