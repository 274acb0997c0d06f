"""How many calls a command makes: that does not depend on the machine, and AWS counts them."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.end_to_end.world import DEPLOY, World

COUNT = 20
SERVICES = tuple(f"service_{number:02d}" for number in range(COUNT))
A_SERVICE, BESIDES = 6, 20
OF_STATUS = 9


@pytest.fixture
def twenty(world: World) -> World:
    """Twenty services, listed in the manifest, with a new build of each."""
    listed = "".join(f"    - {{id: {service}}}\n" for service in SERVICES)
    world.write_manifest(f"storage:\n  environments: [{{id: prod}}]\n  services:\n{listed}")
    world.add("prod", *SERVICES)
    world.registered("2222222", *SERVICES)
    return world


def test_a_deployment_makes_six_calls_a_service_and_twenty_besides_at_most(twenty: World) -> None:
    done = twenty.release_tool(*DEPLOY)

    assert done.exit_code == 0, done
    calls = Counter(call.name for call in twenty.proxy.calls)
    assert calls.total() <= COUNT * A_SERVICE + BESIDES, calls
    assert calls["ecs.RegisterTaskDefinition"] == calls["ecs.UpdateService"] == calls["ssm.PutParameter"] == COUNT


@pytest.mark.parametrize("is_over", [False, True], ids=["while it rolls", "after"])
def test_the_status_of_twenty_services_takes_nine_calls_at_most(twenty: World, is_over: bool) -> None:
    assert twenty.release_tool(*DEPLOY).exit_code == 0
    if is_over:
        twenty.finish_rollouts()
    twenty.proxy.forget()

    told = twenty.release_tool("status", "all", "prod")

    assert told.exit_code == 0, told
    calls = Counter(call.name for call in twenty.proxy.calls)
    assert calls.total() <= OF_STATUS, calls
    assert twenty.proxy.writes == ()
