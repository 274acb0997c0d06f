"""Images and ECS services in every relation, and task definitions that hold all that a team may have put there."""

from __future__ import annotations

from typing import Any

import pytest

from release_tool.task_definition import difference
from tests.end_to_end.agreement import assert_nobody_holds, assert_one_new_revision
from tests.end_to_end.world import ACCOUNT, DEPLOY, REGION, World, cluster, image

SIDECAR = "public.ecr.aws/envoy/envoy:v1.30"


def manifest(services: str) -> str:
    return f"storage:\n  environments: [{{id: prod}}]\n  services:\n{services}"


def deployed(world: World) -> None:
    done = world.hurried(*DEPLOY)

    assert done.exit_code == 0, done
    world.finish_rollouts()
    assert_nobody_holds(world, "prod")


def test_an_image_that_feeds_three_ecs_services_redeploys_all_three(world: World) -> None:
    names = ("replicator-primary", "replicator-glacier", "replicator-azure")
    world.write_manifest(manifest(f"    - {{id: bag_replicator, ecs_services: [{', '.join(names)}]}}\n"))
    world.add_cluster("prod")
    for name in names:
        world.add_service("prod", name, {"app": image("bag_replicator", "1111111"), "envoy": SIDECAR})
    world.finish_rollouts()
    world.registered("2222222", "bag_replicator")

    deployed(world)

    for name in names:
        assert world.runs("prod", name) == {"app": image("bag_replicator", "2222222"), "envoy": SIDECAR}
    assert_one_new_revision(world, "prod", *names)
    assert len(world.proxy.sent("ssm.PutParameter")) == 1


def test_an_ecs_service_that_three_images_feed_gets_one_revision_and_one_update(world: World) -> None:
    services = ("ingests_api", "ingests_worker", "ingests_indexer")
    world.write_manifest(manifest("".join(f"    - {{id: {name}, ecs_services: [ingests]}}\n" for name in services)))
    world.add_cluster("prod")
    world.add_service("prod", "ingests", {name: image(name, "1111111") for name in services} | {"envoy": SIDECAR})
    world.finish_rollouts()
    world.registered("2222222", *services)

    deployed(world)

    assert world.runs("prod", "ingests") == {name: image(name, "2222222") for name in services} | {"envoy": SIDECAR}
    assert len(world.proxy.sent("ecs.RegisterTaskDefinition")) == 1
    (update,) = world.proxy.sent("ecs.UpdateService")
    revision = world.service("prod", "ingests")["taskDefinition"]
    assert update.sent == {"cluster": cluster("prod"), "service": "ingests", "taskDefinition": revision}
    assert {name: world.says("prod", name) for name in services} == {name: image(name, "2222222") for name in services}
    current = world.ledger.current("storage", "prod")
    assert {rollout.ecs_deployment_id for deployment in current for rollout in deployment.rollouts} == {
        world.service("prod", "ingests")["deployments"][0]["id"]
    }


def test_one_image_of_three_in_an_ecs_service_leaves_the_other_two(world: World) -> None:
    services = ("ingests_api", "ingests_worker", "ingests_indexer")
    world.write_manifest(manifest("".join(f"    - {{id: {name}, ecs_services: [ingests]}}\n" for name in services)))
    world.add_cluster("prod")
    world.add_service("prod", "ingests", {name: image(name, "1111111") for name in services})
    world.finish_rollouts()
    world.registered("2222222", *services)

    done = world.hurried("deploy", "ingests_api", "prod", "--skip_confirm")

    assert done.exit_code == 0, done
    assert world.runs("prod", "ingests") == {
        "ingests_api": image("ingests_api", "2222222"),
        "ingests_worker": image("ingests_worker", "1111111"),
        "ingests_indexer": image("ingests_indexer", "1111111"),
    }


def test_a_service_without_ecs_services_is_a_parameter_and_nothing_else(world: World) -> None:
    world.write_manifest(manifest("    - {id: bag_tagger, ecs_services: []}\n"))
    world.add_cluster("prod")
    world.registered("2222222", "bag_tagger")

    deployed(world)

    assert world.says("prod", "bag_tagger") == image("bag_tagger", "2222222")
    assert world.proxy.sent("ecs.UpdateService") == ()
    again = world.hurried(*DEPLOY)
    assert again.stdout.endswith("Nothing to deploy.\n"), again


# --- a task definition with everything in it


def log_to(group: str) -> dict[str, Any]:
    return {"logDriver": "awslogs", "options": {"awslogs-group": group, "awslogs-region": REGION}}


