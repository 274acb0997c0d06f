"""What becomes of a task, read off its image's tag, so that a deployment can be made to fail at will."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

HEALTHY_AFTER_RUNNING = 6.0
"""Seconds in which a running task passes its first health checks."""


@dataclass(frozen=True, slots=True)
class Image:
    """A container, the image that it runs, and what the image's tag meant when the deployment began."""

    container: str
    uri: str
    digest: str | None = None

    @property
    def tag(self) -> str:
        return self.uri.partition("@")[0].rpartition("/")[2].partition(":")[2]


@dataclass(frozen=True, slots=True)
class Fate:
    """Seconds after its start at which a task runs, and dies; and how AWS puts its death.

    `{image}` in a reason is the image that the tag was seen in.
    """

    word: str
    runs_after: float = inf
    dies_after: float = inf
    stop_code: str = ""
    stopped_reason: str = ""
    container_reason: str | None = None
    exit_code: int | None = None

    @property
    def healthy_after(self) -> float:
        return inf if self.dies_after < inf else self.runs_after + HEALTHY_AFTER_RUNNING


_CANNOT_PULL = (
    "CannotPullContainerError: pull image manifest has been retried 1 time(s): "
    "failed to resolve ref {image}: {image}: not found"
)
GOOD = Fate("good", runs_after=12)
CRASH = Fate("crash", 12, 14, "EssentialContainerExited", "Essential container in task exited", exit_code=1)
FATES = (
    CRASH,
    Fate("nopull", inf, 14, "TaskFailedToStart", _CANNOT_PULL, container_reason=_CANNOT_PULL),
    Fate("unhealthy", 12, 36, "ServiceSchedulerInitiated", "Task failed container health checks", exit_code=137),
    Fate("slow", runs_after=84),
    Fate("never"),
    # Its tasks are well, but an alarm sees it otherwise.
    Fate("alarm", runs_after=12),
    # The tasks that it starts first crash; see `fate_of_next`.
    Fate("flaky", runs_after=12),
)


def fate_of(images: Sequence[Image]) -> Fate:
    return next((fate for fate in FATES for image in images if fate.word in image.tag), GOOD)


def fate_of_next(fate: Fate, *, is_first: bool) -> Fate:
    """What becomes of the tasks started now, where that differs from one start to the next."""
    return replace(CRASH, word=fate.word) if fate.word == "flaky" and is_first else fate


def culprit_of(images: Sequence[Image], fate: Fate) -> Image | None:
    """The image whose tag holds the fate; the first where none does."""
    return next((image for image in images if fate.word in image.tag), next(iter(images), None))
