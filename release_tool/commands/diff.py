"""Compare what runs in two environments.

Usage:
  release-tool diff <env> <other_env> [--project=<name>] [options]

Options:
  --project=<name>        The project, where the manifest holds several.
  --project_file=<path>   Another manifest than .wellcome_project.
  --output=<form>         text or json [default: text].

Shows per service both release hashes, and the commits that each environment has and the other has not.

Example:
  release-tool diff prod stage
"""

from __future__ import annotations

from release_tool import documents, text
from release_tool.board import board_of
from release_tool.commands import Arguments, Context
from release_tool.commands.status import seen_in
from release_tool.errors import ExitCode
from release_tool.gather import known_services
from release_tool.image import Image
from release_tool.model import Commits, Environment
from release_tool.parallel import in_parallel


def run(args: Arguments, context: Context) -> ExitCode:
    environments = (context.project.environment(args["<env>"]), context.project.environment(args["<other_env>"]))
    one, other = in_parallel(lambda e: _running(e, context), environments)
    rows = [
        (service, one.get(service), other.get(service), *_both_ways(one.get(service), other.get(service), context))
        for service in dict.fromkeys([*one, *other])
    ]
    context.console.say(text.comparison(environments, rows, context.clock.now()))
    context.console.document(documents.comparison(context.project.id, environments, rows))
    return ExitCode.DONE


def _running(environment: Environment, context: Context) -> dict[str, Image | None]:
    services = tuple(s for s in known_services(context.project, context.asking) if s.exists_in(environment))
    return {row.service.id: row.image for row in board_of(seen_in(environment, services, context)).rows}


def _both_ways(one: Image | None, other: Image | None, context: Context) -> tuple[Commits, Commits]:
    """What the other environment has more, and what it lacks."""
    if one is None or other is None or one.uri == other.uri:
        return Commits(), Commits()
    for image in (one, other):
        if image.commit is None:
            unknown = Commits(unknown_because=f"{image.release_hash} is not a Git commit")
            return unknown, unknown
    there = context.asking.reasons.commits_between(str(one.commit), str(other.commit))
    back = context.asking.reasons.commits_between(str(other.commit), str(one.commit))
    # Where one is simply behind the other, the way back lists the same commits as undone.
    return (Commits() if there.undone else there), (Commits() if back.undone else back)
