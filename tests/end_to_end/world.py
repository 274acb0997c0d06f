"""A small world for the installed program: AWS on this machine, a proxy in front of it, and a project's folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3

from release_tool.aws.ledger import DynamoLedger
from release_tool.demo.controls import Controls
from tests.proxy.calls import Answer, Call
from tests.proxy.faults import Ask
from tests.proxy.server import Proxy

PROJECT = "storage"
ACCOUNT = "123456789012"
REGION = "eu-west-1"
ECR = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
TABLE = "release-tool"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
LONG_ENOUGH = 600.0
"""Seconds of the emulator's clock in which any rollout comes to its end."""
PATIENCE_SECONDS = 90
HURRIED = Path(__file__).with_name("hurried.py")

MANIFEST = """\
storage:
  name: Storage service
  environments:
    - {id: stage, name: Staging}
    - {id: prod, name: Production}
"""


# --- the program


@dataclass(frozen=True, slots=True)
class Result:
    exit_code: int
    stdout: str
    stderr: str

    def __str__(self) -> str:
        return f"exit code {self.exit_code}\n--- stdout\n{self.stdout}\n--- stderr\n{self.stderr}"

    @property
    def document(self) -> Any:
        return json.loads(self.stdout)


class Running:
    """The program at work, in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @property
    def id(self) -> int:
        return self._process.pid

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def result(self) -> Result:
        stdout, stderr = self._process.communicate(timeout=PATIENCE_SECONDS)
        assert "Traceback" not in stderr, stderr
        return Result(self._process.returncode, stdout, stderr)


class World:
    """What a test sees of it. `aws` clients go past the proxy, so that its log has the program's calls alone."""

    def __init__(self, endpoint_url: str, proxy: Proxy, folder: Path) -> None:
        self.proxy = proxy
        self.controls = Controls(endpoint_url)
        self.folder = folder
        self.session = boto3.Session(region_name=REGION)
        self.ecs = self._client("ecs", endpoint_url)
        self.ssm = self._client("ssm", endpoint_url)
        self.ecr = self._client("ecr", endpoint_url)
        self.dynamodb = self._client("dynamodb", endpoint_url)
        self.environ: dict[str, str] = {"AWS_ENDPOINT_URL": proxy.url}

    def _client(self, service: str, endpoint_url: str) -> Any:
        return self.session.client(service, endpoint_url=endpoint_url)

    def begin(self) -> None:
        """Nothing is there but an empty project and an empty ledger."""
        self.proxy.behave()
        self.proxy.forget()
        self.controls.reset()
        self.controls.settings(clock="manual")
        self.write_manifest(MANIFEST)
        self.ledger.make_table()

    def write_manifest(self, text: str) -> None:
        (self.folder / ".wellcome_project").write_text(text)

    # --- the program

    def release_tool(self, *args: str, **environ: str) -> Result:
        return self.start(*args, **environ).result()

    def start(self, *args: str, program: Sequence[str] = ("-m", "release_tool"), **environ: str) -> Running:
        return Running(
            subprocess.Popen(
                [sys.executable, *program, *args],
                cwd=self.folder,
                env={**os.environ, **self.environ, **environ},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )

    def hurried(self, *args: str, **environ: str) -> Result:
        """The same program, for whom a sleep is over at once, and has lasted all the same."""
        return self.start_hurried(*args, **environ).result()

    def start_hurried(self, *args: str, **environ: str) -> Running:
        return self.start(*args, program=(str(HURRIED),), **environ)

    # --- what is there

    def add(self, environment: str, *services: str, build: str = "1111111", **given: Any) -> None:
        """ECS services of one task each that run a build, at rest."""
        self.add_cluster(environment)
        for service in services:
            self.add_service(environment, service, {service: image(service, build)}, **given)
        self.finish_rollouts()

    def add_cluster(self, environment: str) -> None:
        self.ecs.create_cluster(clusterName=cluster(environment))

    def add_service(self, environment: str, name: str, images: Mapping[str, str], **given: Any) -> None:
        """With a breaker that rolls back, unless something else is said."""
        definition = given.pop("definition", {})
        family = given.pop("family", f"{environment}-{name}")
        registered = self.ecs.register_task_definition(**task_definition(family, images, **definition))
        self.ecs.create_service(
            **{
                "cluster": cluster(environment),
                "serviceName": name,
                "taskDefinition": registered["taskDefinition"]["taskDefinitionArn"],
                "desiredCount": 1,
                "deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
                **given,
            }
        )

    def push(self, service: str, *builds: str, content: str = "") -> None:
        """Images in ECR. Another `content` under the same tag is another image."""
        names = {r["repositoryName"] for r in self.ecr.describe_repositories()["repositories"]}
        if service not in names:
            self.ecr.create_repository(repositoryName=service)
        for build in builds:
            manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST_TYPE, "of": f"{service}:{build}{content}"})
            self.ecr.put_image(repositoryName=service, imageTag=build, imageManifest=manifest)

    def registered(self, build: str, *services: str, label: str = "latest") -> None:
        """As `release-tool register` leaves it, the images in ECR."""
        for service in services:
            self.push(service, build)
            self.put(label, service, image(service, build))

    def put(self, label: str, service: str, uri: str) -> None:
        self.ssm.put_parameter(Name=parameter(label, service), Value=uri, Type="String", Overwrite=True)

    def finish_rollouts(self) -> None:
        self.controls.advance(LONG_ENOUGH)

    def let_time_pass_with_each_look(self, seconds: float) -> None:
        """Whenever the program describes services, so much has passed."""

        def later(call: Call, ask: Ask) -> Answer:
            self.controls.advance(seconds)
            return ask()

        self.proxy.on("ecs.DescribeServices", later)

    # --- what a test asks

    @property
    def ledger(self) -> DynamoLedger:
        return DynamoLedger(self.dynamodb, TABLE, _EmulatorsClock(self.controls))

    def says(self, environment: str, service: str) -> str | None:
        """What a parameter holds."""
        found = self.ssm.get_parameters(Names=[parameter(environment, service)])["Parameters"]
        return str(found[0]["Value"]) if found else None

    def service(self, environment: str, name: str) -> dict[str, Any]:
        found = self.ecs.describe_services(cluster=cluster(environment), services=[name])
        return dict(found["services"][0])

    def runs(self, environment: str, name: str) -> dict[str, str]:
        """Images by container of the revision that an ECS service runs."""
        return self.images_of(self.service(environment, name)["taskDefinition"])

    def images_of(self, revision: str) -> dict[str, str]:
        found = self.ecs.describe_task_definition(taskDefinition=revision)["taskDefinition"]
        return {container["name"]: container["image"] for container in found["containerDefinitions"]}

    def revisions(self, environment: str, name: str) -> list[str]:
        """All revisions of a service's family that were ever registered, oldest first."""
        arn = self.service(environment, name)["taskDefinition"]
        family = arn.rpartition("/")[2].rpartition(":")[0]
        arns = [
            arn
            for status in ("ACTIVE", "INACTIVE")
            for page in self.ecs.get_paginator("list_task_definitions").paginate(familyPrefix=family, status=status)
            for arn in page["taskDefinitionArns"]
        ]
        of_family = [arn for arn in arns if arn.rpartition("/")[2].rpartition(":")[0] == family]
        return sorted(of_family, key=_number)

    def newest_active(self, environment: str, name: str) -> str:
        family = self.service(environment, name)["taskDefinition"].rpartition(":")[0].rpartition("/")[2]
        return str(self.ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]["taskDefinitionArn"])


