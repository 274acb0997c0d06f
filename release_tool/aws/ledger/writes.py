"""One write, with the condition it is made on, as DynamoDB's requests spell it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from release_tool.aws.ledger.attributes import wire
from release_tool.aws.ledger.items import Item, key_of
from release_tool.aws.ledger.keys import Key


class Refused(Exception):
    """A condition did not hold, and nothing was written. `found` says what was there instead, by key."""

    def __init__(self, found: Mapping[Key, Item | None]) -> None:
        super().__init__(", ".join(f"{key.pk} {key.sk}" for key in found))
        self.found = dict(found)


@dataclass(frozen=True, slots=True)
class Put:
    """In expressions `#word` stands for the attribute of that name: many good names are reserved words."""

    item: Item
    condition: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        return key_of(self.item)


@dataclass(frozen=True, slots=True)
class Update:
    """`names` gives the attributes for those `#words` that don't spell them."""

    key: Key
    expression: str
    condition: str
    values: Mapping[str, Any]
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delete:
    key: Key
    condition: str
    values: Mapping[str, Any]


Write = Put | Update | Delete


def request_for(write: Write, table: str) -> dict[str, Any]:
    expression = write.expression if isinstance(write, Update) else ""
    spelled = f"{expression} {write.condition or ''}"
    names = names_in(spelled) | (dict(write.names) if isinstance(write, Update) else {})
    values = values_in(spelled, write.values)
    return {
        "TableName": table,
        **({"Item": wire(write.item)} if isinstance(write, Put) else {"Key": wire(write.key._asdict())}),
        **({"UpdateExpression": expression} if expression else {}),
        **({"ConditionExpression": write.condition} if write.condition else {}),
        **({"ReturnValuesOnConditionCheckFailure": "ALL_OLD"} if write.condition else {}),
        **({"ExpressionAttributeNames": names} if names else {}),
        **({"ExpressionAttributeValues": wire(values)} if values else {}),
    }


# --- expressions


def names_in(expression: str) -> dict[str, str]:
    return {word: word[1:] for word in re.findall(r"#\w+", expression)}


def values_in(expression: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """DynamoDB refuses a value that no expression uses."""
    return {word: values[word] for word in re.findall(r":\w+", expression)}
