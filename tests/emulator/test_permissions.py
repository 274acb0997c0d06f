"""The emulated IAM: what it is asked to simulate is allowed."""

from __future__ import annotations

from release_tool.aws.permissions import IamPermissions
from release_tool.policies import DEPLOYER, policy
from tests.builders import a_project
from tests.emulator.account import Account

ROLE = "arn:aws:iam::123456789012:role/deployer"


def test_whatever_is_simulated_is_allowed(aws: Account) -> None:
    statements = policy(DEPLOYER, a_project())["Statement"]

    assert IamPermissions(aws.client("iam")).denied(ROLE, statements) == ()
    assert aws.world.calls["iam.SimulatePrincipalPolicy"] == len(statements)
