"""AWS's limits: a throttle costs time and never the deployment, and no number of services is too many."""

from __future__ import annotations

from tests.end_to_end.agreement import deployments
from tests.end_to_end.world import DEPLOY, PROJECT, World, image
from tests.proxy.faults import Bucket

TIMES_FASTER = 5
"""AWS and the program alike: what takes a second there takes a fifth of it here."""


def many(world: World, count: int) -> list[str]:
    """So many services, with a new build of each."""
    services = [f"service_{number:03d}" for number in range(count)]
    world.add("prod", *services)
    world.registered("2222222", *services)
    return services


def assert_deployed(world: World, services: list[str]) -> None:
    world.finish_rollouts()
    current = deployments(world, "prod")
    for service in services:
        (rollout,) = current[service].rollouts
        assert rollout.ecs_deployment_id is not None
        assert world.runs("prod", service) == {service: image(service, "2222222")}
        assert world.says("prod", service) == image(service, "2222222")
        assert rollout.new_revision == world.revisions("prod", service)[1]


def test_sixty_services_take_the_time_that_aws_s_limits_allow(world: World) -> None:
    services = many(world, 60)
    registering = Bucket(20, 1 * TIMES_FASTER)
    parameters = Bucket(10, 3 * TIMES_FASTER)
    updating = Bucket(50, 5 * TIMES_FASTER)
    world.proxy.on("ecs.*registerTaskDefinition", registering.limit)
    world.proxy.on("ecs.RegisterTaskDefinition", registering.limit)
    world.proxy.on("ssm.PutParameter", parameters.limit)
    world.proxy.on("ecs.UpdateService", updating.limit)

    done = world.release_tool(*DEPLOY, HURRIED=f"{TIMES_FASTER}")

    assert done.exit_code == 0, done
    writes = [call.at for call in world.proxy.sent("ecs.RegisterTaskDefinition")]
    least = registering.seconds_for(len(services))
    print(len(writes), max(writes)-min(writes), least, (max(writes)-min(writes))/least)
    assert_deployed(world, services)


def test_a_hundred_and_twenty_services_are_one_deployment(world: World) -> None:
    services = many(world, 120)

    done = world.release_tool(*DEPLOY)

    assert done.exit_code == 0, done
    (deployment_set,) = world.ledger.deployment_sets(PROJECT).items
    assert deployment_set.requested
    assert len(world.ledger.deployments(deployment_set)) == len(services)
    assert_deployed(world, services)
