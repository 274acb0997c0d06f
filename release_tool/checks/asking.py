"""Whom `doctor` asks beside those that every command asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from release_tool.model import Environment
from release_tool.ports import Identity, Permissions, Platforms, Table


@dataclass(frozen=True, slots=True)
class Examining:
    """`…_of` takes an environment, or None for where the ledger and the label `latest` are."""

    table: Table
    platforms: Platforms
    identity_of: Callable[[Environment | None], Identity]
    permissions_of: Callable[[Environment], Permissions]
    region_of: Callable[[Environment | None], str]
