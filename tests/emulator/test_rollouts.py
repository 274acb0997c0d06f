"""How a rollout goes when nothing goes wrong."""

import pytest

from release_tool.demo.rollouts import changes
from release_tool.demo.rollouts.entries import Configuration
from tests.emulator.playing import a_revision, a_running_service, a_service, after, deployed, messages, told


def test_a_new_service_starts_its_tasks_and_is_complete_when_they_have_settled() -> None:
    service = a_service()

    story = [told(after(seconds, service)) for seconds in (0, 11, 12, 21, 22)]

    assert story == [
        ["PRIMARY web:1 IN_PROGRESS 0/2"],
        ["PRIMARY web:1 IN_PROGRESS 0/2"],
        ["PRIMARY web:1 IN_PROGRESS 2/2"],
        ["PRIMARY web:1 IN_PROGRESS 2/2"],
        ["PRIMARY web:1 COMPLETED 2/2"],
    ]


def test_an_update_starts_new_tasks_then_drains_the_old_ones_then_is_complete() -> None:
    service = deployed(a_running_service(), 2)

    story = [told(after(seconds, service)) for seconds in (0, 12, 18, 25, 26)]

    assert story == [
        ["PRIMARY web:2 IN_PROGRESS 0/2", "ACTIVE web:1 COMPLETED 2/2"],
        ["PRIMARY web:2 IN_PROGRESS 2/2", "ACTIVE web:1 COMPLETED 2/2"],
        ["PRIMARY web:2 IN_PROGRESS 2/2", "ACTIVE web:1 COMPLETED 0/0"],
        ["PRIMARY web:2 IN_PROGRESS 2/2", "ACTIVE web:1 COMPLETED 0/0"],
        ["PRIMARY web:2 COMPLETED 2/2"],
    ]


def test_the_answer_to_an_update_shows_a_primary_that_asks_for_nothing_yet() -> None:
    service = deployed(a_running_service(), 2)

    assert told(service) == ["PRIMARY web:2 IN_PROGRESS 0/0", "ACTIVE web:1 COMPLETED 2/2"]


def test_looking_often_and_looking_once_show_the_same() -> None:
    looked_at = service = deployed(a_running_service(), 2, "slow")

    for _ in range(400):
        looked_at = after(0.25, looked_at)

    assert looked_at == after(100, service)


def test_time_that_has_passed_already_changes_nothing() -> None:
    service = after(15, deployed(a_running_service(), 2))

    assert after(-10, service) == service


def test_ecs_says_what_it_does_newest_first() -> None:
    service = after(26, deployed(a_running_service(), 2))

    assert messages(service)[:4] == [
        "has reached a steady state.",
        "(deployment ID) deployment completed.",
        "has stopped 2 running tasks: (task TASK) (task TASK)",
        "has started 2 tasks: (task TASK) (task TASK)",
    ]


def test_no_more_than_a_hundred_events_are_kept() -> None:
    service = after(24 * 3600, deployed(a_running_service(), 2, "crash"))

    assert len(service.events) == 100


def test_a_slow_image_takes_72_seconds_longer() -> None:
    service = deployed(a_running_service(), 2, "slow")

    assert told(after(97, service))[0] == "PRIMARY web:2 IN_PROGRESS 2/2"
    assert told(after(98, service))[0] == "PRIMARY web:2 COMPLETED 2/2"


def test_an_image_that_never_starts_leaves_the_old_one_running_and_the_rollout_open() -> None:
    service = after(24 * 3600, deployed(a_running_service(), 2, "never"))

    assert told(service) == ["PRIMARY web:2 IN_PROGRESS 0/2", "ACTIVE web:1 COMPLETED 2/2"]


def test_a_later_update_replaces_one_that_is_under_way() -> None:
    service = deployed(after(5, deployed(a_running_service(), 2, "never")), 3)

    story = [told(after(seconds, service)) for seconds in (0, 8, 60)]

    assert story == [
        [
            "PRIMARY web:3 IN_PROGRESS 0/2",
            "ACTIVE web:2 IN_PROGRESS 0/0",
            "ACTIVE web:1 COMPLETED 2/2",
        ],
        ["PRIMARY web:3 IN_PROGRESS 0/2", "ACTIVE web:1 COMPLETED 2/2"],
        ["PRIMARY web:3 COMPLETED 2/2"],
    ]
    assert [entry.status for entry in after(60, service).history] == ["SUCCESSFUL", "STOPPED", "SUCCESSFUL"]


