"""A ledger that tells what is written into it: so notices come from whoever settles, and each once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from release_tool.model import DeploymentSet, Word
from release_tool.ports import Ledger, Notices

ENDINGS = {
    Word.COMPLETE: "complete",
    Word.ROLLED_BACK: "rolled_back",
    Word.FAILED: "failed",
    Word.GONE: "failed",
}
"""What an outcome is called in a notice. One that a later deployment replaced is none: that one is told of."""


class AnnouncingLedger:
    """Everything else is the ledger's own."""

    def __init__(self, ledger: Ledger, notices: Notices) -> None:
        self._ledger = ledger
        self._notices = notices

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def requested(self, deployment_set: DeploymentSet) -> None:
        self._ledger.requested(deployment_set)
        self._tell("requested", deployment_set)

    def end(self, deployment_set: DeploymentSet, outcome: Word, reason: str | None, at: datetime) -> None:
        self._ledger.end(deployment_set, outcome, reason, at)
        if outcome in ENDINGS:
            self._tell(ENDINGS[outcome], deployment_set, reason)

    def _tell(self, event: str, deployment_set: DeploymentSet, reason: str | None = None) -> None:
        self._notices.tell(event, deployment_set, reason, lambda: self._ledger.deployments(deployment_set))
