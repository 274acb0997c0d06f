"""One sample project for all tests that only read of it."""

from __future__ import annotations

import pytest

from tests.dashboard.asking import Browserless, HandTurned
from tests.dashboard.sample import World, a_world


@pytest.fixture(scope="session")
def world() -> World:
    return a_world()


@pytest.fixture(scope="session")
def turned(world: World) -> HandTurned:
    return HandTurned(world.source()).turn().read_everything()


@pytest.fixture(scope="session")
def dashboard(turned: HandTurned) -> Browserless:
    return Browserless(turned)
