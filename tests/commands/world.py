"""A world in memory, and the whole program in it: from a command line to an exit code and two streams."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from release_tool.cli import main
from release_tool.commands import Context
from release_tool.console import Console
from release_tool.gather import Asking
from release_tool.model import Environment, Project
from tests.builders import a_holder, a_project, a_service, fields_of, uri_of
from tests.fakes.clock import HandClock
from tests.fakes.identity import GivenIdentity
from tests.fakes.images import MemoryImages
from tests.fakes.ledger import MemoryLedger
from tests.fakes.parameters import MemoryParameters
from tests.fakes.reasons import MemoryReasons
from tests.fakes.services import MemoryServices

SIDECAR = "public.ecr.aws/fluent/bit:1"


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


class _Stream(io.StringIO):
    def __init__(self, text: str = "", *, is_terminal: bool = False) -> None:
        super().__init__(text)
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


class World:
    """Three services in two environments, each with one ECS service of its own, running build 1111111."""

    def __init__(self, project: Project | None = None, *, breaker: bool = True) -> None:
        self.project = project or a_project(a_service("web"), a_service("api"), a_service("worker"))
        self.clock = HandClock()
        self.ledger = MemoryLedger(self.clock, is_alive=lambda process, started: started in self.alive)
        self.services = MemoryServices(self.clock)
        self.parameters = MemoryParameters()
        self.images = MemoryImages()
        self.reasons = MemoryReasons(author=("Ada", "ada@example.org"))
        self.alive: set[str] = set()
        self.processes = 0
        for environment in self.project.environments:
            for service in self.project.services or ():
                for name in service.ecs_service_names(self.project.id, environment):
                    self._start(environment, service.id, name, breaker)

    def _start(self, environment: Environment, service: str, name: str, breaker: bool) -> None:
        images = {"app": uri_of(service, "1111111"), "log_router": SIDECAR}
        fields = fields_of(f"{environment.cluster}-{name}", images)
        self.services.has(environment.cluster, name, fields, breaker=breaker, rollback=breaker)

    # --- commands

    def run(self, *argv: str, answer: str | None = None) -> Result:
        """`answer` is what somebody types at a terminal; None means that there is none."""
        streams = (
            _Stream("" if answer is None else f"{answer}\n", is_terminal=answer is not None),
            _Stream(),
            _Stream(is_terminal=answer is not None),
        )
        self.clock.turn(timedelta(seconds=1))
        with _as_standard(streams):
            code = main(argv, compose=self._compose)
        return Result(int(code), streams[1].getvalue(), streams[2].getvalue())

    def register(self, service: str, build: str, env: str = "latest") -> None:
        assert self.run("register", uri_of(service, build), service, f"--env={env}").code == 0

    def deploy(self, asked: str = "all", env: str = "prod", *options: str) -> Result:
        return self.run("deploy", asked, env, "--skip_confirm", *options)

    def _compose(self, args: Mapping[str, Any], argv: Sequence[str], console: Console) -> Context:
        self.processes += 1
        started = f"process {self.processes}"
        holder = a_holder(started, process=self.processes, process_started=started)
        asking = Asking(
            ledger=self.ledger,
            parameters_of=lambda environment: self.parameters,
            services_of=lambda environment: self.services,
            images=self.images,
            identity=GivenIdentity(),
            reasons=self.reasons,
        )
        return Context(self.project, asking, self.clock, console, {}, lambda: holder)

    # --- what ECS does

    def everywhere(self, does: Callable[[str, str], None], env: str = "prod") -> None:
        environment = self.project.environment(env)
        for service in self.project.services or ():
            for name in service.ecs_service_names(self.project.id, environment):
                does(environment.cluster, name)

    def complete(self, env: str = "prod") -> None:
        self.everywhere(self.services.complete, env)

    # --- what is true

    def runs(self, name: str, env: str = "prod") -> str:
        """The build of the image that the PRIMARY of an ECS service runs."""
        cluster = self.project.environment(env).cluster
        revision = self.services.describe(cluster, [name])[name].revision
        definition = self.services.definition(str(revision))
        assert definition is not None
        return definition.images["app"].rpartition(":")[2]

    def newest(self, name: str, env: str = "prod") -> str:
        """The build of the family's newest ACTIVE revision: what Terraform looks at."""
        definition = self.services.definition(f"{self.project.environment(env).cluster}-{name}")
        assert definition is not None
        return definition.images["app"].rpartition(":")[2]

    def parameter(self, service: str, env: str = "prod") -> str | None:
        uri = self.parameters.images(env, [service]).get(service)
        return None if uri is None else uri.rpartition(":")[2]

    def word(self, service: str, env: str = "prod") -> str | None:
        found = self.run("status", "all", env, "--output=json").document["services"]
        word: str | None = next(s["word"] for s in found if s["service"] == service)
        return word


@contextmanager
def _as_standard(streams: tuple[_Stream, _Stream, _Stream]) -> Any:
    before = sys.stdin, sys.stdout, sys.stderr
    sys.stdin, sys.stdout, sys.stderr = streams
    try:
        yield
    finally:
        sys.stdin, sys.stdout, sys.stderr = before
