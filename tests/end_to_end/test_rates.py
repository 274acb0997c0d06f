"""AWS's limits: a throttle costs time and never the deployment, and no number of services is too many."""

from __future__ import annotations

from collections.abc import Sequence

from tests.end_to_end.agreement import deployments, primary
from tests.end_to_end.world import DEPLOY, PROJECT, World, cluster
from tests.proxy.faults import Bucket

# What AWS sustains: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/request-throttling.html
REGISTERING, PUTTING, UPDATING = 1.0, 3.0, 5.0
AS_A_LIMIT_ALLOWS = 1.2


def many(world: World, count: int) -> list[str]:
    """So many services, and a new build of each, of a registry that nobody asks."""
    services = [f"service_{number:03d}" for number in range(count)]
    world.add_cluster("prod")
    for service in services:
        world.add_service("prod", service, {service: uri(service, "1111111")})
        world.put("latest", service, uri(service, "2222222"))
    world.finish_rollouts()
    return services


def uri(service: str, build: str) -> str:
    return f"registry.example.org/{service}:{build}"


def assert_deployed(world: World, services: Sequence[str]) -> None:
    """Each was registered once, updated once, and is recorded as ECS has it."""
    current = deployments(world, "prod")
    assert sorted(current) == sorted(services)
    for start in range(0, len(services), 10):
        some = list(services[start : start + 10])
        for found in world.ecs.describe_services(cluster=cluster("prod"), services=some)["services"]:
            (rollout,) = current[found["serviceName"]].rollouts
            assert found["taskDefinition"].endswith(":2")
            assert (rollout.new_revision, rollout.ecs_deployment_id) == (found["taskDefinition"], primary(found)["id"])
            assert rollout.containers == ((found["serviceName"], uri(found["serviceName"], "2222222")),)


def test_the_limits_of_aws_cost_the_time_that_they_ask_and_no_deployment(world: World) -> None:
    services = many(world, 16)
    registering = Bucket(8, REGISTERING)
    world.proxy.on("ecs.*registerTaskDefinition", registering.limit)
    world.proxy.on("ecs.RegisterTaskDefinition", registering.limit)
    world.proxy.on("ssm.PutParameter", Bucket(4, PUTTING).limit)
    world.proxy.on("ecs.UpdateService", Bucket(8, UPDATING).limit)

    done = world.release_tool(*DEPLOY)

    assert done.exit_code == 0, done
    asked = [call.at for call in world.proxy.sent("ecs.RegisterTaskDefinition")]
    assert max(asked) - min(asked) <= AS_A_LIMIT_ALLOWS * registering.seconds_for(len(services))
    assert {call.status for call in world.proxy.sent("ssm.PutParameter")} == {200, 400}
    assert_deployed(world, services)


def test_a_hundred_and_twenty_services_are_one_deployment(world: World) -> None:
    services = many(world, 120)

    done = world.release_tool(*DEPLOY)

    assert done.exit_code == 0, done
    (deployment_set,) = world.ledger.deployment_sets(PROJECT).items
    assert deployment_set.requested
    assert len(world.ledger.deployments(deployment_set)) == len(services)
    assert_deployed(world, services)
