"""How deployments end, who writes it down, and how one goes back."""

import pytest

from tests.commands.world import World


@pytest.fixture
def world() -> World:
    """Build 2222222 has completed everywhere in prod."""
    world = World()
    for service in ("web", "api", "worker"):
        world.register(service, "2222222")
    world.deploy()
    world.complete()
    world.run("wait", "prod")
    return world


def bad_deployment_is_rolled_back(world: World, service: str = "web", build: str = "bad") -> None:
    world.register(service, build)
    world.deploy(service)
    world.services.fail("catalogue-prod", service)
    world.services.roll_back("catalogue-prod", service)
    world.services.complete("catalogue-prod", service)


def test_a_rollback_of_ecs_is_never_called_complete(world: World) -> None:
    bad_deployment_is_rolled_back(world)

    assert world.word("web") == "ROLLED_BACK"
    assert world.run("wait", "prod").code == 6


def test_waiting_settles_parameter_and_revision_after_a_rollback(world: World) -> None:
    bad_deployment_is_rolled_back(world)
    assert "not settled" in world.run("status", "all", "prod").out

    world.run("wait", "prod")

    assert world.parameter("web") == "2222222"
    assert world.newest("web") == world.runs("web") == "2222222"
    assert world.parameter("api") == "2222222"
    assert "not settled" not in world.run("status", "all", "prod").out
    assert world.word("web") == "ROLLED_BACK"


def test_the_next_deployment_settles_what_nobody_waited_for(world: World) -> None:
    bad_deployment_is_rolled_back(world)
    world.register("web", "2222222")
    world.register("api", "3333333")

    world.deploy("api")

    assert world.parameter("web") == "2222222"
    assert world.newest("web") == "2222222"
    assert world.word("web") == "ROLLED_BACK"


def test_ecs_going_back_past_two_deployments_settles_both(world: World) -> None:
    world.register("web", "3333333")
    world.deploy("web")
    bad_deployment_is_rolled_back(world)

    world.run("wait", "prod")

    assert world.parameter("web") == world.newest("web") == world.runs("web") == "2222222"
    history = world.run("history", "prod", "--output=json").document["deployments"]
    assert [d["word"] for d in history] == ["ROLLED_BACK", "ROLLED_BACK", "COMPLETE"]


def test_after_a_failure_without_rollback_nothing_is_put_back() -> None:
    world = World(breaker=False)
    world.register("web", "bad")
    world.deploy("web")
    world.services.fail("catalogue-prod", "web")

    result = world.run("wait", "prod")

    assert result.code == 6
    assert world.parameter("web") == world.newest("web") == "bad"
    assert world.word("web") == "FAILED"


def test_a_deployment_that_a_later_one_replaced_is_superseded(world: World) -> None:
    world.register("web", "3333333")
    world.deploy("web")
    world.register("web", "4444444")
    world.deploy("web")
    world.complete()
    world.run("wait", "prod")

    history = world.run("history", "prod", "--output=json").document["deployments"]
    assert [d["word"] for d in history] == ["COMPLETE", "SUPERSEDED", "COMPLETE"]


def test_a_parameter_that_somebody_changed_meanwhile_is_not_put_back(world: World) -> None:
    bad_deployment_is_rolled_back(world)
    world.register("web", "5555555", env="prod")

    world.run("wait", "prod")

    assert world.parameter("web") == "5555555"


def test_a_rollback_goes_to_what_completed_before(world: World) -> None:
    world.register("web", "3333333")
    world.deploy("web")
    world.complete()
    world.run("wait", "prod")

    result = world.run("rollback", "web", "prod", "--skip_confirm")

    assert result.code == 0
    assert "back to deployment 1" in result.out
    assert world.runs("web") == world.parameter("web") == "2222222"


def test_a_second_rollback_goes_further_back_and_never_forward_to_the_bug(world: World) -> None:
    for build in ("3333333", "4444444"):
        world.register("web", build)
        world.deploy("web")
        world.complete()
        world.run("wait", "prod")

    for expected in ("3333333", "2222222"):
        world.run("rollback", "web", "prod", "--skip_confirm")
        world.complete()
        world.run("wait", "prod")
        assert world.runs("web") == expected


def test_what_ecs_has_put_back_already_is_left_alone_by_a_rollback(world: World) -> None:
    bad_deployment_is_rolled_back(world)

    result = world.run("rollback", "all", "prod", "--skip_confirm")

    assert world.runs("web") == world.parameter("web") == world.newest("web") == "2222222"
    assert world.services.updated[-1] == ("web", "catalogue-prod-web:3")
    assert result.code == 0


def test_a_rollback_without_anything_to_go_back_to_lists_what_is_known(world: World) -> None:
    result = world.run("rollback", "web", "prod", "--skip_confirm")

    assert result.code == 2
    assert "nothing that completed before" in result.err
    assert "--to=<n>" in result.err


def test_a_rollback_to_a_release_by_number(world: World) -> None:
    world.register("web", "3333333")
    world.deploy("web")
    world.complete()

    world.run("rollback", "web", "prod", "--to=1", "--skip_confirm")

    assert world.runs("web") == "2222222"


def test_waiting_for_what_never_ends_gives_up_and_says_how_to_go_on(world: World) -> None:
    world.register("web", "3333333")
    world.deploy("web")

    result = world.run("wait", "prod", "--timeout=1.5")

    assert result.code == 5
    assert "release-tool wait prod" in result.err


def test_a_crash_loop_without_a_breaker_ends_the_wait_and_leaves_no_outcome() -> None:
    world = World(breaker=False)
    world.register("web", "bad")
    world.deploy("web")
    primary = world.services.describe("catalogue-prod", ["web"])["web"].primary
    assert primary is not None
    for _ in range(3):
        world.services.stop_task("web", primary.id, "app", 137, "OutOfMemoryError")
    world.services.set("catalogue-prod", "web", deployments=(_failing(primary),))

    result = world.run("wait", "prod", "--timeout=10")

    assert result.code == 6
    assert "exited with 137" in result.err
    assert world.word("web") == "IN_PROGRESS"


def _failing(primary):  # type: ignore[no-untyped-def]
    from dataclasses import replace

    return replace(primary, failed=3, running=0)


def test_a_dead_container_in_a_complete_deployment_is_a_warning(world: World) -> None:
    world.register("web", "3333333")
    world.deploy("web")
    primary = world.services.describe("catalogue-prod", ["web"])["web"].primary
    assert primary is not None
    world.services.container_dies(primary.id, "app", 1)
    world.complete()

    result = world.run("wait", "prod")

    assert result.code == 0
    assert "container app has exited with 1" in result.err
