"""An answer that is lost, a call that is refused: the deployment converges at once or at the next run."""

from __future__ import annotations

import pytest

from tests.end_to_end.agreement import assert_agree, assert_one_new_revision, assert_recorded, assert_status_is_true
from tests.end_to_end.world import DEPLOY, SERVICES, World
from tests.proxy.faults import DENY, FAIL, THROTTLE, Fault, lose_the_answer, lose_the_call

NEW = dict.fromkeys(SERVICES, "2222222")
WRITES = (
    "ssm.PutParameter",
    "ecs.RegisterTaskDefinition",
    "ecs.UpdateService",
    "dynamodb.PutItem",
    "dynamodb.BatchWriteItem",
    "dynamodb.TransactWriteItems",
    "dynamodb.UpdateItem",
    "dynamodb.DeleteItem",
)


def assert_deployed(world: World) -> None:
    world.finish_rollouts()
    assert_agree(world, "prod", **NEW)
    assert_recorded(world, "prod", **NEW)
    assert_one_new_revision(world, "prod", *SERVICES)


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("operation", WRITES)
def test_a_write_whose_answer_is_lost_is_looked_for_before_it_is_repeated(
    prod: World, operation: str, nth: int
) -> None:
    prod.proxy.on(operation, lose_the_answer, nth=nth)

    done = prod.hurried(*DEPLOY)

    assert done.exit_code == 0, done
    assert_deployed(prod)


@pytest.mark.parametrize("fault", [lose_the_call, FAIL], ids=["call lost", "500"])
@pytest.mark.parametrize("operation", WRITES)
def test_a_write_that_was_never_made_is_made_again(prod: World, operation: str, fault: Fault) -> None:
    prod.proxy.on(operation, fault, nth=1)

    done = prod.hurried(*DEPLOY)

    assert done.exit_code == 0, done
    assert_deployed(prod)


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("operation", WRITES)
def test_a_refused_write_stops_what_needs_it_and_the_next_run_goes_on(prod: World, operation: str, nth: int) -> None:
    prod.proxy.on(operation, DENY, nth=nth)

    refused = prod.hurried(*DEPLOY)
    assert refused.exit_code in (0, 4), refused
    assert refused.exit_code == 0 or "not permitted" in refused.stderr
    assert_status_is_true(prod, "prod")
    prod.proxy.behave()
    again = prod.hurried(*DEPLOY)

    assert again.exit_code == 0, again
    assert_deployed(prod)


def test_three_throttled_calls_of_ten_cost_time_and_nothing_else(prod: World) -> None:
    prod.proxy.on("*", THROTTLE, nth=[n for n in range(1, 1000) if n % 10 in (3, 6, 9)])

    done = prod.hurried(*DEPLOY)

    assert done.exit_code == 0, done
    prod.proxy.behave()
    assert_deployed(prod)


@pytest.mark.parametrize("fault", [lose_the_call, FAIL], ids=["no answer", "500"])
def test_with_ecs_down_for_the_second_half_the_next_run_finishes(prod: World, fault: Fault) -> None:
    prod.proxy.on("ecs.*", fault, nth=range(6, 1000))

    half = prod.hurried(*DEPLOY)
    assert half.exit_code == 1, half
    assert "run the same command again" in half.stderr
    prod.proxy.behave()
    assert_status_is_true(prod, "prod")
    again = prod.hurried(*DEPLOY)

    assert again.exit_code == 0, again
    assert_deployed(prod)
