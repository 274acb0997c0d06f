"""One emulator and one proxy for all tests of a process; each test begins with nothing in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.end_to_end.preloaded import Preloaded
from tests.end_to_end.world import SERVICES, Aws, World, serving
from tests.proxy.server import Proxy


@pytest.fixture(scope="session")
def endpoint_url() -> Iterator[str]:
    with serving("-m", "release_tool.demo.emulator") as url:
        yield url


@pytest.fixture(scope="session")
def proxy(endpoint_url: str) -> Iterator[Proxy]:
    with Proxy(endpoint_url) as between:
        yield between


@pytest.fixture(scope="session")
def program() -> Iterator[Preloaded]:
    with TemporaryDirectory() as folder:
        address = f"{folder}/program"
        with serving("-m", "tests.end_to_end.preloaded", address):
            yield Preloaded(address)


@pytest.fixture(scope="session")
def aws(endpoint_url: str) -> Aws:
    return Aws(endpoint_url)


@pytest.fixture
def world(aws: Aws, proxy: Proxy, program: Preloaded, tmp_path: Path) -> World:
    folder = tmp_path / "project"
    folder.mkdir()
    world = World(aws, proxy, program, folder)
    world.begin()
    return world


@pytest.fixture
def prod(world: World) -> World:
    """Three services that run 1111111, and 2222222 built for each."""
    world.add("prod", *SERVICES)
    world.registered("2222222", *SERVICES)
    return world


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.end_to_end)
