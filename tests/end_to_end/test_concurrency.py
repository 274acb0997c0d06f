"""Several people at once, clocks that are wrong, and holders that sleep: one deployment at a time, whatever happens."""

from __future__ import annotations

import signal
from datetime import timedelta
from pathlib import Path

import pytest

from release_tool.ports import Holder
from tests.end_to_end.agreement import assert_agree, assert_nobody_holds, assert_one_new_revision, assert_recorded
from tests.end_to_end.world import DEPLOY, HURRIED, PROJECT, SERVICES, Running, World, image
from tests.proxy.faults import Gate, Meeting

NEW = dict.fromkeys(SERVICES, "2222222")
LEASE_AND_MORE = 61


def deployed(world: World) -> None:
    world.finish_rollouts()
    assert_agree(world, "prod", **NEW)
    assert_recorded(world, "prod", **NEW)
    assert_one_new_revision(world, "prod", *SERVICES)


# --- at once


def test_of_three_deployments_at_once_one_goes_through_and_the_others_name_its_holder(prod: World) -> None:
    prod.proxy.on("dynamodb.PutItem", Meeting(3).hold, nth={1, 2, 3})
    commands = [("deploy", service, "prod", "--skip_confirm") for service in SERVICES]

    results = [running.result() for running in [prod.start(*command, **HURRIED) for command in commands]]

    assert sorted(result.exit_code for result in results) == [0, 7, 7], results
    (winner,) = (service for service, result in zip(SERVICES, results, strict=True) if result.exit_code == 0)
    for result in (result for result in results if result.exit_code == 7):
        assert f"release-tool deploy {winner} prod" in result.stderr
    assert {call.sent["family"] for call in prod.proxy.sent("ecs.RegisterTaskDefinition")} == {f"prod-{winner}"}
    assert_nobody_holds(prod, "prod")


def test_the_same_deployment_three_times_at_once_is_done_once(prod: World) -> None:
    running = [prod.start(*DEPLOY, **HURRIED) for _ in range(3)]

    results = [one.result() for one in running]

    assert {result.exit_code for result in results} <= {0, 7}, results
    assert 0 in {result.exit_code for result in results}
    deployed(prod)


def test_eight_registrations_at_once_all_land(world: World) -> None:
    services = [f"service_{number}" for number in range(8)]
    for service in services:
        world.push(service, "2222222")
    world.proxy.on("ssm.PutParameter", Meeting(8).hold)

    running = [world.start("register", image(service, "2222222"), service) for service in services]
    results = [one.result() for one in running]

    assert [result.exit_code for result in results] == [0] * 8, results
    assert {world.says("latest", service) for service in services} == {image(s, "2222222") for s in services}


# --- who holds an environment


@pytest.fixture
def held(prod: World) -> tuple[World, Gate, Running]:
    """A deployment at work: it has registered its revisions, and waits for the answers."""
    return hold(prod)


def hold(world: World, **environ: str) -> tuple[World, Gate, Running]:
    gate = Gate()
    world.proxy.on("ecs.RegisterTaskDefinition", gate.hold_the_answer, nth=range(1, len(SERVICES) + 1))
    running = world.start(*DEPLOY, **environ)
    gate.wait_for_arrival()
    return world, gate, running


def test_a_registration_needs_no_hold(held: tuple[World, Gate, Running]) -> None:
    world, gate, running = held
    world.push("bag_register", "3333333")

    registered = world.release_tool("register", image("bag_register", "3333333"), "bag_register")

    assert registered.exit_code == 0, registered
    gate.open()
    assert running.result().exit_code == 0


def test_who_asks_is_told_who_holds_it(held: tuple[World, Gate, Running]) -> None:
    world, gate, running = held

    refused = world.release_tool(*DEPLOY)

    assert refused.exit_code == 7, refused
    assert "prod of storage is held by" in refused.stderr
    assert "release-tool unlock prod" in refused.stderr
    gate.open()
    assert running.result().exit_code == 0
    deployed(world)


