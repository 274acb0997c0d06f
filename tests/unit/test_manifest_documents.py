"""What is written about the manifest is a manifest: the annotated example, and the page."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from release_tool.errors import ManifestError
from release_tool.manifest import annotated_example, load_manifest
from release_tool.manifest.former import KEYS, TF_STACK_ROOT
from release_tool.manifest.forms import ENVIRONMENT, FORMS, PROJECT, SERVICE, SERVICE_SET, WEBHOOK, Form

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "manifest.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```(?:yaml|json)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
HEADINGS = {
    PROJECT: "A project",
    ENVIRONMENT: "An environment",
    SERVICE: "A service",
    SERVICE_SET: "A service set",
    WEBHOOK: "A webhook",
}


def as_an_editor_sees_it(text: str) -> Any:
    """YAML's core schema knows no dates, and its merge keys are merged."""

    class Loader(yaml.SafeLoader):
        yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own attribute
            first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
            for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

    return yaml.load(text, Loader=Loader)


def keys_anywhere_in(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {*value, *(key for each in value.values() for key in keys_anywhere_in(each))}
    return {key for each in value for key in keys_anywhere_in(each)} if isinstance(value, list) else set()


def test_the_example_that_init_writes_is_the_one_that_the_repository_shows() -> None:
    assert annotated_example() == (ROOT / ".wellcome_project.example").read_text("utf-8")


def test_the_example_is_a_manifest_that_nothing_is_to_be_noticed_about() -> None:
    assert load_manifest(annotated_example(), "example").notices == ()


def test_the_example_shows_every_key_of_today() -> None:
    known = {key for form in FORMS for key in form.keys} - {TF_STACK_ROOT}

    (project,) = as_an_editor_sees_it(annotated_example()).values()

    assert keys_anywhere_in(project) == known


@pytest.mark.parametrize("example", [annotated_example(), *EXAMPLES], ids=range(len(EXAMPLES) + 1))
def test_every_example_is_good_to_the_tool_and_to_an_editor(example: str) -> None:
    schema = json.loads(files("release_tool").joinpath("schemas/manifest.schema.json").read_text("utf-8"))

    assert load_manifest(example, "example").notices == ()
    assert [error.message for error in Draft202012Validator(schema).iter_errors(as_an_editor_sees_it(example))] == []


def test_the_page_shows_more_than_one_example() -> None:
    assert len(EXAMPLES) > 5


def test_the_page_shows_exactly_what_is_told_of_its_faulty_example() -> None:
    (faulty,) = re.findall(r"^```yaml faulty\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (told,) = re.findall(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)

    with pytest.raises(ManifestError) as refused:
        load_manifest(faulty, ".wellcome_project")

    assert "\n".join(refused.value.faults) == told.strip()


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.kind)
def test_the_page_has_a_row_for_every_key(form: Form) -> None:
    (section,) = re.findall(rf"^### {HEADINGS[form]}\n(.*?)^##", PAGE, re.MULTILINE | re.DOTALL)

    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == set(form.keys) - {TF_STACK_ROOT}


@pytest.mark.parametrize("key", [*sorted(KEYS.keys() - {"region"}), TF_STACK_ROOT, "latest", ".weco-project"])
def test_the_page_says_what_becomes_of_other_times(key: str) -> None:
    (section,) = re.findall(r"^## Files of other times\n(.*?)^##", PAGE, re.MULTILINE | re.DOTALL)

    assert f"`{key}`" in section
