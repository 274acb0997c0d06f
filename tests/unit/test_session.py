"""Clients: where they ask, in whose hands, and when they are made."""

from __future__ import annotations

from typing import Any

import pytest

from release_tool.aws.identity import StsIdentity
from release_tool.aws.session import Accounts
from release_tool.errors import AskedWrongly, AwsRefused


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)


def accounts_and_made() -> tuple[Accounts, list[Any]]:
    accounts, made = Accounts(), []
    accounts.watch("ssm", made.append)
    return accounts, made


def test_a_client_is_made_when_it_is_first_asked_something() -> None:
    accounts, made = accounts_and_made()

    client = accounts.client("ssm", region="eu-west-1")
    made_at_once = list(made)
    region = client.meta.region_name

    assert (made_at_once, region, len(made)) == ([], "eu-west-1", 1)


def test_a_client_is_made_once_for_each_region() -> None:
    accounts, made = accounts_and_made()

    regions = [
        accounts.client("ssm", region=region).meta.region_name for region in ("eu-west-1", "eu-west-1", "us-east-1")
    ]

    assert regions == ["eu-west-1", "eu-west-1", "us-east-1"]
    assert len(made) == 2


def test_without_a_region_of_ours_the_environments_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    accounts, _ = accounts_and_made()

    assert accounts.client("ssm").meta.region_name == "ap-south-1"


def test_without_any_region_a_sentence_says_what_to_set() -> None:
    accounts, _ = accounts_and_made()

    with pytest.raises(AskedWrongly, match="no AWS region is known") as told:
        accounts.client("ssm").get_parameters(Names=["a"])

    assert "aws_region_name" in str(told.value.next)


def test_a_call_that_must_not_act_twice_is_sent_once() -> None:
    accounts, _ = accounts_and_made()

    attempts = [
        accounts.client("ecs", region="eu-west-1", once=once).meta.config.retries["total_max_attempts"]
        for once in (True, False)
    ]

    assert attempts == [1, 3]


def test_a_role_cannot_be_taken_on_by_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    accounts, _ = accounts_and_made()
    sts = accounts.client("sts", role_arn="arn:aws:iam::123456789012:role/deployer", region="eu-west-1")

    with pytest.raises(AwsRefused, match="AWS credentials") as told:
        StsIdentity(sts).arn()

    assert "sign in" in str(told.value.next)
