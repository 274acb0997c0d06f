"""The main job, from a command line to what ECS, SSM and the ledger then say."""

import pytest

from tests.builders import a_digest, uri_of
from tests.commands.world import World


@pytest.fixture
def world() -> World:
    world = World()
    for service in ("web", "api", "worker"):
        world.register(service, "2222222")
    return world


def test_a_deployment_brings_parameter_revision_and_service_to_the_registered_image(world: World) -> None:
    result = world.deploy()
    world.complete()

    assert result.code == 0
    assert [world.runs(s) for s in ("web", "api", "worker")] == ["2222222"] * 3
    assert [world.parameter(s) for s in ("web", "api", "worker")] == ["2222222"] * 3
    assert world.word("web") == "COMPLETE"


def test_the_same_deployment_again_has_nothing_to_do_and_writes_nothing(world: World) -> None:
    world.deploy()
    writes = (list(world.services.registered), list(world.services.updated), list(world.parameters.written))

    again = world.deploy()

    assert again.out.endswith("Nothing to deploy.\n")
    assert (world.services.registered, world.services.updated, world.parameters.written) == writes


def test_a_dry_run_shows_the_plan_and_changes_nothing(world: World) -> None:
    result = world.run("deploy", "all", "prod", "--dry_run")

    assert "web@2222222" in result.out
    assert world.services.registered == []
    assert world.parameter("web") is None
    assert world.ledger.latest_set("catalogue", "prod") is None


@pytest.mark.parametrize("answer", ["n", "", "yep", "no"])
def test_anything_but_yes_deploys_nothing(world: World, answer: str) -> None:
    result = world.run("deploy", "all", "prod", answer=answer)

    assert result.code == 3
    assert "Nothing was deployed." in result.err
    assert world.services.registered == []


@pytest.mark.parametrize("answer", ["y", "Y", "yes", "YES"])
def test_yes_in_any_case_deploys(world: World, answer: str) -> None:
    result = world.run("deploy", "all", "prod", answer=answer)

    assert result.code == 0
    assert result.out.endswith("\nDeployment requested.\n")
    assert "Do you wish to continue? (y/n) " in result.err


def test_without_a_terminal_nobody_is_asked(world: World) -> None:
    result = world.run("deploy", "all", "prod")

    assert result.code == 2
    assert "--skip_confirm" in result.err
    assert world.services.registered == []


def test_one_service_is_deployed_and_the_others_are_left_alone(world: World) -> None:
    world.deploy("web")

    assert [world.runs(s) for s in ("web", "api", "worker")] == ["2222222", "1111111", "1111111"]


def test_sidecars_stay_as_they_are(world: World) -> None:
    world.deploy("web")

    definition = world.services.definition("catalogue-prod-web")
    assert definition is not None
    assert definition.images == {"app": uri_of("web", "2222222"), "log_router": "public.ecr.aws/fluent/bit:1"}


def test_an_image_that_its_repository_lacks_refuses_everything_before_anything_changes(world: World) -> None:
    world.images.lacks(uri_of("api", "2222222"))

    result = world.deploy()

    assert result.code == 2
    assert "api" in result.err
    assert world.services.registered == []
    assert world.parameter("web") is None


def test_a_moved_tag_is_deployed_and_said_so(world: World) -> None:
    world.deploy()
    world.complete()
    world.images.moves(uri_of("web", "2222222"), a_digest("b"))

    result = world.deploy()

    assert "the tag means another image now" in result.out
    assert [name for name, _ in world.services.updated].count("web") == 2
    assert [name for name, _ in world.services.updated].count("api") == 1


def test_a_promotion_takes_what_is_complete_there(world: World) -> None:
    world.deploy("all", "stage")
    world.complete("stage")

    result = world.deploy("all", "prod", "--from=stage")

    assert result.code == 0
    assert world.runs("web") == "2222222"


def test_a_promotion_of_what_still_rolls_out_is_refused(world: World) -> None:
    world.deploy("all", "stage")

    result = world.deploy("all", "prod", "--from=stage")

    assert result.code == 2
    assert "it is IN_PROGRESS in stage" in result.err
    assert world.runs("web") == "1111111"


def test_a_promotion_of_what_is_not_proven_can_be_allowed(world: World) -> None:
    world.deploy("all", "stage")

    assert world.deploy("all", "prod", "--from=stage", "--allow_unproven").code == 0


def test_an_earlier_release_set_can_be_deployed_by_its_number(world: World) -> None:
    world.deploy()
    world.complete()
    world.register("web", "3333333")
    world.deploy()
    world.complete()

    world.deploy("all", "prod", "--release=1")

    assert world.runs("web") == "2222222"


def test_the_same_images_are_the_same_release_set_wherever_they_go(world: World) -> None:
    world.deploy("all", "stage")
    world.complete("stage")
    world.deploy("all", "prod", "--from=stage")

    history = world.run("history", "--output=json").document["deployments"]

    assert [(d["deployment"], d["environment"], d["release"]) for d in history] == [(2, "prod", 1), (1, "stage", 1)]


def test_a_restart_deploys_again_what_runs_already(world: World) -> None:
    world.deploy()
    world.complete()

    result = world.deploy("web", "prod", "--restart")

    assert result.code == 0
    assert world.services.updated[-1] == ("web", "catalogue-prod-web:3")
    assert world.runs("web") == "2222222"


def test_a_parameter_changed_for_an_environment_is_named_in_the_plan(world: World) -> None:
    world.deploy()
    world.complete()
    world.register("web", "9999999", env="prod")
    world.register("web", "3333333")

    result = world.run("deploy", "all", "prod", "--dry_run")

    assert uri_of("web", "9999999") in result.out
    assert uri_of("web", "2222222") in result.out


def test_one_service_that_fails_leaves_the_others_going_and_the_same_again_finishes(world: World) -> None:
    world.services.troubles.refuse("update", of="api")

    first = world.deploy()
    again = world.deploy()

    assert first.code == 1
    assert "api" in first.err
    assert again.code == 0
    assert "finishes deployment 1" in again.out
    assert [world.runs(s) for s in ("web", "api", "worker")] == ["2222222"] * 3
    assert sorted(world.services.registered) == [f"catalogue-prod-{s}:2" for s in ("api", "web", "worker")]


def test_errors_are_documents_where_json_was_asked_for(world: World) -> None:
    result = world.run("deploy", "nothing", "prod", "--output=json")

    assert result.code == 2
    assert result.document["error"]["code"] == 2
    assert "nothing" in result.document["error"]["message"]
