"""After release-tool, `terraform plan` shows no change: the real commands, in a world described in Terraform."""

from __future__ import annotations

import pytest

from release_tool.model import Environment
from tests.builders import a_digest, a_project, a_service, fields_of, uri_of
from tests.fakes.trouble import Killed
from tests.terraform.sees import Configuration, UpdatesService
from tests.terraform.world import FIRST, TAGS, Described, TerraformedWorld

WRITES = [(call, acted) for call in ("put", "register", "update") for acted in (False, True)]


@pytest.fixture
def world() -> TerraformedWorld:
    return TerraformedWorld()


def kill(world: TerraformedWorld, call: str, acted: bool, of: str | None = None) -> None:
    troubles = world.parameters.troubles if call == "put" else world.services.troubles
    troubles.kill(call, acted=acted, of=of)


def cut_off(world: TerraformedWorld, call: str, acted: bool, asked: str = "web") -> None:
    kill(world, call, acted)
    with pytest.raises(Killed):
        world.deploy(asked)


def test_before_anything_is_deployed_nothing_is_left_to_plan(world: TerraformedWorld) -> None:
    assert world.plan("stage") == world.plan("prod") == {}


def test_during_a_rollout_and_after_it_nothing_is_left_to_plan(world: TerraformedWorld) -> None:
    world.registered("2222222")

    world.deploy()
    during = world.plan()
    world.complete()
    world.run("wait", "prod")

    assert during == world.plan() == {}
    assert world.runs("web") == world.runs("worker-slow") == "2222222"


def test_registering_an_image_is_nothing_to_terraform(world: TerraformedWorld) -> None:
    world.registered("2222222")

    assert world.plan() == {}


def test_an_image_registered_for_an_environment_is_what_terraform_would_deploy(world: TerraformedWorld) -> None:
    """The parameter is the intent, for both of them."""
    world.register("web", "2222222", env="prod")
    assert world.images_that_would_be_deployed() == {"2222222"}

    world.run("deploy", "web", "prod", "--from=prod", "--skip_confirm")

    assert world.plan() == {}


def test_one_service_deployed_leaves_nothing_to_plan_for_any(world: TerraformedWorld) -> None:
    world.released("2222222", "api")

    assert world.plan("prod") == world.plan("stage") == {}


def test_a_promotion_leaves_nothing_to_plan_in_either_environment(world: TerraformedWorld) -> None:
    world.released("2222222", env="stage")

    world.run("deploy", "all", "prod", "--from=stage", "--skip_confirm")

    assert world.plan("stage") == world.plan("prod") == {}


def test_a_restart_and_a_moved_tag_leave_nothing_to_plan(world: TerraformedWorld) -> None:
    world.released("2222222")

    world.deploy("web", "prod", "--restart")
    world.images.moves(uri_of("api", "2222222"), a_digest("b"))
    world.deploy("api")

    assert [name for name, _ in world.services.updated].count("web") == 2
    assert [name for name, _ in world.services.updated].count("api") == 2
    assert world.plan() == {}


def test_a_rollback_leaves_nothing_to_plan(world: TerraformedWorld) -> None:
    world.released("2222222")
    world.released("3333333")

    world.run("rollback", "all", "prod", "--skip_confirm")

    assert world.runs("web") == "2222222"
    assert world.plan() == {}


# --- ECS goes back


def test_until_it_is_settled_an_apply_would_deploy_the_bad_image_again(world: TerraformedWorld) -> None:
    world.released("2222222")
    world.registered("bad", "web")
    world.deploy("web")

    world.ecs_goes_back("web")

    (steps,) = world.plan().values()
    assert [type(step) for step in steps] == [UpdatesService]
    assert world.images_that_would_be_deployed() == {"bad"}


def test_a_settled_rollback_leaves_nothing_to_plan(world: TerraformedWorld) -> None:
    world.released("2222222")
    world.registered("bad")
    world.deploy()
    world.ecs_goes_back()

    world.run("wait", "prod")

    assert world.runs("web") == world.runs("worker-fast") == "2222222"
    assert world.plan() == {}


def test_a_rollback_past_two_deployments_leaves_nothing_to_plan(world: TerraformedWorld) -> None:
    world.released("2222222")
    for build in ("3333333", "bad"):
        world.registered(build)
        world.deploy()
    world.ecs_goes_back()

    world.run("wait", "prod")

    assert world.runs("web") == world.runs("worker-fast") == "2222222"
    assert world.plan() == {}


def test_a_rollback_that_the_next_deployment_settles_leaves_nothing_to_plan(world: TerraformedWorld) -> None:
    world.released("2222222")
    world.registered("bad", "web")
    world.deploy("web")
    world.ecs_goes_back("web")
    world.registered("2222222", "web")
    world.registered("3333333", "api")

    world.deploy("api")

    assert (world.runs("web"), world.runs("api")) == ("2222222", "3333333")
    assert world.plan() == {}


