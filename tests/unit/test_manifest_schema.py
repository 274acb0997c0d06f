"""The schema that editors read says of a manifest what the tool says of it, wherever a schema can."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from release_tool.errors import ManifestError
from release_tool.manifest import load_manifest
from release_tool.manifest.forms import ENVIRONMENT, FORMS, PROJECT, SERVICE, SERVICE_SET, WEBHOOK, Form

SCHEMA = json.loads(files("release_tool").joinpath("schemas/manifest.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
ARN = "arn:aws:iam::123456789012:role/deployer"


def a_project(**entries: Any) -> dict[str, Any]:
    return {"storage": {"environments": [{"id": "stage"}, {"id": "prod"}], **entries}}


def with_environment(**entries: Any) -> dict[str, Any]:
    return {"storage": {"environments": [{"id": "prod", **entries}]}}


def with_service(**entries: Any) -> dict[str, Any]:
    return a_project(services=[{"id": "api", **entries}])


def with_set(**entries: Any) -> dict[str, Any]:
    return a_project(service_sets=[{"id": "front", "services": ["api"], **entries}])


def with_webhook(**entries: Any) -> dict[str, Any]:
    return a_project(notify=[entries])


def faults(manifest: Any) -> tuple[str, ...]:
    try:
        load_manifest(json.dumps(manifest), "file")
    except ManifestError as refused:
        return refused.faults
    return ()


GOOD = {
    "no more than it needs": a_project(),
    "an id that is a number": {"7": {"environments": [{"id": 7}, {"id": 2.5, "cluster": "a"}]}},
    "an id that is true": with_environment(id=True),
    "the longest id": {"a" * 255: {"environments": [{"id": "b", "cluster": "c"}]}},
    "dots and hyphens in an id": {"a.b": {"environments": [{"id": "_c-d", "cluster": "e"}]}},
    "the label latest beside an environment": {"storage": {"environments": [{"id": "latest"}, {"id": "prod"}]}},
    "several projects": {**a_project(), "items": {"environments": [{"id": "prod"}]}},
    "a project called id": {"id": {"environments": [{"id": "prod"}]}},
    "a project called as a key": {"environments": {"environments": [{"id": "prod"}]}},
    "a name": a_project(name="Storage service 🚀"),
    "a name that is a number": a_project(name=1.5),
    "a region": a_project(aws_region_name="eu-west-1"),
    "a region of another partition": with_environment(aws_region_name="us-gov-east-1"),
    "a role": a_project(role_arn=ARN),
    "a role with a path, of another partition": with_environment(
        role_arn="arn:aws-us-gov:iam::123456789012:role/teams/a/deployer+x"
    ),
    "a repository": a_project(github_repository="wellcome_org/storage.service"),
    "the shortest table": a_project(ledger_table="a.b"),
    "the longest table": a_project(ledger_table="a" * 255),
    "a table that is a number": a_project(ledger_table=100),
    "what does nothing any more": a_project(tf_stack_root="terraform"),
    "what does nothing any more, in any form": a_project(tf_stack_root=["terraform", None]),
    "a cluster": with_environment(cluster="A_b-1"),
    "a cluster that is a number": with_environment(cluster=1),
    "a name of an environment": with_environment(name="Production"),
    "production": with_environment(production=True),
    "not production": with_environment(production=False),
    "no services": a_project(services=[]),
    "no sets": a_project(service_sets=[]),
    "a service": with_service(name="The API", container="app", clone_from="newest", environments=["prod"]),
    "a service without ecs services": with_service(ecs_services=[]),
    "names of ecs services": with_service(ecs_services=["{project}-{env}-{service}", "x_{env}", "{service}"]),
    "the other clone": with_service(clone_from="running"),
    "a set": with_set(name="In front"),
    "nobody to tell": a_project(notify=[]),
    "a webhook": with_webhook(url="https://example.org:8080/a?b=c#d"),
    "a webhook on this machine": with_webhook(url="http://localhost"),
    "a webhook whose address is a secret": with_webhook(url_variable="SLACK_2", form="slack"),
    "a webhook that is signed, and told of endings": with_webhook(
        url="https://example.org", secret_variable="_s", events=["complete", "failed", "rolled_back"]
    ),
}

BAD: dict[str, Any] = {
    "nothing": None,
    "text": "storage",
    "a list": [a_project()],
    "a list of bare projects": [{"id": "storage", "environments": [{"id": "prod"}]}],
    "a bare project": {"id": "storage", "name": "Storage", "environments": [{"id": "prod"}]},
    "no project": {},
    "a project that is nothing": {"storage": None},
    "a project that is text": {"storage": "prod"},
    "a project that is a list": {"storage": [{"id": "prod"}]},
    "a project's id with a blank": {"a b": {"environments": [{"id": "prod", "cluster": "c"}]}},
    "a project's id without characters": {"": {"environments": [{"id": "prod", "cluster": "c"}]}},
    "a project's id beginning as aws's": {"AwS_x": {"environments": [{"id": "prod"}]}},
    "a project's id beginning as ssm's": {"ssmx": {"environments": [{"id": "prod"}]}},
    "a project called all": {"all": {"environments": [{"id": "prod"}]}},
    "no environments": {"storage": {"name": "Storage"}},
    "an empty list of environments": {"storage": {"environments": []}},
    "only the label latest": {"storage": {"environments": [{"id": "latest"}]}},
    "environments that are nothing": {"storage": {"environments": None}},
    "environments by id": {"storage": {"environments": {"prod": {}}}},
    "an environment that is text": {"storage": {"environments": ["prod"]}},
    "an environment that is a number": {"storage": {"environments": [{"id": "prod"}, 7]}},
    "an environment that is nothing": {"storage": {"environments": [None]}},
    "an environment without an id": {"storage": {"environments": [{"id": "prod"}, {"name": "Staging"}]}},
    "an environment called all": with_environment(id="all"),
    "an id that is nothing": with_environment(id=None),
    "an id that is a list": with_environment(id=["prod"]),
    "an id that is below zero": with_environment(id=-1),
    "an id that is an option": with_environment(id="-x"),
    "an id that is a folder": with_environment(id=".."),
    "an id that is this folder": with_environment(id="."),
    "an id with a slash": with_environment(id="a/b"),
    "an id that is too long": with_environment(id="a" * 256, cluster="c"),
    "a name that is empty": a_project(name=""),
    "a name that is blank": a_project(name="  "),
    "a name of two lines": a_project(name="a\nb"),
    "a name with an escape": a_project(name="\x1b[31m"),
    "a name that turns its direction": a_project(name="\u202etxt"),
    "a name with half a character": a_project(name="\ud800"),
    "a name that is nothing": a_project(name=None),
    "a name that is a list": a_project(name=["a"]),
    "a name of an environment that is empty": with_environment(name=""),
    "a name of a service that is empty": with_service(name=""),
    "a name of a set that is empty": with_set(name=""),
    "a zone for a region": a_project(aws_region_name="eu-west-1a"),
    "a zone for an environment's region": with_environment(aws_region_name="eu-west-1a"),
    "a region that is a number": a_project(aws_region_name=1),
    "a role that is a number": a_project(role_arn=1),
    "a user for a role": a_project(role_arn="arn:aws:iam::123456789012:user/deployer"),
    "a role of no account": with_environment(role_arn="arn:aws:iam::role/deployer"),
    "an address for a repository": a_project(github_repository="https://github.com/a/b"),
    "a repository without an owner": a_project(github_repository="storage"),
    "a repository that is a number": a_project(github_repository=1),
    "a table that is a list": a_project(ledger_table=["releases"]),
    "a table too short": a_project(ledger_table="ab"),
    "a table too long": a_project(ledger_table="a" * 256),
    "a table that is too short a number": a_project(ledger_table=99),
    "a table with a slash": a_project(ledger_table="a/bc"),
    "an unknown key of a project": a_project(colour="red"),
    "an unknown key of an environment": with_environment(colour="red"),
    "an unknown key of a service": with_service(colour="red"),
    "an unknown key of a set": with_set(colour="red"),
    "a misspelt key": {"storage": {"enviroments": [{"id": "prod"}]}},
    "a key in the wrong place": a_project(cluster="a"),
    "image repositories": a_project(image_repositories=[]),
    "a profile": a_project(profile="dev"),
    "an account": a_project(account_id="123456789012"),
    "a region's name of other times": a_project(region_name="eu-west-1"),
    "a namespace": a_project(namespace="uk.ac.wellcome"),
    "a cluster with a dot": with_environment(cluster="a.b"),
    "a cluster that is a list": with_environment(cluster=["a"]),
    "a cluster that is empty": with_environment(cluster=""),
    "production in quotes": with_environment(production="true"),
    "production as a number": with_environment(production=1),
    "production that is nothing": with_environment(production=None),
    "services by id": a_project(services={"api": {}}),
    "services that are nothing": a_project(services=None),
    "a service that is text": a_project(services=["api"]),
    "a service without an id": a_project(services=[{"name": "The API"}]),
    "a service called all": with_service(id="all"),
    "a service in no environment": with_service(environments=[]),
    "a service in an environment that is no text": with_service(environments=[["prod"]]),
    "a service in one environment twice": with_service(environments=["prod", "prod"]),
    "environments of a service that are text": with_service(environments="prod"),
    "a container with a blank": with_service(container="a b"),
    "another clone": with_service(clone_from="oldest"),
    "an unknown placeholder": with_service(ecs_services=["{environment}"]),
    "half a placeholder": with_service(ecs_services=["{env"]),
    "a dot in an ecs service": with_service(ecs_services=["a.b"]),
    "an ecs service without a name": with_service(ecs_services=[""]),
    "an ecs service that is a list": with_service(ecs_services=[["a"]]),
    "one ecs service twice": with_service(ecs_services=["a", "a"]),
    "ecs services that are text": with_service(ecs_services="api"),
    "a set without services": a_project(service_sets=[{"id": "front"}]),
    "a set of none": with_set(services=[]),
    "a set of one twice": with_set(services=["api", "api"]),
    "a set that is text": a_project(service_sets=["front"]),
    "a set called all": with_set(id="all"),
    "a webhook that is text": a_project(notify=["https://example.org"]),
    "one webhook, and no list": a_project(notify={"url": "https://example.org"}),
    "a webhook without an address": with_webhook(form="json"),
    "a webhook with two addresses": with_webhook(url="https://example.org", url_variable="A"),
    "a webhook that is a file": with_webhook(url="file:///etc/passwd"),
    "a webhook with a password": with_webhook(url="https://ada:secret@example.org/"),
    "a webhook with a blank": with_webhook(url="https://example.org/a b"),
    "a webhook that is a number": with_webhook(url=7),
    "a variable that none can be": with_webhook(url_variable="A-B"),
    "a variable that is a number": with_webhook(url="https://example.org", secret_variable=7),
    "another form": with_webhook(url="https://example.org", form="xml"),
    "an event that there is not": with_webhook(url="https://example.org", events=["done"]),
    "one event twice": with_webhook(url="https://example.org", events=["failed", "failed"]),
    "no event": with_webhook(url="https://example.org", events=[]),
    "an unknown key of a webhook": with_webhook(url="https://example.org", colour="red"),
    "sets by id": a_project(service_sets={"front": ["api"]}),
}

# What one part says of another, and what a name comes to: for these a schema has no words.
BEYOND_A_SCHEMA = {
    "two environments of one id": (
        {"storage": {"environments": [{"id": "prod"}, {"id": "prod", "cluster": "b"}]}},
        "stands twice",
    ),
    "two services of one id": (a_project(services=[{"id": "api"}, {"id": "api", "name": "b"}]), "stands twice"),
    "two sets of one id": (
        a_project(service_sets=[{"id": "a", "services": ["b"]}, {"id": "a", "services": ["c"]}]),
        "stands twice",
    ),
    "an environment named that is not there": (with_service(environments=["live"]), "no environment called"),
    "the label named for an environment": (with_service(environments=["latest"]), "is a label, and no environment"),
    "a service named that is not there": (
        a_project(services=[{"id": "api"}], service_sets=[{"id": "front", "services": ["web"]}]),
        "no service called",
    ),
    "a set with a service's id": (
        a_project(services=[{"id": "api"}], service_sets=[{"id": "api", "services": ["api"]}]),
        "is a service's id already",
    ),
    "a default cluster that ecs refuses": (with_environment(id="v1.2"), "give this environment a `cluster`"),
    "an ecs service by default that ecs refuses": (with_service(id="v1.2"), "say by `ecs_services`"),
    "an ecs service that ecs refuses when filled": (
        with_service(ecs_services=["{env}" + "a" * 254]),
        "say by `ecs_services`",
    ),
    "two ecs services that come to the same": (
        with_service(ecs_services=["api", "{service}"]),
        "a second time",
    ),
}


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("manifest", GOOD.values(), ids=GOOD)
def test_both_take_what_is_good(manifest: Any) -> None:
    assert faults(manifest) == ()
    assert [error.message for error in VALIDATOR.iter_errors(manifest)] == []


@pytest.mark.parametrize("manifest", BAD.values(), ids=BAD)
def test_both_refuse_what_is_bad(manifest: Any) -> None:
    assert faults(manifest) != ()
    assert not VALIDATOR.is_valid(manifest)


@pytest.mark.parametrize(("manifest", "told"), BEYOND_A_SCHEMA.values(), ids=BEYOND_A_SCHEMA)
def test_only_the_tool_refuses_what_is_beyond_a_schema(manifest: Any, told: str) -> None:
    assert all(told in fault for fault in faults(manifest))
    assert faults(manifest) != ()
    assert VALIDATOR.is_valid(manifest)


def test_a_key_that_stands_twice_never_reaches_a_schema() -> None:
    text = '{"storage": {"environments": [{"id": "prod"}]}, "storage": {"environments": [{"id": "prod"}]}}'

    with pytest.raises(ManifestError, match="stands here a second time"):
        load_manifest(text, "file")

    assert VALIDATOR.is_valid(json.loads(text))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.kind)
def test_both_know_the_same_keys(form: Form) -> None:
    named = {
        PROJECT: "project",
        ENVIRONMENT: "environment",
        SERVICE: "service",
        SERVICE_SET: "service_set",
        WEBHOOK: "webhook",
    }

    assert tuple(SCHEMA["$defs"][named[form]]["properties"]) == form.keys


def test_the_defaults_that_the_schema_shows_are_the_tools() -> None:
    shown = SCHEMA["$defs"]
    (prod,), (api,) = (
        load_manifest(json.dumps(with_service()), "file").project(None).environments[1:],
        load_manifest(json.dumps(with_service()), "file").project(None).services or (),
    )

    assert shown["environment"]["properties"]["production"]["default"] == prod.production
    assert tuple(shown["service"]["properties"]["ecs_services"]["default"]) == api.ecs_services
    assert shown["service"]["properties"]["clone_from"]["default"] == api.clone_from
    assert (
        shown["project"]["properties"]["ledger_table"]["default"]
        == load_manifest(json.dumps(a_project()), "file").project(None).ledger_table
    )


ODD: list[Any] = [
    None,
    True,
    -1,
    7,
    123,
    2.5,
    "",
    "a",
    "a.b",
    "a/b",
    "-x",
    "all",
    "latest",
    "ssm",
    "{env}",
    "{a}",
    [],
    {},
    ["a"],
]
IDS = st.sampled_from(["a", "b", "prod", "stage", "latest", "v.1", 7])
LISTS_OF_IDS = st.lists(IDS, min_size=1, max_size=2)
LIKELY = {
    "name": st.text(min_size=1, max_size=3),
    "cluster": st.sampled_from(["a", "a_B-1", 7]),
    "production": st.booleans(),
    "container": st.just("app"),
    "clone_from": st.sampled_from(["running", "newest"]),
    "ecs_services": st.lists(st.sampled_from(["{service}", "{env}", "a", "a-{project}"]), max_size=2),
    "ledger_table": st.sampled_from(["abc", "a.b", 123]),
    "aws_region_name": st.sampled_from(["eu-west-1", "us-gov-west-1"]),
    "role_arn": st.just(ARN),
    "github_repository": st.sampled_from(["a/b", "a-b/c.d"]),
    "tf_stack_root": st.just("terraform"),
    "environments": LISTS_OF_IDS,
}


def mappings_of(form: Form, **needed: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """As they should be, but for one thing out of place now and then."""
    likely = {key: LIKELY[key] for key in form.keys if key in LIKELY and key not in needed}
    odd = st.dictionaries(st.sampled_from([*form.keys, "nmae", "region"]), st.sampled_from(ODD), min_size=1, max_size=1)
    odds = st.one_of(st.just({}), st.just({}), st.just({}), odd)
    return st.builds(lambda even, odd: {**even, **odd}, st.fixed_dictionaries(needed, optional=likely), odds)


MANIFESTS = st.dictionaries(
    st.sampled_from(["storage", "items", "a b", "7"]),
    mappings_of(
        PROJECT,
        environments=st.lists(mappings_of(ENVIRONMENT, id=IDS), min_size=1, max_size=3),
        services=st.lists(mappings_of(SERVICE, id=IDS), max_size=2),
        service_sets=st.lists(mappings_of(SERVICE_SET, id=IDS, services=LISTS_OF_IDS), max_size=1),
    ),
    max_size=2,
)


@settings(deadline=None, database=None, max_examples=200)
@given(MANIFESTS)
def test_the_schema_refuses_nothing_that_the_tool_takes_and_lets_pass_only_what_is_beyond_it(manifest: Any) -> None:
    told = faults(manifest)
    beyond = [words for _, words in BEYOND_A_SCHEMA.values()]

    if VALIDATOR.is_valid(manifest):
        assert [fault for fault in told if not any(words in fault for words in beyond)] == []
    else:
        assert told != ()
