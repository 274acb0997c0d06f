"""DynamoDB's promises that moto does not keep: idempotency tokens, index keys' types, 25 items a batch."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from moto.dynamodb.exceptions import MockValidationException

from release_tool.demo.emulated.seam import Action, Answer, Call, refusal

BATCH = 25
TOKEN_HOLDS_FOR = 600.0
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html: ten minutes."""


def put_item(call: Call) -> Answer:
    _check_index_keys(call, call.sent["TableName"], call.sent["Item"])
    return call.moto()


def batch_write_item(call: Call) -> Answer:
    requests = [(table, request) for table, some in call.sent["RequestItems"].items() for request in some]
    if len(requests) > BATCH:
        raise MockValidationException(
            f"1 validation error detected: Value at 'requestItems' failed to satisfy constraint: "
            f"Member must have length less than or equal to {BATCH}"
        )
    for table, request in requests:
        _check_index_keys(call, table, request.get("PutRequest", {}).get("Item", {}))
    return call.moto()


def update_item(call: Call) -> Answer:
    table, key = call.sent["TableName"], call.sent["Key"]
    with _undone_unless_valid(call, [(table, key)]):
        return call.moto()


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
    writes = [(kind, write) for item in call.sent["TransactItems"] for kind, write in item.items()]
    for kind, write in writes:
        if kind == "Put":
            _check_index_keys(call, write["TableName"], write["Item"])
    updated = [(write["TableName"], write["Key"]) for kind, write in writes if kind == "Update"]
    del updated
    return call.moto()
