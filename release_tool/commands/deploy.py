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

import uuid
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from release_tool import documents, text
from release_tool.apply import Failure, carry_out, drafts
from release_tool.board import board_of
from release_tool.commands import Arguments, Context
from release_tool.commands.status import seen_in
from release_tool.description import description_of
from release_tool.errors import AskedWrongly, CouldNot, Declined, EnvironmentHeld, ExitCode, ReleaseToolError
from release_tool.gather import (
    Recorded,
    described,
    ecs_names,
    known_services,
    recorded,
    selected,
    wanted_images,
    with_definitions,
)
from release_tool.image import Image
from release_tool.lease import LEASE, Lease, held
from release_tool.model import LATEST, Commits, DeploymentSet, Environment, Kind, Release, Requester, Service, Word
from release_tool.parallel import at_once, in_parallel
from release_tool.plan import Change, DeploymentPlan, Facts, plan_deployment, refuse_what_cannot_be, with_commits
from release_tool.ports import Opening
from release_tool.requester import requester
from release_tool.supersede import supersede

STILL_FRESH = timedelta(seconds=10)
"""What was gathered this short a time ago is taken as it is, where the ledger shows that nobody else deployed."""


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked for."""

    asked: str
    environment: Environment
    source: str
    release_number: int | None
    restart: bool
    allow_unproven: bool


@dataclass(frozen=True, slots=True)
class Gathered:
    """A plan, and what it was made of: who asks, when, and what the ledger said."""

    plan: DeploymentPlan
    wanted: dict[str, Release]
    recorded: Recorded
    requester: Requester
    at: datetime


def run(args: Arguments, context: Context) -> ExitCode:
    question = _question(args, context)
    gathered = _gather(question, context)
    plan = gathered.plan
    shown = text.plan(plan, gathered.at)
    refuse_what_cannot_be(plan)
    if not plan.changes:
        return _nothing_to_deploy(gathered, question, shown, context)
    context.console.say(shown)
    if args["--dry_run"]:
        context.console.document(documents.deployed(plan, None))
        return ExitCode.DONE
    asked = _confirm(args, plan, shown, context)

    deployment_set, plan, failures = _under_the_lock(args, question, gathered, asked, context)

    if failures:
        raise _what_failed(failures, deployment_set)
    context.console.say("\nDeployment requested." if asked else "Deployment requested.")
    context.console.document(documents.deployed(plan, deployment_set))
    return ExitCode.DONE


def _question(args: Arguments, context: Context) -> Question:
    return Question(
        asked="all" if args["all"] else args["<service>"],
        environment=context.project.environment(args["<env>"]),
        source=_source(args["--from"], context),
        release_number=_number(args["--release"]),
        restart=bool(args["--restart"]),
        allow_unproven=bool(args["--allow_unproven"]),
    )


def _source(label: str, context: Context) -> str:
    return label if label == LATEST else context.project.environment(label).id


def _number(given: str | None) -> int | None:
    if given is None:
        return None
    if not given.isascii() or not given.isdigit() or int(given) == 0:
        raise AskedWrongly(f"`{given}` is not the number of a release set", next="find one with: release-tool history")
    return int(given)


# --- gather


def _gather(question: Question, context: Context) -> Gathered:
    """Ask everything, change nothing; then decide."""
    environment, asking, project = question.environment, context.asking, context.project
    known = known_services(project, asking)
    services = selected(project, known, question.asked, environment)
    ids = [service.id for service in services]
    ecs = asking.services_of(environment)
    with at_once() as ask:
        images = ask(lambda: _wanted(question, services, context))
        parameters = ask(lambda: asking.parameters_of(environment).images(environment.id, ids))
        found_services = ask(lambda: described(ecs, environment, ecs_names(project, services, environment)))
        ledger = ask(lambda: recorded(asking.ledger, project, environment))
        who = ask(lambda: _requester(context))
    wanted, refused = images.result()
    with at_once() as ask:
        running = ask(lambda: with_definitions(ecs, found_services.result()))
        found = ask(lambda: asking.images.find(list(wanted.values())))
    known_of = ledger.result()
    facts = Facts(
        project=project,
        environment=environment,
        asked=question.asked,
        source=_source_in_words(question),
        kind=_kind(question),
        services=services,
        wanted=wanted,
        parameters=parameters.result(),
        ecs=found_services.result(),
        definitions=running.result().definitions,
        newest=running.result().newest,
        found=found.result(),
        current=known_of.current,
        elsewhere=known_of.elsewhere,
        restart=question.restart,
        unfinished=None if known_of.latest is None or known_of.latest.requested else known_of.latest,
        unfinished_deployments=known_of.unfinished,
        refused=refused,
        release_number=question.release_number,
    )
    plan = plan_deployment(replace(facts, ours=_ours(facts, context)))
    return Gathered(
        plan=_with_commits(plan, context),
        wanted={service: _release(service, image, facts) for service, image in wanted.items()},
        recorded=known_of,
        requester=who.result(),
        at=context.clock.now(),
    )


def _requester(context: Context) -> Requester:
    name, email = context.asking.reasons.author()
    return requester(context.environ, name, email, context.asking.identity.arn())


def _release(service: str, image: Image, facts: Facts) -> Release:
    found = facts.found.get(image.uri)
    return Release(service, image.uri, image.release_hash, None if found is None else found.digest)


def _kind(question: Question) -> Kind:
    if question.restart:
        return Kind.RESTART
    return Kind.DEPLOY if question.source in (LATEST, question.environment.id) else Kind.PROMOTE


def _source_in_words(question: Question) -> str:
    return question.source if question.release_number is None else f"release {question.release_number}"


def _ours(facts: Facts, context: Context) -> frozenset[str]:
    """Asked only where a family has a newer revision than the one that runs: else nobody wants to know."""
    running = {s.revision for s in facts.ecs.values() if s.revision is not None}
    newer = [d.arn for d in facts.newest.values() if d.arn not in running]
    return frozenset().union(*in_parallel(context.asking.ledger.ours, newer))


Wanted = tuple[dict[str, Image], tuple[tuple[str, str], ...]]
"""The image of each service; and the services that may not be promoted, each with why."""


def _wanted(question: Question, services: Sequence[Service], context: Context) -> Wanted:
    ids = [service.id for service in services]
    if question.release_number is not None:
        return _of_release(question.release_number, ids, context), ()
    if question.source in (LATEST, question.environment.id):
        environment = None if question.source == LATEST else question.environment
        uris = context.asking.parameters_of(environment).images(question.source, ids)
        return wanted_images(uris, question.source), ()
    return _promoted(question, services, context)


def _of_release(number: int, services: Sequence[str], context: Context) -> dict[str, Image]:
    release_set = context.asking.ledger.release_set(context.project.id, number)
    if release_set is None:
        raise AskedWrongly(f"there is no release {number} of {context.project.id}", next="see: release-tool history")
    releases = context.asking.ledger.releases(release_set)
    return {r.service: Image.parse(r.image) for r in releases if r.service in services}


def _promoted(question: Question, services: Sequence[Service], context: Context) -> Wanted:
    """Another environment's images; refused where they are not proven there: not COMPLETE, or not what runs."""
    source = context.project.environment(question.source)
    there = tuple(s for s in services if s.exists_in(source))
    board = board_of(seen_in(source, there, context))
    wanted = {row.service.id: row.wanted for row in board.rows if row.wanted is not None}
    if question.allow_unproven:
        return wanted, ()
    refused = []
    for row in board.rows:
        if row.wanted is not None and row.word is not Word.COMPLETE:
            word = "it was never deployed" if row.word is None else f"it is {row.word}"
            refused.append((row.service.id, f"{word} in {source.id}; --allow_unproven promotes it all the same"))
        elif row.wanted is not None and any(p.image is None or p.image.uri != row.wanted.uri for p in row.parts):
            refused.append((row.service.id, f"{source.id} runs something else than its parameter says"))
    return wanted, tuple(refused)


