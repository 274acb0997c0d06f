"""moto's mock_aws with ours laid over it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from moto import mock_aws

from release_tool.demo.emulated.overlay import OVERLAY
from release_tool.demo.emulated.seam import installed
from release_tool.demo.emulated.world import World


@contextmanager
def mocked(world: World) -> Iterator[None]:
    with mock_aws(), installed(world, OVERLAY):
        yield
