"""Sequences that cross several services, several ECS services, and several commands."""

from __future__ import annotations

import os
import subprocess
import sys
from io import StringIO
from typing import Any

import pytest

from release_tool.console import Console
from release_tool.errors import CouldNot
from release_tool.waiting import _display
from tests.builders import a_digest, a_holder, a_project, a_service, fields_of, uri_of
from tests.commands.world import SIDECAR, World

CLUSTER = "catalogue-prod"


def completed(world: World, *builds: str) -> None:
    """Deploy builds of every service one after another, each to its end."""
    for build in builds:
        for service in world.project.services or ():
            world.register(service.id, build)
        assert world.deploy().code == 0
        world.complete()
        assert world.run("wait", "prod").code == 0


def goes_back(world: World, *names: str) -> None:
    """ECS gives up on what rolls out, and goes back."""
    for name in names:
        world.services.fail(CLUSTER, name)
        world.services.roll_back(CLUSTER, name)
        world.services.complete(CLUSTER, name)


def shared_world() -> World:
    """Two services whose images run in the containers of one ECS service."""
    services = (
        a_service("front", ecs_services=("site",), container="front"),
        a_service("back", ecs_services=("site",), container="back"),
    )
    world = World(a_project(*services))
    for environment in world.project.environments:
        images = {"front": uri_of("front", "1111111"), "back": uri_of("back", "1111111"), "log_router": SIDECAR}
        fields = fields_of(f"{environment.cluster}-site-shared", images)
        world.services.has(environment.cluster, "site", fields, breaker=True, rollback=True)
    return world


def twin_world() -> World:
    """One service whose image runs in two ECS services."""
    return World(a_project(a_service("copier", ecs_services=("near", "far"))))


def images_of(world: World, name: str) -> dict[str, str]:
    revision = world.services.describe(CLUSTER, [name])[name].revision
    definition = world.services.definition(str(revision))
    assert definition is not None
    return {container: uri.rpartition(":")[2] for container, uri in definition.images.items()}


def revision_of(world: World, name: str) -> str:
    return str(world.services.describe(CLUSTER, [name])[name].revision).rpartition("/")[2]


# --- one ECS service, several services


def test_services_that_share_an_ecs_service_all_go_back_with_it() -> None:
    world = shared_world()
    completed(world, "2222222")
    for service in ("front", "back"):
        world.register(service, "bad")
    world.deploy()
    goes_back(world, "site")

    result = world.run("wait", "prod")

    assert result.code == 6
    assert (world.parameter("front"), world.parameter("back")) == ("2222222", "2222222")
    assert world.run("status", "all", "prod", "--output=json").document["services"][0]["word"] == "ROLLED_BACK"


def test_services_that_share_an_ecs_service_are_followed_each() -> None:
    world = shared_world()
    completed(world, "2222222")
    for service in ("front", "back"):
        world.register(service, "bad")
    world.deploy()
    goes_back(world, "site")

    result = world.run("wait", "prod")

    assert "front/site" in result.err
    assert "back/site" in result.err


def test_the_rollback_of_one_of_two_sharing_services_leaves_the_other() -> None:
    world = shared_world()
    completed(world, "2222222", "3333333")

    result = world.run("rollback", "front", "prod", "--skip_confirm")
    world.complete()

    assert result.code == 0
    assert images_of(world, "site") == {"front": "2222222", "back": "3333333", "log_router": "1"}
    assert world.word("back") == "COMPLETE"


# --- several ECS services, one service


def test_after_different_ends_a_rollback_leaves_no_newer_revision_of_the_bad_image() -> None:
    world = twin_world()
    completed(world, "2222222")
    world.register("copier", "bad")
    world.deploy()
    goes_back(world, "far")
    world.services.complete(CLUSTER, "near")
    assert world.run("wait", "prod").code == 6

    world.run("rollback", "copier", "prod", "--skip_confirm")
    world.complete()
    assert world.run("wait", "prod").code == 0

    assert [world.runs(n) for n in ("near", "far")] == ["2222222", "2222222"]
    assert world.parameter("copier") == "2222222"
    assert [world.newest(n) for n in ("near", "far")] == ["2222222", "2222222"]


