"""Whether a process of this host still runs: the real ones, as the host tells of them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from release_tool import process

TELL_AND_WAIT = "from release_tool.process import own_process; print(*own_process(), flush=True); input()"


@pytest.fixture
def neighbour() -> Iterator[tuple[subprocess.Popen[str], int, str]]:
    """Another process, its id and its mark."""
    with subprocess.Popen(
        [sys.executable, "-c", TELL_AND_WAIT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as started:
        assert started.stdout is not None
        number, _, mark = started.stdout.readline().strip().partition(" ")
        yield started, int(number), mark
        started.kill()


Neighbour = tuple[subprocess.Popen[str], int, str]


def test_this_process_is_alive() -> None:
    assert process.is_alive(*process.own_process())


def test_a_neighbour_is_alive_until_it_ends(neighbour: Neighbour) -> None:
    started, number, mark = neighbour
    assert process.is_alive(number, mark)

    started.kill()
    started.wait()

    assert not process.is_alive(number, mark)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only /proc tells this")
def test_a_neighbour_that_nobody_has_waited_for_is_gone(neighbour: Neighbour) -> None:
    started, number, mark = neighbour

    started.kill()
    os.waitid(os.P_PID, number, os.WEXITED | os.WNOWAIT)

    assert not process.is_alive(number, mark)


def test_another_process_that_got_the_same_id_is_not_the_one_that_was_meant() -> None:
    number, mark = process.own_process()
    where, _, _ = mark.partition(" ")

    assert not process.is_alive(number, f"{where} long ago")


@pytest.mark.parametrize("mark", ["", "somewhere-else 12345", "somewhere-else", "- "])
def test_what_cant_be_told_counts_as_alive(mark: str) -> None:
    assert process.is_alive(2**22 + 1, mark)


def test_a_host_has_a_name() -> None:
    assert process.host()
