"""The ways of docs/adopting.md, walked with the real commands in a world that Terraform's files describe."""

from __future__ import annotations

import pytest

from tests.builders import a_project, a_service
from tests.terraform.world import FIRST, TerraformedWorld


@pytest.fixture
def world() -> TerraformedWorld:
    return TerraformedWorld()


def memory_that_runs(world: TerraformedWorld, name: str = "web") -> str:
    cluster = world.project.environment("prod").cluster
    revision = world.services.describe(cluster, [name])[name].revision
    definition = world.services.definition(str(revision))
    assert definition is not None
    return str(definition.fields["memory"])


# --- images stand in the files


def test_with_images_in_the_files_an_apply_after_a_deployment_puts_the_old_image_back(world: TerraformedWorld) -> None:
    world.images_stand_in_the_files()
    world.released("2222222")

    world.apply()

    assert world.runs("web") == FIRST


def test_taking_the_recipe_with_what_runs_as_the_first_image_changes_nothing(world: TerraformedWorld) -> None:
    world.images_stand_in_the_files()

    world.files_read_parameters()

    assert world.plan() == {}


def test_once_the_recipe_is_taken_a_deployment_leaves_nothing_to_plan(world: TerraformedWorld) -> None:
    world.images_stand_in_the_files()
    world.files_read_parameters()

    world.released("2222222")

    assert world.plan() == {}


# --- services ignore their task definition


@pytest.fixture
def ignoring() -> TerraformedWorld:
    """Deployed from outside for long, with a change of Terraform's that is registered and never ran."""
    project = a_project(a_service("web", clone_from="newest"))
    world = TerraformedWorld(project, ignores_task_definition=True, track_latest=False)
    world.files_say(memory="1024")
    world.apply()
    assert memory_that_runs(world) == "512"
    return world


def test_the_recipe_on_services_that_ignore_it_deploys_nothing_by_itself(ignoring: TerraformedWorld) -> None:
    ignoring.files_are_written(track_latest=True)

    assert ignoring.plan() == {}
    assert memory_that_runs(ignoring) == "512"


def test_a_restart_then_makes_the_service_run_the_newest_and_it_need_not_ignore_it_any_more(
    ignoring: TerraformedWorld,
) -> None:
    ignoring.files_are_written(track_latest=True)

    assert ignoring.deploy("web", "prod", "--from=prod", "--restart").code == 0
    ignoring.files_are_written(ignores_task_definition=False)

    assert memory_that_runs(ignoring) == "1024"
    assert ignoring.runs("web") == FIRST
    assert ignoring.plan() == {}


def test_so_does_the_next_deployment(ignoring: TerraformedWorld) -> None:
    ignoring.files_are_written(track_latest=True)

    ignoring.released("2222222")
    ignoring.files_are_written(ignores_task_definition=False)

    assert memory_that_runs(ignoring) == "1024"
    assert ignoring.plan() == {}


def test_to_stop_ignoring_before_the_newest_runs_would_be_a_deployment_of_terraforms(
    ignoring: TerraformedWorld,
) -> None:
    ignoring.files_are_written(track_latest=True, ignores_task_definition=False)

    assert ignoring.plan() != {}


# --- a tag that moves


def test_from_a_tag_that_moves_to_one_that_stays(world: TerraformedWorld) -> None:
    for service in ("web", "api", "worker"):
        world.register(service, "latest")
        world.register(service, "latest", env="prod")
    world.apply()
    world.complete()
    assert world.plan() == {}

    world.released("4824f09")

    assert world.runs("web") == "4824f09"
    assert world.plan() == {}
