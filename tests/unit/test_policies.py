"""What a policy is narrowed to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from release_tool.policies import DEPLOYER, KINDS, READER, REGISTRAR, Place, actions_of, policy
from tests.builders import a_project, a_service, an_environment

# Of the services' authorization references: these support no resources of their own.
WITHOUT_RESOURCES = {
    "ecr:DescribePullThroughCacheRules",
    "ecs:DeregisterTaskDefinition",
    "ecs:DescribeTaskDefinition",
    "ecs:ListTaskDefinitions",
    "ecs:ListTasks",
    "ecs:RegisterTaskDefinition",
}
STAGE = an_environment("stage", role_arn="arn:aws:iam::111111111111:role/deployer", aws_region_name="eu-west-2")
PROD = an_environment("prod", role_arn="arn:aws:iam::222222222222:role/deployer")


def resources(document: dict[str, Any], action: str) -> list[str]:
    return [r for s in document["Statement"] if action in s["Action"] for r in s["Resource"]]


def statement(document: dict[str, Any], action: str) -> dict[str, Any]:
    (found,) = (s for s in document["Statement"] if action in s["Action"])
    return dict(found)


@pytest.mark.parametrize("kind", KINDS)
def test_everything_is_narrowed_but_what_aws_cannot_narrow(kind: str) -> None:
    document = policy(kind, a_project())

    wide = {action for s in document["Statement"] if s["Resource"] == ["*"] for action in s["Action"]}

    assert wide <= WITHOUT_RESOURCES
    assert all(s["Effect"] == "Allow" and "*" not in "".join(s["Action"]) for s in document["Statement"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_policy_is_a_document_that_iam_takes(kind: str) -> None:
    document = policy(kind, a_project())

    ids = [s["Sid"] for s in document["Statement"]]
    assert document["Version"] == "2012-10-17"
    assert len(ids) == len(set(ids))
    assert all(sid.isalnum() for sid in ids)
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: a managed policy's size, blanks aside.
    assert len(json.dumps(document, separators=(",", ":"))) <= 6144


def test_a_policy_of_one_environment_says_nothing_of_another() -> None:
    document = policy(DEPLOYER, a_project(environments=(STAGE, PROD)), [STAGE])

    assert "prod" not in json.dumps(document)
    assert resources(document, "ecs:UpdateService") == ["arn:aws:ecs:eu-west-2:111111111111:service/catalogue-stage/*"]


def test_environments_of_other_accounts_and_regions_are_named_by_them() -> None:
    project = a_project(environments=(STAGE, PROD), aws_region_name="eu-west-1")

    document = policy(DEPLOYER, project)

    assert resources(document, "ssm:PutParameter") == [
        "arn:aws:ssm:eu-west-1:222222222222:parameter/catalogue/images/prod/*",
        "arn:aws:ssm:eu-west-2:111111111111:parameter/catalogue/images/stage/*",
    ]


def test_what_the_manifest_does_not_say_can_be_filled_in() -> None:
    document = policy(READER, a_project(), unsaid=Place("aws", "eu-west-1", "333333333333"))

    assert resources(document, "dynamodb:Query") == [
        "arn:aws:dynamodb:eu-west-1:333333333333:table/release-tool",
        "arn:aws:dynamodb:eu-west-1:333333333333:table/release-tool/index/*",
    ]


def test_another_partition_is_told_by_the_region() -> None:
    document = policy(READER, a_project(aws_region_name="cn-north-1"))

    assert {r.split(":")[1] for s in document["Statement"] for r in s["Resource"] if r != "*"} == {"aws-cn"}


def test_a_registrar_cannot_say_what_an_environment_shall_run() -> None:
    document = policy(REGISTRAR, a_project())

    assert resources(document, "ssm:PutParameter") == ["arn:aws:ssm:*:*:parameter/catalogue/images/latest/*"]


def test_a_deployer_cannot_say_what_was_built_last() -> None:
    document = policy(DEPLOYER, a_project())

    assert not any("/latest/" in resource for resource in resources(document, "ssm:PutParameter"))


def test_a_reader_writes_nothing() -> None:
    verbs = {action.partition(":")[2] for action in actions_of(policy(READER, a_project()))}

    assert {verb for verb in verbs if not verb.startswith(("Describe", "Get", "List", "Query"))} == set()


def test_roles_are_passed_to_tasks_alone() -> None:
    document = policy(DEPLOYER, a_project(environments=(STAGE,)))

    passing = statement(document, "iam:PassRole")

    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    assert passing["Resource"] == ["arn:aws:iam::111111111111:role/*"]


def test_tags_come_with_a_new_revision_alone() -> None:
    tagging = statement(policy(DEPLOYER, a_project(environments=(STAGE,))), "ecs:TagResource")

    assert tagging["Condition"] == {"StringEquals": {"ecs:CreateAction": "RegisterTaskDefinition"}}
    assert tagging["Resource"] == ["arn:aws:ecs:eu-west-2:111111111111:task-definition/*"]


def test_the_path_of_all_labels_is_open_only_where_services_are_looked_for_there() -> None:
    whole = "arn:aws:ssm:*:*:parameter/catalogue/images"

    listed = resources(policy(READER, a_project(a_service("web"))), "ssm:GetParametersByPath")
    looked_for = resources(policy(READER, a_project(services=None)), "ssm:GetParametersByPath")

    assert whole not in listed
    assert whole in looked_for
    assert f"{whole}/prod" in listed
    assert not any(resource.endswith("*") for resource in listed)