def test_the_same_revision_again_starts_nothing() -> None:
    service = a_running_service()

    again = deployed(service, 1)

    assert again.deployments == service.deployments
    assert len(again.history) == 1


def test_the_same_revision_by_force_starts_a_deployment() -> None:
    service = deployed(a_running_service(), 1, is_forced=True)

    assert told(after(0, service)) == ["PRIMARY web:1 IN_PROGRESS 0/2", "ACTIVE web:1 COMPLETED 2/2"]
    assert told(after(26, service)) == ["PRIMARY web:1 COMPLETED 2/2"]


def test_a_service_that_wants_no_tasks_is_complete_without_any() -> None:
    service = after(10, deployed(a_running_service(desired=0), 2))

    assert told(service) == ["PRIMARY web:2 COMPLETED 0/0"]
    assert service.tasks == ()


@pytest.mark.parametrize(("wanted", "story"), [(3, "has started 1 tasks:"), (1, "has stopped 1 running tasks:")])
def test_another_desired_count_is_reached_within_the_same_deployment(wanted: int, story: str) -> None:
    service = a_running_service()

    scaled = after(
        30, changes.update(service, revision=a_revision(1), desired=wanted, configuration=service.configuration)
    )

    assert told(scaled) == [f"PRIMARY web:1 COMPLETED {wanted}/{wanted}"]
    assert messages(scaled)[:2] == ["has reached a steady state.", f"{story} (task TASK)"]


def test_a_service_with_no_room_for_one_task_more_and_none_to_spare_never_gets_anywhere() -> None:
    stuck = Configuration(maximum_percent=100, minimum_healthy_percent=100)

    service = after(24 * 3600, deployed(a_running_service(stuck), 2))

    assert told(service) == ["PRIMARY web:2 IN_PROGRESS 0/2", "ACTIVE web:1 COMPLETED 2/2"]


def test_a_service_that_may_shrink_but_not_grow_goes_one_task_at_a_time() -> None:
    narrow = Configuration(maximum_percent=100, minimum_healthy_percent=50)
    service = deployed(a_running_service(narrow), 2)

    most = max(len(after(seconds, service).live) for seconds in range(80))

    assert most == 2
    assert told(after(30, service)) == ["PRIMARY web:2 IN_PROGRESS 1/2", "ACTIVE web:1 COMPLETED 0/0"]
    assert told(after(80, service)) == ["PRIMARY web:2 COMPLETED 2/2"]


def test_a_deleted_service_drains_and_is_then_inactive() -> None:
    service = changes.delete(a_running_service())

    assert after(0, service).status == "DRAINING"
    assert after(8, service).status == "INACTIVE"
    assert after(8, service).deployments == ()


def test_a_deleted_service_without_tasks_is_inactive_at_once() -> None:
    assert changes.delete(a_running_service(desired=0)).status == "INACTIVE"


def test_a_task_that_somebody_stopped_is_started_again() -> None:
    service = a_running_service()

    stopped = after(30, changes.stop_task(service, service.tasks[0].id, "a try"))

    assert told(stopped) == ["PRIMARY web:1 COMPLETED 2/2"]
    assert [task.stop_code for task in stopped.tasks] == ["UserInitiated", "", ""]


def test_stopped_tasks_are_forgotten_after_an_hour() -> None:
    service = after(26, deployed(a_running_service(), 2))

    assert len(after(3599, service).tasks) == 4
    assert len(after(3600, service).tasks) == 2


def test_a_service_of_the_same_name_made_later_has_ids_of_its_own() -> None:
    first = a_service()
    second = changes.create(first.arn, a_revision(1), 2, Configuration(), now=5.0)

    assert first.deployments[0].id != second.deployments[0].id


def test_an_ecs_deployment_id_ends_with_19_digits() -> None:
    kind, _, number = a_service().deployments[0].id.partition("/")

    assert (kind, len(number), number.isdecimal()) == ("ecs-svc", 19, True)
