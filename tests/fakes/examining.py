"""What only `doctor` asks, as told beforehand: all is well unless something else is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from release_tool.errors import ReleaseToolError
from release_tool.image import Image
from release_tool.ports import Built


class GivenTable:
    def __init__(self) -> None:
        self.has: tuple[str, ...] = ()
        self.cannot: ReleaseToolError | None = None

    def faults(self) -> tuple[str, ...]:
        if self.cannot is not None:
            raise self.cannot
        return self.has


class GivenPlatforms:
    """Every image is built for both processors."""

    def __init__(self) -> None:
        self.said: dict[str, Built] = {}

    def of(self, images: Sequence[Image]) -> dict[str, Built]:
        both = Built(("linux/amd64", "linux/arm64"))
        return {image.uri: self.said.get(image.uri, both) for image in images}


class GivenPermissions:
    """Everything is allowed but the actions in `refused`."""

    def __init__(self) -> None:
        self.refused: set[str] = set()
        self.cannot: ReleaseToolError | None = None

    def denied(self, arn: str, statements: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
        if self.cannot is not None:
            raise self.cannot
        return tuple(
            f"{action} on {resource}"
            for statement in statements
            for action in statement["Action"]
            for resource in statement["Resource"]
            if action in self.refused
        )
