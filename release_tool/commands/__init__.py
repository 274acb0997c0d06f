"""One file per verb: its docopt text, `run`, then what `run` uses, in that order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from release_tool.apply import Outside
from release_tool.checks.asking import Examining
from release_tool.console import Console
from release_tool.gather import Asking
from release_tool.model import Environment, Project
from release_tool.ports import Clock, Holder

Arguments = Mapping[str, Any]
"""What docopt made of the command line: `<names>` and `--options` to text, True, False or None."""

HIGHEST_NUMBER = 10**10
"""More than anybody will ever deploy, and few enough digits for the ledger."""


def whole_number(given: str, most: int) -> int | None:
    """From 1 to `most`; None for anything else, whatever was typed."""
    if not given.isascii() or not given.isdigit() or len(given) > len(str(most)):
        return None
    return int(given) if 0 < int(given) <= most else None


def _nothing() -> None:
    """Most commands have told nobody anything."""


@dataclass(frozen=True)
class Context:
    """Everything that a command is given: what it works on, and whom it asks; `examining` is for `doctor` alone.

    `holder` is who takes the lock: only those who do ask Git and the machine who that is. `finish` is called in the
    end, however that came, and waits a little for notices that are on their way.
    """

    project: Project
    asking: Asking
    clock: Clock
    console: Console
    environ: Mapping[str, str]
    holder: Callable[[], Holder]
    examining: Callable[[], Examining] | None = None
    finish: Callable[[], None] = _nothing

    def outside(self, environment: Environment) -> Outside:
        return Outside(
            parameters=self.asking.parameters_of(environment),
            services=self.asking.services_of(environment),
            ledger=self.asking.ledger,
            clock=self.clock,
        )

    def as_holder(self, since: datetime, until: datetime) -> Holder:
        return replace(self.holder(), since=since, until=until)
