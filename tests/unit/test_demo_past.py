"""The past that the demo's dashboard shows."""

from datetime import timedelta

from release_tool.demo.past import length, steps
from release_tool.demo.sample import COMMITS

HASHES = [f"{n}" * 7 for n in range(1, len(COMMITS) + 1)]


def test_the_past_is_about_three_weeks_long() -> None:
    assert timedelta(weeks=2) < length(HASHES) < timedelta(weeks=4)


def test_the_past_has_promotions_a_failure_a_rollback_and_something_that_still_rolls_out() -> None:
    commands = [step.command for step in steps(HASHES)]

    assert any("--from=stage" in command for command in commands)
    assert any("crash" in command[1] for command in commands if command[0] == "register")
    assert any(command[0] == "rollback" for command in commands)
    assert not list(steps(HASHES))[-1].ends


def test_the_past_has_more_hands_than_one() -> None:
    assert len({step.who for step in steps(HASHES)}) == 3
