"""How long twenty services take to be asked for and to be told of, at 50 ms a call; and sixty against AWS's limits.

    python -m benchmarks.request_phase [requests] [limits]

The first is held against 2.5 s for `deploy all` and 1.2 s for `status all`; the second, at AWS's own pace, against 1.2
times what its limits allow: about a minute.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.conftest import pytest_configure as forget_credentials
from tests.end_to_end.preloaded import Preloaded
from tests.end_to_end.world import DEPLOY, Aws, World, image, serving
from tests.proxy.faults import Bucket, take
from tests.proxy.server import Proxy

A_CALL_SECONDS = 0.05
TIMES = 5


def main() -> None:
    forget_credentials()
    parts = sys.argv[1:] or ["requests"]
    with a_world() as world:
        if "requests" in parts:
            requests(world)
        if "limits" in parts:
            limits(world)


@contextmanager
def a_world() -> Iterator[World]:
    with serving("-m", "release_tool.demo.emulator") as url, Proxy(url) as proxy, TemporaryDirectory() as folder:
        os.makedirs(f"{folder}/project")
        yield World(Aws(url), proxy, Preloaded("nowhere"), Path(folder, "project"))


def with_services(world: World, count: int) -> None:
    services = [f"service_{number:02d}" for number in range(count)]
    world.begin()
    listed = "".join(f"    - {{id: {service}}}\n" for service in services)
    world.write_manifest(f"storage:\n  environments: [{{id: prod}}]\n  services:\n{listed}")
    world.add("prod", *services)
    world.registered("2222222", *services)
    assert world.says("latest", services[0]) == image(services[0], "2222222")


def requests(world: World) -> None:
    for command, target in ((DEPLOY, 2.5), (("status", "all", "prod"), 1.2)):
        times = sorted(measured(world, *command) for _ in range(TIMES))
        print(
            f"{command[0]}: {times[0][0]:.2f} to {times[-1][0]:.2f} s, with the program's start, of {target} s;",
            end=" ",
        )
        print(f"{times[0][1]:.2f} s from the first call to the last of {times[0][2]}")


def measured(world: World, *command: str) -> tuple[float, float, int]:
    """Seconds in all, seconds of calls, and how many calls."""
    with_services(world, 20)
    if command != DEPLOY:
        assert world.installed(*DEPLOY).exit_code == 0
    world.proxy.forget()
    world.proxy.on("*", take(A_CALL_SECONDS))
    started = time.monotonic()
    done = world.installed(*command)
    took = time.monotonic() - started
    assert done.exit_code == 0, done
    calls = [call.at for call in world.proxy.calls]
    return took, max(calls) - min(calls) + A_CALL_SECONDS, len(calls)


def limits(world: World) -> None:
    with_services(world, 60)
    registering = Bucket(20, 1)
    for operations, bucket in (
        ("ecs.RegisterTaskDefinition", registering),
        ("ecs.DeregisterTaskDefinition", registering),
        ("ssm.PutParameter", Bucket(10, 3)),
        ("ecs.UpdateService", Bucket(50, 5)),
    ):
        world.proxy.on(operations, bucket.limit)
    started = time.monotonic()
    done = world.installed(*DEPLOY)
    took, least = time.monotonic() - started, registering.seconds_for(60)
    assert done.exit_code == 0, done
    print(f"sixty services: {took:.1f} s in all, {took / least:.2f} times the {least:.0f} s that the limits ask")


if __name__ == "__main__":
    main()