@pytest.mark.parametrize("acted", [False, True])
@pytest.mark.parametrize("call", ["put", "deregister"])
def test_settling_that_is_cut_off_has_put_the_parameter_back_before_any_revision_and_is_resumed(
    world: TerraformedWorld, call: str, acted: bool
) -> None:
    world.released("2222222")
    world.registered("bad", "web")
    world.deploy("web")
    world.ecs_goes_back("web")
    kill(world, call, acted)
    with pytest.raises(Killed):
        world.run("wait", "prod")

    if world.parameter("web") == "bad":
        assert world.newest("web") == "bad"  # nothing is deregistered yet
    else:
        assert world.images_that_would_be_deployed() <= {"2222222"}
    world.run("wait", "prod")

    assert world.plan() == {}


def test_an_apply_in_the_midst_of_settling_does_no_harm(world: TerraformedWorld) -> None:
    world.released("2222222")
    world.registered("bad", "web")
    world.deploy("web")
    world.ecs_goes_back("web")
    world.services.troubles.then("deregister", world.apply, acted=False)

    world.run("wait", "prod")

    assert world.runs("web") == "2222222"
    assert world.plan() == {}


def test_a_failure_without_a_rollback_leaves_nothing_to_plan_as_it_is() -> None:
    world = TerraformedWorld(breaker=False)
    world.registered("bad")
    world.deploy()
    world.everywhere(world.services.fail)

    assert world.run("wait", "prod").code == 6

    assert world.word("web") == "FAILED"
    assert world.plan() == {}


# --- a command is cut off


@pytest.mark.parametrize(("call", "acted"), WRITES)
def test_cut_off_anywhere_a_deployment_leaves_nothing_that_would_put_the_old_image_back(
    world: TerraformedWorld, call: str, acted: bool
) -> None:
    world.registered("2222222")

    cut_off(world, call, acted)

    assert world.images_that_would_be_deployed() <= {"2222222"}


@pytest.mark.parametrize(("call", "acted"), WRITES)
def test_cut_off_anywhere_and_repeated_a_deployment_leaves_nothing_to_plan(
    world: TerraformedWorld, call: str, acted: bool
) -> None:
    world.registered("2222222")
    cut_off(world, call, acted)

    again = world.deploy("web")

    assert again.code == 0
    assert world.runs("web") == "2222222"
    assert world.plan() == {}


@pytest.mark.parametrize(("call", "acted"), WRITES)
def test_cut_off_anywhere_applied_by_terraform_and_then_repeated_it_leaves_nothing_to_plan(
    world: TerraformedWorld, call: str, acted: bool
) -> None:
    world.registered("2222222")
    cut_off(world, call, acted)
    world.apply()

    again = world.deploy("web")

    assert again.code == 0
    assert world.runs("web") == "2222222"
    assert world.plan() == {}


@pytest.mark.parametrize(("call", "acted"), WRITES)
def test_cut_off_anywhere_and_superseded_by_a_newer_image_it_leaves_nothing_to_plan(
    world: TerraformedWorld, call: str, acted: bool
) -> None:
    world.registered("2222222", "web")
    cut_off(world, call, acted)
    world.registered("3333333", "web")

    other = world.deploy("web")

    assert other.code == 0
    assert world.runs("web") == "3333333"
    assert world.plan() == {}


@pytest.mark.parametrize(("call", "acted"), WRITES)
def test_cut_off_anywhere_and_superseded_by_another_service_it_leaves_nothing_to_plan(
    world: TerraformedWorld, call: str, acted: bool
) -> None:
    world.registered("2222222", "web")
    cut_off(world, call, acted)
    world.registered("3333333", "api")

    other = world.deploy("api")

    assert other.code == 0
    assert world.runs("api") == "3333333"
    assert world.runs("web") in (FIRST, "2222222")
    assert world.plan() == {}


# --- Terraform has changes of its own


def test_a_change_applied_between_two_deployments_is_kept_and_leaves_nothing_to_plan(world: TerraformedWorld) -> None:
    world.released("2222222")
    world.files_say(memory="1024")
    world.apply()
    world.complete()

    world.released("3333333")

    definition = world.services.definition("catalogue-prod-web")
    assert definition is not None
    assert definition.fields["memory"] == "1024"
    assert world.plan() == {}


def test_a_change_that_waits_while_we_deploy_is_applied_with_our_image(world: TerraformedWorld) -> None:
    world.files_say(memory="1024")
    world.registered("2222222")
    world.deploy()
    assert world.images_that_would_be_deployed() == {"2222222"}

    world.apply()
    world.complete()

    assert world.runs("web") == "2222222"
    assert world.plan() == {}
    assert world.deploy().out.endswith("Nothing to deploy.\n")


