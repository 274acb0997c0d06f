"""An emulated account inside the test's process, with a cluster in it, and a clock that stands still."""

from collections.abc import Iterator

import pytest

from release_tool.demo.emulator import emulated_aws
from tests.emulator.account import Account


@pytest.fixture
def aws() -> Iterator[Account]:
    with emulated_aws() as world:
        yield Account(world)
