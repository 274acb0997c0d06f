"""`modules/policies` allows what `release-tool doctor` prints with --policy, and never more.

The module needs no provider, so that real Terraform writes its documents here.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from release_tool.manifest import load_manifest
from tests.terraform.configuration import ROOT, terraform

policies = pytest.importorskip("release_tool.policies")
pytestmark = pytest.mark.skipif(shutil.which("terraform") is None, reason="Terraform is not installed")

KINDS = ("deployer", "registrar", "reader")
MANIFESTS = {
    "one account": "storage: {environments: [{id: stage}, {id: prod, cluster: live}], services: [{id: api}]}",
    "services that nobody lists": "storage: {environments: [{id: prod}], ledger_table: the-record}",
    "two accounts": """
        storage:
          aws_region_name: eu-west-1
          role_arn: arn:aws:iam::123456789012:role/deployer
          environments:
            - id: stage
            - {id: prod, aws_region_name: eu-west-2, role_arn: "arn:aws:iam::210987654321:role/deployer"}
          services: [{id: api}]
        """,
}
INPUTS: dict[str, dict[str, Any]] = {
    "one account": {"environments": {"stage": {}, "prod": {"cluster": "live"}}},
    "services that nobody lists": {
        "environments": {"prod": {}},
        "ledger_table": "the-record",
        "manifest_lists_services": False,
    },
    "two accounts": {
        "environments": {"stage": {}, "prod": {"region": "eu-west-2", "account_id": "210987654321"}},
        "region": "eu-west-1",
        "account_id": "123456789012",
        "role_arns": ["arn:aws:iam::123456789012:role/*", "arn:aws:iam::210987654321:role/*"],
    },
}
AS_WIDE_AS_CAN_BE = {
    "project": "storage",
    "region": "*",
    "account_id": "*",
    "families": ["*"],
    "role_arns": ["arn:aws:iam::*:role/*"],
    "repository_arns": ["arn:aws:ecr:*:*:repository/*"],
}


def written_by_terraform(folder: Path, **inputs: Any) -> CompletedProcess[str]:
    shutil.copytree(ROOT / "modules" / "policies", folder / "policies")
    root = {
        "module": {"policies": {"source": "./policies", **inputs}},
        "output": {kind: {"value": f"${{module.policies.{kind}}}"} for kind in KINDS},
    }
    (folder / "main.tf.json").write_text(json.dumps(root), "utf-8")
    terraform(folder, "init", "-input=false")
    return terraform(folder, "apply", "-auto-approve", "-input=false", "-no-color")


def documents(folder: Path, **inputs: Any) -> dict[str, dict[str, Any]]:
    written = written_by_terraform(folder, **inputs)
    assert written.returncode == 0, written.stderr
    outputs = json.loads(terraform(folder, "output", "-json").stdout)
    return {kind: json.loads(outputs[kind]["value"]) for kind in KINDS}


def grants(document: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Action, condition and resource, one by one."""
    for statement in document["Statement"]:
        assert statement["Effect"] == "Allow"
        for action in statement["Action"]:
            for resource in statement["Resource"]:
                yield action, json.dumps(in_order(statement.get("Condition", {})), sort_keys=True), resource


def in_order(condition: Any) -> Any:
    if isinstance(condition, dict):
        return {key: in_order(value) for key, value in condition.items()}
    return sorted(condition) if isinstance(condition, list) else condition


@pytest.mark.parametrize("case", MANIFESTS)
def test_terraform_allows_each_action_that_the_program_prints_and_nothing_wider(case: str, tmp_path: Path) -> None:
    project = load_manifest(MANIFESTS[case], "manifest").project("storage")

    made = documents(tmp_path, **{**AS_WIDE_AS_CAN_BE, **INPUTS[case]})

    for kind in KINDS:
        printed = set(grants(policies.policy(kind, project)))
        for action, condition, resource in grants(made[kind]):
            covering = {r for a, c, r in printed if (a, c) == (action, condition) and fnmatchcase(resource, r)}
            assert covering, f"{kind}: {action} on {resource} is more than the program prints"
        assert policies.actions_of(made[kind]) == policies.actions_of(policies.policy(kind, project))


