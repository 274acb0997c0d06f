"""ECS, in memory and on the emulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from release_tool.aws.pace import Paces
from release_tool.aws.services import EcsServices
from release_tool.demo.emulator import emulated_aws
from release_tool.errors import AskedWrongly, ReleaseToolError
from release_tool.ports import Services
from tests.fakes.clock import HandClock
from tests.fakes.services import MemoryServices

CLUSTER = "catalogue-prod"


def fields_of(build: str, family: str = "web") -> dict[str, Any]:
    containers = [{"name": "app", "image": f"example.org/web:{build}", "memory": 64, "essential": True}]
    return {"family": family, "containerDefinitions": containers, "tags": [{"key": "owner", "value": "team"}]}


@dataclass
class Ecs:
    """The port, and hands that make ECS services exist and their rollouts end."""

    services: Services
    start: Callable[[str, str], None]
    complete: Callable[[str], None]


@pytest.fixture(params=["fake", "emulator"])
def ecs(request: pytest.FixtureRequest) -> Iterator[Ecs]:
    if request.param == "fake":
        memory = MemoryServices(HandClock())
        yield Ecs(
            memory,
            lambda name, build: memory.has(CLUSTER, name, fields_of(build, name)) and None,
            lambda name: memory.complete(CLUSTER, name),
        )
        return
    with emulated_aws() as world:
        client = boto3.client("ecs")
        client.create_cluster(clusterName=CLUSTER)

        def start(name: str, build: str) -> None:
            client.register_task_definition(**fields_of(build, name))
            client.create_service(cluster=CLUSTER, serviceName=name, taskDefinition=name, desiredCount=1)
            world.clock.advance(120)

        yield Ecs(EcsServices(client, client, Paces(HandClock())), start, lambda name: world.clock.advance(120))


def test_a_service_that_is_not_there_is_left_out(ecs: Ecs) -> None:
    ecs.start("web", "1")

    assert set(ecs.services.describe(CLUSTER, ["web", "ghost"])) == {"web"}


def test_a_cluster_that_is_not_there_is_named(ecs: Ecs) -> None:
    with pytest.raises(AskedWrongly, match="no-such-cluster"):
        ecs.services.describe("no-such-cluster", ["web"])


def test_more_than_ten_services_are_described(ecs: Ecs) -> None:
    names = [f"service-{n}" for n in range(12)]
    for name in names:
        ecs.start(name, "1")

    assert set(ecs.services.describe(CLUSTER, names)) == set(names)


def test_a_running_service_shows_a_complete_primary_and_its_revision(ecs: Ecs) -> None:
    ecs.start("web", "1")

    web = ecs.services.describe(CLUSTER, ["web"])["web"]

    assert web.primary is not None
    assert (web.primary.rollout_state, web.primary.revision) == ("COMPLETED", web.revision)
    assert (web.running, web.desired, web.controller, web.status) == (1, 1, "ECS", "ACTIVE")


def test_a_family_is_its_newest_revision_and_an_arn_its_own(ecs: Ecs) -> None:
    first = ecs.services.register(fields_of("1"))
    second = ecs.services.register(fields_of("2"))

    assert ecs.services.definition("web") == second
    assert ecs.services.definition(first.arn) == first
    assert first.fields["tags"] == [{"key": "owner", "value": "team"}]


def test_a_family_without_an_active_revision_has_no_definition(ecs: Ecs) -> None:
    only = ecs.services.register(fields_of("1"))
    ecs.services.deregister(only.arn)

    assert ecs.services.definition("web") is None
    assert ecs.services.definition("never-heard-of") is None


def test_a_deregistered_revision_is_not_the_newest_any_more(ecs: Ecs) -> None:
    first = ecs.services.register(fields_of("1"))
    second = ecs.services.register(fields_of("2"))
    ecs.services.deregister(second.arn)

    assert ecs.services.definition("web") == first


def test_newer_revisions_are_those_after_one_newest_first_of_its_family_alone(ecs: Ecs) -> None:
    first, second, third = (ecs.services.register(fields_of(build)) for build in "123")
    ecs.services.register(fields_of("1", "web-admin"))

    assert ecs.services.newer_revisions(first.arn) == (third.arn, second.arn)
    assert ecs.services.newer_revisions(third.arn) == ()


def test_an_update_answers_with_a_new_primary_that_runs_the_revision(ecs: Ecs) -> None:
    ecs.start("web", "1")
    before = ecs.services.describe(CLUSTER, ["web"])["web"].primary
    revision = ecs.services.register(fields_of("2"))

    primary = ecs.services.update(CLUSTER, "web", revision.arn).primary

    assert primary is not None
    assert before is not None
    assert primary.id != before.id
    assert (primary.revision, primary.rollout_state) == (revision.arn, "IN_PROGRESS")


def test_an_update_to_what_runs_already_starts_nothing(ecs: Ecs) -> None:
    ecs.start("web", "1")
    before = ecs.services.describe(CLUSTER, ["web"])["web"].primary
    assert before is not None

    answer = ecs.services.update(CLUSTER, "web", before.revision)

    assert answer.primary is not None
    assert answer.primary.id == before.id


def test_a_rollout_ends_complete_under_the_id_that_the_answer_named(ecs: Ecs) -> None:
    ecs.start("web", "1")
    asked = ecs.services.update(CLUSTER, "web", ecs.services.register(fields_of("2")).arn).primary
    ecs.complete("web")

    primary = ecs.services.describe(CLUSTER, ["web"])["web"].primary

    assert asked is not None
    assert primary is not None
    assert (primary.id, primary.rollout_state) == (asked.id, "COMPLETED")


def test_an_update_of_a_service_that_is_not_there_is_a_sentence(ecs: Ecs) -> None:
    ecs.start("web", "1")
    revision = ecs.services.register(fields_of("2"))

    with pytest.raises(ReleaseToolError, match="ghost"):
        ecs.services.update(CLUSTER, "ghost", revision.arn)


def test_a_service_deployment_tells_how_it_went(ecs: Ecs) -> None:
    ecs.start("web", "1")
    answer = ecs.services.update(CLUSTER, "web", ecs.services.register(fields_of("2")).arn)
    assert answer.primary is not None
    number = answer.primary.id.rpartition("/")[2]
    arn = f"{answer.arn.replace(':service/', ':service-deployment/')}/{number}"
    ecs.complete("web")

    told = ecs.services.service_deployments([arn])

    assert told[arn].status == "SUCCESSFUL"
    assert ecs.services.service_deployments([arn.replace(number, "1" * 19)]) == {}


def test_a_good_rollout_leaves_no_dead_container(ecs: Ecs) -> None:
    ecs.start("web", "1")
    primary = ecs.services.describe(CLUSTER, ["web"])["web"].primary
    assert primary is not None

    assert ecs.services.dead_containers(CLUSTER, "web", primary.id) == ()
    assert ecs.services.stopped_tasks(CLUSTER, "web") == ()


# --- on the emulator alone


def test_a_crash_is_told_with_its_exit_code_and_whose_it_was() -> None:
    with emulated_aws() as world:
        client = boto3.client("ecs")
        services = EcsServices(client, client, Paces(HandClock()))
        client.create_cluster(clusterName=CLUSTER)
        client.register_task_definition(**fields_of("1"))
        client.create_service(cluster=CLUSTER, serviceName="web", taskDefinition="web", desiredCount=1)
        world.clock.advance(120)
        answer = services.update(CLUSTER, "web", services.register(fields_of("crash")).arn)
        world.clock.advance(30)

        stopped = services.stopped_tasks(CLUSTER, "web")

        assert answer.primary is not None
        assert {task.started_by for task in stopped} == {answer.primary.id}
        assert stopped[0].containers[0].exit_code == 1
