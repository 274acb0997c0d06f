"""What the emulator itself is asked under `/_emulator`: time, settings, a fresh start, and how often AWS was called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from moto.moto_api._internal.models import moto_api_backend

from release_tool.demo.emulated.clock import Clock
from release_tool.demo.emulated.world import Settings, World

Sent = Mapping[str, Any]
Told = dict[str, Any]


class ControlRoom:
    def __init__(self, world: World) -> None:
        self._world = world
        self._rooms: Mapping[tuple[str, str], Callable[[Sent], Told]] = {
            ("POST", "advance"): self._advance,
            ("POST", "settings"): self._change_settings,
            ("POST", "reset"): self._reset,
            ("GET", "calls"): self._calls,
            ("GET", "status"): lambda _: self._told(),
        }

    def answer(self, method: str, name: str, sent: Sent) -> tuple[int, Told]:
        """HTTP status and document. What can't be done is said in `error`."""
        room = self._rooms.get((method, name))
        if room is None:
            return 404, {"error": f"there is no {method} /_emulator/{name}"}
        try:
            with self._world.lock:
                return 200, room(sent)
        except (KeyError, TypeError, ValueError) as error:
            return 400, {"error": f"{error}"}

    def _advance(self, sent: Sent) -> Told:
        self._world.clock.advance(float(sent["seconds"]))
        return self._told()

    def _change_settings(self, sent: Sent) -> Told:
        others = {name: value for name, value in sent.items() if name not in ("clock", "speed")}
        settings = self._world.settings.with_changes(others)
        _set_clock(self._world.clock, sent.get("clock"), sent.get("speed"))
        self._world.settings = settings
        return self._told()

    def _reset(self, _: Sent) -> Told:
        moto_api_backend.reset()
        self._world.forget()
        self._world.settings = Settings()
        return self._told()

    def _calls(self, sent: Sent) -> Told:
        told = dict(sorted(self._world.calls.items()))
        if sent.get("clear"):
            self._world.calls.clear()
        return told

    def _told(self) -> Told:
        clock = self._world.clock
        return {
            "clock": "manual" if clock.is_held else "real",
            "now": clock.now(),
            "time": clock.time_of_day().isoformat(),
        }


def _set_clock(clock: Clock, mode: str | None, speed: float | None) -> None:
    if mode not in (None, "manual", "real"):
        raise ValueError("clock is `manual` or `real`")
    if speed is not None and speed <= 0:
        raise ValueError("speed is more than 0")
    if mode == "manual":
        clock.hold()
    elif mode == "real" or speed is not None:
        clock.run(speed)
