"""What can come next on a command line."""

from __future__ import annotations

import pytest

from release_tool.cli import COMMANDS, _usage_of
from release_tool.model import Project, ServiceSet
from release_tool.shells.candidates import FILES, candidates, line_of
from release_tool.usage import Usage, usage_in
from tests.builders import a_project, a_service

USAGES: dict[str, Usage] = {command: usage_in(command, _usage_of(command)) for command in COMMANDS}
CATALOGUE = a_project(a_service("web"), a_service("worker"), service_sets=(ServiceSet("pages", "Pages", ("web",)),))
STORAGE = a_project(a_service("bags"), id="storage", name="Storage")


def following(typed: str, *projects: Project) -> list[str]:
    """The words that can follow, with the cursor at the end."""
    return [
        word for word, _ in candidates(line_of(f"release-tool {typed}"), USAGES, lambda file: projects or (CATALOGUE,))
    ]


def test_first_comes_a_command() -> None:
    assert following("") == [*COMMANDS, "--help", "--version"]
    assert following("de") == ["deploy", "demo"]


def test_a_deployment_is_of_everything_a_service_or_a_set() -> None:
    assert following("deploy ") == ["all", "web", "worker", "pages"]
    assert following("deploy w") == ["web", "worker"]


def test_after_the_service_comes_the_environment_wherever_options_stand() -> None:
    assert following("deploy web ") == ["stage", "prod"]
    assert following("deploy --wait web --from stage ") == ["stage", "prod"]
    assert following("deploy web prod ") == []


def test_only_a_service_is_registered_and_an_image_is_nothing_to_guess() -> None:
    assert following("register ") == []
    assert following("register 1.dkr.ecr.eu-west-1.amazonaws.com/web:1 ") == ["web", "worker"]


def test_two_environments_are_compared() -> None:
    assert following("diff stage ") == ["stage", "prod"]


def test_an_option_that_takes_a_value_asks_for_it() -> None:
    assert "--from=" in following("deploy all prod --")
    assert "--wait" in following("deploy all prod --")


def test_an_option_that_is_there_is_not_offered_again_unless_it_may_be_repeated() -> None:
    assert "--wait" not in following("deploy all prod --wait --")
    assert "--from=" not in following("deploy all prod --from=stage --")
    assert "--allow_host=" in following("dashboard --allow_host=a --")


def test_a_source_is_what_was_built_last_or_an_environment() -> None:
    assert following("deploy all prod --from=") == ["--from=latest", "--from=stage", "--from=prod"]
    assert following("deploy all prod --from s") == ["stage"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("status --output=", ["--output=text", "--output=json"]),
        ("doctor --policy=", ["--policy=deployer", "--policy=registrar", "--policy=reader"]),
        ("completion ", ["bash", "zsh", "fish"]),
        ("history --service=w", ["--service=web", "--service=worker"]),
        ("status --project_file=", [FILES]),
        ("dashboard --token_file ", [FILES]),
        ("deploy all prod --timeout=", []),
        ("nothing ", []),
    ],
)
def test_a_value_is_one_that_the_option_takes(typed: str, words: list[str]) -> None:
    assert following(typed) == words


def test_names_are_those_of_the_project_that_the_line_names() -> None:
    assert following("deploy --project=storage b", CATALOGUE, STORAGE) == ["bags"]
    assert following("deploy --project=storage w", CATALOGUE, STORAGE) == []
    assert following("deploy --project ", CATALOGUE, STORAGE) == ["catalogue", "storage"]


def test_the_manifest_is_the_one_that_the_line_names() -> None:
    asked: list[str | None] = []

    def projects_of(file: str | None) -> tuple[Project, ...]:
        asked.append(file)
        return ()

    candidates(line_of("release-tool deploy --project_file=other "), USAGES, projects_of)

    assert set(asked) == {"other"}


def test_no_manifest_is_read_for_what_needs_no_names() -> None:
    def projects_of(file: str | None) -> tuple[Project, ...]:
        raise AssertionError("nobody asked for names")

    for typed in ("release-tool ", "release-tool de", "release-tool deploy --"):
        assert candidates(line_of(typed), USAGES, projects_of) != []


def test_a_quotation_mark_that_is_open_is_no_end_of_it() -> None:
    assert following("deploy all prod --description='Show w") == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_a_usage_is_described_and_every_description_used(command: str) -> None:
    usage = USAGES[command]

    described = {option.name for option in usage.options}

    assert {word.partition("=")[0].strip("[]|().") for word in usage.pattern.split() if "--" in word} <= described
    assert all(option.meaning for option in usage.options)
