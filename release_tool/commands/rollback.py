"""Go back to the images that completed before.

Usage:
  release-tool rollback (all | <service>) <env> [--project=<name>] [--to=<n>] [--description=<text>]
                        [--skip_confirm] [--dry_run] [--wait] [--timeout=<minutes>] [options]

Options:
  --project=<name>        The project, where the manifest holds several.
  --to=<n>                The images of release set <n>, whatever became of them.
  --description=<text>    Why; made of the commits that are undone where it is not given.
  --skip_confirm          Do not ask for confirmation (useful in CI).
  --dry_run               Show the plan and stop.
  --wait                  Follow the rollout to its end.
  --timeout=<minutes>     How long to wait at most; fractions are allowed [default: 30].
  --project_file=<path>   Another manifest than .wellcome_project.
  --output=<form>         text or json [default: text].

Each service goes back to the image of its newest deployment there that ended COMPLETE before the one that runs now,
and had another image. What was rolled back from is no target again: a second rollback goes further back. It is a
deployment like any other, so that changes made to the infrastructure since then stay.

Example:
  release-tool rollback all prod --wait
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from release_tool.commands import Arguments, Context
from release_tool.commands.deploy import carry_through, images_of_release, number_given
from release_tool.errors import AskedWrongly, ExitCode
from release_tool.gather import described, ecs_names, with_definitions
from release_tool.image import Image
from release_tool.model import Deployment, DeploymentSet, Environment, Kind, Service, Word, worst
from release_tool.parallel import in_parallel
from release_tool.request import Question, Wanted, asked_for
from release_tool.target import Target, target_of
from release_tool.times import ago

A_MOMENT = timedelta(seconds=2)
"""By how much two times of AWS's may differ that were read off its answers one after the other."""
PAGES = 10
"""How far back the history of a service is read, in pages of fifty."""


def run(args: Arguments, context: Context) -> ExitCode:
    environment, number = context.project.environment(args["<env>"]), number_given(args["--to"])
    question = Question(
        asked=asked_for(args),
        environment=environment,
        source=_source(number),
        kind=Kind.ROLLBACK,
        wanted=lambda services: _wanted(services, number, args, environment, context),
        release_number=number,
    )
    return carry_through(question, args, context)


def _source(number: int | None) -> str:
    return "what completed before" if number is None else f"release {number}"


def _wanted(
    services: Sequence[Service], number: int | None, args: Arguments, environment: Environment, context: Context
) -> Wanted:
    running = _running(services, environment, context)
    histories = dict(zip(services, in_parallel(lambda s: _history(s, environment, context), services), strict=True))
    newest = tuple(history[0] for history in histories.values() if history)
    cut_off = _cut_off(args, _source(number), environment, context)
    if cut_off:
        return _as_begun(cut_off, histories)
    if number is not None:
        return Wanted(images_of_release(number, [s.id for s in services], context), turned_away_from=newest)
    targets = {s.id: target_of(history, running.get(s.id)) for s, history in histories.items()}
    found = {service: target for service, target in targets.items() if target.deployment is not None}
    if not found:
        raise _no_target(asked_for(args), environment, histories, context)
    return Wanted(
        images={service: Image.parse(_image(target)) for service, target in found.items()},
        notes=tuple(_in_words(service, target, context) for service, target in targets.items()),
        turned_away_from=tuple(d for d in newest if d.service in found and not targets[d.service].is_back_already),
    )


def _cut_off(args: Arguments, source: str, environment: Environment, context: Context) -> tuple[Deployment, ...]:
    """The deployments of this very rollback, where it was begun and cut off: its targets are settled."""
    latest = context.asking.ledger.latest_set(context.project.id, environment.id)
    if latest is None or latest.kind is not Kind.ROLLBACK:
        return ()
    if (latest.asked, latest.source) != (asked_for(args), source):
        return ()
    if latest.requested and not _is_still_held(latest, environment, context):
        return ()
    return context.asking.ledger.deployments(latest)


def _is_still_held(latest: DeploymentSet, environment: Environment, context: Context) -> bool:
    """Whether the lock that it was made under is still there: it was cut off when all was asked for.

    Otherwise the same command, typed once more because the first one never ended, would go further back.
    """
    holder = context.asking.ledger.holder(context.project.id, environment.id)
    return holder is not None and holder.since <= latest.requested_at + A_MOMENT


def _as_begun(cut_off: Sequence[Deployment], histories: dict[Service, list[Deployment]]) -> Wanted:
    before = {s.id: [d for d in history if d.set_id != cut_off[0].set_id] for s, history in histories.items()}
    return Wanted(
        images={d.service: Image.parse(d.image) for d in cut_off},
        turned_away_from=tuple(before[d.service][0] for d in cut_off if before.get(d.service)),
    )


def _image(target: Target) -> str:
    assert target.deployment is not None
    return target.deployment.image


def _in_words(service: str, target: Target, context: Context) -> str:
    """The target, its age, and whose it was."""
    if target.deployment is None or target.deployment.requested_at is None:
        return f"{service}: nothing to go back to: {target.why_not}"
    deployment = target.deployment
    when = ago(target.deployment.requested_at, context.clock.now())
    back = "ECS went back already to" if target.is_back_already else "back to"
    return f"{service}: {back} deployment {deployment.number} ({when}, by {deployment.requested_by})"


def _running(services: Sequence[Service], environment: Environment, context: Context) -> dict[str, set[str]]:
    """The images that each service's ECS services run, by any container."""
    ecs = context.asking.services_of(environment)
    found = with_definitions(ecs, described(ecs, environment, ecs_names(context.project, services, environment)))
    return {
        service.id: {
            uri
            for name in service.ecs_service_names(context.project.id, environment)
            if name in found.services and found.services[name].revision in found.definitions
            for uri in found.definitions[str(found.services[name].revision)].images.values()
        }
        for service in services
    }


def _history(service: Service, environment: Environment, context: Context) -> list[Deployment]:
    history: list[Deployment] = []
    before: int | None = None
    for _ in range(PAGES):
        page = context.asking.ledger.service_history(
            context.project.id, service.id, environment=environment.id, limit=50, before=before
        )
        history += [d for d in page.items if _was_asked(d)]
        before = page.before
        if before is None or target_of(history, None).deployment is not None:
            break
    return history


def _was_asked(deployment: Deployment) -> bool:
    """What was cut off before ECS was asked never ran: nobody can have gone back from it, or to it."""
    return not deployment.rollouts or any(r.ecs_deployment_id is not None for r in deployment.rollouts)


def _no_target(
    asked: str, environment: Environment, histories: dict[Service, list[Deployment]], context: Context
) -> AskedWrongly:
    lines = [
        f"    {d.service}@{d.release_hash} (release {d.release_number}, deployment {d.number}, {_outcome(d)})"
        for history in histories.values()
        for d in history[1:6]
    ]
    known = "\n".join(["it knows of:", *lines]) if lines else "it knows of no earlier deployment"
    return AskedWrongly(
        f"the ledger has nothing that completed before for {asked} in {environment.id}; {known}",
        next="name a release set with --to=<n>; see: release-tool history",
    )


def _outcome(deployment: Deployment) -> str:
    word = worst(r.outcome for r in deployment.rollouts if r.outcome is not None)
    return str(word or Word.UNKNOWN)
