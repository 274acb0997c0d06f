"""Services as ECS makes, shows, updates and deletes them."""

from typing import Any

import pytest

from tests.emulator.account import CLUSTER, Account, refused, short

BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


# --- rollouts


def test_an_update_answers_with_a_new_primary_and_the_old_one_as_active(aws: Account) -> None:
    old = aws.running()["deployments"][0]

    new, before = aws.deploy("v2")["deployments"]

    assert (new["status"], short(new["taskDefinition"]), new["rolloutState"]) == ("PRIMARY", "web:2", "IN_PROGRESS")
    assert (new["desiredCount"], new["createdAt"] > old["createdAt"]) == (0, True)
    assert (before["id"], before["status"]) == (old["id"], "ACTIVE")


def test_a_rollout_moves_with_the_clock(aws: Account) -> None:
    aws.running()
    aws.deploy("v2")

    story = [aws.story(), aws.after(12).story(), aws.after(14).story()]

    assert story == [
        ["PRIMARY web:2 IN_PROGRESS 0/2", "ACTIVE web:1 COMPLETED 2/2"],
        ["PRIMARY web:2 IN_PROGRESS 2/2", "ACTIVE web:1 COMPLETED 2/2"],
        ["PRIMARY web:2 COMPLETED 2/2"],
    ]


def test_a_complete_deployment_says_so_in_ecs_own_words(aws: Account) -> None:
    service = aws.running()

    ours = service["deployments"][0]

    assert ours["rolloutStateReason"] == f"ECS deployment {ours['id']} completed."
    assert [event["message"] for event in service["events"]][:2] == [
        "(service web) has reached a steady state.",
        f"(service web) (deployment {ours['id']}) deployment completed.",
    ]


@pytest.mark.parametrize(("rollback_id", "is_old"), [("new", False), ("old", True)])
def test_a_rollback_has_the_id_that_the_settings_say(aws: Account, rollback_id: str, is_old: bool) -> None:
    aws.settings(rollback_id=rollback_id)
    old = aws.running(deploymentConfiguration=BREAKER)["deployments"][0]["id"]
    aws.deploy("crash")

    service = aws.after(28).service()

    assert (service["deployments"][0]["id"] == old) is is_old
    assert short(service["taskDefinition"]) == "web:1"


def test_a_rollback_fails_where_the_settings_say_so(aws: Account) -> None:
    aws.settings(rollback_fails=True)
    aws.running(deploymentConfiguration=BREAKER)
    aws.deploy("crash")

    assert aws.after(120).story()[0] == "PRIMARY web:1 FAILED 0/0"


def test_deployments_can_do_without_a_rollout_state(aws: Account) -> None:
    aws.settings(rollout_state=False)

    deployment = aws.running()["deployments"][0]

    assert "rolloutState" not in deployment
    assert "rolloutStateReason" not in deployment


# --- reads that lag behind


def test_describing_answers_from_before_the_update_while_reads_lag(aws: Account) -> None:
    aws.running()
    aws.settings(read_lag_seconds=10)

    aws.deploy("v2")

    assert aws.after(9).story() == ["PRIMARY web:1 COMPLETED 2/2"]
    assert aws.after(1).story()[0] == "PRIMARY web:2 IN_PROGRESS 0/2"


def test_the_history_lags_too(aws: Account) -> None:
    aws.running()
    aws.settings(read_lag_seconds=10)
    aws.deploy("v2")

    at_first = aws.ecs.list_service_deployments(cluster=CLUSTER, service="web")["serviceDeployments"]
    later = aws.after(10).ecs.list_service_deployments(cluster=CLUSTER, service="web")["serviceDeployments"]

    assert (len(at_first), len(later)) == (1, 2)


def test_a_new_service_is_missing_while_reads_lag(aws: Account) -> None:
    aws.settings(read_lag_seconds=10)
    aws.create()

    assert aws.describe("web")["failures"][0]["reason"] == "MISSING"
    assert aws.after(10).describe("web")["failures"] == []


# --- what is kept and shown


def test_a_service_names_its_revision_by_arn_whatever_it_was_asked_with(aws: Account) -> None:
    aws.running()
    aws.revision("v2")

    assert aws.update(taskDefinition="web")["taskDefinition"].startswith("arn:aws:ecs:")
    assert short(aws.service()["taskDefinition"]) == "web:2"


def test_what_a_service_was_made_with_is_kept(aws: Account) -> None:
    asked: dict[str, Any] = {
        "deploymentConfiguration": {**BREAKER, "maximumPercent": 150, "minimumHealthyPercent": 50},
        "deploymentController": {"type": "ECS"},
        "enableECSManagedTags": True,
        "enableExecuteCommand": True,
        "healthCheckGracePeriodSeconds": 30,
        "launchType": "FARGATE",
        "availabilityZoneRebalancing": "ENABLED",
        "propagateTags": "SERVICE",
    }

    service = aws.running(**asked)

    shown = {name: service[name] for name in asked}
    shown["deploymentConfiguration"] = {
        name: shown["deploymentConfiguration"][name] for name in asked["deploymentConfiguration"]
    }
    assert shown == asked


def test_a_service_made_without_a_deployment_controller_shows_none(aws: Account) -> None:
    assert "deploymentController" not in aws.running()


