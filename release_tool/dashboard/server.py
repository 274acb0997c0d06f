"""Serves the dashboard from a socket of its own, until it is told to stop."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence

import uvicorn
from starlette.types import ASGIApp

from release_tool.dashboard.app import application
from release_tool.dashboard.guard import Guard, allowed_hosts, is_loopback
from release_tool.dashboard.refresher import Pace, Refresher
from release_tool.dashboard.source import Source
from release_tool.errors import AskedWrongly

SECONDS_TO_END = 2


def bound(host: str, port: int) -> socket.socket:
    """The port is taken before anything slow begins, so that a taken one is told at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Without the protocol asyncio does not know it for TCP, and leaves small answers waiting for the reader.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except (OSError, OverflowError) as error:
        listening.close()
        raise AskedWrongly(
            f"could not listen on {host}, port {port}: {error}", next="--port=0 takes a free port"
        ) from error
    return listening


def address_of(listening: socket.socket, host: str) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{listening.getsockname()[1]}/"


def guarded(app: ASGIApp, host: str, hosts: Sequence[str], token: str | None) -> Guard:
    if token is None and not is_loopback(host):
        raise AskedWrongly(
            f"{host} is not a loopback address, and there is no token: whoever reaches it could read everything",
            next="listen on 127.0.0.1, or give a token by --token_file=<path>",
        )
    return Guard(app, allowed_hosts(host, hosts), token)


def serve(
    sources: Sequence[Source],
    *,
    listening: socket.socket,
    host: str,
    hosts: Sequence[str],
    token: str | None,
    pace: Pace,
    ready: Callable[[], None],
) -> None:
    """Until Ctrl-C or SIGTERM. `ready` is called when requests are being taken."""
    refreshers = {source.project.id: Refresher(source, pace) for source in sources}
    server = serving(refreshers, host, hosts, token, ready)
    for refresher in refreshers.values():
        refresher.start()
    try:
        server.run(sockets=[listening])
    finally:
        for refresher in refreshers.values():
            refresher.stop()


def serving(
    refreshers: Mapping[str, Refresher],
    host: str,
    hosts: Sequence[str],
    token: str | None,
    ready: Callable[[], None],
) -> uvicorn.Server:
    return _Server(_config(guarded(application(refreshers), host, hosts, token)), ready)


def _config(app: ASGIApp) -> uvicorn.Config:
    """No access log: an address may hold a token."""
    return uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        timeout_graceful_shutdown=SECONDS_TO_END,
    )


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()
