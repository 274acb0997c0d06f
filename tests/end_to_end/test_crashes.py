"""Killed after any call, the same command again finishes what is missing and repeats nothing."""

from __future__ import annotations

import signal

import pytest

from release_tool.model import Word
from tests.end_to_end.agreement import (
    assert_agree,
    assert_one_new_revision,
    assert_recorded,
    assert_status_is_true,
    outcomes,
)
from tests.end_to_end.world import DEPLOY, PROJECT, SERVICES, World

NEW = dict.fromkeys(SERVICES, "2222222")
CALLS = 36
"""That a deployment of three services makes."""


def test_no_call_of_a_deployment_is_left_out_below(prod: World) -> None:
    done = prod.release_tool(*DEPLOY)

    assert done.exit_code == 0, done
    assert len(prod.proxy.calls) <= CALLS


@pytest.mark.parametrize("nth", range(1, CALLS + 1))
def test_a_deployment_killed_after_any_call_is_finished_by_the_same_command(prod: World, nth: int) -> None:
    killed = prod.killed_after(nth, *DEPLOY)
    assert killed.exit_code in (-signal.SIGKILL, 0), killed
    assert_status_is_true(prod, "prod")

    again = prod.release_tool(*DEPLOY)

    assert again.exit_code == 0, again
    prod.finish_rollouts()
    assert_agree(prod, "prod", **NEW)
    assert_recorded(prod, "prod", **NEW)
    assert_one_new_revision(prod, "prod", *SERVICES)


# --- killed while it settles what ECS has rolled back

SETTLING_CALLS = 40
AS_IT_RUNS = {"bag_register": "1111111", "bag_unpacker": "2222222", "bag_verifier": "2222222"}


@pytest.fixture
def rolled_back(prod: World) -> World:
    """A deployment of which ECS has rolled one service back, and nobody has looked since."""
    prod.registered("2222222-crash", "bag_register")
    assert prod.release_tool(*DEPLOY).exit_code == 0
    prod.finish_rollouts()
    prod.proxy.forget()
    return prod


def assert_settled(world: World) -> None:
    assert_agree(world, "prod", **AS_IT_RUNS)
    assert outcomes(world, "prod") == {
        "bag_register": Word.ROLLED_BACK,
        "bag_unpacker": Word.COMPLETE,
        "bag_verifier": Word.COMPLETE,
    }
    latest = world.ledger.latest_set(PROJECT, "prod")
    assert latest is not None
    assert latest.outcome is Word.ROLLED_BACK


def test_no_call_of_settling_is_left_out_below(rolled_back: World) -> None:
    waited = rolled_back.hurried("wait", "prod")

    assert waited.exit_code == 6, waited
    assert_settled(rolled_back)
    assert len(rolled_back.proxy.calls) <= SETTLING_CALLS


@pytest.mark.parametrize("nth", range(1, SETTLING_CALLS + 1))
def test_settling_killed_after_any_call_is_finished_by_the_same_command(rolled_back: World, nth: int) -> None:
    rolled_back.killed_after(nth, "wait", "prod")

    again = rolled_back.hurried("wait", "prod")

    assert again.exit_code in (0, 6), again
    assert_settled(rolled_back)
