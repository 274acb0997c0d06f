"""Show what is deployed where, by whom and why, in a browser.

Usage:
  release-tool dashboard [--host=<address>] [--port=<n>] [--project=<name>] [--refresh=<seconds>] [--open]
                         [--token_file=<path>] [--allow_host=<name>]... [options]

Options:
  --host=<address>        Where to listen [default: 127.0.0.1].
  --port=<n>              0 takes a free port [default: 8080].
  --project=<name>        This project only; without it, every project of the manifest.
  --refresh=<seconds>     Between two looks at AWS, while nothing rolls out [default: 15].
  --open                  Open it in the browser.
  --token_file=<path>     Ask for the token in this file. Where there is no file, one is made.
                          Needed to listen elsewhere than on a loopback address; or set RELEASE_TOOL_TOKEN.
  --allow_host=<name>     Answer to this name too, as behind a load balancer.
  --project_file=<path>   Another manifest than .wellcome_project.

Only reads: of AWS, and for whoever looks at it. Its address is printed on stdout, alone. Ctrl-C ends it.

Example:
  release-tool dashboard --port=0 --open
"""

from __future__ import annotations

import os
import secrets
import webbrowser
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any

from release_tool.board import Seen
from release_tool.commands import Arguments, Context
from release_tool.commands.history import recorded_word
from release_tool.commands.status import seen_in
from release_tool.errors import AskedWrongly, ExitCode, ReleaseToolError
from release_tool.gather import known_services
from release_tool.model import Deployment, Environment, Service
from release_tool.parallel import in_parallel
from release_tool.ports import Ledger, Services
from release_tool.task_definition import TaskDefinition

SHORTEST_TOKEN = 16
LEAST_SECONDS = 2
MOST_SECONDS = 3600
MOST_REMEMBERED = 2000


def run(args: Arguments, contexts: Sequence[Context]) -> ExitCode:
    from release_tool.dashboard.refresher import Pace
    from release_tool.dashboard.server import address_of, bound, serve
    from release_tool.dashboard.source import Source

    console, environ = contexts[0].console, contexts[0].environ
    host, port = args["--host"], _number(args, "--port", 0, 65535)
    pace = Pace(at_rest=_number(args, "--refresh", LEAST_SECONDS, MOST_SECONDS))
    token = _token(args["--token_file"], environ, console.note)
    listening = bound(host, port)
    address = address_of(listening, host)

    def ready() -> None:
        console.say(address)
        if args["--open"]:
            webbrowser.open(address)

    sources = [
        Source(
            project=context.project,
            record=context.asking.ledger,
            look=looking(context),
            recorded_word=recorded_word,
            commits_between=context.asking.reasons.commits_between,
            now=context.clock.now,
        )
        for context in contexts
    ]
    try:
        serve(sources, listening=listening, host=host, hosts=args["--allow_host"], token=token, pace=pace, ready=ready)
    except KeyboardInterrupt:
        console.note("stopped")
    finally:
        listening.close()
    return ExitCode.DONE


def _number(args: Arguments, option: str, least: int, most: int) -> int:
    given = args[option]
    if not given.isascii() or not given.isdigit() or len(given) > 9 or not least <= int(given) <= most:
        raise AskedWrongly(f"{option}={given} is not a number from {least} to {most}")
    return int(given)


# --- the token


def _token(file: str | None, environ: Mapping[str, str], note: Callable[[str], None]) -> str | None:
    if file is None:
        given = environ.get("RELEASE_TOOL_TOKEN")
        return None if given is None else _long_enough(given.strip(), "RELEASE_TOOL_TOKEN")
    path = Path(file)
    try:
        if not path.exists():
            _make_token(path)
            note(f"wrote a new token to {path}")
        return _long_enough(path.read_text(encoding="utf-8").strip(), file)
    except (OSError, UnicodeError) as error:
        raise AskedWrongly(f"could not use the token file {file}: {error}") from error


def _make_token(path: Path) -> None:
    """Nobody else on this machine may read it, not even for a moment."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(32) + "\n")


def _long_enough(token: str, where: str) -> str:
    if len(token) < SHORTEST_TOKEN:
        raise AskedWrongly(f"the token in {where} is shorter than {SHORTEST_TOKEN} characters: it could be guessed")
    return token


# --- what is seen


def looking(context: Context) -> Callable[[], Mapping[str, Seen | ReleaseToolError]]:
    """What makes a look: each environment by itself, so that one that fails leaves the others be."""
    definitions: dict[str, TaskDefinition] = {}

    def look() -> Mapping[str, Seen | ReleaseToolError]:
        asking = replace(
            context.asking,
            ledger=_CurrentOnce(context.asking.ledger),
            services_of=lambda e: _Remembering(context.asking.services_of(e), definitions),
        )
        this_time = replace(context, asking=asking)
        environments = context.project.environments
        try:
            known = known_services(context.project, asking)
        except ReleaseToolError as error:
            return {e.id: error for e in environments}
        found = in_parallel(lambda e: _seen(e, known, this_time), environments)
        return {e.id: seen for e, seen in zip(environments, found, strict=True)}

    return look


def _seen(environment: Environment, known: Sequence[Service], context: Context) -> Seen | ReleaseToolError:
    try:
        return seen_in(environment, tuple(s for s in known if s.exists_in(environment)), context)
    except ReleaseToolError as error:
        return error


class _Through:
    """Everything else is asked of the port that it stands before."""

    def __init__(self, port: Any) -> None:
        self._port = port

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)


class _CurrentOnce(_Through):
    """All environments of a look share one question: what is current in the whole project."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._one_at_a_time = Lock()
        self._told: dict[str, tuple[Deployment, ...]] = {}

    def current(self, project: str, environment: str | None = None) -> tuple[Deployment, ...]:
        if environment is not None:
            return tuple(self._port.current(project, environment))
        with self._one_at_a_time:
            if project not in self._told:
                self._told[project] = self._port.current(project)
            return self._told[project]


class _Remembering(_Through):
    """A revision never changes, so ECS is asked about each once."""

    def __init__(self, services: Services, known: dict[str, TaskDefinition]) -> None:
        super().__init__(services)
        self._known = known

    def definition(self, family_or_arn: str) -> TaskDefinition | None:
        if family_or_arn in self._known:
            return self._known[family_or_arn]
        found: TaskDefinition | None = self._port.definition(family_or_arn)
        if found is not None and found.arn == family_or_arn:
            if len(self._known) > MOST_REMEMBERED:
                self._known.clear()
            self._known[family_or_arn] = found
        return found
