"""AWS on this machine: start it, stop it, and say how it is to behave."""

from __future__ import annotations

import argparse
import importlib
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from release_tool.demo.controls import Controls
from release_tool.demo.emulated.clock import Clock
from release_tool.demo.emulated.world import Settings, World
from release_tool.errors import AskedWrongly

EXTRA = ("moto", "flask", "flask_cors")

__all__ = ["Clock", "Controls", "Emulator", "Settings", "World", "emulated_aws"]


class Emulator:
    """AWS behind HTTP on 127.0.0.1, in threads of this process; one at a time, any number one after another.

    Port 0 takes a free one. At `speed` 8 a rollout that takes ECS 26 seconds takes 3.3.
    """

    def __init__(self, port: int = 0, speed: float = 1.0, clock: Clock | None = None) -> None:
        self.world = World(clock=clock or Clock(speed=speed))
        self._asked_port = port
        self._port: int | None = None
        self._end = ExitStack()

    def start(self) -> Emulator:
        if self._port is None:
            serving = _ours("server").serving(self.world, self._asked_port)
            try:
                self._port = self._end.enter_context(serving)
            except OSError as error:
                raise AskedWrongly(
                    f"port {self._asked_port} is taken on this machine",
                    next="name another; 0 takes a free one",
                ) from error
        return self

    def stop(self) -> None:
        self._port = None
        self._end.close()

    @property
    def endpoint_url(self) -> str:
        if self._port is None:
            raise RuntimeError("the emulator is not running: start() it first")
        return f"http://127.0.0.1:{self._port}"

    @property
    def controls(self) -> Controls:
        return Controls(self.endpoint_url)

    def __enter__(self) -> Emulator:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


@contextmanager
def emulated_aws(world: World | None = None) -> Iterator[World]:
    """AWS inside this process, without HTTP: every client of botocore's made in here talks to it.

    Its clock is held by hand, unless the `world` that is given has another.
    """
    world = world or World(clock=Clock(is_held=True))
    with _ours("in_process").mocked(world):
        yield world


def _ours(module: str) -> Any:
    """A module of ours that needs what only the extra brings along."""
    try:
        for package in EXTRA:
            importlib.import_module(package)
        return importlib.import_module(f"release_tool.demo.emulated.{module}")
    except ImportError as error:
        if (error.name or "").partition(".")[0] == "release_tool":
            raise
        raise AskedWrongly("the demo needs its extra", next="pip install 'release-tool[demo]'") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the endpoint, and serve until somebody asks for the end."""
    parser = argparse.ArgumentParser(prog="python -m release_tool.demo.emulator", description=main.__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--speed", type=float, default=1.0)
    asked = parser.parse_args(arguments)
    if asked.speed <= 0:
        parser.error("--speed is more than 0")
    end = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: end.set())
    with Emulator(asked.port, asked.speed) as emulator:
        print(emulator.endpoint_url, flush=True)
        end.wait()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
