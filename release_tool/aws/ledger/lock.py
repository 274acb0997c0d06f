"""One holder per project and environment: who may take the lock, and how that is written without a race."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from release_tool.aws.ledger import keys
from release_tool.aws.ledger.bounds import cut
from release_tool.aws.ledger.calls import Calls
from release_tool.aws.ledger.items import Item, from_plain, to_item, to_plain
from release_tool.aws.ledger.writes import Delete, Put, Refused
from release_tool.errors import CouldNot, EnvironmentHeld
from release_tool.lease import lease_until
from release_tool.ports import Clock, Holder

IsAlive = Callable[[int, str], bool]
"""Whether a process of this host, given by its id and the mark of its start, still runs."""

ROUNDS = 100
COMMAND = 300


class Lock:
    def __init__(self, calls: Calls, clock: Clock, is_alive: IsAlive) -> None:
        self._calls = calls
        self._clock = clock
        self._is_alive = is_alive

    def acquire(self, project: str, environment: str, holder: Holder, breaking: str | None) -> Holder:
        """Write if nobody holds it; where somebody does, decide by what stands there, and write over just that.

        A look comes first only for the clock's sake: its answer says what time it is at AWS.
        """
        seen = None if self._calls.were_answered else self.seen(project, environment)
        for _ in range(ROUNDS):
            now = self._clock.now()
            if seen is not None and not may_take(seen, holder, now, breaking=breaking, is_alive=self._is_alive):
                raise held_by(seen, project, environment, now)
            ours = taken(holder, seen, now)
            try:
                self._calls.write(_put_over(seen, keys.lock(project, environment), ours))
            except Refused as refused:
                seen = _holder_in(refused)
            else:
                return ours
        raise CouldNot(f"could not take hold of {environment}: it changed hands all the time", next="try again")

    def renew(self, project: str, environment: str, holder: Holder) -> Holder:
        now = self._clock.now()
        ours = replace(holder, until=lease_until(now))
        item = to_item(keys.lock(project, environment), ours)
        try:
            self._calls.write(Put(item, condition="#id = :id", values={":id": holder.id}))
        except Refused as refused:
            other = _holder_in(refused)
            raise held_by(other, project, environment, now) if other else taken_away(environment) from None
        return ours

    def release(self, project: str, environment: str, holder_id: str) -> None:
        try:
            self._calls.write(Delete(keys.lock(project, environment), "#id = :id", {":id": holder_id}))
        except Refused:
            return  # it ran out and was taken over, or was broken: it is not ours to let go

    def holder(self, project: str, environment: str) -> Holder | None:
        seen = self.seen(project, environment)
        return seen if seen is not None and seen.until > self._clock.now() else None

    def seen(self, project: str, environment: str) -> Holder | None:
        """What stands there, whether it has run out or not."""
        item = self._calls.get(keys.lock(project, environment))
        return None if item is None else from_plain(Holder, item)


# --- decisions


def may_take(held: Holder, asking: Holder, now: datetime, *, breaking: str | None, is_alive: IsAlive) -> bool:
    if held.id in (asking.id, breaking):
        return True
    if held.until <= now:
        return True
    return held.host == asking.host and not is_alive(held.process, held.process_started)


def taken(asking: Holder, held: Holder | None, now: datetime) -> Holder:
    """What is written down; whoever asks for what they hold already has held it since then."""
    since = held.since if held is not None and held.id == asking.id else now
    return replace(asking, since=since, until=lease_until(now), command=cut(asking.command, COMMAND))


def held_by(holder: Holder, project: str, environment: str, now: datetime) -> EnvironmentHeld:
    deployment = "" if holder.deployment is None else f", deployment {holder.deployment}"
    since = f"since {holder.since:%Y-%m-%d %H:%M:%S} UTC ({age(now - holder.since)})"
    return EnvironmentHeld(
        f"{environment} of {project} is held by {holder.person} on {holder.host}, {since}{deployment}: "
        f"{holder.command}",
        next=f"wait for it; where it is stuck, look who it is and break the hold: release-tool unlock {environment}",
    )


def taken_away(environment: str) -> EnvironmentHeld:
    return EnvironmentHeld(
        f"the hold on {environment} was broken, or ran out and was taken over, while this command was at work",
        next="run the same command again: it goes on from where this one stopped",
    )


def age(since: timedelta) -> str:
    seconds = max(int(since.total_seconds()), 0)
    for unit, length in (("hour", 3600), ("minute", 60)):
        if seconds >= length:
            return f"{_counted(seconds // length, unit)} ago"
    return f"{_counted(seconds, 'second')} ago"


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


# --- items


def _put_over(seen: Holder | None, key: keys.Key, ours: Holder) -> Put:
    """On the condition that what was seen is still what stands there."""
    item: Item = to_item(key, ours)
    if seen is None:
        return Put(item, condition="attribute_not_exists(pk)")
    return Put(
        item,
        condition="#id = :id AND #until = :until",
        values={":id": seen.id, ":until": to_plain(seen.until)},
    )


def _holder_in(refused: Refused) -> Holder | None:
    (item,) = refused.found.values()
    return None if item is None else from_plain(Holder, item)
