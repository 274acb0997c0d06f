"""A service brought up to a later moment, one thing after another. Nothing moves unless it is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from release_tool.demo.rollouts.completing import PENDS_FOR, SETTLES_IN, complete, open_history, rest, ripen, tidy
from release_tool.demo.rollouts.failing import bury, prove
from release_tool.demo.rollouts.judging import Play, alarm_fires_at, goes_back_at, judge, stops_at
from release_tool.demo.rollouts.scheduling import DRAINS_IN, bakes_until, schedule
from release_tool.demo.rollouts.service import Service

TASKS_KEPT_FOR = 3600.0
"""https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html: stopped tasks show for an hour."""


def advance(service: Service, now: float, play: Play) -> Service:
    """What the service has come to by `now`; a time that has passed already changes nothing."""
    while (moment := _next_moment(service, play)) is not None and moment <= now:
        service = _step(replace(service, now=moment, is_due=False), play)
    return _forget(replace(service, now=max(now, service.now)))


def _step(service: Service, play: Play) -> Service:
    service = open_history(prove(bury(service)))
    service = ripen(schedule(judge(service, play)))
    # What has just baked may let older tasks go, and what has just gone may complete it.
    return _forget(tidy(rest(complete(schedule(service)))))


def _next_moment(service: Service, play: Play) -> float | None:
    if service.is_due:
        return service.now
    return min((moment for moment in _moments(service, play) if moment > service.now), default=None)


def _moments(service: Service, play: Play) -> Iterator[float]:
    for task in service.live:
        yield from (task.runs_at, task.healthy_at, task.runs_at + SETTLES_IN, task.dies_at, task.stopped_at)
    for entry in service.history[:1]:
        yield from (entry.created_at + PENDS_FOR, stops_at(entry), goes_back_at(entry, play))
    for deployment in service.deployments:
        yield from (deployment.created_at + SETTLES_IN, deployment.updated_at + DRAINS_IN)
        yield from (deployment.paused_until, bakes_until(service, deployment), alarm_fires_at(deployment))


def _forget(service: Service) -> Service:
    kept = tuple(task for task in service.tasks if task.stopped_at + TASKS_KEPT_FOR > service.now)
    return replace(service, tasks=kept)
