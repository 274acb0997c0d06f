"""What ECS rolls back is told, explained and settled; and people can go back too."""

from __future__ import annotations

import pytest

from release_tool.model import Word
from tests.end_to_end.agreement import assert_agree, assert_one_new_revision, outcomes
from tests.end_to_end.world import DEPLOY, HURRIED, SERVICES, World, cluster, image
from tests.proxy.faults import Gate

BAD = "3333333-crash"
A_LOOK = 10.0
"""Seconds that pass, in these tests, from one look at ECS to the next."""


@pytest.fixture
def deployed(prod: World) -> World:
    """2222222 was deployed to all three, and has completed; time passes with each look."""
    prod.let_time_pass_with_each_look(A_LOOK)
    done = prod.hurried(*DEPLOY, "--wait")
    assert done.exit_code == 0, done
    return prod


# --- one bad image in a set


def test_a_crash_is_told_explained_and_settled_for_its_service_alone(deployed: World) -> None:
    deployed.registered(BAD, "bag_register")
    deployed.registered("3333333", "bag_unpacker", "bag_verifier")

    waited = deployed.hurried(*DEPLOY, "--wait")

    assert waited.exit_code == 6, waited
    assert "container bag_register exited with 1" in waited.stderr
    assert "logs: ecs/bag_register" in waited.stderr
    assert_agree(deployed, "prod", bag_register="2222222", bag_unpacker="3333333", bag_verifier="3333333")
    assert outcomes(deployed, "prod") == {
        "bag_register": Word.ROLLED_BACK,
        "bag_unpacker": Word.COMPLETE,
        "bag_verifier": Word.COMPLETE,
    }


def test_the_wait_ends_with_the_rollback(deployed: World) -> None:
    deployed.registered(BAD, "bag_register")

    waited = deployed.hurried(*DEPLOY, "--wait")

    assert waited.exit_code == 6, waited
    (ended_at,) = {
        deployment["finishedAt"]
        for deployment in deployed.ecs.list_service_deployments(
            cluster=cluster("prod"), service="bag_register", status=["ROLLBACK_SUCCESSFUL"]
        )["serviceDeployments"]
    }
    # One look sees it; settling looks again, to put back what runs then.
    assert (deployed.now() - ended_at).total_seconds() <= 4 * A_LOOK


def test_rolling_all_back_returns_the_whole_set_to_the_last_that_completed(deployed: World) -> None:
    deployed.registered(BAD, "bag_register")
    deployed.registered("3333333", "bag_unpacker", "bag_verifier")
    assert deployed.hurried(*DEPLOY, "--wait").exit_code == 6

    back = deployed.hurried("rollback", "all", "prod", "--skip_confirm", "--wait")

    assert back.exit_code == 0, back
    assert_agree(deployed, "prod", **dict.fromkeys(SERVICES, "2222222"))


def test_the_next_deployment_settles_what_nobody_waited_for(deployed: World) -> None:
    deployed.registered(BAD, "bag_register")
    assert deployed.hurried(*DEPLOY).exit_code == 0
    deployed.finish_rollouts()
    deployed.registered("3333333", "bag_unpacker")

    done = deployed.hurried("deploy", "bag_unpacker", "prod", "--skip_confirm", "--wait")

    assert done.exit_code == 0, done
    assert_agree(deployed, "prod", bag_register="2222222", bag_unpacker="3333333", bag_verifier="2222222")


def test_what_is_not_settled_yet_is_called_so(deployed: World) -> None:
    deployed.registered(BAD, "bag_register")
    assert deployed.hurried(*DEPLOY).exit_code == 0
    deployed.finish_rollouts()

    told = deployed.release_tool("status", "bag_register", "prod")

    assert told.exit_code == 0, told
    assert "ROLLED_BACK" in told.stdout
    assert "not settled" in told.stdout


# --- several deployments at once


def test_ecs_goes_back_past_two_deployments_and_so_does_the_intent(world: World) -> None:
    world.add("prod", "bag_register")
    world.registered("2222222", "bag_register")
    assert world.hurried(*DEPLOY).exit_code == 0
    world.registered(BAD, "bag_register")
    assert world.hurried(*DEPLOY).exit_code == 0
    world.let_time_pass_with_each_look(A_LOOK)

    waited = world.hurried("wait", "prod")

    assert waited.exit_code == 6, waited
    assert_agree(world, "prod", bag_register="1111111")
    history = world.ledger.service_history("storage", "bag_register", environment="prod").items
    assert [rollout.outcome for deployment in history for rollout in deployment.rollouts] == [Word.ROLLED_BACK] * 2


def test_a_deployment_before_the_settling_keeps_its_parameter(deployed: World) -> None:
    deployed.registered(BAD, "bag_register")
    assert deployed.hurried(*DEPLOY).exit_code == 0
    deployed.finish_rollouts()
    gate = Gate()
    deployed.proxy.on("dynamodb.PutItem", gate.hold, nth=1)
    waiting = deployed.start("wait", "prod", **HURRIED)
    gate.wait_for_arrival()
    deployed.registered("4444444", "bag_register")
    assert deployed.hurried(*DEPLOY).exit_code == 0

    gate.open()
    waiting.result()

    deployed.finish_rollouts()
    assert_agree(deployed, "prod", bag_register="4444444", bag_unpacker="2222222", bag_verifier="2222222")


# --- how ECS tells of a rollback


