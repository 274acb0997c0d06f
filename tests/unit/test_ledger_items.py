"""Items of the ledger: what is written can be read again, by this release-tool and by the next."""

from __future__ import annotations

from dataclasses import is_dataclass, replace
from datetime import datetime, timedelta, timezone
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release_tool.aws.ledger.attributes import plain, wire
from release_tool.aws.ledger.bounds import bounded, counted
from release_tool.aws.ledger.items import (
    Item,
    deployment_item,
    from_plain,
    numbered_deployment_item,
    rollout_name,
    to_deployment,
    to_item,
)
from release_tool.aws.ledger.keys import Key
from release_tool.model import (
    Commit,
    Commits,
    Deployment,
    DeploymentSet,
    Release,
    ReleaseSet,
    Requester,
    Rollout,
    Word,
)
from release_tool.ports import Holder

KEY = Key("partition", "sort")
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)
INDIA = timezone(timedelta(hours=5, minutes=30))


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Everything that a type allows and DynamoDB can hold."""
    if isinstance(hint, type) and is_dataclass(hint):
        return st.builds(hint, **{name: values_of(part) for name, part in get_type_hints(hint).items()})
    if NoneType in get_args(hint):
        return st.none() | values_of(next(part for part in get_args(hint) if part is not NoneType))
    if get_origin(hint) is tuple:
        first, *others = get_args(hint)
        if others == [Ellipsis]:
            return st.lists(values_of(first), max_size=3).map(tuple)
        return st.tuples(values_of(first), *map(values_of, others))
    if hint is datetime:
        return st.datetimes(timezones=st.just(timezone.utc))
    return st.integers(0, 10**9) if hint is int else st.from_type(hint)


def in_the_order_of_their_names(deployment: Deployment) -> Deployment:
    rollouts = {rollout_name(rollout): rollout for rollout in deployment.rollouts}
    return replace(deployment, rollouts=tuple(rollouts[name] for name in sorted(rollouts)))


def through_dynamodb(item: Item) -> Item:
    return plain(wire(item))


@given(values_of(Deployment).map(in_the_order_of_their_names))
def test_a_deployment_comes_back_as_it_was(deployment: Deployment) -> None:
    assert to_deployment(through_dynamodb(deployment_item(KEY, deployment))) == deployment


@pytest.mark.parametrize("kind", [DeploymentSet, ReleaseSet, Release, Holder])
@given(data=st.data())
def test_whatever_else_is_kept_comes_back_as_it_was(kind: type[Any], data: st.DataObject) -> None:
    value = data.draw(values_of(kind))

    assert from_plain(kind, through_dynamodb(to_item(KEY, value))) == value


DEPLOYMENT = Deployment(
    project="storage",
    environment="stage",
    service="web",
    set_id="set-1",
    number=57,
    release_number=42,
    image="1234.dkr.ecr.eu-west-1.amazonaws.com/web:4246187",
    digest=None,
    release_hash="4246187",
    commits=Commits((Commit("4246187" + 33 * "0", "Ann Author", NOON, "Add a thumbnail"),), 3, NOON, True),
    rollouts=(
        Rollout(
            cluster="storage-stage",
            ecs_service="web",
            containers=(("web", "1234.dkr.ecr.eu-west-1.amazonaws.com/web:4246187"),),
            old_revision="arn:aws:ecs:eu-west-1:1234:task-definition/web:6",
            outcome=Word.COMPLETE,
            ended_at=NOON,
        ),
    ),
    requested_by=Requester(git_name="Ann Author", git_email="ann@example.org"),
    requested_at=NOON,
    description="Add a thumbnail",
)

ITEM_OF_SCHEMA_1 = {
    "pk": "storage#deployment-set#set-1",
    "sk": "web",
    "schema": 1,
    "history_of": "storage#service#web",
    "environment_history_of": "storage#stage#web",
    "project": "storage",
    "environment": "stage",
    "service": "web",
    "set_id": "set-1",
    "number": 57,
    "release_number": 42,
    "image": "1234.dkr.ecr.eu-west-1.amazonaws.com/web:4246187",
    "release_hash": "4246187",
    "commits": {
        "listed": [
            {
                "sha": "4246187000000000000000000000000000000000",
                "author": "Ann Author",
                "authored_at": "2026-11-22T12:00:00.000000+00:00",
                "subject": "Add a thumbnail",
            }
        ],
        "left_out": 3,
        "oldest_left_out_at": "2026-11-22T12:00:00.000000+00:00",
        "undone": True,
    },
    "rollouts": {
        "storage-stage/web": {
            "cluster": "storage-stage",
            "ecs_service": "web",
            "containers": [["web", "1234.dkr.ecr.eu-west-1.amazonaws.com/web:4246187"]],
            "old_images": [],
            "old_revision": "arn:aws:ecs:eu-west-1:1234:task-definition/web:6",
            "outcome": "COMPLETE",
            "ended_at": "2026-11-22T12:00:00.000000+00:00",
            "settling": False,
        }
    },
    "requested_by": {"git_name": "Ann Author", "git_email": "ann@example.org"},
    "requested_at": "2026-11-22T12:00:00.000000+00:00",
    "description": "Add a thumbnail",
    "kind": "deploy",
    "rolled_back_from": False,
}
"""It is in people's tables: a field that gets another name or another form needs another schema."""


