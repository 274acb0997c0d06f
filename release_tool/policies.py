"""What AWS has to allow for each kind of work, as IAM policy documents: nothing that no command asks for.

Which actions support which resources and conditions is AWS's to say:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html, and beside
it list_awssystemsmanager.html, list_amazondynamodb.html, list_amazonelasticcontainerregistry.html. An action without
resources of its own stands on `*`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from release_tool.model import LATEST, Environment, Project

Statement = dict[str, Any]

READER, REGISTRAR, DEPLOYER = "reader", "registrar", "deployer"

COMMANDS = {
    READER: ("status", "history", "diff", "dashboard", "doctor"),
    REGISTRAR: ("register",),
    DEPLOYER: ("deploy", "rollback", "wait", "unlock"),
}
"""Who needs what for which commands. A deployer may do what a reader may; `init` is for whoever makes the table."""

KINDS = tuple(COMMANDS)

BEYOND_A_READER = frozenset({"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "iam:SimulatePrincipalPolicy"})
"""What `doctor` tries as well, and says "not checked" where it is refused: a reader need not be able to pull images,
nor to look into the permissions of others."""


@dataclass(frozen=True, slots=True)
class Place:
    """One account and region; `*` for what the manifest does not say."""

    partition: str = "aws"
    region: str = "*"
    account: str = "*"

    def arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a policy is about: a project, some of its environments, and where they are."""

    project: Project
    environments: tuple[Environment, ...]
    unsaid: Place = Place()

    def place_of(self, environment: Environment | None) -> Place:
        """By the manifest; what it leaves out is `unsaid`."""
        role_arn = (environment and environment.role_arn) or self.project.role_arn
        region = (environment and environment.aws_region_name) or self.project.aws_region_name
        partition, account = _owner(role_arn) if role_arn is not None else (None, None)
        return Place(
            partition or _partition_of(region) or self.unsaid.partition,
            region or self.unsaid.region,
            account or self.unsaid.account,
        )


def policy(
    kind: str, project: Project, environments: Sequence[Environment] | None = None, unsaid: Place | None = None
) -> dict[str, Any]:
    """`environments` are all of the project's unless some are named; `unsaid` fills in what the manifest leaves out."""
    chosen = project.environments if environments is None else tuple(environments)
    scope = Scope(project, chosen, unsaid or Place())
    return {"Version": "2012-10-17", "Statement": list(_STATEMENTS[kind](scope))}


def actions_of(document: dict[str, Any]) -> frozenset[str]:
    return frozenset(action for statement in document["Statement"] for action in statement["Action"])


# --- kinds


def _registrar(scope: Scope) -> Iterable[Statement]:
    """What was built last, and nothing that is about an environment: that is a deployer's."""
    place = scope.place_of(None)
    yield _allow("RegisterImages", ["ssm:PutParameter"], [place.arn("ssm", _parameters(scope, LATEST))])
    yield from _registries(scope)


def _reader(scope: Scope) -> Iterable[Statement]:
    yield _allow("ListImages", ["ssm:GetParametersByPath"], _paths(scope, _labels(scope)))
    yield from _reading_services(scope)
    yield from _registries(scope)
    # DescribeTable is what `doctor` holds the table against.
    yield _on_the_ledger("ReadLedger", scope, ["dynamodb:DescribeTable", "dynamodb:Query"])


