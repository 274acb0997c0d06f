"""Parameters: every service has one in the environment, each holds an image, and none is nobody's."""

from __future__ import annotations

from collections.abc import Iterator

from release_tool.checks.examined import Examined, parsed
from release_tool.checks.findings import Finding, failed, or_ok, to_do
from release_tool.image import Image
from release_tool.model import LATEST, Service

SUBJECT = "parameters"


def check(seen: Examined) -> Iterator[Finding]:
    here = seen.environment.id
    for answer in (seen.parameters, seen.latest):
        if answer.error is not None:
            yield failed(SUBJECT, here, answer.error)
            return
    yield from or_ok(SUBJECT, here, [*_missing(seen), *_no_images(seen), *_nobodys(seen)])


def _missing(seen: Examined) -> Iterator[Finding]:
    here = seen.environment.id
    for service in seen.services:
        if service.id in (seen.parameters.value or {}):
            continue
        name = f"/{seen.project.id}/images/{here}/{service.id}"
        yield to_do(SUBJECT, here, f"there is no parameter {name}", _how_to_make_it(service, seen))


def _how_to_make_it(service: Service, seen: Examined) -> str:
    here = seen.environment.id
    if service.id in (seen.latest.value or {}):
        return f"deploy it, which makes the parameter: release-tool deploy {service.id} {here}"
    image = seen.runs(service) or "<ecr_uri>"
    return f"register what runs: release-tool register {image} {service.id} --env={here}"


def _no_images(seen: Examined) -> Iterator[Finding]:
    here = seen.environment.id
    for label, uris in ((here, seen.parameters.value or {}), (LATEST, seen.latest.value or {})):
        for service in (s for s in seen.services if s.id in uris and parsed(uris[s.id]) is None):
            option = "" if label == LATEST else f" --env={label}"
            yield to_do(
                SUBJECT,
                here,
                f"/{seen.project.id}/images/{label}/{service.id} holds no image: `{uris[service.id]}`",
                f"register a right one: release-tool register <ecr_uri> {service.id}{option}",
            )


def _nobodys(seen: Examined) -> Iterator[Finding]:
    """Only the manifest can say what is no service; where it lists none, every parameter makes one."""
    if seen.project.services is None:
        return
    known = {service.id for service in seen.project.services if service.exists_in(seen.environment)}
    for service in sorted(set(seen.parameters.value or {}) - known):
        yield to_do(
            SUBJECT,
            seen.environment.id,
            f"/{seen.project.id}/images/{seen.environment.id}/{service} is of no service that the manifest has there",
            "add the service to the manifest, or delete the parameter",
        )


def images(seen: Examined) -> dict[str, Image]:
    """Every image that is to be deployed here, or runs, by its URI."""
    every = [seen.wanted(service) for service in seen.services] + [seen.runs(service) for service in seen.services]
    return {image.uri: image for image in every if image is not None}
