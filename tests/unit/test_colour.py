"""Colours, and screens that are none."""

from __future__ import annotations

import pytest

from release_tool.colour import in_colour, is_a_log

LINE = "web 2222222 ROLLED_BACK (tasks failed to start)"


@pytest.mark.parametrize(
    "environ", [{}, {"FORCE_COLOR": ""}, {"FORCE_COLOR": "0"}, {"FORCE_COLOR": "1", "NO_COLOR": "1"}]
)
def test_a_line_is_plain_unless_somebody_insists_on_colours(environ: dict[str, str]) -> None:
    assert in_colour(LINE, environ) == LINE


def test_who_insists_gets_the_word_in_colour_and_the_rest_as_it_is() -> None:
    coloured = in_colour(LINE, {"FORCE_COLOR": "1"})

    assert coloured == "web 2222222 \x1b[1;31mROLLED_BACK\x1b[0m (tasks failed to start)"


def test_no_color_that_is_empty_says_nothing() -> None:
    assert "\x1b[" in in_colour(LINE, {"FORCE_COLOR": "1", "NO_COLOR": ""})


@pytest.mark.parametrize(
    ("environ", "is_one"),
    [
        ({}, False),
        ({"CI": "true"}, True),
        ({"CI": "false"}, False),
        ({"TERM": "dumb"}, True),
        ({"TERM": "xterm"}, False),
    ],
)
def test_a_terminal_of_ci_is_a_log(environ: dict[str, str], is_one: bool) -> None:
    assert is_a_log(environ) is is_one
