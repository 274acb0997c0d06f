"""DynamoDB's promises about tokens, index keys and batches."""

from typing import Any

import pytest

from tests.emulator.account import Account, refused

TABLE = "release-tool"


@pytest.fixture
def dynamodb(aws: Account) -> Any:
    client = aws.client("dynamodb")
    client.create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "by")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-service",
                "KeySchema": [{"AttributeName": "by", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return client


def key(name: str) -> dict[str, Any]:
    return {"pk": {"S": name}, "sk": {"S": "-"}}


def added(name: str, count: int = 1) -> dict[str, Any]:
    """An update that adds to a counter."""
    return {
        "Update": {
            "TableName": TABLE,
            "Key": key(name),
            "UpdateExpression": "ADD n :n",
            "ExpressionAttributeValues": {":n": {"N": str(count)}},
        }
    }


def item(dynamodb: Any, name: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = dynamodb.get_item(TableName=TABLE, Key=key(name)).get("Item")
    return found


# --- idempotency


def test_the_same_token_again_is_answered_and_nothing_is_written_twice(dynamodb: Any) -> None:
    for _ in range(3):
        dynamodb.transact_write_items(TransactItems=[added("a")], ClientRequestToken="one")

    assert item(dynamodb, "a") == key("a") | {"n": {"N": "1"}}


def test_the_same_token_with_other_items_is_refused(dynamodb: Any) -> None:
    dynamodb.transact_write_items(TransactItems=[added("a")], ClientRequestToken="one")

    code, _ = refused(dynamodb.transact_write_items, TransactItems=[added("a", 2)], ClientRequestToken="one")

    assert code == "IdempotentParameterMismatchException"
    assert item(dynamodb, "a") == key("a") | {"n": {"N": "1"}}


def test_a_token_is_forgotten_after_ten_minutes(aws: Account, dynamodb: Any) -> None:
    dynamodb.transact_write_items(TransactItems=[added("a")], ClientRequestToken="one")
    aws.after(600)

    dynamodb.transact_write_items(TransactItems=[added("a")], ClientRequestToken="one")

    assert item(dynamodb, "a") == key("a") | {"n": {"N": "2"}}


def test_a_transaction_that_was_cancelled_may_come_again_with_its_token(dynamodb: Any) -> None:
    must_be_there = {
        "ConditionCheck": {"TableName": TABLE, "Key": key("b"), "ConditionExpression": "attribute_exists(pk)"}
    }
    asked = {"TransactItems": [added("a"), must_be_there], "ClientRequestToken": "one"}

    code, _ = refused(dynamodb.transact_write_items, **asked)
    dynamodb.put_item(TableName=TABLE, Item=key("b"))
    dynamodb.transact_write_items(**asked)

    assert code == "TransactionCanceledException"
    assert item(dynamodb, "a") == key("a") | {"n": {"N": "1"}}


# --- index keys


WRONG = {"N": "1"}


def test_an_item_with_an_index_key_of_a_wrong_type_is_refused(dynamodb: Any) -> None:
    code, message = refused(dynamodb.put_item, TableName=TABLE, Item=key("a") | {"by": WRONG})

    assert code == "ValidationException"
    assert "Type mismatch for Index Key by Expected: S Actual: N IndexName: by-service" in message
    assert item(dynamodb, "a") is None


def test_an_update_that_gives_an_index_key_a_wrong_type_changes_nothing(dynamodb: Any) -> None:
    before = key("a") | {"by": {"S": "web"}}
    dynamodb.put_item(TableName=TABLE, Item=before)

    code, _ = refused(
        dynamodb.update_item,
        TableName=TABLE,
        Key=key("a"),
        UpdateExpression="SET #by = :by",
        ExpressionAttributeNames={"#by": "by"},
        ExpressionAttributeValues={":by": WRONG},
    )

    assert code == "ValidationException"
    assert item(dynamodb, "a") == before


def test_a_transaction_with_one_such_item_writes_none(dynamodb: Any) -> None:
    wrong = {"Put": {"TableName": TABLE, "Item": key("b") | {"by": WRONG}}}

    code, _ = refused(dynamodb.transact_write_items, TransactItems=[added("a"), wrong])

    assert code == "ValidationException"
    assert (item(dynamodb, "a"), item(dynamodb, "b")) == (None, None)


def test_a_batch_with_one_such_item_writes_none(dynamodb: Any) -> None:
    puts = [{"PutRequest": {"Item": made}} for made in (key("a"), key("b") | {"by": WRONG})]

    assert refused(dynamodb.batch_write_item, RequestItems={TABLE: puts})[0] == "ValidationException"
    assert item(dynamodb, "a") is None


# --- batches


def test_25_items_a_batch_and_not_one_more(dynamodb: Any) -> None:
    puts = [{"PutRequest": {"Item": key(f"item-{n}")}} for n in range(26)]

    dynamodb.batch_write_item(RequestItems={TABLE: puts[:25]})

    assert refused(dynamodb.batch_write_item, RequestItems={TABLE: puts})[0] == "ValidationException"
    assert item(dynamodb, "item-25") is None
