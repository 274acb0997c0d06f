"""AWS on this machine, in a process of its own: ours, whose rollouts move as ECS's do, or the faster ministack."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from socket import create_connection, create_server
from urllib.parse import urlsplit


@contextmanager
def ours(speed: float) -> Iterator[str]:
    """At `speed` 1 a rollout takes 26 seconds."""
    command = [sys.executable, "-m", "release_tool.demo.emulator", f"--speed={speed}"]
    with _running(command, os.environ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()


@contextmanager
def ministack(venvs: Path) -> Iterator[str]:
    """Every rollout is complete at once."""
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "LOG_LEVEL": "ERROR"}
    with _running([str(venvs / "ministack/bin/ministack")], os.environ | settings):
        url = f"http://127.0.0.1:{port}"
        _wait_for(url)
        yield url


@contextmanager
def _running(command: Sequence[str], environ: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate()


def _wait_for(url: str) -> None:
    where = urlsplit(url)
    for _ in range(200):
        try:
            create_connection((where.hostname, where.port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"nothing answers at {url}")
