"""Follows rollouts to their end, all in one loop, and explains failures while they happen."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from release_tool.apply import Outside
from release_tool.errors import AwsRefused, CouldNot, GaveUpWaiting, LostAnswer
from release_tool.gather import verdicts
from release_tool.model import FINAL_WORDS, Deployment, Environment, Rollout, Word
from release_tool.parallel import in_parallel
from release_tool.rollout import EcsService, StoppedTask, Verdict, judge, unknown_revisions
from release_tool.task_definition import TaskDefinition

FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 10.0
SLOWER = 1.2
JITTER = 0.2
HEARTBEAT = timedelta(seconds=30)
# Where no breaker decides: so many of our tasks have stopped, and for so long none has run.
CRASHES = 3
NONE_RUNNING = timedelta(seconds=60)
TELLING = ("fail", "unhealthy", "unable", "error", "throttl", "rolling back", "alarm")
"""Words in service events that are worth a line; the others tell what the counts tell."""


@dataclass(frozen=True, slots=True)
class Followed:
    """One ECS service's part in a deployment, as it was seen last.

    `explained` collects why it failed, `warnings` what is wrong although it succeeded, `events` ECS's own words.
    """

    deployment: Deployment
    rollout: Rollout
    verdict: Verdict = field(default_factory=lambda: Verdict(Word.IN_PROGRESS))
    running: int = 0
    desired: int = 0
    explained: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    crash_looping: bool = False
    none_running_since: datetime | None = None

    @property
    def has_ended(self) -> bool:
        return self.verdict.word in FINAL_WORDS or self.crash_looping

    @property
    def name(self) -> str:
        service, ecs_service = self.deployment.service, self.rollout.ecs_service
        return service if service == ecs_service else f"{service}/{ecs_service}"

    @property
    def reason(self) -> str | None:
        parts = (self.verdict.reason, *self.explained)
        return "; ".join(dict.fromkeys(part.rstrip(".") for part in parts if part)) or None


Show = Callable[[Sequence[Followed], Sequence[str]], None]
"""Is given all that is followed, and what is new since the last look as lines."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, and how to go on waiting, in words."""

    until: datetime
    again: str


def parts_of(deployments: Iterable[Deployment]) -> tuple[Followed, ...]:
    """What can be followed: the parts that ECS was asked for. Those that have an outcome keep it."""
    rollouts = ((d, r) for d in deployments for r in d.rollouts if not r.is_task_family)
    return tuple(Followed(d, r) for d, r in rollouts if r.ecs_deployment_id is not None)


def follow(
    parts: Sequence[Followed],
    environment: Environment,
    outside: Outside,
    patience: Patience,
    show: Show,
    ended: Callable[[Sequence[Followed]], None],
) -> tuple[Followed, ...]:
    """Look until all have ended. `ended` is called with those that ended in a look, before the next one.

    Raises `GaveUpWaiting` when the time is up, and `AwsRefused` where the credentials are; the deployment goes on
    then, and the error says how to follow it again.
    """
    eye = _Eye(environment, outside)
    pause = FIRST_PAUSE_SECONDS
    while True:
        before = {id(p.rollout): p for p in parts}
        parts, lines = _look(parts, eye, patience)
        show(parts, lines)
        newly = [p for p in parts if p.has_ended and not before[id(p.rollout)].has_ended]
        if newly:
            ended(newly)
        if all(p.has_ended for p in parts):
            return tuple(parts)
        if outside.clock.now() >= patience.until:
            raise _gave_up(parts, patience)
        outside.clock.sleep(pause * random.uniform(1 - JITTER, 1 + JITTER))
        pause = min(pause * SLOWER, LONGEST_PAUSE_SECONDS)


def _gave_up(parts: Sequence[Followed], patience: Patience) -> GaveUpWaiting:
    names = ", ".join(p.name for p in parts if not p.has_ended)
    return GaveUpWaiting(
        f"gave up waiting for {names}; the deployment goes on", next=f"follow it again with: {patience.again}"
    )


def _look(parts: Sequence[Followed], eye: _Eye, patience: Patience) -> tuple[list[Followed], list[str]]:
    """A look that fails for a passing reason is no news: the next one will tell."""
    going = [p for p in parts if not p.has_ended]
    try:
        looked = {id(p.rollout): found for p, found in zip(going, eye.look(going), strict=True)}
    except AwsRefused as error:
        goes_on = f"the deployment goes on; follow it again with: {patience.again}"
        raise AwsRefused(error.message, next=goes_on) from error
    except (CouldNot, LostAnswer) as error:
        return list(parts), [f"could not look: {error.message}"]
    lines = [line for p in going for line in _news(p, looked[id(p.rollout)])]
    return [looked.get(id(p.rollout), p) for p in parts], lines


def _news(before: Followed, now: Followed) -> Iterable[str]:
    told = (*before.explained, *before.events)
    yield from (f"{now.name}: {line}" for line in (*now.explained, *now.events) if line not in told)
    if (before.verdict.word, before.verdict.notes, before.running) != (
        now.verdict.word,
        now.verdict.notes,
        now.running,
    ) or now.crash_looping:
        notes = ", ".join(filter(None, (now.verdict.reason, *now.verdict.notes)))
        yield f"{now.name} {now.deployment.release_hash} {now.verdict.word}" + (f" ({notes})" if notes else "")
    yield from (f"{now.name}: warning: {line}" for line in now.warnings)


