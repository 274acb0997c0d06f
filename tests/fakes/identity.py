"""Who AWS says we are, as told beforehand."""

from __future__ import annotations

ADAS_ARN = "arn:aws:sts::123456789012:assumed-role/deployer/ada"


class GivenIdentity:
    def __init__(self, arn: str | None = ADAS_ARN) -> None:
        self._arn = arn

    def arn(self) -> str | None:
        return self._arn