@pytest.mark.parametrize("case", MANIFESTS)
def test_said_as_widely_as_can_be_terraform_reaches_all_that_the_program_prints(case: str, tmp_path: Path) -> None:
    project = load_manifest(MANIFESTS[case], "manifest").project("storage")

    made = documents(tmp_path, **{**AS_WIDE_AS_CAN_BE, **INPUTS[case]})

    for kind in KINDS:
        reached = set(grants(made[kind]))
        for action, condition, resource in grants(policies.policy(kind, project)):
            if action in ("ecs:RegisterTaskDefinition", "ecs:TagResource", "iam:PassRole"):
                continue  # Terraform knows which, and names them: the next test
            assert (action, condition, resource) in reached, f"{kind}: {action} on {resource} is missing"


def test_what_only_terraform_knows_narrows_the_deployer(tmp_path: Path) -> None:
    role = "arn:aws:iam::123456789012:role/storage-prod-task"
    made = documents(
        tmp_path,
        project="storage",
        region="eu-west-1",
        account_id="123456789012",
        environments={"prod": {}},
        families=["storage-prod-*"],
        role_arns=[role],
        repository_arns=["arn:aws:ecr:eu-west-1:123456789012:repository/uk.ac.wellcome/*"],
    )

    reached = {(action, resource) for action, _, resource in grants(made["deployer"])}

    family = "arn:aws:ecs:eu-west-1:123456789012:task-definition/storage-prod-*:*"
    assert {r for a, r in reached if a in ("ecs:RegisterTaskDefinition", "ecs:TagResource")} == {family}
    assert {r for a, r in reached if a == "iam:PassRole"} == {role}
    assert {a for a, r in reached if r == "*"} == {
        "ecr:DescribePullThroughCacheRules",
        "ecs:DeregisterTaskDefinition",
        "ecs:DescribeTaskDefinition",
        "ecs:ListTaskDefinitions",
        "ecs:ListTasks",
    }


def test_a_deployer_may_do_what_a_reader_may(tmp_path: Path) -> None:
    made = documents(tmp_path, **{**AS_WIDE_AS_CAN_BE, **INPUTS["one account"]})

    assert set(grants(made["reader"])) < set(grants(made["deployer"]))


def test_a_document_fits_into_a_managed_policy(tmp_path: Path) -> None:
    """6144 characters without blanks: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    made = documents(
        tmp_path,
        project="catalogue_pipeline",
        region="eu-west-1",
        account_id="123456789012",
        environments={f"environment-{n}": {} for n in range(5)},
        families=["catalogue_pipeline-*"],
        role_arns=["arn:aws:iam::123456789012:role/catalogue_pipeline-*"],
        repository_arns=["arn:aws:ecr:eu-west-1:123456789012:repository/uk.ac.wellcome/*"],
    )

    assert max(len(json.dumps(document, separators=(",", ":"))) for document in made.values()) <= 6144


@pytest.mark.parametrize(
    ("input_", "value", "told"),
    [
        ("project", "aws-storage", "A project's id"),
        ("project", "storage/api", "A project's id"),
        ("environments", {}, "one environment at least"),
        ("environments", {"latest": {}}, "is a label"),
        ("families", [], "one family at least"),
        ("role_arns", [], "one role's ARN at least"),
        ("role_arns", ["deployer"], "one role's ARN at least"),
        ("repository_arns", ["uk.ac.wellcome/api"], "one ECR repository's ARN at least"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(input_: str, value: Any, told: str, tmp_path: Path) -> None:
    inputs = {**AS_WIDE_AS_CAN_BE, **INPUTS["one account"], input_: value}

    refused = written_by_terraform(tmp_path, **inputs)

    assert refused.returncode == 1
    assert told in " ".join(refused.stderr.replace("│", " ").split())
