"""The table itself: what it is made of, as one plain value, and how it comes to be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from release_tool.aws.failures import error_code, translation
from release_tool.aws.ledger.keys import ENVIRONMENT_HISTORY, HISTORY
from release_tool.errors import AskedWrongly, CouldNot
from release_tool.ports import Clock

PATIENCE = 300
"""Looks, a second apart, until a new table answers: AWS takes some ten."""


def table_definition(name: str) -> dict[str, Any]:
    """What CreateTable is asked for. The Terraform module makes the same."""
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "DeletionProtectionEnabled": True,
        "KeySchema": _key_schema("pk", "sk"),
        "AttributeDefinitions": [
            _attribute("pk", "S"),
            _attribute("sk", "S"),
            _attribute("history_of", "S"),
            _attribute("environment_history_of", "S"),
            _attribute("number", "N"),
        ],
        "GlobalSecondaryIndexes": [
            _index(HISTORY, "history_of", "number"),
            _index(ENVIRONMENT_HISTORY, "environment_history_of", "number"),
        ],
    }


def _attribute(name: str, kind: str) -> dict[str, str]:
    return {"AttributeName": name, "AttributeType": kind}


def _key_schema(partition: str, sort: str) -> list[dict[str, str]]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]


def _index(name: str, partition: str, sort: str) -> dict[str, Any]:
    return {
        "IndexName": name,
        "KeySchema": _key_schema(partition, sort),
        "Projection": {"ProjectionType": "ALL"},
    }


def make_table(client: Any, name: str, clock: Clock) -> bool:
    """Make it where it is missing, and finish what an interrupted run has left. True where it was made."""
    try:
        made = _description(client, name) is None and _create(client, name)
        _wait_until_active(client, name, clock)
        _keep_backups(client, name, clock)
    except (ClientError, BotoCoreError) as error:
        raise translation(error, "make", f"the ledger's table `{name}`") from error
    return made


def _description(client: Any, name: str) -> dict[str, Any] | None:
    try:
        description: dict[str, Any] = client.describe_table(TableName=name)["Table"]
    except ClientError as error:
        if error_code(error) == "ResourceNotFoundException":
            return None
        raise
    if not _is_a_ledger(description, name):
        raise AskedWrongly(
            f"there is a table `{name}`, but it is no ledger: its keys or its indexes are others",
            next="name another table in the manifest, as `ledger_table`",
        )
    return description


def _is_a_ledger(description: dict[str, Any], name: str) -> bool:
    wanted = table_definition(name)
    indexes = {index["IndexName"]: index["KeySchema"] for index in description.get("GlobalSecondaryIndexes", ())}
    return bool(description["KeySchema"] == wanted["KeySchema"]) and all(
        indexes.get(index["IndexName"]) == index["KeySchema"] for index in wanted["GlobalSecondaryIndexes"]
    )


def _create(client: Any, name: str) -> bool:
    try:
        client.create_table(**table_definition(name))
    except ClientError as error:
        if error_code(error) == "ResourceInUseException":
            return False  # somebody else has made it in this very moment
        raise
    return True


def _wait_until_active(client: Any, name: str, clock: Clock) -> None:
    def is_active() -> bool:
        description = _description(client, name)
        return description is not None and description["TableStatus"] in ("ACTIVE", "UPDATING")

    _until(is_active, clock, f"the table `{name}` is being made, but does not answer yet")


def _keep_backups(client: Any, name: str, clock: Clock) -> None:
    """A new table can't be asked for it at once."""

    def is_asked_for() -> bool:
        try:
            known = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
            if known.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus") != "ENABLED":
                wanted = {"PointInTimeRecoveryEnabled": True}
                client.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=wanted)
        except ClientError as error:
            if error_code(error) == "ContinuousBackupsUnavailableException":
                return False
            raise
        return True

    _until(is_asked_for, clock, f"the table `{name}` is there, but keeps no backups yet")


def _until(is_so: Callable[[], bool], clock: Clock, otherwise: str) -> None:
    for _ in range(PATIENCE):
        if is_so():
            return
        clock.sleep(1)
    raise CouldNot(otherwise, next="run release-tool init again in a few minutes")
