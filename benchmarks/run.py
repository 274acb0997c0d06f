"""Measures, and writes benchmarks/results.json.

    python -m benchmarks.run <folder for the tools' venvs> [<part>...] [--times=<n>]
                             [--services=<n>,…] [--delays=<ms>,…] [--tools=<name>,…] [--results=<file>]

Parts: install, start, completion, register, status, request, complete; and against ministack status-fast and
request-fast. All, where none is named.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import emulators
from benchmarks.delayed import Delayed, delayed
from benchmarks.measure import Command, Measured, measure, measure_in_turn, save
from benchmarks.project import ENVIRONMENT, Project, make_manifest, make_project
from benchmarks.tools import AT_ONCE, AWS_CLI, COMPLETING, ECS_DEPLOY, OURS, WECO_DEPLOY, Tools, environ_of

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).with_name("results.json")
HURRIED = 200.0
"""The emulator's speed where rollouts are not what is measured."""
AS_ECS = 1.0
AGAINST_MINISTACK = {"against": "ministack"}
NOT_AGAINST_MINISTACK = (WECO_DEPLOY,)
"""It assumes a role, and does not find the repositories there that were made without one."""


@dataclass(frozen=True, slots=True)
class Asked:
    tools: Tools
    times: int
    services: list[int]
    delays: list[int]
    names: list[str]
    results: Path


def main() -> None:
    asked, parts = _asked()
    for part in parts:
        PARTS[part](asked)


def _asked() -> tuple[Asked, list[str]]:
    numbers: Callable[[str], list[int]] = lambda text: [int(one) for one in text.split(",")]  # noqa: E731
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run")
    parser.add_argument("venvs", type=Path)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []])
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--services", type=numbers, default=[1, 5, 20, 100])
    parser.add_argument("--delays", type=numbers, default=[0, 20, 50, 100])
    parser.add_argument("--tools", type=lambda text: text.split(","), default=[OURS, WECO_DEPLOY, ECS_DEPLOY, AWS_CLI])
    parser.add_argument("--results", type=Path, default=RESULTS)
    told = parser.parse_args()
    names = [f"{ECS_DEPLOY}, {AT_ONCE} at once" if name == "ecs-deploy-at-once" else name for name in told.tools]
    tools = Tools(told.venvs.resolve())
    return Asked(tools, told.times, told.services, told.delays, names, told.results), told.parts or list(PARTS)


def _keep(asked: Asked, measured: Measured) -> None:
    save(asked.results, measured)
    of = " ".join(str(value) for value in measured.of.values())
    calls = sum(measured.calls.values())
    print(f"{of}: {measured.seconds:.2f} s, {calls} calls, {measured.peak_mb:.0f} MB, load {measured.load}", flush=True)


# --- the parts


def _install(asked: Asked) -> None:
    with tempfile.TemporaryDirectory() as copy:
        asked.tools.install(ROOT, Path(copy))


def _start(asked: Asked) -> None:
    with tempfile.TemporaryDirectory() as folder:
        environ = {"HOME": folder, "PYTHONWARNINGS": "ignore", "PATH": "/usr/bin:/bin"}
        commands = {tool: _always(command) for tool, command in asked.tools.help().items()}
        each = measure_in_turn({"what": "start"}, commands, times=asked.times, environ=environ, folder=Path(folder))
        for measured in each:
            _keep(asked, measured)


def _completion(asked: Asked) -> None:
    with tempfile.TemporaryDirectory() as folder:
        make_manifest(Path(folder), 100)
        environ = {"HOME": folder, "PATH": "/usr/bin:/bin", **COMPLETING}
        commands = {tool: _always(command) for tool, command in asked.tools.completion().items()}
        each = measure_in_turn(
            {"what": "completion"}, commands, times=asked.times, environ=environ, folder=Path(folder)
        )
        for measured in each:
            _keep(asked, measured)


def _register(asked: Asked) -> None:
    with _stage(asked, 20) as (project, proxy):
        told = [asked.tools.register(project, build) for build in project.builds]
        commands = {tool: _alternating(told[1][tool], told[0][tool]) for tool in told[0]}
        _at_each_delay(asked, {"what": "register"}, commands, project, proxy)


def _status(asked: Asked, *, fast: bool = False) -> None:
    with _stage(asked, 20, fast=fast) as (project, proxy):
        _prime(asked.tools, project)
        commands = {tool: _always(command) for tool, command in asked.tools.status(project).items()}
        of = {"what": "status", "services": 20} | (AGAINST_MINISTACK if fast else {})
        _at_each_delay(asked, of, commands, project, proxy)


