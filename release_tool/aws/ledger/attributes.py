"""Attributes of items as DynamoDB spells them, and back.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html. What the ledger keeps is text,
whole numbers, true and false, lists and maps; of other kinds only what a later release-tool may have written is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def wire(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _spelled(value) for name, value in item.items()}


def plain(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _read(attribute) for name, attribute in attributes.items()}


def _spelled(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, bool):  # before the numbers: for Python it is one
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, list):
        return {"L": [_spelled(part) for part in value]}
    if isinstance(value, Mapping):
        return {"M": wire(value)}
    raise TypeError(f"nothing that the ledger keeps: {value!r}")


def _read(attribute: Mapping[str, Any]) -> Any:
    ((kind, value),) = attribute.items()
    if kind == "N":
        return int(value) if value.lstrip("-").isdigit() else float(value)
    if kind == "L":
        return [_read(part) for part in value]
    if kind == "M":
        return plain(value)
    return None if kind == "NULL" else value
