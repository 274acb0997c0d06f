"""Image registries in memory."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from release_tool.image import Image
from release_tool.model import Found


class MemoryImages:
    """Has every image that it is asked for, each under a digest of its own, unless something else is said."""

    def __init__(self) -> None:
        self._said: dict[str, Found] = {}

    def find(self, images: Sequence[Image]) -> dict[str, Found]:
        return {image.uri: self._said.get(image.uri, Found(digest=_digest_of(image))) for image in images}

    def lacks(self, uri: str) -> None:
        self._said[uri] = Found(missing=True)

    def cannot_tell(self, uri: str, because: str) -> None:
        self._said[uri] = Found(unknown_because=because)

    def moves(self, uri: str, digest: str) -> None:
        """Let the tag mean another image."""
        self._said[uri] = Found(digest=digest)


def _digest_of(image: Image) -> str:
    return image.digest or f"sha256:{sha256(image.uri.encode()).hexdigest()}"
