"""Both ledgers, and what can happen between the one on DynamoDB and its table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from threading import Lock
from typing import Any

import boto3
from botocore.exceptions import ConnectionClosedError

from release_tool.model import Commit, Commits, Deployment, Kind, Release, Requester, Rollout
from release_tool.ports import Holder, Opening

TABLE = "release-tool"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)
ANN = Requester(git_name="Ann Author", git_email="ann@example.org", arn="arn:aws:sts::1:assumed-role/deployer/ann")


class SetClock:
    """Stands still until somebody sleeps."""

    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


# --- between the ledger and its table

Answer = dict[str, Any]
Around = Callable[[str, dict[str, Any], Callable[[], Answer]], Answer]


class Between:
    """A client of DynamoDB's whose every call goes through `around`, and is looked at as DynamoDB would."""

    def __init__(self, client: Any, around: Around) -> None:
        self._client = client
        self._around = around

    def __getattr__(self, operation: str) -> Callable[..., Answer]:
        method = getattr(self._client, operation)

        def call(**request: Any) -> Answer:
            assert_acceptable(operation, request)
            return self._around(operation, request, lambda: method(**request))

        return call


def assert_acceptable(operation: str, request: dict[str, Any]) -> None:
    """What DynamoDB refuses, and moto lets pass."""
    if operation == "batch_write_item":
        assert sum(len(requests) for requests in request["RequestItems"].values()) <= 25
    for part in request.get("TransactItems", [{operation: request}]):
        ((_, single),) = part.items()
        expressions = " ".join(value for name, value in single.items() if name.endswith("Expression"))
        words = set(re.findall(r"[:#]\w+", expressions))
        given = {*single.get("ExpressionAttributeNames", ()), *single.get("ExpressionAttributeValues", ())}
        assert given == words


def dynamodb() -> Any:
    return boto3.client(
        "dynamodb", region_name="eu-west-1", aws_access_key_id="nobody", aws_secret_access_key="nothing"
    )


def as_it_comes(operation: str, request: dict[str, Any], call: Callable[[], Answer]) -> Answer:
    return call()


def one_at_a_time() -> Around:
    """DynamoDB's own promise for each call, which moto does not keep between threads."""
    turn = Lock()

    def around(operation: str, request: dict[str, Any], call: Callable[[], Answer]) -> Answer:
        with turn:
            return call()

    return around


class Counted:
    def __init__(self) -> None:
        self.operations: list[str] = []

    def __call__(self, operation: str, request: dict[str, Any], call: Callable[[], Answer]) -> Answer:
        self.operations.append(operation)
        return call()


def sent_twice(operation: str, request: dict[str, Any], call: Callable[[], Answer]) -> Answer:
    """What botocore does when an answer is lost: the ledger sees the second answer, to a repetition."""
    call()
    return call()


class Killed(BaseException):
    """Nothing of ours runs after this."""


@dataclass
class KilledAt:
    """Ends the command at its n-th call, before it is sent or after it was carried out."""

    call: int
    after: bool
    made: int = 0

    def __call__(self, operation: str, request: dict[str, Any], call: Callable[[], Answer]) -> Answer:
        self.made += 1
        if self.made < self.call:
            return call()
        if self.after:
            call()
        raise Killed


@dataclass
class AnswerLost:
    """The n-th call is carried out, but all that comes back is a broken connection."""

    call: int
    made: int = 0

    def __call__(self, operation: str, request: dict[str, Any], call: Callable[[], Answer]) -> Answer:
        self.made += 1
        answer = call()
        if self.made == self.call:
            raise ConnectionClosedError(endpoint_url="https://dynamodb.eu-west-1.amazonaws.com")
        return answer


# --- values


def an_opening(
    *services: str,
    set_id: str = "set-1",
    project: str = "storage",
    environment: str = "stage",
    tag: str = "1",
    **more: Any,
) -> Opening:
    """Of services that are called as their images, their only containers and their ECS services."""
    services = services or ("web",)
    opening = Opening(
        project=project,
        environment=environment,
        set_id=set_id,
        release_set_id=f"releases-of-{set_id}",
        kind=Kind.DEPLOY,
        asked="all",
        source="latest",
        description="add a thumbnail to every page",
        requested_by=ANN,
        requested_at=NOON,
        releases=tuple(Release(service, an_image(service, tag), tag, a_digest(tag)) for service in services),
        deployments=tuple(a_draft(service, set_id, project, environment, tag) for service in services),
    )
    return replace(opening, **more)


def an_image(service: str, tag: str) -> str:
    return f"1234.dkr.ecr.eu-west-1.amazonaws.com/{service}:{tag}"


def a_digest(tag: str) -> str:
    return f"sha256:{tag:0>64}"


def a_draft(service: str, set_id: str, project: str, environment: str, tag: str) -> Deployment:
    return Deployment(
        project=project,
        environment=environment,
        service=service,
        set_id=set_id,
        number=None,
        release_number=None,
        image=an_image(service, tag),
        digest=a_digest(tag),
        release_hash=tag,
        previous_image=an_image(service, "0"),
        previous_release_hash="0",
        commits=Commits(listed=(a_commit(2), a_commit(1)), left_out=3, oldest_left_out_at=NOON - timedelta(days=9)),
        rollouts=(a_rollout(service, f"{project}-{environment}", tag),),
    )


def a_rollout(service: str, cluster: str = "storage-stage", tag: str = "1") -> Rollout:
    return Rollout(
        cluster=cluster,
        ecs_service=service,
        containers=((service, an_image(service, tag)),),
        old_images=((service, an_image(service, "0")),),
        old_revision=a_revision(service, 1),
    )


def a_revision(family: str, number: int) -> str:
    return f"arn:aws:ecs:eu-west-1:1234:task-definition/{family}:{number}"


def a_commit(day: int) -> Commit:
    return Commit(f"{day:040x}", "Ann Author", NOON - timedelta(days=9 - day), f"the work of day {day}")


def a_holder(id: str = "ann", **more: Any) -> Holder:  # noqa: A002 - the field's name
    holder = Holder(
        id=id,
        person="Ann Author <ann@example.org>",
        host="laptop",
        process=4711,
        process_started="boot-1 99",
        command="release-tool deploy all stage",
        since=NOON,
        until=NOON,
    )
    return replace(holder, **more)


def pages(ask: Callable[[int | None], Any]) -> Iterator[Any]:
    """Every page, from the newest on."""
    before = None
    while True:
        page = ask(before)
        yield page
        if page.before is None:
            return
        before = page.before
