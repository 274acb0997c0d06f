"""What a deployment will change, decided from what was gathered: a value that can be shown, compared, carried out.

Every asked service comes out as exactly one of *change*, *unchanged*, *missing* and *unmatched*. It is judged
against what ECS runs, never against what was written last: a retry after a crash must not skip a service.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from release_tool.errors import AskedWrongly
from release_tool.image import Image
from release_tool.model import (
    TASK_FAMILY,
    Commits,
    Deployment,
    DeploymentSet,
    Environment,
    Found,
    Kind,
    Project,
    Rollout,
    Service,
    Word,
)
from release_tool.rollout import EcsService
from release_tool.task_definition import (
    TaskDefinition,
    claimed_containers,
    clone,
    difference,
    family_arn,
    revision_number,
    short_revision,
)


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a plan is made of, as it was gathered.

    `wanted` and `parameters` map services to images: what shall run, and what the environment's parameters say.
    `ecs` maps the names of ECS services, `definitions` and `newest` revision ARNs: the revision that each
    service runs, and its family's newest ACTIVE one. `current` has the newest recorded deployment of each
    service, `elsewhere` the families that other environments use. `unfinished` is a deployment set that was cut off.
    """

    project: Project
    environment: Environment
    asked: str
    source: str
    kind: Kind
    services: tuple[Service, ...]
    wanted: Mapping[str, Image]
    parameters: Mapping[str, str]
    ecs: Mapping[str, EcsService]
    definitions: Mapping[str, TaskDefinition]
    newest: Mapping[str, TaskDefinition]
    found: Mapping[str, Found] = field(default_factory=dict)
    current: Mapping[str, Deployment] = field(default_factory=dict)
    ours: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()
    unfinished: DeploymentSet | None = None
    unfinished_deployments: tuple[Deployment, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    release_number: int | None = None


class Why(str, Enum):
    """What makes a service a change."""

    NEW_IMAGE = "new image"
    MOVED_TAG = "the tag means another image now"
    FAILED_BEFORE = "the deployment that runs has failed"
    RESTART = "restart"
    PARAMETER_ONLY = "only the parameter differs"
    UNFINISHED = "asked for before, and cut off"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Change:
    """A service that will be deployed. `running` is None where nothing of it runs, or nothing can."""

    service: Service
    wanted: Image
    why: Why
    running: Image | None = None
    digest: str | None = None
    parameter: str | None = None
    recorded: str | None = None
    ecs_services: tuple[str, ...] = ()
    kept: tuple[Rollout, ...] = ()
    commits: Commits = field(default_factory=Commits)


@dataclass(frozen=True, slots=True)
class Step:
    """One ECS service's new revision and UpdateService. `images` maps containers to what they shall run.

    `base` is the revision that is copied. `old_revision` is what ran when the deployment was asked for, so a
    newer revision, equal to the copy, can only be the one that an interrupted run of the same has registered.
    """

    cluster: str
    ecs_service: str
    services: tuple[str, ...]
    images: Mapping[str, str]
    old_images: Mapping[str, str]
    base: TaskDefinition
    old_revision: str
    newest: TaskDefinition | None
    seen: EcsService

    @property
    def is_task_family(self) -> bool:
        return self.cluster == TASK_FAMILY

    @property
    def fields(self) -> dict[str, Any]:
        return clone(self.base, self.images)

    @property
    def as_recorded(self) -> Rollout:
        return Rollout(
            cluster=self.cluster,
            ecs_service=self.ecs_service,
            containers=tuple(sorted(self.images.items())),
            old_images=tuple(sorted(self.old_images.items())),
            old_revision=self.old_revision,
        )


@dataclass(frozen=True, slots=True)
class Unchanged:
    service: Service
    image: Image


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A service whose deployment can't be carried out, and why, as a sentence."""

    service: Service
    why: str


@dataclass(frozen=True, slots=True)
class DeploymentPlan:
    project: Project
    environment: Environment
    asked: str
    source: str
    kind: Kind
    changes: tuple[Change, ...] = ()
    unchanged: tuple[Unchanged, ...] = ()
    missing: tuple[Service, ...] = ()
    unmatched: tuple[Unmatched, ...] = ()
    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    resumes: DeploymentSet | None = None
    supersedes: DeploymentSet | None = None
    release_number: int | None = None

    @property
    def shows_the_same_as(self) -> tuple[Any, ...]:
        """What a person who said yes to this plan has agreed to."""
        return (
            tuple((c.service.id, c.wanted.uri, c.why, c.running and c.running.uri) for c in self.changes),
            tuple((u.service.id, u.why) for u in self.unmatched),
            tuple((s.ecs_service, s.base.arn) for s in self.steps),
        )


def plan_deployment(facts: Facts) -> DeploymentPlan:
    """Judge each asked service, then gather what the changed ones ask of each ECS service."""
    judged = list(_without_conflicts((_judge(service, facts) for service in facts.services), facts))
    changes = tuple(j for j in judged if isinstance(j, Change))
    steps = _steps(changes, facts)
    return DeploymentPlan(
        project=facts.project,
        environment=facts.environment,
        asked=facts.asked,
        source=facts.source,
        kind=facts.kind,
        changes=changes,
        unchanged=tuple(j for j in judged if isinstance(j, Unchanged)),
        missing=tuple(j for j in judged if isinstance(j, Service)),
        unmatched=tuple(j for j in judged if isinstance(j, Unmatched)),
        steps=steps,
        notes=tuple(_notes(changes, steps, facts)),
        resumes=_resumed(changes, facts),
        supersedes=facts.unfinished if changes and _resumed(changes, facts) is None else None,
        release_number=facts.release_number,
    )


def refuse_what_cannot_be(plan: DeploymentPlan) -> None:
    """Raise where the plan must not be carried out at all: nothing has changed yet, and nothing shall."""
    if plan.unmatched:
        lines = "\n".join(f"    {u.service.id}: {u.why}" for u in plan.unmatched)
        raise AskedWrongly(
            f"nothing was deployed, for this cannot be deployed to {plan.environment.id}:\n{lines}",
            next="put it right, or deploy the others by name",
        )
    if plan.missing and plan.asked == plan.missing[0].id:
        service = plan.asked
        raise AskedWrongly(
            f"no image is registered for `{service}` under {plan.source}",
            next=f"register one with: release-tool register <ecr_uri> {service}",
        )


# --- one service

Judged = Change | Unchanged | Service | Unmatched
"""The service itself where it is *missing*."""


def _judge(service: Service, facts: Facts) -> Judged:
    wanted = facts.wanted.get(service.id)
    if wanted is None:
        return service
    why_not = dict(facts.refused).get(service.id) or _why_not(service, wanted, facts)
    if why_not is not None:
        return Unmatched(service, why_not)
    why = _why_changed(service, wanted, facts)
    return Unchanged(service, wanted) if why is None else _change(service, wanted, why, facts)


def _why_not(service: Service, wanted: Image, facts: Facts) -> str | None:
    if facts.found.get(wanted.uri, Found()).missing:
        return f"its repository has no image {wanted.uri}"
    for name in _ecs_names(service, facts):
        why = _why_service_cannot(name, facts.ecs.get(name), facts)
        if why is not None:
            return why
        containers = _containers(service, wanted, name, facts)
        if not containers:
            return _no_container(service, wanted, name, facts)
        base = _base(name, facts)
        for container in (c for c in containers if c not in base.images):
            return f"the newest revision {base.short} of the ECS service {name} has no container called {container}"
    return None


def _why_service_cannot(name: str, ecs: EcsService | None, facts: Facts) -> str | None:
    if ecs is None and name.startswith(TASK_FAMILY):
        return f"there is no {name}, or none of its revisions is ACTIVE; name it with `task_families` in the manifest"
    if ecs is None:
        known = f"there is no ECS service called {name} in cluster {facts.environment.cluster}"
        return f"{known}; name it with `ecs_services` in the manifest"
    if ecs.status != "ACTIVE":
        return f"the ECS service {name} is {ecs.status}"
    if ecs.controller != "ECS":
        return f"the ECS service {name} is deployed by {ecs.controller}, not by ECS itself"
    if ecs.managed_by is not None:
        return f"the ECS service {name} is managed by {ecs.managed_by} itself"
    if ecs.revision is None or ecs.revision not in facts.definitions:
        return f"the task definition of the ECS service {name} could not be read"
    return None


def _no_container(service: Service, wanted: Image, name: str, facts: Facts) -> str:
    images = _running_definition(name, facts).images
    runs = ", ".join(f"{container} ({uri})" for container, uri in images.items()) or "none"
    if service.container is not None:
        return f"the ECS service {name} has no container called {service.container}; it has {runs}"
    return (
        f"no container of the ECS service {name} runs an image of {wanted.repository}; it has {runs}; "
        "name one with `container` in the manifest"
    )


def _why_changed(service: Service, wanted: Image, facts: Facts) -> Why | None:
    if _was_cut_off(service, facts):
        return Why.UNFINISHED
    differing = [name for name in _ecs_names(service, facts) if _differs(service, wanted, name, facts)]
    if differing:
        return Why.NEW_IMAGE
    if _tag_moved(service, wanted, facts):
        return Why.MOVED_TAG
    if any(_has_failed(facts.ecs[name]) for name in _ecs_names(service, facts)):
        return Why.FAILED_BEFORE
    if facts.kind is Kind.RESTART and _ecs_names(service, facts) and not _resumable(facts):
        return Why.RESTART
    if facts.parameters.get(service.id) != wanted.uri:
        return Why.PARAMETER_ONLY if _ecs_names(service, facts) else Why.NEW_IMAGE
    return None


def _differs(service: Service, wanted: Image, name: str, facts: Facts) -> bool:
    images = _running_definition(name, facts).images
    return any(images[container] != wanted.uri for container in _containers(service, wanted, name, facts))


def _tag_moved(service: Service, wanted: Image, facts: Facts) -> bool:
    recorded = facts.current.get(service.id)
    now = facts.found.get(wanted.uri, Found()).digest
    if recorded is None or recorded.image != wanted.uri or recorded.digest is None or now is None:
        return False
    return recorded.digest != now or _moved_in_vain(recorded)


def _moved_in_vain(recorded: Deployment) -> bool:
    """Whether the tag was moved already when it was recorded, and ECS runs what it meant before all the same."""
    if recorded.previous_image != recorded.image or recorded.kind is Kind.RESTART:
        return False
    return any(r.ecs_deployment_id is None or _went_back(r) for r in recorded.rollouts)


def _went_back(rollout: Rollout) -> bool:
    return rollout.settling or rollout.outcome == Word.ROLLED_BACK


def _has_failed(ecs: EcsService) -> bool:
    return ecs.primary is not None and ecs.primary.rollout_state == "FAILED"


def _change(service: Service, wanted: Image, why: Why, facts: Facts) -> Change:
    names = _ecs_names(service, facts)
    recorded = facts.current.get(service.id)
    changed = tuple(name for name in names if _is_part(service, wanted, name, why, facts))
    return Change(
        service=service,
        wanted=wanted,
        why=why,
        running=_running_image(service, wanted, changed or names, facts),
        digest=facts.found.get(wanted.uri, Found()).digest,
        parameter=facts.parameters.get(service.id),
        recorded=last_written(recorded),
        ecs_services=changed,
        kept=_kept(recorded, wanted, set(names) - set(changed)),
    )


def _is_part(service: Service, wanted: Image, name: str, why: Why, facts: Facts) -> bool:
    """Whether an ECS service of a changed service gets a new revision."""
    if why is Why.PARAMETER_ONLY:
        return False
    if _differs(service, wanted, name, facts) or _has_failed(facts.ecs[name]):
        return True
    if why is Why.UNFINISHED:
        return name in _open_parts(facts)
    return _tag_moved(service, wanted, facts) or (facts.kind is Kind.RESTART and not _resumable(facts))


def _running_image(service: Service, wanted: Image, names: Iterable[str], facts: Facts) -> Image | None:
    for name in names:
        images = _running_definition(name, facts).images
        for container in _containers(service, wanted, name, facts):
            return parsed(images[container])
    return None


def parsed(uri: str) -> Image | None:
    """What runs may be named in a way that nothing of ours would: then nothing is said of it."""
    try:
        return Image.parse(uri)
    except AskedWrongly:
        return None


def last_written(recorded: Deployment | None) -> str | None:
    """The image that the ledger knows as written to the parameter last; None where it can't say."""
    if recorded is None or (recorded.rollouts and all(r.ecs_deployment_id is None for r in recorded.rollouts)):
        return None
    # Where its ECS services ended differently, nothing is put back.
    if recorded.rollouts and all(_went_back(rollout) for rollout in recorded.rollouts):
        return recorded.previous_image
    return recorded.image


def _kept(recorded: Deployment | None, wanted: Image, names: set[str]) -> tuple[Rollout, ...]:
    """ECS services that run the wanted image already keep what is recorded of them."""
    if recorded is None or recorded.image != wanted.uri:
        return ()
    return tuple(r for r in recorded.rollouts if r.ecs_service in names and r.ecs_deployment_id is not None)


# --- ECS services


def _without_conflicts(judged: Iterable[Judged], facts: Facts) -> Iterable[Judged]:
    """The same, but *unmatched* what claims a container that another asked service claims, changed or not."""
    claims: dict[tuple[str, str], Service] = {}
    for one in judged:
        yield _conflict(one, claims, facts) or one


def _conflict(one: Judged, claims: dict[tuple[str, str], Service], facts: Facts) -> Unmatched | None:
    if not isinstance(one, (Change, Unchanged)):
        return None
    image = one.wanted if isinstance(one, Change) else one.image
    for name in _ecs_names(one.service, facts):
        for container in _containers(one.service, image, name, facts):
            other = claims.setdefault((name, container), one.service)
            if other.id != one.service.id:
                return _claimed_twice(one.service, other, container, name)
    return None


def _claimed_twice(service: Service, other: Service, container: str, name: str) -> Unmatched:
    return Unmatched(
        service,
        f"the container {container} of the ECS service {name} is claimed by {other.id} too; "
        "name each one's with `container` in the manifest",
    )


def _steps(changes: Iterable[Change], facts: Facts) -> tuple[Step, ...]:
    """One step for each ECS service, whichever number of services feeds it."""
    claims: dict[str, dict[str, tuple[Service, Image]]] = {}
    for change in changes:
        for name in change.ecs_services:
            for container in _containers(change.service, change.wanted, name, facts):
                claims.setdefault(name, {})[container] = (change.service, change.wanted)
    return tuple(_step(name, claimed, facts) for name, claimed in claims.items())


def _step(name: str, claimed: Mapping[str, tuple[Service, Image]], facts: Facts) -> Step:
    running = _running_definition(name, facts)
    newest = facts.newest.get(family_arn(running.arn))
    images = {container: image.uri for container, (_, image) in claimed.items()}
    cut_off = _open_parts(facts).get(name)
    ran = running.images | (dict(cut_off.old_images) if cut_off is not None else {})
    return Step(
        cluster=facts.ecs[name].cluster if name.startswith(TASK_FAMILY) else facts.environment.cluster,
        ecs_service=name,
        services=tuple(dict.fromkeys(service.id for service, _ in claimed.values())),
        images=images,
        old_images={container: ran[container] for container in images if container in ran},
        base=_base(name, facts),
        old_revision=(cut_off.old_revision if cut_off is not None else None) or running.arn,
        newest=newest,
        seen=facts.ecs[name],
    )


def _base(name: str, facts: Facts) -> TaskDefinition:
    """What is copied: the revision that runs; or its family's newest, where a service that feeds it asks for that."""
    running = _running_definition(name, facts)
    newest = facts.newest.get(family_arn(running.arn))
    asked_for = any(s.clone_from == "newest" and name in _ecs_names(s, facts) for s in facts.services)
    shared = family_arn(running.arn) in facts.elsewhere
    return newest if asked_for and newest is not None and not shared else running


def reusable(step: Step) -> TaskDefinition | None:
    """The family's newest revision, where it is what this step would register and came after what ran."""
    newest = step.newest
    if newest is None or newest.revision <= revision_number(step.old_revision):
        return None
    return None if difference(newest.fields, step.fields) else newest


# --- what was cut off


def _resumable(facts: Facts) -> bool:
    """Whether this is the command that was cut off, in a world that has not moved on since."""
    unfinished = facts.unfinished
    if unfinished is None or unfinished.asked != facts.asked:
        return False
    if (unfinished.kind is Kind.RESTART) != (facts.kind is Kind.RESTART):
        return False
    return not any(_wanted_otherwise(d, facts) or _moved_on(d, facts) for d in facts.unfinished_deployments)


def _wanted_otherwise(deployment: Deployment, facts: Facts) -> bool:
    wanted = facts.wanted.get(deployment.service)
    if wanted is None or wanted.uri != deployment.image:
        return True
    now = facts.found.get(wanted.uri, Found()).digest
    return None not in (now, deployment.digest) and now != deployment.digest


def _moved_on(deployment: Deployment, facts: Facts) -> bool:
    """Whether ECS runs neither what it ran when the deployment was asked for, nor what it was asked to run."""
    for rollout in (r for r in deployment.rollouts if r.ecs_deployment_id is None):
        ecs = facts.ecs.get(rollout.ecs_service)
        if ecs is None or ecs.revision is None:
            return True
        definition = facts.definitions.get(ecs.revision)
        runs = {} if definition is None else definition.images
        if ecs.revision != rollout.old_revision and any(runs.get(c) != uri for c, uri in rollout.containers):
            return True
    return False


def _open_parts(facts: Facts) -> dict[str, Rollout]:
    """By ECS service: the parts of a resumable deployment set that the ledger does not know as asked of ECS."""
    if not _resumable(facts):
        return {}
    rollouts = (r for d in facts.unfinished_deployments for r in d.rollouts)
    return {r.ecs_service: r for r in rollouts if r.ecs_deployment_id is None}


def _was_cut_off(service: Service, facts: Facts) -> bool:
    open_parts = _open_parts(facts)
    asked = (d for d in facts.unfinished_deployments if d.service == service.id)
    return any(r.ecs_service in open_parts for d in asked for r in d.rollouts)


def _resumed(changes: tuple[Change, ...], facts: Facts) -> DeploymentSet | None:
    """The unfinished set that this plan goes on with: nothing but its own deployments is left to do."""
    open_parts = _open_parts(facts)
    planned = {d.service: {r.ecs_service for r in d.rollouts} & set(open_parts) for d in facts.unfinished_deployments}
    if not changes or not _resumable(facts):
        return None
    within = all(c.service.id in planned and set(c.ecs_services) <= planned[c.service.id] for c in changes)
    return facts.unfinished if within else None


# --- notes


def _notes(changes: tuple[Change, ...], steps: tuple[Step, ...], facts: Facts) -> Iterable[str]:
    yield from _parameters_changed(changes)
    for step in steps:
        yield from _step_notes(step, facts)
    for uri, found in facts.found.items():
        if found.unknown_because is not None and any(c.wanted.uri == uri for c in changes):
            yield f"{uri}: not checked: {found.unknown_because}"


def _parameters_changed(changes: tuple[Change, ...]) -> Iterable[str]:
    for change in changes:
        now = change.parameter
        if now is not None and change.recorded is not None and now != change.recorded:
            yield (
                f"{change.service.id}: its parameter was changed since it was last deployed: "
                f"it says {now}, recorded is {change.recorded}"
            )


def _step_notes(step: Step, facts: Facts) -> Iterable[str]:
    if step.seen.primary is not None and step.seen.primary.rollout_state == "IN_PROGRESS":
        yield f"{step.ecs_service}: a rollout of {short_revision(step.seen.primary.revision)} goes on, and is replaced"
    if _cannot_end(step.seen):
        yield (
            f"{step.ecs_service}: with {step.seen.desired} tasks wanted, maximumPercent {step.seen.maximum_percent} "
            f"and minimumHealthyPercent {step.seen.minimum_healthy_percent} ECS can neither start nor stop a task: "
            "this rollout cannot end"
        )
    yield from _foreign_revision(step, facts)


def _cannot_end(ecs: EcsService) -> bool:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html: how the two are rounded."""
    if ecs.desired == 0 or ecs.scheduling == "DAEMON":
        return False
    most = math.floor(ecs.desired * ecs.maximum_percent / 100)
    return most <= math.ceil(ecs.desired * ecs.minimum_healthy_percent / 100)


def _foreign_revision(step: Step, facts: Facts) -> Iterable[str]:
    newest = step.newest
    running = facts.definitions[str(step.seen.revision)]
    if newest is None or newest.revision <= running.revision or newest.arn in facts.ours or reusable(step) is not None:
        return
    places = ", ".join(difference(running.fields, newest.fields)) or "nothing but its number"
    taken = step.base.arn == newest.arn
    shared = family_arn(running.arn) in facts.elsewhere
    advice = "it is taken" if taken else "it is not taken"
    if not taken and not shared:
        advice += "; `clone_from: newest` would take it"
    yield f"{step.ecs_service}: the newer revision {newest.short} is not ours; it differs in {places}; {advice}"


# --- small questions


def _ecs_names(service: Service, facts: Facts) -> tuple[str, ...]:
    return service.places(facts.project.id, facts.environment)


def _running_definition(name: str, facts: Facts) -> TaskDefinition:
    return facts.definitions[str(facts.ecs[name].revision)]


def _containers(service: Service, wanted: Image, name: str, facts: Facts) -> list[str]:
    return claimed_containers(_running_definition(name, facts), wanted, service.id, service.container)


def with_commits(plan: DeploymentPlan, commits: Mapping[str, Commits]) -> DeploymentPlan:
    return replace(
        plan,
        changes=tuple(replace(c, commits=commits.get(c.service.id, c.commits)) for c in plan.changes),
    )
