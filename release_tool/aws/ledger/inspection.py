"""The ledger's table, held against what `init` makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from release_tool.aws.failures import error_code, translation
from release_tool.aws.ledger.calls import no_table
from release_tool.aws.ledger.table import table_definition


class LedgerTable:
    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def faults(self) -> tuple[str, ...]:
        try:
            found = self._client.describe_table(TableName=self._name)["Table"]
        except ClientError as error:
            if error_code(error) == "ResourceNotFoundException":
                raise no_table(self._name) from None
            raise translation(error, "describe", f"the ledger's table `{self._name}`") from error
        except BotoCoreError as error:
            raise translation(error, "describe", f"the ledger's table `{self._name}`") from error
        return tuple(faults_of(found))


def faults_of(found: Mapping[str, Any]) -> Iterator[str]:
    """`found` is DescribeTable's description."""
    name, wanted = found["TableName"], table_definition(found["TableName"])
    if found["KeySchema"] != wanted["KeySchema"]:
        yield f"the table `{name}` has other keys than a ledger's; name another by `ledger_table`, or make it anew"
    kinds = {a["AttributeName"]: a["AttributeType"] for a in found["AttributeDefinitions"]}
    for attribute in wanted["AttributeDefinitions"]:
        kind = kinds.get(attribute["AttributeName"])
        if kind is not None and kind != attribute["AttributeType"]:
            yield f"the table `{name}` has the key `{attribute['AttributeName']}` of another type"
    indexes = {index["IndexName"]: index for index in found.get("GlobalSecondaryIndexes", ())}
    for index in wanted["GlobalSecondaryIndexes"]:
        yield from _faults_of_index(name, index, indexes.get(index["IndexName"]))
    if not found.get("DeletionProtectionEnabled"):
        yield f"the table `{name}` can be deleted by one call: turn its deletion protection on"


def _faults_of_index(table: str, wanted: Mapping[str, Any], found: Mapping[str, Any] | None) -> Iterator[str]:
    what = f"the index `{wanted['IndexName']}` of the table `{table}`"
    if found is None:
        yield f"{what} is missing"
    elif found["KeySchema"] != wanted["KeySchema"]:
        yield f"{what} has other keys"
    elif found["Projection"].get("ProjectionType") != "ALL":
        yield f"{what} does not have all attributes"
