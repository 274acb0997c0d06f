"""A DynamoDB table on SQLite: its keys and indexes as B-trees, 1 MB a page, and what each answer would be billed for.

Of each item only the keys are stored, and which template it is made from: a million are quickly written then. What is
answered is whole, so that bytes, pages and the work of reading them are those of real items.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

INDEXES = {None: ("pk", "sk"), "history": ("history_of", "number"),
           "environment-history": ("environment_history_of", "number")}  # fmt: skip
PAGE_BYTES = 1_000_000
UNIT_BYTES = 4096
"""What one read unit pays for, read consistently; of an index, which never is, twice as much:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""


@dataclass(frozen=True, slots=True)
class Template:
    """An item as it is on the wire, in which these texts stand for what differs."""

    text: str
    keys: tuple[str | None, ...]
    marks: tuple[str, ...]

    def item(self, values: Sequence[str]) -> str:
        return self._filled(self.text, values)

    def keys_of(self, values: Sequence[str]) -> tuple[str | None, ...]:
        return tuple(key and self._filled(key, values) for key in self.keys)

    def _filled(self, text: str, values: Sequence[str]) -> str:
        for mark, value in zip(self.marks, values, strict=True):
            text = text.replace(mark, value)
        return text


class Table:
    """As a client of botocore's: what the ledger's questions need of one."""

    def __init__(self) -> None:
        self._rows = sqlite3.connect(":memory:")
        self._rows.executescript(
            "CREATE TABLE items (pk, sk, history_of, environment_history_of, number, template, filling,"
            " PRIMARY KEY (pk, sk)) WITHOUT ROWID;"
        )
        self._templates: list[Template] = []
        self.requests = self.items = self.bytes = 0
        self.units = 0.0

    # --- filling it

    def template(self, item: Mapping[str, Any], marks: tuple[str, ...]) -> int:
        keys = tuple(next(iter(item[name].values())) if name in item else None for name in _KEYS)
        self._templates.append(Template(json.dumps(item), keys, marks))
        return len(self._templates) - 1

    def fill(self, rows: Iterable[tuple[int, tuple[str, ...]]]) -> None:
        """Put items made from a template, filled in so; what has the same key is replaced."""
        self._rows.executemany("INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?, ?, ?)", map(self._row, rows))

    def _row(self, row: tuple[int, tuple[str, ...]]) -> tuple[Any, ...]:
        template, values = row
        *keys, number = self._templates[template].keys_of(values)
        return (*keys, None if number is None else int(number), template, "\n".join(values))

    def index(self) -> None:
        for name, (partition, sort) in INDEXES.items():
            if name is not None:
                self._rows.execute(f"CREATE INDEX {partition}_index ON items ({partition}, {sort})")
        self._rows.execute("ANALYZE")

    def __len__(self) -> int:
        return int(self._rows.execute("SELECT count(*) FROM items").fetchone()[0])

    # --- asking it

    def get_item(self, *, Key: Mapping[str, Any], **_: Any) -> dict[str, Any]:  # noqa: N803 - botocore's name
        found = self._found("pk = ? AND sk = ?", [Key["pk"]["S"], Key["sk"]["S"]])
        answer = self._billed(found, consistent=True)
        return {"Item": answer[0]} if answer else {}

    def query(self, **asked: Any) -> dict[str, Any]:
        names, values = asked["ExpressionAttributeNames"], asked["ExpressionAttributeValues"]
        condition, given = _sql(asked["KeyConditionExpression"], names, values)
        partition, sort = INDEXES[asked.get("IndexName")]
        order = f" ORDER BY {sort} {'ASC' if asked['ScanIndexForward'] else 'DESC'} LIMIT {asked.get('Limit', -1)}"
        found = self._found(f"{partition} IS NOT NULL AND {condition}{order}", given)
        return {"Items": self._billed(found, consistent=asked.get("ConsistentRead", False))}

    def _found(self, condition: str, given: list[Any]) -> list[str]:
        rows = self._rows.execute(f"SELECT template, filling FROM items WHERE {condition}", given)
        return [self._templates[template].item(filling.split("\n")) for template, filling in rows]

    def _billed(self, found: list[str], *, consistent: bool) -> list[dict[str, Any]]:
        size = sum(map(len, found))
        assert size <= PAGE_BYTES, "an answer of more than a page: none of the ledger's questions should need one"
        self.requests += 1
        self.items += len(found)
        self.bytes += size
        self.units += max(1, ceil(size / UNIT_BYTES)) * (1 if consistent else 0.5)
        return [json.loads(text) for text in found]


_KEYS = ("pk", "sk", "history_of", "environment_history_of", "number")


def _sql(expression: str, names: Mapping[str, str], values: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """A key condition in SQLite's words, its values in their order."""
    expression = re.sub(r"begins_with\((#\w+), (:\w+)\)", r"substr(\1, 1, length(\2)) = \2", expression)
    given = [_plain(values[word]) for word in re.findall(r":\w+", expression)]
    return re.sub(r":\w+", "?", re.sub(r"#\w+", lambda word: names[word[0]], expression)), given


def _plain(value: Mapping[str, Any]) -> Any:
    return int(value["N"]) if "N" in value else value["S"]
