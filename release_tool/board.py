"""What is deployed in an environment, as ECS, the parameters and the ledger have it together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime

from release_tool.image import Image
from release_tool.model import Deployment, DeploymentSet, Environment, Project, Rollout, Service, Word, worst
from release_tool.plan import last_written, parsed
from release_tool.rollout import EcsDeployment, EcsService, ServiceDeployment, Verdict, judge
from release_tool.task_definition import TaskDefinition, claimed_containers, short_revision


@dataclass(frozen=True, slots=True)
class Seen:
    """All that a board is made of, as it was gathered. `told` maps ECS deployment ids to service deployments."""

    project: Project
    environment: Environment
    services: tuple[Service, ...]
    parameters: Mapping[str, str]
    ecs: Mapping[str, EcsService]
    definitions: Mapping[str, TaskDefinition]
    current: Mapping[str, Deployment]
    latest: DeploymentSet | None
    now: datetime
    told: Mapping[str, ServiceDeployment] = field(default_factory=dict)
    parameters_without_service: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One ECS service under a service: what it runs, and the word for our deployment of it, if there was one."""

    ecs_service: str
    image: Image | None
    revision: str | None
    word: Word | None
    running: int = 0
    desired: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """`word` is None where the service was never deployed by this tool."""

    service: Service
    image: Image | None
    word: Word | None
    wanted: Image | None
    deployment: Deployment | None
    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def release_hash(self) -> str | None:
        return None if self.image is None else self.image.release_hash

    @property
    def differs(self) -> bool:
        """Whether its ECS services don't all say the same."""
        return len({(p.image and p.image.uri, p.word, p.notes) for p in self.parts}) > 1


@dataclass(frozen=True, slots=True)
class Board:
    """`last` is the newest of the deployments shown; `word` their worst, None where none was ever deployed."""

    project: Project
    environment: Environment
    rows: tuple[Row, ...]
    last: Deployment | None
    latest: DeploymentSet | None
    word: Word | None
    parameters_without_service: tuple[str, ...] = ()

    @property
    def has_ended(self) -> bool:
        return all(row.word is None or row.word.is_final or row.word is Word.UNFINISHED for row in self.rows)


def board_of(seen: Seen) -> Board:
    images = known_images(seen.current.values(), seen.definitions)
    rows = tuple(_row(service, seen, images) for service in seen.services)
    deployments = [row.deployment for row in rows if row.deployment is not None]
    return Board(
        project=seen.project,
        environment=seen.environment,
        rows=rows,
        last=max(deployments, key=lambda d: d.number or 0, default=None),
        latest=seen.latest,
        word=worst(row.word for row in rows if row.word is not None),
        parameters_without_service=seen.parameters_without_service,
    )


def known_images(
    deployments: Iterable[Deployment], definitions: Mapping[str, TaskDefinition]
) -> dict[str, dict[str, str]]:
    """Images by container by revision ARN: what the ledger knows need not be asked of ECS again."""
    images: dict[str, dict[str, str]] = {arn: dict(d.images) for arn, d in definitions.items()}
    for deployment in deployments:
        for rollout in deployment.rollouts:
            for arn, known in ((rollout.new_revision, rollout.containers), (rollout.old_revision, rollout.old_images)):
                if arn is not None:
                    images.setdefault(arn, {}).update(known)
    return images


def unknown_revisions(seen: Seen) -> list[str]:
    """Revisions that run and whose images the ledger doesn't know."""
    known = known_images(seen.current.values(), seen.definitions)
    unknown = []
    for service in seen.services:
        for name in service.places(seen.project.id, seen.environment):
            ecs = seen.ecs.get(name)
            if ecs is None or ecs.revision is None or ecs.revision in seen.definitions:
                continue
            if not _container_names(service, name, seen) & set(known.get(ecs.revision, {})):
                unknown.append(ecs.revision)
    return sorted(set(unknown))


def _row(service: Service, seen: Seen, images: Mapping[str, Mapping[str, str]]) -> Row:
    deployment = seen.current.get(service.id)
    names = service.places(seen.project.id, seen.environment)
    parts = tuple(_part(service, name, deployment, seen, images) for name in names)
    wanted = None if service.id not in seen.parameters else parsed(seen.parameters[service.id])
    running = next((p.image for p in parts if p.image is not None), None) if names else wanted
    words = [p.word for p in parts if p.word is not None]
    word = worst(words) if names else _word_of_parameter(deployment, seen.parameters.get(service.id))
    return Row(
        service=service,
        image=running,
        word=word,
        wanted=wanted,
        deployment=deployment,
        parts=parts,
        notes=tuple(dict.fromkeys((*_shared_notes(parts), *_drift(service, parts, wanted, deployment, seen)))),
    )


def _word_of_parameter(deployment: Deployment | None, parameter: str | None) -> Word | None:
    """A service without ECS services is deployed when its parameter says so."""
    if deployment is None:
        return None
    return Word.COMPLETE if parameter == deployment.image else Word.UNFINISHED


