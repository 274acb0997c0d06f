"""The four truths side by side: whether parameters, ECS, revisions and the ledger say the same."""

from __future__ import annotations

from release_tool.aws.ledger import keys
from release_tool.model import Deployment, Word
from tests.end_to_end.world import PROJECT, TABLE, World, image


def assert_agree(world: World, environment: str, **builds: str) -> None:
    """Each service's parameter, ECS service, newest ACTIVE revision and current deployment have its build."""
    for service, build in builds.items():
        uri = image(service, build)
        runs = world.service(environment, service)["taskDefinition"]
        told = {
            "parameter": world.says(environment, service),
            "ECS": world.images_of(runs)[service],
            "newest revision": world.newest_active(environment, service),
        }
        assert told == {"parameter": uri, "ECS": uri, "newest revision": runs}, service
    assert_nobody_holds(world, environment)


def assert_recorded(world: World, environment: str, **builds: str) -> None:
    """The current deployments are those of these builds, asked of ECS in full, under the ids that ECS knows."""
    current = deployments(world, environment)
    for service, build in builds.items():
        deployment, found = current[service], world.service(environment, service)
        (rollout,) = deployment.rollouts
        assert deployment.image == image(service, build)
        assert deployment.number is not None
        assert rollout.new_revision == found["taskDefinition"]
        assert rollout.ecs_deployment_id == primary(found)["id"]
    latest = world.ledger.latest_set(PROJECT, environment)
    assert latest is not None
    assert latest.requested


def assert_nobody_holds(world: World, environment: str) -> None:
    key = keys.lock(PROJECT, environment)
    found = world.dynamodb.get_item(TableName=TABLE, Key={"pk": {"S": key.pk}, "sk": {"S": key.sk}})
    assert "Item" not in found


def assert_one_new_revision(world: World, environment: str, *services: str) -> None:
    """Besides the one that each was made with."""
    registered = {service: len(world.revisions(environment, service)) - 1 for service in services}
    assert registered == dict.fromkeys(services, 1)


def deployments(world: World, environment: str) -> dict[str, Deployment]:
    return {d.service: d for d in world.ledger.current(PROJECT, environment)}


def outcomes(world: World, environment: str) -> dict[str, Word | None]:
    """How the current deployment of each service ended, as the ledger has it."""
    return {
        service: next((rollout.outcome for rollout in deployment.rollouts), None)
        for service, deployment in deployments(world, environment).items()
    }


def primary(service: dict[str, object]) -> dict[str, object]:
    found: list[dict[str, object]] = service["deployments"]  # type: ignore[assignment]
    return next(d for d in found if d["status"] == "PRIMARY")


def assert_status_is_true(world: World, environment: str) -> None:
    """What `status` says of each service is what ECS runs, and nothing is COMPLETE that ECS has not completed."""
    told = world.release_tool("status", "all", environment, "--output=json")

    assert told.exit_code == 0, told
    for row in told.document["services"]:
        found = world.service(environment, row["service"])
        assert row["image"] == world.images_of(found["taskDefinition"])[row["service"]]
        if row["word"] == "COMPLETE":
            assert primary(found)["rolloutState"] == "COMPLETED"
            assert deployments(world, environment)[row["service"]].image == row["image"]
