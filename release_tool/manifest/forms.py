"""The kinds of mapping that a manifest is made of, and the keys of each."""

from __future__ import annotations

from dataclasses import dataclass

from release_tool.manifest import former


@dataclass(frozen=True, slots=True)
class Form:
    """What one kind of mapping is called, how it is written, and its keys."""

    kind: str
    written: str
    keys: tuple[str, ...]


PROJECT = Form(
    "a project",
    "`environments: […]` and more beneath its id",
    (
        "name",
        "environments",
        "services",
        "service_sets",
        "ledger_table",
        "aws_region_name",
        "role_arn",
        "github_repository",
        "notify",
        former.TF_STACK_ROOT,
    ),
)
ENVIRONMENT = Form(
    "an environment", "`- id: stage`", ("id", "name", "cluster", "production", "aws_region_name", "role_arn")
)
SERVICE = Form(
    "a service",
    "`- id: bag_register`",
    ("id", "name", "environments", "ecs_services", "task_families", "container", "clone_from"),
)
SERVICE_SET = Form("a service set", "`- id: api` with `services: [id, …]`", ("id", "name", "services"))
WEBHOOK = Form("a webhook", "`- url: https://…`", ("url", "url_variable", "form", "events", "secret_variable"))

FORMS = (PROJECT, ENVIRONMENT, SERVICE, SERVICE_SET, WEBHOOK)
