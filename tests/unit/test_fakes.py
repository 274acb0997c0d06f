"""A fake that does not keep its port's promise would make every test that uses it worth nothing."""

from __future__ import annotations

import inspect

import pytest

from release_tool.errors import AskedWrongly, CouldNot, LostAnswer
from release_tool.ports import Clock, Identity, Images, Ledger, Parameters, Reasons, Services
from tests.builders import CLUSTER, an_image, fields_of, revision_arn, uri_of
from tests.fakes.clock import HandClock
from tests.fakes.identity import GivenIdentity
from tests.fakes.images import MemoryImages
from tests.fakes.ledger import MemoryLedger
from tests.fakes.parameters import MemoryParameters
from tests.fakes.reasons import MemoryReasons
from tests.fakes.services import MemoryServices

# mypy holds the types against each other; the test below does it at run time, where mypy does not look.
CLOCK: Clock = HandClock()
IDENTITY: Identity = GivenIdentity()
IMAGES: Images = MemoryImages()
LEDGER: Ledger = MemoryLedger(CLOCK)
PARAMETERS: Parameters = MemoryParameters()
REASONS: Reasons = MemoryReasons()
SERVICES: Services = MemoryServices()

METHODS = [
    (port, name, fake)
    for port, fake in (
        (Clock, CLOCK),
        (Identity, IDENTITY),
        (Images, IMAGES),
        (Ledger, LEDGER),
        (Parameters, PARAMETERS),
        (Reasons, REASONS),
        (Services, SERVICES),
    )
    for name, _ in inspect.getmembers(port, inspect.isfunction)
    if not name.startswith("_")
]


@pytest.mark.parametrize(
    ("port", "name", "fake"),
    METHODS,
    ids=lambda value: getattr(value, "__name__", value if isinstance(value, str) else type(value).__name__),
)
def test_a_fake_is_asked_exactly_as_its_port_says(port: type, name: str, fake: object) -> None:
    asked = [*inspect.signature(getattr(port, name)).parameters.values()][1:]
    answers = [*inspect.signature(getattr(fake, name)).parameters.values()]

    assert answers == asked


# --- the fake ECS moves as ECS does


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def ecs(clock: HandClock) -> MemoryServices:
    services = MemoryServices(clock)
    services.has(CLUSTER, "web", fields_of(), desired=2)
    return services


def deploy(ecs: MemoryServices, build: str = "2222222") -> str:
    """The id of the deployment that is begun."""
    arn = ecs.register(fields_of(images={"web": uri_of("web", build)})).arn
    primary = ecs.update(CLUSTER, "web", arn).primary
    assert primary is not None
    return primary.id


def states(ecs: MemoryServices) -> list[tuple[str, str, str | None]]:
    service = ecs.describe(CLUSTER, ["web"])["web"]
    return [(d.status, d.revision, d.rollout_state) for d in service.deployments]


def test_a_deployment_begins_beside_the_one_that_runs(ecs: MemoryServices) -> None:
    deploy(ecs)

    assert states(ecs) == [
        ("PRIMARY", revision_arn(revision=2), "IN_PROGRESS"),
        ("ACTIVE", revision_arn(revision=1), "COMPLETED"),
    ]


def test_the_answer_comes_before_any_task_is_wanted(ecs: MemoryServices) -> None:
    arn = ecs.register(fields_of(images={"web": uri_of("web", "2222222")})).arn

    answered = ecs.update(CLUSTER, "web", arn).primary
    described = ecs.describe(CLUSTER, ["web"])["web"].primary

    assert (answered and answered.desired, described and described.desired) == (0, 2)


def test_the_revision_that_runs_already_starts_nothing(ecs: MemoryServices) -> None:
    begun = deploy(ecs)

    again = ecs.update(CLUSTER, "web", revision_arn(revision=2)).primary

    assert again is not None
    assert again.id == begun


@pytest.mark.parametrize(("under", "is_new"), [("a new id", True), ("its old id", False)])
def test_going_back_is_a_deployment_of_its_own(ecs: MemoryServices, clock: HandClock, under: str, is_new: bool) -> None:
    ran = ecs.describe(CLUSTER, ["web"])["web"].deployments[0]
    deploy(ecs)
    ecs.fail(CLUSTER, "web")
    clock.sleep(60)

    ecs.roll_back(CLUSTER, "web", under=under)

    primary = ecs.describe(CLUSTER, ["web"])["web"].primary
    assert primary is not None
    assert (primary.id != ran.id) is is_new
    assert primary.created_at > ran.created_at
    assert [status for status, *_ in states(ecs)].count("PRIMARY") == 1


def test_reads_can_lag_behind_writes(ecs: MemoryServices) -> None:
    ecs.lag_behind()
    deploy(ecs)
    before = states(ecs)

    ecs.catch_up()

    assert [len(before), len(states(ecs))] == [1, 2]


def test_an_inactive_revision_is_known_by_its_arn_alone_and_not_deployed(ecs: MemoryServices) -> None:
    arn = ecs.register(fields_of(images={})).arn
    ecs.deregister(arn)

    newest, itself = ecs.definition("web"), ecs.definition(arn)

    assert (newest and newest.revision, itself and itself.revision) == (1, 2)
    with pytest.raises(CouldNot):
        ecs.update(CLUSTER, "web", arn)


def test_an_unknown_cluster_is_a_wrong_question(ecs: MemoryServices) -> None:
    with pytest.raises(AskedWrongly):
        ecs.describe("nowhere", ["web"])


@pytest.mark.parametrize("acted", [True, False])
def test_an_answer_can_be_lost_before_or_after_the_call_has_acted(ecs: MemoryServices, acted: bool) -> None:
    ecs.troubles.lose_answer("register", acted=acted)

    with pytest.raises(LostAnswer):
        ecs.register(fields_of(images={}))

    assert len(ecs.registered) == acted


# --- the others


def test_every_image_is_there_with_a_digest_of_its_own() -> None:
    found = MemoryImages().find([an_image(build="1111111"), an_image(build="2222222")])

    assert len({f.digest for f in found.values()}) == 2
