"""The services of a project and their sets, with what they say of each other and of the environments."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from release_tool.errors import did_you_mean
from release_tool.manifest import rules
from release_tool.manifest.fields import Fields
from release_tool.manifest.findings import Findings, Place, shown
from release_tool.manifest.forms import SERVICE, SERVICE_SET
from release_tool.manifest.nodes import Scalar
from release_tool.model import LATEST, Environment, Service, ServiceSet

ECS_SERVICE = "{service}"
CLONE_FROM = ("running", "newest")
MANY = 500


def read_services(
    project: Fields, project_id: str, environments: Mapping[str, Environment] | None
) -> dict[str, Service] | None:
    """By id; None where the manifest lists none. Where `environments` is None, nothing is held against them."""
    items = project.items("services", "`- id: bag_register`")
    if items is None:
        return None
    taken: dict[str, Place] = {}
    read = [_service(Fields(SERVICE, item, project.findings), project_id, environments, taken) for item in items]
    return {service.id: service for service in read if service.id}


def _service(
    fields: Fields, project_id: str, environments: Mapping[str, Environment] | None, taken: dict[str, Place]
) -> Service:
    identity = fields.identity(taken)
    templates = fields.texts("ecs_services", '`["{service}"]`', rules.ecs_service_template, may_be_empty=True)
    if templates is None:
        templates = (Scalar(identity.place, ECS_SERVICE),)
    families = fields.texts("task_families", '`["{service}-migration"]`', rules.ecs_service_template, may_be_empty=True)
    service = Service(
        id=identity.text,
        name=fields.text("name", rules.name) or identity.text,
        environments=_environments_of(fields, environments),
        ecs_services=tuple(template.text for template in templates),
        container=fields.text("container", rules.ecs_name),
        clone_from=fields.choice("clone_from", CLONE_FROM),
        task_families=tuple(template.text for template in families or ()),
    )
    if environments and service.id and rules.project_id(project_id) is None:
        _check_names("ecs_services", templates, service, project_id, environments, fields.findings)
        _check_names("task_families", families or (), service, project_id, environments, fields.findings)
    return service


def _environments_of(fields: Fields, known: Mapping[str, Environment] | None) -> tuple[str, ...] | None:
    named = fields.texts("environments", "`[stage]`", rules.identity)
    if named is None:
        return None
    for environment in named:
        if known is not None and environment.text not in known:
            fields.findings.fault(environment.place, _no_environment(environment.text, known))
    return tuple(environment.text for environment in named)


def _no_environment(name: str, known: Collection[str]) -> str:
    if name == LATEST:
        return "`latest` is a label, and no environment: nothing runs in it"
    return _nothing_called("environment", name, known)


def _nothing_called(kind: str, name: str, known: Collection[str]) -> str:
    # Comparing takes its time: among very many no guess is made, so that a file full of faults is told of at once.
    near = did_you_mean(name, known) if len(known) <= MANY else None
    hint = near or f"there are {_listed(known)}"
    return f"no {kind} called `{shown(name)}`; {hint}"


def _listed(names: Collection[str]) -> str:
    listed = ", ".join(f"`{name}`" for name in list(names)[:10])
    return listed if len(names) <= 10 else f"{listed} and {len(names) - 10} more"


def _check_names(
    key: str,
    templates: tuple[Scalar, ...],
    service: Service,
    project_id: str,
    environments: Mapping[str, Environment],
    findings: Findings,
) -> None:
    names = service.ecs_service_names if key == "ecs_services" else service.task_family_names
    where = [environment for environment in environments.values() if service.exists_in(environment)]
    is_the_same_in_all = not any("{env}" in template.text for template in templates)
    for environment in where[:1] if is_the_same_in_all else where:
        seen: set[str] = set()
        for template, name in zip(templates, names(project_id, environment), strict=True):
            if complaint := rules.ecs_name(name):
                findings.fault(template.place, f"{complaint}; say by `{key}` what it is called there")
            if name in seen:
                findings.fault(template.place, f"in `{environment.id}` this is `{name}` a second time")
            seen.add(name)


def read_service_sets(project: Fields, services: Mapping[str, Service] | None) -> tuple[ServiceSet, ...]:
    """Where `services` is None, which services there are is not in the manifest, and any can be named."""
    items = project.items("service_sets", "`- id: api` with `services: [id, …]`") or ()
    taken: dict[str, Place] = {}
    return tuple(_service_set(Fields(SERVICE_SET, item, project.findings), services, taken) for item in items)


def _service_set(fields: Fields, services: Mapping[str, Service] | None, taken: dict[str, Place]) -> ServiceSet:
    identity = fields.identity(taken)
    if identity.text in (services or {}):
        sentence = f"`{identity.text}` is a service's id already; a set needs one of its own"
        fields.findings.fault(identity.place, sentence)
    return ServiceSet(
        id=identity.text,
        name=fields.text("name", rules.name) or identity.text,
        services=_services_of(fields, services),
    )


def _services_of(fields: Fields, known: Mapping[str, Service] | None) -> tuple[str, ...]:
    if fields.lacks("services"):
        fields.findings.fault(fields.place, "a service set needs its `services: [id, …]`")
    named = fields.texts("services", "`[id, …]`", rules.identity) or ()
    for service in named:
        if known is not None and service.text not in known:
            fields.findings.fault(service.place, _nothing_called("service", service.text, known))
    return tuple(service.text for service in named)
