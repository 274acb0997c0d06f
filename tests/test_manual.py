"""The manual page says what the program says, and man can read it."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from release_tool.cli import COMMANDS
from release_tool.errors import ExitCode
from release_tool.manual import ENDS
from release_tool.usage import usage_in
from tests.manual import PAGE, made_anew

READERS = {
    "groff": ["groff", "-man", "-Tutf8", "-ww", "-z"],
    "mandoc": ["mandoc", "-Tlint", "-Werror"],
}


def test_the_page_is_what_the_commands_say_today() -> None:
    assert PAGE.read_text("utf-8") == made_anew(), "to mend the page: python -m tests.manual"


def test_every_command_and_every_exit_code_is_in_it() -> None:
    page = made_anew()

    assert all(f".SS {command}\n" in page for command in COMMANDS)
    assert set(ENDS) == set(ExitCode)


def test_what_a_text_says_cannot_be_taken_for_a_request() -> None:
    usage = usage_in("deploy", "Deploy.\n\nUsage:\n  release-tool deploy\n\n.so /etc/passwd\n")

    assert usage.paragraphs == (".so /etc/passwd",)
    assert not any(line.startswith(".so") for line in made_anew().splitlines())


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_of_manual_pages_has_no_complaint(reader: str) -> None:
    if shutil.which(reader) is None:
        pytest.skip(f"no {reader} here: apt-get install {reader}")

    read = subprocess.run(
        [*READERS[reader], str(PAGE)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )

    assert (read.returncode, read.stdout, read.stderr) == (0, "", "")
