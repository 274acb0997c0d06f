"""Wires the ports to AWS and to Git: the one place where adapters are made."""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

from release_tool.announcing import AnnouncingLedger
from release_tool.aws.clock import AwsClock
from release_tool.aws.identity import StsIdentity
from release_tool.aws.images import EcrImages
from release_tool.aws.ledger import DynamoLedger
from release_tool.aws.ledger.inspection import LedgerTable
from release_tool.aws.pace import Paces
from release_tool.aws.parameters import SsmParameters
from release_tool.aws.permissions import IamPermissions
from release_tool.aws.platforms import EcrPlatforms
from release_tool.aws.services import EcsServices
from release_tool.aws.session import Accounts
from release_tool.checks.asking import Examining
from release_tool.commands import Context
from release_tool.console import Console
from release_tool.gather import Asking
from release_tool.git import Repository
from release_tool.model import Environment, Project
from release_tool.ports import Holder, Ledger
from release_tool.process import host, is_alive, own_process
from release_tool.webhook import Webhooks

Place = tuple[str | None, str | None]
"""The role that calls are made in, and their region."""


class Adapters:
    """Made once for each role and region, and only when they are asked for."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._accounts = Accounts()
        self._paces: dict[Place, Paces] = {}
        self._parameters: dict[Place, SsmParameters] = {}
        self._services: dict[Place, EcsServices] = {}
        self.clock = AwsClock()
        for service in ("dynamodb", "ecs"):  # while a rollout is followed, the ledger is not asked for minutes
            self._accounts.watch(service, self.clock.listen_to)

    def ledger(self) -> DynamoLedger:
        role_arn, region = self._place(None)
        client = self._accounts.client("dynamodb", role_arn=role_arn, region=region)
        return DynamoLedger(client, self._project.ledger_table, self.clock, is_alive)

    def parameters_of(self, environment: Environment | None) -> SsmParameters:
        place = self._place(environment)
        if place not in self._parameters:
            client = self._accounts.client("ssm", role_arn=place[0], region=place[1])
            self._parameters[place] = SsmParameters(client, self._project.id, self._paces_of(place))
        return self._parameters[place]

    def services_of(self, environment: Environment) -> EcsServices:
        place = self._place(environment)
        if place not in self._services:
            client = self._accounts.client("ecs", role_arn=place[0], region=place[1])
            once = self._accounts.client("ecs", role_arn=place[0], region=place[1], once=True)
            self._services[place] = EcsServices(client, once, self._paces_of(place))
        return self._services[place]

    def images(self) -> EcrImages:
        role_arn = self._project.role_arn
        return EcrImages(lambda region: self._accounts.client("ecr", role_arn=role_arn, region=region))

    def identity(self) -> StsIdentity:
        role_arn, region = self._place(None)
        return StsIdentity(self._accounts.client("sts", role_arn=role_arn, region=region))

    def examining(self) -> Examining:
        """What `doctor` asks: in the hands of each environment."""
        role_arn, region = self._place(None)
        table = self._accounts.client("dynamodb", role_arn=role_arn, region=region)

        def client(service: str, environment: Environment | None) -> Any:
            place = self._place(environment)
            return self._accounts.client(service, role_arn=place[0], region=place[1])

        return Examining(
            table=LedgerTable(table, self._project.ledger_table),
            platforms=EcrPlatforms(lambda region: self._accounts.client("ecr", role_arn=role_arn, region=region)),
            identity_of=lambda environment: StsIdentity(client("sts", environment)),
            permissions_of=lambda environment: IamPermissions(client("iam", environment)),
            region_of=lambda environment: str(client("sts", environment).meta.region_name),
        )

    def _place(self, environment: Environment | None) -> Place:
        """An environment may live in an account and a region of its own; the rest is the project's."""
        if environment is None:
            return self._project.role_arn, self._project.aws_region_name
        return (
            environment.role_arn or self._project.role_arn,
            environment.aws_region_name or self._project.aws_region_name,
        )

    def _paces_of(self, place: Place) -> Paces:
        return self._paces.setdefault(place, Paces(self.clock))


def context_of(project: Project, manifest: Path, argv: Sequence[str], console: Console) -> Context:
    adapters = Adapters(project)
    webhooks = Webhooks(project, os.environ, console.note)
    asking = Asking(
        ledger=cast(Ledger, AnnouncingLedger(adapters.ledger(), webhooks)) if project.notify else adapters.ledger(),
        parameters_of=adapters.parameters_of,
        services_of=adapters.services_of,
        images=adapters.images(),
        identity=adapters.identity(),
        reasons=Repository(manifest.resolve().parent),
    )
    return Context(
        project=project,
        asking=asking,
        clock=adapters.clock,
        console=console,
        environ=os.environ,
        holder=cache(lambda: _holder(asking, adapters.clock, argv)),
        examining=adapters.examining,
        finish=webhooks.finish,
    )


def _holder(asking: Asking, clock: AwsClock, argv: Sequence[str]) -> Holder:
    name, email = asking.reasons.author()
    process, started = own_process()
    person = f"{name} <{email}>" if name and email else os.environ.get("USER", "somebody")
    now = clock.now()
    return Holder(
        id=str(uuid.uuid4()),
        person=person,
        host=host(),
        process=process,
        process_started=started,
        command=" ".join(["release-tool", *argv]),
        since=now,
        until=now,
    )