def _at_each_delay(
    asked: Asked, of: dict[str, Any], commands: dict[str, Command], project: Project, proxy: Delayed
) -> None:
    for delay in asked.delays:
        each = measure_in_turn(
            of | {"delay": delay},
            commands,
            times=asked.times,
            environ=environ_of(project, proxy.url),
            folder=project.folder,
            proxy=proxy,
            delay=delay / 1000,
        )
        for measured in each:
            _keep(asked, measured)


def _always(command: list[str]) -> Command:
    return lambda run: command


def _alternating(*commands: list[str]) -> Command:
    return lambda run: commands[run % len(commands)]


def _request(asked: Asked, *, fast: bool = False) -> None:
    for count in asked.services:
        for tool in (name for name in asked.names if not (fast and name in NOT_AGAINST_MINISTACK)):
            with _stage(asked, count, fast=fast, tag_moves=tool == WECO_DEPLOY) as (project, proxy):
                if tool == OURS:
                    _prime(asked.tools, project)
                for delay in asked.delays:
                    of = {"what": "request", "tool": tool, "services": count, "delay": delay}
                    _keep(
                        asked,
                        measure(
                            of | (AGAINST_MINISTACK if fast else {}),
                            lambda run, tool=tool, project=project: asked.tools.request(
                                tool, project, project.builds[(run + 1) % 2]
                            ),
                            times=asked.times,
                            environ=environ_of(project, proxy.url),
                            folder=project.folder,
                            proxy=proxy,
                            delay=delay / 1000,
                            before=lambda run, project=project: project.build(project.builds[(run + 1) % 2]),
                            after=partial(_settle, asked.tools, project, tool),
                            until_last_write=tool == WECO_DEPLOY,
                        ),
                    )
                    project.build(project.builds[0])
                    _back(asked, project, tool, asked.times)


def _complete(asked: Asked) -> None:
    for count in asked.services:
        for tool in asked.names:
            with _stage(asked, count, speed=AS_ECS, tag_moves=tool == WECO_DEPLOY) as (project, proxy):
                _keep(
                    asked,
                    measure(
                        {"what": "complete", "tool": tool, "services": count, "delay": 50},
                        lambda run, tool=tool, project=project: asked.tools.until_complete(
                            tool, project, project.builds[(run + 1) % 2]
                        ),
                        times=asked.times,
                        environ=environ_of(project, proxy.url),
                        folder=project.folder,
                        proxy=proxy,
                        delay=0.05,
                        before=lambda run, project=project: project.build(project.builds[(run + 1) % 2]),
                    ),
                )


PARTS: dict[str, Callable[[Asked], None]] = {
    "install": _install,
    "start": _start,
    "completion": _completion,
    "register": _register,
    "status": _status,
    "status-fast": partial(_status, fast=True),
    "request": _request,
    "request-fast": partial(_request, fast=True),
    "complete": _complete,
}


# --- the stage


@contextmanager
def _stage(
    asked: Asked, count: int, *, speed: float = HURRIED, fast: bool = False, tag_moves: bool = False
) -> Iterator[tuple[Project, Delayed]]:
    emulator = emulators.ministack(asked.tools.venvs) if fast else emulators.ours(speed)
    with tempfile.TemporaryDirectory() as folder, emulator as url, delayed(url) as proxy:
        yield make_project(Path(folder), url, count, tag_moves=tag_moves), proxy


def _prime(tools: Tools, project: Project) -> None:
    """A deployment that is complete, as on any other day, and back."""
    for build in reversed(project.builds):
        project.build(build)
        _unmeasured(tools.ours("deploy", "all", ENVIRONMENT, "--skip_confirm", "--wait"), project)


def _settle(tools: Tools, project: Project, tool: str) -> None:
    """So that the next deployment finds the one before complete."""
    if tool == OURS:
        _unmeasured(tools.ours("wait", ENVIRONMENT), project)


def _back(asked: Asked, project: Project, tool: str, times: int) -> None:
    """To the first build, where an odd number of deployments has led away from it."""
    if times % 2 and tool == OURS:
        _unmeasured(asked.tools.ours("deploy", "all", ENVIRONMENT, "--skip_confirm", "--wait"), project)


def _unmeasured(command: list[str], project: Project) -> None:
    environ = environ_of(project, project.endpoint_url)
    subprocess.run(command, cwd=project.folder, env=environ, check=True, capture_output=True)


if __name__ == "__main__":
    main()
