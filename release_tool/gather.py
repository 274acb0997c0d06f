"""Everything that a decision needs to know, asked at once and changed nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from release_tool.errors import AskedWrongly, UnknownName
from release_tool.image import Image
from release_tool.model import (
    ALL,
    Deployment,
    DeploymentSet,
    Environment,
    Project,
    Service,
    task_family_place,
)
from release_tool.parallel import at_once, in_parallel
from release_tool.ports import Identity, Images, Ledger, Parameters, Reasons, Services
from release_tool.rollout import EcsService, ServiceDeployment, needs_verdict, service_deployment_arn, task_family
from release_tool.task_definition import TaskDefinition, family_arn, short_revision


@dataclass(frozen=True, slots=True)
class Asking:
    """The ports that questions go to. `parameters_of` takes an environment, or None for the label `latest`."""

    ledger: Ledger
    parameters_of: Callable[[Environment | None], Parameters]
    services_of: Callable[[Environment], Services]
    images: Images
    identity: Identity
    reasons: Reasons


# --- which services


def known_services(project: Project, asking: Asking) -> tuple[Service, ...]:
    """Those of the manifest; where it lists none, those registered under any label."""
    if project.services is not None:
        return project.services
    ports = {id(p): p for p in (asking.parameters_of(e) for e in (None, *project.environments))}
    found = in_parallel(lambda p: p.labels(), ports.values())
    ids = sorted({service for labels in found for services in labels.values() for service in services})
    return tuple(Service(id=service, name=service) for service in ids)


def selected(project: Project, known: Sequence[Service], asked: str, environment: Environment) -> tuple[Service, ...]:
    """The services that `asked` (all, a service set or a service) means in an environment."""
    if asked == ALL:
        return tuple(s for s in known if s.exists_in(environment))
    members = next((s.services for s in project.service_sets if s.id == asked), None)
    if members is not None:
        return tuple(s for s in known if s.id in members and s.exists_in(environment))
    for service in known:
        if service.id == asked:
            if not service.exists_in(environment):
                raise AskedWrongly(f"`{asked}` does not exist in {environment.id}, by the manifest")
            return (service,)
    names = [*(s.id for s in known), *(s.id for s in project.service_sets)]
    where = "the manifest" if project.services is not None else "the parameter store"
    raise UnknownName("service or service set", asked, names, where=where)


# --- ECS


@dataclass(frozen=True, slots=True)
class Running:
    """ECS services by name, and the definitions of the revisions that they run, by ARN."""

    services: Mapping[str, EcsService]
    definitions: Mapping[str, TaskDefinition]
    newest: Mapping[str, TaskDefinition]


def ecs_names(project: Project, services: Iterable[Service], environment: Environment) -> list[str]:
    names = (name for service in services for name in service.ecs_service_names(project.id, environment))
    return list(dict.fromkeys(names))


def of_families(
    ecs: Services, project: Project, services: Iterable[Service], environment: Environment
) -> dict[str, TaskDefinition]:
    """The newest revision of each task family, by the name of its place; those without one are left out."""
    families = dict.fromkeys(f for s in services for f in s.task_family_names(project.id, environment))
    found = zip(families, in_parallel(ecs.definition, families), strict=True)
    return {task_family_place(family): definition for family, definition in found if definition is not None}


def described(ecs: Services, environment: Environment, names: Sequence[str]) -> dict[str, EcsService]:
    return ecs.describe(environment.cluster, names) if names else {}


def with_definitions(
    ecs: Services, services: Mapping[str, EcsService], standing_still: Mapping[str, TaskDefinition] | None = None
) -> Running:
    """The newest revision of each family, and the running one where it is another: mostly one call a family.

    `standing_still` are task families that no service runs, by place; they are taken along.
    """
    running = sorted({s.revision for s in services.values() if s.revision is not None})
    families = sorted({family_arn(arn) for arn in running})
    newest = {
        family: definition
        for family, definition in zip(
            families, in_parallel(lambda f: ecs.definition(short_revision(f)), families), strict=True
        )
        if definition is not None
    }
    known = {d.arn: d for d in newest.values()}
    others = [arn for arn in running if arn not in known]
    for arn, definition in zip(others, in_parallel(ecs.definition, others), strict=True):
        if definition is not None:
            known[arn] = definition
    standing = {place: task_family(place, definition) for place, definition in (standing_still or {}).items()}
    for definition in (standing_still or {}).values():
        known[definition.arn] = newest[family_arn(definition.arn)] = definition
    return Running({**services, **standing}, known, newest)


def verdicts(
    ecs: Services, services: Mapping[str, EcsService], deployments: Iterable[Deployment]
) -> dict[str, ServiceDeployment]:
    """Service deployments by the id of the ECS deployment, where deployments alone can't tell."""
    asked = {
        service_deployment_arn(rollout, services[rollout.ecs_service]): str(rollout.ecs_deployment_id)
        for deployment in deployments
        for rollout in deployment.rollouts
        if rollout.ecs_service in services and needs_verdict(rollout, services[rollout.ecs_service])
    }
    if not asked:
        return {}
    return {asked[arn]: told for arn, told in ecs.service_deployments(sorted(asked)).items() if arn in asked}


# --- the ledger


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the ledger knows of an environment. `current` includes what an unfinished set has asked for.

    `elsewhere` has the task definition families that other environments use.
    """

    current: Mapping[str, Deployment]
    latest: DeploymentSet | None
    unfinished: tuple[Deployment, ...]
    elsewhere: frozenset[str]


def recorded(ledger: Ledger, project: Project, environment: Environment) -> Recorded:
    with at_once() as ask:
        everywhere = ask(lambda: ledger.current(project.id))
        latest = ask(lambda: ledger.latest_set(project.id, environment.id))
    current, last = everywhere.result(), latest.result()
    unfinished = () if last is None or last.requested else ledger.deployments(last)
    here = {d.service: d for d in current if d.environment == environment.id}
    return Recorded(
        # The copy of what is current may be missing where a command was cut off right after it was numbered.
        current=here | {d.service: d for d in unfinished},
        latest=last,
        unfinished=unfinished,
        elsewhere=frozenset(_families(d for d in current if d.environment != environment.id)),
    )


def _families(deployments: Iterable[Deployment]) -> Iterable[str]:
    for deployment in deployments:
        for rollout in deployment.rollouts:
            if rollout.old_revision is not None:
                yield family_arn(rollout.old_revision)


# --- images


def wanted_images(uris: Mapping[str, str], label: str) -> dict[str, Image]:
    """A parameter that holds no image is somebody's slip, and told as such."""
    return {service: _parsed(uri, service, label) for service, uri in uris.items()}


def _parsed(uri: str, service: str, label: str) -> Image:
    try:
        return Image.parse(uri)
    except AskedWrongly as error:
        raise AskedWrongly(
            f"the image of `{service}` under {label} is `{uri}`: {error.message}",
            next=f"register a right one with: release-tool register <ecr_uri> {service}",
        ) from error