def test_after_different_ends_the_next_good_image_makes_it_whole() -> None:
    world = twin_world()
    completed(world, "2222222")
    world.register("copier", "bad")
    world.deploy()
    goes_back(world, "far")
    world.services.complete(CLUSTER, "near")
    world.run("wait", "prod")

    completed(world, "3333333")

    assert [world.newest(n) for n in ("near", "far")] == ["3333333", "3333333"]
    assert world.parameter("copier") == "3333333"


def test_ecs_services_of_one_family_get_one_revision() -> None:
    world = World(a_project(a_service("copier", ecs_services=("near", "far"))))
    fields = fields_of("copier", {"app": uri_of("copier", "1111111")})
    for name in ("near", "far"):
        world.services.has(CLUSTER, name, fields, breaker=True, rollback=True)
    world.register("copier", "2222222")

    world.deploy()

    assert world.services.registered == ["copier:2"]
    assert sorted(world.services.updated) == [("far", "copier:2"), ("near", "copier:2")]


# --- dry runs


def test_a_dry_run_settles_nothing() -> None:
    world = World()
    completed(world, "2222222")
    world.register("web", "bad")
    world.deploy("web")
    goes_back(world, "web")
    world.register("web", "2222222")
    written = list(world.parameters.written)

    world.run("deploy", "api", "prod", "--dry_run")

    assert world.parameters.written == written
    assert world.newest("web") == "bad"
    assert "not settled" in world.run("status", "all", "prod").out


# --- rollback


def test_a_rollback_to_a_release_does_not_turn_away_from_services_that_it_leaves_as_they_are() -> None:
    world = World()
    completed(world, "2222222")
    world.register("web", "3333333")
    world.deploy("web")
    world.complete()
    world.run("wait", "prod")
    world.run("rollback", "all", "prod", "--to=1", "--skip_confirm")  # api runs 2222222 before and after
    world.complete()
    world.run("wait", "prod")
    world.register("api", "4444444")
    world.deploy("api")
    world.complete()
    world.run("wait", "prod")

    result = world.run("rollback", "api", "prod", "--skip_confirm")

    assert result.code == 0
    assert world.runs("api") == "2222222"


def test_another_rollback_than_the_one_that_was_cut_off_goes_where_it_says() -> None:
    world = World()
    completed(world, "2222222", "3333333", "4444444")
    world.services.troubles.refuse("update", of="web")
    assert world.run("rollback", "all", "prod", "--skip_confirm").code == 1

    result = world.run("rollback", "all", "prod", "--to=1", "--skip_confirm")

    assert result.code == 0
    assert [world.runs(s) for s in ("web", "api", "worker")] == ["2222222"] * 3


def test_two_rollbacks_in_a_row_by_number_end_where_the_second_says() -> None:
    world = World()
    completed(world, "2222222", "3333333", "4444444")
    world.run("rollback", "all", "prod", "--to=1", "--skip_confirm")

    world.run("rollback", "all", "prod", "--to=2", "--skip_confirm")
    world.complete()
    world.run("wait", "prod")

    assert [world.runs(s) for s in ("web", "api", "worker")] == ["3333333"] * 3
    assert [world.newest(s) for s in ("web", "api", "worker")] == ["3333333"] * 3


# --- waiting


def test_waiting_for_what_was_cut_off_before_ecs_was_asked_is_no_success() -> None:
    world = World()
    completed(world, "2222222")
    world.register("web", "3333333")
    world.services.troubles.refuse("update", of="web")
    assert world.deploy("web").code == 1

    result = world.run("wait", "prod")

    assert result.code != 0
    assert "web" in result.err
    assert "deploy" in result.err


def test_the_same_command_again_with_wait_follows_what_still_rolls_out() -> None:
    world = World()
    completed(world, "2222222")
    world.register("web", "3333333")
    world.deploy("web")

    result = world.deploy("web", "prod", "--wait", "--timeout=0.1")

    assert result.code == 5
    assert "Nothing to deploy." in result.out


# --- numbers