def _with_commits(plan: DeploymentPlan, context: Context) -> DeploymentPlan:
    return with_commits(plan, {c.service.id: _commits(c, context) for c in plan.changes})


def _commits(change: Change, context: Context) -> Commits:
    if change.running is None:
        return Commits(unknown_because="nothing of it runs here yet")
    if change.running.release_hash == change.wanted.release_hash:
        return Commits()
    for image in (change.running, change.wanted):
        if image.commit is None:
            return Commits(unknown_because=f"{image.release_hash} is not a Git commit")
    return context.asking.reasons.commits_between(str(change.running.commit), str(change.wanted.commit))


# --- ask


def _confirm(args: Arguments, plan: DeploymentPlan, shown: str, context: Context) -> bool:
    """Whether somebody was asked, and said yes. No is `Declined`."""
    if args["--skip_confirm"]:
        return False
    if context.console.as_json:
        context.console.note(shown)
    named = f"{plan.environment.name} is a production environment. " if plan.environment.production else ""
    if not context.console.confirm(
        f"{named}Do you wish to continue?", next_without="pass --skip_confirm to deploy without being asked"
    ):
        raise Declined("Nothing was deployed.")
    return True


def _nothing_to_deploy(gathered: Gathered, question: Question, shown: str, context: Context) -> ExitCode:
    _tidy_what_was_cut_off(gathered, question, context)
    context.console.say(shown)
    context.console.document(documents.deployed(gathered.plan, None))
    return ExitCode.DONE


