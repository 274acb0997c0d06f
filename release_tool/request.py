"""One deployment set, from what was asked for to what ECS was asked: the path that `deploy` and `rollback` share.

gather (reads alone, at once) → plan (a pure value) → show → confirm → under the lock: settle what has ended, look
again, open the record, act.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from release_tool import documents, text
from release_tool.apply import Failure, carry_out, drafts
from release_tool.commands import Arguments, Context
from release_tool.description import description_of
from release_tool.errors import CouldNot, Declined, EnvironmentHeld, ReleaseToolError
from release_tool.gather import (
    Recorded,
    described,
    ecs_names,
    known_services,
    of_families,
    recorded,
    selected,
    with_definitions,
)
from release_tool.image import Image
from release_tool.lease import LEASE, Lease, held
from release_tool.model import ALL, Commits, Deployment, DeploymentSet, Environment, Kind, Release, Requester, Service
from release_tool.parallel import at_once, in_parallel
from release_tool.plan import Change, DeploymentPlan, Facts, plan_deployment, refuse_what_cannot_be, with_commits
from release_tool.ports import Opening
from release_tool.requester import requester
from release_tool.settle import is_left_open, settle
from release_tool.supersede import supersede

STILL_FRESH = timedelta(seconds=10)
"""What was gathered this short a time ago is taken as it is, where the ledger shows that nobody else deployed."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The image that each service shall run; the services that may not have theirs, with why; notes for the plan.

    `turned_away_from` are the deployments that a rollback goes back from.
    """

    images: Mapping[str, Image]
    refused: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    turned_away_from: tuple[Deployment, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked for. `wanted` looks the images up: in parameters, in a release set, in the history."""

    asked: str
    environment: Environment
    source: str
    kind: Kind
    wanted: Callable[[Sequence[Service]], Wanted]
    release_number: int | None = None


@dataclass(frozen=True, slots=True)
class Gathered:
    """A plan, and what it was made of: who asks, when, and what the ledger said."""

    plan: DeploymentPlan
    wanted: Wanted
    releases: tuple[Release, ...]
    recorded: Recorded
    requester: Requester
    at: datetime


@dataclass(frozen=True, slots=True)
class Requested:
    """`deployment_set` is None where nothing was to be deployed, or only the plan was asked for."""

    plan: DeploymentPlan
    deployment_set: DeploymentSet | None = None
    deployments: tuple[Deployment, ...] = field(default=())


def asked_for(args: Arguments) -> str:
    return ALL if args["all"] else str(args["<service>"])


def request(question: Question, args: Arguments, context: Context) -> Requested:
    """Raise where it is declined, refused, or not asked of ECS in full; say in words all that happens."""
    gathered = _gather(question, context)
    shown = text.plan(gathered.plan, gathered.at)
    refuse_what_cannot_be(gathered.plan)
    if not gathered.plan.changes:
        if not args["--dry_run"]:
            _tidy_up(gathered, question, context)
        context.console.say(shown)
        return Requested(gathered.plan)
    context.console.say(shown)
    if args["--dry_run"]:
        return Requested(gathered.plan)
    asked = _confirm(args, gathered.plan, shown, context)

    requested, failures = _under_the_lock(args, question, gathered, asked, context)

    if failures:
        raise _what_failed(failures, requested)
    if requested.deployment_set is not None:
        context.console.say("\nDeployment requested." if asked else "Deployment requested.")
    return requested


# --- gather


def _gather(question: Question, context: Context) -> Gathered:
    """Ask everything, change nothing; then decide."""
    environment, asking, project = question.environment, context.asking, context.project
    services = selected(project, known_services(project, asking), question.asked, environment)
    ids = [service.id for service in services]
    ecs = asking.services_of(environment)
    with at_once() as ask:
        wanting = ask(lambda: question.wanted(services))
        parameters = ask(lambda: asking.parameters_of(environment).images(environment.id, ids))
        found_services = ask(lambda: described(ecs, environment, ecs_names(project, services, environment)))
        families = ask(lambda: of_families(ecs, project, services, environment))
        ledger = ask(lambda: recorded(asking.ledger, project, environment))
        who = ask(lambda: _requester(context))
    wanted = wanting.result()
    with at_once() as ask:
        running = ask(lambda: with_definitions(ecs, found_services.result(), families.result()))
        found = ask(lambda: asking.images.find(list(wanted.images.values())))
    known = ledger.result()
    facts = Facts(
        project=project,
        environment=environment,
        asked=question.asked,
        source=question.source,
        kind=question.kind,
        services=services,
        wanted=wanted.images,
        parameters=parameters.result(),
        ecs=running.result().services,
        definitions=running.result().definitions,
        newest=running.result().newest,
        found=found.result(),
        current=known.current,
        elsewhere=known.elsewhere,
        unfinished=known.latest if known.unfinished else None,
        unfinished_deployments=known.unfinished,
        refused=wanted.refused,
        release_number=question.release_number,
    )
    plan = plan_deployment(replace(facts, ours=_ours(facts, context)))
    return Gathered(
        plan=replace(_with_commits(plan, context), notes=(*wanted.notes, *plan.notes)),
        wanted=wanted,
        releases=tuple(_release(service, image, facts) for service, image in wanted.images.items()),
        recorded=known,
        requester=who.result(),
        at=context.clock.now(),
    )


def _requester(context: Context) -> Requester:
    name, email = context.asking.reasons.author()
    return requester(context.environ, name, email, context.asking.identity.arn())


def _release(service: str, image: Image, facts: Facts) -> Release:
    found = facts.found.get(image.uri)
    return Release(service, image.uri, image.release_hash, None if found is None else found.digest)


