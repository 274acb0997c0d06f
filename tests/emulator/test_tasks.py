"""The tasks that services start, and what is said of them when they stop."""

from typing import Any

import pytest

from tests.emulator.account import CLUSTER, REGISTRY, Account, refused


def tasks(aws: Account, **asked: Any) -> list[dict[str, Any]]:
    arns = aws.ecs.list_tasks(cluster=CLUSTER, **asked)["taskArns"]
    return list(aws.ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"]) if arns else []


def stopped(aws: Account, tag: str, seconds: float = 36) -> dict[str, Any]:
    """A task of a deployment of `tag` that has stopped."""
    aws.running()
    ours = aws.deploy(tag)["deployments"][0]["id"]
    aws.after(seconds)
    return next(t for t in tasks(aws, serviceName="web", desiredStatus="STOPPED") if t["startedBy"] == ours)


def test_a_task_goes_from_provisioning_to_running(aws: Account) -> None:
    aws.create()

    seen = [tasks(aws.after(seconds), serviceName="web")[0]["lastStatus"] for seconds in (0, 2, 10)]

    assert seen == ["PROVISIONING", "PENDING", "RUNNING"]


def test_a_task_was_started_by_the_deployment(aws: Account) -> None:
    service = aws.running()

    assert {task["startedBy"] for task in tasks(aws, serviceName="web")} == {service["deployments"][0]["id"]}


def test_a_crashed_task_has_an_exit_code_on_the_container_that_crashed_only(aws: Account) -> None:
    task = stopped(aws, "crash")

    app, log_router = task["containers"]

    assert (task["stopCode"], task["stoppedReason"]) == (
        "EssentialContainerExited",
        "Essential container in task exited",
    )
    assert (app["exitCode"], "exitCode" in log_router) == (1, False)


def test_a_task_whose_image_cannot_be_pulled_names_it_and_has_no_exit_code(aws: Account) -> None:
    task = stopped(aws, "nopull")

    app = task["containers"][0]

    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("CannotPullContainerError: ")
    assert f"{REGISTRY}/web:nopull" in app["reason"]
    assert "exitCode" not in app
    assert "startedAt" not in task


def test_a_task_that_fails_its_health_checks_is_stopped_by_the_scheduler(aws: Account) -> None:
    task = stopped(aws, "unhealthy")

    assert (task["stopCode"], task["stoppedReason"], task["healthStatus"]) == (
        "ServiceSchedulerInitiated",
        "Task failed container health checks",
        "UNHEALTHY",
    )


def test_a_task_that_made_room_for_a_new_one_names_the_deployment_it_made_room_for(aws: Account) -> None:
    aws.running()
    ours = aws.deploy("v2")["deployments"][0]["id"]
    aws.after(30)

    gone = tasks(aws, serviceName="web", desiredStatus="STOPPED")

    assert {task["stoppedReason"] for task in gone} == {f"Scaling activity initiated by (deployment {ours})"}
    assert ours not in {task["startedBy"] for task in gone}


def test_running_tasks_are_listed_unless_stopped_ones_are_asked_for(aws: Account) -> None:
    aws.running()
    aws.deploy("v2")
    aws.after(30)

    assert len(tasks(aws, serviceName="web")) == 2
    assert len(tasks(aws, serviceName="web", desiredStatus="STOPPED")) == 2


def test_stopped_tasks_are_gone_after_an_hour(aws: Account) -> None:
    aws.running()
    aws.deploy("v2")

    assert tasks(aws.after(30 + 3600), serviceName="web", desiredStatus="STOPPED") == []


def test_tasks_are_found_by_service_family_and_deployment(aws: Account) -> None:
    web = aws.running("web")
    aws.running("api", desiredCount=1)

    found = [
        len(tasks(aws, **asked))
        for asked in (
            {},
            {"serviceName": "api"},
            {"family": "web"},
            {"startedBy": web["deployments"][0]["id"]},
        )
    ]

    assert found == [3, 1, 2, 2]


@pytest.mark.parametrize(("count", "pages_of"), [(7, [3, 3, 1]), (6, [3, 3])])
def test_tasks_are_paged(aws: Account, count: int, pages_of: list[int]) -> None:
    aws.running(desiredCount=count)

    pages = aws.ecs.get_paginator("list_tasks").paginate(
        cluster=CLUSTER, serviceName="web", PaginationConfig={"PageSize": 3}
    )

    assert [len(page["taskArns"]) for page in pages] == pages_of


def test_started_by_is_a_filter_that_stands_alone(aws: Account) -> None:
    aws.running()

    code, _ = refused(aws.ecs.list_tasks, cluster=CLUSTER, serviceName="web", startedBy="ecs-svc/1")

    assert code == "InvalidParameterException"


def test_tasks_of_a_service_that_is_not_there_are_refused(aws: Account) -> None:
    assert refused(aws.ecs.list_tasks, cluster=CLUSTER, serviceName="ghost")[0] == "ServiceNotFoundException"


def test_a_hundred_tasks_a_call_and_not_one_more(aws: Account) -> None:
    names = [f"{n:032x}" for n in range(101)]

    assert len(aws.ecs.describe_tasks(cluster=CLUSTER, tasks=names[:100])["failures"]) == 100
    assert refused(aws.ecs.describe_tasks, cluster=CLUSTER, tasks=names)[0] == "InvalidParameterException"


def test_a_task_can_be_stopped_by_hand(aws: Account) -> None:
    aws.running()
    task = tasks(aws, serviceName="web")[0]

    aws.ecs.stop_task(cluster=CLUSTER, task=task["taskArn"], reason="a try")

    gone = tasks(aws.after(8), serviceName="web", desiredStatus="STOPPED")
    assert [(t["taskArn"], t["stopCode"], t["stoppedReason"]) for t in gone] == [
        (task["taskArn"], "UserInitiated", "a try")
    ]
