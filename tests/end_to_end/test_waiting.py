"""How a wait ends: the right word and the right exit code for every ending."""

from __future__ import annotations

import signal

import pytest

from release_tool.model import Word
from tests.end_to_end.agreement import assert_agree, outcomes, primary
from tests.end_to_end.world import DEPLOY, HURRIED, World, cluster
from tests.proxy.calls import Answer, Call
from tests.proxy.faults import EXPIRE, Ask, Gate, lose_the_call

BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
NO_BREAKER = {"deploymentCircuitBreaker": {"enable": False, "rollback": False}}
A_LOOK = 10.0


@pytest.fixture
def web(world: World) -> World:
    """One service at rest, and a new build of it; time passes with each look."""
    return with_web(world)


def with_web(world: World, build: str = "2222222", *, runs: str = "1111111", **service: object) -> World:
    world.add("prod", "web", build=runs, **service)
    world.registered(build, "web")
    world.let_time_pass_with_each_look(A_LOOK)
    return world


def test_a_rollout_that_goes_well_ends_with_0(web: World) -> None:
    waited = web.hurried(*DEPLOY, "--wait")

    assert waited.exit_code == 0, waited
    assert waited.stdout.endswith("Deployment complete.\n")
    assert_agree(web, "prod", web="2222222")
    assert outcomes(web, "prod") == {"web": Word.COMPLETE}


def test_no_tasks_wanted_is_success_and_said(world: World) -> None:
    with_web(world, desiredCount=0)

    waited = world.hurried(*DEPLOY, "--wait")

    assert waited.exit_code == 0, waited
    assert "desired count 0" in waited.stderr


def test_a_later_deployment_that_replaces_ours_ends_the_wait_with_8(world: World) -> None:
    world.add("prod", "web")
    world.registered("2222222", "web")
    gate = Gate()
    world.proxy.on("ecs.DescribeServices", gate.hold, nth=2)
    waiting = world.start(*DEPLOY, "--wait", **HURRIED)
    gate.wait_for_arrival()
    world.controls.advance(1)
    world.registered("3333333", "web")
    assert world.hurried(*DEPLOY).exit_code == 0
    world.finish_rollouts()
    gate.open()

    replaced = waiting.result()

    assert replaced.exit_code == 8, replaced
    assert "replaced web" in replaced.stderr
    assert_agree(world, "prod", web="3333333")


def test_what_never_becomes_stable_is_given_up_with_5_and_goes_on(world: World) -> None:
    with_web(world, "2222222-never")

    given_up = world.hurried(*DEPLOY, "--wait", "--timeout=0.5")

    assert given_up.exit_code == 5, given_up
    assert "the deployment goes on" in given_up.stderr
    assert "release-tool wait prod" in given_up.stderr
    assert outcomes(world, "prod") == {"web": None}


def test_a_failure_with_nothing_to_go_back_to_ends_with_6_and_stays_as_it_is(world: World) -> None:
    with_web(world, "2222222-crash", runs="1111111-never")

    failed = world.hurried(*DEPLOY, "--wait")

    assert failed.exit_code == 6, failed
    assert "web 2222222-crash FAILED" in failed.stderr
    assert outcomes(world, "prod") == {"web": Word.FAILED}
    assert_agree(world, "prod", web="2222222-crash")


def test_a_failed_rollback_ends_with_6(web: World) -> None:
    web.registered("2222222-crash", "web")
    web.controls.settings(rollback_fails=True)

    failed = web.hurried(*DEPLOY, "--wait")

    assert failed.exit_code == 6, failed
    assert outcomes(web, "prod") == {"web": Word.FAILED}


def test_a_breaker_without_rollback_ends_with_6_and_changes_nothing(world: World) -> None:
    no_rollback = {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}
    with_web(world, "2222222-crash", deploymentConfiguration=no_rollback)

    failed = world.hurried(*DEPLOY, "--wait")

    assert failed.exit_code == 6, failed
    assert outcomes(world, "prod") == {"web": Word.FAILED}
    assert_agree(world, "prod", web="2222222-crash")


def test_without_a_breaker_a_crash_loop_ends_with_6_and_no_outcome(world: World) -> None:
    with_web(world, "2222222-crash", deploymentConfiguration=NO_BREAKER)

    failed = world.hurried(*DEPLOY, "--wait")

    assert failed.exit_code == 6, failed
    assert "ECS goes on trying" in failed.stderr
    assert "container web exited with 1" in failed.stderr
    assert outcomes(world, "prod") == {"web": None}


def test_an_image_that_cannot_be_pulled_is_explained(world: World) -> None:
    with_web(world, "2222222-nopull")

    failed = world.hurried(*DEPLOY, "--wait")

    assert failed.exit_code == 6, failed
    assert "CannotPullContainerError" in failed.stderr


