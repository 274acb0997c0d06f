"""What every ledger promises: the one on DynamoDB, and the one in memory that other tests use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from moto import mock_aws

from release_tool.aws.ledger import DynamoLedger
from release_tool.errors import AskedWrongly, EnvironmentHeld
from release_tool.model import Commits, Deployment, Kind, Release, Word
from release_tool.ports import Ledger
from tests.contract.ledgers import (
    ANN,
    NOON,
    TABLE,
    Between,
    SetClock,
    a_commit,
    a_digest,
    a_draft,
    a_holder,
    a_revision,
    a_rollout,
    an_image,
    an_opening,
    dynamodb,
    one_at_a_time,
    pages,
)
from tests.fakes.ledger import MemoryLedger


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture(params=["memory", "dynamodb"])
def ledger(request: pytest.FixtureRequest, clock: SetClock) -> Ledger:
    if request.param == "memory":
        return MemoryLedger(clock, is_alive=is_here)
    made = DynamoLedger(Between(request.getfixturevalue("aws"), one_at_a_time()), TABLE, clock, is_alive=is_here)
    made.make_table()
    return made


@pytest.fixture
def aws() -> Iterator[Any]:
    with mock_aws():
        yield dynamodb()


def is_here(process: int, started: str) -> bool:
    return started != "gone"


def opened(ledger: Ledger, *services: str, **how: Any) -> Any:
    deployment_set, _ = ledger.open(an_opening(*services, **how))
    return deployment_set


# --- opening


def test_a_deployment_set_can_be_read_back_as_it_was_opened(ledger: Ledger) -> None:
    asked = an_opening("web", "api", kind=Kind.PROMOTE, source="stage", environment="prod")

    deployment_set, deployments = ledger.open(asked)

    assert (deployment_set.number, deployment_set.release_number, deployment_set.services) == (1, 1, 2)
    assert deployment_set.requested_by == ANN
    assert not deployment_set.requested
    assert deployment_set.outcome is None
    assert ledger.latest_set("storage", "prod") == deployment_set
    assert ledger.deployment_set("storage", 1) == deployment_set
    assert ledger.deployment_set("storage", 1, environment="prod") == deployment_set
    assert ledger.deployment_set("storage", 1, environment="stage") is None
    assert ledger.deployments(deployment_set) == deployments
    assert [(d.service, d.number, d.release_number) for d in deployments] == [("api", 1, 1), ("web", 1, 1)]


def test_a_deployment_says_who_and_why_even_when_asked_as_a_set(ledger: Ledger) -> None:
    (deployment,) = ledger.open(an_opening("web"))[1]

    assert deployment.requested_by == ANN
    assert deployment.requested_at == NOON
    assert deployment.description == "add a thumbnail to every page"


def test_every_field_of_a_deployment_survives(ledger: Ledger) -> None:
    rollout = replace(
        a_rollout("web"),
        new_revision=a_revision("web", 2),
        ecs_deployment_id="ecs-svc/1",
        ecs_created_at=NOON + timedelta(microseconds=123456),
        outcome=Word.FAILED,
        outcome_reason="tasks failed to start",
        ended_at=NOON + timedelta(minutes=5),
        settling=True,
        note="web:7 ran when ECS was asked",
    )
    draft = replace(
        a_draft("web", "set-1", "storage", "stage", "1"), rollouts=(rollout,), rolled_back_from=True, description="own"
    )

    deployment_set, _ = ledger.open(an_opening("web", deployments=(draft,)))

    expected = replace(draft, number=1, release_number=1, requested_by=ANN, requested_at=NOON)
    assert ledger.deployments(deployment_set) == (expected,)
    assert ledger.service_history("storage", "web").items == (expected,)


def test_what_is_not_known_stays_unknown(ledger: Ledger) -> None:
    bare = Deployment(
        "storage", "stage", "web", "set-1", None, None, image="web:1", digest=None, release_hash=None,
        commits=Commits(unknown_because="no such commit"),
    )  # fmt: skip

    deployment_set, _ = ledger.open(an_opening("web", deployments=(bare,), releases=(Release("web", "web:1", None),)))

    (deployment,) = ledger.deployments(deployment_set)
    assert (deployment.digest, deployment.release_hash, deployment.previous_image) == (None, None, None)
    assert deployment.commits == Commits(unknown_because="no such commit")
    assert ledger.releases(ledger.release_set("storage", 1)) == (Release("web", "web:1", None),)  # type: ignore[arg-type]


def test_deployment_sets_are_counted_per_project_and_across_environments(ledger: Ledger) -> None:
    numbers = [
        opened(ledger, set_id="a", environment="stage").number,
        opened(ledger, set_id="b", environment="prod").number,
        opened(ledger, set_id="c", environment="stage").number,
        opened(ledger, set_id="d", project="catalogue").number,
    ]

    assert numbers == [1, 2, 3, 1]


def test_an_opening_that_is_repeated_gets_the_number_it_has(ledger: Ledger) -> None:
    first = ledger.open(an_opening("web", "api"))
    ledger.open(an_opening("web", set_id="somebody-elses", environment="prod"))

    assert ledger.open(an_opening("web", "api")) == first
    assert len(ledger.deployment_sets("storage").items) == 2


def test_an_opening_that_is_repeated_takes_back_nothing_that_was_recorded(ledger: Ledger) -> None:
    deployment_set, (deployment,) = ledger.open(an_opening("web"))
    asked_of_ecs = replace(deployment.rollouts[0], ecs_deployment_id="ecs-svc/1")
    ledger.record(deployment_set, ["web"], asked_of_ecs)

    _, (again,) = ledger.open(an_opening("web"))

    assert again.rollouts == (asked_of_ecs,)
    assert ledger.current("storage")[0].rollouts == (asked_of_ecs,)


def test_as_many_services_as_there_are_can_be_opened_at_once(ledger: Ledger) -> None:
    services = tuple(f"service-{number:03}" for number in range(130))

    deployment_set, deployments = ledger.open(an_opening(*services))

    assert tuple(d.service for d in deployments) == services
    assert ledger.deployments(deployment_set) == deployments
    assert len(ledger.current("storage", "stage")) == 130
    assert len(ledger.releases(ledger.release_set("storage", 1))) == 130  # type: ignore[arg-type]


def test_openings_at_the_same_time_get_different_numbers_without_a_gap(ledger: Ledger) -> None:
    openings = [an_opening("web", set_id=f"set-{n}", environment=f"env-{n}", tag=str(n)) for n in range(12)]

    with ThreadPoolExecutor(12) as pool:
        sets = [deployment_set for deployment_set, _ in pool.map(ledger.open, openings)]

    assert sorted(s.number for s in sets) == list(range(1, 13))
    assert sorted(s.release_number for s in sets) == list(range(1, 13))


def test_the_same_images_asked_for_at_the_same_time_are_one_release_set(ledger: Ledger) -> None:
    openings = [an_opening("web", set_id=f"set-{n}", environment=f"env-{n}") for n in range(6)]

    with ThreadPoolExecutor(6) as pool:
        sets = [deployment_set for deployment_set, _ in pool.map(ledger.open, openings)]

    assert {s.release_number for s in sets} == {1}
    assert len(ledger.release_sets("storage").items) == 1


def test_long_texts_and_long_lists_of_commits_are_cut(ledger: Ledger) -> None:
    many = tuple(replace(a_commit(1), subject="x" * 5000) for _ in range(50))
    draft = replace(a_draft("web", "set-1", "storage", "stage", "1"), commits=Commits(many, left_out=7))

    deployment_set, _ = ledger.open(an_opening("web", deployments=(draft,), description="why " * 5000))

    (deployment,) = ledger.deployments(deployment_set)
    assert len(deployment.commits.listed) == 20
    assert deployment.commits.left_out == 37
    assert deployment.commits.oldest_left_out_at == a_commit(1).authored_at
    assert {len(commit.subject) for commit in deployment.commits.listed} == {200}
    assert len(deployment_set.description) == len(deployment.description) == 1000


# --- release sets


def test_a_release_set_can_be_read_back(ledger: Ledger) -> None:
    opened(ledger, "web", "api", tag="7")

    release_set = ledger.release_set("storage", 1)

    assert release_set is not None
    assert (release_set.asked, release_set.services, release_set.requested_by) == ("all", 2, ANN)
    assert ledger.releases(release_set) == (
        Release("api", an_image("api", "7"), "7", a_digest("7")),
        Release("web", an_image("web", "7"), "7", a_digest("7")),
    )


def test_the_release_set_with_the_same_images_is_used_again(ledger: Ledger) -> None:
    first = opened(ledger, "web", "api", set_id="a", environment="stage")
    promoted = opened(ledger, "api", "web", set_id="b", environment="prod")

    assert promoted.release_number == first.release_number
    assert [s.number for s in ledger.release_sets("storage").items] == [first.release_number]


@pytest.mark.parametrize("other", [{"tag": "2"}, {"asked": "web"}], ids=["other images", "asked otherwise"])
def test_a_release_set_that_differs_is_another(ledger: Ledger, other: dict[str, str]) -> None:
    opened(ledger, "web", set_id="a")

    assert opened(ledger, "web", set_id="b", **other).release_number == 2


def test_a_moved_tag_makes_another_release_set(ledger: Ledger) -> None:
    opened(ledger, "web", set_id="a")

    moved = (Release("web", an_image("web", "1"), "1", a_digest("f")),)

    assert opened(ledger, "web", set_id="b", releases=moved).release_number == 2


def test_a_release_set_is_deployed_again_by_its_number(ledger: Ledger) -> None:
    opened(ledger, "web", set_id="a", tag="1")
    opened(ledger, "web", set_id="b", tag="2")

    again = opened(ledger, "web", set_id="c", tag="1", environment="prod", release_number=1)

    assert (again.number, again.release_number) == (3, 1)
    assert ledger.release_sets("storage", environment="prod").items == (ledger.release_set("storage", 1),)
    assert len(ledger.release_sets("storage").items) == 2


def test_a_release_set_that_does_not_exist_cant_be_deployed(ledger: Ledger) -> None:
    with pytest.raises(AskedWrongly, match="`storage` has no release 42"):
        opened(ledger, release_number=42)

    assert ledger.latest_set("storage", "stage") is None


def test_release_sets_are_found_by_the_environments_they_were_ever_in(ledger: Ledger) -> None:
    opened(ledger, set_id="a", tag="1", environment="stage")
    opened(ledger, set_id="b", tag="2", environment="stage")
    opened(ledger, set_id="c", tag="1", environment="prod")

    assert [s.number for s in ledger.release_sets("storage", environment="stage").items] == [2, 1]
    assert [s.number for s in ledger.release_sets("storage", environment="prod").items] == [1]
    assert ledger.release_sets("storage", environment="elsewhere").items == ()


# --- what is current


def test_the_newest_deployment_of_each_service_in_each_environment_is_current(ledger: Ledger) -> None:
    opened(ledger, "web", "api", set_id="a", tag="1")
    opened(ledger, "web", set_id="b", tag="2")
    opened(ledger, "web", "api", set_id="c", tag="1", environment="prod")

    current = [(d.environment, d.service, d.release_hash, d.number) for d in ledger.current("storage")]

    assert current == [
        ("prod", "api", "1", 3),
        ("prod", "web", "1", 3),
        ("stage", "api", "1", 1),
        ("stage", "web", "2", 2),
    ]


def test_one_environments_current_deployments_are_not_mixed_with_anothers(ledger: Ledger) -> None:
    for environment in ("prod", "prod-eu", "prod.eu", "pro"):
        opened(ledger, "web", set_id=environment, environment=environment)
    opened(ledger, "web", project="prod", set_id="x", environment="stage")

    assert [d.environment for d in ledger.current("storage", "prod")] == ["prod"]
    assert [d.environment for d in ledger.current("storage")] == ["pro", "prod", "prod-eu", "prod.eu"]


def test_the_commits_of_what_is_current_are_counted_and_not_listed(ledger: Ledger) -> None:
    opened(ledger, "web")

    (deployment,) = ledger.current("storage")

    assert deployment.commits == Commits(left_out=5, oldest_left_out_at=NOON - timedelta(days=9))


def test_nothing_is_current_where_nothing_was_deployed(ledger: Ledger) -> None:
    assert ledger.current("storage") == ()
    assert ledger.latest_set("storage", "stage") is None
    assert ledger.deployment_set("storage", 1) is None
    assert ledger.release_set("storage", 1) is None
    assert ledger.service_history("storage", "web").items == ()


# --- history


@pytest.fixture
def seven_sets(ledger: Ledger) -> Ledger:
    """Odd numbers in stage, even numbers in prod."""
    for number in range(1, 8):
        opened(ledger, "web", set_id=f"set-{number}", tag=str(number), environment=("prod", "stage")[number % 2])
    return ledger


Ask = Callable[..., Any]


@pytest.mark.parametrize(
    ("ask", "expected"),
    [
        (lambda ledger, **page: ledger.deployment_sets("storage", **page), [7, 6, 5, 4, 3, 2, 1]),
        (lambda ledger, **page: ledger.deployment_sets("storage", environment="prod", **page), [6, 4, 2]),
        (lambda ledger, **page: ledger.service_history("storage", "web", **page), [7, 6, 5, 4, 3, 2, 1]),
        (lambda ledger, **page: ledger.service_history("storage", "web", environment="prod", **page), [6, 4, 2]),
        (lambda ledger, **page: ledger.release_sets("storage", **page), [7, 6, 5, 4, 3, 2, 1]),
        (lambda ledger, **page: ledger.release_sets("storage", environment="prod", **page), [6, 4, 2]),
    ],
    ids=["sets", "sets of prod", "a service", "a service in prod", "releases", "releases in prod"],
)
@pytest.mark.parametrize("limit", [1, 3, 20])
def test_history_is_newest_first_and_in_pages(seven_sets: Ledger, ask: Ask, expected: list[int], limit: int) -> None:
    found = list(pages(lambda before: ask(seven_sets, limit=limit, before=before)))

    assert [item.number for page in found for item in page.items] == expected
    assert all(len(page.items) == limit for page in found[:-1])
    assert found[-1].items


def test_a_service_that_was_not_part_of_a_set_has_no_history_of_it(ledger: Ledger) -> None:
    opened(ledger, "web", "api", set_id="a")
    opened(ledger, "web", set_id="b", tag="2")

    assert [d.number for d in ledger.service_history("storage", "api").items] == [1]


# --- recording


def test_what_was_asked_of_ecs_is_seen_wherever_the_deployment_is(ledger: Ledger) -> None:
    deployment_set, (planned,) = ledger.open(an_opening("web"))
    asked_of_ecs = replace(
        planned.rollouts[0], new_revision=a_revision("web", 2), ecs_deployment_id="ecs-svc/1", ecs_created_at=NOON
    )

    ledger.record(deployment_set, ["web"], asked_of_ecs)

    assert ledger.deployments(deployment_set)[0].rollouts == (asked_of_ecs,)
    assert ledger.current("storage")[0].rollouts == (asked_of_ecs,)
    assert ledger.service_history("storage", "web", environment="stage").items[0].rollouts == (asked_of_ecs,)


def test_a_record_may_be_repeated(ledger: Ledger) -> None:
    deployment_set, (planned,) = ledger.open(an_opening("web"))
    ended = replace(planned.rollouts[0], outcome=Word.COMPLETE, ended_at=NOON)

    ledger.record(deployment_set, ["web"], ended)
    ledger.record(deployment_set, ["web"], ended)

    assert ledger.deployments(deployment_set)[0].rollouts == (ended,)


def test_one_ecs_service_is_recorded_for_every_service_that_feeds_it(ledger: Ledger) -> None:
    services = [f"service-{number:02}" for number in range(45)]
    shared = a_rollout("everything")
    drafts = tuple(replace(d, rollouts=(shared,)) for d in an_opening(*services).deployments)
    deployment_set, _ = ledger.open(an_opening(*services, deployments=drafts))

    ledger.record(deployment_set, services, replace(shared, ecs_deployment_id="ecs-svc/1"))

    told = Counter(d.rollouts[0].ecs_deployment_id for d in ledger.deployments(deployment_set))
    assert told == {"ecs-svc/1": 45}


def test_ecs_services_recorded_at_the_same_time_do_not_lose_each_others_part(ledger: Ledger) -> None:
    parts = tuple(a_rollout(f"part-{number}") for number in range(8))
    draft = replace(a_draft("web", "set-1", "storage", "stage", "1"), rollouts=parts)
    deployment_set, _ = ledger.open(an_opening("web", deployments=(draft,)))
    asked = [replace(part, ecs_deployment_id=f"ecs-svc/{part.ecs_service}") for part in parts]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda part: ledger.record(deployment_set, ["web"], part), asked))

    assert ledger.deployments(deployment_set)[0].rollouts == tuple(asked)
    assert ledger.current("storage")[0].rollouts == tuple(asked)


def test_a_service_that_is_a_parameter_and_nothing_else_has_its_place_in_history(ledger: Ledger) -> None:
    draft = replace(a_draft("batch", "set-1", "storage", "stage", "1"), rollouts=())
    deployment_set, _ = ledger.open(an_opening("batch", deployments=(draft,)))

    ledger.record(deployment_set, ["batch"], None)

    assert ledger.service_history("storage", "batch").items == ledger.deployments(deployment_set)
    assert ledger.current("storage")[0].service == "batch"


def test_an_outcome_is_not_taken_back(ledger: Ledger) -> None:
    deployment_set, (planned,) = ledger.open(an_opening("web"))
    complete = replace(planned.rollouts[0], outcome=Word.COMPLETE, ended_at=NOON)
    ledger.record(deployment_set, ["web"], complete)

    ledger.record(deployment_set, ["web"], replace(complete, outcome=Word.FAILED))
    ledger.record(deployment_set, ["web"], replace(complete, outcome=None, note="late"))

    assert ledger.deployments(deployment_set)[0].rollouts == (complete,)
    assert ledger.current("storage")[0].rollouts == (complete,)


def test_an_outcome_of_one_service_does_not_keep_anothers_from_being_written(ledger: Ledger) -> None:
    deployment_set, deployments = ledger.open(an_opening("api", "web"))
    shared = replace(deployments[0].rollouts[0], ecs_service="both", outcome=Word.COMPLETE)
    ledger.record(deployment_set, ["api"], shared)

    ledger.record(deployment_set, ["api", "web"], replace(shared, outcome=Word.FAILED))

    outcomes = {
        deployment.service: {rollout.ecs_service: rollout.outcome for rollout in deployment.rollouts}
        for deployment in ledger.deployments(deployment_set)
    }
    assert (outcomes["api"]["both"], outcomes["web"]["both"]) == (Word.COMPLETE, Word.FAILED)


def test_settling_ends(ledger: Ledger) -> None:
    deployment_set, (planned,) = ledger.open(an_opening("web"))
    settling = replace(planned.rollouts[0], outcome=Word.ROLLED_BACK, settling=True)
    ledger.record(deployment_set, ["web"], settling)

    ledger.record(deployment_set, ["web"], replace(settling, settling=False))

    (rollout,) = ledger.deployments(deployment_set)[0].rollouts
    assert (rollout.outcome, rollout.settling) == (Word.ROLLED_BACK, False)


def test_what_happens_to_an_older_deployment_leaves_the_current_one_alone(ledger: Ledger) -> None:
    older, (planned,) = ledger.open(an_opening("web", set_id="a", tag="1"))
    opened(ledger, "web", set_id="b", tag="2")
    superseded = replace(planned.rollouts[0], outcome=Word.SUPERSEDED)

    ledger.record(older, ["web"], superseded)

    assert ledger.deployments(older)[0].rollouts == (superseded,)
    (current,) = ledger.current("storage")
    assert (current.number, current.rollouts[0].outcome) == (2, None)


def test_a_service_that_is_no_part_of_the_set_cant_be_recorded_for_it(ledger: Ledger) -> None:
    deployment_set, (planned,) = ledger.open(an_opening("web"))

    with pytest.raises(LookupError):
        ledger.record(deployment_set, ["api"], planned.rollouts[0])


def test_a_deployment_set_is_requested_when_all_of_it_was_asked_for(ledger: Ledger) -> None:
    deployment_set = opened(ledger, "web")

    ledger.requested(deployment_set)

    assert ledger.latest_set("storage", "stage") == replace(deployment_set, requested=True)
    assert ledger.deployment_set("storage", 1) == replace(deployment_set, requested=True)


def test_a_deployment_set_ends_once(ledger: Ledger) -> None:
    deployment_set = opened(ledger, "web")
    at = NOON + timedelta(minutes=4)

    ledger.end(deployment_set, Word.FAILED, "tasks failed to start", at)
    ledger.end(deployment_set, Word.COMPLETE, None, at + timedelta(minutes=1))

    ended = ledger.latest_set("storage", "stage")
    assert ended == replace(deployment_set, outcome=Word.FAILED, outcome_reason="tasks failed to start", ended_at=at)
    assert ledger.deployment_sets("storage").items == (ended,)


def test_a_deployment_is_marked_as_rolled_back_from(ledger: Ledger) -> None:
    deployment_set, (deployment,) = ledger.open(an_opening("web"))

    ledger.turn_away_from(deployment)

    assert ledger.current("storage")[0].rolled_back_from
    assert ledger.service_history("storage", "web").items[0].rolled_back_from
    assert ledger.deployments(deployment_set)[0].rolled_back_from


def test_marking_an_older_deployment_leaves_the_current_one_alone(ledger: Ledger) -> None:
    older, (deployment,) = ledger.open(an_opening("web", set_id="a"))
    opened(ledger, "web", set_id="b", tag="2")

    ledger.turn_away_from(deployment)

    assert ledger.deployments(older)[0].rolled_back_from
    assert not ledger.current("storage")[0].rolled_back_from


# --- revisions


def test_revisions_that_we_registered_are_known_from_one_on(ledger: Ledger) -> None:
    deployment_set, (planned,) = ledger.open(an_opening("web"))
    for number in (2, 9, 10, 11):
        ledger.record(deployment_set, ["web"], replace(planned.rollouts[0], new_revision=a_revision("web", number)))

    assert ledger.ours(a_revision("web", 9)) == {a_revision("web", number) for number in (9, 10, 11)}
    assert ledger.ours(a_revision("web", 10)) == {a_revision("web", number) for number in (10, 11)}
    assert ledger.ours(a_revision("web", 12)) == frozenset()


def test_another_familys_revisions_are_not_ours(ledger: Ledger) -> None:
    deployment_set, (planned,) = ledger.open(an_opening("web"))
    ledger.record(deployment_set, ["web"], replace(planned.rollouts[0], new_revision=a_revision("web-front", 5)))

    assert ledger.ours(a_revision("web", 1)) == frozenset()


# --- the lock


def test_an_environment_is_held_by_whoever_took_it(ledger: Ledger) -> None:
    taken = ledger.acquire("storage", "stage", a_holder("ann", deployment=None))

    assert ledger.holder("storage", "stage") == taken
    assert (taken.id, taken.since, taken.until) == ("ann", NOON, NOON + timedelta(seconds=60))
    assert ledger.holder("storage", "prod") is None
    assert ledger.holder("catalogue", "stage") is None


def test_a_held_environment_is_refused_and_the_refusal_says_by_whom(ledger: Ledger, clock: SetClock) -> None:
    taken = ledger.acquire("storage", "stage", a_holder("ann"))
    ledger.renew("storage", "stage", replace(taken, deployment=57))
    clock.sleep(45)

    with pytest.raises(EnvironmentHeld) as refusal:
        ledger.acquire("storage", "stage", a_holder("bob", person="Bob", host="desktop"))

    assert refusal.value.message == (
        "stage of storage is held by Ann Author <ann@example.org> on laptop, "
        "since 2026-11-22 12:00:00 UTC (45 seconds ago), deployment 57: release-tool deploy all stage"
    )
    assert "release-tool unlock stage" in str(refusal.value.next)
    assert refusal.value.exit_code == 7


def test_asking_again_for_what_one_holds_is_fine(ledger: Ledger, clock: SetClock) -> None:
    ledger.acquire("storage", "stage", a_holder("ann"))
    clock.sleep(10)

    again = ledger.acquire("storage", "stage", a_holder("ann"))

    assert (again.since, again.until) == (NOON, NOON + timedelta(seconds=70))


def test_a_lease_that_ran_out_is_taken_over(ledger: Ledger, clock: SetClock) -> None:
    ledger.acquire("storage", "stage", a_holder("ann"))
    clock.sleep(60)

    assert ledger.holder("storage", "stage") is None
    assert ledger.acquire("storage", "stage", a_holder("bob", host="desktop")).id == "bob"


def test_a_lease_that_was_renewed_is_not_taken_over(ledger: Ledger, clock: SetClock) -> None:
    taken = ledger.acquire("storage", "stage", a_holder("ann"))
    clock.sleep(50)
    taken = ledger.renew("storage", "stage", taken)
    clock.sleep(50)

    with pytest.raises(EnvironmentHeld):
        ledger.acquire("storage", "stage", a_holder("bob", host="desktop"))
    assert ledger.holder("storage", "stage") == taken


def test_the_lock_of_a_process_of_this_host_that_is_gone_is_taken_over(ledger: Ledger) -> None:
    ledger.acquire("storage", "stage", a_holder("ann", process_started="gone"))

    assert ledger.acquire("storage", "stage", a_holder("bob", host="laptop")).id == "bob"


def test_nothing_is_known_of_another_hosts_processes(ledger: Ledger) -> None:
    ledger.acquire("storage", "stage", a_holder("ann", process_started="gone"))

    with pytest.raises(EnvironmentHeld):
        ledger.acquire("storage", "stage", a_holder("bob", host="desktop"))


def test_only_the_holder_that_was_named_is_broken(ledger: Ledger) -> None:
    ledger.acquire("storage", "stage", a_holder("ann"))

    with pytest.raises(EnvironmentHeld):
        ledger.acquire("storage", "stage", a_holder("bob", host="desktop"), breaking="carol")

    assert ledger.acquire("storage", "stage", a_holder("bob", host="desktop"), breaking="ann").id == "bob"


def test_whoever_was_broken_learns_it_when_renewing(ledger: Ledger) -> None:
    anns = ledger.acquire("storage", "stage", a_holder("ann"))
    ledger.acquire("storage", "stage", a_holder("bob", person="Bob", host="desktop"), breaking="ann")

    with pytest.raises(EnvironmentHeld, match="is held by Bob on desktop"):
        ledger.renew("storage", "stage", anns)

    ledger.release("storage", "stage", "bob")
    with pytest.raises(EnvironmentHeld, match="the hold on stage was broken"):
        ledger.renew("storage", "stage", anns)


def test_what_was_let_go_is_free(ledger: Ledger) -> None:
    ledger.acquire("storage", "stage", a_holder("ann"))

    ledger.release("storage", "stage", "ann")

    assert ledger.holder("storage", "stage") is None
    assert ledger.acquire("storage", "stage", a_holder("bob", host="desktop")).id == "bob"


def test_nobody_lets_go_of_what_another_holds(ledger: Ledger) -> None:
    ledger.acquire("storage", "stage", a_holder("ann"))

    ledger.release("storage", "stage", "bob")
    ledger.release("storage", "prod", "bob")

    assert ledger.holder("storage", "stage").id == "ann"  # type: ignore[union-attr]


def test_of_many_who_want_an_environment_at_once_one_gets_it(ledger: Ledger) -> None:
    def try_to_take(number: int) -> str | None:
        try:
            return ledger.acquire("storage", "stage", a_holder(f"holder-{number}", host=f"host-{number}")).id
        except EnvironmentHeld:
            return None

    with ThreadPoolExecutor(12) as pool:
        winners = [winner for winner in pool.map(try_to_take, range(12)) if winner is not None]

    assert len(winners) == 1
    assert ledger.holder("storage", "stage").id == winners[0]  # type: ignore[union-attr]


def test_of_many_who_take_over_a_lease_that_ran_out_one_gets_it(ledger: Ledger, clock: SetClock) -> None:
    ledger.acquire("storage", "stage", a_holder("ann"))
    clock.sleep(61)

    def try_to_take(number: int) -> str | None:
        try:
            return ledger.acquire("storage", "stage", a_holder(f"holder-{number}", host=f"host-{number}")).id
        except EnvironmentHeld:
            return None

    with ThreadPoolExecutor(12) as pool:
        winners = [winner for winner in pool.map(try_to_take, range(12)) if winner is not None]

    assert len(winners) == 1
