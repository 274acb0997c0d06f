"""Starts the program again and again without loading it again: each run is a process of its own, forked from here.

`python -m tests.end_to_end.preloaded <socket>` serves; `Preloaded` asks it.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NoReturn

from tests.end_to_end import clocked


class Preloaded:
    """The program, ready to run."""

    def __init__(self, address: str) -> None:
        self._address = address

    def start(
        self, args: Sequence[str], folder: Path, environ: Mapping[str, str], stdout: Path, stderr: Path
    ) -> Forked:
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(self._address)
        answers = connection.makefile("r", encoding="ascii")
        places = {"folder": f"{folder}", "stdout": f"{stdout}", "stderr": f"{stderr}"}
        connection.sendall(json.dumps({"args": [*args], "environ": {**environ}, **places}).encode() + b"\n")
        return Forked(int(answers.readline()), connection, answers)


class Forked:
    """One run of it."""

    def __init__(self, process: int, connection: socket.socket, answers: IO[str]) -> None:
        self.id = process
        self._connection = connection
        self._answers = answers

    def exit_code(self, timeout_seconds: float) -> int:
        """As subprocess has it: negative where a signal was the end."""
        self._connection.settimeout(timeout_seconds)
        with self._connection, self._answers:
            return int(self._answers.readline())


# --- the other side


def serve(address: str) -> NoReturn:
    clocked.install()
    main = _loaded()
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(address)
    listening.listen(64)
    print("ready", flush=True)
    while True:
        connection, _ = listening.accept()
        if os.fork() == 0:
            listening.close()
            _run_once(connection, main)
        connection.close()
        _reap()


def _loaded() -> Callable[[Sequence[str]], int]:
    """All that a run needs, imported; and what botocore reads from disk, read."""
    import boto3
    import docopt  # noqa: F401
    import git  # noqa: F401

    import release_tool.composition  # noqa: F401
    from release_tool.cli import COMMANDS, main

    for command in COMMANDS:
        if command != "demo":
            __import__(f"release_tool.commands.{command}")
    for service in ("dynamodb", "ecr", "ecs", "ssm", "sts"):
        boto3.client(service, region_name="eu-west-1")
    return main


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def _run_once(connection: socket.socket, main: Callable[[Sequence[str]], int]) -> NoReturn:
    asked = json.loads(connection.makefile("r", encoding="utf-8").readline())
    process = os.fork()
    if process == 0:
        connection.close()
        _be_the_program(asked, main)
    connection.sendall(b"%d\n" % process)
    _, status = os.waitpid(process, 0)
    connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def _be_the_program(asked: Mapping[str, Any], main: Callable[[Sequence[str]], int]) -> NoReturn:
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environ"])
    for name, number, flags in (
        (os.devnull, 0, os.O_RDONLY),
        (asked["stdout"], 1, os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
        (asked["stderr"], 2, os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    ):
        os.dup2(os.open(name, flags), number)
    try:
        sys.exit(main(asked["args"]))
    except SystemExit as end:
        _end(end.code if isinstance(end.code, int) else 1)
    except BaseException:
        import traceback

        traceback.print_exc()
        _end(1)


def _end(exit_code: int) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(exit_code)


if __name__ == "__main__":
    serve(sys.argv[1])