def test_a_deployment_forced_by_somebody_else_is_no_failure(web: World) -> None:
    gate = Gate()
    web.proxy.on("ecs.DescribeServices", gate.hold, nth=3)
    waiting = web.start(*DEPLOY, "--wait", **HURRIED)
    gate.wait_for_arrival()
    web.ecs.update_service(cluster=cluster("prod"), service="web", forceNewDeployment=True)
    gate.open()

    waited = waiting.result()

    assert waited.exit_code == 0, waited
    assert "restarted outside" in waited.stderr
    assert_agree(web, "prod", web="2222222")


def test_an_id_that_is_gone_from_the_list_was_replaced(web: World) -> None:
    assert web.hurried(*DEPLOY).exit_code == 0
    web.controls.advance(1)
    somebody_else_deploys(web)
    web.finish_rollouts()
    assert [primary(web.service("prod", "web"))] == web.service("prod", "web")["deployments"]

    waited = web.hurried("wait", "prod")

    assert waited.exit_code == 8, waited
    assert outcomes(web, "prod") == {"web": Word.SUPERSEDED}


def test_an_id_that_completed_and_was_replaced_then_is_complete(web: World) -> None:
    assert web.hurried(*DEPLOY).exit_code == 0
    web.finish_rollouts()
    somebody_else_deploys(web)
    web.finish_rollouts()

    waited = web.hurried("wait", "prod")

    assert waited.exit_code == 0, waited
    assert outcomes(web, "prod") == {"web": Word.COMPLETE}
    assert "changed outside" in waited.stdout


def somebody_else_deploys(web: World) -> None:
    web.add_service("prod", "other", {"web": "example.org/web:somebody-elses"})
    revision = web.service("prod", "other")["taskDefinition"]
    web.ecs.update_service(cluster=cluster("prod"), service="web", taskDefinition=revision)


def test_a_service_that_is_deleted_meanwhile_is_gone(web: World) -> None:
    assert web.hurried(*DEPLOY).exit_code == 0
    web.ecs.delete_service(cluster=cluster("prod"), service="web", force=True)
    web.finish_rollouts()

    waited = web.hurried("wait", "prod")

    assert waited.exit_code == 6, waited
    assert "GONE" in waited.stderr
    assert outcomes(web, "prod") == {"web": Word.GONE}


def test_a_bake_is_no_hang(world: World) -> None:
    with_web(world, deploymentConfiguration={"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 2})

    waited = world.hurried(*DEPLOY, "--wait")

    assert waited.exit_code == 0, waited
    assert "BAKE_TIME of 2 min" in waited.stderr
    assert outcomes(world, "prod") == {"web": Word.COMPLETE}


@pytest.mark.parametrize(("build", "exit_code"), [("2222222", 0), ("2222222-crash", 6)])
def test_services_without_a_rollout_state_are_told_all_the_same(world: World, build: str, exit_code: int) -> None:
    world.controls.settings(rollout_state=False)
    with_web(world, build)

    waited = world.hurried(*DEPLOY, "--wait")

    assert waited.exit_code == exit_code, waited
    assert_agree(world, "prod", web="1111111" if exit_code else "2222222")


# --- the wait itself is cut short


def test_ctrl_c_says_what_goes_on_and_how_to_follow_it_again(world: World) -> None:
    with_web(world, "2222222-never")
    gate = Gate()
    world.proxy.on("ecs.DescribeServices", gate.hold, nth=4)
    waiting = world.start(*DEPLOY, "--wait", **HURRIED)
    gate.wait_for_arrival()
    waiting.signal(signal.SIGINT)
    gate.open()

    interrupted = waiting.result()

    assert interrupted.exit_code == 130, interrupted
    assert "release-tool wait prod" in interrupted.stderr


def test_credentials_that_expire_meanwhile_end_the_wait_with_4(web: World) -> None:
    web.proxy.on("ecs.*", EXPIRE, nth=range(6, 1000))

    expired = web.hurried(*DEPLOY, "--wait")

    assert expired.exit_code == 4, expired
    assert "release-tool wait prod" in expired.stderr


def test_a_look_that_fails_in_passing_ends_nothing(web: World) -> None:
    web.proxy.on("ecs.DescribeServices", lose_the_call, nth=range(3, 8))

    waited = web.hurried(*DEPLOY, "--wait")

    assert waited.exit_code == 0, waited


def test_where_nothing_changes_there_is_a_sign_of_life(world: World) -> None:
    with_web(world, "2222222-never")

    given_up = world.hurried(*DEPLOY, "--wait", "--timeout=2")

    assert given_up.exit_code == 5, given_up
    assert "still going on: web 0/1" in given_up.stderr


def test_a_wait_asks_about_what_has_not_ended_only(world: World) -> None:
    world.add("prod", "web", "api")
    world.registered("2222222-slow", "web")
    world.registered("2222222", "api")
    asked: list[list[str]] = []

    def remember(call: Call, ask: Ask) -> Answer:
        asked.append(sorted(call.sent["services"]))
        return ask()

    world.let_time_pass_with_each_look(A_LOOK)
    world.proxy.on("ecs.DescribeServices", remember)

    waited = world.hurried(*DEPLOY, "--wait")

    assert waited.exit_code == 0, waited
    assert ["api", "web"] in asked
    assert ["web"] in asked
