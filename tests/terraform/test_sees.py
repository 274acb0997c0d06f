"""The model of Terraform against what real Terraform was seen to plan: version 1.11.4 with the AWS provider 5.46,
`plan -detailed-exitcode` after each step, for a Fargate service with a sidecar.

A row here is a row of the table in docs/terraform.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from release_tool.task_definition import TaskDefinition
from tests.builders import a_definition, revision_arn, uri_of
from tests.terraform.sees import (
    NOTHING,
    Configuration,
    Parameter,
    Planned,
    Reads,
    Replaces,
    Seen,
    TagsParameter,
    TagsRevision,
    UpdatesService,
    applied,
    planned,
)

SIDECAR = "public.ecr.aws/fluent/bit:1"
OWN_TAGS = [{"key": "managed-by", "value": "terraform"}]
OLD, NEW, BAD = "1111111", "2222222", "bad"


def a_revision(number: int, build: str, **given: Any) -> TaskDefinition:
    images = {"web": uri_of("web", build), "log_router": SIDECAR}
    fields = {"memory": "512", "tags": OWN_TAGS, **given}
    return a_definition("web", number, images, **{name: v for name, v in fields.items() if v is not None})


def a_configuration(**given: Any) -> Configuration:
    """Says the image of `web` by its parameter, and the rest as revision 1 has it."""
    fields = a_revision(1, "as the parameter says", memory=given.pop("memory", "512")).fields
    return Configuration(fields=fields, images={"web": "web"}, **given)


def seen(
    parameter: str, newest: TaskDefinition, runs: int, *, tags: Mapping[str, str] | None = None, in_state: int = 1
) -> Seen:
    known = newest if newest.revision == in_state else a_revision(in_state, OLD)
    return Seen({"web": Parameter(uri_of("web", parameter), tags or {})}, newest, known, revision_arn("web", runs))


def registers(build: str | None) -> Replaces:
    return Replaces((("web", None if build is None else uri_of("web", build)),))


def runs(number: int) -> UpdatesService:
    return UpdatesService(revision_arn("web", number))


RUNS_WHAT_IT_REGISTERS = UpdatesService(None)


ROWS: dict[str, tuple[Seen, tuple[Planned, ...]]] = {
    "applied, and nothing since": (seen(OLD, a_revision(1, OLD), runs=1), NOTHING),
    "deployed: during the rollout, and after it": (seen(NEW, a_revision(2, NEW), runs=2), NOTHING),
    "a copy without the tags of what it was copied from": (
        seen(NEW, a_revision(2, NEW, tags=None), runs=2),
        (TagsRevision(revision_arn("web", 2)),),
    ),
    "a tag added to the revision": (
        seen(NEW, a_revision(2, NEW, tags=[*OWN_TAGS, {"key": "release", "value": "42"}]), runs=2),
        (TagsRevision(revision_arn("web", 2)),),
    ),
    "a tag added to the parameter": (
        seen(NEW, a_revision(2, NEW), runs=2, tags={"release": "42"}),
        (TagsParameter("web"),),
    ),
    "killed after the parameter": (
        seen(NEW, a_revision(1, OLD), runs=1),
        (registers(NEW), RUNS_WHAT_IT_REGISTERS),
    ),
    "killed after the parameter and the revision": (seen(NEW, a_revision(2, NEW), runs=1), (runs(2),)),
    "killed, repeated and finished": (seen(NEW, a_revision(2, NEW), runs=2), NOTHING),
    "had the parameter come last, and an `apply` before it": (
        seen(OLD, a_revision(2, NEW), runs=2),
        (registers(OLD), RUNS_WHAT_IT_REGISTERS),
    ),
    "a bad image: ECS went back, and nobody settled it": (seen(BAD, a_revision(2, BAD), runs=1), (runs(2),)),
    "... only the parameter is put back": (
        seen(OLD, a_revision(2, BAD), runs=1),
        (registers(OLD), RUNS_WHAT_IT_REGISTERS),
    ),
    "... only the revision is deregistered": (
        seen(BAD, a_revision(1, OLD), runs=1),
        (registers(BAD), RUNS_WHAT_IT_REGISTERS),
    ),
    "... settled: the parameter put back, then the revision deregistered": (
        seen(OLD, a_revision(1, OLD), runs=1),
        NOTHING,
    ),
    "two deployments, ECS went back past both, settled": (seen(OLD, a_revision(1, OLD), runs=1), NOTHING),
    "... had the parameter gone back to the first of the two only": (
        seen(NEW, a_revision(1, OLD), runs=1),
        (registers(NEW), RUNS_WHAT_IT_REGISTERS),
    ),
    "... had the revision of the first not been deregistered": (
        seen(OLD, a_revision(2, NEW), runs=1),
        (registers(OLD), RUNS_WHAT_IT_REGISTERS),
    ),
    "a breaker that puts nothing back: FAILED, left as it is": (seen(BAD, a_revision(2, BAD), runs=2), NOTHING),
    "... had the parameter been put back": (
        seen(OLD, a_revision(2, BAD), runs=2),
        (registers(OLD), RUNS_WHAT_IT_REGISTERS),
    ),
    "... had the revision been deregistered as well": (seen(OLD, a_revision(1, OLD), runs=2), (runs(1),)),
    "rolled back, by deploying an older image": (seen(OLD, a_revision(3, OLD), runs=3), NOTHING),
}


@pytest.mark.parametrize(("there_is", "plan"), ROWS.values(), ids=ROWS)
def test_the_model_plans_what_terraform_planned(there_is: Seen, plan: tuple[Planned, ...]) -> None:
    assert planned(a_configuration(), there_is) == plan


@pytest.mark.parametrize(("there_is", "_"), ROWS.values(), ids=ROWS)
def test_after_an_apply_nothing_is_left_to_plan(there_is: Seen, _: Any) -> None:
    configuration = a_configuration()

    assert planned(configuration, applied(configuration, there_is)) == NOTHING


NAMES = {OLD: "the image that ran before", NEW: "our image", BAD: "the bad image"}


def in_words(there_is: Seen, plan: tuple[Planned, ...]) -> str:
    if plan == NOTHING:
        return "no change"
    first = plan[0]
    if isinstance(first, TagsRevision) and there_is.newest is not None and "tags" not in there_is.newest.fields:
        return "puts the tags back; deploys nothing"
    if isinstance(first, (TagsRevision, TagsParameter)):
        return "takes the tag away; deploys nothing"
    if isinstance(first, Replaces):
        (_, uri), *_ = first.images
        return f"registers a revision with {NAMES[str(uri).rpartition(':')[2]]}, and deploys it"
    assert there_is.newest is not None
    assert first == UpdatesService(there_is.newest.arn)
    return f"deploys the revision with {NAMES[there_is.newest.images['web'].rpartition(':')[2]]}"


def test_the_page_has_these_rows_and_no_others() -> None:
    page = (Path(__file__).parents[2] / "docs" / "terraform.md").read_text("utf-8")
    part = page.partition("\n## What a plan shows\n")[2].partition("\n## ")[0]

    told = dict(re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|$", part, re.MULTILINE)[2:])

    assert told == {row: in_words(there_is, plan) for row, (there_is, plan) in ROWS.items()}


# --- an apply in between


def deployed(build: str, there_is: Seen) -> Seen:
    """Parameter, a copy of what runs, UpdateService."""
    assert there_is.newest is not None
    running = there_is.newest if there_is.newest.arn == there_is.runs else a_revision(1, OLD)
    copy = replace_image(running, build, there_is.newest.revision + 1)
    return Seen({"web": Parameter(uri_of("web", build))}, copy, there_is.in_state, copy.arn)


def replace_image(definition: TaskDefinition, build: str, number: int) -> TaskDefinition:
    memory = definition.fields["memory"]
    return a_revision(number, build, memory=memory)


def test_written_first_the_parameter_makes_an_apply_in_between_finish_the_deployment() -> None:
    configuration = a_configuration()
    cut_off = seen(NEW, a_revision(1, OLD), runs=1)

    in_between = applied(configuration, cut_off)
    afterwards = deployed(NEW, in_between)

    assert in_between.newest is not None
    assert in_between.newest.images["web"] == uri_of("web", NEW)
    assert planned(configuration, afterwards) == NOTHING


def test_written_last_the_parameter_makes_an_apply_in_between_put_the_old_image_back() -> None:
    in_between = applied(a_configuration(), seen(OLD, a_revision(2, NEW), runs=2))

    assert in_between.newest is not None
    assert in_between.newest.images["web"] == uri_of("web", OLD)
    assert in_between.runs == in_between.newest.arn


def test_a_change_that_was_applied_before_a_deployment_is_in_the_copy() -> None:
    configuration = a_configuration(memory="1024")
    changed = applied(configuration, seen(OLD, a_revision(1, OLD), runs=1))

    afterwards = deployed(NEW, changed)

    assert afterwards.newest is not None
    assert afterwards.newest.fields["memory"] == "1024"
    assert planned(configuration, afterwards) == NOTHING


def test_a_change_that_waits_while_we_deploy_is_applied_with_our_image() -> None:
    configuration = a_configuration(memory="1024")
    waits = deployed(NEW, seen(OLD, a_revision(1, OLD), runs=1))
    assert planned(configuration, waits) == (registers(NEW), RUNS_WHAT_IT_REGISTERS)

    afterwards = applied(configuration, waits)

    assert afterwards.newest is not None
    assert afterwards.newest.images["web"] == uri_of("web", NEW)
    assert planned(configuration, afterwards) == NOTHING


# --- why the recipe is as it is

AFTER_A_DEPLOYMENT = seen(NEW, a_revision(2, NEW), runs=2)


@pytest.mark.parametrize("ignores", [False, True])
def test_without_track_latest_every_deployment_leaves_a_difference(ignores: bool) -> None:
    configuration = a_configuration(track_latest=False, ignores_task_definition=ignores)

    assert registers(NEW) in planned(configuration, AFTER_A_DEPLOYMENT)


def test_without_skip_destroy_a_change_takes_away_the_revision_that_just_ran() -> None:
    configuration = a_configuration(memory="1024", skip_destroy=False)

    (replaces, _) = planned(configuration, AFTER_A_DEPLOYMENT)

    assert isinstance(replaces, Replaces)
    assert replaces.deregisters == revision_arn("web", 2)


@pytest.mark.parametrize("reads", [Reads.MANAGED_VALUE, Reads.DATA_BY_NAME, Reads.DATA_OF_MANAGED])
def test_read_in_these_ways_the_image_leaves_nothing_to_plan(reads: Reads) -> None:
    assert planned(a_configuration(reads=reads), AFTER_A_DEPLOYMENT) == NOTHING


def test_the_managed_parameters_insecure_value_is_never_known_while_planning() -> None:
    configuration = a_configuration(reads=Reads.MANAGED_INSECURE_VALUE)

    assert planned(configuration, AFTER_A_DEPLOYMENT) == (registers(None), RUNS_WHAT_IT_REGISTERS)


def test_a_tag_of_the_parameter_redeploys_what_reads_it_by_a_data_source_that_depends_on_it() -> None:
    retagged = {"team": "storage"}

    by_value = planned(a_configuration(parameter_tags=retagged), AFTER_A_DEPLOYMENT)
    by_data = planned(a_configuration(parameter_tags=retagged, reads=Reads.DATA_OF_MANAGED), AFTER_A_DEPLOYMENT)

    assert by_value == (TagsParameter("web"),)
    assert by_data == (TagsParameter("web"), registers(None), RUNS_WHAT_IT_REGISTERS)


def test_where_the_service_ignores_its_task_definition_a_copy_of_the_running_one_loses_a_change() -> None:
    configuration = a_configuration(memory="1024", ignores_task_definition=True)
    changed = applied(configuration, seen(OLD, a_revision(1, OLD), runs=1))
    assert changed.runs == revision_arn("web", 1)  # the change is registered, and nothing runs it

    deployed_then = replace(changed, parameters=new_parameter(), runs=revision_arn("web", 3))
    of_the_running = replace(deployed_then, newest=a_revision(3, NEW))
    of_the_newest = replace(deployed_then, newest=a_revision(3, NEW, memory="1024"))

    assert planned(configuration, of_the_running) == (registers(NEW),)
    assert planned(configuration, of_the_newest) == NOTHING


def new_parameter() -> dict[str, Parameter]:
    return {"web": Parameter(uri_of("web", NEW))}