def test_part_of_a_deployment_configuration_leaves_the_other_parts_as_they_are(aws: Account) -> None:
    aws.running(deploymentConfiguration={**BREAKER, "maximumPercent": 150})

    shown = aws.update(deploymentConfiguration={"minimumHealthyPercent": 50})["deploymentConfiguration"]

    assert (shown["maximumPercent"], shown["minimumHealthyPercent"]) == (150, 50)
    assert shown["deploymentCircuitBreaker"] == BREAKER["deploymentCircuitBreaker"]


def test_a_change_that_starts_nothing_answers_with_the_same_primary(aws: Account) -> None:
    before = aws.running()["deployments"]

    answers = [
        aws.update(taskDefinition=before[0]["taskDefinition"]),
        aws.update(desiredCount=3),
        aws.update(deploymentConfiguration={"maximumPercent": 150}),
    ]

    assert [[d["id"] for d in answer["deployments"]] for answer in answers] == [[before[0]["id"]]] * 3


@pytest.mark.parametrize("changes", [{"forceNewDeployment": True}, {"platformVersion": "1.4.0"}])
def test_a_change_of_more_than_the_count_starts_a_deployment_of_the_same_revision(
    aws: Account, changes: dict[str, Any]
) -> None:
    before = aws.running()["deployments"][0]

    new = aws.update(**changes)["deployments"][0]

    assert new["id"] != before["id"]
    assert new["taskDefinition"] == before["taskDefinition"]


def test_tags_are_shown_only_when_they_are_asked_for(aws: Account) -> None:
    aws.running(tags=[{"key": "team", "value": "storage"}])

    assert "tags" not in aws.service()
    assert aws.describe("web", include=["TAGS"])["services"][0]["tags"] == [{"key": "team", "value": "storage"}]


# --- rules


def test_ten_services_a_call_and_not_one_more(aws: Account) -> None:
    names = [f"service-{n}" for n in range(11)]

    assert len(aws.describe(*names[:10])["failures"]) == 10
    assert refused(aws.ecs.describe_services, cluster=CLUSTER, services=names) == (
        "InvalidParameterException",
        "service names can have at most 10 items.",
    )


def test_services_are_listed_ten_at_a_time(aws: Account) -> None:
    for n in range(12):
        aws.create(f"service-{n}")

    pages = [page["serviceArns"] for page in aws.ecs.get_paginator("list_services").paginate(cluster=CLUSTER)]

    assert [len(page) for page in pages] == [10, 2]


def test_a_service_that_is_there_cannot_be_made_again(aws: Account) -> None:
    aws.create()

    assert refused(aws.create) == ("InvalidParameterException", "Creation of service was not idempotent.")


def test_a_revision_that_does_not_exist_is_refused(aws: Account) -> None:
    aws.running()

    assert refused(aws.update, taskDefinition="web:99")[0] == "ClientException"
    assert refused(aws.create, name="api", taskDefinition="ghost")[0] == "ClientException"


def test_a_revision_that_was_deregistered_is_refused(aws: Account) -> None:
    aws.running()
    gone = aws.revision("v2")
    aws.ecs.deregister_task_definition(taskDefinition=gone)

    assert refused(aws.update, taskDefinition=gone) == ("ClientException", "TaskDefinition is inactive")


def test_a_service_or_a_cluster_that_is_not_there_is_told_apart(aws: Account) -> None:
    assert aws.describe("ghost")["failures"][0]["reason"] == "MISSING"
    assert refused(aws.update, name="ghost", desiredCount=1)[0] == "ServiceNotFoundException"
    assert refused(aws.ecs.describe_services, cluster="ghost", services=["web"])[0] == "ClusterNotFoundException"


def test_a_service_of_codedeploy_has_no_deployments_and_takes_no_task_definition(aws: Account) -> None:
    service = aws.running(deploymentController={"type": "CODE_DEPLOY"})

    assert service["deployments"] == []
    assert refused(aws.deploy, tag="v2")[0] == "InvalidParameterException"


def test_a_service_with_tasks_is_deleted_by_force_only(aws: Account) -> None:
    aws.running()

    assert refused(aws.ecs.delete_service, cluster=CLUSTER, service="web")[0] == "InvalidParameterException"


def test_a_deleted_service_drains_then_is_inactive_and_is_listed_no_more(aws: Account) -> None:
    aws.running()

    aws.ecs.delete_service(cluster=CLUSTER, service="web", force=True)

    assert aws.service()["status"] == "DRAINING"
    assert aws.after(8).service()["status"] == "INACTIVE"
    assert aws.ecs.list_services(cluster=CLUSTER)["serviceArns"] == []
    assert refused(aws.deploy, tag="v2") == ("ServiceNotActiveException", "Service was not ACTIVE.")


def test_a_deleted_service_can_be_made_again(aws: Account) -> None:
    old = aws.running()["deployments"][0]["id"]
    aws.ecs.delete_service(cluster=CLUSTER, service="web", force=True)
    aws.after(8)

    assert aws.create()["deployments"][0]["id"] != old


def test_an_awsvpc_service_needs_no_vpc(aws: Account) -> None:
    network = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}

    service = aws.create(launchType="FARGATE", networkConfiguration=network)

    assert service["networkConfiguration"] == network
    assert service["deployments"][0]["networkConfiguration"] == network
