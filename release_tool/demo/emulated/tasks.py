"""ListTasks and DescribeTasks: the tasks that services start, beside those that moto was asked to run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from moto.ecs.exceptions import ServiceNotFoundException

from release_tool.demo.emulated.clusters import cluster_of, found_service, lives_in
from release_tool.demo.emulated.names import task_arn
from release_tool.demo.emulated.paging import page
from release_tool.demo.emulated.seam import Action, Answer, Call, refusal
from release_tool.demo.emulated.task_view import desired_status, task_shown
from release_tool.demo.emulated.world import Life
from release_tool.demo.rollouts import changes
from release_tool.demo.rollouts.entries import Task

TASKS_A_CALL = 100


def list_tasks(call: Call) -> Answer:
    sent, cluster = call.sent, cluster_of(call)
    name = sent.get("serviceName")
    if sent.get("startedBy") and (name or sent.get("family")):
        # API_ListTasks: as a filter, startedBy "must be the only filter that you use".
        raise refusal("InvalidParameterException", "startedBy cannot be used together with another filter.")
    if name and found_service(call, cluster, name) is None:
        raise ServiceNotFoundException
    arns = [task_arn(life.service, task) for life, task in _ours(call, cluster) if _is_asked_for(life, task, sent)]
    if not name:
        arns += _of_moto(call)
    arns, token = page(arns, sent, size=100)
    return {"taskArns": arns, "nextToken": token}


def describe_tasks(call: Call) -> Answer:
    sent, cluster = call.sent, cluster_of(call)
    asked = sent.get("tasks", [])
    if not asked:
        raise refusal("InvalidParameterException", "Tasks cannot be empty.")
    if len(asked) > TASKS_A_CALL:
        raise refusal("InvalidParameterException", f"tasks can have at most {TASKS_A_CALL} items.")
    ours = {task.id: (life, task) for life, task in _ours(call, cluster)}
    known = {task.task_arn.rpartition("/")[2]: task for task in _moto_tasks(call, cluster)}
    shown: list[Any] = []
    failures = []
    for name in asked:
        task_id = name.rpartition("/")[2]
        if task_id in ours:
            shown.append(task_shown(call.world, *ours[task_id]))
        elif task_id in known:
            shown.append(known[task_id])
        else:
            failures.append({"arn": _arn(call, cluster, task_id), "reason": "MISSING"})
    return {"tasks": shown, "failures": failures}


def stop_task(call: Call) -> Answer:
    sent, cluster = call.sent, cluster_of(call)
    task_id = sent["task"].rpartition("/")[2]
    found = next(((life, task) for life, task in _ours(call, cluster) if task.id == task_id), None)
    if found is None:
        return call.moto()
    life, _ = found
    life.service = changes.stop_task(life.service, task_id, sent.get("reason", "Task stopped by user"))
    stopped = next(task for task in life.service.tasks if task.id == task_id)
    return {"task": task_shown(call.world, life, stopped)}


ACTIONS: Mapping[str, Action] = {"list_tasks": list_tasks, "describe_tasks": describe_tasks, "stop_task": stop_task}


def _ours(call: Call, cluster: str) -> Iterator[tuple[Life, Task]]:
    for life in lives_in(call, cluster):
        for task in life.service.tasks:
            yield life, task


def _is_asked_for(life: Life, task: Task, sent: Mapping[str, Any]) -> bool:
    name = sent.get("serviceName", life.service.name).rpartition("/")[2]
    family = task.revision.arn.rpartition("/")[2].rpartition(":")[0]
    return (
        name == life.service.name
        and sent.get("startedBy", task.deployment_id) == task.deployment_id
        and sent.get("family", family) == family
        and sent.get("launchType") in (None, life.asked.get("launchType", "EC2"))
        and sent.get("desiredStatus", "RUNNING") == desired_status(task, life.service.now)
    )


def _of_moto(call: Call) -> list[str]:
    result: Any = call.moto().result
    return list(result["taskArns"])


def _moto_tasks(call: Call, cluster: str) -> list[Any]:
    return list(call.response.ecs_backend.tasks.get(cluster, {}).values())


def _arn(call: Call, cluster: str, task_id: str) -> str:
    return f"arn:aws:ecs:{call.region}:{call.account}:task/{cluster}/{task_id}"
