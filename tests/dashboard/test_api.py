"""The same names in the API, in `--output=json` and in what is written about them; and no address that breaks it."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from release_tool.commands import history as history_command
from release_tool.commands import status as status_command
from release_tool.console import Console
from release_tool.dashboard.openapi import document
from release_tool.model import Word
from tests.dashboard.asking import Browserless, HandTurned
from tests.dashboard.sample import World
from tests.dashboard.test_pages import PROJECT, cell

API = "/api/v1/projects/catalogue"
SPEC = document()
PATHS = sorted(SPEC["paths"])
NAMES = {"project": "catalogue", "which": "40", "environment": "prod", "service": "api"}


def validated(operation: dict[str, Any], status: int, answer: Any) -> list[str]:
    told = operation["responses"][str(status)]
    if "$ref" in told:
        told = SPEC["components"]["responses"][told["$ref"].rpartition("/")[2]]
    ((_, content),) = told["content"].items()
    schema = {**content["schema"], "components": SPEC["components"]}
    return [error.message for error in Draft202012Validator(schema).iter_errors(answer)]


def cli(command: Any, world: World, **args: Any) -> Any:
    context = world.context()
    stdout = io.StringIO()
    console = Console(io.StringIO(), stdout, io.StringIO(), as_json=True)
    command.run(args, replace(context, console=console))
    return json.loads(stdout.getvalue())


# --- the same names


def test_the_matrix_is_what_status_says(dashboard: Browserless, world: World) -> None:
    args = {"all": False, "<service>": None, "<env>": None, "--watch": False}

    told = cli(status_command, world, **args)
    served = dashboard.get(f"{API}/matrix").json

    assert {name: served[name] for name in told} == told
    assert set(served) - set(told) == {"as_of", "drift", "troubles", "unknown_environments"}


def test_an_environment_is_what_status_says_of_it(dashboard: Browserless, world: World) -> None:
    args = {"all": True, "<service>": None, "<env>": "prod", "--watch": False}

    told = cli(status_command, world, **args)
    served = dashboard.get(f"{API}/environments/prod").json

    assert {name: served[name] for name in told} == told


def test_the_deployments_are_what_history_says(dashboard: Browserless, world: World) -> None:
    args = {"<env>": "stage", "--service": None, "--limit": "7", "--before": "60"}

    told = cli(history_command, world, **args)
    served = dashboard.get(f"{API}/deployments?environment=stage&limit=7&before=60").json

    assert {name: served[name] for name in told} == told


def test_a_deployments_services_have_the_names_that_a_services_history_has(
    dashboard: Browserless, world: World
) -> None:
    args = {"<env>": None, "--service": "api", "--limit": "1", "--before": None}

    (told,) = cli(history_command, world, **args)["deployments"]
    served = dashboard.get(f"{API}/deployments/{told['deployment']}").json
    (part,) = [d for d in served["deployments"] if d["service"] == "api"]

    assert part == told


def test_the_pages_say_the_words_and_hashes_that_the_api_says(dashboard: Browserless) -> None:
    html = dashboard.get(PROJECT).text

    for board in dashboard.get(f"{API}/matrix").json["environments"]:
        for service in board["services"]:
            shown = cell(html, service["service"], board["environment"])
            assert service["word"] is None or service["word"] in shown
            assert service["release_hash"] is None or service["release_hash"] in shown


def test_the_words_are_those_of_the_glossary_and_no_others(dashboard: Browserless) -> None:
    described = SPEC["components"]["schemas"]["common"]["$defs"]["word"]["enum"]

    assert described == [str(word) for word in Word]
    assert {s["word"] for s in dashboard.get(f"{API}/deployments").json["deployments"]} <= set(described)


# --- as it is described


@pytest.mark.parametrize("path", PATHS)
def test_each_answer_is_as_the_description_says(path: str, dashboard: Browserless, turned: HandTurned) -> None:
    address = path.format(**NAMES)
    dashboard.get(address)
    turned.read_wanted()

    answer = dashboard.get(address)

    assert answer.status == 200
    assert validated(SPEC["paths"][path]["get"], 200, answer.json) == []


def test_the_past_is_as_the_description_says(dashboard: Browserless) -> None:
    answer = dashboard.get(f"{API}/matrix?at=2026-11-18T09:00Z")

    assert answer.json["at"] == "2026-11-18T09:00:00Z"
    assert validated(SPEC["paths"]["/api/v1/projects/{project}/matrix"]["get"], 200, answer.json) == []


@pytest.mark.parametrize("asked", ["deployments/9999", "deployments?before=none", "compare?from=prod&to=prod"])
def test_a_refusal_is_a_problem_document(asked: str, dashboard: Browserless) -> None:
    answer = dashboard.get(f"{API}/{asked}")

    operation = SPEC["paths"]["/api/v1/projects/{project}/deployments"]["get"]
    assert answer.headers["content-type"] == "application/problem+json"
    assert validated(operation, answer.status, answer.json) == []


def test_the_description_is_served_and_names_every_route(dashboard: Browserless) -> None:
    served = dashboard.get("/api/v1/openapi.json").json

    assert served == SPEC
    routes = {r.path for r in dashboard.app.app.routes if getattr(r, "path", "").startswith("/api/v1/projects")}  # type: ignore[attr-defined]
    assert set(PATHS) == routes


def test_details_that_are_not_in_memory_are_null_and_come_later(world: World) -> None:
    turned = HandTurned(world.source()).turn().read_everything()
    dashboard = Browserless(turned)

    first = dashboard.get(f"{API}/deployments/1")
    turned.read_wanted()
    second = dashboard.get(f"{API}/deployments/1")

    assert (first.status, first.json["deployments"], first.headers["retry-after"]) == (202, None, "1")
    assert second.status == 200
    assert len(second.json["deployments"]) == 8


def test_a_list_is_walked_with_before_to_its_end(dashboard: Browserless, turned: HandTurned) -> None:
    numbers, before = [], ""
    while True:
        page = dashboard.get(f"{API}/deployments?limit=20{before}").json
        numbers += [d["deployment"] for d in page["deployments"]]
        if page["before"] is None:
            break
        before = f"&before={page['before']}"

    assert numbers == [s.number for s in turned.snapshot.history.sets]


# --- no address breaks it

ANY_TEXT = st.text(max_size=30)
VALUES = st.one_of(
    ANY_TEXT,
    st.sampled_from(["prod", "api", "COMPLETE", "1", "0", "-1", "2026-11-20", "9" * 30, "current", "28d", "\x00", "٣"]),
    st.integers().map(str),
    st.datetimes().map(str),
)


@st.composite
def described_addresses(draw: st.DrawFn) -> str:
    """An address of the description, with its own parameters filled in, sensibly or not."""
    path = draw(st.sampled_from(PATHS))
    parts = {name: quote(draw(st.one_of(st.just(usual), VALUES)), safe="") for name, usual in NAMES.items()}
    names = [p["name"] for p in SPEC["paths"][path]["get"]["parameters"]]
    query = draw(st.lists(st.tuples(st.sampled_from([*names, "nonsense"]), VALUES), max_size=4))
    return f"{path.format(**parts)}?{urlencode(query)}"


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(address=described_addresses())
def test_whatever_is_asked_of_the_api_is_answered_as_described(address: str, dashboard: Browserless) -> None:
    answer = dashboard.get(address)

    assert answer.status in (200, 202, 400, 404), answer.text
    problem = answer.headers["content-type"] == "application/problem+json"
    assert problem is (answer.status >= 400)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(address=described_addresses())
def test_whatever_is_asked_of_a_page_is_answered_in_words(address: str, dashboard: Browserless) -> None:
    answer = dashboard.get(address.replace("/api/v1", "", 1).replace("/matrix", "", 1))

    assert answer.status in (200, 202, 307, 400, 404), answer.text


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    start=st.sampled_from(
        ["/", "/projects/", "/projects/catalogue/", "/api/", "/static/", "/feeds/", "/badges/catalogue/"]
    ),
    rest=st.text(max_size=60),
    query=st.text(max_size=60),
)
def test_whatever_else_is_asked_never_breaks_it(start: str, rest: str, query: str, dashboard: Browserless) -> None:
    answer = dashboard.get(f"{start}{quote(rest)}?{quote(query)}")

    assert answer.status < 500, answer.text
