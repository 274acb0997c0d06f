"""A running emulator's controls, from another process or this one."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen


class Controls:
    """Ask the emulator at an endpoint for more time, for other manners, or what it was asked."""

    def __init__(self, endpoint_url: str) -> None:
        self._url = f"{endpoint_url.rstrip('/')}/_emulator"

    def advance(self, seconds: float) -> None:
        self._ask("POST", "advance", {"seconds": seconds})

    def settings(self, **changes: Any) -> None:
        """`clock` ("manual", "real"), `speed`, and what `Settings` has: `rollback_id` ("new", "old"), `rollback_fails`,
        `rollback_delay_seconds`, `read_lag_seconds`, `rollout_state`."""
        self._ask("POST", "settings", changes)

    def reset(self) -> None:
        """Nothing in it any more, and settings as at the start; the clock goes on as it was."""
        self._ask("POST", "reset", {})

    def calls(self, *, clear: bool = False) -> dict[str, int]:
        """How often each operation was called since the last reset or clearing, as in `ecs.UpdateService`."""
        return self._ask("GET", "calls?clear=1" if clear else "calls")

    def status(self) -> dict[str, Any]:
        return self._ask("GET", "status")

    def _ask(self, method: str, name: str, sent: dict[str, Any] | None = None) -> dict[str, Any]:
        data = None if sent is None else json.dumps(sent).encode()
        request = Request(f"{self._url}/{name}", data=data, method=method)
        request.add_header("Content-Type", "application/json")
        try:
            with urlopen(request, timeout=30) as answer:
                return json.load(answer)  # type: ignore[no-any-return]
        except HTTPError as error:
            with error:
                raise ValueError(json.load(error)["error"]) from None
