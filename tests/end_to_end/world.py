"""A small world for the installed program: AWS on this machine, a proxy in front of it, and a project's folder."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, NamedTuple

import boto3

from release_tool.aws.ledger import DynamoLedger
from release_tool.demo.controls import Controls
from tests.end_to_end.preloaded import Forked, Preloaded
from tests.proxy.calls import Answer, Call
from tests.proxy.faults import Ask, Victim
from tests.proxy.server import Proxy

PROJECT = "storage"
ACCOUNT = "123456789012"
REGION = "eu-west-1"
ECR = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
TABLE = "release-tool"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
LONG_ENOUGH = 600.0
"""Seconds of the emulator's clock in which any rollout comes to its end."""
SERVICES = ("bag_register", "bag_unpacker", "bag_verifier")
DEPLOY = ("deploy", "all", "prod", "--skip_confirm")
HURRIED = {"HURRIED": "50"}
PATIENCE_SECONDS = 90
ROOT = Path(__file__).parents[2]

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


class Screen(NamedTuple):
    """What a terminal shows in the end, with what was typed."""

    text: str
    exit_code: int


def _typed(terminal: IO[bytes], answer: str) -> str:
    """Read all, and answer as soon as somebody asks."""
    seen, is_answered = b"", False
    with suppress(OSError):  # a terminal ends so when nobody has it open any more
        while some := terminal.read(4096):
            seen += some
            if not is_answered and b"(y/n) " in seen:
                terminal.write(f"{answer}\n".encode())
                is_answered = True
    return seen.decode().replace("\r\n", "\n")


class Running:
    """The program at work, in a process of its own."""

    def __init__(self, forked: Forked, stdout: Path, stderr: Path) -> None:
        self._forked = forked
        self._stdout = stdout
        self._stderr = stderr

    @property
    def id(self) -> int:
        return self._forked.id

    def signal(self, number: int) -> None:
        os.kill(self.id, number)

    def result(self) -> Result:
        exit_code = self._forked.exit_code(PATIENCE_SECONDS)
        return checked(Result(exit_code, self._stdout.read_text(), self._stderr.read_text()))


def checked(result: Result) -> Result:
    """Whatever happens, nobody is shown a traceback."""
    assert "Traceback" not in result.stderr, result.stderr
    return result


class Aws:
    """The test's own way to AWS, past the proxy: the proxy's log has the program's calls alone."""

    def __init__(self, endpoint_url: str) -> None:
        session = boto3.Session(region_name=REGION)
        self.ecs, self.ssm, self.ecr, self.dynamodb = (
            session.client(service, endpoint_url=endpoint_url)  # type: ignore[call-overload]
            for service in ("ecs", "ssm", "ecr", "dynamodb")
        )
        self.controls = Controls(endpoint_url)


class World:
    """What a test sees of it, and does to it."""

    def __init__(self, aws: Aws, proxy: Proxy, program: Preloaded, folder: Path) -> None:
        self.ecs, self.ssm, self.ecr, self.dynamodb = aws.ecs, aws.ssm, aws.ecr, aws.dynamodb
        self.controls = aws.controls
        self.proxy = proxy
        self.folder = folder
        self.environ: dict[str, str] = {"AWS_ENDPOINT_URL": proxy.url}
        self._program = program
        self._runs = itertools.count()

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

    def installed(self, *args: str, **environ: str) -> Result:
        """`release-tool …` as people type it."""
        ran = subprocess.run(
            [sys.executable, "-m", "release_tool", *args],
            cwd=self.folder,
            env={**os.environ, **self.environ, **environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        return checked(Result(ran.returncode, ran.stdout, ran.stderr))

    def on_a_terminal(self, *args: str, answer: str = "y", **environ: str) -> Screen:
        """The same with somebody in front of it, who gives `answer` to the question."""
        ours, its = os.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "release_tool", *args],
            cwd=self.folder,
            env={**os.environ, **self.environ, **environ},
            stdin=its,
            stdout=its,
            stderr=its,
            start_new_session=True,
        )
        os.close(its)
        with open(ours, "r+b", buffering=0) as terminal:
            return Screen(_typed(terminal, answer), process.wait(PATIENCE_SECONDS))

    def release_tool(self, *args: str, **environ: str) -> Result:
        """The same in a process that need not load it first."""
        return self.start(*args, **environ).result()

    def start(self, *args: str, **environ: str) -> Running:
        stdout, stderr = (self.folder.with_name(f"{name}-{next(self._runs)}") for name in ("stdout", "stderr"))
        environ = {**os.environ, **self.environ, **environ}
        return Running(self._program.start(args, self.folder, environ, stdout, stderr), stdout, stderr)

    def hurried(self, *args: str, **environ: str) -> Result:
        """The same, for whom a sleep is soon over, and has lasted all the same."""
        return self.release_tool(*args, **{**HURRIED, **environ})

    def killed_after(self, nth: int, *args: str, of: str = "*") -> Result:
        """Kill -9 after its `nth` call: AWS has acted, and whoever asked is gone before the answer is there."""
        victim = Victim()
        self.proxy.on(of, victim.kill_after, nth=nth)
        running = self.start(*args)
        victim.is_process(running.id)
        result = running.result()
        self.proxy.behave()
        self.proxy.wait_until_quiet()
        return result

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

    def delete_table(self) -> None:
        self.dynamodb.update_table(TableName=TABLE, DeletionProtectionEnabled=False)
        self.dynamodb.delete_table(TableName=TABLE)

    def push(self, service: str, *builds: str, content: str = "") -> None:
        """Images in ECR. Another `content` under the same tag is another image."""
        names = {r["repositoryName"] for r in self.ecr.describe_repositories()["repositories"]}
        if service not in names:
            self.ecr.create_repository(repositoryName=service)
        for build in builds:
            manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST_TYPE, "of": f"{service}:{build}{content}"})
            with suppress(self.ecr.exceptions.ImageAlreadyExistsException):
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

    def now(self) -> datetime:
        """By the emulator's clock."""
        return _EmulatorsClock(self.controls).now()

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
def serving(*program: str) -> Iterator[str]:
    """A Python program that serves until it is told to end; yields the line that it says when it is ready."""
    process = subprocess.Popen([sys.executable, *program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        assert line, f"{program} has ended before it was ready"
        yield line
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_SECONDS)
