"""One measurement: a command run through the proxy, so many times, and what was seen of it."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from benchmarks.delayed import Delayed

TIMED = Path(__file__).with_name("timed.py")


@dataclass(frozen=True, slots=True)
class Measured:
    """`of`: what was measured, of which tool, and how. Seconds are the median; `load` is the machine's, at its most."""

    of: dict[str, Any]
    seconds: float
    least: float
    most: float
    cpu: float
    peak_mb: float
    calls: dict[str, int]
    times: int
    load: float
    at: str


Command = Callable[[int], Sequence[str]]


def measure(
    of: Mapping[str, Any],
    command: Command,
    *,
    times: int,
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
    proxy: Delayed | None = None,
    delay: float = 0.0,
    before: Callable[[int], None] = lambda run: None,
    after: Callable[[], None] = lambda: None,
    until_last_write: bool = False,
) -> Measured:
    """`until_last_write` is for a tool that cannot but wait: its request ends when its last write is answered."""
    seen = _Runs()
    for run in range(times):
        before(run)
        seen.add(command(run), environ, folder, proxy, delay, until_last_write=until_last_write)
        after()
    return seen.measured(of)


def measure_in_turn(
    of: Mapping[str, Any],
    commands: Mapping[str, Command],
    *,
    times: int,
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
    proxy: Delayed | None = None,
    delay: float = 0.0,
) -> Iterator[Measured]:
    """By tool. Each runs once, then each once more: what else the machine does in the meantime befalls all of them."""
    seen = {tool: _Runs() for tool in commands}
    for run in range(times):
        for tool, command in commands.items():
            seen[tool].add(command(run), environ, folder, proxy, delay)
    return (runs.measured({**of, "tool": tool}) for tool, runs in seen.items())


class _Runs:
    """What was seen of a tool so far."""

    def __init__(self) -> None:
        self._told: list[dict[str, Any]] = []
        self._calls: list[dict[str, int]] = []
        self._loads = [os.getloadavg()[0]]

    def add(
        self,
        command: Sequence[str],
        environ: Mapping[str, str] | None,
        folder: Path | None,
        proxy: Delayed | None,
        delay: float,
        *,
        until_last_write: bool = False,
    ) -> None:
        if proxy is not None:
            proxy.begin(delay)
        told = _run(command, environ or dict(os.environ), folder)
        self._loads.append(os.getloadavg()[0])
        if proxy is not None:
            seen = proxy.seen()
            self._calls.append(dict(sorted(seen.calls.items())))
            if until_last_write and seen.last_write_at is not None:
                told["seconds"] = seen.last_write_at + delay - told["began"]
        self._told.append(told)

    def measured(self, of: Mapping[str, Any]) -> Measured:
        seconds = [told["seconds"] for told in self._told]
        return Measured(
            of=dict(of),
            seconds=statistics.median(seconds),
            least=min(seconds),
            most=max(seconds),
            cpu=statistics.median(told["cpu"] for told in self._told),
            peak_mb=max(told["peak_mb"] for told in self._told),
            calls=self._calls[len(self._calls) // 2] if self._calls else {},
            times=len(self._told),
            load=round(max(self._loads), 1),
            at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        )


def _run(command: Sequence[str], environ: Mapping[str, str], folder: Path | None) -> dict[str, Any]:
    with tempfile.NamedTemporaryFile("r", suffix=".log") as log:
        launcher = [sys.executable, "-I", "-S", str(TIMED), log.name, *command]
        done = subprocess.run(launcher, env=environ, cwd=folder, check=True, capture_output=True, text=True)
        told: dict[str, Any] = json.loads(done.stdout)
        if told["exit_code"] != 0:
            raise RuntimeError(f"{' '.join(command)[:300]} ended with {told['exit_code']}:\n{log.read()[-3000:]}")
    return told


# --- the file of results


def load(path: Path) -> list[Measured]:
    return [Measured(**told) for told in json.loads(path.read_text("utf-8"))] if path.exists() else []


def save(path: Path, measured: Measured) -> None:
    """In the place of what was measured of the same before."""
    kept = [known for known in load(path) if known.of != measured.of]
    told = sorted((asdict(one) for one in [*kept, measured]), key=lambda one: json.dumps(one["of"], sort_keys=True))
    path.write_text("[\n" + ",\n".join(json.dumps(one, sort_keys=True) for one in told) + "\n]\n", encoding="utf-8")
