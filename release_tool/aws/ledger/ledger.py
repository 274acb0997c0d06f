"""The ledger on DynamoDB: each question is one Query, each write may be repeated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from release_tool.aws.ledger import keys, recording
from release_tool.aws.ledger.bounds import counted
from release_tool.aws.ledger.calls import Calls
from release_tool.aws.ledger.items import Item, from_plain, to_deployment
from release_tool.aws.ledger.keys import ENVIRONMENT_HISTORY, HISTORY, padded
from release_tool.aws.ledger.listing import read_deployments, unlisted_set
from release_tool.aws.ledger.lock import IsAlive, Lock
from release_tool.aws.ledger.opening import open_set
from release_tool.aws.ledger.table import make_table
from release_tool.model import Deployment, DeploymentSet, Release, ReleaseSet, Rollout, Word
from release_tool.ports import Clock, Holder, Opening, Page

T = TypeVar("T")


def never_told_dead(process: int, started: str) -> bool:
    return True


class DynamoLedger:
    """`client` is botocore's, for DynamoDB; `is_alive` tells of a process of this host whether it still runs."""

    def __init__(self, client: Any, table: str, clock: Clock, is_alive: IsAlive = never_told_dead) -> None:
        self._client = client
        self._table = table
        self._clock = clock
        self._calls = Calls(client, table, clock)
        self._lock = Lock(self._calls, clock, is_alive)

    # --- questions

    def current(self, project: str, environment: str | None = None) -> tuple[Deployment, ...]:
        """A set that was numbered, but not listed yet, is as current as any other."""
        begins = None if environment is None else "begins_with(#sk, :environment)"
        values = {} if environment is None else {":environment": f"{environment}#"}
        items = self._calls.query(keys.all_current(project), sort=begins, values=values)
        found = {item["sk"]: to_deployment(item) for item in items if not _is_unlisted(item)}
        for item in filter(_is_unlisted, items):
            for deployment in read_deployments(self._calls, unlisted_set(item)):
                found[item["sk"] + deployment.service] = counted(deployment)
        return tuple(found[sk] for sk in sorted(found))

    def latest_set(self, project: str, environment: str) -> DeploymentSet | None:
        items = self._calls.query(keys.deployment_sets(project, environment), newest_first=True, limit=1)
        return from_plain(DeploymentSet, items[0]) if items else None

    def deployment_set(self, project: str, number: int, *, environment: str | None = None) -> DeploymentSet | None:
        if environment is not None:
            item = self._calls.get(keys.deployment_set(project, environment, number))
            return None if item is None else from_plain(DeploymentSet, item)
        items = self._calls.query(
            keys.all_deployment_sets(project), index=HISTORY, sort="#number = :number", values={":number": number}
        )
        return from_plain(DeploymentSet, items[0]) if items else None

    def deployments(self, deployment_set: DeploymentSet) -> tuple[Deployment, ...]:
        return read_deployments(self._calls, deployment_set)

    def deployment_sets(
        self, project: str, *, environment: str | None = None, limit: int = 20, before: int | None = None
    ) -> Page[DeploymentSet]:
        if environment is None:
            items = self._by_number(keys.all_deployment_sets(project), HISTORY, limit, before)
        else:
            items = self._newest(keys.deployment_sets(project, environment), limit, before)
        return _page([from_plain(DeploymentSet, item) for item in items], limit, lambda s: s.number)

    def service_history(
        self, project: str, service: str, *, environment: str | None = None, limit: int = 20, before: int | None = None
    ) -> Page[Deployment]:
        if environment is None:
            items = self._by_number(keys.service_history(project, service), HISTORY, limit, before)
        else:
            partition = keys.service_history_in(project, environment, service)
            items = self._by_number(partition, ENVIRONMENT_HISTORY, limit, before)
        return _page([to_deployment(item) for item in items], limit, lambda d: d.number)

    def release_set(self, project: str, number: int) -> ReleaseSet | None:
        item = self._calls.get(keys.release_set(project, number))
        return None if item is None else from_plain(ReleaseSet, item)

    def releases(self, release_set: ReleaseSet) -> tuple[Release, ...]:
        items = self._calls.query(keys.releases(release_set.project, release_set.id))
        return tuple(from_plain(Release, item) for item in items)

    def release_sets(
        self, project: str, *, environment: str | None = None, limit: int = 20, before: int | None = None
    ) -> Page[ReleaseSet]:
        partition = keys.release_sets(project) if environment is None else keys.released(project, environment)
        items = self._newest(partition, limit, before)
        return _page([from_plain(ReleaseSet, item) for item in items], limit, lambda s: s.number)

    def ours(self, revision_arn: str) -> frozenset[str]:
        family, number = keys.revision(revision_arn)
        items = self._calls.query(family, sort="#sk >= :number", values={":number": number})
        return frozenset(item["arn"] for item in items)

    def _newest(self, partition: str, limit: int, before: int | None) -> list[Item]:
        """One more than a page, to know whether anything is left."""
        sort, values = (None, {}) if before is None else ("#sk < :before", {":before": padded(before)})
        return self._calls.query(partition, sort=sort, values=values, newest_first=True, limit=limit + 1)

    def _by_number(self, partition: str, index: str, limit: int, before: int | None) -> list[Item]:
        sort, values = (None, {}) if before is None else ("#number < :before", {":before": before})
        return self._calls.query(partition, index=index, sort=sort, values=values, newest_first=True, limit=limit + 1)

    # --- writes

    def make_table(self) -> bool:
        return make_table(self._client, self._table, self._clock)

    def open(self, opening: Opening) -> tuple[DeploymentSet, tuple[Deployment, ...]]:
        return open_set(self._calls, opening)

    def record(self, deployment_set: DeploymentSet, services: Sequence[str], rollout: Rollout | None) -> None:
        recording.record(self._calls, deployment_set, services, rollout)

    def requested(self, deployment_set: DeploymentSet) -> None:
        recording.requested(self._calls, deployment_set)

    def end(self, deployment_set: DeploymentSet, outcome: Word, reason: str | None, at: datetime) -> None:
        recording.end(self._calls, deployment_set, outcome, reason, at)

    def turn_away_from(self, deployment: Deployment) -> None:
        recording.turn_away_from(self._calls, deployment)

    # --- the lock

    def acquire(self, project: str, environment: str, holder: Holder, *, breaking: str | None = None) -> Holder:
        return self._lock.acquire(project, environment, holder, breaking)

    def renew(self, project: str, environment: str, holder: Holder) -> Holder:
        return self._lock.renew(project, environment, holder)

    def release(self, project: str, environment: str, holder_id: str) -> None:
        self._lock.release(project, environment, holder_id)

    def holder(self, project: str, environment: str) -> Holder | None:
        return self._lock.holder(project, environment)


def _is_unlisted(item: Item) -> bool:
    return str(item["sk"]).endswith("#")


def _page(found: list[T], limit: int, number_of: Callable[[T], int | None]) -> Page[T]:
    shown = tuple(found[:limit])
    return Page(shown, number_of(shown[-1]) if len(found) > limit else None)
