"""Where a rollback of one service goes: a decision on its history."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from release_tool.model import Deployment, Word


@dataclass(frozen=True, slots=True)
class Target:
    """The deployment to go back to. `is_back_already` where ECS has gone back to its image by itself."""

    deployment: Deployment | None
    why_not: str | None = None
    is_back_already: bool = False


def target_of(history: Sequence[Deployment], running: Collection[str] | None) -> Target:
    """The newest deployment that completed before the running one, had another image, and was not turned away from.

    `history` is newest first, `running` the images that run now, None where nobody looked. Whoever turned away from
    an image once is not sent back to it: not even to an older deployment of it.
    """
    if not history:
        return Target(None, "it was never deployed here")
    newest, older = history[0], history[1:]
    if running is not None and completed(newest) is False and newest.image not in running:
        back = next((d for d in older if completed(d) and d.image in running), None)
        if back is not None:
            return Target(back, is_back_already=True)
    away = {newest.image}
    for deployment in older:
        if deployment.rolled_back_from:
            away.add(deployment.image)
        elif completed(deployment) and deployment.image not in away:
            return Target(deployment)
    return Target(None, "no other image has completed here before")


def completed(deployment: Deployment) -> bool:
    """Every part of it ended COMPLETE; a service that is a parameter and nothing else has no part to wait for."""
    return all(rollout.outcome is Word.COMPLETE for rollout in deployment.rollouts)