@pytest.mark.parametrize(
    "argv",
    [
        ("deploy", "all", "prod", "--release=" + "9" * 5000),
        ("rollback", "all", "prod", "--to=" + "9" * 5000),
        ("history", "--limit=" + "9" * 5000),
        ("history", "--before=" + "9" * 5000),
        ("wait", "prod", "--timeout=nan"),
        ("wait", "prod", "--timeout=" + "9" * 5000),
        ("deploy", "all", "prod", "--release=" + "9" * 60),
    ],
)
def test_a_number_that_no_release_can_have_is_told_in_a_sentence(argv: tuple[str, ...]) -> None:
    result = World().run(*argv)

    assert result.code == 2
    assert "Traceback" not in result.err


# --- a set that was replaced in a row


def test_three_deployments_in_a_row_of_which_the_last_completes() -> None:
    world = World()
    completed(world, "2222222")
    for build in ("3333333", "4444444", "5555555"):
        world.clock.sleep(1)
        world.register("web", build)
        world.deploy("web")
    world.complete()

    world.run("wait", "prod")

    history = world.run("history", "prod", "--output=json").document["deployments"]
    assert [d["word"] for d in history] == ["COMPLETE", "SUPERSEDED", "SUPERSEDED", "COMPLETE"]


def test_a_failed_image_is_deployed_again_when_asked_again() -> None:
    world = World(breaker=False)
    world.register("web", "3333333")
    world.deploy("web")
    world.services.fail(CLUSTER, "web")
    world.run("wait", "prod")

    result = world.deploy("web")
    world.complete()

    assert result.code == 0
    assert world.run("wait", "prod").code == 0
    assert world.word("web") == "COMPLETE"


def test_a_parameter_deleted_by_hand_is_written_again() -> None:
    world = World()
    completed(world, "2222222")
    del world.parameters._labels["prod"]["web"]

    result = world.deploy("web")

    assert result.code == 0
    assert world.parameter("web") == "2222222"
    assert world.word("web") == "COMPLETE"


def test_another_description_does_not_stop_a_deployment_from_being_finished() -> None:
    world = World()
    world.register("web", "2222222")
    world.services.troubles.refuse("update", of="web")
    world.deploy("web", "prod", "--description=first")

    result = world.deploy("web", "prod", "--description=second")

    assert result.code == 0
    assert "finishes deployment 1" in result.out


def test_a_broken_hold_stops_the_command_that_had_it() -> None:
    world = World()
    for service in ("web", "api", "worker"):
        world.register(service, "2222222")
    ledger = world.ledger

    def unlock() -> None:
        now = world.clock.now()
        holder = ledger.holder("catalogue", "prod")
        assert holder is not None
        ledger.acquire("catalogue", "prod", a_holder("somebody else", since=now, until=now), breaking=holder.id)
        ledger.release("catalogue", "prod", "somebody else")
        world.clock.sleep(5)

    world.parameters.troubles.then("put", unlock)

    result = world.deploy("web")

    assert result.code == 7
    assert world.services.registered == []


# --- the record fails


class Unwilling:
    """A ledger of which one method is refused once, before or after it has acted."""

    def __init__(self, ledger: Any, method: str, *, acted: bool, nth: int = 1) -> None:
        self._ledger = ledger
        self._method = method
        self._acted = acted
        self._left = nth

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._ledger, name)
        if name != self._method:
            return found

        def call(*given: Any, **named: Any) -> Any:
            self._left -= 1
            if self._left == 0 and not self._acted:
                raise CouldNot(f"{name} is refused")
            answer = found(*given, **named)
            if self._left == 0:
                raise CouldNot(f"no answer to {name}")
            return answer

        return call


@pytest.mark.parametrize("acted", [True, False])
@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("method", ["acquire", "open", "record", "requested", "release", "latest_set", "current"])
def test_a_deployment_whose_record_fails_at_any_point_is_finished_by_the_same_command(
    method: str, nth: int, acted: bool
) -> None:
    world = World()
    completed(world, "2222222")
    for service in ("web", "api", "worker"):
        world.register(service, "3333333")
    ledger = world.ledger
    world.ledger = Unwilling(ledger, method, acted=acted, nth=nth)  # type: ignore[assignment]

    world.deploy()
    world.ledger = ledger
    world.clock.sleep(61)
    world.deploy()
    world.complete()

    assert world.run("wait", "prod").code == 0
    assert [world.runs(s) for s in ("web", "api", "worker")] == ["3333333"] * 3
    assert len(world.services.registered) == len(set(world.services.registered)) == 6
    assert [world.word(s) for s in ("web", "api", "worker")] == ["COMPLETE"] * 3


