"""What `init` does in a folder: make the table, write a first manifest, or say an old one in today's words."""

from __future__ import annotations

from pathlib import Path

import pytest

from release_tool.manifest import annotated_example, load_manifest
from tests.commands.world import Result, World

TODAY = "catalogue: {environments: [{id: stage}, {id: prod}]}\n"
OLD = "catalogue:\n  account_id: '123456789012'\n  environments: [{id: prod}]\n  image_repositories: [{id: api}]\n"
IN_TODAYS_WORDS = "catalogue:\n  environments:\n    - id: prod\n  services:\n    - id: api\n      ecs_services: []\n"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files_in(folder: Path) -> dict[str, str | None]:
    return {path.name: path.read_text() if path.is_file() else None for path in folder.iterdir()}


def init(*options: str) -> Result:
    return World().run("init", *options)


def test_where_there_is_no_manifest_an_example_is_written(repository: Path) -> None:
    result = init()

    assert result.code == 0
    assert (repository / ".wellcome_project").read_text() == annotated_example()


def test_beside_a_manifest_of_today_the_table_is_made(repository: Path) -> None:
    (repository / ".wellcome_project").write_text(TODAY)

    result = init()

    assert (result.code, result.out) == (0, "Made the table release-tool.\n")


@pytest.mark.parametrize("name", [".wellcome_project", ".weco-project"])
def test_beside_a_file_of_other_times_its_translation_is_printed_and_nothing_changes(
    repository: Path, name: str
) -> None:
    (repository / name).write_text(OLD)
    before = files_in(repository)

    result = init()

    assert (result.code, result.out) == (0, IN_TODAYS_WORDS)
    assert f"note: {name}:2:3: `account_id` is not read any more" in result.err
    assert f"save it as {repository / '.wellcome_project'}" in result.err
    assert files_in(repository) == before


def test_a_file_of_today_by_the_name_of_other_times_is_printed_as_it_is(repository: Path) -> None:
    (repository / ".weco-project").write_text(TODAY)

    result = init()

    assert (result.code, result.out) == (0, TODAY)
    assert "save it as" in result.err


def test_a_manifest_of_today_is_taken_before_one_by_the_name_of_other_times(repository: Path) -> None:
    (repository / ".wellcome_project").write_text(TODAY)
    (repository / ".weco-project").write_text(OLD)

    assert init().out == "Made the table release-tool.\n"


def test_a_file_of_other_times_can_be_named(repository: Path) -> None:
    (repository / "old.yaml").write_text(OLD)

    result = init("--project_file=old.yaml")

    assert (result.code, result.out) == (0, IN_TODAYS_WORDS)


def test_as_json_the_translation_is_in_the_document(repository: Path) -> None:
    (repository / ".weco-project").write_text(OLD)

    assert init("--output=json").document == {
        "ledger_table": None,
        "made": False,
        "manifest_written": None,
        "manifest_translated": IN_TODAYS_WORDS,
    }


def test_what_is_still_wrong_in_the_new_text_is_told(repository: Path) -> None:
    (repository / ".weco-project").write_text(OLD.replace("environments", "enviroments"))

    result = init()

    assert result.code == 0
    assert "still to be put right in the new text: .wellcome_project:2:3: a project has no `enviroments`" in result.err


def test_a_file_that_cannot_be_read_is_refused(repository: Path) -> None:
    (repository / ".weco-project").write_text("[{id: catalogue}")

    result = init()

    assert result.code == 2
    assert result.err.startswith("release-tool: .weco-project:1:")


@pytest.mark.parametrize("name", [".wellcome_project", ".weco-project"])
def test_a_folder_in_the_manifests_place_is_refused_and_left_alone(repository: Path, name: str) -> None:
    (repository / name).mkdir()

    result = init()

    assert result.code == 2
    assert f"{repository / name} is a folder, and should be a file" in result.err
    assert "--project_file" in result.err
    assert files_in(repository) == {".git": None, name: None}


def test_what_is_printed_is_a_manifest_that_other_commands_take(repository: Path) -> None:
    (repository / ".weco-project").write_text(OLD)

    (repository / ".wellcome_project").write_text(init().out)

    assert load_manifest((repository / ".wellcome_project").read_text(), "new").notices == ()
    assert init().out == "Made the table release-tool.\n"
