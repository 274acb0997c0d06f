"""Where the examples of the docs are played: the demo's sample project on fakes, a keyboard and a screen.

A stage is a world of its own. Commands are given as people type them, and what a terminal would show comes back. Time
goes on only when a command waits, or when a stage direction says so.
"""

from __future__ import annotations

import importlib
import json
import random
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from io import StringIO
from typing import Any

from docopt import docopt

from release_tool import documents
from release_tool.commands import Context
from release_tool.console import Console
from release_tool.demo.sample import BAD, COMMITS, MANIFEST, REGISTRY, SERVICES
from release_tool.errors import ReleaseToolError
from release_tool.gather import Asking
from release_tool.manifest import load_manifest
from release_tool.model import Commit
from release_tool.ports import Holder
from tests.fakes.clock import HandClock
from tests.fakes.identity import GivenIdentity
from tests.fakes.images import MemoryImages
from tests.fakes.ledger import MemoryLedger
from tests.fakes.parameters import MemoryParameters
from tests.fakes.reasons import MemoryReasons
from tests.fakes.services import MemoryServices
from tests.fakes.trouble import Killed

HASHES = ("820d856", "4824f09", "aaa53e0", "8b5cae3", "64415e0", "4190992")
"""Of the sample project's commits, oldest first: those that the demo shows as well."""
PEOPLE = {"Bob": ("Bob Beardly", "bob@beardcorp.com"), "Ann": ("Ann Example", "ann@example.org")}
# How ECS behaves here, in seconds.
TAKES = {"bag_register": 15, "bag-replicator-primary": 24, "bag-replicator-glacier": 24, "bags_api": 24}
CRASHES_AFTER = 8
IS_BACK_AFTER = 22


class Stage:
    """The sample project, all of it running its oldest build, and nothing of it known to release-tool."""

    def __init__(self) -> None:
        random.seed(57)  # so that looks at a rollout come at the same uneven times whenever a page is played
        self.clock = StageClock(self._ecs_goes_on)
        self.project = load_manifest(MANIFEST, ".wellcome_project").project(None)
        self.ledger = MemoryLedger(self.clock)
        self.parameters = MemoryParameters()
        self.services = MemoryServices(self.clock)
        self.images = MemoryImages()
        self.person = "Bob"
        self.last_exit_code = 0
        for cluster, service, name in self._ecs_services():
            fields = definition(cluster, name, image_of(service, HASHES[0]))
            self.services.has(cluster, name, fields, desired=2, breaker=True, rollback=True)

    def type(self, line: str, answers: Sequence[str] = ()) -> str:
        """Type one line; what the terminal shows then. `answers` are typed when something is asked."""
        if line == "echo $?":
            return f"{self.last_exit_code}\n"
        program, *argv = shlex.split(line)
        assert program == "release-tool", f"only release-tool is played here, not {program}"
        screen = StringIO()
        self.last_exit_code = self._run(argv, answers, screen)
        return screen.getvalue()

    def _run(self, argv: Sequence[str], answers: Sequence[str], screen: StringIO) -> int:
        verb = importlib.import_module(f"release_tool.commands.{argv[0]}")
        args = docopt(str(verb.__doc__), list(argv), default_help=False)
        console = Console(Keyboard(answers, screen), screen, Terminal(screen), as_json=args["--output"] == "json")
        try:
            return int(verb.run(args, self._context(argv, console)))
        except ReleaseToolError as error:
            shown = json.dumps(documents.error(error), indent=2) if console.as_json else f"release-tool: {error}"
            screen.write(f"{shown}\n")
            return int(error.exit_code)

    def _context(self, argv: Sequence[str], console: Console) -> Context:
        asking = Asking(
            ledger=self.ledger,
            parameters_of=lambda environment: self.parameters,
            services_of=lambda environment: self.services,
            images=self.images,
            identity=GivenIdentity(f"arn:aws:sts::123456789012:assumed-role/deployer/{self.person.lower()}"),
            reasons=MemoryReasons(commits(), PEOPLE[self.person]),
        )
        holder = self.holder(self.person, argv)
        return Context(self.project, asking, self.clock, console, {}, lambda: holder)

    def holder(self, who: str, argv: Sequence[str]) -> Holder:
        name, email = PEOPLE[who]
        now, command = self.clock.now(), " ".join(["release-tool", *argv])
        return Holder(
            f"{who} {now} {command}", f"{name} <{email}>", f"{who.lower()}s-laptop", 1, "1", command, now, now
        )

    # --- ECS's own doing

    def _ecs_services(self) -> Iterator[tuple[str, str, str]]:
        for environment in self.project.environments:
            for service, names in SERVICES.items():
                for name in names:
                    yield environment.cluster, service, name

    def _ecs_goes_on(self) -> bool:
        """Whether anything rolls out."""
        going = [self._rollout_goes_on(cluster, name) for cluster, _, name in self._ecs_services()]
        return any(going)

    def _rollout_goes_on(self, cluster: str, name: str) -> bool:
        primary = self.services.describe(cluster, [name])[name].primary
        if primary is None or primary.rollout_state != "IN_PROGRESS":
            return False
        age = (self.clock.now() - primary.created_at).total_seconds()
        goes_back = "rolling back" in (primary.rollout_state_reason or "")
        if self._is_bad(primary.revision) and not goes_back:
            if age >= CRASHES_AFTER:
                self.services.stop_task(name, primary.id, "app", 1, "Essential container in task exited")
                self.services.fail(cluster, name)
                self.services.roll_back(cluster, name)
        elif age >= (IS_BACK_AFTER if goes_back else TAKES[name]):
            self.services.complete(cluster, name)
        return True

    def _is_bad(self, revision: str) -> bool:
        found = self.services.definition(revision)
        return found is not None and any(uri.endswith(f"-{BAD}") for uri in found.images.values())


