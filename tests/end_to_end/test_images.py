"""Which image is deployed: tags that move, promotions, and parameters that somebody has changed."""

from __future__ import annotations

import pytest

from tests.end_to_end.agreement import assert_agree, assert_one_new_revision
from tests.end_to_end.world import DEPLOY, SERVICES, World, image

PROMOTE = ("deploy", "all", "prod", "--from=stage", "--skip_confirm")


def test_a_moved_tag_is_deployed_and_an_unchanged_one_is_not(prod: World) -> None:
    assert prod.hurried(*DEPLOY).exit_code == 0
    prod.finish_rollouts()
    prod.push("bag_register", "2222222", content="built again")

    again = prod.hurried(*DEPLOY)

    assert again.exit_code == 0, again
    assert "the tag means another image now" in again.stdout
    assert "unchanged: bag_unpacker@2222222, bag_verifier@2222222" in again.stdout
    assert len(prod.revisions("prod", "bag_register")) == 3
    prod.finish_rollouts()
    once_more = prod.hurried(*DEPLOY)
    assert once_more.stdout.endswith("Nothing to deploy.\n"), once_more


def test_a_restart_deploys_what_runs_already(prod: World) -> None:
    assert prod.hurried(*DEPLOY).exit_code == 0
    prod.finish_rollouts()

    restarted = prod.hurried("deploy", "bag_register", "prod", "--restart", "--skip_confirm")

    assert restarted.exit_code == 0, restarted
    prod.finish_rollouts()
    assert_agree(prod, "prod", **dict.fromkeys(SERVICES, "2222222"))
    assert len(prod.revisions("prod", "bag_register")) == 3


def test_an_earlier_release_set_can_be_deployed_by_its_number(prod: World) -> None:
    assert prod.hurried(*DEPLOY).exit_code == 0
    prod.finish_rollouts()
    prod.registered("3333333", *SERVICES)
    assert prod.hurried(*DEPLOY).exit_code == 0
    prod.finish_rollouts()

    done = prod.hurried("deploy", "all", "prod", "--release=1", "--skip_confirm")

    assert done.exit_code == 0, done
    prod.finish_rollouts()
    assert_agree(prod, "prod", **dict.fromkeys(SERVICES, "2222222"))


# --- promotion


@pytest.fixture
def staged(prod: World) -> World:
    """2222222 is asked for in stage."""
    prod.add("stage", *SERVICES)
    assert prod.hurried("deploy", "all", "stage", "--skip_confirm").exit_code == 0
    return prod


def test_what_is_complete_there_is_promoted(staged: World) -> None:
    staged.finish_rollouts()

    promoted = staged.hurried(*PROMOTE)

    assert promoted.exit_code == 0, promoted
    staged.finish_rollouts()
    assert_agree(staged, "prod", **dict.fromkeys(SERVICES, "2222222"))
    assert_one_new_revision(staged, "prod", *SERVICES)


def test_what_is_not_complete_there_is_not_promoted(staged: World) -> None:
    staged.proxy.forget()

    refused = staged.hurried(*PROMOTE)

    assert refused.exit_code == 2, refused
    assert "it is IN_PROGRESS in stage" in refused.stderr
    assert staged.proxy.writes == ()


def test_what_was_rolled_back_there_is_not_promoted(staged: World) -> None:
    staged.registered("3333333-crash", "bag_register")
    assert staged.hurried("deploy", "all", "stage", "--skip_confirm").exit_code == 0
    staged.finish_rollouts()

    refused = staged.hurried(*PROMOTE)

    assert refused.exit_code == 2, refused
    assert "it is ROLLED_BACK in stage" in refused.stderr


def test_what_its_parameter_does_not_say_is_not_promoted(staged: World) -> None:
    staged.finish_rollouts()
    staged.put("stage", "bag_register", image("bag_register", "9999999"))

    refused = staged.hurried(*PROMOTE)

    assert refused.exit_code == 2, refused
    assert "stage runs something else than its parameter says" in refused.stderr


def test_what_is_unproven_is_promoted_by_those_who_say_so(staged: World) -> None:
    promoted = staged.hurried(*PROMOTE, "--allow_unproven")

    assert promoted.exit_code == 0, promoted
    staged.finish_rollouts()
    assert_agree(staged, "prod", **dict.fromkeys(SERVICES, "2222222"))


# --- parameters that were changed


def test_a_parameter_changed_by_register_is_named_in_the_plan(prod: World) -> None:
    assert prod.hurried(*DEPLOY).exit_code == 0
    prod.finish_rollouts()
    prod.push("bag_register", "4444444")
    assert prod.release_tool("register", image("bag_register", "4444444"), "bag_register", "--env=prod").exit_code == 0
    prod.registered("3333333", "bag_register")

    planned = prod.release_tool("deploy", "all", "prod", "--dry_run")

    assert planned.exit_code == 0, planned
    assert f"it says {image('bag_register', '4444444')}" in planned.stdout
    assert f"recorded is {image('bag_register', '2222222')}" in planned.stdout


def test_an_environment_s_own_parameters_can_be_carried_out(prod: World) -> None:
    assert prod.hurried(*DEPLOY).exit_code == 0
    prod.finish_rollouts()
    prod.push("bag_register", "4444444")
    assert prod.release_tool("register", image("bag_register", "4444444"), "bag_register", "--env=prod").exit_code == 0

    done = prod.hurried("deploy", "all", "prod", "--from=prod", "--skip_confirm")

    assert done.exit_code == 0, done
    prod.finish_rollouts()
    assert_agree(prod, "prod", bag_register="4444444", bag_unpacker="2222222", bag_verifier="2222222")


def test_a_dry_run_makes_no_write_at_all(prod: World) -> None:
    planned = prod.release_tool("deploy", "all", "prod", "--dry_run")

    assert planned.exit_code == 0, planned
    assert "bag_register@2222222" in planned.stdout
    assert prod.proxy.writes == ()
