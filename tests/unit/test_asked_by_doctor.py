"""What only `doctor` asks of AWS, and how the answers are read."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from release_tool.aws.ledger.inspection import LedgerTable, faults_of
from release_tool.aws.ledger.table import make_table, table_definition
from release_tool.aws.permissions import IamPermissions, principal_of
from release_tool.aws.platforms import EcrPlatforms, fetched
from release_tool.demo.emulator import emulated_aws
from release_tool.errors import AskedWrongly, AwsRefused, CouldNot
from release_tool.policies import DEPLOYER, policy
from release_tool.ports import Built
from tests.builders import a_project, an_image
from tests.fakes.clock import HandClock

ROLE = "arn:aws:iam::123456789012:role/deployer"
PARAMETERS = "arn:aws:ssm:eu-west-1:123456789012:parameter/catalogue/images/prod/*"
STATEMENT = {"Action": ["ssm:PutParameter"], "Resource": [PARAMETERS]}


# --- the table


def test_the_table_that_init_makes_has_no_fault() -> None:
    with emulated_aws():
        client = boto3.client("dynamodb")
        make_table(client, "release-tool", HandClock())

        assert LedgerTable(client, "release-tool").faults() == ()


def test_a_table_that_is_not_there_is_said_to_be_made_by_init() -> None:
    with emulated_aws(), pytest.raises(AskedWrongly, match="release-tool init"):
        LedgerTable(boto3.client("dynamodb"), "release-tool").faults()


def described(**other: Any) -> dict[str, Any]:
    return {**table_definition("release-tool"), **other}


def test_every_fault_of_a_table_is_told() -> None:
    history, of_environment = table_definition("release-tool")["GlobalSecondaryIndexes"]
    faulty = {**history, "Projection": {"ProjectionType": "KEYS_ONLY"}}

    found = list(faults_of(described(GlobalSecondaryIndexes=[faulty], DeletionProtectionEnabled=False)))

    assert found == [
        "the index `history` of the table `release-tool` does not have all attributes",
        f"the index `{of_environment['IndexName']}` of the table `release-tool` is missing",
        "the table `release-tool` can be deleted by one call: turn its deletion protection on",
    ]


def test_a_table_with_other_keys_is_no_ledger() -> None:
    (found,) = faults_of(described(KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}]))

    assert "has other keys than a ledger's" in found


def test_a_key_of_another_type_is_told() -> None:
    attributes = [{**a, "AttributeType": "S"} for a in table_definition("release-tool")["AttributeDefinitions"]]

    (found,) = faults_of(described(AttributeDefinitions=attributes))

    assert found == "the table `release-tool` has the key `number` of another type"


# --- permissions


@pytest.mark.parametrize(
    ("arn", "principal"),
    [
        ("arn:aws:sts::123456789012:assumed-role/deployer/ada", ROLE),
        ("arn:aws:iam::123456789012:user/people/ada", "arn:aws:iam::123456789012:user/people/ada"),
        ("arn:aws-cn:sts::123456789012:assumed-role/deployer/ada", "arn:aws-cn:iam::123456789012:role/deployer"),
        ("arn:aws:iam::123456789012:root", None),
    ],
)
def test_the_policies_that_count_are_those_of_the_role_behind_a_session(arn: str, principal: str | None) -> None:
    assert principal_of(arn) == principal


def test_a_federated_user_is_told_to_be_nobody_that_can_be_simulated() -> None:
    with pytest.raises(CouldNot):
        principal_of("arn:aws:sts::123456789012:federated-user/ada")


@pytest.fixture
def iam() -> Any:
    return boto3.client("iam")


def expected(statement: dict[str, Any], context: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "PolicySourceArn": ROLE,
        "ActionNames": statement["Action"],
        "ResourceArns": statement["Resource"],
        "ContextEntries": context,
    }


def simulated(action: str, **decisions: str) -> dict[str, Any]:
    return {
        "EvalActionName": action,
        "EvalResourceName": "*",
        "EvalDecision": "allowed",
        "ResourceSpecificResults": [
            {"EvalResourceName": f"arn:aws:ssm:::{name}", "EvalResourceDecision": decision}
            for name, decision in decisions.items()
        ],
    }


def test_what_is_refused_is_told_with_its_resource(iam: Any) -> None:
    results = [simulated("ssm:PutParameter", one="allowed", other="implicitDeny", third="explicitDeny")]
    with Stubber(iam) as stub:
        stub.add_response("simulate_principal_policy", {"EvaluationResults": results}, expected(STATEMENT, []))

        denied = IamPermissions(iam).denied("arn:aws:sts::123456789012:assumed-role/deployer/ada", [STATEMENT])

    assert denied == ("ssm:PutParameter on arn:aws:ssm:::other", "ssm:PutParameter on arn:aws:ssm:::third")


def test_an_action_without_resources_is_told_by_itself(iam: Any) -> None:
    statement = {"Action": ["ecs:DescribeTaskDefinition"], "Resource": ["*"]}
    result = {"EvalActionName": "ecs:DescribeTaskDefinition", "EvalDecision": "implicitDeny", "EvalResourceName": "*"}
    with Stubber(iam) as stub:
        stub.add_response("simulate_principal_policy", {"EvaluationResults": [result]}, expected(statement, []))

        assert IamPermissions(iam).denied(ROLE, [statement]) == ("ecs:DescribeTaskDefinition",)


def test_conditions_are_met_as_our_calls_meet_them(iam: Any) -> None:
    (passing,) = (s for s in policy(DEPLOYER, a_project())["Statement"] if s["Sid"] == "PassRolesToTasks")
    context = [
        {
            "ContextKeyName": "iam:PassedToService",
            "ContextKeyValues": ["ecs-tasks.amazonaws.com"],
            "ContextKeyType": "string",
        }
    ]
    with Stubber(iam) as stub:
        stub.add_response("simulate_principal_policy", {"EvaluationResults": []}, expected(passing, context))

        assert IamPermissions(iam).denied(ROLE, [passing]) == ()


def test_who_may_not_simulate_is_told_so(iam: Any) -> None:
    with Stubber(iam) as stub:
        stub.add_client_error("simulate_principal_policy", "AccessDenied", "not authorized")

        with pytest.raises(AwsRefused):
            IamPermissions(iam).denied(ROLE, [STATEMENT])


def test_an_accounts_root_is_asked_nothing(iam: Any) -> None:
    with Stubber(iam):
        assert IamPermissions(iam).denied("arn:aws:iam::123456789012:root", [STATEMENT]) == ()


# --- platforms


class Registry:
    """One image, whose manifest is this."""

    def __init__(self, manifest: dict[str, Any]) -> None:
        self._manifest = manifest

    def batch_get_image(self, **_: Any) -> dict[str, Any]:
        return {"images": [{"imageManifest": json.dumps(self._manifest)}]}

    def get_download_url_for_layer(self, *, layerDigest: str, **_: Any) -> dict[str, Any]:  # noqa: N803 - AWS's name
        return {"downloadUrl": f"https://layers.example.org/{layerDigest}"}


def built(manifest: dict[str, Any], configuration: dict[str, Any] | None = None) -> Built:
    image = an_image()
    platforms = EcrPlatforms(lambda region: Registry(manifest), lambda url: json.dumps(configuration).encode())
    return platforms.of([image])[image.uri]


def test_an_index_says_what_it_is_built_for_and_what_is_attested_is_no_platform() -> None:
    index = {
        "manifests": [
            {"platform": {"os": "linux", "architecture": "arm64", "variant": "v8"}},
            {"platform": {"os": "linux", "architecture": "amd64"}},
            {"platform": {"os": "unknown", "architecture": "unknown"}},
        ]
    }

    assert built(index) == Built(("linux/amd64", "linux/arm64"))


def test_a_single_image_says_it_in_its_configuration() -> None:
    manifest = {"config": {"digest": "sha256:aa"}}

    assert built(manifest, {"os": "linux", "architecture": "arm64"}) == Built(("linux/arm64",))


def test_an_image_that_says_nothing_is_not_guessed_at() -> None:
    assert built({}).unknown_because == "the image's manifest does not say what it is built for"
    assert built({"manifests": []}).unknown_because is not None


def test_a_layer_is_fetched_by_https_alone() -> None:
    with pytest.raises(ValueError, match="https"):
        fetched("file:///etc/passwd")


def test_who_may_not_pull_is_told_which_permission_is_missing() -> None:
    image, ecr = an_image(), boto3.client("ecr")
    with Stubber(ecr) as stub:
        message = "User: x is not authorized to perform: ecr:BatchGetImage on resource: y"
        stub.add_client_error("batch_get_image", "AccessDeniedException", message)

        told = EcrPlatforms(lambda region: ecr).of([image])

    assert told == {image.uri: Built(unknown_because="ecr:BatchGetImage is not allowed")}