def a_holder_elsewhere(world: World) -> None:
    now = world.now()
    elsewhere = Holder("theirs", "Ann <ann@example.org>", "elsewhere", 1, "boot 1", "release-tool deploy", now, now)
    world.ledger.acquire(PROJECT, "prod", elsewhere)


def test_a_holder_on_another_host_is_waited_for_until_its_lease_runs_out(prod: World) -> None:
    a_holder_elsewhere(prod)

    before = prod.release_tool(*DEPLOY)
    prod.controls.advance(LEASE_AND_MORE)
    after = prod.release_tool(*DEPLOY)

    assert (before.exit_code, after.exit_code) == (7, 0), f"{before}\n{after}"
    assert "held by Ann <ann@example.org> on elsewhere" in before.stderr
    deployed(prod)


def test_a_hold_can_be_broken(prod: World) -> None:
    a_holder_elsewhere(prod)

    broken = prod.release_tool("unlock", "prod", "--skip_confirm")
    done = prod.release_tool(*DEPLOY)

    assert (broken.exit_code, done.exit_code) == (0, 0), f"{broken}\n{done}"
    assert "Ann <ann@example.org>" in broken.stdout
    deployed(prod)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_deployment_lets_go_and_is_finished_later(
    held: tuple[World, Gate, Running], number: signal.Signals
) -> None:
    world, gate, running = held

    running.signal(number)
    gate.open()
    interrupted = running.result()

    assert interrupted.exit_code == 130, interrupted
    assert "interrupted" in interrupted.stderr
    assert_nobody_holds(world, "prod")
    again = world.release_tool(*DEPLOY)
    assert again.exit_code == 0, again
    deployed(world)


# --- time


@pytest.fixture
def clock(tmp_path: Path) -> Path:
    """Says by how many seconds a process's clock is wrong."""
    clock = tmp_path / "clock"
    clock.write_text("0")
    return clock


def test_a_holder_that_slept_past_its_lease_writes_nothing_any_more(prod: World, clock: Path) -> None:
    world, gate, slept = hold(prod, ANOTHER_CLOCK=f"{clock}")
    slept.signal(signal.SIGSTOP)
    clock.write_text(f"{LEASE_AND_MORE}")
    world.controls.advance(LEASE_AND_MORE)
    gate.open()
    other = world.release_tool(*DEPLOY, ANOTHER_CLOCK=f"{clock}")
    assert other.exit_code == 0, other
    world.proxy.forget()

    slept.signal(signal.SIGCONT)
    woken = slept.result()

    assert woken.exit_code == 7, woken
    assert "ran out" in woken.stderr
    assert [(call.name, call.status) for call in world.proxy.writes] == [("dynamodb.DeleteItem", 400)]
    deployed(world)


@pytest.mark.parametrize("wrong_by", [-3600, 3600])
def test_a_clock_an_hour_off_deploys_as_any_other(prod: World, clock: Path, wrong_by: int) -> None:
    clock.write_text(f"{wrong_by}")
    asked_at = prod.now()

    done = prod.release_tool(*DEPLOY, ANOTHER_CLOCK=f"{clock}")
    prod.finish_rollouts()
    told = prod.release_tool("status", "all", "prod", "--output=json", ANOTHER_CLOCK=f"{clock}")

    assert done.exit_code == 0, done
    deployed(prod)
    (deployment_set,) = prod.ledger.deployment_sets(PROJECT).items
    assert abs(deployment_set.requested_at - asked_at) < timedelta(seconds=90)
    assert told.document["word"] == "COMPLETE"


@pytest.mark.parametrize("wrong_by", [-3600, 3600])
@pytest.mark.parametrize("who", ["holder", "other"])
def test_a_clock_an_hour_off_takes_nothing_over(prod: World, clock: Path, wrong_by: int, who: str) -> None:
    clock.write_text(f"{wrong_by}")
    wrong = {"ANOTHER_CLOCK": f"{clock}"}
    world, gate, running = hold(prod, **(wrong if who == "holder" else {}))

    refused = world.release_tool(*DEPLOY, **(wrong if who == "other" else {}))

    assert refused.exit_code == 7, refused
    gate.open()
    done = running.result()
    assert done.exit_code == 0, done
    deployed(world)
