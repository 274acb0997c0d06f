"""The reality: ECS services, their deployments and tasks, and the revisions that they run."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from release_tool.aws.failures import DENIED, error_code, is_lost_answer, translated, translation
from release_tool.aws.pace import Paces
from release_tool.errors import AskedWrongly, LostAnswer
from release_tool.parallel import chunks, in_parallel
from release_tool.rollout import (
    EcsDeployment,
    EcsService,
    Event,
    ServiceDeployment,
    StoppedContainer,
    StoppedTask,
)
from release_tool.task_definition import TaskDefinition, revision_number, short_revision

# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html: ten services a call;
# API_DescribeServiceDeployments: twenty; API_DescribeTasks: a hundred.
SERVICES_A_CALL = 10
SERVICE_DEPLOYMENTS_A_CALL = 20
TASKS_A_CALL = 100


class EcsServices:
    """ECS in one account and region. `once` is a client that never repeats a call by itself."""

    def __init__(self, client: Any, once: Any, paces: Paces) -> None:
        self._ecs = client
        self._once = once
        self._paces = paces
        self._definitions: dict[str, TaskDefinition] = {}
        self._lock = threading.Lock()

    # --- questions

    def describe(self, cluster: str, names: Sequence[str]) -> dict[str, EcsService]:
        answers = in_parallel(
            lambda some: self._describe(cluster, some), chunks(list(dict.fromkeys(names)), SERVICES_A_CALL)
        )
        return {service.name: service for answer in answers for service in answer}

    def _describe(self, cluster: str, names: Sequence[str]) -> list[EcsService]:
        with translated("describe the services of cluster", cluster):
            try:
                answer = self._call("DescribeServices", cluster=cluster, services=list(names))
            except ClientError as error:
                if error_code(error) == "ClusterNotFoundException":
                    raise _no_cluster(cluster) from error
                raise
        return [service_of(service) for service in answer["services"]]

    def definition(self, family_or_arn: str) -> TaskDefinition | None:
        """A revision never changes, so one that was seen is not asked for again; a family's newest is."""
        known = self._definitions.get(family_or_arn)
        if known is not None:
            return known
        with translated("describe the task definition", short_revision(family_or_arn)):
            try:
                answer = self._call("DescribeTaskDefinition", taskDefinition=family_or_arn, include=["TAGS"])
            except ClientError as error:
                if error_code(error) == "ClientException":
                    return None
                raise
        return self._remember(self._definition_of(answer))

    def newer_revisions(self, revision_arn: str) -> tuple[str, ...]:
        """Pages are read newest first, and only until the revision that was asked about."""
        family, number = short_revision(revision_arn).rpartition(":")[0], revision_number(revision_arn)
        newer: list[str] = []
        with translated("list the revisions of", family):
            pages = self._ecs.get_paginator("list_task_definitions").paginate(
                familyPrefix=family, status="ACTIVE", sort="DESC"
            )
            for page in pages:
                # familyPrefix is a prefix: `web` finds `web-admin` too.
                ours = [arn for arn in page["taskDefinitionArns"] if short_revision(arn).rpartition(":")[0] == family]
                newer += [arn for arn in ours if revision_number(arn) > number]
                if any(revision_number(arn) <= number for arn in ours):
                    break
        return tuple(newer)

    def service_deployments(self, arns: Collection[str]) -> dict[str, ServiceDeployment]:
        answers = in_parallel(self._service_deployments, chunks(list(arns), SERVICE_DEPLOYMENTS_A_CALL))
        return {found.arn: found for answer in answers for found in answer}

    def _service_deployments(self, arns: Sequence[str]) -> list[ServiceDeployment]:
        """Who may not ask is told less, but what DescribeServices says still counts."""
        with translated("describe the service deployments", f"{arns[0]} …"):
            try:
                answer = self._call("DescribeServiceDeployments", serviceDeploymentArns=list(arns))
            except ClientError as error:
                if error_code(error) in DENIED:
                    return []
                raise
        return [_service_deployment_of(found) for found in answer.get("serviceDeployments", ())]

    def stopped_tasks(self, cluster: str, service: str) -> tuple[StoppedTask, ...]:
        return tuple(_stopped_task_of(task) for task in self._tasks(cluster, service, "STOPPED"))

    def dead_containers(self, cluster: str, service: str, ecs_deployment_id: str) -> tuple[StoppedContainer, ...]:
        return tuple(
            _container_of(container)
            for task in self._tasks(cluster, service, "RUNNING")
            if task.get("startedBy") == ecs_deployment_id
            for container in task.get("containers", ())
            if container.get("lastStatus") == "STOPPED"
        )

    def _tasks(self, cluster: str, service: str, desired_status: str) -> list[dict[str, Any]]:
        with translated("list the tasks of", service):
            pages = self._ecs.get_paginator("list_tasks").paginate(
                cluster=cluster, serviceName=service, desiredStatus=desired_status
            )
            arns = [arn for page in pages for arn in page["taskArns"]]
            return [
                task
                for some in chunks(arns, TASKS_A_CALL)
                for task in self._call("DescribeTasks", cluster=cluster, tasks=list(some))["tasks"]
            ]

    # --- writes

    def register(self, fields: Mapping[str, Any]) -> TaskDefinition:
        answer = self._write("RegisterTaskDefinition", "register a revision of", fields["family"], **fields)
        return self._remember(self._definition_of(answer))

    def update(self, cluster: str, service: str, revision_arn: str) -> EcsService:
        # Nothing but these three: every other member that is sent overwrites what Terraform keeps.
        arguments = {"cluster": cluster, "service": service, "taskDefinition": revision_arn}
        answer = self._write("UpdateService", "update the service", service, **arguments)
        return service_of(answer["service"])

    def deregister(self, revision_arn: str) -> None:
        with translated("deregister", short_revision(revision_arn)):
            self._call("DeregisterTaskDefinition", taskDefinition=revision_arn)

    # --- below

    def _write(self, operation: str, action: str, resource: str, **arguments: Any) -> Any:
        """Send once. Where it may have acted although it failed, say so: the caller looks before it repeats."""
        with translated(action, resource):
            try:
                return self._paces.of(operation).call(getattr(self._once, _METHODS[operation]), **arguments)
            except (ClientError, BotoCoreError) as error:
                if is_lost_answer(error):
                    raise LostAnswer(translation(error, action, resource).message) from error
                raise

    def _call(self, operation: str, **arguments: Any) -> Any:
        return self._paces.of(operation).call(getattr(self._ecs, _METHODS[operation]), **arguments)

    def _definition_of(self, answer: Mapping[str, Any]) -> TaskDefinition:
        shape = self._ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape
        return definition_of(answer, set(shape.members))

    def _remember(self, definition: TaskDefinition) -> TaskDefinition:
        with self._lock:
            self._definitions[definition.arn] = definition
        return definition


