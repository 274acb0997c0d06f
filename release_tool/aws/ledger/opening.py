"""Writes a deployment set down before its first effect: drafts, one small transaction, then the listing.

Killed before the transaction, nothing of it is to be seen; killed after it, all of it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from uuid import NAMESPACE_URL, uuid5

from release_tool.aws.ledger import keys
from release_tool.aws.ledger.bounds import SENTENCE, bounded, cut
from release_tool.aws.ledger.calls import Calls
from release_tool.aws.ledger.items import SCHEMA, Item, deployment_item, from_plain, rollout_name, to_item
from release_tool.aws.ledger.keys import Key
from release_tool.aws.ledger.listing import finish_listing, list_new, read_deployments, unlisted_item, unlisted_set
from release_tool.aws.ledger.writes import Put, Refused, Update, Write
from release_tool.errors import AskedWrongly, CouldNot
from release_tool.model import Deployment, DeploymentSet, Release, ReleaseSet, Requester
from release_tool.ports import Opening

ROUNDS = 100
"""Every round that is lost, somebody else's set was numbered: this many at once are no accident."""


def open_set(calls: Calls, opening: Opening) -> tuple[DeploymentSet, tuple[Deployment, ...]]:
    opening = within_bounds(opening)
    known = _known(calls, opening)
    _finish_what_was_cut_off(calls, opening, known)
    if keys.opened(opening.project, opening.set_id) in known:
        return _opened_before(calls, opening, known[keys.opened(opening.project, opening.set_id)])
    release_set = _release_set_in(known, opening)
    calls.write_all(_drafts(opening, with_releases=release_set is None))
    deployment_set = _number(calls, opening, _count_in(known, opening), release_set)
    deployments = tuple(_numbered(deployment, deployment_set) for deployment in opening.deployments)
    list_new(calls, deployment_set, deployments)
    return deployment_set, deployments


def within_bounds(opening: Opening) -> Opening:
    opening = replace(opening, description=cut(opening.description, SENTENCE))
    deployments = sorted(opening.deployments, key=lambda deployment: deployment.service)
    return replace(opening, deployments=tuple(_draft(bounded(deployment), opening) for deployment in deployments))


def _draft(deployment: Deployment, opening: Opening) -> Deployment:
    """What a deployment does not say of itself, its set says."""
    return replace(
        deployment,
        number=None,
        release_number=None,
        description=deployment.description or opening.description,
        requested_at=deployment.requested_at or opening.requested_at,
        requested_by=opening.requested_by if deployment.requested_by == Requester() else deployment.requested_by,
        rollouts=tuple(sorted(deployment.rollouts, key=rollout_name)),
    )


# --- what is there already


def _known(calls: Calls, opening: Opening) -> dict[Key, Item]:
    project = opening.project
    return calls.get_all(
        [
            keys.counters(project),
            keys.opened(project, opening.set_id),
            keys.unlisted(project, opening.environment),
            _release_key(opening),
        ]
    )


def _release_key(opening: Opening) -> Key:
    """Under which the release set is found: by the number that was asked for, or by its images."""
    if opening.release_number is not None:
        return keys.release_set(opening.project, opening.release_number)
    return keys.fingerprint(opening.project, fingerprint(opening.asked, opening.releases))


def fingerprint(asked: str, releases: tuple[Release, ...]) -> str:
    """Equal for release sets that hold the same images, whoever asked for them and when."""
    lines = sorted(f"{release.service} {release.image} {release.digest or ''}" for release in releases)
    return sha256("\n".join([asked, *lines]).encode()).hexdigest()


def _release_set_in(known: Mapping[Key, Item], opening: Opening) -> ReleaseSet | None:
    item = known.get(_release_key(opening))
    if item is None and opening.release_number is not None:
        raise AskedWrongly(f"`{opening.project}` has no release {opening.release_number}")
    return None if item is None else from_plain(ReleaseSet, item)


def _finish_what_was_cut_off(calls: Calls, opening: Opening, known: Mapping[Key, Item]) -> None:
    unlisted = known.get(keys.unlisted(opening.project, opening.environment))
    if unlisted is not None:
        finish_listing(calls, unlisted_set(unlisted))


def _opened_before(calls: Calls, opening: Opening, opened: Item) -> tuple[DeploymentSet, tuple[Deployment, ...]]:
    """This very opening, repeated because its answer was lost."""
    item = calls.get(keys.deployment_set(opening.project, opening.environment, int(opened["number"])))
    if item is None:
        raise AssertionError(f"deployment set {opening.set_id} has a number, but is not there")
    deployment_set = from_plain(DeploymentSet, item)
    return deployment_set, read_deployments(calls, deployment_set)