def test_a_deployment_is_written_in_the_form_of_schema_1() -> None:
    written = numbered_deployment_item(DEPLOYMENT)

    assert {name: written.get(name) for name in ITEM_OF_SCHEMA_1} == ITEM_OF_SCHEMA_1


def test_a_deployment_in_the_form_of_schema_1_can_be_read() -> None:
    assert to_deployment(through_dynamodb(ITEM_OF_SCHEMA_1)) == DEPLOYMENT


def test_an_attribute_that_is_not_known_yet_does_no_harm() -> None:
    assert to_deployment(ITEM_OF_SCHEMA_1 | {"colour": "blue"}) == DEPLOYMENT


def test_what_is_not_known_is_not_written() -> None:
    item = deployment_item(KEY, replace(DEPLOYMENT, number=None))

    assert {"number", "digest", "history_of", "environment_history_of"}.isdisjoint(item)


def test_times_are_kept_in_utc_wherever_they_come_from() -> None:
    in_india = replace(DEPLOYMENT, requested_at=NOON.astimezone(INDIA))

    assert deployment_item(KEY, in_india)["requested_at"] == "2026-11-22T12:00:00.000000+00:00"


# --- bounds


def commits(number: int) -> tuple[Commit, ...]:
    return tuple(Commit(f"{n:040}", "Ann", NOON - timedelta(days=n), "work") for n in range(number))


@pytest.mark.parametrize(("listed", "kept", "left_out"), [(0, 0, 0), (20, 20, 0), (21, 20, 1), (500, 20, 480)])
def test_twenty_commits_are_kept_and_the_others_counted(listed: int, kept: int, left_out: int) -> None:
    within = bounded(replace(DEPLOYMENT, commits=Commits(commits(listed)))).commits

    assert (len(within.listed), within.left_out, within.count) == (kept, left_out, listed)
    assert within.oldest_left_out_at == (NOON - timedelta(days=listed - 1) if left_out else None)


def test_the_oldest_commit_left_out_stays_the_oldest() -> None:
    oldest = NOON - timedelta(days=900)

    within = bounded(replace(DEPLOYMENT, commits=Commits(commits(30), 5, oldest)))

    assert (within.commits.left_out, within.commits.oldest_left_out_at) == (15, oldest)


@given(values_of(Deployment))
def test_counting_commits_loses_none(deployment: Deployment) -> None:
    assert counted(deployment).commits.count == deployment.commits.count
    assert counted(deployment).commits.listed == ()


@pytest.mark.parametrize(("length", "kept"), [(999, 999), (1000, 1000), (1001, 1000), (10**6, 1000)])
def test_sentences_are_cut_where_they_are_too_long(length: int, kept: int) -> None:
    rollout = replace(DEPLOYMENT.rollouts[0], outcome_reason="x" * length, note="x" * length)

    within = bounded(replace(DEPLOYMENT, description="x" * length, rollouts=(rollout,)))

    assert len(within.description) == kept
    assert len(within.rollouts[0].outcome_reason or "") == len(within.rollouts[0].note or "") == kept
    assert within.description.endswith("…") == (length > 1000)
