"""DynamoDB's calls on one table, in plain values, each repeated where DynamoDB asks for that."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from release_tool.aws.failures import error_code, translation
from release_tool.aws.ledger.attributes import plain, wire
from release_tool.aws.ledger.items import Item, key_of, understood
from release_tool.aws.ledger.keys import Key
from release_tool.aws.ledger.writes import Delete, Put, Refused, Update, Write, names_in, request_for
from release_tool.errors import AskedWrongly, CouldNot
from release_tool.parallel import chunks, in_parallel
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


class Calls:
    def __init__(self, client: Any, table: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock
        self.were_answered = False
        """Whether DynamoDB has said yet what time it is."""

    # --- reading

    def get(self, key: Key) -> Item | None:
        answer = self._call("get_item", TableName=self._table, Key=wire(key._asdict()), ConsistentRead=True)
        return _item(answer["Item"]) if "Item" in answer else None

    def get_all(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Those that exist."""
        found: dict[Key, Item] = {}
        asked: Any = {self._table: {"Keys": [wire(key._asdict()) for key in keys], "ConsistentRead": True}}
        for _ in self._attempts():
            answer = self._call("batch_get_item", RequestItems=asked)
            items = [_item(item) for item in answer["Responses"].get(self._table, ())]
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
            "ExpressionAttributeNames": names_in(expression),
            "ExpressionAttributeValues": wire({":partition": partition, **(values or {})}),
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
            yield [_item(item) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                return
            request = request | {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    # --- writing

    def write(self, write: Write) -> None:
        """Raises `Refused` where the write's condition does not hold."""
        operation = {Put: "put_item", Update: "update_item", Delete: "delete_item"}[type(write)]
        for _ in self._attempts():
            try:
                self._call(operation, **request_for(write, self._table))
            except ClientError as error:
                if error_code(error) in REFUSED:
                    raise Refused({write.key: _found(error.response)}) from None
            else:
                return
        raise self._too_busy()

    def write_all(self, items: Iterable[Item]) -> None:
        """Whatever was there before; in as many calls as it takes, in no order, and not as one."""
        requests = [{"PutRequest": {"Item": wire(item)}} for item in items]
        in_parallel(self._write_batch, chunks(requests, BATCH))

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
        request: dict[str, Any] = {
            "TransactItems": [{kinds[type(write)]: request_for(write, self._table)} for write in writes]
        }
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

    # --- both

    def _call(self, operation: str, **request: Any) -> Any:
        """Errors come as sentences, but for those of botocore's that our callers answer themselves."""
        try:
            answer = getattr(self._client, operation)(**request)
            self.were_answered = True
            return answer
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
    return _item(refusal["Item"]) if refusal.get("Item") else None


def _item(attributes: Mapping[str, Any]) -> Item:
    return understood(plain(attributes))
