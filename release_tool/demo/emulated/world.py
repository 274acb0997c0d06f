"""All that one emulator knows besides what moto keeps: its clock, how it is to play, and the services' lives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import Any

from release_tool.demo.emulated.clock import Clock
from release_tool.demo.rollouts.advancing import advance
from release_tool.demo.rollouts.judging import Play
from release_tool.demo.rollouts.service import Service


@dataclass(frozen=True, slots=True)
class Settings:
    """How AWS is to behave.

    `rollback_id`: a rollback's PRIMARY has a "new" id, or the "old" deployment's again. `rollback_delay_seconds`: for
    so long a failed deployment stays PRIMARY before. `read_lag_seconds`: for so long describing a service answers
    from before its last update. `rollout_state`: without it, deployments have none, as behind a Classic Load Balancer.
    """

    rollback_id: str = "new"
    rollback_fails: bool = False
    rollback_delay_seconds: float = 0.0
    read_lag_seconds: float = 0.0
    rollout_state: bool = True

    def with_changes(self, changes: Mapping[str, Any]) -> Settings:
        for name, value in changes.items():
            if name not in _ALLOWED:
                raise ValueError(f"there is no setting `{name}`; there are {', '.join(_ALLOWED)}")
            if not _ALLOWED[name](value):
                raise ValueError(f"{name} can't be {value!r}")
        return replace(self, **changes)

    @property
    def play(self) -> Play:
        return Play(self.rollback_id, self.rollback_fails, self.rollback_delay_seconds)


def _is_duration(value: Any) -> bool:
    return isinstance(value, (int, float)) and value >= 0


def _is_boolean(value: Any) -> bool:
    return isinstance(value, bool)


_ALLOWED: Mapping[str, Callable[[Any], bool]] = {
    "rollback_id": lambda value: value in ("new", "old"),
    "rollback_fails": _is_boolean,
    "rollback_delay_seconds": _is_duration,
    "read_lag_seconds": _is_duration,
    "rollout_state": _is_boolean,
}


@dataclass(slots=True)
class Life:
    """A service: what was asked for when it was made and since, how it fares, and how it was before its last update."""

    asked: dict[str, Any]
    service: Service
    before: Life | None = None
    changed_at: float = 0.0


@dataclass(slots=True)
class World:
    """`calls` counts what was asked, as in `ecs.UpdateService`; `answered` holds writes by their idempotency token."""

    clock: Clock = field(default_factory=Clock)
    settings: Settings = field(default_factory=Settings)
    lives: dict[str, Life] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    answered: dict[tuple[str, str, str], tuple[float, str]] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)

    def forget(self) -> None:
        """Everything but the clock and what `settings` say."""
        self.lives.clear()
        self.calls.clear()
        self.answered.clear()

    def service_of(self, life: Life) -> Service:
        """The service as it is now."""
        life.service = advance(life.service, self.clock.now(), self.settings.play)
        return life.service

    def seen(self, life: Life) -> Life | None:
        """The life that DescribeServices shows: the one before the last update, while reads lag behind it."""
        lags = self.clock.now() < life.changed_at + self.settings.read_lag_seconds
        shown = life.before if lags else life
        if shown is not None:
            self.service_of(shown)
        return shown

    def change(self, arn: str, life: Life | None, asked: dict[str, Any], service: Service) -> Life:
        """Put the outcome of a write in the place of what was."""
        if life is not None:
            # Reads never lag behind two updates, so what was before the one before is not kept.
            life.before = None
        self.lives[arn] = Life(asked, service, before=life, changed_at=self.clock.now())
        return self.lives[arn]
