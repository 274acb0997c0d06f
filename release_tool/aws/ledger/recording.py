"""Writes down how far a deployment set came. Every write may be repeated, and none takes back an outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from release_tool.aws.ledger import keys
from release_tool.aws.ledger.bounds import bounded_rollout, sentence
from release_tool.aws.ledger.calls import Calls
from release_tool.aws.ledger.items import rollout_name, to_item, to_plain
from release_tool.aws.ledger.keys import Key
from release_tool.aws.ledger.listing import finish_listing, unlisted_set
from release_tool.aws.ledger.writes import Put, Refused, Update, Write
from release_tool.model import Deployment, DeploymentSet, Rollout, Word
from release_tool.parallel import chunks

SERVICES_AT_ONCE = 40
"""Two items each, and one more for the revision: a transaction takes a hundred."""


def record(calls: Calls, deployment_set: DeploymentSet, services: Sequence[str], rollout: Rollout | None) -> None:
    of = Place(deployment_set.project, deployment_set.environment, deployment_set.id)
    if rollout is None:
        _finish_if_cut_off(calls, of)
        return
    change = _part(bounded_rollout(rollout))
    for some in chunks(services, SERVICES_AT_ONCE):
        _carry_out(calls, of, some, change, beside=_registered(deployment_set, rollout))


def turn_away_from(calls: Calls, deployment: Deployment) -> None:
    of = Place(deployment.project, deployment.environment, deployment.set_id)
    _carry_out(calls, of, [deployment.service], Change("SET #rolled_back_from = :true", {":true": True}))


def requested(calls: Calls, deployment_set: DeploymentSet) -> None:
    calls.write(Update(_header(deployment_set), "SET #requested = :true", IS_THERE, {":true": True}))


def end(calls: Calls, deployment_set: DeploymentSet, outcome: Word, reason: str | None, at: datetime) -> None:
    told = {"outcome": outcome, "outcome_reason": sentence(reason), "ended_at": at}
    values = {name: to_plain(value) for name, value in told.items() if value is not None}
    try:
        calls.write(
            Update(
                _header(deployment_set),
                "SET " + ", ".join(f"#{name} = :{name}" for name in values),
                f"{IS_THERE} AND attribute_not_exists(#outcome)",
                {f":{name}": value for name, value in values.items()},
            )
        )
    except Refused as refused:
        if refused.found[_header(deployment_set)] is None:
            raise


def _header(deployment_set: DeploymentSet) -> Key:
    return keys.deployment_set(deployment_set.project, deployment_set.environment, deployment_set.number)


# --- one ECS service's part


IS_THERE = "attribute_exists(pk)"


@dataclass(frozen=True, slots=True)
class Change:
    """Of a deployment and of its copy among the current ones."""

    expression: str
    values: Mapping[str, Any]
    condition: str = IS_THERE
    names: Mapping[str, str] = field(default_factory=dict)


def _part(rollout: Rollout) -> Change:
    """One entry in the map of rollouts; refused where that would take back an outcome."""
    entry = "#rollouts.#rollout"
    may_change = [f"attribute_not_exists({entry}.#outcome)", f"{entry}.#settling = :true"]
    values = {":rollout": to_plain(rollout), ":true": True}
    if rollout.outcome is not None:
        may_change.append(f"{entry}.#outcome = :outcome")
        values[":outcome"] = rollout.outcome.value
    return Change(
        f"SET {entry} = :rollout",
        values,
        condition=f"{IS_THERE} AND ({' OR '.join(may_change)})",
        names={"#rollout": rollout_name(rollout)},
    )


def _registered(deployment_set: DeploymentSet, rollout: Rollout) -> list[Write]:
    arn = rollout.new_revision
    if arn is None:
        return []
    return [Put(to_item(keys.revision(arn), arn=arn, project=deployment_set.project, number=deployment_set.number))]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the deployments of one set are."""

    project: str
    environment: str
    set_id: str

    def deployment(self, service: str) -> Key:
        return keys.deployment(self.project, self.set_id, service)

    def current(self, service: str) -> Key:
        return keys.current(self.project, self.environment, service)


def _carry_out(
    calls: Calls, of: Place, services: Sequence[str], change: Change, *, beside: Sequence[Write] = ()
) -> None:
    """All at once; and again without those that have an outcome, or are not the current ones any more."""
    deployments, copies = list(services), list(services)
    while deployments:
        try:
            calls.transact([*beside, *_updates(of, deployments, copies, change)])
            return
        except Refused as refused:
            overtaken = [service for service in copies if of.current(service) in refused.found]
            if overtaken and _finish_if_cut_off(calls, of):
                continue
            ended = [service for service in deployments if _has_ended(of.deployment(service), refused)]
            deployments = [service for service in deployments if service not in ended]
            copies = [service for service in copies if service not in (*ended, *overtaken)]


def _updates(of: Place, deployments: Sequence[str], copies: Sequence[str], change: Change) -> list[Update]:
    is_ours, us = f"{IS_THERE} AND #set_id = :set_id", {":set_id": of.set_id}
    return [
        *(
            Update(of.deployment(service), change.expression, change.condition, change.values, change.names)
            for service in deployments
        ),
        *(
            Update(of.current(service), change.expression, is_ours, {**change.values, **us}, change.names)
            for service in copies
        ),
    ]


def _has_ended(deployment: Key, refused: Refused) -> bool:
    if deployment not in refused.found:
        return False
    if refused.found[deployment] is None:
        raise LookupError(f"{deployment.sk} is no part of this deployment set")
    return True


def _finish_if_cut_off(calls: Calls, of: Place) -> bool:
    """Whether the set was numbered, but the run that numbered it got no further; its listing is finished then."""
    unlisted = calls.get(keys.unlisted(of.project, of.environment))
    if unlisted is None or unlisted["id"] != of.set_id:
        return False
    finish_listing(calls, unlisted_set(unlisted))
    return True
