"""Attributes: spelled as DynamoDB spells them, and read as they were."""

from __future__ import annotations

from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from release_tool.aws.ledger.attributes import plain, wire

LEAVES = st.text() | st.booleans() | st.integers(-(10**37), 10**37)
VALUES = st.recursive(LEAVES, lambda parts: st.lists(parts) | st.dictionaries(st.text(), parts), max_leaves=20)
ITEMS = st.dictionaries(st.text(), VALUES)


@given(ITEMS)
def test_what_is_kept_is_read_as_it_was(item: dict[str, Any]) -> None:
    read = plain(wire(item))

    assert read == item
    assert repr(read) == repr(item)  # True is not 1


@given(ITEMS)
def test_attributes_are_spelled_and_read_as_boto3_does_it(item: dict[str, Any]) -> None:
    of_boto3 = {name: TypeSerializer().serialize(value) for name, value in item.items()}

    assert wire(item) == of_boto3
    assert plain(of_boto3) == {name: TypeDeserializer().deserialize(value) for name, value in of_boto3.items()}


@pytest.mark.parametrize(
    ("attribute", "read"),
    [({"N": "1.5"}, 1.5), ({"N": "1E+2"}, 100), ({"NULL": True}, None), ({"SS": ["a", "b"]}, ["a", "b"])],
)
def test_what_only_a_later_release_tool_may_have_written_does_no_harm(attribute: dict[str, Any], read: Any) -> None:
    assert plain({"colour": attribute}) == {"colour": read}


@pytest.mark.parametrize("value", [None, 1.5, ("a",), {"a"}])
def test_what_the_ledger_does_not_keep_is_a_bug_and_no_attribute(value: Any) -> None:
    with pytest.raises(TypeError, match="nothing that the ledger keeps"):
        wire({"colour": value})
