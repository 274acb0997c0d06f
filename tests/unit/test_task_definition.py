"""The copy of a revision: what changes, and the proof that nothing else does."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from release_tool.image import Image
from release_tool.task_definition import (
    TaskDefinition,
    claimed_containers,
    clone,
    difference,
    family_arn,
    revision_number,
    short_revision,
)
from tests.builders import ACCOUNT, ECR, a_definition, an_image, fields_of, revision_arn, uri_of
from tests.shapes import of_register_task_definition, values_of

OLD, NEW = uri_of("web", "1111111"), uri_of("web", "2222222")

HEAVY: dict[str, Any] = {
    "family": "catalogue-prod-web",
    "taskRoleArn": f"arn:aws:iam::{ACCOUNT}:role/web",
    "executionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/web-execution",
    "networkMode": "awsvpc",
    "containerDefinitions": [
        {
            "name": "web",
            "image": OLD,
            "cpu": 0,
            "memoryReservation": 512,
            "essential": True,
            "portMappings": [{"containerPort": 8080, "hostPort": 8080, "protocol": "tcp", "appProtocol": "http2"}],
            "environment": [{"name": "EMPTY", "value": ""}, {"name": "SPACE", "value": " "}],
            "environmentFiles": [],
            "secrets": [
                {"name": "KEY", "valueFrom": f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:key-AbCdEf:json::"}
            ],
            "mountPoints": [{"sourceVolume": "shared", "containerPath": "/shared", "readOnly": False}],
            "volumesFrom": [],
            "dependsOn": [{"containerName": "log_router", "condition": "START"}],
            "restartPolicy": {"enabled": True, "ignoredExitCodes": [0, 143], "restartAttemptPeriod": 60},
            "healthCheck": {"command": ["CMD-SHELL", "curl -f http://localhost:8080/ || exit 1"], "interval": 30},
            "logConfiguration": {
                "logDriver": "awsfirelens",
                "options": {"Name": "cloudwatch", "region": "eu-west-1"},
                "secretOptions": [{"name": "apikey", "valueFrom": "/catalogue/apikey"}],
            },
            "linuxParameters": {"initProcessEnabled": True, "capabilities": {"add": [], "drop": ["ALL"]}},
            "ulimits": [{"name": "nofile", "softLimit": 65536, "hardLimit": 65536}],
            "dockerLabels": {"org.example.team": "catalogue"},
            "versionConsistency": "enabled",
            "systemControls": [],
        },
        {
            "name": "log_router",
            "image": "public.ecr.aws/aws-observability/aws-for-fluent-bit:stable",
            "essential": True,
            "user": "0",
            "firelensConfiguration": {"type": "fluentbit", "options": {"enable-ecs-log-metadata": "true"}},
        },
        {"name": "envoy", "image": "840364872350.dkr.ecr.eu-west-1.amazonaws.com/aws-appmesh-envoy:v1.29.6.1-prod"},
    ],
    "volumes": [
        {
            "name": "shared",
            "efsVolumeConfiguration": {
                "fileSystemId": "fs-0123456789abcdef0",
                "rootDirectory": "/",
                "transitEncryption": "ENABLED",
                "authorizationConfig": {"accessPointId": "fsap-0123456789abcdef0", "iam": "ENABLED"},
            },
        },
        {"name": "scratch", "host": {}},
    ],
    "placementConstraints": [],
    "requiresCompatibilities": ["FARGATE"],
    "cpu": "1024",
    "memory": "2048",
    "proxyConfiguration": {
        "type": "APPMESH",
        "containerName": "envoy",
        "properties": [{"name": "ProxyIngressPort", "value": "15000"}, {"name": "EgressIgnoredPorts", "value": ""}],
    },
    "ephemeralStorage": {"sizeInGiB": 21},
    "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
    "enableFaultInjection": False,
    "tags": [{"key": "Owner", "value": ""}, {"key": "Environment", "value": "prod"}],
}


def of(fields: dict[str, Any]) -> TaskDefinition:
    return TaskDefinition(revision_arn(), "web", 1, fields)


# --- the copy


def test_a_heavy_definition_is_copied_to_the_last_byte_but_for_the_image() -> None:
    expected = deepcopy(HEAVY)
    expected["containerDefinitions"][0]["image"] = NEW

    copy = clone(of(HEAVY), {"web": NEW})

    assert as_bytes(copy) == as_bytes(expected)


def test_copying_leaves_the_original_as_it_is() -> None:
    definition = of(deepcopy(HEAVY))

    clone(definition, {"web": NEW})["containerDefinitions"][0]["environment"].clear()

    assert definition.fields == HEAVY


def test_several_images_change_in_one_copy() -> None:
    definition = a_definition(images={"api": "api:1", "web": "web:1", "sidecar": "envoy:1"})

    copy = clone(definition, {"api": "api:2", "web": "web:2"})

    assert [c["image"] for c in copy["containerDefinitions"]] == ["api:2", "web:2", "envoy:1"]


def test_a_copy_without_a_change_is_equal() -> None:
    assert clone(of(HEAVY), {"web": OLD}) == HEAVY


def test_a_copy_that_differs_anywhere_else_never_leaves() -> None:
    class DifferentWhenCopied(dict[str, Any]):
        def __deepcopy__(self, memo: object) -> dict[str, Any]:
            return {**self, "cpuArchitecture": "X86_64"}

    odd = {**fields_of(), "runtimePlatform": DifferentWhenCopied(cpuArchitecture="ARM64")}

    with pytest.raises(AssertionError, match=r"runtimePlatform\.cpuArchitecture"):
        clone(of(odd), {"web": NEW})


DEFINITIONS = values_of(of_register_task_definition())


@given(DEFINITIONS, st.data())
def test_whatever_ecs_knows_of_is_copied_and_only_image_lines_differ(
    fields: dict[str, Any], data: st.DataObject
) -> None:
    before = as_bytes(fields)
    names = sorted({c["name"] for c in fields["containerDefinitions"] if "name" in c})
    named = data.draw(st.lists(st.sampled_from(names), unique=True)) if names else []

    copy = clone(of(fields), dict.fromkeys(named, NEW))

    assert as_bytes(fields) == before
    assert [c.get("image") for c in copy["containerDefinitions"]] == [
        NEW if c.get("name") in named else c.get("image") for c in fields["containerDefinitions"]
    ]
    assert as_bytes(without_images(copy)) == as_bytes(without_images(fields))


@settings(max_examples=30)
@given(DEFINITIONS)
def test_a_copy_is_what_ecs_takes(fields: dict[str, Any]) -> None:
    names = [c["name"] for c in fields["containerDefinitions"] if "name" in c]

    copy = clone(of(fields), dict.fromkeys(names, NEW))

    assert ParamValidator().validate(copy, of_register_task_definition()).generate_report() == ""


def as_bytes(fields: object) -> bytes:
    """True is not 1 here, as it is not for AWS."""
    return json.dumps(fields, sort_keys=True).encode()


def without_images(fields: dict[str, Any]) -> dict[str, Any]:
    containers = [{k: v for k, v in c.items() if k != "image"} for c in fields["containerDefinitions"]]
    return {**fields, "containerDefinitions": containers}


# --- what differs


@pytest.mark.parametrize(
    ("one", "other", "places"),
    [
        ({"cpu": "256"}, {"cpu": "256"}, []),
        ({"cpu": "256"}, {"cpu": "512"}, ["cpu"]),
        ({"cpu": "256"}, {}, ["cpu"]),
        ({}, {"memory": "512"}, ["memory"]),
        ({"a": {"b": [{"c": 1}]}}, {"a": {"b": [{"c": 2}]}}, ["a.b[0].c"]),
        ({"a": [1, 2]}, {"a": [1]}, ["a"]),
        ({"a": [1, 2]}, {"a": [2, 1]}, ["a[0]", "a[1]"]),
        ({"a": 1}, {"a": True}, ["a"]),
        ({"a": ""}, {"a": None}, ["a"]),
        ({"a": []}, {}, ["a"]),
    ],
    ids=lambda value: json.dumps(value),
)
def test_each_place_that_differs_is_named(one: Any, other: Any, places: list[str]) -> None:
    assert difference(one, other) == places


@settings(max_examples=30)
@given(DEFINITIONS, DEFINITIONS)
def test_two_definitions_differ_nowhere_exactly_when_they_are_the_same(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert difference(one, deepcopy(one)) == []
    assert (difference(one, other) == []) is (as_bytes(one) == as_bytes(other))


# --- which containers are a service's

SIDECAR = "public.ecr.aws/x/envoy:1"


def claimed(images: dict[str, str], wanted: Image | None = None, named: str | None = None) -> list[str]:
    return claimed_containers(a_definition(images=images), wanted or an_image("web", "2222222"), "web", named)


def test_the_container_that_the_manifest_names_comes_first() -> None:
    assert claimed({"web": OLD, "app": SIDECAR}, named="app") == ["app"]


def test_a_named_container_that_is_not_there_is_not_guessed() -> None:
    assert claimed({"web": OLD}, named="app") == []


def test_else_those_that_run_the_same_repository() -> None:
    images = {"web": SIDECAR, "app": OLD, "worker": uri_of("web", "0000000")}

    assert claimed(images) == ["app", "worker"]


@pytest.mark.parametrize(
    "uri",
    [
        "999999999999.dkr.ecr.us-east-1.amazonaws.com/web:1111111",
        f"{ECR}/web@sha256:{'a' * 64}",
        f"{ECR}/web:1111111@sha256:{'a' * 64}",
        f"{ECR}/web",
    ],
)
def test_between_ecr_registries_account_and_region_and_build_may_differ(uri: str) -> None:
    assert claimed({"app": uri, "sidecar": SIDECAR}) == ["app"]


@pytest.mark.parametrize(
    "uri", [f"{ECR}/web-admin:1111111", f"{ECR}/team/web:1111111", "registry.example:5000/web:1111111", "web:1111111"]
)
def test_another_repository_or_another_registry_is_not_the_same(uri: str) -> None:
    assert claimed({"app": uri, "sidecar": SIDECAR}) == []


@pytest.mark.parametrize(("uri", "found"), [("host:5000/web:1", ["app"]), ("host:5001/web:1", [])])
def test_a_registrys_port_is_a_part_of_its_name(uri: str, found: list[str]) -> None:
    images = {"app": uri, "sidecar": SIDECAR}

    assert claimed(images, wanted=Image.parse("host:5000/web:2")) == found


def test_else_the_only_container() -> None:
    assert claimed({"main": "busybox:1"}) == ["main"]


def test_else_the_one_that_is_called_as_the_service() -> None:
    assert claimed({"web": "busybox:1", "sidecar": SIDECAR}) == ["web"]


def test_where_nothing_tells_no_container_is_claimed() -> None:
    assert claimed({"main": "busybox:1", "sidecar": SIDECAR}) == []


def test_an_image_that_no_grammar_knows_belongs_to_nobody() -> None:
    assert claimed({"app": "NOT AN IMAGE", "sidecar": SIDECAR}) == []


# --- names


def test_a_revision_has_a_family_a_number_and_a_name_that_people_say() -> None:
    arn = revision_arn("web", 12)

    assert (family_arn(arn), revision_number(arn), short_revision(arn)) == (arn.removesuffix(":12"), 12, "web:12")
    assert a_definition(revision=12).short == "web:12"
