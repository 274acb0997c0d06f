"""What is found on the way through a manifest, each with its place."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A line and a column, both counted from 1, as editors count."""

    line: int
    column: int


class Findings:
    """Faults refuse the manifest, once all are known; notices are told and refuse nothing."""

    def __init__(self) -> None:
        # Keys of dicts, not lists: what an alias or a merge key repeats is told once.
        self._faults: dict[tuple[Place, str], None] = {}
        self._notices: dict[tuple[Place, str], None] = {}

    def fault(self, place: Place, sentence: str) -> None:
        self._faults[place, sentence] = None

    def notice(self, place: Place, sentence: str) -> None:
        self._notices[place, sentence] = None

    def faults(self, source: str) -> tuple[str, ...]:
        return _lines(source, self._faults)

    def notices(self, source: str) -> tuple[str, ...]:
        return _lines(source, self._notices)


def _lines(source: str, found: dict[tuple[Place, str], None]) -> tuple[str, ...]:
    in_file_order = sorted(found, key=lambda finding: finding[0])
    return tuple(f"{source}:{place.line}:{place.column}: {sentence}" for place, sentence in in_file_order)


def shown(text: str) -> str:
    """Text of the file, made fit for a sentence: no control characters, and not without end."""
    visible = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
    return visible if len(visible) <= 60 else f"{visible[:59]}…"
