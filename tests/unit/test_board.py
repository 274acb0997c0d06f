"""What is shown of an environment: what runs, the word for it, and what is odd about it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest

from release_tool.board import Board, Part, Row, Seen, board_of, known_images, unknown_revisions
from release_tool.image import Image
from release_tool.model import Deployment, Service, Word
from release_tool.rollout import EcsService
from release_tool.task_definition import TaskDefinition
from tests.builders import (
    NOW,
    a_definition,
    a_deployment,
    a_deployment_set,
    a_project,
    a_rollout,
    a_rollout_never_asked,
    a_service,
    a_service_deployment,
    an_ecs_deployment,
    an_ecs_service,
    an_environment,
    an_image,
    deployment_id,
    minutes,
    revision_arn,
    uri_of,
)

OLD, NEW = uri_of("web", "1111111"), uri_of("web", "2222222")
OURS = an_ecs_service("web", an_ecs_deployment(2, revision_arn(revision=2)))
OTHERS = an_ecs_deployment(3, revision_arn(revision=3), created_at=NOW - minutes(30))
THIRD = a_definition(revision=3, images={"web": uri_of("web", "3333333")})


def seen(
    *services: Service,
    ecs: Mapping[str, EcsService] | None = None,
    current: Mapping[str, Deployment] | None = None,
    definitions: tuple[TaskDefinition, ...] = (),
    **given: Any,
) -> Seen:
    """Deployment 57 of web is COMPLETE, and its parameter says so, unless something else is said."""
    services = services or (a_service(),)
    return Seen(
        **{
            "project": a_project(*services),
            "environment": an_environment("prod"),
            "services": services,
            "parameters": {"web": NEW},
            "ecs": {"web": OURS} if ecs is None else ecs,
            "definitions": {definition.arn: definition for definition in definitions},
            "current": {"web": a_deployment()} if current is None else current,
            "latest": a_deployment_set(requested=True),
            "now": NOW,
            **given,
        }
    )


def board(*services: Service, **given: Any) -> Board:
    return board_of(seen(*services, **given))


def the_row(*services: Service, **given: Any) -> Row:
    (row,) = board(*services, **given).rows
    return row


# --- what runs, and the word for it


def test_a_row_has_what_runs_and_the_word_for_our_deployment_of_it() -> None:
    row = the_row()

    assert (row.image, row.release_hash, row.word, row.notes) == (
        an_image(build="2222222"),
        "2222222",
        Word.COMPLETE,
        (),
    )


def test_a_row_shows_what_runs_and_not_what_was_written_last() -> None:
    back = an_ecs_service("web", an_ecs_deployment(3, revision_arn(revision=1), rollout_state_reason="rolling back"))

    row = the_row(ecs={"web": back})

    assert (row.release_hash, row.word) == ("1111111", Word.ROLLED_BACK)


def test_a_service_that_was_never_deployed_has_no_word_and_counts_for_nothing() -> None:
    api = an_ecs_service("api", an_ecs_deployment(revision=revision_arn("api")))

    shown = board(
        a_service("api"),
        a_service("web"),
        ecs={"api": api, "web": OURS},
        definitions=(a_definition("api", images={"api": uri_of("api", "1111111")}),),
        parameters={"api": uri_of("api", "1111111"), "web": NEW},
    )

    assert [(row.release_hash, row.word) for row in shown.rows] == [("1111111", None), ("2222222", Word.COMPLETE)]
    assert shown.word is Word.COMPLETE


def test_a_deployment_of_the_parameter_alone_has_no_word_for_what_ecs_was_not_asked() -> None:
    row = the_row(
        current={"web": a_deployment(rollouts=())}, definitions=(a_definition(revision=2, images={"web": NEW}),)
    )

    assert (row.release_hash, row.word, row.notes) == ("2222222", None, ())


def test_a_service_whose_revision_ecs_does_not_tell_shows_none() -> None:
    untold = an_ecs_service("web", an_ecs_deployment(2, revision_arn(revision=2)), revision=None)

    assert the_row(ecs={"web": untold}).image is None


def test_where_nothing_was_ever_deployed_there_is_no_last_deployment_and_no_word() -> None:
    shown = board(current={}, definitions=(a_definition(revision=2, images={"web": NEW}),))

    assert (shown.last, shown.word) == (None, None)


def test_the_last_deployment_is_the_newest_of_those_shown() -> None:
    shown = board(
        a_service("api"),
        a_service("web"),
        current={"api": a_deployment("api", number=58), "web": a_deployment(number=57)},
    )

    assert shown.last is not None
    assert shown.last.number == 58


def test_what_has_no_second_name_is_asked_of_the_service_deployment() -> None:
    later = an_ecs_service("web", OTHERS)

    row = the_row(
        ecs={"web": later}, definitions=(THIRD,), told={deployment_id(2): a_service_deployment(2, "SUCCESSFUL")}
    )

    assert row.word is Word.COMPLETE


# --- a set's word is the worst of the rows shown

WORST_FIRST = [
    Word.FAILED,
    Word.ROLLED_BACK,
    Word.ROLLING_BACK,
    Word.GONE,
    Word.UNFINISHED,
    Word.UNKNOWN,
    Word.IN_PROGRESS,
    Word.SUPERSEDED,
    Word.COMPLETE,
]


@pytest.mark.parametrize(("worse", "better"), list(pairwise(WORST_FIRST)))
def test_the_worst_row_is_the_word_of_them_all(worse: Word, better: Word) -> None:
    words = {"api": better, "web": worse, "worker": better}

    shown = board(
        *(a_service(name) for name in words),
        current={name: a_deployment(name, rollouts=(a_rollout(name, outcome=word),)) for name, word in words.items()},
    )

    assert shown.word is worse


@pytest.mark.parametrize("word", [w for w in Word if w not in (Word.UNKNOWN, Word.IN_PROGRESS, Word.ROLLING_BACK)])
def test_a_board_has_ended_when_nothing_on_it_can_move_any_more(word: Word) -> None:
    rollout = a_rollout_never_asked() if word is Word.UNFINISHED else a_rollout(outcome=word)

    assert board(current={"web": a_deployment(rollouts=(rollout,))}).has_ended


def test_a_board_with_a_rollout_going_on_has_not_ended() -> None:
    going = an_ecs_service("web", an_ecs_deployment(2, revision_arn(revision=2), rollout_state="IN_PROGRESS"))

    assert not board(a_service("api"), a_service("web"), ecs={"web": going}).has_ended


# --- several ECS services under one service


def two_of_one(second: EcsService, **given: Any) -> Row:
    rollouts = (a_rollout("web"), a_rollout("web-admin", ecs_deployment_id=deployment_id(3)))
    return the_row(
        a_service(ecs_services=("web", "web-admin")),
        ecs={"web": OURS, "web-admin": second},
        current={"web": a_deployment(rollouts=rollouts)},
        **given,
    )


def test_ecs_services_that_agree_are_one_row() -> None:
    row = two_of_one(an_ecs_service("web-admin", an_ecs_deployment(3, revision_arn("web-admin", 2))))

    assert (row.word, row.differs) == (Word.COMPLETE, False)


def test_ecs_services_that_differ_are_told_apart_and_judged_by_the_worst() -> None:
    failed = an_ecs_deployment(
        3, revision_arn("web-admin", 2), rollout_state="FAILED", rollout_state_reason="tasks failed to start."
    )

    row = two_of_one(an_ecs_service("web-admin", failed))

    assert (row.word, row.differs, row.notes) == (Word.FAILED, True, ())
    assert [(p.ecs_service, p.word, p.notes) for p in row.parts] == [
        ("web", Word.COMPLETE, ()),
        ("web-admin", Word.FAILED, ("tasks failed to start.",)),
    ]


@pytest.mark.parametrize(
    ("first", "second", "notes"),
    [(2, 2, ("2/3 running",)), (2, 3, ()), (3, 2, ())],
    ids=["both", "the first", "the second"],
)
def test_only_what_all_ecs_services_say_is_said_of_their_service(
    first: int, second: int, notes: tuple[str, ...]
) -> None:
    row = the_row(
        a_service(ecs_services=("web", "web-admin")),
        ecs={
            "web": an_ecs_service("web", an_ecs_deployment(2, revision_arn(revision=2)), desired=3, running=first),
            "web-admin": an_ecs_service(
                "web-admin", an_ecs_deployment(2, revision_arn("web-admin", 2)), desired=3, running=second
            ),
        },
        current={"web": a_deployment(rollouts=(a_rollout("web"), a_rollout("web-admin")))},
    )

    assert (row.notes, row.differs) == (notes, not notes)


def test_one_image_of_several_services_is_told_for_each_by_its_own_container() -> None:
    both = a_rollout("app", containers=(("api", uri_of("api", "3333333")), ("web", NEW)), old_images=())
    running = an_ecs_service("app", an_ecs_deployment(2, revision_arn("app", 2)))

    shown = board(
        a_service("api", ecs_services=("app",)),
        a_service("web", ecs_services=("app",)),
        ecs={"app": running},
        current={
            "api": a_deployment("api", image=uri_of("api", "3333333"), rollouts=(both,)),
            "web": a_deployment(rollouts=(both,)),
        },
        parameters={"api": uri_of("api", "3333333"), "web": NEW},
    )

    assert [row.release_hash for row in shown.rows] == ["3333333", "2222222"]


# --- a service that is a parameter and nothing else


@pytest.mark.parametrize(
    ("parameters", "word"),
    [({"web": NEW}, Word.COMPLETE), ({"web": OLD}, Word.UNFINISHED), ({}, Word.UNFINISHED)],
    ids=["says it", "says another", "is not there"],
)
def test_a_service_without_ecs_services_is_judged_by_its_parameter(parameters: dict[str, str], word: Word) -> None:
    row = the_row(a_service(ecs_services=()), ecs={}, current={"web": a_deployment(rollouts=())}, parameters=parameters)

    assert row.word is word


def test_a_service_without_ecs_services_shows_what_its_parameter_says() -> None:
    row = the_row(a_service(ecs_services=()), ecs={}, current={})

    assert (row.release_hash, row.word) == ("2222222", None)


# --- notes of the rollout


def test_running_other_than_desired_is_noted() -> None:
    scaling = an_ecs_service("web", an_ecs_deployment(2, revision_arn(revision=2)), desired=3, running=2)

    assert the_row(ecs={"web": scaling}).notes == ("2/3 running",)


def test_running_other_than_desired_is_noted_also_where_nothing_was_deployed() -> None:
    scaling = an_ecs_service("web", an_ecs_deployment(2, revision_arn(revision=2)), desired=3, running=2)

    row = the_row(ecs={"web": scaling}, current={}, definitions=(a_definition(revision=2, images={"web": NEW}),))

    assert row.notes == ("2/3 running",)


def test_why_it_failed_is_noted() -> None:
    failed = an_ecs_deployment(
        2, revision_arn(revision=2), rollout_state="FAILED", rollout_state_reason="tasks failed to start."
    )

    assert the_row(ecs={"web": an_ecs_service("web", failed)}).notes == ("tasks failed to start.",)


ROLLED_BACK = {"outcome": Word.ROLLED_BACK, "outcome_reason": "tasks failed to start."}
RUNS_OLD = an_ecs_service("web", an_ecs_deployment(3, revision_arn(revision=1), rollout_state_reason="rolling back"))


@pytest.mark.parametrize(
    ("rollout", "is_settled"),
    [
        (a_rollout(), False),
        (a_rollout(**ROLLED_BACK, settling=True), False),
        (a_rollout(**ROLLED_BACK), True),
    ],
    ids=["seen just now", "settling was cut off", "settled"],
)
def test_a_rollback_that_is_not_settled_is_noted(rollout: Any, is_settled: bool) -> None:
    row = the_row(ecs={"web": RUNS_OLD}, current={"web": a_deployment(rollouts=(rollout,))}, parameters={"web": OLD})

    assert row.word is Word.ROLLED_BACK
    assert ("not settled" not in row.notes) is is_settled


# --- drift


def test_intent_other_than_reality_is_noted() -> None:
    assert the_row(parameters={"web": uri_of("web", "3333333")}).notes == ("wanted 3333333",)


def test_intent_other_than_a_part_of_reality_is_noted() -> None:
    row = two_of_one(
        an_ecs_service("web-admin", an_ecs_deployment(4, revision_arn("web-admin", 3))),
        definitions=(a_definition("web-admin", 3, images={"web": OLD}),),
    )

    assert "wanted 2222222" in row.notes


def test_reality_changed_by_someone_else_is_noted_with_its_time_and_revision() -> None:
    row = the_row(
        ecs={"web": an_ecs_service("web", OTHERS)},
        definitions=(THIRD,),
        current={"web": a_deployment(rollouts=(a_rollout(outcome=Word.COMPLETE),))},
    )

    assert (row.release_hash, row.word) == ("3333333", Word.COMPLETE)
    assert row.notes == ("changed outside: web:3 since 2026-11-22 16:02:12 UTC", "wanted 2222222")


def test_a_later_deployment_by_someone_else_is_noted_beside_the_word_for_ours() -> None:
    row = the_row(ecs={"web": an_ecs_service("web", OTHERS)}, definitions=(THIRD,))

    assert row.word is Word.SUPERSEDED
    assert "changed outside: web:3 since 2026-11-22 16:02:12 UTC" in row.notes


def test_what_ran_before_a_deployment_that_was_never_asked_is_no_drift() -> None:
    never_asked = a_rollout_never_asked(outcome=Word.SUPERSEDED, outcome_reason="cut off")
    before = an_ecs_service("web", an_ecs_deployment(1, revision_arn(revision=1)))

    row = the_row(ecs={"web": before}, current={"web": a_deployment(rollouts=(never_asked,))}, parameters={"web": OLD})

    assert (row.word, row.notes) == (Word.SUPERSEDED, ("cut off",))


def test_a_restart_outside_is_no_drift() -> None:
    forced = an_ecs_deployment(3, revision_arn(revision=2))

    assert the_row(ecs={"web": an_ecs_service("web", forced)}).notes == ("restarted outside",)


def test_a_later_deployment_of_a_neighbour_in_the_same_ecs_service_is_no_drift() -> None:
    neighbours = a_rollout(
        "app",
        containers=(("api", uri_of("api", "3333333")),),
        new_revision=revision_arn("app", 3),
        outcome=Word.COMPLETE,
    )

    shown = board(
        a_service("api", ecs_services=("app",)),
        a_service("web", ecs_services=("app",)),
        ecs={"app": an_ecs_service("app", an_ecs_deployment(3, revision_arn("app", 3)))},
        definitions=(a_definition("app", 3, images={"api": uri_of("api", "3333333"), "web": NEW}),),
        current={
            "api": a_deployment("api", number=58, image=uri_of("api", "3333333"), rollouts=(neighbours,)),
            "web": a_deployment(rollouts=(a_rollout("app", outcome=Word.COMPLETE),)),
        },
        parameters={"api": uri_of("api", "3333333"), "web": NEW},
    )

    assert [(row.release_hash, row.notes) for row in shown.rows] == [("3333333", ()), ("2222222", ())]


def test_what_is_gone_is_told_beside_a_recorded_outcome() -> None:
    row = the_row(ecs={}, current={"web": a_deployment(rollouts=(a_rollout(outcome=Word.COMPLETE),))})

    assert (row.word, row.notes) == (Word.COMPLETE, ("no ECS service called web",))


def test_a_parameter_without_an_ecs_service_is_noted() -> None:
    row = the_row(ecs={}, current={})

    assert (row.image, row.wanted, row.notes) == (None, an_image(build="2222222"), ("no ECS service called web",))


def test_an_ecs_service_that_went_away_is_noted_once() -> None:
    row = the_row(ecs={})

    assert (row.word, row.notes) == (Word.GONE, ("the ECS service web is not there any more",))


def test_a_service_without_a_parameter_is_noted() -> None:
    assert the_row(parameters={}).notes == ("no parameter: Terraform and promotion do not know it",)


def test_a_parameter_changed_since_it_was_written_is_noted_where_reality_followed_it() -> None:
    third = uri_of("web", "3333333")

    row = the_row(ecs={"web": an_ecs_service("web", OTHERS)}, definitions=(THIRD,), parameters={"web": third})

    assert f"its parameter was changed since: {third}" in row.notes


def test_a_parameter_put_back_after_a_rollback_is_no_drift() -> None:
    went_back = a_deployment(rollouts=(a_rollout(**ROLLED_BACK),))

    row = the_row(ecs={"web": RUNS_OLD}, current={"web": went_back}, parameters={"web": OLD})

    assert row.notes == ("tasks failed to start.",)


def test_a_parameter_that_was_not_reached_when_the_command_was_cut_off_is_no_drift() -> None:
    never_asked = a_deployment(rollouts=(a_rollout_never_asked(),))
    before = an_ecs_service("web", an_ecs_deployment(1, revision_arn(revision=1)))

    row = the_row(ecs={"web": before}, current={"web": never_asked}, parameters={"web": OLD})

    assert row.word is Word.UNFINISHED
    assert row.notes == ("cut off before ECS was asked; the same command finishes it",)


def test_a_parameter_that_holds_no_image_does_not_hide_what_runs() -> None:
    row = the_row(parameters={"web": "NOT AN IMAGE"})

    assert (row.release_hash, row.wanted) == ("2222222", None)


def test_parameters_of_no_service_are_handed_on() -> None:
    assert board(parameters_without_service=("ghost",)).parameters_without_service == ("ghost",)


# --- what need not be asked again


def test_what_the_ledger_knows_of_a_revision_is_not_asked_of_ecs() -> None:
    known = known_images([a_deployment()], {})

    assert known == {revision_arn(revision=1): {"web": OLD}, revision_arn(revision=2): {"web": NEW}}
    assert unknown_revisions(seen()) == []


def test_a_revision_that_the_ledger_does_not_know_is_asked_for_once() -> None:
    app = an_ecs_service("app", an_ecs_deployment(3, revision_arn("app", 3)))

    wanted = seen(
        a_service("api", ecs_services=("app",)), a_service("web", ecs_services=("app",)), ecs={"app": app}, current={}
    )

    assert unknown_revisions(wanted) == [revision_arn("app", 3)]


@pytest.mark.parametrize(
    "ecs", [{}, {"web": an_ecs_service("web", OTHERS, revision=None)}], ids=["no service", "no revision"]
)
def test_where_nothing_runs_there_is_no_revision_to_ask_for(ecs: dict[str, EcsService]) -> None:
    assert unknown_revisions(seen(ecs=ecs, current={})) == []


def test_a_revision_that_was_read_is_not_asked_for_again() -> None:
    assert unknown_revisions(seen(ecs={"web": an_ecs_service("web", OTHERS)}, definitions=(THIRD,))) == []


def test_with_nothing_registered_what_runs_is_still_told_apart_from_its_sidecars() -> None:
    running = a_definition(revision=2, images={"envoy": "public.ecr.aws/x/envoy:1", "main": NEW})

    row = the_row(definitions=(running,), current={}, parameters={})

    assert row.image == Image.parse(NEW)


def test_with_nothing_registered_the_container_that_the_manifest_names_is_shown() -> None:
    running = a_definition(revision=2, images={"envoy": "public.ecr.aws/x/envoy:1", "app": "busybox:1"})

    row = the_row(a_service(container="app"), definitions=(running,), current={}, parameters={})

    assert row.image == Image.parse("busybox:1")


def test_a_service_of_which_nothing_is_there_says_what_is_missing() -> None:
    row = the_row(ecs={}, current={}, parameters={})

    assert row.parts == (Part("web", None, None, None, notes=("no ECS service called web",)),)
    assert row.notes == ("no ECS service called web",)
