"""Asks the dashboard's application in this very process: no socket, no thread, no other package."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from starlette.types import ASGIApp, Message

from release_tool.dashboard.app import application
from release_tool.dashboard.guard import Guard, allowed_hosts
from release_tool.dashboard.reading import Reader
from release_tool.dashboard.snapshot import Snapshot
from release_tool.dashboard.source import Source


@dataclass(frozen=True)
class Answered:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class HandTurned:
    """Stands in for the refresher: looks when it is told to."""

    def __init__(self, source: Source) -> None:
        self.reader = Reader(source)
        self.wanted: list[tuple[str, int]] = []

    @property
    def snapshot(self) -> Snapshot:
        return self.reader.snapshot

    def want(self, kind: str, number: int) -> None:
        self.wanted.append((kind, number))

    def turn(self) -> HandTurned:
        self.reader.look()
        self.reader.read_newest()
        self.reader.read_services()
        self.reader.read_between()
        return self

    def read_wanted(self) -> None:
        wanted, self.wanted = self.wanted, []
        self.reader.read_wanted(wanted)

    def read_everything(self) -> HandTurned:
        while self.reader.read_further_back():
            pass
        return self


class Browserless:
    """Asks as a browser without a screen would; `host` is the name that it goes to."""

    def __init__(self, *turned: HandTurned, token: str | None = None, hosts: Iterable[str] = ()) -> None:
        refreshers = {t.snapshot.project.id: t for t in turned}
        self.app: ASGIApp = Guard(application(refreshers), allowed_hosts("127.0.0.1", hosts), token)

    def get(self, address: str, *, method: str = "GET", host: str = "127.0.0.1:8080", **headers: str) -> Answered:
        parts = urlsplit(address)
        named = {"host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(parts.path),
            "raw_path": parts.path.encode("ascii", "replace"),
            "root_path": "",
            "query_string": parts.query.encode("ascii", "replace"),
            "headers": [(n.encode(), v.encode("latin-1")) for n, v in named.items()],
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 8080),
        }
        return asyncio.run(_asked(self.app, scope))


async def _asked(app: ASGIApp, scope: dict[str, Any]) -> Answered:
    messages: list[Message] = []
    given: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        if not given:
            await asyncio.Event().wait()  # who asks goes away only when answered
        return given.pop()

    async def send(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, send)
    start = messages[0]
    body = b"".join(m.get("body", b"") for m in messages[1:])
    return Answered(start["status"], {n.decode(): v.decode() for n, v in start["headers"]}, body)
