"""This process and its neighbours on the same host: does the one that holds a lock still run?

A process id alone says little. It is given to another process later, and containers that share a host's name each
count their own. So a process is known by its id, by when it started, and by where its id counts.
"""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

PROC = Path("/proc")


def host() -> str:
    return socket.gethostname()


def own_process() -> tuple[int, str]:
    """Its id, and the mark that tells it from others which have, had or will have the same id."""
    process = os.getpid()
    return process, f"{_where_ids_count()} {_start(process) or ''}"


def is_alive(process: int, mark: str) -> bool:
    """Whether the process with that mark still runs. What can't be told counts as alive."""
    where, _, start = mark.partition(" ")
    if os.name != "posix" or where != _where_ids_count() or not start:
        return True
    if not _has_a_process(process):
        return False
    return _start(process) in (start, None)


def _where_ids_count() -> str:
    """This boot of this kernel and this pid namespace, where they have names (Linux)."""
    try:
        boot = PROC.joinpath("sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{PROC.joinpath('self/ns/pid').stat().st_ino}"
    except OSError:
        return "-"


def _has_a_process(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # it is there, and somebody else's
    return not _has_ended(process)


def _has_ended(process: int) -> bool:
    """Whether it is there only because nobody has asked how it ended."""
    return _stat(process)[:1] in (["Z"], ["X"])


def _start(process: int) -> str | None:
    """None where that can't be told."""
    stat = _stat(process)
    return stat[19] if stat else _start_by_ps(process)


def _stat(process: int) -> list[str]:
    """Fields 3 and on of proc_pid_stat(5): the second, the program's name, may hold spaces and brackets."""
    try:
        return PROC.joinpath(str(process), "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _start_by_ps(process: int) -> str | None:
    try:
        told = subprocess.run(
            ["ps", "-o", "lstart=", "-p", str(process)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
        )
    except OSError:
        return None
    return told.stdout.strip() or None
