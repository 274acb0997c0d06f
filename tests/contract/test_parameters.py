"""Parameters, in memory and on the emulator."""

from collections.abc import Iterator

import boto3
import pytest

from release_tool.aws.pace import Paces
from release_tool.aws.parameters import SsmParameters
from release_tool.demo.emulator import emulated_aws
from release_tool.errors import CouldNot
from release_tool.ports import Parameters
from tests.fakes.clock import HandClock
from tests.fakes.parameters import MemoryParameters

WEB = "example.org/web:1"
MANY = [f"service_{n:02d}" for n in range(23)]


@pytest.fixture(params=["fake", "emulator"])
def parameters(request: pytest.FixtureRequest) -> Iterator[Parameters]:
    if request.param == "fake":
        yield MemoryParameters()
        return
    with emulated_aws():
        yield SsmParameters(boto3.client("ssm"), "catalogue", Paces(HandClock()))


def test_what_was_put_is_read(parameters: Parameters) -> None:
    parameters.put("latest", "web", WEB)

    assert parameters.images("latest", ["web"]) == {"web": WEB}


def test_a_put_over_another_replaces_it(parameters: Parameters) -> None:
    parameters.put("latest", "web", WEB)
    parameters.put("latest", "web", "example.org/web:2")

    assert parameters.images("latest", ["web"]) == {"web": "example.org/web:2"}


def test_a_service_without_a_parameter_is_left_out(parameters: Parameters) -> None:
    assert parameters.images("prod", ["web", "api"]) == {}


def test_no_names_are_no_question(parameters: Parameters) -> None:
    assert parameters.images("prod", []) == {}


def test_more_than_ten_services_are_read_and_listed(parameters: Parameters) -> None:
    for service in MANY:
        parameters.put("prod", service, WEB)

    assert sorted(parameters.images("prod", MANY)) == MANY
    assert sorted(parameters.registered("prod")) == MANY
    assert sorted(parameters.labels()["prod"]) == MANY


def test_labels_are_told_apart(parameters: Parameters) -> None:
    parameters.put("latest", "web", WEB)
    parameters.put("prod", "web", "example.org/web:0")

    assert parameters.labels() == {"latest": {"web": WEB}, "prod": {"web": "example.org/web:0"}}
    assert parameters.registered("stage") == {}


# --- on the emulator alone


@pytest.fixture
def ssm() -> Iterator[object]:
    with emulated_aws():
        yield boto3.client("ssm")


def test_a_put_leaves_tags_and_description_alone(ssm) -> None:  # type: ignore[no-untyped-def]
    name = "/catalogue/images/prod/web"
    tags = [{"Key": "managed-by", "Value": "terraform"}]
    ssm.put_parameter(Name=name, Value="example.org/web:0", Type="String", Tags=tags, Description="by Terraform")

    SsmParameters(ssm, "catalogue", Paces(HandClock())).put("prod", "web", WEB)

    assert ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"] == tags


def test_a_parameter_of_another_type_is_refused_in_a_sentence(ssm) -> None:  # type: ignore[no-untyped-def]
    ssm.put_parameter(Name="/catalogue/images/prod/web", Value="example.org/web:0", Type="SecureString")

    with pytest.raises(CouldNot, match="not of type String"):
        SsmParameters(ssm, "catalogue", Paces(HandClock())).put("prod", "web", WEB)


def test_other_parameters_below_the_path_are_nobodys_services(ssm) -> None:  # type: ignore[no-untyped-def]
    for name in ("/catalogue/images/prod/web/extra", "/catalogue/images/stray"):
        ssm.put_parameter(Name=name, Value="x", Type="String")

    assert SsmParameters(ssm, "catalogue", Paces(HandClock())).labels() == {}
