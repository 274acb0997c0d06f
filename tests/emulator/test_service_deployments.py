"""The history that ECS keeps of a service: its second name for each deployment."""

from typing import Any

from tests.emulator.account import CLUSTER, Account, refused

BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


def listed(aws: Account, **asked: Any) -> list[dict[str, Any]]:
    return list(aws.ecs.list_service_deployments(cluster=CLUSTER, service="web", **asked)["serviceDeployments"])


def described(aws: Account, arn: str) -> dict[str, Any]:
    return dict(aws.ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"][0])


def test_its_arn_ends_with_the_number_of_the_deployments_id(aws: Account) -> None:
    service = aws.running()

    number = service["deployments"][0]["id"].removeprefix("ecs-svc/")

    assert service["currentServiceDeployment"] == (
        f"arn:aws:ecs:eu-west-1:123456789012:service-deployment/{CLUSTER}/web/{number}"
    )


def test_it_is_pending_then_in_progress_then_successful(aws: Account) -> None:
    aws.running()
    arn = aws.deploy("v2")["currentServiceDeployment"]

    story = [described(aws.after(seconds), arn)["status"] for seconds in (0, 1, 25)]

    assert story == ["PENDING", "IN_PROGRESS", "SUCCESSFUL"]


def test_the_newest_is_listed_first_and_can_be_asked_for_by_status(aws: Account) -> None:
    aws.running()
    newest = aws.deploy("v2")["currentServiceDeployment"]

    assert listed(aws)[0]["serviceDeploymentArn"] == newest
    assert [entry["status"] for entry in listed(aws, status=["SUCCESSFUL"])] == ["SUCCESSFUL"]


def test_a_rollback_is_told_with_its_reason_and_its_target(aws: Account) -> None:
    before = described(aws, aws.running(deploymentConfiguration=BREAKER)["currentServiceDeployment"])
    arn = aws.deploy("crash")["currentServiceDeployment"]

    entry = described(aws.after(60), arn)

    assert entry["status"] == "ROLLBACK_SUCCESSFUL"
    assert "tasks failed to start" in entry["statusReason"]
    assert entry["rollback"]["serviceRevisionArn"] == before["targetServiceRevision"]["arn"]
    assert entry["deploymentCircuitBreaker"] == {"status": "TRIGGERED", "failureCount": 3, "threshold": 3}


def test_a_rollback_stays_the_current_service_deployment(aws: Account) -> None:
    aws.running(deploymentConfiguration=BREAKER)
    arn = aws.deploy("crash")["currentServiceDeployment"]

    assert aws.after(60).service()["currentServiceDeployment"] == arn
    assert len(listed(aws)) == 2


def test_a_replaced_one_is_stopped_and_says_why(aws: Account) -> None:
    aws.running()
    arn = aws.deploy("v2")["currentServiceDeployment"]

    aws.deploy("v3")

    entry = described(aws, arn)
    assert entry["status"] == "STOPPED"
    assert "replaced" in entry["statusReason"]


def test_it_can_be_stopped_by_hand_with_a_rollback(aws: Account) -> None:
    aws.running()
    arn = aws.deploy("never")["currentServiceDeployment"]

    aws.ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")

    assert described(aws.after(60), arn)["status"] == "ROLLBACK_SUCCESSFUL"
    assert aws.story() == ["PRIMARY web:1 COMPLETED 2/2"]


def test_one_that_has_ended_cannot_be_stopped(aws: Account) -> None:
    arn = aws.running()["currentServiceDeployment"]

    assert refused(aws.ecs.stop_service_deployment, serviceDeploymentArn=arn)[0] == "ConflictException"


def test_blue_green_bakes_with_its_stage_shown_and_the_primary_in_progress(aws: Account) -> None:
    aws.running(deploymentConfiguration={"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5})
    arn = aws.deploy("v2")["currentServiceDeployment"]

    entry = described(aws.after(60), arn)

    assert (entry["status"], entry["lifecycleStage"]) == ("IN_PROGRESS", "BAKE_TIME")
    assert entry["deploymentConfiguration"]["bakeTimeInMinutes"] == 5
    assert aws.story()[0] == "PRIMARY web:2 IN_PROGRESS 2/2"
    assert described(aws.after(300), arn)["status"] == "SUCCESSFUL"


def test_a_service_revision_names_images_and_what_their_tags_meant_then(aws: Account) -> None:
    ecr = aws.client("ecr")
    ecr.create_repository(repositoryName="web")
    manifests = [f'{{"schemaVersion": 2, "config": {{"size": {n}}}, "mediaType": "m"}}' for n in (1, 2)]
    first = ecr.put_image(repositoryName="web", imageManifest=manifests[0], imageTag="v1")["image"]["imageId"]
    arn = described(aws, aws.running()["currentServiceDeployment"])["targetServiceRevision"]["arn"]

    ecr.put_image(repositoryName="web", imageManifest=manifests[1], imageTag="v1")

    revision = aws.ecs.describe_service_revisions(serviceRevisionArns=[arn])["serviceRevisions"][0]
    images = {image["containerName"]: image["imageDigest"] for image in revision["containerImages"]}
    assert images["app"] == first["imageDigest"]


def test_what_is_not_there_is_told_as_a_failure(aws: Account) -> None:
    arn = f"arn:aws:ecs:eu-west-1:123456789012:service-deployment/{CLUSTER}/ghost/1"

    answer = aws.ecs.describe_service_deployments(serviceDeploymentArns=[arn])

    assert answer["failures"] == [{"arn": arn, "reason": "MISSING"}]


def test_twenty_a_call_and_not_one_more(aws: Account) -> None:
    arns = [f"arn:aws:ecs:eu-west-1:123456789012:service-deployment/{CLUSTER}/ghost/{n}" for n in range(21)]

    code, _ = refused(aws.ecs.describe_service_deployments, serviceDeploymentArns=arns)

    assert code == "InvalidParameterException"
