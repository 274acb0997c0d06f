"""Who wants to be told is told by whoever writes it down, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import pytest

from release_tool.announcing import AnnouncingLedger
from release_tool.commands import Context
from release_tool.console import Console
from tests.commands.world import World
from tests.fakes.ledger import MemoryLedger


class Town(World):
    """`heard` has each event with the number of its deployment, and when a command had ended."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []
        self.ledger = cast(MemoryLedger, AnnouncingLedger(self.ledger, self))
        for service in ("web", "api", "worker"):
            self.register(service, "2222222")
        self.heard.clear()

    def tell(self, event: str, deployment_set: Any, reason: str | None, look: Any) -> None:
        services = ", ".join(deployment.service for deployment in look())
        self.heard.append(f"{event} {deployment_set.number}: {services}")

    def _compose(self, args: Mapping[str, Any], argv: Sequence[str], console: Console) -> Context:
        return replace(super()._compose(args, argv, console), finish=lambda: self.heard.append("the end"))


@pytest.fixture
def town() -> Town:
    return Town()


def test_a_request_is_told_by_who_requests_it(town: Town) -> None:
    town.deploy()

    assert town.heard == ["requested 1: api, web, worker", "the end"]


def test_an_end_is_told_by_who_waits_for_it(town: Town) -> None:
    town.deploy("web")
    town.complete()

    assert town.run("wait", "prod").code == 0

    assert town.heard == ["requested 1: web", "the end", "complete 1: web", "the end"]


def test_an_end_that_nobody_waited_for_is_told_by_the_next_deployment(town: Town) -> None:
    town.deploy("web")
    town.services.fail("catalogue-prod", "web")
    town.services.roll_back("catalogue-prod", "web")
    town.services.complete("catalogue-prod", "web")

    town.deploy("api")

    assert town.heard == ["requested 1: web", "the end", "rolled_back 1: web", "requested 2: api", "the end"]


def test_nothing_is_told_twice(town: Town) -> None:
    town.deploy("web")
    town.complete()
    town.run("wait", "prod")
    told = len(town.heard)

    town.run("wait", "prod")
    town.run("status", "all", "prod")

    assert set(town.heard[told:]) == {"the end"}


def test_a_dry_run_tells_nobody(town: Town) -> None:
    town.deploy("all", "prod", "--dry_run")

    assert town.heard == ["the end"]


def test_a_command_that_fails_waits_for_its_notices_too(town: Town) -> None:
    assert town.run("deploy", "nothing", "prod", "--skip_confirm").code == 2

    assert town.heard == ["the end"]
