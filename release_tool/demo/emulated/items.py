"""DynamoDB's promises that moto does not keep: idempotency tokens, the types of index keys, 25 items a batch."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

from moto.dynamodb.exceptions import MockValidationException

from release_tool.demo.emulated.seam import Action, Answer, Call, refusal

BATCH = 25
TOKEN_HOLDS_FOR = 600.0
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html: ten minutes."""

Write = tuple[str, dict[str, Any]]
"""A table's name, and a key or a whole item in it."""


def put_item(call: Call) -> Answer:
    return _with_index_keys_checked(call, [(call.sent["TableName"], call.sent["Item"])])


def update_item(call: Call) -> Answer:
    return _with_index_keys_checked(call, [(call.sent["TableName"], call.sent["Key"])])


def batch_write_item(call: Call) -> Answer:
    requests = [(table, request) for table, some in call.sent["RequestItems"].items() for request in some]
    if len(requests) > BATCH:
        raise MockValidationException(
            "1 validation error detected: Value at 'requestItems' failed to satisfy constraint: "
            f"Member must have length less than or equal to {BATCH}"
        )
    return _with_index_keys_checked(
        call, [(table, request["PutRequest"]["Item"]) for table, request in requests if "PutRequest" in request]
    )


def transact_write_items(call: Call) -> Answer:
    """A token that was answered is answered again without writing again, or refused with another payload."""
    token = call.sent.get("ClientRequestToken")
    if not token:
        return _transact(call)
    world, key = call.world, (call.account, call.region, token)
    payload = json.dumps(call.sent["TransactItems"], sort_keys=True, default=repr)
    answered_at, before = world.answered.get(key, (float("-inf"), ""))
    if world.clock.now() >= answered_at + TOKEN_HOLDS_FOR:
        answer = _transact(call)
        world.answered[key] = (world.clock.now(), payload)
        return answer
    if before != payload:
        raise refusal(
            "IdempotentParameterMismatchException",
            "The request uses the same client token as a previous, but non-identical request.",
        )
    return {"ConsumedCapacity": [], "ItemCollectionMetrics": {}}


ACTIONS: Mapping[str, Action] = {
    "put_item": put_item,
    "update_item": update_item,
    "batch_write_item": batch_write_item,
    "transact_write_items": transact_write_items,
}


def _transact(call: Call) -> Answer:
    writes = [write for item in call.sent["TransactItems"] for write in item.values()]
    touched = [(write["TableName"], write.get("Item") or write.get("Key", {})) for write in writes]
    tables = {name: call.response.dynamodb_backend.get_table(name) for name, _ in touched}
    with _copied_by_nobody(tables.values()):
        return _with_index_keys_checked(call, touched)


@contextmanager
def _copied_by_nobody(tables: Iterable[Any]) -> Iterator[None]:
    """moto would copy whole tables to undo a transaction, and take ever longer; ours undoes what it touched."""
    for table in tables:
        table.__deepcopy__ = lambda _, table=table: table
    try:
        yield
    finally:
        for table in tables:
            del table.__deepcopy__


def _with_index_keys_checked(call: Call, writes: Iterable[Write]) -> Answer:
    """Let moto write; where it refuses, or an index key has got a wrong type, undo it all."""
    places = [place for write in writes if (place := _place(call, write)) is not None]
    before = [(items, key, deepcopy(items.get(key))) for _, items, key in places]
    try:
        answer = call.moto()
    except Exception:
        _put_back(before)
        raise
    faults = [fault for table, items, key in places if (fault := _fault(table, items.get(key))) is not None]
    if faults:
        _put_back(before)
        raise MockValidationException(faults[0])
    return answer


Place = tuple[Any, dict[Any, Any], Any]
"""moto's table, the dictionary in it that holds an item, and the item's key there."""


def _place(call: Call, write: Write) -> Place | None:
    """None where the key is not whole: moto refuses such a write in the right words."""
    backend = call.response.dynamodb_backend
    table = backend.get_table(write[0])
    names = [name for name in (table.hash_key_attr, table.range_key_attr) if name]
    if any(name not in write[1] for name in names):
        return None
    partition, sort = backend.get_keys_value(table, {name: write[1][name] for name in names})
    return (table, table.items, partition) if sort is None else (table, table.items[partition], sort)


def _fault(table: Any, item: Any) -> str | None:
    types = {definition["AttributeName"]: definition["AttributeType"] for definition in table.attr}
    for index in (*table.global_indexes, *table.indexes):
        for name in (part["AttributeName"] for part in index.schema):
            found = item.attrs.get(name) if item is not None else None
            if found is not None and found.type != types[name]:
                return (
                    "One or more parameter values were invalid: Type mismatch for Index Key "
                    f"{name} Expected: {types[name]} Actual: {found.type} IndexName: {index.name}"
                )
    return None


def _put_back(before: Iterable[tuple[dict[Any, Any], Any, Any]]) -> None:
    for items, key, item in before:
        if item is None:
            items.pop(key, None)
        else:
            items[key] = item
