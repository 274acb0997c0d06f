"""Move images into an environment, in one step.

Usage:
  release-tool deploy (all | <service>) <env> [--project=<name>] [--skip_confirm]
                      [--from=<label> | --release=<n>] [--allow_unproven] [--restart]
                      [--description=<text>] [--dry_run] [--wait] [--timeout=<minutes>] [options]

Options:
  --project=<name>        The project, where the manifest holds several.
  --skip_confirm          Do not ask for confirmation (useful in CI).
  --from=<label>          Whose images: `latest`, or another environment's, which promotes what is COMPLETE there;
                          the environment itself carries out what its parameters say [default: latest].
  --release=<n>           The images of an earlier release set.
  --allow_unproven        Promote also what is not COMPLETE where it comes from.
  --restart               Deploy again what runs already: for changed secrets, say.
  --description=<text>    Why; made of the commits' subjects where it is not given.
  --dry_run               Show the plan and stop.
  --wait                  Follow the rollout to its end.
  --timeout=<minutes>     How long to wait at most [default: 30].
  --project_file=<path>   Another manifest than .wellcome_project.
  --output=<form>         text or json [default: text].

<service> may be a service or a service set. Each changed service gets its SSM parameter, a new task definition
revision and one UpdateService; sidecars and everything else stay as they are.

Examples:
  release-tool deploy all stage
  release-tool deploy all prod --from=stage --wait
  release-tool deploy bag_register prod --release=42
"""

from __future__ import annotations

from collections.abc import Sequence

from release_tool.board import Board, board_of
from release_tool.commands import HIGHEST_NUMBER, Arguments, Context, whole_number
from release_tool.commands.status import seen_in
from release_tool.errors import AskedWrongly, ExitCode
from release_tool.gather import wanted_images
from release_tool.image import Image
from release_tool.model import LATEST, Deployment, Environment, Kind, Service, Word
from release_tool.printable import printable
from release_tool.request import Question, Requested, Wanted, asked_for, document, request
from release_tool.waiting import minutes, wait_for


def run(args: Arguments, context: Context) -> ExitCode:
    return carry_through(_question(args, context), args, context)


def carry_through(question: Question, args: Arguments, context: Context) -> ExitCode:
    """Request it, follow it where that was asked for, and answer."""
    environment, timeout = question.environment, minutes(args["--timeout"])
    requested = request(question, args, context)
    deployments = _to_follow(requested, environment, context) if args["--wait"] and not args["--dry_run"] else ()
    if deployments:
        wait_for(deployments, environment, timeout, context)
        context.console.say("Deployment complete.")
    context.console.document(document(requested))
    return ExitCode.DONE


def _to_follow(requested: Requested, environment: Environment, context: Context) -> tuple[Deployment, ...]:
    """What was asked of ECS now; or, where nothing was left to ask, what of it still goes on."""
    if requested.deployment_set is not None:
        return context.asking.ledger.deployments(requested.deployment_set)
    unchanged = {left.service.id for left in requested.plan.unchanged}
    current = context.asking.ledger.current(context.project.id, environment.id)
    return tuple(d for d in current if d.service in unchanged and not d.has_ended)


def _question(args: Arguments, context: Context) -> Question:
    environment, number = context.project.environment(args["<env>"]), number_given(args["--release"])
    source = args["--from"] if args["--from"] == LATEST else context.project.environment(args["--from"]).id
    return Question(
        asked=asked_for(args),
        environment=environment,
        source=source if number is None else f"release {number}",
        kind=_kind(args, source, environment),
        wanted=lambda services: _wanted(services, source, number, args, context),
        release_number=number,
    )


def number_given(number: str | None) -> int | None:
    if number is None:
        return None
    counted = whole_number(number, HIGHEST_NUMBER)
    if counted is None:
        raise AskedWrongly(
            f"`{printable(number)}` is not the number of a release set", next="find one with: release-tool history"
        )
    return counted


def _kind(args: Arguments, source: str, environment: Environment) -> Kind:
    if args["--restart"]:
        return Kind.RESTART
    return Kind.DEPLOY if source in (LATEST, environment.id) else Kind.PROMOTE


def _wanted(services: Sequence[Service], source: str, number: int | None, args: Arguments, context: Context) -> Wanted:
    ids = [service.id for service in services]
    if number is not None:
        return Wanted(images_of_release(number, ids, context))
    if source == LATEST or source == args["<env>"]:
        environment = None if source == LATEST else context.project.environment(source)
        return Wanted(wanted_images(context.asking.parameters_of(environment).images(source, ids), source))
    return _promoted(context.project.environment(source), services, bool(args["--allow_unproven"]), context)


def images_of_release(number: int, services: Sequence[str], context: Context) -> dict[str, Image]:
    release_set = context.asking.ledger.release_set(context.project.id, number)
    if release_set is None:
        raise AskedWrongly(f"there is no release {number} of {context.project.id}", next="see: release-tool history")
    releases = context.asking.ledger.releases(release_set)
    return {r.service: Image.parse(r.image) for r in releases if r.service in services}


def _promoted(source: Environment, services: Sequence[Service], unproven: bool, context: Context) -> Wanted:
    """Another environment's images, refused where they are not proven there."""
    there = tuple(s for s in services if s.exists_in(source))
    board = board_of(seen_in(source, there, context))
    images = {row.service.id: row.wanted for row in board.rows if row.wanted is not None}
    return Wanted(images, () if unproven else tuple(_unproven(board)))


def _unproven(board: Board) -> list[tuple[str, str]]:
    """Not COMPLETE, or not what its parameter says."""
    refused, source = [], board.environment.id
    for row in board.rows:
        if row.wanted is None:
            continue
        if row.word is not Word.COMPLETE:
            word = "was never deployed" if row.word is None else f"is {row.word}"
            refused.append((row.service.id, f"it {word} in {source}; --allow_unproven promotes it all the same"))
        elif any(part.image is None or part.image.uri != row.wanted.uri for part in row.parts):
            refused.append((row.service.id, f"{source} runs something else than its parameter says"))
    return refused