# --- the terminal


class Terminal(StringIO):
    """Where questions can be asked; what is written here is seen on the screen."""

    def __init__(self, screen: StringIO) -> None:
        super().__init__()
        self._screen = screen

    def isatty(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        return self._screen.write(text)


class Keyboard(StringIO):
    """What is typed is seen on the screen."""

    def __init__(self, answers: Sequence[str], screen: StringIO) -> None:
        super().__init__()
        self._answers = iter(answers)
        self._screen = screen

    def isatty(self) -> bool:
        return True

    def readline(self, size: int | None = -1, /) -> str:
        line = next(self._answers, "") + "\n"
        self._screen.write(line)
        return line


class StageClock(HandClock):
    """Second by second, whatever is due happens; where nothing goes on, time passes at once."""

    def __init__(self, goes_on: Callable[[], bool]) -> None:
        super().__init__()
        self._goes_on = goes_on

    def turn(self, by: timedelta) -> None:
        until = self.now() + by
        while self._goes_on() and until - self.now() >= timedelta(seconds=1):
            super().turn(timedelta(seconds=1))
        super().turn(until - self.now())


# --- what the sample project is made of


def image_of(service: str, build: str) -> str:
    return f"{REGISTRY}/uk.ac.wellcome/{service}:{build}"


def definition(cluster: str, name: str, image: str) -> dict[str, Any]:
    """As Terraform has it: the service's own container."""
    family = f"{cluster}-{name}"
    logs = {"logDriver": "awslogs", "options": {"awslogs-group": f"/ecs/{family}"}}
    container = {"name": "app", "image": image, "essential": True, "logConfiguration": logs}
    return {"family": family, "cpu": "256", "memory": "512", "containerDefinitions": [container]}


def commits() -> list[Commit]:
    first = datetime(2026, 11, 1, 10, tzinfo=timezone.utc)
    return [
        Commit(sha=_whole(short), author=author, authored_at=first + timedelta(days=day), subject=subject)
        for day, (short, (author, subject)) in enumerate(zip(HASHES, COMMITS, strict=True))
    ]


def _whole(short: str) -> str:
    return short + sha256(short.encode()).hexdigest()[len(short) : 40]


# --- stage directions


def direct(stage: Stage, direction: str) -> None:
    """`$ <command>` is typed out of sight, and answered with yes; anything else is a sentence of `DIRECTIONS`."""
    if direction.startswith("$ "):
        with suppress(Killed):
            stage.type(direction.removeprefix("$ "), ["y"])
        return
    for pattern, follow in DIRECTIONS:
        match = re.fullmatch(pattern, direction)
        if match is not None:
            follow(stage, *match.groups())
            return
    raise AssertionError(f"no stage direction is understood as: {direction}")


def _time_passes(stage: Stage, count: str, unit: str) -> None:
    stage.clock.turn(timedelta(**{f"{unit}s": int(count)}))


def _comes_to_the_keyboard(stage: Stage, who: str) -> None:
    stage.person = who


def _deploys_outside(stage: Stage, build: str, service: str, environment: str) -> None:
    cluster, name = stage.project.environment(environment).cluster, SERVICES[service][0]
    changed = stage.services.registered_outside(definition(cluster, name, image_of(service, build)))
    stage.services.deployed_outside(cluster, name, changed.arn)


def _holds(stage: Stage, who: str, environment: str) -> None:
    stage.ledger.acquire(stage.project.id, environment, stage.holder(who, ["deploy", "all", environment]))


def _kills(stage: Stage, ecs_service: str) -> None:
    stage.services.troubles.kill("update", of=ecs_service, acted=False)


def _was_never_pushed(stage: Stage, build: str, service: str) -> None:
    stage.images.lacks(image_of(service, build))


DIRECTIONS: tuple[tuple[str, Callable[..., None]], ...] = (
    (r"(\d+) (second|minute|hour|day)s? later", _time_passes),
    (r"(Bob|Ann) comes to the keyboard", _comes_to_the_keyboard),
    (r"somebody else puts (\S+) of (\w+) into (\w+)", _deploys_outside),
    (r"(Bob|Ann) holds (\w+)", _holds),
    (r"(\S+) of (\w+) was never pushed", _was_never_pushed),
    (r"the next deployment is killed before ECS is asked to update (\S+)", _kills),
)
