"""Images: they are in their registries, and are built for the processors that tasks run on."""

from __future__ import annotations

from collections.abc import Iterator

from release_tool.checks.examined import Examined
from release_tool.checks.findings import Finding, not_checked, or_ok, to_do
from release_tool.checks.intent import images
from release_tool.model import Found, Service
from release_tool.ports import Built
from release_tool.task_definition import TaskDefinition

SUBJECT = "images"
PLATFORM = "platform"
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html, and as registries spell them.
PROCESSORS = {"X86_64": "amd64", "ARM64": "arm64"}


def check(seen: Examined) -> Iterator[Finding]:
    here = seen.environment.id
    known = images(seen)
    if not known:
        yield not_checked(SUBJECT, here, "no image is known here")
        return
    yield from or_ok(SUBJECT, here, [*_missing(seen), *_unknown(seen)])
    yield from or_ok(PLATFORM, here, [*_of_another_platform(seen), *_of_unknown_platform(seen)])


def _missing(seen: Examined) -> Iterator[Finding]:
    for uri in images(seen):
        if seen.found.get(uri, Found()).missing:
            yield to_do(
                SUBJECT, seen.environment.id, f"{uri} is not in its repository",
                "push it again, or register another: a task that starts anew can't pull it",
            )  # fmt: skip


def _unknown(seen: Examined) -> Iterator[Finding]:
    """Those that can't be told for one reason are told in one line."""
    reasons: dict[str, list[str]] = {}
    for uri in images(seen):
        because = seen.found.get(uri, Found()).unknown_because
        if because is not None:
            reasons.setdefault(because, []).append(uri)
    for because, uris in reasons.items():
        yield not_checked(SUBJECT, seen.environment.id, f"{', '.join(uris)}: {because}")


def _of_another_platform(seen: Examined) -> Iterator[Finding]:
    for service in seen.services:
        wanted = seen.wanted(service)
        for name in seen.places(service):
            needed = _needed(seen.running(name))
            platforms = () if wanted is None else seen.built.get(wanted.uri, Built()).platforms
            if needed is not None and platforms and needed not in platforms:
                yield _wrong(service, name, str(wanted), needed, platforms, seen)


def _wrong(service: Service, name: str, uri: str, needed: str, has: tuple[str, ...], seen: Examined) -> Finding:
    return to_do(
        PLATFORM,
        seen.environment.id,
        f"{service.id}: tasks of {name} run on {needed}, and {uri} is built for {', '.join(has)}",
        f"build it for {needed}, or set `runtime_platform` of its task definition",
    )


def _of_unknown_platform(seen: Examined) -> Iterator[Finding]:
    reasons = {seen.built.get(uri, Built()).unknown_because for uri in images(seen)} - {None}
    for because in sorted(str(reason) for reason in reasons):
        yield not_checked(PLATFORM, seen.environment.id, because)


def _needed(definition: TaskDefinition | None) -> str | None:
    """None where the instances of the cluster decide, and not the task definition."""
    if definition is None:
        return None
    platform = definition.fields.get("runtimePlatform") or {}
    is_fargate = "FARGATE" in definition.fields.get("requiresCompatibilities", ())
    processor = platform.get("cpuArchitecture") or ("X86_64" if is_fargate else None)
    system = "windows" if str(platform.get("operatingSystemFamily", "")).startswith("WINDOWS") else "linux"
    return None if processor is None else f"{system}/{PROCESSORS.get(processor, processor.lower())}"