def _tidy_what_was_cut_off(gathered: Gathered, question: Question, context: Context) -> None:
    """Everything was asked of ECS before the command was cut off; only the ledger does not say so yet."""
    latest = gathered.recorded.latest
    unfinished = latest is not None and not latest.requested
    if not unfinished and gathered.recorded.holder is None:
        return
    try:
        with _held(question, context):
            if unfinished and latest is not None:
                supersede(latest, gathered.recorded.unfinished, context.outside(question.environment))
    except EnvironmentHeld:
        return  # Somebody is at work there: it is theirs to finish.


# --- act


def _held(question: Question, context: Context) -> AbstractContextManager[Lease]:
    now = context.clock.now()
    holder = context.as_holder(now, now + LEASE)
    return held(context.asking.ledger, context.clock, context.project.id, question.environment.id, holder)


def _under_the_lock(
    args: Arguments, question: Question, gathered: Gathered, asked: bool, context: Context
) -> tuple[DeploymentSet, DeploymentPlan, tuple[Failure, ...]]:
    with _held(question, context) as lease:
        gathered = _gathered_again(args, question, gathered, asked, context)
        deployment_set = _opened(args, gathered, context)
        outside = context.outside(question.environment)
        failures = carry_out(gathered.plan, deployment_set, outside, lease, context.console.note)
        return deployment_set, gathered.plan, failures


def _gathered_again(
    args: Arguments, question: Question, before: Gathered, asked: bool, context: Context
) -> Gathered:
    """Under the lock nobody else deploys: what differs now from what was shown is shown, and asked again."""
    if not asked and _still_holds(before, question, context):
        return before
    again = _gather(question, context)
    if again.plan.shows_the_same_as == before.plan.shows_the_same_as:
        return again
    shown = text.plan(again.plan, again.at)
    context.console.note("The world has changed since the plan was made.")
    context.console.say(shown)
    refuse_what_cannot_be(again.plan)
    if again.plan.changes:
        _confirm(args, again.plan, shown, context)
    return again


def _still_holds(gathered: Gathered, question: Question, context: Context) -> bool:
    if context.clock.now() - gathered.at > STILL_FRESH:
        return False
    return context.asking.ledger.latest_set(context.project.id, question.environment.id) == gathered.recorded.latest


def _opened(args: Arguments, gathered: Gathered, context: Context) -> DeploymentSet:
    """The record comes before the first effect; what was cut off goes on under its own number."""
    plan = gathered.plan
    if plan.resumes is not None:
        return plan.resumes
    if plan.supersedes is not None:
        supersede(plan.supersedes, gathered.recorded.unfinished, context.outside(plan.environment))
    deployment_set, _ = context.asking.ledger.open(_opening(args, gathered, context))
    return deployment_set


def _opening(args: Arguments, gathered: Gathered, context: Context) -> Opening:
    plan, at, set_id = gathered.plan, context.clock.now(), str(uuid.uuid4())
    description = args["--description"] or description_of(
        [
            (None if c.running is None else c.running.release_hash, c.wanted.release_hash, c.commits)
            for c in plan.changes
        ]
    )
    deployments = tuple(
        replace(d, requested_by=gathered.requester, description=description) for d in drafts(plan, set_id, at)
    )
    return Opening(
        project=plan.project.id,
        environment=plan.environment.id,
        set_id=set_id,
        release_set_id=str(uuid.uuid4()),
        kind=plan.kind,
        asked=plan.asked,
        source=plan.source,
        description=description,
        requested_by=gathered.requester,
        requested_at=at,
        releases=tuple(gathered.wanted.values()),
        deployments=deployments,
        release_number=plan.release_number,
    )


def _what_failed(failures: Sequence[Failure], deployment_set: DeploymentSet) -> ReleaseToolError:
    """The first failure's kind decides the exit code; all are told."""
    told = "\n".join(f"    {failure.what}: {failure.error.message}" for failure in failures)
    first = failures[0].error
    kind = type(first) if type(first) is not CouldNot else CouldNot
    error = CouldNot(
        f"deployment {deployment_set.number} was not requested in full:\n{told}",
        next=first.next or "run the same command again: it finishes what is missing and repeats nothing",
    )
    error.exit_code = kind.exit_code
    return error
