"""Task definition families: what has one in common is deployed at once, and nobody else has a newer revision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from release_tool.checks.examined import Examined
from release_tool.checks.findings import Finding, not_checked, or_ok, to_do
from release_tool.task_definition import TaskDefinition, difference, family_arn, short_revision

SUBJECT = "families"


def check(seen: Examined, everywhere: Sequence[Examined]) -> Iterator[Finding]:
    """`everywhere` is what was seen of all environments, this one included."""
    here = seen.environment.id
    if seen.ecs.value is None:
        yield not_checked(SUBJECT, here, f"cluster {seen.environment.cluster} could not be read")
        return
    yield from or_ok(SUBJECT, here, [*_shared(seen, everywhere), *_newer(seen)])


def _shared(seen: Examined, everywhere: Sequence[Examined]) -> Iterator[Finding]:
    users: dict[str, dict[tuple[str, str], frozenset[str]]] = {}
    for one in everywhere:
        for name in one.ecs.value or {}:
            running = one.running(name)
            if running is not None:
                users.setdefault(family_arn(running.arn), {})[one.environment.id, name] = _fed_by(name, one)
    for family, of in sorted(users.items()):
        environments = {environment for environment, _ in of}
        # Where the same services feed them all, they are deployed at once, and share the copy.
        apart = len(environments) > 1 or len(set(of.values())) > 1
        if apart and seen.environment.id in environments:
            named = ", ".join(f"{name} in {environment}" for environment, name in sorted(of))
            yield to_do(
                SUBJECT,
                seen.environment.id,
                f"the family {short_revision(family)} is shared by {named}",
                "give each its own in Terraform: the newest revision of one is not what the other runs",
            )


def _fed_by(name: str, seen: Examined) -> frozenset[str]:
    return frozenset(service.id for service in seen.services if name in seen.places(service))


def _newer(seen: Examined) -> Iterator[Finding]:
    for name in seen.ecs.value or {}:
        running, newest = seen.running(name), seen.newest_of(name)
        if running is None or newest is None or newest.revision <= running.revision or newest.arn in seen.ours:
            continue
        if _was_about_to_run(running, newest, seen):
            continue
        places = ", ".join(difference(running.fields, newest.fields)) or "nothing but its number"
        yield to_do(
            SUBJECT,
            seen.environment.id,
            f"{name} runs {running.short}, and the newer {newest.short} is not release-tool's; it differs in {places}",
            "let the ECS service take the task definition's `arn` in Terraform, or set `clone_from: newest`",
        )


def _was_about_to_run(running: TaskDefinition, newest: TaskDefinition, seen: Examined) -> bool:
    """Whether it is the copy that a deployment left behind which was cut off: it differs in what parameters say."""
    places = difference(running.fields, newest.fields)
    new = set(newest.images.values()) - set(running.images.values())
    said = set((seen.parameters.value or {}).values())
    return bool(places) and all(place.endswith(".image") for place in places) and new <= said
