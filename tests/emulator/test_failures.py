"""What becomes of rollouts that fail, with a circuit breaker and without."""

import pytest

from release_tool.demo.rollouts import changes
from release_tool.demo.rollouts.entries import Configuration
from release_tool.demo.rollouts.judging import Play
from release_tool.demo.rollouts.service import Service
from tests.emulator.playing import (
    BREAKER,
    BREAKER_WITH_ROLLBACK,
    a_running_service,
    a_service,
    after,
    deployed,
    messages,
    told,
)


def test_without_a_breaker_tasks_crash_for_ever_and_failures_add_up() -> None:
    service = deployed(a_running_service(), 2, "crash")

    failed = [after(seconds, service).deployments[0].failed for seconds in (13, 14, 28, 600, 6000)]

    assert failed[:3] == [0, 2, 4]
    assert failed == sorted(failed)
    assert told(after(6000, service))[0].startswith("PRIMARY web:2 IN_PROGRESS")


def test_starts_that_fail_come_ever_more_rarely() -> None:
    service = deployed(a_running_service(), 2, "crash")

    in_the_first_hour = after(3600, service).deployments[0].failed
    in_the_second_hour = after(7200, service).deployments[0].failed - in_the_first_hour

    assert 0 < in_the_second_hour < in_the_first_hour


def test_a_failed_rollout_with_a_breaker_alone_stays_on_top_while_the_old_tasks_live_on() -> None:
    service = deployed(a_running_service(BREAKER), 2, "crash")

    assert told(after(28, service)) == ["PRIMARY web:2 FAILED 0/0", "ACTIVE web:1 COMPLETED 2/2"]
    assert told(after(24 * 3600, service)) == ["PRIMARY web:2 FAILED 0/0", "ACTIVE web:1 COMPLETED 2/2"]
    assert after(28, service).history[0].status == "STOPPED"


def test_a_rollback_comes_as_a_new_deployment_that_names_the_old_one() -> None:
    service = a_running_service(BREAKER_WITH_ROLLBACK)
    old = service.deployments[0].id
    service = deployed(service, 2, "crash")

    begun, ended = after(28, service), after(54, service)

    assert told(begun) == [
        "PRIMARY web:1 IN_PROGRESS 0/2",
        "ACTIVE web:2 FAILED 0/0",
        "ACTIVE web:1 COMPLETED 2/2",
    ]
    assert begun.deployments[0].id not in (old, service.deployments[0].id)
    assert begun.deployments[0].reason == f"ECS deployment circuit breaker: rolling back to deploymentId {old}"
    assert told(ended) == ["PRIMARY web:1 COMPLETED 2/2"]


def test_a_rollback_can_bring_the_old_deployment_back_under_its_own_id() -> None:
    play = Play(rollback_id="old")
    service = a_running_service(BREAKER_WITH_ROLLBACK)
    old = service.deployments[0]
    service = deployed(service, 2, "crash")

    begun, ended = after(28, service, play), after(54, service, play)

    assert told(begun) == ["PRIMARY web:1 IN_PROGRESS 2/2", "ACTIVE web:2 FAILED 0/0"]
    assert begun.deployments[0].id == old.id
    assert begun.deployments[0].created_at > service.deployments[0].created_at > old.created_at
    assert told(ended) == ["PRIMARY web:1 COMPLETED 2/2"]


@pytest.mark.parametrize("rollback_id", ["new", "old"])
def test_a_failed_deployment_can_stay_on_top_for_a_while_before_ecs_goes_back(rollback_id: str) -> None:
    play = Play(rollback_id=rollback_id, rollback_delay_seconds=60)
    service = deployed(a_running_service(BREAKER_WITH_ROLLBACK), 2, "crash")

    assert told(after(87, service, play)) == ["PRIMARY web:2 FAILED 0/0", "ACTIVE web:1 COMPLETED 2/2"]
    assert after(87, service, play).history[0].status == "ROLLBACK_IN_PROGRESS"
    assert told(after(88, service, play))[0].startswith("PRIMARY web:1 IN_PROGRESS")
    assert told(after(120, service, play)) == ["PRIMARY web:1 COMPLETED 2/2"]


def test_a_rollback_is_told_in_events_and_in_the_history() -> None:
    service = after(54, deployed(a_running_service(BREAKER_WITH_ROLLBACK), 2, "crash"))

    entry = service.history[0]

    assert "(deployment ID) deployment failed: tasks failed to start." in messages(service)
    assert "rolling back to deployment ecs-svc" in " ".join(event.message for event in service.events)
    assert (entry.status, entry.breaker, entry.failures, entry.threshold) == ("ROLLBACK_SUCCESSFUL", "TRIGGERED", 3, 3)
    assert entry.rollback_to == service.history[1].target


@pytest.mark.parametrize("tag", ["crash", "nopull", "unhealthy"])
def test_every_way_to_fail_trips_the_breaker(tag: str) -> None:
    service = after(80, deployed(a_running_service(BREAKER_WITH_ROLLBACK), 2, tag))

    assert service.history[0].status in ("ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL")


@pytest.mark.parametrize(("desired", "threshold"), [(1, 3), (6, 3), (7, 4), (20, 10), (1000, 200)])
def test_the_breaker_trips_at_half_of_the_desired_tasks_but_neither_before_3_nor_after_200(
    desired: int, threshold: int
) -> None:
    assert a_service(BREAKER, desired=desired).history[0].threshold == threshold