# --- drafts


def _drafts(opening: Opening, *, with_releases: bool) -> list[Item]:
    releases = opening.releases if with_releases else ()
    return [
        *(to_item(Key(keys.releases(opening.project, opening.release_set_id), r.service), r) for r in releases),
        *(
            deployment_item(keys.deployment(opening.project, opening.set_id, deployment.service), deployment)
            for deployment in opening.deployments
        ),
    ]


# --- the number


@dataclass(frozen=True, slots=True)
class Count:
    """How many sets a project has had. None at all is not the same as an item that says 0: it isn't there."""

    deployments: int = 0
    releases: int = 0


def _count_in(known: Mapping[Key, Item | None], opening: Opening) -> Count:
    item = known.get(keys.counters(opening.project))
    return Count() if item is None else from_plain(Count, item)


def _number(calls: Calls, opening: Opening, count: Count, release_set: ReleaseSet | None) -> DeploymentSet:
    """Count on from `count`; where others have counted meanwhile, from where they are now."""
    opened = keys.opened(opening.project, opening.set_id)
    for _ in range(ROUNDS):
        released = release_set or new_release_set(opening, count.releases + 1)
        deployment_set = new_deployment_set(opening, count.deployments + 1, released.number)
        try:
            calls.transact(
                _numbering(opening, count, deployment_set, released, is_new=release_set is None),
                token=str(uuid5(NAMESPACE_URL, f"{opening.set_id}/{deployment_set.number}/{released.number}")),
            )
        except Refused as refused:
            ours = refused.found.get(opened)
            if ours is not None:
                return from_plain(DeploymentSet, ours)
            if keys.counters(opening.project) in refused.found:
                count = _count_in(refused.found, opening)
            release_set = release_set or _release_set_found(refused, opening)
        else:
            return deployment_set
    raise CouldNot(f"could not number the deployment: {ROUNDS} others were numbered meanwhile", next="try again")


def _release_set_found(refused: Refused, opening: Opening) -> ReleaseSet | None:
    """The one with the same images that somebody else has made in this very moment."""
    item = refused.found.get(_release_key(opening))
    return None if item is None else from_plain(ReleaseSet, item)


def _numbering(
    opening: Opening, count: Count, deployment_set: DeploymentSet, release_set: ReleaseSet, *, is_new: bool
) -> list[Write]:
    project, environment = opening.project, opening.environment
    number = deployment_set.number
    header = keys.deployment_set(project, environment, number)
    writes: list[Write] = [
        _counted_on(project, count, Count(number, max(count.releases, release_set.number))),
        _if_new(to_item(keys.opened(project, opening.set_id), deployment_set)),
        _if_new(to_item(header, deployment_set, history_of=keys.all_deployment_sets(project))),
        Put(unlisted_item(deployment_set)),
        Put(to_item(Key(keys.released(project, environment), keys.padded(release_set.number)), release_set)),
    ]
    if is_new:
        writes.append(_if_new(to_item(keys.release_set(project, release_set.number), release_set)))
        writes.append(_if_new(to_item(_release_key(opening), release_set)))
    return writes


def _counted_on(project: str, count: Count, then: Count) -> Update:
    nobody = "attribute_not_exists(pk)"
    return Update(
        keys.counters(project),
        "SET #deployments = :deployments, #releases = :releases, #schema = :schema",
        condition=nobody if count == Count() else "#deployments = :counted",
        values={
            ":deployments": then.deployments,
            ":releases": then.releases,
            ":schema": SCHEMA,
            **({} if count == Count() else {":counted": count.deployments}),
        },
    )


def _if_new(item: Item) -> Put:
    return Put(item, condition="attribute_not_exists(pk)")


def new_release_set(opening: Opening, number: int) -> ReleaseSet:
    return ReleaseSet(
        project=opening.project,
        id=opening.release_set_id,
        number=number,
        asked=opening.asked,
        description=opening.description,
        requested_by=opening.requested_by,
        requested_at=opening.requested_at,
        services=len(opening.releases),
    )


def new_deployment_set(opening: Opening, number: int, release_number: int) -> DeploymentSet:
    return DeploymentSet(
        project=opening.project,
        environment=opening.environment,
        id=opening.set_id,
        number=number,
        kind=opening.kind,
        asked=opening.asked,
        release_number=release_number,
        source=opening.source,
        description=opening.description,
        requested_by=opening.requested_by,
        requested_at=opening.requested_at,
        services=len(opening.deployments),
    )


def _numbered(deployment: Deployment, deployment_set: DeploymentSet) -> Deployment:
    return replace(deployment, number=deployment_set.number, release_number=deployment_set.release_number)
