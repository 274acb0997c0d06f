"""Makes a numbered deployment set findable: its deployments get their number, and become the current ones.

While that goes on, and where it was cut off, an item among the current deployments points to the set: readers look
there, and the next one to write finishes the work.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from release_tool.aws.ledger import keys
from release_tool.aws.ledger.bounds import counted
from release_tool.aws.ledger.calls import Calls
from release_tool.aws.ledger.items import (
    Item,
    deployment_item,
    from_plain,
    history_attributes,
    numbered_deployment_item,
    to_deployment,
    to_item,
)
from release_tool.aws.ledger.writes import Delete, Put, Refused, Update
from release_tool.model import Deployment, DeploymentSet


def unlisted_item(deployment_set: DeploymentSet) -> Item:
    return to_item(keys.unlisted(deployment_set.project, deployment_set.environment), deployment_set)


def list_new(calls: Calls, deployment_set: DeploymentSet, deployments: Iterable[Deployment]) -> None:
    """For a set that nobody has recorded anything of yet: whatever is there is replaced."""
    deployments = tuple(deployments)
    calls.write_all(
        [*map(numbered_deployment_item, deployments), *(current_item(deployment) for deployment in deployments)]
    )
    _listed(calls, deployment_set)


def finish_listing(calls: Calls, deployment_set: DeploymentSet) -> None:
    """For a set that was cut off: what was recorded of it, and what is newer, is left alone."""
    for deployment in read_deployments(calls, deployment_set):
        calls.write(_numbered(deployment))
        _make_current(calls, deployment)
    _listed(calls, deployment_set)


def read_deployments(calls: Calls, deployment_set: DeploymentSet) -> tuple[Deployment, ...]:
    """With their numbers, even where they are not listed yet."""
    items = calls.query(keys.deployments(deployment_set.project, deployment_set.id))
    return tuple(
        replace(to_deployment(item), number=deployment_set.number, release_number=deployment_set.release_number)
        for item in items
    )


def unlisted_set(item: Item) -> DeploymentSet:
    return from_plain(DeploymentSet, item)


def current_item(deployment: Deployment) -> Item:
    """A copy small enough for all of a project's to be read at once."""
    key = keys.current(deployment.project, deployment.environment, deployment.service)
    return deployment_item(key, counted(deployment))


def _numbered(deployment: Deployment) -> Update:
    values = {
        "number": deployment.number,
        "release_number": deployment.release_number,
        **history_attributes(deployment),
    }
    return Update(
        keys.deployment(deployment.project, deployment.set_id, deployment.service),
        "SET " + ", ".join(f"#{name} = :{name}" for name in values),
        condition="attribute_exists(pk)",
        values={f":{name}": value for name, value in values.items()},
    )


def _make_current(calls: Calls, deployment: Deployment) -> None:
    try:
        calls.write(
            Put(
                current_item(deployment),
                condition="attribute_not_exists(pk) OR #number < :number",
                values={":number": deployment.number},
            )
        )
    except Refused:
        return  # it is current already, or a newer one is


def _listed(calls: Calls, deployment_set: DeploymentSet) -> None:
    try:
        calls.write(
            Delete(
                keys.unlisted(deployment_set.project, deployment_set.environment),
                condition="#id = :id",
                values={":id": deployment_set.id},
            )
        )
    except Refused:
        return  # deleted already: this is a repetition
