"""List what was deployed, newest first.

Usage:
  release-tool history [<env>] [--project=<name>] [--service=<service>] [--limit=<n>] [options]

Options:
  --project=<name>        The project, where the manifest holds several.
  --service=<service>     The deployments of one service.
  --limit=<n>             How many at most [default: 20].
  --before=<n>            Only what came before deployment <n>.
  --project_file=<path>   Another manifest than .wellcome_project.
  --output=<form>         text or json [default: text].

Example:
  release-tool history prod --limit=5
"""

from __future__ import annotations

from collections.abc import Sequence

from release_tool import documents, text
from release_tool.board import board_of
from release_tool.commands import HIGHEST_NUMBER, Arguments, Context, whole_number
from release_tool.commands.status import seen_in
from release_tool.errors import AskedWrongly, ExitCode
from release_tool.gather import known_services
from release_tool.model import Deployment, DeploymentSet, Word, worst
from release_tool.parallel import in_parallel
from release_tool.printable import printable

MOST = 1000


def run(args: Arguments, context: Context) -> ExitCode:
    environment = None if args["<env>"] is None else context.project.environment(args["<env>"]).id
    limit, before = _count(args["--limit"], "--limit", MOST), _number(args["--before"])
    if args["--service"] is not None:
        return _of_service(args["--service"], environment, limit, before, context)
    page = context.asking.ledger.deployment_sets(
        context.project.id, environment=environment, limit=limit, before=before
    )
    words = _words(page.items, context)
    rows = [(found, str(words[found.number])) for found in page.items]
    context.console.say(text.history(rows))
    context.console.document(documents.history(context.project.id, rows, page.before))
    return ExitCode.DONE


def _of_service(service: str, environment: str | None, limit: int, before: int | None, context: Context) -> ExitCode:
    page = context.asking.ledger.service_history(
        context.project.id, service, environment=environment, limit=limit, before=before
    )
    words = in_parallel(lambda d: _worst_of([d], d.environment, context), page.items)
    rows = [(found, str(word)) for found, word in zip(page.items, words, strict=True)]
    context.console.say(text.service_history(rows))
    context.console.document(documents.service_history(context.project.id, service, rows, page.before))
    return ExitCode.DONE


def recorded_word(deployment: Deployment) -> Word:
    """What the ledger alone can say: where no outcome is written yet, the rollout may still go on."""
    words = [_word_of_part(r.outcome, r.ecs_deployment_id) for r in deployment.rollouts]
    return worst(words) or (Word.COMPLETE if deployment.number is not None else Word.UNFINISHED)


def _word_of_part(outcome: Word | None, ecs_deployment_id: str | None) -> Word:
    if outcome is not None:
        return outcome
    return Word.UNFINISHED if ecs_deployment_id is None else Word.IN_PROGRESS


def _words(sets: Sequence[DeploymentSet], context: Context) -> dict[int, Word]:
    """The outcome where there is one; ECS is asked about the rest, and only about those."""
    open_sets = [s for s in sets if s.outcome is None]
    words = {s.number: s.outcome for s in sets if s.outcome is not None}
    for found, word in zip(open_sets, in_parallel(lambda s: _word_now(s, context), open_sets), strict=True):
        words[found.number] = word
    return words


def _word_now(found: DeploymentSet, context: Context) -> Word:
    return _worst_of(context.asking.ledger.deployments(found), found.environment, context)


def _worst_of(deployments: Sequence[Deployment], environment_id: str, context: Context) -> Word:
    """As recorded where all has ended; otherwise as ECS tells it now."""
    environment = next((e for e in context.project.environments if e.id == environment_id), None)
    if all(d.has_ended for d in deployments):
        return worst(recorded_word(d) for d in deployments) or Word.UNKNOWN
    if environment is None:
        return Word.UNKNOWN
    ids = {d.service for d in deployments}
    services = tuple(s for s in known_services(context.project, context.asking) if s.id in ids)
    return board_of(seen_in(environment, services, context, deployments)).word or Word.UNKNOWN


def _count(given: str, option: str, most: int) -> int:
    number = whole_number(given, most)
    if number is None:
        raise AskedWrongly(f"{option}={printable(given)} is not a number from 1 to {most}")
    return number


def _number(given: str | None) -> int | None:
    return None if given is None else _count(given, "--before", HIGHEST_NUMBER)
