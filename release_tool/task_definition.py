"""Task definitions: the copy that differs in image lines alone, and the proof that it does."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from release_tool.errors import AskedWrongly
from release_tool.image import Image, same_repository


@dataclass(frozen=True, slots=True)
class TaskDefinition:
    """One revision of a family.

    `fields` holds what RegisterTaskDefinition accepts and nothing else, in AWS's own spelling, `tags` among it
    where there are any; so two revisions with equal `fields` are the same but for their number.
    """

    arn: str
    family: str
    revision: int
    fields: Mapping[str, Any] = field(hash=False)

    @property
    def images(self) -> dict[str, str]:
        """Container name to image URI, in the order of the definition."""
        return {c["name"]: c["image"] for c in self.fields.get("containerDefinitions", ()) if "image" in c}

    @property
    def short(self) -> str:
        """`family:revision`, as people say it."""
        return f"{self.family}:{self.revision}"


def family_arn(revision_arn: str) -> str:
    """The ARN without its revision: the same for all revisions of one family, account and region."""
    return revision_arn.rpartition(":")[0]


def revision_number(revision_arn: str) -> int:
    return int(revision_arn.rpartition(":")[2])


def short_revision(revision_arn: str) -> str:
    return revision_arn.rpartition("/")[2]


def clone(definition: TaskDefinition, images: Mapping[str, str]) -> dict[str, Any]:
    """The fields of a new revision: those of `definition`, but for the images of the named containers.

    Compared with its origin before anybody sees it: a copy that differs anywhere else is a bug of ours, and
    must never be registered.
    """
    copy = deepcopy(dict(definition.fields))
    for container in copy["containerDefinitions"]:
        if container.get("name") in images:
            container["image"] = images[container["name"]]
    unexpected = [line for line in difference(definition.fields, copy) if not _is_image_of(line, definition, images)]
    if unexpected:
        raise AssertionError(f"the copy of {definition.arn} differs in {', '.join(unexpected)}")
    return copy


def _is_image_of(path: str, definition: TaskDefinition, images: Mapping[str, str]) -> bool:
    names = [c.get("name") for c in definition.fields["containerDefinitions"]]
    return any(path == f"containerDefinitions[{i}].image" and name in images for i, name in enumerate(names))


def difference(one: Any, other: Any, path: str = "") -> list[str]:
    """The places at which two values differ, as `containerDefinitions[0].image`; empty where they are equal."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        keys = [*one, *(key for key in other if key not in one)]
        return [
            place for key in keys for place in _difference_at(one, other, key, f"{path}.{key}" if path else str(key))
        ]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [
            place
            for index, (a, b) in enumerate(zip(one, other, strict=True))
            for place in difference(a, b, f"{path}[{index}]")
        ]
    return [] if one == other and type(one) is type(other) else [path]


def _difference_at(one: Mapping[str, Any], other: Mapping[str, Any], key: str, path: str) -> list[str]:
    if key not in one or key not in other:
        return [path]
    return difference(one[key], other[key], path)


def claimed_containers(definition: TaskDefinition, wanted: Image, service_id: str, named: str | None) -> list[str]:
    """The containers that run this service's image; empty where that can't be told.

    The one that the manifest names; else those with the wanted image's repository; else the only container;
    else one called as the service.
    """
    images = definition.images
    if named is not None:
        return [named] if named in images else []
    alike = [name for name, uri in images.items() if _repository_equals(uri, wanted)]
    if alike:
        return alike
    if len(images) == 1:
        return list(images)
    return [service_id] if service_id in images else []


def _repository_equals(uri: str, wanted: Image) -> bool:
    try:
        return same_repository(Image.parse(uri), wanted)
    except AskedWrongly:
        return False