def _part(
    service: Service,
    name: str,
    deployment: Deployment | None,
    seen: Seen,
    images: Mapping[str, Mapping[str, str]],
) -> Part:
    ecs = seen.ecs.get(name)
    rollout = _rollout(deployment, name)
    verdict = _verdict(rollout, ecs, seen, images)
    return Part(
        ecs_service=name,
        image=_image(service, name, ecs, seen, images),
        revision=None if ecs is None else ecs.revision,
        word=None if verdict is None else verdict.word,
        running=0 if ecs is None else ecs.running,
        desired=0 if ecs is None else ecs.desired,
        notes=(*_part_notes(name, ecs, rollout, verdict), *_drift_of_part(ecs, rollout, verdict, seen)),
    )


def _rollout(deployment: Deployment | None, name: str) -> Rollout | None:
    return next((r for r in (deployment.rollouts if deployment else ()) if r.ecs_service == name), None)


def _verdict(
    rollout: Rollout | None, ecs: EcsService | None, seen: Seen, images: Mapping[str, Mapping[str, str]]
) -> Verdict | None:
    if rollout is None:
        return None
    told = seen.told.get(rollout.ecs_deployment_id or "")
    return judge(rollout, ecs, now=seen.now, images=images, service_deployment=told)


def _image(
    service: Service, name: str, ecs: EcsService | None, seen: Seen, images: Mapping[str, Mapping[str, str]]
) -> Image | None:
    if ecs is None or ecs.revision is None:
        return None
    runs = images.get(ecs.revision, {})
    for container in sorted(_container_names(service, name, seen)):
        if container in runs:
            return parsed(runs[container])
    return None


def _container_names(service: Service, name: str, seen: Seen) -> Set[str]:
    """The containers that are this service's, by the record, or else by the definition that runs."""
    deployment = seen.current.get(service.id)
    rollout = _rollout(deployment, name)
    if deployment is not None and rollout is not None:
        return deployment.containers_in(rollout)
    ecs = seen.ecs.get(name)
    definition = seen.definitions.get(ecs.revision or "") if ecs is not None else None
    if definition is None:
        return set()
    wanted = parsed(seen.parameters.get(service.id, ""))
    if wanted is None:
        return set(_named_alike(definition, service))
    return set(claimed_containers(definition, wanted, service.id, service.container))


def _named_alike(definition: TaskDefinition, service: Service) -> Iterable[str]:
    """With nothing registered yet, a repository called as the service is as good as a guess can be; only shown."""
    for container, uri in definition.images.items():
        image = parsed(uri)
        if container == service.container or (image and image.repository.rpartition("/")[2] == service.id):
            yield container


# --- notes


def _part_notes(name: str, ecs: EcsService | None, rollout: Rollout | None, verdict: Verdict | None) -> tuple[str, ...]:
    missing = (f"no ECS service called {name}",) if ecs is None else ()
    if verdict is None:
        return missing if ecs is None or ecs.running == ecs.desired else (f"{ecs.running}/{ecs.desired} running",)
    notes = (verdict.reason,) if verdict.reason else missing
    settling = rollout is not None and rollout.settling
    if verdict.word is Word.ROLLED_BACK and (settling or (rollout is not None and rollout.outcome is None)):
        notes = (*notes, "not settled")
    return (*notes, *verdict.notes)


def _drift_of_part(
    ecs: EcsService | None, rollout: Rollout | None, verdict: Verdict | None, seen: Seen
) -> tuple[str, ...]:
    """What runs because of somebody else, with its time and revision."""
    primary = None if ecs is None else ecs.primary
    if rollout is None or verdict is None or primary is None or rollout.new_revision is None:
        return ()
    # A later deployment of another service in the same ECS service is nobody else's.
    ours = {r.new_revision for deployment in seen.current.values() for r in deployment.rollouts}
    if verdict.word not in (Word.COMPLETE, Word.SUPERSEDED) or primary.revision in ours:
        return ()
    return (_changed_outside(primary),)


def _changed_outside(primary: EcsDeployment) -> str:
    at = primary.created_at.strftime("%Y-%m-%d %H:%M:%S UTC")
    return f"changed outside: {short_revision(primary.revision)} since {at}"


def _shared_notes(parts: tuple[Part, ...]) -> tuple[str, ...]:
    """Where all say the same, the service says it; where not, each says its own."""
    return parts[0].notes if parts and len({p.notes for p in parts}) == 1 else ()


def _drift(
    service: Service, parts: tuple[Part, ...], wanted: Image | None, deployment: Deployment | None, seen: Seen
) -> Iterable[str]:
    running = [p.image for p in parts if p.image is not None]
    if wanted is not None and any(image.uri != wanted.uri for image in running):
        yield f"wanted {wanted.release_hash}"
    if service.id not in seen.parameters and running:
        yield "no parameter: Terraform and promotion do not know it"
    recorded = last_written(deployment)
    now = seen.parameters.get(service.id)
    if now is not None and recorded is not None and now != recorded and not _wanted_is_told(wanted, running):
        yield f"its parameter was changed since: {now}"


def _wanted_is_told(wanted: Image | None, running: list[Image]) -> bool:
    return wanted is not None and any(image.uri != wanted.uri for image in running)
