"""The Terraform recipe: parameter, newest revision and what runs name one image, so that nothing is left to plan."""

from __future__ import annotations

from collections.abc import Iterator

from release_tool.checks.examined import Examined
from release_tool.checks.findings import Finding, not_checked, or_ok, to_do
from release_tool.model import Service, is_task_family

SUBJECT = "recipe"


def check(seen: Examined) -> Iterator[Finding]:
    here = seen.environment.id
    if seen.ecs.value is None or seen.parameters.value is None:
        yield not_checked(SUBJECT, here, "parameters and ECS services could not both be read")
        return
    yield from or_ok(SUBJECT, here, _out_of_step(seen))


def _out_of_step(seen: Examined) -> Iterator[Finding]:
    for service in seen.services:
        says = (seen.parameters.value or {}).get(service.id)
        if says is None:
            continue  # told with the parameters
        for name in seen.places(service):
            yield from _of_one(service, says, name, seen)


def _of_one(service: Service, says: str, name: str, seen: Examined) -> Iterator[Finding]:
    here, has = seen.environment.id, "has" if is_task_family(name) else "runs"
    running, newest = seen.running(name), seen.newest_of(name)
    for container in seen.containers(service, name):
        runs = None if running is None else running.images.get(container)
        if runs is not None and runs != says:
            yield to_do(
                SUBJECT, here, f"{service.id}: the parameter says {says}, and {name} {has} {runs}",
                f"deploy what it says: release-tool deploy {service.id} {here} --from={here}",
            )  # fmt: skip
        elif newest is not None and newest.images.get(container) != says:
            yield to_do(
                SUBJECT,
                here,
                f"{service.id}: the parameter says {says}, and the newest revision {newest.short} has "
                f"{newest.images.get(container, 'no such container')}",
                f"deregister {newest.short}, or deploy again: release-tool deploy {service.id} {here} --restart",
            )
