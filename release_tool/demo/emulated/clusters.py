"""Finding things: a call's cluster, its services and the revisions that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from moto.ecr.models import ecr_backends
from moto.ecs.exceptions import ClusterNotFoundException, TaskDefinitionNotFoundException

from release_tool.demo.emulated.seam import Call, refusal
from release_tool.demo.emulated.world import Life
from release_tool.demo.rollouts.entries import Revision
from release_tool.demo.rollouts.fates import Image

_ECR_IMAGE = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.[^/]+/([^:@]+)(?::([^@]+))?$")


def cluster_of(call: Call) -> str:
    """The name of the cluster that is asked about; refused where there is none."""
    cluster = call.response.ecs_backend._get_cluster(call.sent.get("cluster", "default"))
    if cluster.status != "ACTIVE":
        raise ClusterNotFoundException
    return str(cluster.name)


def found_service(call: Call, cluster: str, name_or_arn: str) -> Any:
    """moto's record of a service, by its name or ARN; None where there is none."""
    return call.response.ecs_backend.services.get(f"{cluster}:{name_or_arn.rpartition('/')[2]}")


def services_in(call: Call, cluster: str) -> Iterator[Any]:
    for service in call.response.ecs_backend.services.values():
        if service.cluster_name == cluster:
            yield service


def lives_in(call: Call, cluster: str) -> Iterator[Life]:
    start = f":ecs:{call.region}:{call.account}:service/{cluster}/"
    for arn, life in call.world.lives.items():
        if start in arn:
            call.world.service_of(life)
            yield life


def life_at(call: Call, arn: str) -> Life | None:
    """The service of an ARN, as it is now."""
    life = call.world.lives.get(arn)
    if life is not None:
        call.world.service_of(life)
    return life


def revision_of(call: Call, name: str) -> Revision:
    """An ACTIVE revision, by ARN, by `family:number`, or a family's newest."""
    try:
        found = task_definition_of(call, name)
    except TaskDefinitionNotFoundException:
        raise refusal("ClientException", "TaskDefinition not found.") from None
    if found.status != "ACTIVE":
        raise refusal("ClientException", "TaskDefinition is inactive")
    images = tuple(
        Image(container["name"], container["image"], digest_of(container["image"]))
        for container in found.container_definitions
    )
    return Revision(found.arn, images)


def task_definition_of(call: Call, name: str) -> Any:
    """moto's record. A family alone means its newest ACTIVE revision: moto would take an INACTIVE one."""
    backend = call.response.ecs_backend
    family, _, number = name.rpartition("/")[2].partition(":")
    revisions = backend.task_definitions.get(family, {})
    if number:
        found = revisions.get(int(number)) if number.isdecimal() else None
    else:
        active = [revision for revision in revisions.values() if revision.status == "ACTIVE"]
        found = max(active, key=lambda revision: revision.revision, default=None)
    if found is None:
        raise TaskDefinitionNotFoundException
    return found


def digest_of(uri: str) -> str:
    """What a tag means now. An image that is not in the emulated ECR has a digest made of its name."""
    if "@" in uri:
        return uri.partition("@")[2]
    named = _ECR_IMAGE.match(uri)
    found = _ecr_digest(named[1], named[2], named[3], named[4] or "latest") if named else None
    return found or f"sha256:{sha256(uri.encode()).hexdigest()}"


def _ecr_digest(account: str, region: str, repository: str, tag: str) -> str | None:
    backends = ecr_backends[account]
    if region not in backends.regions:
        return None
    found = backends[region].repositories.get(repository)
    images = found.images if found is not None else ()
    return next((str(image.image_digest) for image in images if tag in image.image_tags), None)
