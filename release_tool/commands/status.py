"""Tell what is deployed, and how it is going.

Usage:
  release-tool status [(all | <service>) <env>] [--project=<name>] [--watch] [options]

Options:
  --project=<name>        The project, where the manifest holds several.
  --watch                 Go on until every rollout has ended.
  --project_file=<path>   Another manifest than .wellcome_project.
  --output=<form>         text or json [default: text].

<service> may be a service or a service set. Without a service and an environment: every service in every
environment. Writes nothing, and exits with 0 whenever it could tell.

Example:
  release-tool status all prod
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from release_tool import documents, text
from release_tool.board import Board, Row, Seen, board_of, unknown_revisions
from release_tool.colour import is_a_log
from release_tool.commands import Arguments, Context
from release_tool.errors import AskedWrongly, ExitCode
from release_tool.gather import described, ecs_names, known_services, of_families, recorded, selected, verdicts
from release_tool.model import Deployment, Environment, Service
from release_tool.parallel import at_once, in_parallel
from release_tool.rollout import task_family

SECONDS_BETWEEN_LOOKS = 3.0


Look = Callable[[], list[Board]]
Show = Callable[[Sequence[Board], datetime], str]


def run(args: Arguments, context: Context) -> ExitCode:
    if args["--watch"] and context.console.as_json:
        raise AskedWrongly("--watch and --output=json do not go together", next="leave one of them out")
    look, show = _question(args, context)
    boards = look()
    if args["--watch"]:
        _watch(boards, look, show, context)
        return ExitCode.DONE
    context.console.say(show(boards, context.clock.now()))
    context.console.document(
        documents.board(boards[0]) if args["<env>"] else documents.overview(context.project.id, boards)
    )
    return ExitCode.DONE


def _question(args: Arguments, context: Context) -> tuple[Look, Show]:
    known = known_services(context.project, context.asking)
    if args["<env>"] is None:
        return lambda: _everywhere(known, context), text.overview
    environment = context.project.environment(args["<env>"])
    services = selected(context.project, known, "all" if args["all"] else args["<service>"], environment)
    return lambda: [board_of(seen_in(environment, services, context))], lambda boards, now: text.board(boards[0], now)


def _everywhere(known: Sequence[Service], context: Context) -> list[Board]:
    environments = context.project.environments

    def board(environment: Environment) -> Board:
        return board_of(seen_in(environment, tuple(s for s in known if s.exists_in(environment)), context))

    return in_parallel(board, environments)


def seen_in(
    environment: Environment,
    services: tuple[Service, ...],
    context: Context,
    deployments: Sequence[Deployment] | None = None,
) -> Seen:
    """Ask SSM, the ledger and ECS at once, whoever needs several pages first; then only what none of them could tell.

    `deployments` are looked at instead of the newest ones.
    """
    project, asking = context.project, context.asking
    ecs = asking.services_of(environment)
    with at_once() as ask:
        parameters = ask(lambda: asking.parameters_of(environment).registered(environment.id))
        ledger = ask(lambda: recorded(asking.ledger, project, environment))
        found = ask(lambda: described(ecs, environment, ecs_names(project, services, environment)))
        families = ask(lambda: of_families(ecs, project, services, environment))
    newest = ledger.result().current if deployments is None else {d.service: d for d in deployments}
    current = {s.id: newest[s.id] for s in services if s.id in newest}
    seen = Seen(
        project=project,
        environment=environment,
        services=services,
        parameters=parameters.result(),
        ecs=found.result() | {place: task_family(place, d) for place, d in families.result().items()},
        definitions={d.arn: d for d in families.result().values()},
        current=current,
        latest=ledger.result().latest,
        now=context.clock.now(),
        told=verdicts(ecs, found.result(), current.values()),
        parameters_without_service=_without_service(parameters.result(), environment, services, context),
    )
    unknown = in_parallel(ecs.definition, unknown_revisions(seen))
    return replace(seen, definitions={**seen.definitions, **{d.arn: d for d in unknown if d is not None}})


def _without_service(
    parameters: Iterable[str], environment: Environment, services: Sequence[Service], context: Context
) -> tuple[str, ...]:
    """Only the manifest can say what is no service; where it lists none, every parameter makes one."""
    known = context.project.services
    if known is None or len(services) < sum(s.exists_in(environment) for s in known):
        return ()
    return tuple(sorted(set(parameters) - {s.id for s in services}))


# --- watch


def _watch(boards: list[Board], look: Look, show: Show, context: Context) -> None:
    follow = _redraw if context.console.is_live and not is_a_log(context.environ) else _tell_changes
    follow(boards, look, show, context)


def _redraw(boards: list[Board], look: Look, show: Show, context: Context) -> None:
    from rich.live import Live
    from rich.text import Text

    with Live(Text(show(boards, context.clock.now())), auto_refresh=False) as live:
        while not all(board.has_ended for board in boards):
            context.clock.sleep(SECONDS_BETWEEN_LOOKS)
            boards = look()
            live.update(Text(show(boards, context.clock.now())), refresh=True)


def _tell_changes(boards: list[Board], look: Look, show: Show, context: Context) -> None:
    told: dict[str, str] = {}
    while True:
        now = {f"{board.environment.id} {row.service.id}": _line(row) for board in boards for row in board.rows}
        for place in (place for place, line in now.items() if told.get(place) != line):
            context.console.say(f"{context.clock.now():%H:%M:%S} {place} {now[place]}")
        told = now
        if all(board.has_ended for board in boards):
            return
        context.clock.sleep(SECONDS_BETWEEN_LOOKS)
        boards = look()


def _line(row: Row) -> str:
    notes = f" ({', '.join(row.notes)})" if row.notes else ""
    return f"{row.release_hash or '-'} {row.word or '-'}{notes}"