HEAVY: dict[str, Any] = {
    "family": "prod-bag_register",
    "taskRoleArn": f"arn:aws:iam::{ACCOUNT}:role/bag_register",
    "executionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/execution",
    "networkMode": "awsvpc",
    "requiresCompatibilities": ["FARGATE"],
    "cpu": "1024",
    "memory": "2048",
    "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
    "ephemeralStorage": {"sizeInGiB": 40},
    "enableFaultInjection": True,
    "proxyConfiguration": {
        "type": "APPMESH",
        "containerName": "envoy",
        "properties": [{"name": "ProxyIngressPort", "value": "15000"}, {"name": "IgnoredUID", "value": "1337"}],
    },
    "volumes": [
        {
            "name": "bags",
            "efsVolumeConfiguration": {
                "fileSystemId": "fs-12345678",
                "rootDirectory": "/bags",
                "transitEncryption": "ENABLED",
                "authorizationConfig": {"accessPointId": "fsap-1", "iam": "ENABLED"},
            },
        },
        {"name": "scratch"},
    ],
    "containerDefinitions": [
        {
            "name": "bag_register",
            "image": image("bag_register", "1111111"),
            "cpu": 512,
            "memory": 1024,
            "memoryReservation": 512,
            "essential": True,
            "command": ["serve", ""],
            "environment": [
                {"name": "EMPTY", "value": ""},
                {"name": "IMAGE", "value": image("bag_register", "1111111")},
            ],
            "secrets": [
                {"name": "PASSWORD", "valueFrom": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:one-AbCdEf"}
            ],
            "portMappings": [
                {"name": "http", "containerPort": 8080, "hostPort": 8080, "protocol": "tcp", "appProtocol": "http"}
            ],
            "mountPoints": [{"sourceVolume": "bags", "containerPath": "/bags", "readOnly": False}],
            "dependsOn": [{"containerName": "envoy", "condition": "HEALTHY"}],
            "healthCheck": {
                "command": ["CMD-SHELL", "true"],
                "interval": 30,
                "timeout": 5,
                "retries": 3,
                "startPeriod": 10,
            },
            "linuxParameters": {"initProcessEnabled": True},
            "ulimits": [{"name": "nofile", "softLimit": 1024, "hardLimit": 4096}],
            "restartPolicy": {"enabled": True, "ignoredExitCodes": [0], "restartAttemptPeriod": 60},
            "stopTimeout": 60,
            "logConfiguration": {"logDriver": "awsfirelens", "options": {"Name": "cloudwatch"}},
            "dockerLabels": {"team": "storage"},
            "versionConsistency": "disabled",
        },
        {
            "name": "envoy",
            "image": SIDECAR,
            "essential": True,
            "user": "1337",
            "memory": 256,
            "healthCheck": {"command": ["CMD", "true"]},
            "logConfiguration": log_to("ecs/envoy"),
        },
        {
            "name": "log_router",
            "image": "public.ecr.aws/aws-observability/aws-for-fluent-bit:stable",
            "essential": False,
            "memory": 64,
            "firelensConfiguration": {"type": "fluentbit", "options": {"enable-ecs-log-metadata": "true"}},
            "logConfiguration": log_to("ecs/log_router"),
        },
    ],
    "tags": [{"key": "managed-by", "value": "terraform"}, {"key": "empty", "value": ""}],
}


@pytest.fixture
def heavy(world: World) -> World:
    world.add_cluster("prod")
    world.ecs.register_task_definition(**HEAVY)
    world.ecs.create_service(
        cluster=cluster("prod"), serviceName="bag_register", taskDefinition="prod-bag_register:1", desiredCount=1
    )
    world.finish_rollouts()
    world.registered("2222222", "bag_register")
    return world


def test_a_heavy_task_definition_comes_out_equal_but_for_the_image_line(heavy: World) -> None:
    deployed(heavy)

    before, after = (registrable(heavy, f"prod-bag_register:{number}") for number in (1, 2))
    assert difference(before, after) == ["containerDefinitions[0].image"]
    assert after["containerDefinitions"][0]["image"] == image("bag_register", "2222222")
    (call,) = heavy.proxy.sent("ecs.RegisterTaskDefinition")
    assert set(HEAVY) <= set(call.sent)


def registrable(world: World, revision: str) -> dict[str, Any]:
    """Without what AWS adds of its own; with the tags."""
    found = world.ecs.describe_task_definition(taskDefinition=revision, include=["TAGS"])
    added = {"taskDefinitionArn", "revision", "registeredAt", "registeredBy", "deregisteredAt"}
    return {"tags": found["tags"]} | {k: v for k, v in found["taskDefinition"].items() if k not in added}
