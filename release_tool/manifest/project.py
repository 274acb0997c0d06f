"""A project's entry and its environments, read into the glossary's `Project`."""

from __future__ import annotations

from release_tool.manifest import rules
from release_tool.manifest.fields import Fields
from release_tool.manifest.findings import Findings, Place, shown
from release_tool.manifest.former import TF_STACK_ROOT
from release_tool.manifest.forms import ENVIRONMENT, PROJECT
from release_tool.manifest.nodes import Entry, Scalar
from release_tool.manifest.services import read_service_sets, read_services
from release_tool.manifest.webhooks import read_webhooks
from release_tool.model import LATEST, Environment, Project

LEDGER_TABLE = "release-tool"


def read_project(entry: Entry, findings: Findings) -> Project:
    """Good for nothing where `findings` has a fault in the end: what is faulty was read as though left out."""
    project_id = entry.key
    if complaint := rules.project_id(project_id.text):
        findings.fault(project_id.place, complaint)
    fields = Fields(PROJECT, entry.value, findings)
    environments = _environments(fields, project_id)
    services = read_services(fields, project_id.text, environments)
    _tell_what_does_nothing(fields)
    return Project(
        id=project_id.text,
        name=fields.text("name", rules.name) or project_id.text,
        environments=tuple((environments or {}).values()),
        services=None if services is None else tuple(services.values()),
        service_sets=read_service_sets(fields, services),
        ledger_table=fields.text("ledger_table", rules.ledger_table) or LEDGER_TABLE,
        aws_region_name=fields.text("aws_region_name", rules.region),
        role_arn=fields.text("role_arn", rules.role_arn),
        github_repository=fields.text("github_repository", rules.github_repository),
        notify=read_webhooks(fields),
    )


def _tell_what_does_nothing(fields: Fields) -> None:
    if entry := fields.entry(TF_STACK_ROOT):
        fields.findings.notice(entry.key.place, f"`{TF_STACK_ROOT}` does nothing any more; it can be left out")


def _environments(project: Fields, project_id: Scalar) -> dict[str, Environment] | None:
    """By id; None where they can't be told, so that what names one is not wrong too."""
    if project.lacks("environments"):
        project.findings.fault(project_id.place, f"`{shown(project_id.text)}` has no `environments`")
    items = project.items("environments", "`- id: stage`")
    if items is None:
        return None
    taken: dict[str, Place] = {}
    read = [_environment(Fields(ENVIRONMENT, item, project.findings), project_id.text, taken) for item in items]
    _tell_of_latest(project, taken)
    if taken.keys() <= {LATEST} and len(taken) == len(items):
        project.findings.fault(project_id.place, f"`{shown(project_id.text)}` has no environment; give it one")
    return {environment.id: environment for environment in read if environment.id not in ("", LATEST)}


def _environment(fields: Fields, project_id: str, taken: dict[str, Place]) -> Environment:
    identity = fields.identity(taken)
    if fields.lacks("cluster"):
        _check_default_cluster(fields, project_id, identity)
    return Environment(
        id=identity.text,
        name=fields.text("name", rules.name) or identity.text,
        cluster=fields.text("cluster", rules.ecs_name) or f"{project_id}-{identity.text}",
        production=fields.flag("production"),
        aws_region_name=fields.text("aws_region_name", rules.region),
        role_arn=fields.text("role_arn", rules.role_arn),
    )


def _check_default_cluster(fields: Fields, project_id: str, identity: Scalar) -> None:
    if identity.text in ("", LATEST) or rules.project_id(project_id) is not None:
        return
    if complaint := rules.ecs_name(f"{project_id}-{identity.text}"):
        fields.findings.fault(identity.place, f"{complaint}; give this environment a `cluster`")


def _tell_of_latest(project: Fields, environments: dict[str, Place]) -> None:
    if LATEST in environments:
        sentence = "`latest` is the label of what was built last, and no environment; it can be left out"
        project.findings.notice(environments[LATEST], sentence)
