"""Task definitions that no service runs: deployed, recorded, shown and put back with the image that they share."""

import pytest

from tests.builders import a_project, a_service, fields_of, uri_of
from tests.commands.world import SIDECAR, World

MIGRATION = "catalogue-prod-web-migration"


@pytest.fixture
def world() -> World:
    """`web` has an ECS service and a migration; `nightly` is a scheduled task and nothing else."""
    web = a_service("web", task_families=("{project}-{env}-web-migration",))
    nightly = a_service("nightly", ecs_services=(), task_families=("{project}-{env}-nightly",))
    world = World(a_project(web, nightly))
    for family, service in ((MIGRATION, "web"), ("catalogue-prod-nightly", "nightly")):
        images = {"app": uri_of(service, "1111111"), "log_router": SIDECAR}
        world.services.registered_outside(fields_of(family, images))
    world.register("web", "2222222")
    world.register("nightly", "2222222")
    return world


def newest_build(world: World, family: str) -> str:
    definition = world.services.definition(family)
    assert definition is not None
    assert definition.images["log_router"] == SIDECAR
    return definition.images["app"].rpartition(":")[2]


def test_a_task_family_gets_a_revision_and_no_service_is_updated_for_it(world: World) -> None:
    result = world.deploy()

    assert result.code == 0
    assert newest_build(world, MIGRATION) == newest_build(world, "catalogue-prod-nightly") == "2222222"
    assert [name for name, _ in world.services.updated] == ["web"]


def test_a_deployed_task_family_is_left_alone_the_next_time(world: World) -> None:
    world.deploy()
    world.complete()
    registered = list(world.services.registered)

    again = world.deploy()

    assert again.out.endswith("Nothing to deploy.\n")
    assert world.services.registered == registered


def test_a_task_family_is_named_in_the_plan_and_in_the_status(world: World) -> None:
    assert f"task family {MIGRATION}" in world.run("deploy", "all", "prod", "--dry_run").out

    world.deploy()
    world.complete()
    world.run("wait", "prod")

    assert world.word("nightly") == "COMPLETE"
    assert world.word("web") == "COMPLETE"


def test_a_family_that_is_not_there_refuses_the_deployment(world: World) -> None:
    world.services.deregister(str(world.services.definition(MIGRATION).arn))  # type: ignore[union-attr]

    result = world.deploy()

    assert result.code == 2
    assert f"there is no task family {MIGRATION}" in result.err
    assert world.services.registered == []


def test_a_task_family_goes_back_with_its_ecs_service(world: World) -> None:
    world.deploy()
    world.complete()
    world.run("wait", "prod")
    world.register("web", "bad")
    world.deploy("web")
    world.services.fail("catalogue-prod", "web")
    world.services.roll_back("catalogue-prod", "web")
    world.services.complete("catalogue-prod", "web")

    assert world.run("wait", "prod").code == 6

    assert newest_build(world, MIGRATION) == world.runs("web") == world.parameter("web") == "2222222"


def test_a_task_family_comes_back_with_a_rollback(world: World) -> None:
    for build in ("2222222", "3333333"):
        world.register("web", build)
        world.deploy("web")
        world.complete()
        world.run("wait", "prod")

    world.run("rollback", "web", "prod", "--skip_confirm")

    assert newest_build(world, MIGRATION) == world.runs("web") == "2222222"


def test_a_deployment_cut_off_before_its_family_was_registered_is_finished_by_the_same_command(world: World) -> None:
    world.services.troubles.refuse("register", of=MIGRATION)

    first, again = world.deploy(), world.deploy()

    assert (first.code, again.code) == (1, 0)
    assert "finishes deployment 1" in again.out
    assert newest_build(world, MIGRATION) == "2222222"
    assert len(world.services.registered) == len(set(world.services.registered)) == 3


def test_a_revision_of_a_family_that_was_never_recorded_is_used_again(world: World) -> None:
    world.services.troubles.lose_answer("register", acted=True, of=MIGRATION)

    assert world.deploy().code == 0

    assert sum(name.startswith(MIGRATION) for name in world.services.registered) == 1
