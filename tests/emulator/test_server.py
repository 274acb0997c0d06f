"""The emulator behind HTTP, in this process and in one of its own."""

import subprocess
import sys
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import boto3
import pytest

from release_tool.demo.emulator import Controls, Emulator
from release_tool.errors import AskedWrongly


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        emulator.controls.settings(clock="manual")
        yield emulator


def client(service: str, url: str) -> Any:
    return boto3.client(service, endpoint_url=url)


def a_running_service(ecs: Any, controls: Controls) -> None:
    ecs.create_cluster(clusterName="stage")
    for tag in ("v1", "v2"):
        containers = [{"name": "app", "image": f"web:{tag}", "memory": 128}]
        ecs.register_task_definition(family="web", containerDefinitions=containers)
    ecs.create_service(cluster="stage", serviceName="web", taskDefinition="web:1", desiredCount=1)
    controls.advance(60)


def states(ecs: Any) -> list[str]:
    service = ecs.describe_services(cluster="stage", services=["web"])["services"][0]
    return [deployment["rolloutState"] for deployment in service["deployments"]]


def test_a_rollout_moves_when_the_controls_say_so(emulator: Emulator) -> None:
    ecs = client("ecs", emulator.endpoint_url)
    a_running_service(ecs, emulator.controls)

    ecs.update_service(cluster="stage", service="web", taskDefinition="web:2")
    at_first = states(ecs)
    emulator.controls.advance(26)

    assert (at_first, states(ecs)) == (["IN_PROGRESS", "COMPLETED"], ["COMPLETED"])


def test_the_date_of_an_answer_is_the_emulators(emulator: Emulator) -> None:
    dynamodb = client("dynamodb", emulator.endpoint_url)
    dates = []
    for _ in range(2):
        answer = dynamodb.list_tables()
        dates.append(parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"]))
        emulator.controls.advance(600)

    assert (dates[1] - dates[0]).total_seconds() == 600


def test_calls_are_counted_until_they_are_cleared(emulator: Emulator) -> None:
    ssm = client("ssm", emulator.endpoint_url)
    ssm.put_parameter(Name="/a", Value="b", Type="String")
    for _ in range(2):
        ssm.get_parameter(Name="/a")

    assert emulator.controls.calls(clear=True) == {"ssm.GetParameter": 2, "ssm.PutParameter": 1}
    assert emulator.controls.calls() == {}


def test_a_reset_leaves_nothing_behind(emulator: Emulator) -> None:
    ecs = client("ecs", emulator.endpoint_url)
    a_running_service(ecs, emulator.controls)
    emulator.controls.settings(rollback_fails=True)

    emulator.controls.reset()

    assert ecs.list_clusters()["clusterArns"] == []
    assert emulator.world.settings.rollback_fails is False
    assert emulator.controls.status()["clock"] == "manual"


@pytest.mark.parametrize(
    "changes",
    [{"colour": "blue"}, {"rollback_id": "third"}, {"read_lag_seconds": -1}, {"clock": "broken"}, {"speed": 0}],
    ids=str,
)
def test_a_setting_that_makes_no_sense_is_refused(emulator: Emulator, changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(changes))):
        emulator.controls.settings(**changes)


def test_a_refused_change_changes_nothing(emulator: Emulator) -> None:
    with pytest.raises(ValueError, match="colour"):
        emulator.controls.settings(clock="real", rollback_fails=True, colour="blue")

    assert emulator.world.settings.rollback_fails is False
    assert emulator.controls.status()["clock"] == "manual"


def test_one_emulator_can_follow_another_and_starts_empty() -> None:
    found = []
    for _ in range(2):
        with Emulator() as emulator:
            ssm = client("ssm", emulator.endpoint_url)
            found.append(ssm.get_parameters_by_path(Path="/")["Parameters"])
            ssm.put_parameter(Name="/left/behind", Value="x", Type="String")

    assert found == [[], []]


def test_an_emulator_that_is_not_running_has_no_endpoint() -> None:
    with pytest.raises(RuntimeError, match="not running"):
        _ = Emulator().endpoint_url


def test_stopping_twice_is_no_harm() -> None:
    emulator = Emulator().start()

    emulator.stop()
    emulator.stop()


def test_a_port_that_is_taken_is_said_to_be(emulator: Emulator) -> None:
    port = int(emulator.endpoint_url.rpartition(":")[2])

    with pytest.raises(AskedWrongly, match=f"port {port} is taken"):
        Emulator(port=port).start()


def test_a_process_of_its_own_says_where_it_is_and_ends_when_it_is_told_to() -> None:
    command = [sys.executable, "-W", "error", "-m", "release_tool.demo.emulator", "--speed", "1000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()

        clusters = client("ecs", url).list_clusters()["clusterArns"]
        process.terminate()
        _, complaints = process.communicate(timeout=20)

    assert url.startswith("http://127.0.0.1:")
    assert clusters == []
    assert (process.returncode, complaints) == (0, "")


@pytest.mark.parametrize("package", ["moto", "flask"])
def test_without_its_extra_the_demo_says_how_to_get_it(package: str) -> None:
    program = f"""
import sys
sys.modules["{package}"] = None
from release_tool.demo.emulator import Emulator
try:
    Emulator().start()
except Exception as error:
    print(type(error).__name__, error.next)
"""

    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert told.stdout == "AskedWrongly pip install 'release-tool[demo]'\n"
    assert told.stderr == ""