@pytest.mark.parametrize("lag", [0, 2])
@pytest.mark.parametrize("rollback_id", ["new", "old"])
def test_a_rollback_is_never_called_complete(world: World, rollback_id: str, lag: float) -> None:
    world.controls.settings(rollback_id=rollback_id, read_lag_seconds=lag)
    world.add("prod", "bag_register")
    world.registered(BAD, "bag_register")
    assert world.hurried(*DEPLOY).exit_code == 0
    world.let_time_pass_with_each_look(1.5)

    watched = world.hurried("status", "all", "prod", "--watch")

    assert watched.exit_code == 0, watched
    words = words_in(watched.stdout)
    assert words == ["IN_PROGRESS", "ROLLING_BACK", "ROLLED_BACK"]


@pytest.mark.parametrize("lag", [0, 2])
@pytest.mark.parametrize("rollback_id", ["new", "old"])
def test_a_rollout_that_goes_well_is_never_called_rolled_back(world: World, rollback_id: str, lag: float) -> None:
    world.controls.settings(rollback_id=rollback_id, read_lag_seconds=lag)
    world.add("prod", "bag_register")
    world.registered("2222222", "bag_register")
    assert world.hurried(*DEPLOY).exit_code == 0
    world.let_time_pass_with_each_look(1.5)

    watched = world.hurried("status", "all", "prod", "--watch")

    assert watched.exit_code == 0, watched
    assert words_in(watched.stdout) == ["IN_PROGRESS", "COMPLETE"]


@pytest.mark.parametrize("lag", [0, 2])
@pytest.mark.parametrize("rollback_id", ["new", "old"])
def test_every_kind_of_rollback_ends_the_wait_and_is_settled(world: World, rollback_id: str, lag: float) -> None:
    world.controls.settings(rollback_id=rollback_id, read_lag_seconds=lag)
    world.add("prod", "bag_register")
    world.registered(BAD, "bag_register")
    world.let_time_pass_with_each_look(A_LOOK)

    waited = world.hurried(*DEPLOY, "--wait")

    assert waited.exit_code == 6, waited
    assert_agree(world, "prod", bag_register="1111111")
    assert outcomes(world, "prod") == {"bag_register": Word.ROLLED_BACK}


def words_in(lines: str) -> list[str]:
    """`12:00:00 prod bag_register 2222222 IN_PROGRESS (…)`, each word once for as long as it stays."""
    words = [line.split()[4] for line in lines.splitlines()]
    return [word for number, word in enumerate(words) if number == 0 or words[number - 1] != word]


# --- going back by oneself


def test_a_second_rollback_goes_further_back_and_never_forward_to_the_bug(deployed: World) -> None:
    for build in ("3333333", "4444444"):
        deployed.registered(build, *SERVICES)
        assert deployed.hurried(*DEPLOY, "--wait").exit_code == 0
    rollback = ("rollback", "all", "prod", "--skip_confirm", "--wait")

    once, twice = deployed.hurried(*rollback), deployed.hurried(*rollback)

    assert (once.exit_code, twice.exit_code) == (0, 0), f"{once}\n{twice}"
    assert "bag_register@3333333" in once.stdout
    assert "bag_register@2222222" in twice.stdout
    assert_agree(deployed, "prod", **dict.fromkeys(SERVICES, "2222222"))


def test_a_rollback_with_no_target_lists_the_candidates(prod: World) -> None:
    prod.registered(BAD, "bag_register")
    assert prod.hurried(*DEPLOY).exit_code == 0
    prod.registered("2222222", "bag_register")
    assert prod.hurried(*DEPLOY).exit_code == 0

    refused = prod.hurried("rollback", "bag_register", "prod", "--skip_confirm")

    assert refused.exit_code == 2, refused
    assert f"bag_register@{BAD} (release 1, deployment 1" in refused.stderr
    assert "--to=" in refused.stderr


# --- one image, several ECS services


@pytest.fixture
def shared(world: World) -> World:
    """An image that feeds two ECS services, of which one has no breaker."""
    world.write_manifest(
        "storage:\n  environments: [{id: prod}]\n  services: [{id: bag_replicator, ecs_services: [primary, glacier]}]\n"
    )
    world.add_cluster("prod")
    for name in ("primary", "glacier"):
        world.add_service("prod", name, {"bag_replicator": image("bag_replicator", "1111111")})
    world.finish_rollouts()
    return world


def test_different_ends_of_one_image_are_listed_and_the_next_deployment_makes_it_whole(shared: World) -> None:
    shared.registered("2222222", "bag_replicator")
    assert shared.hurried(*DEPLOY).exit_code == 0
    arn = shared.ecs.list_service_deployments(cluster=cluster("prod"), service="glacier")["serviceDeployments"][0]
    shared.ecs.stop_service_deployment(serviceDeploymentArn=arn["serviceDeploymentArn"], stopType="ROLLBACK")
    shared.let_time_pass_with_each_look(A_LOOK)

    waited = shared.hurried("wait", "prod")
    assert waited.exit_code == 6, waited
    assert "its ECS services ended differently" in waited.stderr
    assert shared.says("prod", "bag_replicator") == image("bag_replicator", "2222222")
    again = shared.hurried(*DEPLOY, "--wait")

    assert again.exit_code == 0, again
    assert {name: shared.runs("prod", name)["bag_replicator"] for name in ("primary", "glacier")} == dict.fromkeys(
        ("primary", "glacier"), image("bag_replicator", "2222222")
    )
    assert_one_new_revision(shared, "prod", "primary")