class _EmulatorsClock:
    def __init__(self, controls: Controls) -> None:
        self._controls = controls

    def now(self) -> datetime:
        return datetime.fromisoformat(self._controls.status()["time"])

    def sleep(self, seconds: float) -> None:
        """Whatever is waited for, the emulator has it done."""


def _number(arn: str) -> int:
    return int(arn.rpartition(":")[2])


# --- names and values


def cluster(environment: str) -> str:
    return f"{PROJECT}-{environment}"


def image(service: str, build: str) -> str:
    return f"{ECR}/{service}:{build}"


def parameter(label: str, service: str) -> str:
    return f"/{PROJECT}/images/{label}/{service}"


def task_definition(family: str, images: Mapping[str, str], **given: Any) -> dict[str, Any]:
    containers = [
        {
            "name": name,
            "image": uri,
            "essential": True,
            "memory": 128,
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {"awslogs-group": f"ecs/{name}", "awslogs-region": REGION},
            },
        }
        for name, uri in images.items()
    ]
    return {"family": family, "containerDefinitions": containers, **given}


@contextmanager
def emulator() -> Iterator[str]:
    """The emulator in a process of its own; yields its endpoint."""
    process = subprocess.Popen(
        [sys.executable, "-m", "release_tool.demo.emulator"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_SECONDS)
