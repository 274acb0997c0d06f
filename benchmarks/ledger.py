"""The ledger's questions at 1 thousand, 100 thousand and 1 million deployments: requests, read units, time.

    python -m benchmarks.ledger [<deployments>...]         writes benchmarks/ledger.json

The ledger opens one deployment set for each environment itself, on moto. Its items, under other numbers and ids, make
up the table that is asked. How long DynamoDB takes to answer is not measured: it is the same for a page of so many
bytes, however large the table is. What could grow with the table is what it is asked for, and that is counted.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import boto3
from moto import mock_aws

from benchmarks.table import Table
from release_tool.aws.clock import AwsClock
from release_tool.aws.ledger import DynamoLedger
from release_tool.aws.ledger.calls import Calls
from release_tool.aws.ledger.items import to_item
from release_tool.aws.ledger.keys import counters
from release_tool.model import Commit, Commits, Deployment, Kind, Release, Requester, Rollout
from release_tool.ports import Opening

RESULTS = Path(__file__).with_name("ledger.json")
PROJECT, ENVIRONMENTS, SERVICES = "shop", ("dev", "stage", "prod"), 20
NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
ANN = Requester("Ann Example", "ann@example.org", arn="arn:aws:sts::123456789012:assumed-role/deployer/ann")
TIMES = 41
# Numbers and ids that stand for others, in texts that occur nowhere else.
DEPLOYMENT_NUMBER, RELEASE_NUMBER = 1_987_654_321, 1_876_543_210
MARKS = ("set-id-of-it", "release-set-id-of-it", str(DEPLOYMENT_NUMBER), str(RELEASE_NUMBER), "sha-of-it")

Question = Callable[[DynamoLedger, int], Any]
QUESTIONS: dict[str, Question] = {
    "what runs where, all environments": lambda ledger, last: ledger.current(PROJECT),
    "what runs in one environment": lambda ledger, last: ledger.current(PROJECT, "prod"),
    "an environment's latest deployment set": lambda ledger, last: ledger.latest_set(PROJECT, "prod"),
    "the project's history, first page": lambda ledger, last: ledger.deployment_sets(PROJECT),
    "the project's history, a page in the middle": lambda ledger, last: ledger.deployment_sets(
        PROJECT, before=last // 2
    ),
    "an environment's history": lambda ledger, last: ledger.deployment_sets(PROJECT, environment="prod"),
    "a service's history": lambda ledger, last: ledger.service_history(PROJECT, "service-007"),
    "a service's history in an environment": lambda ledger, last: ledger.service_history(
        PROJECT, "service-007", environment="prod"
    ),
    "a deployment set by its number": lambda ledger, last: ledger.deployment_set(PROJECT, last // 2),
    "release sets, newest first": lambda ledger, last: ledger.release_sets(PROJECT),
    "release sets that were in an environment": lambda ledger, last: ledger.release_sets(PROJECT, environment="prod"),
    "a release set by its number": lambda ledger, last: ledger.release_set(PROJECT, last // 2),
}


def main(sizes: list[int]) -> None:
    templates, told = _items(), []
    for size in sizes:
        table = _filled(templates, size)
        ledger = DynamoLedger(table, "release-tool", AwsClock())
        print(f"{size:,} deployments: {len(table):,} items", flush=True)
        for name, ask in QUESTIONS.items():
            told.append({"deployments": size, "question": name, **_asked(table, lambda: ask(ledger, size // SERVICES))})  # noqa: B023
            print(told[-1], flush=True)
    RESULTS.write_text("[\n" + ",\n".join(map(json.dumps, told)) + "\n]\n", encoding="utf-8")


def _asked(table: Table, ask: Callable[[], Any]) -> dict[str, Any]:
    """The first time counts requests; the median of the rest is its time."""
    table.requests = table.items = table.bytes = 0
    table.units = 0.0
    assert ask(), "nothing is found"
    counted = {"requests": table.requests, "items": table.items, "bytes": table.bytes, "units": table.units}
    seconds = []
    for _ in range(TIMES):
        began = time.process_time()
        ask()
        seconds.append(time.process_time() - began)
    return counted | {"ms": round(statistics.median(seconds) * 1000, 2)}


# --- the items


Items = dict[str, list[dict[str, Any]]]


def _items() -> Items:
    """What one deployment set leaves behind in each environment."""
    return {environment: _left_behind(environment) for environment in ENVIRONMENTS}


def _left_behind(environment: str) -> list[dict[str, Any]]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
        clock = AwsClock()
        ledger = DynamoLedger(client, "ledger", clock)
        ledger.make_table()
        before = {"deployments": DEPLOYMENT_NUMBER - 1, "releases": RELEASE_NUMBER - 1}
        Calls(client, "ledger", clock).write_all([to_item(counters(PROJECT), None, **before)])
        deployment_set, _ = ledger.open(_opening(environment))
        for deployment in ledger.deployments(deployment_set):
            (rollout,) = deployment.rollouts
            ledger.record(deployment_set, [deployment.service], rollout)
        ledger.requested(deployment_set)
        found = [item for page in client.get_paginator("scan").paginate(TableName="ledger") for item in page["Items"]]
        return [item for item in found if item["sk"]["S"] != "counters"]


def _opening(environment: str) -> Opening:
    services = [f"service-{number:03d}" for number in range(1, SERVICES + 1)]
    return Opening(
        project=PROJECT,
        environment=environment,
        set_id=MARKS[0],
        release_set_id=MARKS[1],
        kind=Kind.DEPLOY,
        asked="all",
        source="latest",
        description="Let people pay in instalments (and 4 more)",
        requested_by=ANN,
        requested_at=NOON,
        deployments=tuple(_deployment(environment, service) for service in services),
        releases=tuple(Release(service, _image(service), MARKS[4]) for service in services),
    )


def _image(service: str) -> str:
    return f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/uk.ac.wellcome/{service}:{MARKS[4]}"


def _deployment(environment: str, service: str) -> Deployment:
    arn = f"arn:aws:ecs:eu-west-1:123456789012:task-definition/{PROJECT}-{environment}-{service}"
    commits = tuple(Commit(f"{n:040d}", "Ann Example", NOON, f"Let people pay in instalments, {n}") for n in range(5))
    rollout = Rollout(
        cluster=f"{PROJECT}-{environment}",
        ecs_service=service,
        containers=(("app", _image(service)),),
        old_images=(("app", _image(service)),),
        old_revision=f"{arn}:{RELEASE_NUMBER}",
        new_revision=f"{arn}:{DEPLOYMENT_NUMBER}",
        ecs_deployment_id="ecs-svc/1234567890123456789",
        ecs_created_at=NOON,
    )
    return Deployment(
        PROJECT, environment, service, MARKS[0], None, None, _image(service), None, MARKS[4],
        previous_image=_image(service), commits=Commits(commits), rollouts=(rollout,),
    )  # fmt: skip


# --- as many as are wanted


def _filled(left_behind: Items, deployments: int) -> Table:
    table = Table()
    templates = {
        environment: [table.template(item, MARKS) for item in items] for environment, items in left_behind.items()
    }
    table.fill(_rows(templates, deployments // SERVICES))
    table.index()
    return table


def _rows(templates: dict[str, list[int]], sets: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    for number in range(1, sets + 1):
        told = f"{number:010d}"
        for template in templates[ENVIRONMENTS[number % len(ENVIRONMENTS)]]:
            yield template, (f"set-{told}", f"releases-{told}", told, told, f"{number:07x}")


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [1_000, 100_000, 1_000_000])
