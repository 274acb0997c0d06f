"""Killed twice, killed in a rollback, killed and then asked for something else: nothing is left half done."""

from __future__ import annotations

import pytest

from release_tool.model import Word
from tests.end_to_end.agreement import (
    assert_agree,
    assert_nobody_holds,
    assert_one_new_revision,
    assert_recorded,
    assert_status_is_true,
    outcomes,
)
from tests.end_to_end.world import DEPLOY, PROJECT, SERVICES, World, image

NEW = dict.fromkeys(SERVICES, "2222222")
NEWER = dict.fromkeys(SERVICES, "3333333")
IN_THE_EFFECTS = (17, 21, 24, 26, 28, 30, 32)
"""Some of a deployment's calls after the one that numbers it."""
EVERY_FEW = range(3, 60, 6)


@pytest.mark.parametrize("second", [12, 18, 22])
@pytest.mark.parametrize("first", [19, 27])
def test_a_deployment_that_is_killed_twice_is_finished_all_the_same(prod: World, first: int, second: int) -> None:
    prod.killed_after(first, *DEPLOY)
    prod.killed_after(second, *DEPLOY)

    again = prod.release_tool(*DEPLOY)

    assert again.exit_code == 0, again
    prod.finish_rollouts()
    assert_agree(prod, "prod", **NEW)
    assert_recorded(prod, "prod", **NEW)
    assert_one_new_revision(prod, "prod", *SERVICES)


@pytest.mark.parametrize("nth", IN_THE_EFFECTS)
def test_what_was_cut_off_can_be_replaced_by_another_deployment(prod: World, nth: int) -> None:
    prod.killed_after(nth, *DEPLOY)
    prod.registered("3333333", *SERVICES)

    other = prod.hurried(*DEPLOY)

    assert other.exit_code == 0, other
    assert_status_is_true(prod, "prod")
    prod.finish_rollouts()
    assert prod.hurried("wait", "prod").exit_code == 0
    assert_agree(prod, "prod", **NEWER)
    assert outcomes(prod, "prod") == dict.fromkeys(SERVICES, Word.COMPLETE)
    for service in SERVICES:
        assert len(prod.revisions("prod", service)) <= 3
    history = prod.ledger.deployment_sets(PROJECT, environment="prod").items
    assert all(deployment_set.requested for deployment_set in history)


@pytest.mark.parametrize("nth", IN_THE_EFFECTS)
def test_what_was_cut_off_for_all_can_be_finished_one_by_one(prod: World, nth: int) -> None:
    prod.killed_after(nth, *DEPLOY)

    for service in SERVICES:
        done = prod.hurried("deploy", service, "prod", "--skip_confirm")
        assert done.exit_code == 0, done

    prod.finish_rollouts()
    assert_agree(prod, "prod", **NEW)


@pytest.fixture
def twice(prod: World) -> World:
    """2222222 and then 3333333 have completed."""
    for build in ("2222222", "3333333"):
        prod.registered(build, *SERVICES)
        assert prod.hurried(*DEPLOY).exit_code == 0
        prod.finish_rollouts()
    assert prod.hurried("wait", "prod").exit_code == 0
    prod.proxy.forget()
    return prod


@pytest.mark.parametrize("nth", EVERY_FEW)
def test_a_rollback_that_is_killed_is_finished_by_the_same_command(twice: World, nth: int) -> None:
    twice.killed_after(nth, "rollback", "all", "prod", "--skip_confirm")

    again = twice.hurried("rollback", "all", "prod", "--skip_confirm")

    # Killed when all was done, the second one has nothing further to go back to.
    assert again.exit_code in (0, 2), again
    twice.finish_rollouts()
    assert twice.hurried("wait", "prod").exit_code == 0
    assert_agree(twice, "prod", **NEW)
    assert outcomes(twice, "prod") == dict.fromkeys(SERVICES, Word.COMPLETE)
    for service in SERVICES:
        assert len(twice.revisions("prod", service)) == 4


def test_a_rollback_that_was_cut_off_at_its_very_end_goes_no_further_back(twice: World) -> None:
    twice.registered("4444444", *SERVICES)
    assert twice.hurried(*DEPLOY).exit_code == 0
    twice.finish_rollouts()
    assert twice.hurried("wait", "prod").exit_code == 0
    # The one UpdateItem says that everything was asked for; what is left is to let go.
    killed = twice.killed_after(1, "rollback", "all", "prod", "--skip_confirm", of="dynamodb.UpdateItem")
    assert killed.exit_code < 0, killed

    again = twice.hurried("rollback", "all", "prod", "--skip_confirm")

    assert again.exit_code == 0, again
    assert again.stdout.endswith("Nothing to deploy.\n")
    twice.finish_rollouts()
    assert_agree(twice, "prod", **NEWER)


@pytest.mark.parametrize("nth", EVERY_FEW)
def test_a_deployment_that_is_killed_while_it_settles_the_one_before_is_finished(prod: World, nth: int) -> None:
    prod.registered("2222222-crash", "bag_register")
    assert prod.hurried(*DEPLOY).exit_code == 0
    prod.finish_rollouts()
    prod.registered("3333333", "bag_register", "bag_unpacker")
    prod.proxy.forget()
    prod.killed_after(nth, *DEPLOY)

    again = prod.hurried(*DEPLOY)

    assert again.exit_code == 0, again
    prod.finish_rollouts()
    assert_agree(prod, "prod", bag_register="3333333", bag_unpacker="3333333", bag_verifier="2222222")
    outcomes_of = [
        rollout.outcome
        for deployment in prod.ledger.service_history(PROJECT, "bag_register", environment="prod").items
        for rollout in deployment.rollouts
    ]
    assert outcomes_of == [None, Word.ROLLED_BACK]


@pytest.mark.parametrize("nth", EVERY_FEW)
def test_images_that_share_an_ecs_service_survive_a_crash_too(world: World, nth: int) -> None:
    services = ("ingests_api", "ingests_worker")
    world.write_manifest(
        "storage:\n  environments: [{id: prod}]\n  services:\n"
        + "".join(f"    - {{id: {service}, ecs_services: [ingests, reports]}}\n" for service in services)
    )
    world.add_cluster("prod")
    for name in ("ingests", "reports"):
        world.add_service("prod", name, {service: image(service, "1111111") for service in services})
    world.finish_rollouts()
    world.registered("2222222", *services)
    world.killed_after(nth, *DEPLOY)

    again = world.hurried(*DEPLOY)

    assert again.exit_code == 0, again
    world.finish_rollouts()
    for name in ("ingests", "reports"):
        assert world.runs("prod", name) == {service: image(service, "2222222") for service in services}
        assert world.newest_active("prod", name) == world.service("prod", name)["taskDefinition"]
    assert_one_new_revision(world, "prod", "ingests", "reports")
    assert_nobody_holds(world, "prod")