def _ours(facts: Facts, context: Context) -> frozenset[str]:
    """Asked only where a family has a newer revision than the one that runs: else nobody wants to know."""
    running = {s.revision for s in facts.ecs.values() if s.revision is not None}
    newer = [d.arn for d in facts.newest.values() if d.arn not in running]
    return frozenset().union(*in_parallel(context.asking.ledger.ours, newer))


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


# --- act


def holding(environment: Environment, context: Context) -> AbstractContextManager[Lease]:
    now = context.clock.now()
    holder = context.as_holder(now, now + LEASE)
    return held(context.asking.ledger, context.clock, context.project.id, environment.id, holder)


def _tidy_up(gathered: Gathered, question: Question, context: Context) -> None:
    """Nothing is left to ask of ECS; but a run that was cut off may have left the ledger behind, or its lock."""
    known = gathered.recorded
    to_settle = any(not d.has_ended for d in known.current.values())
    held_by = context.asking.ledger.holder(context.project.id, question.environment.id)
    open_set = known.latest is not None and is_left_open(known.latest)
    if not known.unfinished and not to_settle and not open_set and held_by is None:
        return
    try:
        with holding(question.environment, context) as lease:
            if known.unfinished and known.latest is not None:
                outside = context.outside(question.environment)
                supersede(known.latest, known.unfinished, question.environment, outside, lease)
            _settle(question, known, lease, context)
    except EnvironmentHeld:
        return  # Somebody is at work there: it is theirs to finish.


def _settle(question: Question, known: Recorded, lease: Lease, context: Context) -> bool:
    """Write down what has ended since somebody last looked. Whether anything had to be put back."""
    current = [d for d in known.current.values() if not d.has_ended]
    outside = context.outside(question.environment)
    settled = settle(context.project, question.environment, current, outside, lease, latest=known.latest)
    for line in (*settled.done, *settled.left):
        context.console.note(f"settled: {line}")
    return settled.put_anything_back


def _under_the_lock(
    args: Arguments, question: Question, gathered: Gathered, asked: bool, context: Context
) -> tuple[Requested, tuple[Failure, ...]]:
    with holding(question.environment, context) as lease:
        put_back = _settle(question, _recorded_now(question, gathered, context), lease, context)
        gathered = _gathered_again(args, question, gathered, asked or put_back, context)
        if not gathered.plan.changes:
            return Requested(gathered.plan), ()
        deployment_set, deployments = _opened(args, gathered, lease, context)
        for deployment in _turned_away_from(gathered):
            context.asking.ledger.turn_away_from(deployment)
        outside = context.outside(question.environment)
        failures = carry_out(gathered.plan, deployment_set, outside, lease, context.console.note)
        return Requested(gathered.plan, deployment_set, deployments), failures


def _turned_away_from(gathered: Gathered) -> list[Deployment]:
    """Nobody turns away from what goes on running."""
    images = {change.service.id: change.wanted.uri for change in gathered.plan.changes}
    return [d for d in gathered.wanted.turned_away_from if images.get(d.service, d.image) != d.image]


def _recorded_now(question: Question, gathered: Gathered, context: Context) -> Recorded:
    """What was read before the lock was ours may be out of date; where nothing was open, nothing can have ended."""
    if all(d.has_ended for d in gathered.recorded.current.values()):
        return gathered.recorded
    return recorded(context.asking.ledger, context.project, question.environment)


def _gathered_again(
    args: Arguments, question: Question, before: Gathered, must_look: bool, context: Context
) -> Gathered:
    """Under the lock nobody else deploys: what differs now from what was shown is shown, and asked again."""
    if not must_look and _still_holds(before, question, context):
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


def _opened(
    args: Arguments, gathered: Gathered, lease: Lease, context: Context
) -> tuple[DeploymentSet, tuple[Deployment, ...]]:
    """The record comes before the first effect; what was cut off goes on under its own number."""
    plan = gathered.plan
    if plan.resumes is not None:
        return plan.resumes, gathered.recorded.unfinished
    if plan.supersedes is not None:
        leave = [change.service.id for change in plan.changes if change.ecs_services]
        outside = context.outside(plan.environment)
        supersede(plan.supersedes, gathered.recorded.unfinished, plan.environment, outside, lease, leave=leave)
    return context.asking.ledger.open(_opening(args, gathered, context))


def _opening(args: Arguments, gathered: Gathered, context: Context) -> Opening:
    plan, at, set_id = gathered.plan, context.clock.now(), str(uuid.uuid4())
    description = args["--description"] or description_of(
        [
            (None if c.running is None else c.running.release_hash, c.wanted.release_hash, c.commits)
            for c in plan.changes
        ]
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
        releases=gathered.releases,
        deployments=tuple(
            replace(
                draft,
                requested_by=gathered.requester,
                description=description,
                over=_over(gathered.recorded.current.get(draft.service)),
            )
            for draft in drafts(plan, set_id, at)
        ),
        release_number=plan.release_number,
    )


def _over(current: Deployment | None) -> int | None:
    """The deployment that has not ended yet, or one that itself was put over such."""
    if current is None or current.has_ended:
        return None
    return current.number


def _what_failed(failures: Sequence[Failure], requested: Requested) -> ReleaseToolError:
    """The first failure's kind decides the exit code; all are told."""
    assert requested.deployment_set is not None
    told = "\n".join(f"    {failure.what}: {failure.error.message}" for failure in failures)
    error = CouldNot(
        f"deployment {requested.deployment_set.number} was not requested in full:\n{told}",
        next=failures[0].error.next or "run the same command again: it finishes what is missing and repeats nothing",
    )
    error.exit_code = failures[0].error.exit_code
    return error


def document(requested: Requested) -> documents.Document:
    return documents.deployed(requested.plan, requested.deployment_set)
