"""`modules/ledger` and `release-tool init` make the same table."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from release_tool.aws.ledger.table import make_table, table_definition
from release_tool.manifest.project import LEDGER_TABLE
from tests.fakes.clock import HandClock
from tests.terraform.configuration import ROOT, blocks_in

pytest.importorskip("hcl2", reason="python-hcl2 reads Terraform's files")


@pytest.fixture
def table() -> dict[str, Any]:
    (found,) = (b for b in blocks_in(ROOT / "modules" / "ledger") if b.kind == "resource aws_dynamodb_table")
    return found.body


def as_create_table_takes_it(name: str, table: dict[str, Any]) -> dict[str, Any]:
    return {
        "TableName": name,
        "BillingMode": table["billing_mode"],
        "DeletionProtectionEnabled": table["deletion_protection_enabled"],
        "KeySchema": keys_of(table),
        "AttributeDefinitions": [{"AttributeName": a["name"], "AttributeType": a["type"]} for a in table["attribute"]],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": index["name"],
                "KeySchema": keys_of(index),
                "Projection": {"ProjectionType": index["projection_type"]},
            }
            for index in table["global_secondary_index"]
        ],
    }


def keys_of(block: dict[str, Any]) -> list[dict[str, str]]:
    return [
        {"AttributeName": block["hash_key"], "KeyType": "HASH"},
        {"AttributeName": block["range_key"], "KeyType": "RANGE"},
    ]


class RecordingDynamoDb:
    """Has no table yet, and notes what it is asked to make."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}

    def describe_table(self, TableName: str) -> dict[str, Any]:  # noqa: N803 - AWS's spelling
        if not self.asked:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "DescribeTable")
        return {"Table": {**self.asked["table"], "TableStatus": "ACTIVE"}}

    def create_table(self, **asked: Any) -> None:
        self.asked["table"] = asked

    def describe_continuous_backups(self, **_: Any) -> dict[str, Any]:
        return {"ContinuousBackupsDescription": {}}

    def update_continuous_backups(self, **asked: Any) -> None:
        self.asked["backups"] = asked["PointInTimeRecoverySpecification"]


def test_the_module_makes_the_table_that_init_makes(table: dict[str, Any]) -> None:
    init = RecordingDynamoDb()

    make_table(init, "release-tool", HandClock())

    assert init.asked == {
        "table": as_create_table_takes_it("release-tool", table),
        "backups": {"PointInTimeRecoveryEnabled": table["point_in_time_recovery"][0]["enabled"]},
    }


def test_the_module_names_nothing_that_init_does_not_ask_for(table: dict[str, Any]) -> None:
    """A setting of its own would be a difference in a table that `init` has made, and Terraform adopts."""
    asked_for = {
        "name", "billing_mode", "deletion_protection_enabled", "hash_key", "range_key", "attribute",
        "global_secondary_index", "point_in_time_recovery",
    }  # fmt: skip

    assert {name for name in table if not name.startswith("__")} == asked_for | {"tags"}
    assert set(table_definition("any")) == {
        "TableName", "BillingMode", "DeletionProtectionEnabled", "KeySchema", "AttributeDefinitions",
        "GlobalSecondaryIndexes",
    }  # fmt: skip


def test_the_table_is_called_as_the_manifest_takes_it_to_be_called() -> None:
    (name,) = (b for b in blocks_in(ROOT / "modules" / "ledger") if b.type == "variable" and b.labels == ("name",))

    assert name.body["default"] == LEDGER_TABLE
