"""One emulator and one proxy for all tests of a process; each test begins with nothing in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.world import World, emulator
from tests.proxy.server import Proxy


@pytest.fixture(scope="session")
def endpoint_url() -> Iterator[str]:
    with emulator() as url:
        yield url


@pytest.fixture(scope="session")
def proxy(endpoint_url: str) -> Iterator[Proxy]:
    with Proxy(endpoint_url) as between:
        yield between


@pytest.fixture
def world(endpoint_url: str, proxy: Proxy, tmp_path: Path) -> World:
    folder = tmp_path / "project"
    folder.mkdir()
    world = World(endpoint_url, proxy, folder)
    world.begin()
    return world


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.end_to_end)
