"""moto's server with ours laid over it, and the emulator's own controls under `/_emulator`."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from release_tool.demo.emulated.control import ControlRoom
from release_tool.demo.emulated.overlay import OVERLAY
from release_tool.demo.emulated.seam import installed
from release_tool.demo.emulated.world import World

LOOPBACK = "127.0.0.1"
CONTROLS = "/_emulator/"
SEES_ITS_END_IN = 0.02
"""Seconds."""
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


@contextmanager
def serving(world: World, port: int) -> Iterator[int]:
    """Serve from here to the end, and say on which port."""
    application = _with_controls(ControlRoom(world), DomainDispatcherApplication(create_backend_app))
    with socket.create_server((LOOPBACK, port)) as listening, installed(world, OVERLAY):
        moto_api_backend.reset()
        server = make_server(
            LOOPBACK, port, application, threaded=True, request_handler=_handler(world), fd=listening.fileno()
        )
        thread = threading.Thread(target=server.serve_forever, args=[SEES_ITS_END_IN], name="emulator", daemon=True)
        thread.start()
        try:
            yield server.port
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
            moto_api_backend.reset()


def _handler(world: World) -> type[MotoRequestHandler]:
    class Handler(MotoRequestHandler):
        """Silent, and by the emulator's clock: the program under test reads AWS's time off the `Date` header."""

        def date_time_string(self, timestamp: float | None = None) -> str:
            return format_datetime(world.clock.time_of_day(), usegmt=True)

        def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
            pass

    return Handler


def _with_controls(control: ControlRoom, moto: Application) -> Application:
    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if not path.startswith(CONTROLS):
            return moto(environ, start_response)
        sent = dict(parse_qsl(environ.get("QUERY_STRING", ""))) or _body_of(environ)
        status, told = control.answer(environ["REQUEST_METHOD"], path.removeprefix(CONTROLS), sent)
        body = json.dumps(told).encode()
        start_response(f"{status} -", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    return application


def _body_of(environ: dict[str, Any]) -> dict[str, Any]:
    text = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    with suppress(ValueError):
        told = json.loads(text or b"{}")
        return told if isinstance(told, dict) else {}
    return {}
