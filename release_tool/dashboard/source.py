"""What the dashboard is given: whom to ask about one project. It asks of nobody else, and writes nowhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from release_tool.board import Seen
from release_tool.errors import ReleaseToolError
from release_tool.model import Commits, Deployment, DeploymentSet, Project, Release, ReleaseSet, Word
from release_tool.ports import Page


class Record(Protocol):
    """The questions of the ledger that are asked here: all of them read."""

    def deployment_set(self, project: str, number: int, *, environment: str | None = None) -> DeploymentSet | None: ...

    def deployments(self, deployment_set: DeploymentSet) -> tuple[Deployment, ...]: ...

    def deployment_sets(
        self, project: str, *, environment: str | None = None, limit: int = 20, before: int | None = None
    ) -> Page[DeploymentSet]: ...

    def service_history(
        self, project: str, service: str, *, environment: str | None = None, limit: int = 20, before: int | None = None
    ) -> Page[Deployment]: ...

    def release_set(self, project: str, number: int) -> ReleaseSet | None: ...

    def releases(self, release_set: ReleaseSet) -> tuple[Release, ...]: ...

    def release_sets(
        self, project: str, *, environment: str | None = None, limit: int = 20, before: int | None = None
    ) -> Page[ReleaseSet]: ...


@dataclass(frozen=True, slots=True)
class Source:
    """`look` tells by environment what is seen there now, or why nothing could be seen.

    `recorded_word` says what the ledger alone can tell of a deployment; `commits_between` asks the project's Git
    repository, if there is one.
    """

    project: Project
    record: Record
    look: Callable[[], Mapping[str, Seen | ReleaseToolError]]
    recorded_word: Callable[[Deployment], Word]
    commits_between: Callable[[str, str], Commits]
    now: Callable[[], datetime]
