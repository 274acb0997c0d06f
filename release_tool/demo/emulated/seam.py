"""Where ours meets moto's: action methods of its response classes are replaced, and put back afterwards.

An action is a function of a `Call`. What it has no opinion on it leaves to moto by `call.moto()`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import format_datetime
from threading import Lock
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse

from release_tool.demo.emulated.world import World


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an AWS operation: what was sent, and to which account and region."""

    world: World
    response: Any
    moto: Callable[[], ActionResult]

    @property
    def sent(self) -> dict[str, Any]:
        if self.response.automated_parameter_parsing:
            return dict(self.response.params)
        return json.loads(self.response.body or "{}")  # type: ignore[no-any-return]

    @property
    def account(self) -> str:
        return str(self.response.current_account)

    @property
    def region(self) -> str:
        return str(self.response.region)


Answer = ActionResult | Mapping[str, Any]
Action = Callable[[Call], Answer]
Actions = Mapping[str, Action]


class Refused(ServiceException):
    """An AWS error. It is a class of ours because moto looks errors up by the module that theirs come from."""


def refusal(code: str, message: str) -> Refused:
    return Refused(code, message)


_ONE_AT_A_TIME = Lock()


@contextmanager
def installed(world: World, overlay: Mapping[type[BaseResponse], Actions]) -> Iterator[None]:
    """moto answers with `overlay` and `world` from here to the end. Its memory is the process's: one at a time."""
    if not _ONE_AT_A_TIME.acquire(blocking=False):
        raise RuntimeError("an emulator runs in this process already")
    replaced: list[tuple[type[BaseResponse], str, Any]] = []
    try:
        for response_class, actions in overlay.items():
            for name, action in actions.items():
                replaced.append((response_class, name, response_class.__dict__.get(name)))
                setattr(response_class, name, _method(world, action, getattr(response_class, name, None)))
        replaced.append((BaseResponse, "call_action", BaseResponse.call_action))
        BaseResponse.call_action = _counted(world, BaseResponse.call_action)  # type: ignore[assignment, method-assign]
        yield
    finally:
        for response_class, name, own in reversed(replaced):
            if own is None:
                delattr(response_class, name)
            else:
                setattr(response_class, name, own)
        _ONE_AT_A_TIME.release()


def _method(world: World, action: Action, own: Callable[[Any], ActionResult] | None) -> Callable[[Any], ActionResult]:
    def method(response: Any) -> ActionResult:
        answer = action(Call(world, response, lambda: _not_moto() if own is None else own(response)))
        return answer if isinstance(answer, ActionResult) else ActionResult(dict(answer))

    return method


def _not_moto() -> ActionResult:
    raise NotImplementedError("moto does not know this action")


def _counted(world: World, call_action: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Count each call, and let one at a time happen: moto's backends are not made for two."""

    def method(response: Any) -> Any:
        with world.lock:
            if "date" in response.response_headers:
                # In process there is no server that would say what time it is in this world.
                response.response_headers["date"] = format_datetime(world.clock.time_of_day(), usegmt=True)
            world.calls[f"{response.service_name}.{response._get_action()}"] += 1
            return call_action(response)

    return method
