"""What `--output=json` answers is what its schema says, to the last key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta, timezone
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

from release_tool import documents
from release_tool.board import Board, Part, Row
from release_tool.checks.findings import not_checked, ok, to_do
from release_tool.errors import AskedWrongly, ExitCode
from release_tool.model import Commits, DeploymentSet, Kind, Requester, Word
from release_tool.plan import Change, DeploymentPlan, Unchanged, Unmatched, Why
from tests.builders import (
    ADA,
    NOW,
    a_commit,
    a_deployment,
    a_deployment_set,
    a_digest,
    a_holder,
    a_project,
    a_service,
    an_environment,
    an_image,
    minutes,
    revision_arn,
    some_commits,
)

OF_THE_MANIFEST = "manifest"
SHARED = "common"
SCHEMAS = {
    file.name.removesuffix(".schema.json"): json.loads(file.read_text("utf-8"))
    for file in files("release_tool").joinpath("schemas").iterdir()
    if file.name.endswith(".schema.json")
}
REGISTRY = Registry().with_resources((schema["$id"], Resource.from_contents(schema)) for schema in SCHEMAS.values())
IN_CI = Requester(ci_system="GitLab CI", ci_actor="ada", ci_run_url="https://ci.example.org/1", arn="arn:aws:sts::1:a")
ENDED = replace(a_deployment_set(requested=True), outcome=Word.FAILED, outcome_reason="it crashed", ended_at=NOW)


def a_plan(**given: Any) -> DeploymentPlan:
    environment = an_environment("prod", production=True)
    return DeploymentPlan(
        **{
            "project": a_project(),
            "environment": environment,
            "asked": "all",
            "source": "latest",
            "kind": Kind.DEPLOY,
            **given,
        }
    )


def a_full_plan() -> DeploymentPlan:
    left_out = some_commits(2, left_out=3, oldest_left_out_at=NOW - timedelta(days=2))
    return a_plan(
        changes=(
            Change(
                a_service("web"),
                an_image("web", "2222222"),
                Why.NEW_IMAGE,
                running=an_image(),
                digest=a_digest(),
                ecs_services=("web",),
                commits=left_out,
            ),
            Change(a_service("tagger"), an_image("tagger"), Why.PARAMETER_ONLY, commits=Commits(unknown_because="new")),
        ),
        unchanged=(Unchanged(a_service("api"), an_image("api")),),
        missing=(a_service("notifier"),),
        unmatched=(Unmatched(a_service("worker"), "there is no such ECS service"),),
        notes=("a rollout goes on",),
        resumes=a_deployment_set(),
        supersedes=a_deployment_set(number=56),
    )


def a_board(*rows: Row, **given: Any) -> Board:
    return Board(
        **{
            "project": a_project(),
            "environment": an_environment("prod"),
            "rows": rows,
            "last": None,
            "latest": None,
            "word": None,
            **given,
        }
    )


def a_full_board() -> Board:
    part = Part("web", an_image(), revision_arn(), Word.ROLLED_BACK, running=1, desired=2, notes=("1/2 running",))
    gone = Part("web-2", None, None, Word.GONE)
    rows = (
        Row(
            a_service(),
            an_image(),
            Word.ROLLED_BACK,
            an_image("web", "2222222"),
            a_deployment(),
            parts=(part, gone),
            notes=("not settled",),
        ),
        Row(a_service("api"), None, None, None, None),
    )
    return a_board(
        *rows,
        last=a_deployment(requested_by=IN_CI),
        latest=ENDED,
        word=Word.ROLLED_BACK,
        parameters_without_service=("tagger",),
    )


def compared(*rows: Any) -> documents.Document:
    return documents.comparison("catalogue", (an_environment("stage"), an_environment("prod")), rows)


DOCUMENTS: dict[str, list[documents.Document]] = {
    "error": [
        documents.error(AskedWrongly("no such thing", next="name another")),
        documents.error(AskedWrongly("no such thing")),
    ],
    "registered": [
        documents.registered("catalogue", "latest", "web", an_image(), "/catalogue/images/latest/web", ("it moves",))
    ],
    "deployed": [documents.deployed(a_full_plan(), a_deployment_set()), documents.deployed(a_plan(), None)],
    "board": [documents.board(a_full_board()), documents.board(a_board())],
    "overview": [documents.overview("catalogue", [a_full_board()]), documents.overview("catalogue", [])],
    "history": [
        documents.history("catalogue", [(ENDED, "FAILED"), (a_deployment_set(), "IN_PROGRESS")], before=57),
        documents.history("catalogue", [], before=None),
    ],
    "service-history": [
        documents.service_history(
            "catalogue",
            "web",
            [
                (a_deployment(digest=a_digest(), commits=some_commits(1)), "COMPLETE"),
                (
                    a_deployment(
                        number=None,
                        release_number=None,
                        release_hash=None,
                        previous_image=None,
                        previous_release_hash=None,
                        requested_at=None,
                        requested_by=Requester(),
                    ),
                    "UNFINISHED",
                ),
            ],
            before=3,
        )
    ],
    "comparison": [
        compared(
            ("web", an_image(), an_image("web", "2222222"), some_commits(1), Commits(unknown_because="a branch")),
            ("api", None, None, Commits(), Commits()),
        )
    ],
    "unlocked": [
        documents.unlocked("catalogue", "prod", a_holder(deployment=57), broken=True),
        documents.unlocked("catalogue", "prod", a_holder(), broken=True),
        documents.unlocked("catalogue", "prod", None, broken=False),
    ],
    "notice": [
        documents.notice(a_project(), "rolled_back", ENDED, "it crashed", [a_deployment()]),
        documents.notice(a_project(), "requested", a_deployment_set(), None, []),
    ],
    "checkup": [
        documents.examined(
            "catalogue",
            [
                ok("manifest"),
                to_do("cluster", "prod", "there is no ECS cluster called `a`", "name another"),
                not_checked("images", "prod", "it is not in ECR"),
            ],
        ),
        documents.examined(None, []),
    ],
    "table-made": [
        documents.table_made("release-tool", True),
        documents.table_made(manifest_written="/home/ann/storage/.wellcome_project"),
        documents.table_made(manifest_translated="storage:\n  environments:\n    - id: prod\n"),
    ],
}
CASES = [
    pytest.param(name, json.loads(json.dumps(document)), id=f"{name}-{number}")
    for name, found in DOCUMENTS.items()
    for number, document in enumerate(found)
]


def faults(name: str, document: Any) -> list[str]:
    validator = Draft202012Validator(SCHEMAS[name], registry=REGISTRY, format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]


def objects_in(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects_in(inner)


def test_every_schema_is_a_schema() -> None:
    for schema in SCHEMAS.values():
        Draft202012Validator.check_schema(schema)


def test_every_schema_is_of_a_document_that_is_tested_here() -> None:
    assert SCHEMAS.keys() - {OF_THE_MANIFEST, SHARED} == DOCUMENTS.keys()


@pytest.mark.parametrize("name", sorted(SCHEMAS.keys() - {OF_THE_MANIFEST}))
def test_a_schema_is_found_under_the_name_of_its_file(name: str) -> None:
    assert SCHEMAS[name]["$id"] == f"{name}.schema.json"


@pytest.mark.parametrize(("name", "document"), CASES)
def test_a_document_is_what_its_schema_says(name: str, document: Any) -> None:
    assert faults(name, document) == []


@pytest.mark.parametrize(("name", "document"), CASES)
def test_a_key_that_no_schema_names_is_refused_wherever_it_stands(name: str, document: Any) -> None:
    for number in range(len(list(objects_in(document)))):
        other = deepcopy(document)
        list(objects_in(other))[number]["unheard_of"] = 1

        assert faults(name, other) != [], f"object {number} takes it"


@pytest.mark.parametrize(("name", "document"), CASES)
def test_a_key_that_is_left_out_is_missed_wherever_it_stands(name: str, document: Any) -> None:
    for number, whole in enumerate(objects_in(document)):
        for key in whole:
            other = deepcopy(document)
            del list(objects_in(other))[number][key]

            assert faults(name, other) != [], f"object {number} does without {key}"


@pytest.mark.parametrize(
    ("place", "known"),
    [
        (SCHEMAS["common"]["$defs"]["word"], Word),
        (SCHEMAS["common"]["$defs"]["kind"], Kind),
        (SCHEMAS["deployed"]["$defs"]["change"]["properties"]["why"], Why),
    ],
    ids=["words", "kinds", "reasons for a change"],
)
def test_a_schema_lists_exactly_the_words_that_there_are(place: dict[str, Any], known: Any) -> None:
    assert place["enum"] == [str(each) for each in known]


def test_the_error_schema_lists_exactly_the_exit_codes_of_errors() -> None:
    codes = SCHEMAS["error"]["$defs"]["error"]["properties"]["code"]["enum"]

    assert codes == [int(code) for code in ExitCode if code not in (ExitCode.DONE, ExitCode.INTERRUPTED)]


def test_a_time_is_told_in_utc_whatever_zone_it_was_given_in() -> None:
    in_kabul = NOW.astimezone(timezone(timedelta(hours=4, minutes=30)))

    document = documents.commits(Commits(listed=(a_commit(authored_at=in_kabul),)))

    assert document["listed"][0]["authored_at"] == "2026-11-22T16:32:12Z"


def test_numbers_are_numbers() -> None:
    document = documents.deployed(a_full_plan(), a_deployment_set())

    assert (document["deployment"], document["release"], document["plan"]["supersedes"]) == (57, 42, 56)


def test_commits_that_nobody_could_count_are_not_told_as_none_at_all() -> None:
    document = documents.commits(Commits(unknown_because="a shallow clone"))

    assert (document["count"], document["left_out"], document["undone"]) == (None, None, None)


def test_two_environments_of_which_one_runs_nothing_are_not_told_to_be_even() -> None:
    document = compared(("web", an_image(), None, Commits(), Commits()))

    assert (document["services"][0]["only_in_other"], document["services"][0]["only_here"]) == (None, None)


def test_a_requester_of_whom_nothing_is_known_has_no_name() -> None:
    assert documents.requester(Requester())["name"] is None
    assert documents.requester(ADA)["name"] == "Ada <ada@example.org>"


def test_an_ecs_service_that_is_not_there_runs_an_unknown_number_of_tasks() -> None:
    document = documents.board(a_full_board())

    there, gone = document["services"][0]["ecs_services"]
    assert (there["running"], there["desired"]) == (1, 2)
    assert (gone["running"], gone["desired"]) == (None, None)


def test_a_deployment_that_was_only_planned_has_no_number_and_no_time() -> None:
    document = documents.deployed(a_full_plan(), None)

    assert (document["deployment"], document["release"], document["requested_at"]) == (None, None, None)
    assert [change["service"] for change in document["plan"]["changes"]] == ["web", "tagger"]


def test_a_history_says_with_which_number_it_goes_on() -> None:
    sets: list[tuple[DeploymentSet, str]] = [(a_deployment_set(requested_at=NOW - minutes(1)), "COMPLETE")]

    assert documents.history("catalogue", sets, before=57)["before"] == 57