@pytest.mark.parametrize("acted", [True, False])
@pytest.mark.parametrize("nth", [1, 2, 3, 4])
@pytest.mark.parametrize("method", ["acquire", "record", "end", "release", "deployment_set", "ours", "service_history"])
def test_settling_whose_record_fails_at_any_point_is_done_by_the_next_wait(method: str, nth: int, acted: bool) -> None:
    world = World()
    completed(world, "2222222")
    for build in ("3333333", "bad"):
        world.clock.sleep(1)
        world.register("web", build)
        world.deploy("web")
    goes_back(world, "web")
    ledger = world.ledger
    world.ledger = Unwilling(ledger, method, acted=acted, nth=nth)  # type: ignore[assignment]

    world.run("wait", "prod")
    world.ledger = ledger
    world.clock.sleep(61)
    world.run("wait", "prod")

    assert world.parameter("web") == world.newest("web") == world.runs("web") == "2222222"
    assert world.word("web") == "ROLLED_BACK"
    history = world.run("history", "prod", "--output=json").document["deployments"]
    assert [d["word"] for d in history] == ["ROLLED_BACK", "ROLLED_BACK", "COMPLETE"]
    assert ledger.latest_set("catalogue", "prod").outcome == "ROLLED_BACK"  # type: ignore[union-attr]


# --- somebody else in between


def test_somebody_else_deploys_while_the_question_is_open() -> None:
    world = World()
    completed(world, "2222222")
    world.register("web", "3333333")
    look = world.reasons.commits_between

    def meanwhile(old: str, new: str, limit: int = 20) -> Any:
        world.reasons.commits_between = look  # type: ignore[method-assign]
        world.register("web", "4444444")
        assert world.deploy("web").code == 0
        return look(old, new, limit)

    world.reasons.commits_between = meanwhile  # type: ignore[method-assign]

    result = world.run("deploy", "web", "prod", answer="y")

    assert "The world has changed" in result.err
    assert world.runs("web") == "4444444"


def test_services_that_share_an_ecs_service_get_one_revision_after_a_crash() -> None:
    world = shared_world()
    completed(world, "2222222")
    for service in ("front", "back"):
        world.register(service, "3333333")
    world.services.troubles.refuse("update", of="site")
    assert world.deploy().code == 1

    assert world.deploy().code == 0
    world.complete()
    assert world.run("wait", "prod").code == 0

    assert world.services.registered == ["catalogue-prod-site-shared:2", "catalogue-prod-site-shared:3"]
    assert images_of(world, "site") == {"front": "3333333", "back": "3333333", "log_router": "1"}


def test_one_of_two_sharing_services_that_is_bad_takes_only_its_own_parameter_back() -> None:
    world = shared_world()
    completed(world, "2222222")
    world.register("front", "bad")
    world.deploy("front")
    goes_back(world, "site")

    world.run("wait", "prod")

    assert (world.parameter("front"), world.parameter("back")) == ("2222222", "2222222")
    assert world.word("front") == "ROLLED_BACK"
    assert world.word("back") == "COMPLETE"
    assert len(world.services.newer_revisions(str(world.services.describe(CLUSTER, ["site"])["site"].revision))) == 0


def test_two_deployments_into_one_shared_ecs_service_of_which_the_second_is_bad() -> None:
    world = shared_world()
    completed(world, "2222222")
    world.register("front", "3333333")
    world.deploy("front")
    world.clock.sleep(1)
    world.register("back", "bad")
    world.deploy("back")
    goes_back(world, "site")  # past both: back to 2222222 of both

    world.run("wait", "prod")

    assert images_of(world, "site") == {"front": "2222222", "back": "2222222", "log_router": "1"}
    assert (world.parameter("front"), world.parameter("back")) == ("2222222", "2222222")
    assert len(world.services.newer_revisions(str(world.services.describe(CLUSTER, ["site"])["site"].revision))) == 0
    assert world.word("front") == world.word("back") == "ROLLED_BACK"