def test_a_deployment_of_one_task_is_given_three_tries() -> None:
    service = deployed(a_running_service(BREAKER, desired=1), 2, "crash")

    assert told(after(41, service))[0] == "PRIMARY web:2 IN_PROGRESS 1/1"
    assert told(after(42, service))[0] == "PRIMARY web:2 FAILED 0/0"


def test_a_rollback_goes_past_deployments_that_were_never_completed() -> None:
    service = a_running_service(BREAKER_WITH_ROLLBACK)
    service = after(5, deployed(service, 2))
    service = deployed(service, 3, "crash")

    service = after(120, service)

    assert told(service) == ["PRIMARY web:1 COMPLETED 2/2"]
    assert [entry.status for entry in service.history] == ["ROLLBACK_SUCCESSFUL", "STOPPED", "SUCCESSFUL"]


def test_a_first_deployment_that_fails_has_nothing_to_go_back_to() -> None:
    service = after(600, a_service(BREAKER_WITH_ROLLBACK, tag="crash"))

    assert told(service) == ["PRIMARY web:1 FAILED 0/0"]
    assert service.history[0].status == "ROLLBACK_FAILED"


@pytest.mark.parametrize("rollback_id", ["new", "old"])
def test_a_rollback_can_fail_in_its_turn(rollback_id: str) -> None:
    play = Play(rollback_id=rollback_id, rollback_fails=True)
    service = deployed(a_running_service(BREAKER_WITH_ROLLBACK), 2, "crash")

    begun, ended = after(28, service, play), after(3600, service, play)

    assert begun.history[0].status == "ROLLBACK_IN_PROGRESS"
    assert told(ended)[:2] == ["PRIMARY web:1 FAILED 0/0", "ACTIVE web:2 FAILED 0/0"]
    assert ended.history[0].status == "ROLLBACK_FAILED"


def test_a_rollback_that_fails_leaves_the_history_of_the_deployment_that_it_went_back_to_alone() -> None:
    play = Play(rollback_id="old", rollback_fails=True)
    service = a_running_service(BREAKER_WITH_ROLLBACK)
    before = service.history[0]

    service = after(3600, deployed(service, 2, "crash"), play)

    assert service.history[1] == before


def test_a_failure_is_forgotten_once_a_task_is_well() -> None:
    service = deployed(a_running_service(BREAKER), 2, "flaky")

    failed = [after(seconds, service).deployments[0].failed for seconds in (14, 31, 32)]

    assert failed == [2, 2, 0]
    assert told(after(60, service)) == ["PRIMARY web:2 COMPLETED 2/2"]
    assert after(60, service).history[0].breaker == "MONITORING_COMPLETE"


def test_a_deployment_that_was_well_once_is_not_given_up_for_what_crashes_later() -> None:
    service = after(60, deployed(a_running_service(BREAKER), 2, "flaky"))

    scaled = changes.update(
        service, revision=service.deployments[0].revision, desired=3, configuration=service.configuration
    )

    assert told(after(60, scaled)) == ["PRIMARY web:2 COMPLETED 3/3"]


def test_a_failed_deployment_leaves_the_list_when_the_next_is_complete() -> None:
    service = after(28, deployed(a_running_service(BREAKER), 2, "crash"))

    fixed = deployed(service, 3)

    assert told(after(20, fixed))[1] == "ACTIVE web:2 FAILED 0/0"
    assert told(after(26, fixed)) == ["PRIMARY web:3 COMPLETED 2/2"]


def test_only_the_container_that_a_task_died_of_is_to_blame() -> None:
    service = after(14, deployed(a_running_service(), 2, "crash"))

    died = [task for task in service.tasks if task.has_died]

    assert [(task.stop_code, task.culprit.container) for task in died if task.culprit] == [
        ("EssentialContainerExited", "app")
    ] * 2


# --- somebody asks for the end


def a_stopped_rollout(*, rolls_back: bool) -> Service:
    service = after(5, deployed(a_running_service(), 2, "never"))
    return changes.request_stop(service, service.history[0].number, rolls_back=rolls_back)


def test_a_stopped_service_deployment_rolls_back_without_a_breaker() -> None:
    service = a_stopped_rollout(rolls_back=True)

    assert after(1, service).history[0].status == "ROLLBACK_REQUESTED"
    assert after(2, service).history[0].status == "ROLLBACK_IN_PROGRESS"
    assert after(60, service).history[0].status == "ROLLBACK_SUCCESSFUL"
    assert told(after(60, service)) == ["PRIMARY web:1 COMPLETED 2/2"]


def test_an_aborted_service_deployment_puts_nothing_back() -> None:
    service = after(60, a_stopped_rollout(rolls_back=False))

    assert service.history[0].status == "STOPPED"
    assert told(service) == ["PRIMARY web:2 FAILED 0/0", "ACTIVE web:1 COMPLETED 2/2"]


# --- alarms


def test_an_alarm_ends_a_rollout_whose_tasks_are_well() -> None:
    alarms = Configuration(alarms=True, alarm_rollback=True, bake_seconds=60)

    service = deployed(a_running_service(alarms), 2, "alarm")

    assert "deployment failed: alarm detected." in " ".join(messages(after(40, service)))
    assert told(after(200, service)) == ["PRIMARY web:1 COMPLETED 2/2"]
    assert after(200, service).history[0].status == "ROLLBACK_SUCCESSFUL"


def test_an_image_that_raises_alarms_is_fine_where_nobody_listens() -> None:
    assert told(after(26, deployed(a_running_service(), 2, "alarm"))) == ["PRIMARY web:2 COMPLETED 2/2"]
