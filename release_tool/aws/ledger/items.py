"""Values of the glossary as items, and back.

A field is stored under its own name, and not at all while it is None: so an index leaves out what has no number,
and "nobody wrote this yet" is a condition that DynamoDB can check. Times are text in UTC that sorts as time does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime, timezone
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from release_tool.aws.ledger import keys
from release_tool.aws.ledger.keys import Key
from release_tool.errors import CouldNot
from release_tool.model import Deployment, Rollout

SCHEMA = 1
"""Of every item. A change that an older release-tool would misread counts it up."""

Item = dict[str, Any]
T = TypeVar("T")


def to_item(key: Key, value: Any = None, **more: Any) -> Item:
    """`more` are attributes beside the value's own: those of an index, for one."""
    return {"pk": key.pk, "sk": key.sk, "schema": SCHEMA, **(to_plain(value) if value else {}), **more}


def key_of(item: Mapping[str, Any]) -> Key:
    return Key(item["pk"], item["sk"])


def understood(item: Item) -> Item:
    if item["schema"] > SCHEMA:
        raise CouldNot(
            f"the ledger has a record that this release-tool is too old to read "
            f"(schema {item['schema']}, and this one knows {SCHEMA})",
            next="update release-tool",
        )
    return item


# --- deployments: their rollouts are a map, so that two can be written at once without losing either


def deployment_item(key: Key, deployment: Deployment, **more: Any) -> Item:
    rollouts = {rollout_name(rollout): to_plain(rollout) for rollout in deployment.rollouts}
    return to_item(key, deployment, **more) | {"rollouts": rollouts}


def numbered_deployment_item(deployment: Deployment) -> Item:
    """With the attributes that put it into the indexes."""
    key = keys.deployment(deployment.project, deployment.set_id, deployment.service)
    return deployment_item(key, deployment, **history_attributes(deployment))


def history_attributes(deployment: Deployment) -> dict[str, str]:
    project, environment, service = deployment.project, deployment.environment, deployment.service
    return {
        "history_of": keys.service_history(project, service),
        "environment_history_of": keys.service_history_in(project, environment, service),
    }


def to_deployment(item: Mapping[str, Any]) -> Deployment:
    rollouts = item["rollouts"]
    return from_plain(Deployment, {**item, "rollouts": [rollouts[name] for name in sorted(rollouts)]})


def rollout_name(rollout: Rollout) -> str:
    return f"{rollout.cluster}/{rollout.ecs_service}"


# --- any frozen dataclass


def to_plain(value: Any) -> Any:
    """What DynamoDB can hold: text, whole numbers, true and false, lists and maps."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat(timespec="microseconds")
    if isinstance(value, tuple):
        return [to_plain(part) for part in value]
    if is_dataclass(value):
        parts = ((part.name, getattr(value, part.name)) for part in fields(value))
        return {name: to_plain(part) for name, part in parts if part is not None}
    return value


def from_plain(kind: type[T], plain: Mapping[str, Any]) -> T:
    """`kind` is a dataclass; what `plain` has beside its fields is passed over."""
    shape: Any = kind
    hints, required = _fields_of(shape)
    known = {name: _value(hint, plain[name]) for name, hint in hints.items() if name in plain}
    return kind(**(dict.fromkeys(required) | known))


def _value(hint: Any, plain: Any) -> Any:
    if get_origin(hint) in (Union, UnionType):
        (hint,) = (part for part in get_args(hint) if part is not NoneType)
    if get_origin(hint) is tuple:
        return _tuple(get_args(hint), plain)
    if hint is datetime:
        return datetime.fromisoformat(plain)
    if isinstance(hint, type) and is_dataclass(hint):
        return from_plain(hint, plain)
    return hint(plain)


def _tuple(hints: tuple[Any, ...], plain: list[Any]) -> tuple[Any, ...]:
    if hints[-1] is Ellipsis:
        return tuple(_value(hints[0], part) for part in plain)
    return tuple(_value(hint, part) for hint, part in zip(hints, plain, strict=True))


@cache
def _fields_of(kind: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The fields' types, and the names of those without a default: what is not stored of these was None."""
    required = (part.name for part in fields(kind) if part.default is MISSING and part.default_factory is MISSING)
    return get_type_hints(kind), tuple(required)
