"""ECS: the cluster is there, and every service of the manifest has its ECS services, task families and container."""

from __future__ import annotations

from collections.abc import Iterator

from release_tool.checks.examined import Examined
from release_tool.checks.findings import Finding, failed, not_checked, ok, or_ok, to_do
from release_tool.model import Service, is_task_family
from release_tool.rollout import EcsService

CLUSTER = "cluster"
SUBJECT = "services"


def check(seen: Examined) -> Iterator[Finding]:
    here = seen.environment.id
    if seen.ecs.error is not None:
        yield failed(CLUSTER, here, seen.ecs.error)
        yield not_checked(SUBJECT, here, f"cluster {seen.environment.cluster} could not be read")
        return
    yield ok(CLUSTER, here, seen.environment.cluster)
    if not seen.services:
        yield to_do(
            SUBJECT, here, "no service is known here",
            "list `services` in the manifest, or register an image: release-tool register <ecr_uri> <service>",
        )  # fmt: skip
        return
    yield from or_ok(SUBJECT, here, [*_unmatched(seen), *_claimed_twice(seen)])


def _unmatched(seen: Examined) -> Iterator[Finding]:
    for service in seen.services:
        for name in seen.places(service):
            why = _why_not(service, name, seen)
            if why is not None:
                yield to_do(SUBJECT, seen.environment.id, *why)


def _why_not(service: Service, name: str, seen: Examined) -> tuple[str, str] | None:
    """What is wrong, and what to do."""
    ecs = (seen.ecs.value or {}).get(name)
    if ecs is None and is_task_family(name):
        known = f"there is no {name}, or none of its revisions is ACTIVE"
        return f"{service.id}: {known}", "name it with `task_families` in the manifest, or create it"
    if ecs is None:
        known = f"there is no ECS service {name} in cluster {seen.environment.cluster}"
        return f"{service.id}: {known}", "name it with `ecs_services` in the manifest, or create it"
    why = _why_service_cannot(ecs)
    if why is not None:
        return f"{service.id}: the ECS service {name} {why[0]}", why[1]
    running = seen.running(name)
    if running is None:
        return f"{service.id}: the task definition of {name} could not be read", "allow ecs:DescribeTaskDefinition"
    if not seen.containers(service, name):
        has = ", ".join(f"{container} ({uri})" for container, uri in running.images.items()) or "none"
        return f"{service.id}: no container of {name} runs its image; there are {has}", "name one with `container`"
    return None


def _why_service_cannot(ecs: EcsService) -> tuple[str, str] | None:
    if ecs.status != "ACTIVE":
        return f"is {ecs.status}", "create it again, or take it out of the manifest"
    if ecs.controller != "ECS":
        return f"is deployed by {ecs.controller}, not by ECS itself", "give it ECS's own deployment controller"
    if ecs.managed_by is not None:
        return f"is managed by {ecs.managed_by} itself", "take it out of the manifest: it can't be deployed from here"
    return None


def _claimed_twice(seen: Examined) -> Iterator[Finding]:
    claims: dict[tuple[str, str], str] = {}
    for service in seen.services:
        for name in seen.places(service):
            for container in seen.containers(service, name):
                other = claims.setdefault((name, container), service.id)
                if other != service.id:
                    yield to_do(
                        SUBJECT,
                        seen.environment.id,
                        f"{service.id} and {other} both claim the container {container} of {name}",
                        "name each one's with `container` in the manifest",
                    )
