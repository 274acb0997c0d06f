"""Who AWS says we are."""

from __future__ import annotations

from typing import Any

from release_tool.aws.failures import translated


class StsIdentity:
    def __init__(self, client: Any) -> None:
        self._sts = client

    def arn(self) -> str | None:
        with translated("ask", "AWS who we are"):
            return str(self._sts.get_caller_identity()["Arn"])
