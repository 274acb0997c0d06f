"""What SSM refuses."""

from typing import Any

import pytest

from tests.emulator.account import Account, refused

NAME = "/storage/images/prod/bag_register"


def put(aws: Account, name: str = NAME, **more: Any) -> Any:
    return aws.client("ssm").put_parameter(**{"Name": name, "Value": "image", "Type": "String", **more})


def put_code(aws: Account, name: str = NAME, **more: Any) -> str:
    return refused(lambda: put(aws, name, **more))[0]


@pytest.mark.parametrize(
    "name",
    ["/with space/x", "//x", "/storage//x", "/storage/x/", "/", "/ünï/x", "/a@b/x", "storage/x", "/" + "x" * 1011],
)
def test_a_name_that_cannot_be_a_parameters_is_refused(aws: Account, name: str) -> None:
    assert put_code(aws, name) == "ValidationException"


def test_fifteen_levels_and_not_one_more(aws: Account) -> None:
    put(aws, "/x" * 15)

    assert put_code(aws, "/x" * 16) == "HierarchyLevelLimitExceededException"


@pytest.mark.parametrize(("tier", "most"), [("Standard", 4096), ("Advanced", 8192)])
def test_a_value_has_a_size_and_not_one_byte_more(aws: Account, tier: str, most: int) -> None:
    put(aws, Value="x" * most, Tier=tier)

    assert put_code(aws, f"{NAME}-2", Value="x" * (most + 1), Tier=tier) == "ValidationException"


def test_an_empty_value_is_refused(aws: Account) -> None:
    assert put_code(aws, Value="") == "ValidationException"


def test_a_type_cannot_change(aws: Account) -> None:
    put(aws)

    assert put_code(aws, Type="SecureString", Overwrite=True) == "HierarchyTypeMismatchException"


def test_overwriting_with_tags_is_refused(aws: Account) -> None:
    put(aws)

    assert put_code(aws, Overwrite=True, Tags=[{"Key": "a", "Value": "b"}]) == "ValidationException"


def test_overwriting_leaves_tags_as_they_are(aws: Account) -> None:
    ssm = aws.client("ssm")
    put(aws, Tags=[{"Key": "team", "Value": "storage"}])

    put(aws, Value="another", Overwrite=True)

    tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=NAME)["TagList"]
    assert tags == [{"Key": "team", "Value": "storage"}]
    assert ssm.get_parameter(Name=NAME)["Parameter"]["Value"] == "another"
