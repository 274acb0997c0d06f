"""What befalls the calls of a fake: told beforehand, each trouble happens once, in the order told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

from release_tool.errors import CouldNot, LostAnswer, ReleaseToolError


class Killed(BaseException):
    """The process is gone: nothing of ours runs after this, and nothing of ours may catch it."""


@dataclass(frozen=True, slots=True)
class _Trouble:
    call: str
    of: str | None
    acted: bool
    happens: Callable[[], None]

    def befalls(self, call: str, of: str, acted: bool) -> bool:
        return self.call == call and self.of in (None, of) and self.acted is acted


class Troubles:
    """`of` is whatever the call is about: a service, a family, a revision. None means whichever comes first."""

    def __init__(self) -> None:
        self._told: list[_Trouble] = []
        self._one_at_a_time = Lock()

    def lose_answer(self, call: str, *, acted: bool, of: str | None = None) -> None:
        """The call acts or it doesn't: whoever called is told neither."""
        self.then(call, _raise(LostAnswer(f"no answer to {call}")), of=of, acted=acted)

    def refuse(self, call: str, error: ReleaseToolError | None = None, *, of: str | None = None) -> None:
        self.then(call, _raise(error or CouldNot(f"{call} is refused")), of=of, acted=False)

    def kill(self, call: str, *, acted: bool, of: str | None = None) -> None:
        self.then(call, _raise(Killed(call)), of=of, acted=acted)

    def then(self, call: str, happens: Callable[[], None], *, of: str | None = None, acted: bool = True) -> None:
        """Let something happen in the world right after the call has acted, or right before."""
        self._told.append(_Trouble(call, of, acted, happens))

    def forget(self) -> None:
        """What was told and has not happened yet never will."""
        self._told.clear()

    @contextmanager
    def around(self, call: str, of: str) -> Iterator[None]:
        self._befall(call, of, acted=False)
        yield
        self._befall(call, of, acted=True)

    def _befall(self, call: str, of: str, *, acted: bool) -> None:
        with self._one_at_a_time:
            trouble = next((t for t in self._told if t.befalls(call, of, acted)), None)
            if trouble is not None:
                self._told.remove(trouble)
        if trouble is not None:
            trouble.happens()


def _raise(error: BaseException) -> Callable[[], None]:
    def happens() -> None:
        raise error

    return happens
