"""Show who holds an environment, and break the hold.

Usage:
  release-tool unlock <env> [--project=<name>] [--skip_confirm] [options]

Options:
  --project=<name>        The project, where the manifest holds several.
  --skip_confirm          Do not ask for confirmation.
  --project_file=<path>   Another manifest than .wellcome_project.
  --output=<form>         text or json [default: text].

A hold runs out by itself a minute after its command has stopped, so this is seldom needed. A command whose hold is
broken writes nothing any more.

Example:
  release-tool unlock prod
"""

from __future__ import annotations

from release_tool import documents
from release_tool.commands import Arguments, Context
from release_tool.errors import Declined, ExitCode
from release_tool.lease import LEASE
from release_tool.ports import Holder
from release_tool.times import ago, spelled


def run(args: Arguments, context: Context) -> ExitCode:
    environment = context.project.environment(args["<env>"])
    ledger, project = context.asking.ledger, context.project.id
    holder = ledger.holder(project, environment.id)
    if holder is None:
        context.console.say(f"Nobody holds {environment.id}.")
        context.console.document(documents.unlocked(project, environment.id, None, broken=False))
        return ExitCode.DONE
    shown = _shown(holder, environment.id, context)
    context.console.say(shown)
    _confirm(args, shown, context)

    now = context.clock.now()
    taken = ledger.acquire(project, environment.id, context.as_holder(now, now + LEASE), breaking=holder.id)
    ledger.release(project, environment.id, taken.id)

    context.console.say("Unlocked.")
    context.console.document(documents.unlocked(project, environment.id, holder, broken=True))
    return ExitCode.DONE


def _shown(holder: Holder, environment: str, context: Context) -> str:
    deployment = "" if holder.deployment is None else f", deployment {holder.deployment}"
    since = f"{spelled(holder.since)} ({ago(holder.since, context.clock.now())})"
    return f"{environment} is held by {holder.person} on {holder.host} since {since}{deployment}:\n    {holder.command}"


def _confirm(args: Arguments, shown: str, context: Context) -> None:
    if args["--skip_confirm"]:
        return
    if context.console.as_json:
        context.console.note(shown)
    if not context.console.confirm("Do you wish to break this hold?", next_without="pass --skip_confirm to break it"):
        raise Declined("Nothing was changed.")
