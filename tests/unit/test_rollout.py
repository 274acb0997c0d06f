"""The table that turns ECS's story into a word, row by row; the first row that holds decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from release_tool.model import TASK_FAMILY, Rollout, Word
from release_tool.rollout import (
    EcsDeployment,
    EcsService,
    Event,
    ServiceDeployment,
    Verdict,
    judge,
    needs_verdict,
    service_deployment_arn,
    unknown_revisions,
)
from tests.builders import (
    NOW,
    a_rollout,
    a_rollout_never_asked,
    a_service_deployment,
    an_ecs_deployment,
    an_ecs_service,
    deployment_id,
    minutes,
    revision_arn,
    uri_of,
)

OLD, OURS, LATER = revision_arn(revision=1), revision_arn(revision=2), revision_arn(revision=3)
OUR_IMAGES = {"web": uri_of("web", "2222222")}
OTHER_IMAGES = {"web": uri_of("web", "3333333")}
GOES_BACK = f"ECS deployment circuit breaker: rolling back to deploymentId {deployment_id(1)}."


def old(**given: Any) -> EcsDeployment:
    """The deployment that ran before ours."""
    return an_ecs_deployment(1, OLD, **{"status": "ACTIVE", **given})


def ours(**given: Any) -> EcsDeployment:
    return an_ecs_deployment(2, OURS, **given)


def later(**given: Any) -> EcsDeployment:
    """A deployment after ours, of a revision of its own."""
    return an_ecs_deployment(3, LATER, **given)


def verdict(
    *deployments: EcsDeployment,
    rollout: Rollout | None = None,
    told: ServiceDeployment | None = None,
    images: Mapping[str, Mapping[str, str]] | None = None,
    now: datetime = NOW,
    **settings: Any,
) -> Verdict:
    service = an_ecs_service("web", *deployments, **settings)
    return judge(rollout or a_rollout(), service, now=now, images=images, service_deployment=told)


# --- an outcome is recorded: that, for ever


@pytest.mark.parametrize("outcome", [word for word in Word if word.is_final])
def test_a_recorded_outcome_is_never_judged_again(outcome: Word) -> None:
    ended = a_rollout(outcome=outcome, outcome_reason="as it was seen then")

    judged = verdict(later(rollout_state="IN_PROGRESS"), rollout=ended)

    assert judged == Verdict(outcome, "as it was seen then")


def test_a_recorded_outcome_outlives_its_service() -> None:
    assert judge(a_rollout(outcome=Word.COMPLETE), None, now=NOW).word is Word.COMPLETE


# --- no ECS deployment id is recorded: UNFINISHED


def test_what_ecs_was_never_asked_for_is_unfinished() -> None:
    judged = verdict(old(status="PRIMARY"), rollout=a_rollout_never_asked())

    assert judged.word is Word.UNFINISHED
    assert "the same command" in str(judged.reason)


def test_what_ecs_was_never_asked_for_is_unfinished_even_where_the_service_is_gone() -> None:
    assert judge(a_rollout_never_asked(), None, now=NOW).word is Word.UNFINISHED


# --- the service is missing, INACTIVE or DRAINING: GONE


def test_a_service_that_is_missing_is_gone() -> None:
    judged = judge(a_rollout(), None, now=NOW)

    assert judged == Verdict(Word.GONE, "the ECS service web is not there any more")


@pytest.mark.parametrize("status", ["INACTIVE", "DRAINING"])
def test_a_service_that_ends_is_gone_whatever_its_deployments_say(status: str) -> None:
    assert verdict(ours(), status=status).word is Word.GONE


# --- a sign that ECS rolls ours back


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ("IN_PROGRESS", Word.ROLLING_BACK),
        ("COMPLETED", Word.ROLLED_BACK),
        ("FAILED", Word.FAILED),
        (None, Word.ROLLING_BACK),
    ],
)
class TestEachSignOfARollback:
    """The word then follows the deployment that ECS went back to."""

    def test_ours_has_failed_and_another_is_primary(self, state: str | None, word: Word) -> None:
        failed = ours(status="ACTIVE", rollout_state="FAILED", rollout_state_reason="tasks failed to start.")

        judged = verdict(old(status="PRIMARY", rollout_state=state), failed)

        assert judged == Verdict(word, "tasks failed to start.")

    def test_an_event_names_ours_as_failed(self, state: str | None, word: Word) -> None:
        event = f"(service web) (deployment {deployment_id(2)}) deployment failed: tasks failed to start."

        judged = verdict(old(status="PRIMARY", rollout_state=state), events=(Event(NOW, event),))

        assert judged == Verdict(word, event)

    def test_a_primary_under_a_new_id_says_that_it_rolls_back(self, state: str | None, word: Word) -> None:
        again = an_ecs_deployment(3, OLD, rollout_state=state, rollout_state_reason=GOES_BACK)

        assert verdict(again, old()) == Verdict(word, GOES_BACK)

    def test_a_primary_under_its_old_id_and_a_new_time_says_that_it_rolls_back(
        self, state: str | None, word: Word
    ) -> None:
        again = old(status="PRIMARY", created_at=NOW - minutes(1), rollout_state=state, rollout_state_reason=GOES_BACK)

        assert verdict(again) == Verdict(word, GOES_BACK)


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("ROLLBACK_REQUESTED", Word.ROLLING_BACK),
        ("ROLLBACK_IN_PROGRESS", Word.ROLLING_BACK),
        ("ROLLBACK_SUCCESSFUL", Word.ROLLED_BACK),
        ("ROLLBACK_FAILED", Word.FAILED),
    ],
)
@pytest.mark.parametrize(
    "deployments",
    [(ours(rollout_state="IN_PROGRESS"), old()), (old(status="PRIMARY"),)],
    ids=["ours is primary still", "ours is away"],
)
def test_the_service_deployment_says_that_ours_is_rolled_back(
    deployments: tuple[EcsDeployment, ...], status: str, word: Word
) -> None:
    told = a_service_deployment(2, status, status_reason="an alarm went off")

    assert verdict(*deployments, told=told) == Verdict(word, "an alarm went off")


def test_a_rollback_past_several_deployments_rolls_each_of_them_back() -> None:
    first = a_rollout()
    second = a_rollout(new_revision=LATER, ecs_deployment_id=deployment_id(3), ecs_created_at=NOW - minutes(57))
    again = an_ecs_deployment(4, OLD, rollout_state_reason=GOES_BACK)

    words = {verdict(again, old(), rollout=rollout).word for rollout in (first, second)}

    assert words == {Word.ROLLED_BACK}


def test_a_failure_without_a_reason_of_its_own_is_told_in_words() -> None:
    judged = verdict(old(status="PRIMARY"), ours(status="ACTIVE", rollout_state="FAILED"))

    assert judged == Verdict(Word.ROLLED_BACK, "ECS gave up on it")


def test_an_event_about_another_deployment_whose_id_begins_as_ours_is_no_sign() -> None:
    about_another = f"(service web) (deployment {deployment_id(2)}0) deployment failed: tasks failed to start."

    judged = verdict(ours(rollout_state="IN_PROGRESS"), old(), events=(Event(NOW, about_another),))

    assert judged.word is Word.IN_PROGRESS


def test_going_back_to_ours_is_no_sign_against_ours() -> None:
    back_to_ours = an_ecs_deployment(
        4,
        OURS,
        rollout_state_reason=f"ECS deployment circuit breaker: rolling back to deploymentId {deployment_id(2)}.",
    )

    judged = verdict(back_to_ours, later(status="ACTIVE", rollout_state="FAILED"))

    assert judged == Verdict(Word.COMPLETE, notes=("restarted outside",))


def test_a_reason_from_before_ours_is_no_sign_against_ours() -> None:
    went_back_earlier = old(status="PRIMARY", rollout_state_reason=GOES_BACK)

    assert verdict(went_back_earlier).word is Word.IN_PROGRESS


def test_stable_again_on_the_earlier_revision_is_no_success() -> None:
    again = an_ecs_deployment(3, OLD, rollout_state_reason=GOES_BACK)

    judged = verdict(again, desired=2, running=2)

    assert judged.word is Word.ROLLED_BACK


# --- ours is PRIMARY and COMPLETED


def test_our_completed_primary_is_complete() -> None:
    assert verdict(ours()) == Verdict(Word.COMPLETE)


def test_running_other_than_desired_is_a_note_and_no_word() -> None:
    assert verdict(ours(), desired=3, running=2) == Verdict(Word.COMPLETE, notes=("2/3 running",))


def test_no_tasks_wanted_is_a_success_and_said_as_such() -> None:
    judged = verdict(ours(desired=0, running=0), desired=0, running=0)

    assert judged == Verdict(Word.COMPLETE, notes=("no tasks are wanted: desired count 0",))


@pytest.mark.parametrize("state", ["COMPLETED", None])
def test_our_deployment_with_a_revision_that_is_not_ours_is_no_success(state: str | None) -> None:
    judged = verdict(replace(ours(rollout_state=state), revision=LATER))

    assert judged.word is Word.UNKNOWN
    assert LATER in str(judged.reason)


# --- ours is not PRIMARY, and its service deployment says SUCCESSFUL


@pytest.mark.parametrize("primary", [later(), later(rollout_state="IN_PROGRESS")], ids=lambda d: d.rollout_state)
def test_what_was_successful_before_it_was_replaced_is_complete(primary: EcsDeployment) -> None:
    judged = verdict(primary, told=a_service_deployment(2, "SUCCESSFUL"), images={LATER: OTHER_IMAGES})

    assert judged == Verdict(Word.COMPLETE, notes=("web:3 runs now",))


# --- ours is PRIMARY and FAILED


def failed(**given: Any) -> EcsDeployment:
    return ours(
        **{
            "rollout_state": "FAILED",
            "rollout_state_reason": "tasks failed to start.",
            "updated_at": NOW - minutes(9.9),
            **given,
        }
    )


def test_a_failure_is_about_to_be_rolled_back_where_that_is_configured() -> None:
    assert verdict(failed(), old(), rollback=True) == Verdict(Word.ROLLING_BACK, "tasks failed to start.")


def test_a_failure_without_a_configured_rollback_is_one() -> None:
    assert verdict(failed(), old(), rollback=False) == Verdict(Word.FAILED, "tasks failed to start.")


def test_a_failure_that_ecs_has_left_alone_for_ten_minutes_is_one() -> None:
    assert verdict(failed(updated_at=NOW - minutes(10)), old(), rollback=True).word is Word.FAILED


def test_a_failure_with_nothing_to_go_back_to_is_one() -> None:
    assert verdict(failed(), rollback=True).word is Word.FAILED


def test_a_failure_after_another_that_never_completed_has_nothing_to_go_back_to() -> None:
    assert verdict(failed(), old(rollout_state="FAILED"), rollback=True).word is Word.FAILED


def test_a_failure_without_a_time_of_its_own_is_as_old_as_its_deployment() -> None:
    young = failed(updated_at=None, created_at=NOW - minutes(9))
    aged = failed(updated_at=None, created_at=NOW - minutes(11))

    words = [verdict(deployment, old(), rollback=True).word for deployment in (young, aged)]

    assert words == [Word.ROLLING_BACK, Word.FAILED]


# --- ours is PRIMARY and IN_PROGRESS


def test_our_primary_in_progress_is_in_progress() -> None:
    assert verdict(ours(rollout_state="IN_PROGRESS", running=0), old()).word is Word.IN_PROGRESS


def test_progress_is_counted_against_what_the_service_wants() -> None:
    judged = verdict(ours(rollout_state="IN_PROGRESS", desired=0, running=1, failed=2), old(), desired=3)

    assert judged.notes == ("1/3 running", "2 failed")


def test_all_tasks_running_does_not_make_a_rollout_complete_before_ecs_says_so() -> None:
    assert verdict(ours(rollout_state="IN_PROGRESS"), desired=1, running=1).word is Word.IN_PROGRESS


# --- ours is PRIMARY and has no rolloutState


@pytest.mark.parametrize(
    ("deployments", "desired", "word"),
    [
        ((ours(rollout_state=None),), 1, Word.COMPLETE),
        ((ours(rollout_state=None, desired=0, running=0),), 0, Word.COMPLETE),
        ((ours(rollout_state=None), old()), 1, Word.IN_PROGRESS),
        ((ours(rollout_state=None, running=0),), 1, Word.IN_PROGRESS),
        ((ours(rollout_state=None, desired=0, running=0),), 2, Word.IN_PROGRESS),
        ((ours(rollout_state=None, desired=2, running=2),), 1, Word.IN_PROGRESS),
    ],
    ids=["alone and full", "none wanted", "not alone", "none runs", "just answered", "scaling in"],
)
def test_without_a_rollout_state_the_counts_decide(
    deployments: tuple[EcsDeployment, ...], desired: int, word: Word
) -> None:
    assert verdict(*deployments, desired=desired, running=desired).word is word


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("PENDING", Word.IN_PROGRESS),
        ("IN_PROGRESS", Word.IN_PROGRESS),
        ("STOP_REQUESTED", Word.IN_PROGRESS),
        ("SUCCESSFUL", Word.COMPLETE),
        ("STOPPED", Word.FAILED),
    ],
)
def test_without_a_rollout_state_the_service_deployment_comes_before_the_counts(status: str, word: Word) -> None:
    full, not_full = ours(rollout_state=None), ours(rollout_state=None, running=0)

    words = {verdict(deployment, told=a_service_deployment(2, status)).word for deployment in (full, not_full)}

    assert words == {word}


# --- a task family that no service runs


def test_a_registered_task_family_has_nothing_to_roll_out() -> None:
    registered = a_rollout("task family nightly", cluster=TASK_FAMILY)

    assert judge(registered, None, now=NOW) == Verdict(Word.COMPLETE)
    assert not needs_verdict(registered, an_ecs_service("web", later()))


def test_a_task_family_that_was_never_registered_is_unfinished() -> None:
    assert judge(a_rollout_never_asked(cluster=TASK_FAMILY), None, now=NOW).word is Word.UNFINISHED


# --- a PRIMARY created after ours


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ("COMPLETED", Word.COMPLETE),
        ("IN_PROGRESS", Word.IN_PROGRESS),
        ("FAILED", Word.FAILED),
        (None, Word.COMPLETE),
    ],
)
@pytest.mark.parametrize("revision", [OURS, LATER], ids=["our revision", "another with our images"])
def test_a_restart_outside_with_our_images_has_its_own_word(revision: str, state: str | None, word: Word) -> None:
    restarted = an_ecs_deployment(3, revision, rollout_state=state)

    judged = verdict(restarted, images={LATER: OUR_IMAGES | {"sidecar": "envoy:1"}})

    assert (judged.word, judged.notes) == (word, ("restarted outside",))


def test_a_later_deployment_with_other_images_supersedes_ours() -> None:
    judged = verdict(later(rollout_state="IN_PROGRESS"), images={LATER: OTHER_IMAGES})

    assert judged == Verdict(Word.SUPERSEDED, "replaced by web:3 before it ended")


@pytest.mark.parametrize("state", ["IN_PROGRESS", "COMPLETED", None])
def test_ours_being_listed_beside_a_later_deployment_is_no_sign_of_a_rollback(state: str | None) -> None:
    replaced = ours(status="ACTIVE", rollout_state=state)

    assert verdict(later(rollout_state="IN_PROGRESS"), replaced, images={LATER: OTHER_IMAGES}).word is Word.SUPERSEDED


def test_a_later_deployment_without_our_container_supersedes_ours() -> None:
    assert verdict(later(), images={LATER: {"app": OUR_IMAGES["web"]}}).word is Word.SUPERSEDED


def test_one_of_several_images_being_another_is_enough_to_supersede() -> None:
    two = a_rollout(containers=(("api", uri_of("api", "2222222")), ("web", uri_of("web", "2222222"))))

    judged = verdict(later(), rollout=two, images={LATER: OUR_IMAGES | {"api": uri_of("api", "3333333")}})

    assert judged.word is Word.SUPERSEDED


def test_a_later_deployment_whose_images_cannot_be_read_leaves_ours_unknown() -> None:
    judged = verdict(later(), images={})

    assert judged.word is Word.UNKNOWN
    assert "web:3" in str(judged.reason)


def test_a_service_deployment_that_was_stopped_by_a_later_one_is_no_failure() -> None:
    judged = verdict(later(), told=a_service_deployment(2, "STOPPED"), images={LATER: OTHER_IMAGES})

    assert judged.word is Word.SUPERSEDED


# --- a PRIMARY created before ours


def test_a_primary_from_before_ours_means_that_ecs_does_not_show_ours_yet() -> None:
    judged = verdict(old(status="PRIMARY"))

    assert judged == Verdict(Word.IN_PROGRESS, notes=("ECS does not show it yet",))


def test_a_primary_of_the_same_moment_is_not_taken_for_a_later_one() -> None:
    same_moment = later(created_at=a_rollout().ecs_created_at)

    assert verdict(same_moment, images={LATER: OTHER_IMAGES}).word is Word.IN_PROGRESS


def test_without_a_time_of_ours_no_primary_is_taken_for_a_later_one() -> None:
    judged = verdict(later(), rollout=a_rollout(ecs_created_at=None), images={LATER: OTHER_IMAGES})

    assert judged.word is Word.IN_PROGRESS


def test_a_service_without_a_primary_cannot_be_told() -> None:
    assert verdict(old()).word is Word.UNKNOWN


# --- other strategies, and alarms


@pytest.mark.parametrize("strategy", ["BLUE_GREEN", "LINEAR", "CANARY"])
def test_a_bake_is_no_hang(strategy: str) -> None:
    told = a_service_deployment(2, "IN_PROGRESS", lifecycle_stage="BAKE_TIME", bake_minutes=15)

    judged = verdict(ours(), old(), strategy=strategy, told=told)

    assert judged == Verdict(Word.IN_PROGRESS, notes=("BAKE_TIME of 15 min", "1/1 running"))


def test_a_bake_of_unknown_length_is_shown_without_one() -> None:
    told = a_service_deployment(2, "IN_PROGRESS", lifecycle_stage="BAKE_TIME")

    assert verdict(ours(), old(), strategy="BLUE_GREEN", told=told).notes == ("BAKE_TIME", "1/1 running")


@pytest.mark.parametrize(
    ("given", "reason"),
    [(None, "somebody stopped the service deployment"), ("StopServiceDeployment", "StopServiceDeployment")],
)
def test_a_stopped_service_deployment_says_why(given: str | None, reason: str) -> None:
    told = a_service_deployment(2, "STOPPED", status_reason=given)

    assert verdict(ours(), strategy="BLUE_GREEN", told=told) == Verdict(Word.FAILED, reason)


def test_a_lifecycle_stage_is_shown() -> None:
    told = a_service_deployment(2, "IN_PROGRESS", lifecycle_stage="TEST_TRAFFIC_SHIFT", bake_minutes=15)

    judged = verdict(ours(rollout_state="IN_PROGRESS", running=0), old(), strategy="BLUE_GREEN", told=told)

    assert judged.notes == ("TEST_TRAFFIC_SHIFT", "0/1 running")


@pytest.mark.parametrize("settings", [{"strategy": "BLUE_GREEN"}, {"alarms": True}], ids=["blue/green", "alarms"])
@pytest.mark.parametrize(
    ("status", "word"),
    [("IN_PROGRESS", Word.IN_PROGRESS), ("SUCCESSFUL", Word.COMPLETE), ("STOPPED", Word.FAILED)],
)
def test_the_service_deployment_decides_where_tasks_running_is_not_the_end(
    settings: dict[str, Any], status: str, word: Word
) -> None:
    assert verdict(ours(), told=a_service_deployment(2, status), **settings).word is word


@pytest.mark.parametrize("settings", [{"strategy": "BLUE_GREEN"}, {"alarms": True}], ids=["blue/green", "alarms"])
def test_where_the_service_deployment_is_forgotten_the_deployment_decides(settings: dict[str, Any]) -> None:
    assert verdict(ours(), **settings).word is Word.COMPLETE


def test_a_rolling_deployment_needs_no_second_opinion() -> None:
    judged = verdict(ours(), told=a_service_deployment(2, "IN_PROGRESS"), strategy="ROLLING")

    assert judged.word is Word.COMPLETE


# --- when to ask for the service deployment


@pytest.mark.parametrize(
    ("deployments", "settings", "asks"),
    [
        ((ours(),), {}, False),
        ((ours(rollout_state="IN_PROGRESS"), old()), {}, False),
        ((ours(rollout_state=None),), {}, True),
        ((ours(),), {"alarms": True}, True),
        ((ours(),), {"strategy": "CANARY"}, True),
        ((later(), ours(status="ACTIVE")), {}, True),
        ((later(),), {}, True),
    ],
    ids=["complete", "in progress", "no rolloutState", "alarms", "canary", "replaced", "away"],
)
def test_the_service_deployment_is_asked_for_where_only_it_can_tell(
    deployments: tuple[EcsDeployment, ...], settings: dict[str, Any], asks: bool
) -> None:
    assert needs_verdict(a_rollout(), an_ecs_service("web", *deployments, **settings)) is asks


@pytest.mark.parametrize("known", [a_rollout(outcome=Word.FAILED), a_rollout_never_asked()], ids=["ended", "not asked"])
def test_what_the_ledger_knows_is_not_asked_again(known: Rollout) -> None:
    assert not needs_verdict(known, an_ecs_service("web", later()))


def test_a_service_deployment_is_found_by_the_number_of_our_deployment() -> None:
    arn = service_deployment_arn(a_rollout(), an_ecs_service())

    assert arn == a_service_deployment(2).arn


# --- which revisions to read


@pytest.mark.parametrize(
    ("images", "unknown"),
    [
        ({}, [OURS]),
        ({OURS: {"web": uri_of("web", "2222222")}}, []),
        ({OURS: {"api": uri_of("api", "2222222")}}, [OURS]),
        ({LATER: {"web": uri_of("web", "2222222")}}, [OURS]),
    ],
    ids=["nothing is known", "all is known", "another container is known", "another revision is known"],
)
def test_a_revision_is_read_where_the_record_does_not_tell_all_of_it(
    images: dict[str, dict[str, str]], unknown: list[str]
) -> None:
    assert unknown_revisions([a_rollout(), a_rollout()], {"web": an_ecs_service("web", ours())}, images) == unknown


@pytest.mark.parametrize(
    "services", [{}, {"web": an_ecs_service("web", ours(), revision=None)}], ids=["no service", "no revision"]
)
def test_where_nothing_runs_there_is_nothing_to_read(services: dict[str, EcsService]) -> None:
    assert unknown_revisions([a_rollout()], services, {}) == []


# --- whatever ECS says

REVISIONS = st.sampled_from([OLD, OURS, LATER])
STATES = st.sampled_from([None, "IN_PROGRESS", "COMPLETED", "FAILED"])
DEPLOYMENTS = st.builds(
    an_ecs_deployment,
    st.integers(1, 4),
    REVISIONS,
    status=st.sampled_from(["PRIMARY", "ACTIVE", "INACTIVE"]),
    created_at=st.integers(0, 120).map(lambda age: NOW - minutes(age)),
    rollout_state=STATES,
    rollout_state_reason=st.sampled_from([None, GOES_BACK, "tasks failed to start."]),
    desired=st.integers(0, 2),
    running=st.integers(0, 2),
)
SERVICES = st.builds(
    lambda deployments, **settings: an_ecs_service("web", *deployments, **settings),
    st.lists(DEPLOYMENTS, min_size=1, max_size=4, unique_by=(lambda d: d.id, lambda d: d.status)),
    desired=st.integers(0, 2),
    running=st.integers(0, 2),
    status=st.sampled_from(["ACTIVE", "DRAINING", "INACTIVE"]),
    strategy=st.sampled_from(["ROLLING", "BLUE_GREEN"]),
    rollback=st.booleans(),
    alarms=st.booleans(),
)
TOLD = st.none() | st.builds(
    a_service_deployment,
    st.just(2),
    st.sampled_from(
        [
            *("PENDING", "IN_PROGRESS", "SUCCESSFUL", "STOPPED", "STOP_REQUESTED"),
            *("ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"),
        ]
    ),
)
IMAGES = st.dictionaries(REVISIONS, st.sampled_from([OUR_IMAGES, OTHER_IMAGES]))
ROLLOUTS = st.sampled_from(
    [a_rollout(), a_rollout_never_asked(), a_rollout(outcome=Word.COMPLETE), a_rollout(outcome=Word.FAILED)]
)


@settings(max_examples=500)
@given(ROLLOUTS, st.none() | SERVICES, TOLD, IMAGES)
def test_nothing_is_complete_without_a_proof(
    rollout: Rollout, service: EcsService | None, told: ServiceDeployment | None, images: dict[str, dict[str, str]]
) -> None:
    judged = judge(rollout, service, now=NOW, images=images, service_deployment=told)

    assert judged.word is not Word.COMPLETE or is_proven(rollout, service, told, images)


def is_proven(
    rollout: Rollout, service: EcsService | None, told: ServiceDeployment | None, images: dict[str, dict[str, str]]
) -> bool:
    if rollout.outcome is not None:
        return rollout.outcome is Word.COMPLETE
    if service is None or service.primary is None:
        return told is not None and told.status == "SUCCESSFUL"
    primary = service.primary
    runs_all = len(service.deployments) == 1 and primary.running == service.desired
    has_ended = primary.rollout_state == "COMPLETED" or (primary.rollout_state is None and runs_all)
    is_ours = primary.id == rollout.ecs_deployment_id and primary.revision == rollout.new_revision
    has_our_images = primary.revision == OURS or images.get(primary.revision) == OUR_IMAGES
    return (told is not None and told.status == "SUCCESSFUL") or (has_ended and (is_ours or has_our_images))


@given(ROLLOUTS, st.none() | SERVICES, TOLD, IMAGES)
def test_a_word_that_needs_a_reason_has_one_or_ecs_gave_none(
    rollout: Rollout, service: EcsService | None, told: ServiceDeployment | None, images: dict[str, dict[str, str]]
) -> None:
    judged = judge(rollout, service, now=NOW, images=images, service_deployment=told)

    assert judged.word not in (Word.GONE, Word.UNFINISHED, Word.UNKNOWN) or judged.reason
