"""What a page is before it is written out: a template's name, and the values that it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Page:
    """`tab` is the part of the navigation that it belongs to; `to` another address that answers instead."""

    template: str
    title: str
    values: Mapping[str, Any] = field(default_factory=dict)
    tab: str | None = None
    status: int = 200
    wanted: tuple[tuple[str, int], ...] = ()
    to: str | None = None