@pytest.mark.parametrize("call", ["register", "update"])
def test_an_apply_in_the_midst_of_a_deployment_loses_nothing(world: TerraformedWorld, call: str) -> None:
    world.registered("2222222", "web")
    world.services.troubles.then(call, world.apply, acted=False)

    assert world.deploy("web").code == 0
    world.complete()

    assert world.runs("web") == "2222222"
    assert world.plan() == {}


def test_a_change_that_is_applied_in_the_midst_of_a_deployment_waits_for_the_next_apply(
    world: TerraformedWorld,
) -> None:
    """The copy is of what ran when the deployment was planned; the files still say the change, so it is not lost."""
    world.files_say(memory="1024")
    world.registered("2222222", "web")
    world.services.troubles.then("register", world.apply, acted=False)
    assert world.deploy("web").code == 0

    world.apply()

    assert world.runs("web") == "2222222"
    assert world.plan() == {}


# --- other files than the recipe's


def ignoring(clone_from: str) -> TerraformedWorld:
    """`ignore_changes = [task_definition]` on every service."""
    project = a_project(a_service("web", clone_from=clone_from))
    world = TerraformedWorld(project, ignores_task_definition=True)
    world.files_say(memory="1024")
    world.apply()
    assert world.plan() == {}  # registered; but nothing runs it
    return world


def test_with_services_that_ignore_it_a_copy_of_the_newest_brings_a_change_along() -> None:
    world = ignoring("newest")

    world.released("2222222")

    definition = world.services.definition("catalogue-prod-web")
    assert definition is not None
    assert definition.fields["memory"] == "1024"
    assert world.runs("web") == "2222222"
    assert world.plan() == {}


def test_with_services_that_ignore_it_a_copy_of_the_running_one_loses_a_change_and_says_so() -> None:
    world = ignoring("running")
    world.registered("2222222")

    shown = world.deploy().out

    assert "it differs in memory" in shown
    assert "`clone_from: newest` would take it" in shown
    assert list(world.plan()) == ["catalogue-prod-web"]


def test_without_track_latest_a_deployment_leaves_a_difference() -> None:
    world = TerraformedWorld(track_latest=False)

    world.released("2222222")

    assert world.plan() != {}


# --- several images in one ECS service


class IngestsWorld(TerraformedWorld):
    """The images of two services run in one ECS service."""

    def __init__(self) -> None:
        api = a_service("api", ecs_services=("ingests",), container="api")
        worker = a_service("worker", ecs_services=("ingests",), container="worker")
        super().__init__(a_project(api, worker))

    def _start(self, environment: Environment, service: str, name: str, breaker: bool) -> None:
        if service == "worker":
            return  # comes with the other
        images = {"api": uri_of("api", FIRST), "worker": uri_of("worker", FIRST)}
        fields = fields_of(f"{environment.cluster}-{name}", images, tags=TAGS)
        made = self.services.has(environment.cluster, name, fields, breaker=breaker, rollback=breaker)
        definition = self.services.definition(str(made.revision))
        assert definition is not None
        configuration = Configuration(fields=fields, images={"api": "api", "worker": "worker"})
        described = Described(environment.cluster, definition.family, name, configuration, definition)
        self.described.setdefault(environment.id, []).append(described)


@pytest.mark.parametrize("asked", ["all", "worker"])
def test_an_ecs_service_of_several_images_leaves_nothing_to_plan(asked: str) -> None:
    world = IngestsWorld()

    world.released("2222222", asked)

    definition = world.services.definition("catalogue-prod-ingests")
    assert definition is not None
    assert definition.images["worker"] == uri_of("worker", "2222222")
    assert world.plan() == {}


def test_ecs_going_back_from_one_of_several_images_leaves_nothing_to_plan() -> None:
    world = IngestsWorld()
    world.released("2222222")
    world.registered("bad", "worker")
    world.deploy("worker")
    world.ecs_goes_back("worker")

    assert world.run("wait", "prod").code == 6

    assert (world.parameter("api"), world.parameter("worker")) == ("2222222", "2222222")
    assert world.plan() == {}


# --- several ECS services of one family


class OfOneFamily(TerraformedWorld):
    """Every ECS service of an environment takes the same task definition."""

    def _start(self, environment: Environment, service: str, name: str, breaker: bool) -> None:
        family = f"{environment.cluster}-app"
        fields = self._fields(family, service)
        self.services.has(environment.cluster, name, fields, breaker=breaker, rollback=breaker)
        self._describe(environment, fields, service, name)


def test_ecs_services_of_one_family_that_one_service_feeds_leave_nothing_to_plan() -> None:
    world = OfOneFamily(a_project(a_service("web", ecs_services=("web-blue", "web-green"))))

    world.released("2222222")

    assert world.runs("web-blue") == world.runs("web-green") == "2222222"
    assert world.plan() == {}
