from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from release_tool.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Count the bags", "Count the bags"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x9b31mred", "red"),
        ("\x1b]0;a new title\x07Fix", "Fix"),
        ("\x1b]8;;https://evil.example\x1b\\a link\x1b]8;;\x1b\\", "a link"),
        ("\x1b]0;never ended", "0;never ended"),
        ("\x1b\x1b[m[31mFix", "[31mFix"),
        ("\x1b(0Fix\x1bc", "Fix"),
        ("safe\rovertyped", "safe overtyped"),
        ("a\x08\x7fb", "ab"),
        ("two\nlines\tof\u2028words ", "two lines of words"),
        ("abc\u202egpj.exe", "abcgpj.exe"),
        ("\ud800lone", "lone"),
        ("Zoë 漢字 👩\u200d🚀", "Zoë 漢字 👩\u200d🚀"),
        ("", ""),
    ],
)
def test_words_stay_and_what_could_trick_a_terminal_goes(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_long_text_is_cut_and_shows_that_it_was() -> None:
    assert printable("a" * 10, 10) == "a" * 10
    assert printable("a" * 11, 10) == "a" * 9 + "…"


@settings(deadline=None)
@given(st.text() | st.text(alphabet="\x1b[]()\\;0m\x07\x9b\x9d\x9cab \n"))
def test_nothing_that_controls_a_terminal_is_ever_left(text: str) -> None:
    shown = printable(text)

    assert len(shown) <= 200
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")]
