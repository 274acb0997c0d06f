"""What a query string asks for, understood as a whole or refused in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode

from release_tool.errors import AskedWrongly, UnknownName
from release_tool.model import Kind, Word

LARGEST = 10**10


@dataclass(frozen=True, slots=True)
class Asked:
    """A query string's names and values; empty values count as not given, as an untouched form sends them."""

    values: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> Asked:
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            if value.strip():
                values.setdefault(name, []).append(value.strip())
        return cls(values)

    def one(self, name: str) -> str | None:
        given = self.values.get(name, ())
        return given[-1] if given else None

    def many(self, name: str) -> tuple[str, ...]:
        return tuple(self.values.get(name, ()))

    def some_of(self, name: str, kind: str, known: Iterable[str]) -> tuple[str, ...]:
        known = tuple(known)
        for value in self.many(name):
            if value not in known:
                raise UnknownName(kind, value, known)
        return self.many(name)

    def one_of(self, name: str, known: Sequence[str], default: str | None = None) -> str | None:
        value = self.one(name)
        if value is not None and value not in known:
            raise AskedWrongly(f"{name}={value} is none of {', '.join(known)}")
        return default if value is None else value

    def words(self) -> tuple[Word, ...]:
        known = [str(word) for word in Word]
        return tuple(Word(w) for w in self.some_of("status", "status", known))

    def kinds(self) -> tuple[Kind, ...]:
        return tuple(Kind(k) for k in self.some_of("kind", "kind", [str(kind) for kind in Kind]))

    def number(self, name: str, most: int = LARGEST) -> int | None:
        given = self.one(name)
        if given is None:
            return None
        if not given.isascii() or not given.isdigit() or len(given) > 11 or not 0 < int(given) <= most:
            raise AskedWrongly(f"{name}={given[:50]} is not a number from 1 to {most}")
        return int(given)

    def time(self, name: str, *, ends: bool = False) -> datetime | None:
        """ISO 8601; without a zone it is UTC. A date alone is its first moment, or its last where it `ends` a span."""
        given = self.one(name)
        if given is None:
            return None
        try:
            at = datetime.fromisoformat(given.replace("Z", "+00:00").replace(" ", "+"))
            at = (at if at.tzinfo else at.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
            return at + timedelta(days=1, microseconds=-1) if ends and len(given) == 10 else at
        except (ValueError, OverflowError):
            raise AskedWrongly(
                f"{name}={given[:50]} is not a time", next="write it as 2026-11-22 or 2026-11-22T16:30Z"
            ) from None

    def address(self, **changes: object) -> str:
        """The same question with something changed, as a query string; None takes a name out."""
        values = {**self.values, **{k: () if v is None else (str(v),) for k, v in changes.items()}}
        pairs = [(name, value) for name, given in values.items() for value in given]
        return f"?{urlencode(pairs)}" if pairs else "?"
