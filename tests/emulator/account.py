"""An emulated account, asked through boto3."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3
from botocore.exceptions import ClientError

from release_tool.demo.emulator import World

CLUSTER = "demo-stage"
REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"


@cache
def client_of(service: str) -> Any:
    """Made once: a client asks whatever account is emulated at the moment, and making one is slow."""
    return boto3.client(service)


class Account:
    def __init__(self, world: World) -> None:
        self.world = world
        self.ecs = client_of("ecs")
        self.ecs.create_cluster(clusterName=CLUSTER)

    def client(self, service: str) -> Any:
        return client_of(service)

    def after(self, seconds: float) -> Account:
        self.world.clock.advance(seconds)
        return self

    def settings(self, **changes: Any) -> None:
        self.world.settings = self.world.settings.with_changes(changes)

    def revision(self, tag: str = "v1", family: str = "web", **more: Any) -> str:
        containers = [
            {"name": "app", "image": f"{REGISTRY}/{family}:{tag}", "memory": 128},
            {"name": "log_router", "image": "fluent-bit:stable", "memory": 64},
        ]
        made = self.ecs.register_task_definition(family=family, containerDefinitions=containers, **more)
        return str(made["taskDefinition"]["taskDefinitionArn"])

    def create(self, name: str = "web", tag: str = "v1", **more: Any) -> dict[str, Any]:
        asked = {"desiredCount": 2, "taskDefinition": self.revision(tag, name), **more}
        return dict(self.ecs.create_service(cluster=CLUSTER, serviceName=name, **asked)["service"])

    def running(self, name: str = "web", **more: Any) -> dict[str, Any]:
        """A service whose first deployment is complete."""
        self.create(name, **more)
        self.after(60)
        return self.service(name)

    def update(self, name: str = "web", **changes: Any) -> dict[str, Any]:
        return dict(self.ecs.update_service(cluster=CLUSTER, service=name, **changes)["service"])

    def deploy(self, tag: str, name: str = "web") -> dict[str, Any]:
        return self.update(name, taskDefinition=self.revision(tag, name))

    def describe(self, *names: str, **more: Any) -> dict[str, Any]:
        return dict(self.ecs.describe_services(cluster=CLUSTER, services=list(names), **more))

    def service(self, name: str = "web") -> dict[str, Any]:
        return dict(self.describe(name)["services"][0])

    def story(self, name: str = "web") -> list[str]:
        """As in `PRIMARY web:2 IN_PROGRESS 1/2`."""
        return [
            f"{d['status']} {short(d['taskDefinition'])} {d['rolloutState']} {d['runningCount']}/{d['desiredCount']}"
            for d in self.service(name)["deployments"]
        ]


def short(revision_arn: str) -> str:
    return revision_arn.rpartition("/")[2]


def refused(ask: Any, **arguments: Any) -> tuple[str, str]:
    """The code and the words that a call is refused with."""
    try:
        ask(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    raise AssertionError("it was not refused")
