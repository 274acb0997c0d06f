"""A manifest's values, each with its place: every scalar stays the text that it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from release_tool.manifest.findings import Place

NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
"""What YAML's core schema takes for null, where it has no quotes."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """`plain` is true where the text has no quotes, so that it might be more than text: null, true, false."""

    place: Place
    text: str
    plain: bool = True

    @property
    def is_nothing(self) -> bool:
        return self.plain and self.text in NOTHING


@dataclass(frozen=True, slots=True)
class Sequence:
    place: Place
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    key: Scalar
    value: Node


@dataclass(frozen=True, slots=True)
class Mapping:
    """No key stands twice; merge keys (`<<`) are merged already."""

    place: Place
    entries: tuple[Entry, ...]

    def get(self, key: str) -> Entry | None:
        return next((entry for entry in self.entries if entry.key.text == key), None)


Node: TypeAlias = Scalar | Sequence | Mapping
