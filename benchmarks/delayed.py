"""The proxy of the tests in a process of its own: lets every call take so long, and counts calls by kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection

from tests.proxy.faults import take
from tests.proxy.server import Proxy


@dataclass(frozen=True, slots=True)
class Seen:
    """`last_write_at` is when the last call that changes anything arrived, by the machine's monotonic clock."""

    calls: Counter[str]
    last_write_at: float | None


class Delayed:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.url: str = connection.recv()

    def begin(self, seconds: float) -> None:
        """Forget what was called, and let every call take so long from now on, AWS's own part included."""
        self._ask(seconds)

    def seen(self) -> Seen:
        calls, last_write_at = self._ask("seen")
        return Seen(calls, last_write_at)

    def _ask(self, question: object) -> tuple[Counter[str], float | None]:
        self._connection.send(question)
        answer: tuple[Counter[str], float | None] = self._connection.recv()
        return answer


@contextmanager
def delayed(upstream_url: str) -> Iterator[Delayed]:
    spawn = get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(upstream_url, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Delayed(ours)
    finally:
        ours.close()
        process.join(5)
        process.terminate()


def _serve(upstream_url: str, connection: Connection) -> None:
    with Proxy(upstream_url) as proxy:
        connection.send(proxy.url)
        while True:
            try:
                asked = connection.recv()
            except EOFError:
                return
            if asked != "seen":
                proxy.behave()
                proxy.forget()
                proxy.on("*", take(asked))
            proxy.wait_until_quiet()
            connection.send((Counter(call.name for call in proxy.calls), _last_write_at(proxy)))


def _last_write_at(proxy: Proxy) -> float | None:
    return max((call.at for call in proxy.writes), default=None)
