"""The ARNs of what the simulation knows by shorter names: each is made from the service's own."""

from __future__ import annotations

from release_tool.demo.rollouts.entries import Task
from release_tool.demo.rollouts.service import Service


def account_of(arn: str) -> str:
    return arn.split(":")[4]


def cluster_arn_of(service: Service) -> str:
    return service.arn.replace(":service/", ":cluster/").rpartition("/")[0]


def service_deployment_arn(service: Service, number: str) -> str:
    return f"{service.arn.replace(':service/', ':service-deployment/')}/{number}"


def service_revision_arn(service: Service, number: str) -> str:
    return f"{service.arn.replace(':service/', ':service-revision/')}/{number}"


def task_arn(service: Service, task: Task) -> str:
    return f"{cluster_arn_of(service).replace(':cluster/', ':task/')}/{task.id}"
