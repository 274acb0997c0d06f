"""Where ours meets moto's: what is asked of moto here is what an upgrade of it must still have."""

import inspect

import boto3
import pytest
from moto.core.responses import BaseResponse

from release_tool.demo.emulated.overlay import OVERLAY
from release_tool.demo.emulator import Emulator, emulated_aws
from tests.emulator.account import Account

NOT_IN_MOTO = {
    "list_service_deployments",
    "describe_service_deployments",
    "describe_service_revisions",
    "stop_service_deployment",
    "describe_pull_through_cache_rules",
    "simulate_principal_policy",
}
ACTIONS = [(response_class, name) for response_class, actions in OVERLAY.items() for name in actions]


@pytest.mark.parametrize(("response_class", "name"), ACTIONS, ids=[name for _, name in ACTIONS])
def test_an_action_that_is_replaced_is_one_of_motos(response_class: type[BaseResponse], name: str) -> None:
    own = response_class.__dict__.get(name)

    if name in NOT_IN_MOTO:
        assert own is None, f"moto has {name} now: look whether ours is still needed"
    else:
        assert list(inspect.signature(own).parameters) == ["self"]  # type: ignore[arg-type]


def test_an_action_has_the_name_of_an_operation() -> None:
    operations = {
        response_class().service_name: set(dir(boto3.client(str(response_class().service_name))))
        for response_class in OVERLAY
    }

    unknown = [name for made, name in ACTIONS if name not in operations[made().service_name]]

    assert unknown == []


def test_moto_is_as_it_was_afterwards() -> None:
    before = {(made, name): made.__dict__.get(name) for made, name in [*ACTIONS, (BaseResponse, "call_action")]}

    with emulated_aws():
        during = {(made, name): made.__dict__.get(name) for made, name in before}

    assert all(during[place] is not before[place] for place in before)
    assert {(made, name): made.__dict__.get(name) for made, name in before} == before


def test_there_is_one_emulator_at_a_time() -> None:
    with emulated_aws(), pytest.raises(RuntimeError, match="already"):
        Emulator().start()


def test_an_emulated_account_begins_with_nothing_in_it(aws: Account) -> None:
    aws.running()

    assert aws.ecs.list_task_definitions()["taskDefinitionArns"] == [
        "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:1"
    ]


def test_calls_are_counted_by_operation(aws: Account) -> None:
    aws.running()
    aws.service()

    assert aws.world.calls["ecs.CreateService"] == 1
    assert aws.world.calls["ecs.DescribeServices"] == 2
    assert aws.world.calls["sts.GetCallerIdentity"] == 0


def test_accounts_and_regions_do_not_see_each_other(aws: Account) -> None:
    aws.running()
    elsewhere = boto3.client("ecs", region_name="us-east-1")
    elsewhere.create_cluster(clusterName="demo-stage")

    assert elsewhere.list_services(cluster="demo-stage")["serviceArns"] == []
    assert elsewhere.list_tasks(cluster="demo-stage")["taskArns"] == []
