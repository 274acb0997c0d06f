"""What people see, compared with what they shall see: `tests/expected/<name>.txt`."""

from __future__ import annotations

import os
import re
from pathlib import Path

EXPECTED = Path(__file__).parents[1] / "expected"
TIMES = (
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"), "<time>"),
    (re.compile(r"\d+ (second|minute|hour|day)s? ago|just now"), "<age>"),
)
REQUESTED = re.compile(r"^\S+: \S+ requested$")


def assert_screen(name: str, screen: str) -> None:
    """Times and ages are as they are; services that are asked for at once are told in any order."""
    path = EXPECTED / f"{name}.txt"
    shown = _in_order(_without_times(screen))
    if "WRITE_EXPECTED" in os.environ:
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown)
    assert shown == path.read_text()


def _without_times(screen: str) -> str:
    for pattern, placeholder in TIMES:
        screen = pattern.sub(placeholder, screen)
    return screen


def _in_order(screen: str) -> str:
    lines = screen.splitlines(keepends=True)
    requested = iter(sorted(line for line in lines if REQUESTED.match(line)))
    return "".join(next(requested) if REQUESTED.match(line) else line for line in lines)