class _Eye:
    """Looks at ECS; remembers what can't change, and since when."""

    def __init__(self, environment: Environment, outside: Outside) -> None:
        self._environment = environment
        self._outside = outside
        self._images: dict[str, Mapping[str, str]] = {}
        self._logs: dict[str, tuple[str, ...]] = {}

    def look(self, parts: Sequence[Followed]) -> list[Followed]:
        names = list(dict.fromkeys(p.rollout.ecs_service for p in parts))
        ecs = self._outside.services.describe(self._environment.cluster, names)
        told = verdicts(self._outside.services, ecs, [p.deployment for p in parts])
        self._learn(parts, ecs)
        now = self._outside.clock.now()

        def judged(part: Followed) -> Followed:
            seen = ecs.get(part.rollout.ecs_service)
            verdict = judge(
                part.rollout,
                seen,
                now=now,
                images=self._images,
                service_deployment=told.get(part.rollout.ecs_deployment_id or ""),
            )
            return self._explained(_counted(replace(part, verdict=verdict), seen, now), seen, now)

        return in_parallel(judged, parts)

    def _learn(self, parts: Sequence[Followed], ecs: Mapping[str, EcsService]) -> None:
        for part in parts:
            if part.rollout.new_revision is not None:
                self._images.setdefault(part.rollout.new_revision, dict(part.rollout.containers))
        unknown = unknown_revisions((part.rollout for part in parts), ecs, self._images)
        for definition in in_parallel(self._outside.services.definition, unknown):
            if definition is not None:
                self._images[definition.arn] = definition.images

    def _explained(self, part: Followed, seen: EcsService | None, now: datetime) -> Followed:
        if seen is None:
            return part
        part = replace(
            part,
            explained=tuple(dict.fromkeys((*part.explained, *self._told_by_tasks(part, seen)))),
            events=tuple(dict.fromkeys((*part.events, *_told_by_events(part, seen)))),
            warnings=self._dead_although_complete(part) if part.verdict.word is Word.COMPLETE else (),
        )
        return self._crash_looping(part, seen, now)

    def _dead_although_complete(self, part: Followed) -> tuple[str, ...]:
        """A task runs on without a container that is not essential; then its image was deployed, and does nothing."""
        rollout = part.rollout
        dead = self._outside.services.dead_containers(
            rollout.cluster, rollout.ecs_service, str(rollout.ecs_deployment_id)
        )
        ours = {container for container, _ in rollout.containers}
        return tuple(dict.fromkeys(f"container {c.name} has exited with {c.exit_code}" for c in dead if c.name in ours))

    def _told_by_tasks(self, part: Followed, seen: EcsService) -> Iterable[str]:
        for task in self._stopped(part, seen):
            yield from (f"{line}{self._logs_of(part, line)}" for line in _told_by(task))

    def _stopped(self, part: Followed, seen: EcsService) -> tuple[StoppedTask, ...]:
        """Asked for only where something has failed: a good rollout costs no such call."""
        ours = next((d for d in seen.deployments if d.id == part.rollout.ecs_deployment_id), None)
        failing = part.verdict.word in (Word.FAILED, Word.ROLLING_BACK, Word.ROLLED_BACK)
        if not failing and (ours is None or not ours.failed):
            return ()
        tasks = self._outside.services.stopped_tasks(part.rollout.cluster, part.rollout.ecs_service)
        return tuple(t for t in tasks if t.started_by == part.rollout.ecs_deployment_id)

    def _crash_looping(self, part: Followed, seen: EcsService, now: datetime) -> Followed:
        """Where a breaker or alarms decide, ECS's verdict is waited for: only then is everything put back."""
        ours = next((d for d in seen.deployments if d.id == part.rollout.ecs_deployment_id), None)
        if seen.breaker or seen.alarms or ours is None or ours.running or part.has_ended:
            return replace(part, none_running_since=None)
        since = part.none_running_since or now
        crashed = now - since >= NONE_RUNNING and len(self._stopped(part, seen)) >= CRASHES
        return replace(part, none_running_since=since, crash_looping=crashed)

    def _logs_of(self, part: Followed, line: str) -> str:
        revision = part.rollout.new_revision
        if revision is None:
            return ""
        if revision not in self._logs:
            definition = self._outside.services.definition(revision)
            self._logs[revision] = () if definition is None else log_groups(definition)
        groups = self._logs[revision]
        return f"; logs: {', '.join(groups)}" if groups else ""


def _counted(part: Followed, seen: EcsService | None, now: datetime) -> Followed:
    if seen is None:
        return part
    ours = next((d for d in seen.deployments if d.id == part.rollout.ecs_deployment_id), None)
    return replace(part, running=ours.running if ours is not None else 0, desired=seen.desired)


def _told_by_events(part: Followed, seen: EcsService) -> Iterable[str]:
    since = part.rollout.ecs_created_at
    for event in reversed(seen.events):
        told = any(word in event.message.lower() for word in TELLING)
        if told and (since is None or event.at >= since):
            yield event.message


def _told_by(task: StoppedTask) -> Iterable[str]:
    """`container app exited with 1`; a task that never started has its own reason."""
    told = False
    for container in task.containers:
        if container.exit_code not in (None, 0):
            told = True
            reason = f": {container.reason}" if container.reason else ""
            yield f"container {container.name} exited with {container.exit_code}{reason}"
        elif container.reason:
            told = True
            yield f"container {container.name}: {container.reason}"
    if not told and task.stopped_reason:
        yield task.stopped_reason


def log_groups(definition: TaskDefinition) -> tuple[str, ...]:
    """Where CloudWatch keeps what the containers wrote, as far as the definition names it."""
    groups = (
        ((container.get("logConfiguration") or {}).get("options") or {}).get("awslogs-group")
        for container in definition.fields.get("containerDefinitions", ())
    )
    return tuple(dict.fromkeys(group for group in groups if group))