def test_two_deployments_into_one_shared_ecs_service_that_both_end_well() -> None:
    world = shared_world()
    completed(world, "2222222")
    world.register("front", "3333333")
    world.deploy("front")
    world.clock.sleep(1)
    world.register("back", "4444444")
    world.deploy("back")
    world.complete()

    result = world.run("wait", "prod")

    assert result.code == 0
    assert images_of(world, "site") == {"front": "3333333", "back": "4444444", "log_router": "1"}
    assert world.word("front") == world.word("back") == "COMPLETE"


def test_a_promotion_that_was_cut_off_is_finished() -> None:
    world = World()
    for service in ("web", "api", "worker"):
        world.register(service, "2222222")
    world.deploy("all", "stage")
    world.complete("stage")
    world.services.troubles.refuse("update", of="api")
    assert world.deploy("all", "prod", "--from=stage").code == 1

    result = world.deploy("all", "prod", "--from=stage")

    assert result.code == 0
    assert "finishes deployment 2" in result.out
    assert [world.runs(s) for s in ("web", "api", "worker")] == ["2222222"] * 3


def test_a_restart_that_was_cut_off_restarts_each_once() -> None:
    world = World()
    completed(world, "2222222")
    world.services.troubles.refuse("update", of="api")
    assert world.deploy("all", "prod", "--restart").code == 1

    again = world.deploy("all", "prod", "--restart")

    assert again.code == 0
    assert sorted(name for name, _ in world.services.updated) == sorted(["web", "api", "worker"] * 2)
    assert sorted(world.services.registered) == sorted(
        f"catalogue-prod-{s}:{n}" for s in ("web", "api", "worker") for n in (2, 3)
    )


def test_a_moved_tag_that_ecs_rolled_back_is_tried_again() -> None:
    world = World()
    completed(world, "2222222")
    world.images.moves(uri_of("web", "2222222"), a_digest("b"))
    world.deploy("web")
    goes_back(world, "web")
    assert world.run("wait", "prod").code == 6

    result = world.deploy("web")

    assert result.code == 0
    assert "the tag means another image now" in result.out
    world.complete()
    assert world.run("wait", "prod").code == 0
    assert world.deploy("web").out.endswith("Nothing to deploy.\n")


def test_a_moved_tag_that_went_back_leaves_no_newer_revision() -> None:
    world = World()
    completed(world, "2222222")
    world.images.moves(uri_of("web", "2222222"), a_digest("b"))
    world.deploy("web")
    goes_back(world, "web")

    world.run("wait", "prod")

    running = str(world.services.describe(CLUSTER, ["web"])["web"].revision)
    assert world.services.newer_revisions(running) == ()
    assert world.parameter("web") == "2222222"


# --- services of other kinds


def test_a_service_that_is_a_parameter_and_nothing_else_is_deployed_promoted_and_rolled_back() -> None:
    world = World(a_project(a_service("schema", ecs_services=())))
    for build in ("2222222", "3333333"):
        world.register("schema", build)
        assert world.deploy("all", "stage").code == 0
        assert world.deploy("all", "prod", "--from=stage").code == 0

    result = world.run("rollback", "schema", "prod", "--skip_confirm", "--wait")

    assert result.code == 0
    assert world.parameter("schema") == "2222222"
    assert world.parameter("schema", "stage") == "3333333"
    assert world.word("schema") == "COMPLETE"


def test_a_service_that_is_taken_away_during_its_rollout_is_gone() -> None:
    world = World()
    completed(world, "2222222")
    world.register("web", "3333333")
    world.deploy("web")
    world.services.set(CLUSTER, "web", status="DRAINING")

    assert world.word("web") == "GONE"
    assert world.run("wait", "prod").code == 6
    assert world.word("web") == "GONE"
    assert world.deploy("web").code == 2


def test_desired_count_zero_is_a_success_and_said_so() -> None:
    world = World()
    world.services.set(CLUSTER, "web", desired=0, running=0)
    world.register("web", "2222222")
    world.deploy("web")
    world.services.complete(CLUSTER, "web")

    result = world.run("wait", "prod")

    assert result.code == 0
    assert "desired count 0" in result.err


def test_a_rollback_that_ecs_itself_rolls_back_is_told_and_put_back() -> None:
    world = World()
    completed(world, "2222222", "3333333")
    world.run("rollback", "web", "prod", "--skip_confirm")
    goes_back(world, "web")

    assert world.run("wait", "prod").code == 6
    assert world.parameter("web") == world.newest("web") == world.runs("web") == "3333333"