_METHODS = {
    "DescribeServices": "describe_services",
    "DescribeTaskDefinition": "describe_task_definition",
    "DescribeServiceDeployments": "describe_service_deployments",
    "DescribeTasks": "describe_tasks",
    "RegisterTaskDefinition": "register_task_definition",
    "DeregisterTaskDefinition": "deregister_task_definition",
    "UpdateService": "update_service",
}


def _no_cluster(cluster: str) -> AskedWrongly:
    return AskedWrongly(
        f"there is no ECS cluster called `{cluster}` in this account and region",
        next="name the environment's cluster with `cluster` in the manifest, or check `aws_region_name` and `role_arn`",
    )


def definition_of(answer: Mapping[str, Any], registrable: Collection[str]) -> TaskDefinition:
    """A Register or Describe answer, kept to what RegisterTaskDefinition accepts.

    `registrable` comes from the installed botocore's service model, so that fields which AWS adds to answers
    are dropped, and settings which it adds to task definitions are kept, without a list of ours to keep up.
    """
    found = answer["taskDefinition"]
    fields = {name: value for name, value in found.items() if name in registrable}
    if answer.get("tags"):
        fields["tags"] = answer["tags"]
    return TaskDefinition(
        arn=found["taskDefinitionArn"], family=found["family"], revision=found["revision"], fields=fields
    )


def service_of(found: Mapping[str, Any]) -> EcsService:
    configuration = found.get("deploymentConfiguration") or {}
    breaker = configuration.get("deploymentCircuitBreaker") or {}
    alarms = configuration.get("alarms") or {}
    return EcsService(
        arn=found["serviceArn"],
        cluster=found.get("clusterArn", "").rpartition("/")[2],
        name=found["serviceName"],
        status=found.get("status", "ACTIVE"),
        revision=found.get("taskDefinition"),
        deployments=tuple(_deployment_of(d) for d in found.get("deployments", ())),
        desired=found.get("desiredCount", 0),
        running=found.get("runningCount", 0),
        pending=found.get("pendingCount", 0),
        events=tuple(Event(e["createdAt"], e["message"]) for e in found.get("events", ())),
        # A service made without a controller has ECS's own.
        controller=(found.get("deploymentController") or {}).get("type", "ECS"),
        strategy=configuration.get("strategy", "ROLLING"),
        scheduling=found.get("schedulingStrategy", "REPLICA"),
        breaker=bool(breaker.get("enable")),
        rollback=bool(
            (breaker.get("enable") and breaker.get("rollback")) or (alarms.get("enable") and alarms.get("rollback"))
        ),
        alarms=bool(alarms.get("enable")),
        maximum_percent=configuration.get("maximumPercent", 200),
        minimum_healthy_percent=configuration.get("minimumHealthyPercent", 100),
        managed_by="ECS" if found.get("resourceManagementType") == "ECS" else None,
    )


def _deployment_of(found: Mapping[str, Any]) -> EcsDeployment:
    return EcsDeployment(
        id=found["id"],
        status=found["status"],
        revision=found["taskDefinition"],
        created_at=found["createdAt"],
        rollout_state=found.get("rolloutState"),
        rollout_state_reason=found.get("rolloutStateReason"),
        desired=found.get("desiredCount", 0),
        running=found.get("runningCount", 0),
        pending=found.get("pendingCount", 0),
        failed=found.get("failedTasks", 0),
        updated_at=found.get("updatedAt"),
    )


def _service_deployment_of(found: Mapping[str, Any]) -> ServiceDeployment:
    return ServiceDeployment(
        arn=found["serviceDeploymentArn"],
        number=found["serviceDeploymentArn"].rpartition("/")[2],
        status=found["status"],
        status_reason=found.get("statusReason"),
        lifecycle_stage=found.get("lifecycleStage"),
        bake_minutes=(found.get("deploymentConfiguration") or {}).get("bakeTimeInMinutes"),
        started_at=found.get("startedAt"),
        finished_at=found.get("finishedAt"),
    )


def _stopped_task_of(found: Mapping[str, Any]) -> StoppedTask:
    return StoppedTask(
        arn=found["taskArn"],
        started_by=found.get("startedBy"),
        revision=found["taskDefinitionArn"],
        stop_code=found.get("stopCode"),
        stopped_reason=found.get("stoppedReason"),
        stopped_at=found.get("stoppedAt"),
        containers=tuple(_container_of(container) for container in found.get("containers", ())),
    )


def _container_of(found: Mapping[str, Any]) -> StoppedContainer:
    return StoppedContainer(found["name"], found.get("exitCode"), found.get("reason"))
