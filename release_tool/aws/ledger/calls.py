"""DynamoDB's calls on one table, in plain values, each repeated where DynamoDB asks for that."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import BotoCoreError, ClientError

from release_tool.aws.failures import error_code, translation
from release_tool.aws.ledger.items import Item, key_of, understood
from release_tool.aws.ledger.keys import Key
from release_tool.errors import AskedWrongly, CouldNot
from release_tool.parallel import chunks
from release_tool.ports import Clock

BATCH = 25
"""Items that one BatchWriteItem takes:
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
"""

READING = frozenset({"get_item", "batch_get_item", "query"})

ATTEMPTS = 12
FIRST_PAUSE = 0.05
LONGEST_PAUSE = 2.0

CANCELLED = "TransactionCanceledException"
REFUSED = frozenset({"ConditionalCheckFailed", "ConditionalCheckFailedException"})
WORTH_REPEATING = frozenset(
    {
        "TransactionConflict",
        "TransactionConflictException",
        "TransactionInProgressException",
        "ThrottlingError",
        "ThrottlingException",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
    }
)


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


class Calls:
    def __init__(self, client: Any, table: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    # --- reading

    def get(self, key: Key) -> Item | None:
        answer = self._call("get_item", TableName=self._table, Key=_wire(key._asdict()), ConsistentRead=True)
        return _plain(answer["Item"]) if "Item" in answer else None

    def get_all(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Those that exist."""
        found: dict[Key, Item] = {}
        asked: Any = {self._table: {"Keys": [_wire(key._asdict()) for key in keys], "ConsistentRead": True}}
        for _ in self._attempts():
            answer = self._call("batch_get_item", RequestItems=asked)
            items = [_plain(item) for item in answer["Responses"].get(self._table, ())]
            found |= {key_of(item): item for item in items}
            asked = answer.get("UnprocessedKeys")
            if not asked:
                return found
        raise self._too_busy()

    def query(
        self,
        partition: str,
        *,
        index: str | None = None,
        sort: str | None = None,
        values: Mapping[str, Any] | None = None,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> list[Item]:
        """One partition, consistent where it is the table's own; all of it, or `limit` items.

        `sort` is a condition on the sort key, as `#sk >= :from`.
        """
        hash_name = {"history": "history_of", "environment-history": "environment_history_of"}.get(index or "", "pk")
        expression = f"#{hash_name} = :partition" + (f" AND {sort}" if sort else "")
        request = {
            "TableName": self._table,
            "KeyConditionExpression": expression,
            "ExpressionAttributeNames": _names(expression),
            "ExpressionAttributeValues": _wire({":partition": partition, **(values or {})}),
            "ScanIndexForward": not newest_first,
            **({"IndexName": index} if index else {"ConsistentRead": True}),
            **({"Limit": limit} if limit else {}),
        }
        items: list[Item] = []
        for page in self._pages(request):
            items += page
            if limit and len(items) >= limit:
                return items[:limit]
        return items

    def _pages(self, request: dict[str, Any]) -> Iterator[list[Item]]:
        while True:
            answer = self._call("query", **request)
            yield [_plain(item) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                return
            request = request | {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    # --- writing

    def write(self, write: Write) -> None:
        """Raises `Refused` where the write's condition does not hold."""
        operation = {Put: "put_item", Update: "update_item", Delete: "delete_item"}[type(write)]
        for _ in self._attempts():
            try:
                self._call(operation, **self._request(write))
            except ClientError as error:
                if error_code(error) in REFUSED:
                    raise Refused({write.key: _found(error.response)}) from None
            else:
                return
        raise self._too_busy()

    def write_all(self, items: Iterable[Item]) -> None:
        """Whatever was there before; in as many calls as it takes, and not as one."""
        requests = [{"PutRequest": {"Item": _wire(item)}} for item in items]
        for batch in chunks(requests, BATCH):
            self._write_batch(batch)

    def _write_batch(self, requests: Sequence[dict[str, Any]]) -> None:
        unprocessed: Any = {self._table: list(requests)}
        for _ in self._attempts():
            unprocessed = self._call("batch_write_item", RequestItems=unprocessed).get("UnprocessedItems")
            if not unprocessed:
                return
        raise self._too_busy()

    def transact(self, writes: Sequence[Write], *, token: str | None = None) -> None:
        """All or nothing. Raises `Refused` where a condition does not hold.

        A `token` that DynamoDB has seen in the last ten minutes, with the same writes, does nothing again.
        """
        kinds = {Put: "Put", Update: "Update", Delete: "Delete"}
        request: dict[str, Any] = {"TransactItems": [{kinds[type(write)]: self._request(write)} for write in writes]}
        if token is not None:
            request["ClientRequestToken"] = token
        for _ in self._attempts():
            try:
                self._call("transact_write_items", **request)
            except ClientError as error:
                refused = _refused(error, writes)
                if refused:
                    raise Refused(refused) from None
            else:
                return
        raise self._too_busy()

    def _request(self, write: Write) -> dict[str, Any]:
        expression = write.expression if isinstance(write, Update) else ""
        spelled = f"{expression} {write.condition or ''}"
        names = _names(spelled) | (dict(write.names) if isinstance(write, Update) else {})
        values = _values(spelled, write.values)
        return {
            "TableName": self._table,
            **({"Item": _wire(write.item)} if isinstance(write, Put) else {"Key": _wire(write.key._asdict())}),
            **({"UpdateExpression": expression} if expression else {}),
            **({"ConditionExpression": write.condition} if write.condition else {}),
            **({"ReturnValuesOnConditionCheckFailure": "ALL_OLD"} if write.condition else {}),
            **({"ExpressionAttributeNames": names} if names else {}),
            **({"ExpressionAttributeValues": _wire(values)} if values else {}),
        }

    # --- both

    def _call(self, operation: str, **request: Any) -> Any:
        """Errors come as sentences, but for those of botocore's that our callers answer themselves."""
        try:
            return getattr(self._client, operation)(**request)
        except ClientError as error:
            if error_code(error) == "ResourceNotFoundException":
                raise no_table(self._table) from None
            if _codes(error) & REFUSED or _codes(error) <= WORTH_REPEATING:
                raise
            raise translation(error, *self._doing(operation)) from error
        except BotoCoreError as error:
            raise translation(error, *self._doing(operation)) from error

    def _doing(self, operation: str) -> tuple[str, str]:
        action = "read" if operation in READING else "write to"
        return action, f"the ledger's table `{self._table}`"

    def _attempts(self) -> Iterator[int]:
        """With a growing and uneven pause between them, so that those who met once don't meet again."""
        for attempt in range(ATTEMPTS):
            yield attempt
            self._clock.sleep(random.uniform(0.5, 1.0) * min(FIRST_PAUSE * 2**attempt, LONGEST_PAUSE))

    def _too_busy(self) -> CouldNot:
        return CouldNot(
            f"the table `{self._table}` was too busy to answer, {ATTEMPTS} times in a row",
            next="try again: what was written is kept, and nothing is done twice",
        )


def no_table(table: str) -> AskedWrongly:
    return AskedWrongly(
        f"there is no table `{table}` to keep the record in, in this account and region",
        next="make it with: release-tool init",
    )


def _codes(error: ClientError) -> frozenset[str]:
    """The error's own code; of a cancelled transaction, those of its items."""
    if error_code(error) != CANCELLED:
        return frozenset({error_code(error)})
    reasons = error.response.get("CancellationReasons", ())
    return frozenset(reason["Code"] for reason in reasons if reason.get("Code", "None") != "None")


def _refused(error: ClientError, writes: Sequence[Write]) -> dict[Key, Item | None]:
    reasons = error.response.get("CancellationReasons", ())
    return {
        write.key: _found(reason)
        for write, reason in zip(writes, reasons, strict=False)
        if reason.get("Code") in REFUSED
    }


def _found(refusal: Mapping[str, Any]) -> Item | None:
    return _plain(refusal["Item"]) if refusal.get("Item") else None


def _names(expression: str) -> dict[str, str]:
    return {word: word[1:] for word in re.findall(r"#\w+", expression)}


def _values(expression: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """DynamoDB refuses a value that no expression uses."""
    return {word: values[word] for word in re.findall(r":\w+", expression)}


_TO_WIRE = TypeSerializer()
_FROM_WIRE = TypeDeserializer()


def _wire(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _TO_WIRE.serialize(value) for name, value in item.items()}


def _plain(item: Mapping[str, Any]) -> Item:
    return understood({name: _FROM_WIRE.deserialize(value) for name, value in item.items()})