def test_carrying_out_the_parameters_after_an_unsettled_rollback_does_not_bring_the_bad_image_back() -> None:
    world = World()
    completed(world, "2222222")
    world.register("web", "bad")
    world.deploy("web")
    goes_back(world, "web")

    result = world.deploy("all", "prod", "--from=prod")

    assert result.code == 0
    assert world.parameter("web") == world.newest("web") == world.runs("web") == "2222222"


def test_ecs_services_of_one_family_go_back_together() -> None:
    world = World(a_project(a_service("copier", ecs_services=("near", "far"))))
    fields = fields_of("copier", {"app": uri_of("copier", "1111111")})
    for name in ("near", "far"):
        world.services.has(CLUSTER, name, fields, breaker=True, rollback=True)
    world.register("copier", "2222222")
    world.deploy()
    goes_back(world, "near", "far")

    world.run("wait", "prod")

    assert world.parameter("copier") == "1111111"
    assert world.services.newer_revisions(str(world.services.describe(CLUSTER, ["near"])["near"].revision)) == ()


def test_a_service_of_the_manifest_that_shares_a_family_keeps_the_revision_that_it_runs() -> None:
    world = World(a_project(a_service("copier", ecs_services=("near", "far"))))
    fields = fields_of("copier", {"app": uri_of("copier", "1111111")})
    for name in ("near", "far"):
        world.services.has(CLUSTER, name, fields, breaker=True, rollback=True)
    completed(world, "2222222")
    world.register("copier", "bad")
    world.deploy()
    goes_back(world, "near")
    world.services.complete(CLUSTER, "far")

    assert world.run("wait", "prod").code == 6

    assert {n: revision_of(world, n) for n in ("near", "far")} == {"near": "copier:2", "far": "copier:3"}
    world.run("rollback", "copier", "prod", "--skip_confirm")
    world.complete()
    assert world.run("wait", "prod").code == 0
    assert world.parameter("copier") == "2222222"
    assert {n: revision_of(world, n) for n in ("near", "far")} == {"near": "copier:4", "far": "copier:4"}


# --- a terminal


def test_what_is_told_while_a_table_is_redrawn_stays_on_the_screen() -> None:
    screen = Screen()
    context = World()._compose({}, [], Console(StringIO(), screen, StringIO()))

    with _display(context) as display:
        display((), ["web: warning: container app has exited with 1"])
        display.tell("settled: web: its parameter says 2222222 again")

    assert "warning: container app has exited with 1" in screen.getvalue()
    assert "settled: web" in screen.getvalue()


class Screen(StringIO):
    def isatty(self) -> bool:
        return True


# --- the process's own streams


@pytest.mark.parametrize("argv", [["--output=json"], ["--output", "json"], ["--outp=json"], ["--out", "json"]])
def test_however_json_is_asked_for_an_error_is_a_document(argv: list[str]) -> None:
    result = World().run("deploy", "nothing", "prod", *argv)

    assert result.code == 2
    assert result.document["error"]["code"] == 2


def test_an_interruption_is_a_document_too() -> None:
    world = World()

    def interrupted(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    world.ledger.deployment_sets = interrupted  # type: ignore[method-assign]

    result = world.run("history", "prod", "--output=json")

    assert result.code == 130
    assert result.document["error"]["code"] == 130


def test_bytes_that_are_no_text_are_told_in_a_sentence() -> None:
    result = World().run("deploy", "\udcff", "prod", "--output=json")

    assert result.code == 2
    assert result.out.encode("utf-8")


def test_streams_that_the_shell_closed_end_in_a_sentence_and_no_traceback() -> None:
    command = f"{sys.executable} -m release_tool status --nothing <&- >&-"

    told = subprocess.run(["sh", "-c", command], capture_output=True, text=True)

    assert told.returncode == 2
    assert "has no option --nothing" in told.stderr
    assert "Traceback" not in told.stderr


def test_nobody_reading_on_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)

    argv = [sys.executable, "-m", "release_tool", "--help"]
    told = subprocess.run(argv, stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)

    assert (told.returncode, told.stderr) == (0, "")
