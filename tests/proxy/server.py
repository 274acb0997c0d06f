"""The proxy itself: HTTP on loopback, a thread for each connection of the program's."""

from __future__ import annotations

import sys
import threading
from collections.abc import Container
from dataclasses import dataclass
from fnmatch import fnmatch
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import IPPROTO_TCP, TCP_NODELAY
from urllib.parse import urlsplit

from tests.proxy.calls import Answer, Call, recognised
from tests.proxy.faults import Ask, Fault, NoAnswer

NOT_PASSED_ON = {"connection", "content-length", "keep-alive", "server", "transfer-encoding"}


class _Always:
    def __contains__(self, number: object) -> bool:
        return True


ALWAYS = _Always()


@dataclass(slots=True)
class _Rule:
    """`nth` counts the calls that match, from 1 on."""

    operations: str
    fault: Fault
    nth: Container[int]
    seen: int = 0

    def meets(self, call: Call) -> bool:
        if not fnmatch(call.name, self.operations):
            return False
        self.seen += 1
        return self.seen in self.nth


class Proxy:
    """Between the program, which is told `url`, and AWS at `upstream_url`."""

    def __init__(self, upstream_url: str) -> None:
        self._upstream = urlsplit(upstream_url)
        self._turn = threading.Condition()
        self._rules: list[_Rule] = []
        self._calls: list[Call] = []
        self._under_way = 0
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="proxy", daemon=True)

    def __enter__(self) -> Proxy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._complain()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    # --- what a test says

    def on(self, operations: str, fault: Fault, *, nth: int | Container[int] = ALWAYS) -> None:
        """Let `fault` happen to calls such as `ecs.UpdateService` or `dynamodb.*`; of those, to the `nth`."""
        with self._turn:
            self._rules.append(_Rule(operations, fault, {nth} if isinstance(nth, int) else nth))

    def behave(self) -> None:
        """No faults any more."""
        with self._turn:
            self._rules.clear()

    def forget(self) -> None:
        """Begin the log anew, as soon as nothing is under way."""
        self.wait_until_quiet()
        with self._turn:
            self._calls.clear()

    # --- what a test asks

    def wait_until_quiet(self) -> None:
        """Until no call is under way: one that was on its way when its process died reaches AWS all the same."""
        with self._turn:
            assert self._turn.wait_for(lambda: self._under_way == 0, timeout=60), "calls are under way for ever"
        self._complain()

    def _complain(self) -> None:
        if self._server.troubles:
            raise self._server.troubles.pop()

    @property
    def calls(self) -> tuple[Call, ...]:
        with self._turn:
            return tuple(self._calls)

    def sent(self, operations: str) -> tuple[Call, ...]:
        return tuple(call for call in self.calls if fnmatch(call.name, operations))

    @property
    def writes(self) -> tuple[Call, ...]:
        return tuple(call for call in self.calls if call.is_write)

    # --- what happens to a call

    def pass_on(self, headers: dict[str, str], body: bytes, connection: HTTPConnection, path: str) -> Answer:
        with self._turn:
            call = recognised(len(self._calls) + 1, headers, body)
            self._calls.append(call)
            self._under_way += 1
            faults = [rule.fault for rule in self._rules if rule.meets(call)]
        try:
            answer = _through(faults, call, lambda: _asked(connection, path, headers, body))
            call.status = answer.status
            return answer
        finally:
            with self._turn:
                self._under_way -= 1
                self._turn.notify_all()

    def connection(self) -> HTTPConnection:
        assert self._upstream.hostname is not None
        return HTTPConnection(self._upstream.hostname, self._upstream.port, timeout=120)


def _through(faults: list[Fault], call: Call, ask: Ask) -> Answer:
    if not faults:
        return ask()
    return faults[0](call, lambda: _through(faults[1:], call, ask))


def _asked(connection: HTTPConnection, path: str, headers: dict[str, str], body: bytes) -> Answer:
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    told = tuple((n, v) for n, v in answer.getheaders() if n.lower() not in NOT_PASSED_ON)
    return Answer(answer.status, told, answer.read())


# --- HTTP


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self.troubles: list[BaseException] = []

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed leaves its connection as it was; anything else is a fault of the test's own."""
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, ConnectionError):
            self.troubles.append(error)


def _handler(proxy: Proxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        upstream: HTTPConnection

        def setup(self) -> None:
            super().setup()
            self.connection.setsockopt(IPPROTO_TCP, TCP_NODELAY, True)
            self.upstream = proxy.connection()

        def finish(self) -> None:
            self.upstream.close()
            super().finish()

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            if len(body) < length:
                return  # whoever asked was gone before the question was out
            try:
                answer = proxy.pass_on(dict(self.headers.items()), body, self.upstream, self.path)
            except NoAnswer:
                self.close_connection = True
                return
            self.wfile.write(_on_the_wire(answer))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            pass

    return Handler


def _on_the_wire(answer: Answer) -> bytes:
    headers = (*answer.headers, ("Content-Length", str(len(answer.body))))
    lines = [f"HTTP/1.1 {answer.status} -", *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("latin-1") + answer.body