def _deployer(scope: Scope) -> Iterable[Statement]:
    yield from _reader(scope)
    places = [(scope.place_of(e), e) for e in scope.environments]
    read = [place.arn("ssm", _parameters(scope, label)) for place, label in _labels(scope)]
    yield _allow("ReadImages", ["ssm:GetParameters"], read)
    written = [place.arn("ssm", _parameters(scope, e.id)) for place, e in places]
    yield _allow("SayWhatShallRun", ["ssm:PutParameter"], written)
    updated = [place.arn("ecs", f"service/{e.cluster}/*") for place, e in places]
    yield _allow("UpdateServices", ["ecs:UpdateService"], updated)
    yield from _looking_at_tasks(places)
    yield from _making_revisions(places)
    # A transaction needs what its parts need, and nothing of its own:
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
    calls = ["BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "UpdateItem"]
    yield _on_the_ledger("WriteLedger", scope, [f"dynamodb:{call}" for call in calls])


_STATEMENTS = {READER: _reader, REGISTRAR: _registrar, DEPLOYER: _deployer}


# --- parameters


def _labels(scope: Scope) -> list[tuple[Place, str]]:
    return [(scope.place_of(None), LATEST), *((scope.place_of(e), e.id) for e in scope.environments)]


def _paths(scope: Scope, labels: Sequence[tuple[Place, str]]) -> list[str]:
    """Asked of the path itself, which then opens all below it:
    https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html

    Where the manifest lists no services, every label is looked through for them.
    """
    paths = [p.arn("ssm", f"parameter/{scope.project.id}/images/{label}") for p, label in labels]
    if scope.project.services is None:
        paths += [p.arn("ssm", f"parameter/{scope.project.id}/images") for p, _ in labels]
    return paths


def _parameters(scope: Scope, label: str) -> str:
    return f"parameter/{scope.project.id}/images/{label}/*"


# --- ECS


def _reading_services(scope: Scope) -> Iterable[Statement]:
    looked_at = [
        scope.place_of(e).arn("ecs", f"{what}/{e.cluster}/*")
        for e in scope.environments
        for what in ("service", "service-deployment")
    ]
    yield _allow("ReadServices", ["ecs:DescribeServices", "ecs:DescribeServiceDeployments"], looked_at)
    yield _allow("ReadRevisions", ["ecs:DescribeTaskDefinition"], ["*"])


def _looking_at_tasks(places: Sequence[tuple[Place, Environment]]) -> Iterable[Statement]:
    """Tasks are listed by cluster, and the cluster is a condition."""
    clusters = [place.arn("ecs", f"cluster/{e.cluster}") for place, e in places]
    yield _allow("ListTasks", ["ecs:ListTasks"], ["*"], {"ArnLike": {"ecs:cluster": _sorted(clusters)}})
    yield _allow("ReadTasks", ["ecs:DescribeTasks"], [place.arn("ecs", f"task/{e.cluster}/*") for place, e in places])


def _making_revisions(places: Sequence[tuple[Place, Environment]]) -> Iterable[Statement]:
    makes = ["ecs:DeregisterTaskDefinition", "ecs:ListTaskDefinitions", "ecs:RegisterTaskDefinition"]
    yield _allow("MakeRevisions", makes, ["*"])
    # A copy keeps its origin's tags, and tags that come with a call are asked for beside it, on the family and its
    # revisions: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html
    yield _allow(
        "KeepTags",
        ["ecs:TagResource"],
        [place.arn("ecs", "task-definition/*") for place, _ in places],
        {"StringEquals": {"ecs:CreateAction": "RegisterTaskDefinition"}},
    )
    # A revision names its task role and its execution role, and registering it hands them to ECS's tasks:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html. Which roles, only Terraform knows.
    yield _allow(
        "PassRolesToTasks",
        ["iam:PassRole"],
        [f"arn:{place.partition}:iam::{place.account}:role/*" for place, _ in places],
        {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
    )


# --- registries and the ledger


def _registries(scope: Scope) -> Iterable[Statement]:
    """Images are asked for in whichever account and region their URIs name."""
    partition = scope.place_of(None).partition
    yield _allow("FindImages", ["ecr:DescribeImages"], [f"arn:{partition}:ecr:*:*:repository/*"])
    yield _allow("KnowCaches", ["ecr:DescribePullThroughCacheRules"], ["*"])


def _on_the_ledger(sid: str, scope: Scope, actions: Sequence[str]) -> Statement:
    """An index is a resource of its own:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/api-permissions-reference.html"""
    table = scope.place_of(None).arn("dynamodb", f"table/{scope.project.ledger_table}")
    return _allow(sid, actions, [table, f"{table}/index/*"] if "dynamodb:Query" in actions else [table])


# --- below


def _allow(
    sid: str, actions: Sequence[str], resources: Iterable[str], condition: dict[str, Any] | None = None
) -> Statement:
    allowed: Statement = {"Sid": sid, "Effect": "Allow", "Action": sorted(actions), "Resource": _sorted(resources)}
    return allowed if condition is None else {**allowed, "Condition": condition}


def _sorted(texts: Iterable[str]) -> list[str]:
    return sorted(set(texts))


def _owner(role_arn: str) -> tuple[str, str]:
    _, partition, _, _, account, _ = role_arn.split(":", 5)
    return partition, account


def _partition_of(region: str | None) -> str | None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html"""
    beginnings = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "eusc-": "aws-eusc"}
    if region is None:
        return None
    return next((partition for begin, partition in beginnings.items() if region.startswith(begin)), "aws")
