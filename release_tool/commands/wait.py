"""Follow what is being deployed to its end.

Usage:
  release-tool wait <env> [--project=<name>] [--timeout=<minutes>] [options]

Options:
  --project=<name>        The project, where the manifest holds several.
  --timeout=<minutes>     How long to wait at most; fractions are allowed [default: 30].
  --project_file=<path>   Another manifest than .wellcome_project.
  --output=<form>         text or json [default: text].

Exits with 0 only when ECS says that our deployments, with our revisions, are complete; with 6 where one failed or
was rolled back, 8 where a later deployment replaced one, 5 when the time is up: the deployment goes on then.

Example:
  release-tool wait prod --timeout=10
"""

from __future__ import annotations

from release_tool import documents, text
from release_tool.board import board_of
from release_tool.commands import Arguments, Context
from release_tool.commands.status import seen_in
from release_tool.errors import ExitCode
from release_tool.gather import known_services, recorded
from release_tool.waiting import minutes, tidy_up, wait_for


def run(args: Arguments, context: Context) -> ExitCode:
    environment = context.project.environment(args["<env>"])
    timeout = minutes(args["--timeout"])
    known = recorded(context.asking.ledger, context.project, environment)
    going = [deployment for deployment in known.current.values() if not deployment.has_ended]

    if going:
        wait_for(going, environment, timeout, context)
    else:
        tidy_up(environment, known, context)

    services = known_services(context.project, context.asking)
    board = board_of(seen_in(environment, tuple(s for s in services if s.exists_in(environment)), context))
    context.console.say(text.board(board, context.clock.now()) if going else "Nothing is being deployed.")
    context.console.document(documents.board(board))
    return ExitCode.DONE
