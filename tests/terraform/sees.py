"""What Terraform sees of one task definition and of the ECS service that takes it, and what it would plan then: a model
of the AWS provider, as a pure function.

The provider refreshes a task definition with `track_latest` by asking for its family: the answer is the newest ACTIVE
revision, with its tags. It refreshes a service's task definition by DescribeServices. Both are compared with the
configuration, into which the parameter's value is filled. Nothing else of a deployment is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from release_tool.task_definition import TaskDefinition, family_arn
from tests.builders import revision_arn

Tags = Mapping[str, str]


class Reads(Enum):
    """The ways in which a configuration can read the image."""

    MANAGED_VALUE = "nonsensitive(aws_ssm_parameter.image.value)"
    DATA_BY_NAME = 'data "aws_ssm_parameter" with a literal name'
    DATA_OF_MANAGED = 'data "aws_ssm_parameter" whose name is taken from the managed parameter'
    MANAGED_INSECURE_VALUE = "aws_ssm_parameter.image.insecure_value"


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the files say: `fields` as RegisterTaskDefinition takes them, the images of these `images` left open.

    `images` maps containers to the services whose parameters say what they shall run.
    """

    fields: Mapping[str, Any] = field(hash=False)
    images: Mapping[str, str] = field(hash=False)
    parameter_tags: Tags = field(default_factory=dict, hash=False)
    reads: Reads = Reads.MANAGED_VALUE
    track_latest: bool = True
    skip_destroy: bool = True
    ignores_task_definition: bool = False
    """`ignore_changes = [task_definition]` on the service."""


@dataclass(frozen=True, slots=True)
class Parameter:
    value: str
    tags: Tags = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Seen:
    """All that a refresh looks at.

    `in_state` is the revision that Terraform knew last; with `track_latest` it does not matter. `runs` is the ARN of
    the revision that DescribeServices shows as the service's; None where no service takes the task definition.
    """

    parameters: Mapping[str, Parameter] = field(hash=False)
    newest: TaskDefinition | None
    in_state: TaskDefinition | None
    runs: str | None


# --- what can be planned


@dataclass(frozen=True, slots=True)
class TagsParameter:
    """In place: nothing is deployed by it."""

    service: str


@dataclass(frozen=True, slots=True)
class TagsRevision:
    """In place: nothing is deployed by it."""

    revision: str


@dataclass(frozen=True, slots=True)
class Replaces:
    """A new revision of the task definition, with these images; None for one that is not known while planning."""

    images: tuple[tuple[str, str | None], ...]
    deregisters: str | None = None


@dataclass(frozen=True, slots=True)
class UpdatesService:
    """ECS is asked to run this revision; None for the one that the same plan registers."""

    to: str | None


Planned = TagsParameter | TagsRevision | Replaces | UpdatesService
NOTHING: tuple[Planned, ...] = ()


def planned(configuration: Configuration, seen: Seen) -> tuple[Planned, ...]:
    return tuple(_planned(configuration, seen))


def _planned(configuration: Configuration, seen: Seen) -> Iterator[Planned]:
    to_tag = [s for s in _services(configuration) if seen.parameters[s].tags != configuration.parameter_tags]
    yield from map(TagsParameter, to_tag)
    known = seen.newest if configuration.track_latest else seen.in_state
    if known is None or _needs_replacing(known, configuration, seen, to_tag):
        yield _replacement(known, configuration, seen, to_tag)
        arn = None
    else:
        if known.fields.get("tags", []) != configuration.fields.get("tags", []):
            yield TagsRevision(known.arn)
        arn = known.arn
    if seen.runs is not None and seen.runs != arn and not configuration.ignores_task_definition:
        yield UpdatesService(arn)


def _services(configuration: Configuration) -> list[str]:
    return sorted(set(configuration.images.values()))


def _needs_replacing(known: TaskDefinition, configuration: Configuration, seen: Seen, to_tag: list[str]) -> bool:
    if any(_is_unknown_while_planning(service, configuration, to_tag) for service in _services(configuration)):
        return True
    return _without_tags(known.fields) != _without_tags(filled(configuration, seen))


def _is_unknown_while_planning(service: str, configuration: Configuration, to_tag: list[str]) -> bool:
    """A data source that depends on a resource with a change of its own is read only when that is applied."""
    if configuration.reads is Reads.MANAGED_INSECURE_VALUE:
        return True
    return configuration.reads is Reads.DATA_OF_MANAGED and service in to_tag


def _without_tags(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name != "tags"}


def filled(configuration: Configuration, seen: Seen) -> dict[str, Any]:
    """The configuration with the parameters' values in it."""
    fields = deepcopy(dict(configuration.fields))
    for container in fields["containerDefinitions"]:
        if container["name"] in configuration.images:
            container["image"] = seen.parameters[configuration.images[container["name"]]].value
    return fields


def _replacement(known: TaskDefinition | None, configuration: Configuration, seen: Seen, to_tag: list[str]) -> Replaces:
    def image(service: str) -> str | None:
        unknown = _is_unknown_while_planning(service, configuration, to_tag)
        return None if unknown else seen.parameters[service].value

    images = tuple((container, image(service)) for container, service in sorted(configuration.images.items()))
    gone = known.arn if known is not None and not configuration.skip_destroy else None
    return Replaces(images, gone)


# --- and what is there when it is applied


def applied(configuration: Configuration, seen: Seen) -> Seen:
    """What a refresh sees after an `apply`. A value that was not known while planning is known by then."""
    for step in planned(configuration, seen):
        seen = _after(step, configuration, seen)
    return seen


def _after(step: Planned, configuration: Configuration, seen: Seen) -> Seen:
    if isinstance(step, TagsParameter):
        tagged = replace(seen.parameters[step.service], tags=configuration.parameter_tags)
        return replace(seen, parameters={**seen.parameters, step.service: tagged})
    if isinstance(step, TagsRevision):
        assert seen.newest is not None
        tagged_fields = {**seen.newest.fields, "tags": configuration.fields.get("tags", [])}
        return replace(seen, newest=replace(seen.newest, fields=tagged_fields))
    if isinstance(step, Replaces):
        made = _registered(configuration, seen)
        return replace(seen, newest=made, in_state=made)
    assert seen.newest is not None
    return replace(seen, runs=step.to or seen.newest.arn)


def _registered(configuration: Configuration, seen: Seen) -> TaskDefinition:
    family = configuration.fields["family"]
    number = 1 + max(d.revision for d in (seen.newest, seen.in_state) if d is not None)
    arn = f"{family_arn(revision_arn(family))}:{number}"
    return TaskDefinition(arn, family, number, filled(configuration, seen))
