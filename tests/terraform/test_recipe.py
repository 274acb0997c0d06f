"""What makes a plan quiet stands in the modules, in the example, and on every page that shows a piece of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from release_tool.aws.parameters import parameter_name
from release_tool.manifest import read_manifest
from tests.terraform.configuration import PAGES, ROOT, SHOWN, Block, blocks_in, read

pytest.importorskip("hcl2", reason="python-hcl2 reads Terraform's files")

EXAMPLE = ROOT / "examples" / "complete"
WITH_TASK_DEFINITIONS = [page for page in PAGES if '"aws_ecs_task_definition"' in page.read_text("utf-8")]


def the(folder: Path, type_: str, *labels: str) -> dict[str, Any]:
    (found,) = (b for b in blocks_in(folder) if (b.type, *b.labels) == (type_, *labels))
    return found.body


def of_kind(kind: str, blocks: tuple[Block, ...]) -> list[Block]:
    return [block for block in blocks if block.kind == kind]


# --- the module


def test_a_parameter_is_called_as_release_tool_calls_it() -> None:
    name = the(ROOT / "modules" / "service-image", "resource", "aws_ssm_parameter", "image")["name"]

    assert name == parameter_name("${var.project}", "${var.environment}", "${each.key}")


def test_a_parameters_value_is_release_tools() -> None:
    parameter = the(ROOT / "modules" / "service-image", "resource", "aws_ssm_parameter", "image")

    (lifecycle,) = parameter["lifecycle"]
    assert lifecycle["ignore_changes"] == ["value"]
    assert parameter["type"] == "String"
    assert "overwrite" not in parameter


def test_the_image_is_the_managed_parameters_own_value_in_the_clear() -> None:
    images = the(ROOT / "modules" / "service-image", "output", "images")

    assert "nonsensitive(parameter.value)" in images["value"]
    assert not [b for b in blocks_in(ROOT / "modules" / "service-image") if b.type == "data"]


# --- the example


@pytest.fixture
def environment() -> tuple[Block, ...]:
    return blocks_in(EXAMPLE / "environment")


def test_every_task_definition_of_the_example_keeps_the_recipe(environment: tuple[Block, ...]) -> None:
    definitions = of_kind("resource aws_ecs_task_definition", environment)

    assert len(definitions) == 2
    for definition in definitions:
        assert definition.body["track_latest"] is definition.body["skip_destroy"] is True
        assert definition.body["family"] == f"${{local.name}}-{definition.labels[1]}"
        assert f'module.images.images["{definition.labels[1]}"]' in definition.body["container_definitions"]


def test_every_service_of_the_example_takes_its_task_definition_and_goes_back_by_itself(
    environment: tuple[Block, ...],
) -> None:
    services = of_kind("resource aws_ecs_service", environment)

    assert len(services) == 2
    for service in services:
        assert service.body["task_definition"] == f"${{aws_ecs_task_definition.{service.labels[1]}.arn}}"
        (breaker,) = service.body["deployment_circuit_breaker"]
        assert breaker["enable"] is breaker["rollback"] is True
        assert "lifecycle" not in service.body


def test_a_sidecar_that_routes_logs_says_its_user(environment: tuple[Block, ...]) -> None:
    (with_sidecar,) = (
        definition.body["container_definitions"]
        for definition in of_kind("resource aws_ecs_task_definition", environment)
        if "firelensConfiguration" in definition.body["container_definitions"]
    )

    assert re.search(r'user\s*=\s*"0"', with_sidecar)


def test_the_examples_manifest_names_what_its_files_make(environment: tuple[Block, ...]) -> None:
    project = read_manifest(EXAMPLE / ".wellcome_project").project(None)
    root = blocks_in(EXAMPLE)
    environments = [b for b in root if b.type == "module" and b.body["source"] == "./environment"]
    said = {key: value for b in root if b.type == "locals" for key, value in b.body.items()}

    services = {s.body["name"] for s in of_kind("resource aws_ecs_service", environment)}

    assert said["project"] == project.id
    assert [e.body["environment"] for e in environments] == [e.id for e in project.environments]
    assert [e.cluster for e in project.environments] == [f"storage-{e.id}" for e in project.environments]
    assert the(EXAMPLE / "environment", "resource", "aws_ecs_cluster", "cluster")["name"] == "${local.name}"
    listed = project.services or ()
    assert [s.id for s in listed] == said["services"]
    assert {
        name for s in listed for e in project.environments for name in s.ecs_service_names("storage", e)
    } == services


def test_the_example_can_adopt_parameters_of_either_environment() -> None:
    adopted = [b.body for b in blocks_in(EXAMPLE) if b.type == "import"]

    assert [(b["to"], b["id"]) for b in adopted] == [
        (
            f"${{module.{environment}.module.images.aws_ssm_parameter.image[each.key]}}",
            parameter_name("storage", environment, "${each.key}"),
        )
        for environment in ("stage", "prod")
    ]


# --- pages


@pytest.mark.parametrize("page", WITH_TASK_DEFINITIONS, ids=lambda page: page.relative_to(ROOT.parent).as_posix())
def test_a_task_definition_on_a_page_keeps_the_recipe(page: Path) -> None:
    for written in SHOWN.findall(page.read_text("utf-8")):
        for definition in of_kind("resource aws_ecs_task_definition", read(written)):
            assert definition.body["track_latest"] is definition.body["skip_destroy"] is True
        for service in of_kind("resource aws_ecs_service", read(written)):
            assert service.body.get("task_definition", ".arn}").endswith(".arn}")
