"""A plan carried out in a world in memory: the order of effects, and every way in which it can be cut short."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from threading import Event
from typing import Any

import pytest

from release_tool.apply import LOOKS, Failure, Outside, carry_out, drafts
from release_tool.errors import CouldNot, EnvironmentHeld, LostAnswer
from release_tool.gather import described, ecs_names, of_families, recorded, wanted_images, with_definitions
from release_tool.lease import Lease
from release_tool.model import Deployment, DeploymentSet, Kind, Release, Rollout, Service, Word
from release_tool.plan import DeploymentPlan, Facts, plan_deployment
from release_tool.ports import Opening
from release_tool.rollout import EcsDeployment, EcsService
from release_tool.supersede import supersede
from tests.builders import (
    ADA,
    CLUSTER,
    a_holder,
    a_project,
    a_service,
    an_ecs_deployment,
    an_environment,
    deployment_id,
    fields_of,
    minutes,
    revision_arn,
    uri_of,
)
from tests.fakes.clock import HandClock
from tests.fakes.ledger import MemoryLedger
from tests.fakes.parameters import MemoryParameters
from tests.fakes.services import MemoryServices
from tests.fakes.trouble import Killed, Troubles

OLD, NEW = uri_of("web", "1111111"), uri_of("web", "2222222")
WRITES = ("put", "register", "update", "record", "requested")
"""What a service takes, in the order in which it must be done."""


class TroubledLedger(MemoryLedger):
    def __init__(self, clock: HandClock) -> None:
        super().__init__(clock)
        self.troubles = Troubles()

    def record(self, deployment_set: DeploymentSet, services: Sequence[str], rollout: Rollout | None) -> None:
        with self.troubles.around("record", ",".join(services)):
            super().record(deployment_set, services, rollout)

    def requested(self, deployment_set: DeploymentSet) -> None:
        with self.troubles.around("requested", deployment_set.id):
            super().requested(deployment_set)


class World:
    """Each ECS service runs build 1111111 of the services that feed it; nothing was deployed by us yet."""

    def __init__(self, *services: Service, ecs: MemoryServices | None = None, clock: HandClock | None = None) -> None:
        self.services = services or (a_service(),)
        self.project, self.environment = a_project(*self.services), an_environment("prod")
        self.clock = clock or HandClock()
        self.ledger = TroubledLedger(self.clock)
        self.parameters = MemoryParameters({"prod": {s.id: uri_of(s.id, "1111111") for s in self.services}})
        self.ecs = ecs or MemoryServices(self.clock)
        self.told: list[str] = []
        self.lease: Lease | None = None
        for name in ecs_names(self.project, self.services, self.environment):
            feeding = [s.id for s in self.services if name in s.ecs_service_names(self.project.id, self.environment)]
            self.ecs.has(CLUSTER, name, fields_of(name, {one: uri_of(one, "1111111") for one in feeding}))

    # --- a command, from plan to record

    def plan(self, build: str = "2222222", **given: Any) -> DeploymentPlan:
        names = ecs_names(self.project, self.services, self.environment)
        families = of_families(self.ecs, self.project, self.services, self.environment)
        running = with_definitions(self.ecs, described(self.ecs, self.environment, names), families)
        known = recorded(self.ledger, self.project, self.environment)
        facts = Facts(
            project=self.project,
            environment=self.environment,
            asked="all",
            source="latest",
            services=self.services,
            wanted=wanted_images({s.id: uri_of(s.id, build) for s in self.services}, "latest"),
            parameters=self.parameters.images("prod", [s.id for s in self.services]),
            ecs=running.services,
            definitions=running.definitions,
            newest=running.newest,
            current=known.current,
            unfinished=None if known.latest is None or known.latest.requested else known.latest,
            unfinished_deployments=known.unfinished,
            **{"kind": Kind.DEPLOY, **given},
        )
        return plan_deployment(facts)

    def deploy(self, build: str = "2222222", **given: Any) -> tuple[Failure, ...]:
        with self.held() as lease:
            return self.carry_out(self.plan(build, **given), lease)

    def deploy_again(self, **given: Any) -> tuple[Failure, ...]:
        """The same command, when the lease of the one that was cut off has run out."""
        self.clock.turn(minutes(2))
        return self.deploy(**given)

    def carry_out(self, plan: DeploymentPlan, lease: Lease) -> tuple[Failure, ...]:
        cut_off = self.ledger.latest_set("catalogue", "prod")
        if plan.resumes is None and cut_off is not None and not cut_off.requested:
            leave = [change.service.id for change in plan.changes if change.ecs_services]
            self.supersede(cut_off, lease, leave)
        if not plan.changes:
            return ()
        deployment_set = plan.resumes or self.open(plan)
        return carry_out(plan, deployment_set, self.outside, lease, self.told.append)

    def supersede(self, cut_off: DeploymentSet, lease: Lease, leave: Sequence[str] = ()) -> None:
        deployments = self.ledger.deployments(cut_off)
        supersede(cut_off, deployments, self.environment, self.outside, lease, leave=leave)

    def open(self, plan: DeploymentPlan) -> DeploymentSet:
        set_id = f"set at {self.clock.now()}"
        deployment_set, _ = self.ledger.open(
            Opening(
                project="catalogue",
                environment="prod",
                set_id=set_id,
                release_set_id=f"releases of {set_id}",
                kind=plan.kind,
                asked=plan.asked,
                source=plan.source,
                description="",
                requested_by=ADA,
                requested_at=self.clock.now(),
                releases=tuple(Release(c.service.id, c.wanted.uri, c.wanted.release_hash) for c in plan.changes),
                deployments=drafts(plan, set_id, self.clock.now()),
            )
        )
        return deployment_set

    @contextmanager
    def held(self) -> Iterator[Lease]:
        holder = a_holder(f"holder at {self.clock.now()}", since=self.clock.now(), until=self.clock.now() + minutes(1))
        taken = self.ledger.acquire("catalogue", "prod", holder)
        self.lease = Lease(self.ledger, self.clock, "catalogue", "prod", taken)
        yield self.lease
        self.ledger.release("catalogue", "prod", taken.id)

    @property
    def outside(self) -> Outside:
        return Outside(self.parameters, self.ecs, self.ledger, self.clock)

    def troubles_of(self, call: str) -> Troubles:
        if call == "put":
            return self.parameters.troubles
        return self.ledger.troubles if call in ("record", "requested") else self.ecs.troubles

    # --- what is true

    def service(self, name: str = "web") -> EcsService:
        return self.ecs.describe(CLUSTER, [name])[name]

    def latest(self) -> DeploymentSet:
        latest = self.ledger.latest_set("catalogue", "prod")
        assert latest is not None
        return latest

    def deployment(self, service: str = "web") -> Deployment:
        return next(d for d in self.ledger.deployments(self.latest()) if d.service == service)

    def rollout(self, ecs_service: str = "web", service: str | None = None) -> Rollout:
        return next(r for r in self.deployment(service or ecs_service).rollouts if r.ecs_service == ecs_service)

    def written(self) -> tuple[int, ...]:
        """How far it came: parameters, revisions, updates, records, and whether all is requested."""
        latest = self.latest()
        rollouts = [r for d in self.ledger.deployments(latest) for r in d.rollouts]
        return (
            len(self.parameters.written),
            len(self.ecs.registered),
            len(self.ecs.updated),
            sum(r.ecs_deployment_id is not None for r in rollouts),
            int(latest.requested),
        )

    def assert_deployed_once(self) -> None:
        """Everything was done, and nothing twice."""
        primary = self.service().primary
        assert primary is not None
        assert self.written() == (1, 1, 1, 1, 1)
        assert self.parameters.images("prod", ["web"]) == {"web": NEW}
        assert primary.revision == revision_arn(revision=2)
        assert (self.rollout().new_revision, self.rollout().ecs_deployment_id) == (primary.revision, primary.id)


# --- the order of effects


def test_parameter_then_revision_then_service_then_record() -> None:
    world = World()
    happened: list[str] = []
    for call in WRITES:
        world.troubles_of(call).then(call, lambda call=call: happened.append(call))  # type: ignore[misc]

    world.deploy()

    assert happened == list(WRITES)


def test_a_deployment_that_nothing_disturbs_does_everything_once() -> None:
    world = World()

    failures = world.deploy()

    assert failures == ()
    world.assert_deployed_once()


def test_the_record_has_what_this_very_answer_named_primary() -> None:
    world = World()

    world.deploy()

    rollout = world.rollout()
    assert (rollout.old_revision, rollout.new_revision) == (revision_arn(revision=1), revision_arn(revision=2))
    assert (rollout.ecs_deployment_id, rollout.ecs_created_at) == (deployment_id(2), world.clock.now())
    assert (dict(rollout.old_images), dict(rollout.containers)) == ({"web": OLD}, {"web": NEW})
    assert (rollout.note, rollout.outcome) == (None, None)


def test_the_registered_revision_is_the_plans_copy() -> None:
    world = World()
    step = world.plan().steps[0]

    world.deploy()

    registered = world.ecs.definition(revision_arn(revision=2))
    assert registered is not None
    assert registered.fields == step.fields


def test_each_ecs_service_is_told_when_it_is_asked_for() -> None:
    world = World()

    world.deploy()

    assert world.told == ["web: web:2 requested"]


def test_a_parameter_that_says_it_already_is_not_written_again() -> None:
    world = World()
    world.parameters.put("prod", "web", NEW)
    world.parameters.written.clear()

    world.deploy()

    assert world.parameters.written == []
    assert world.service().revision == revision_arn(revision=2)


def test_a_change_of_the_parameter_alone_asks_nothing_of_ecs() -> None:
    world = World()

    world.parameters.put("prod", "web", uri_of("web", "0000000"))
    world.deploy("1111111")

    assert world.parameters.images("prod", ["web"]) == {"web": OLD}
    assert (world.ecs.registered, world.ecs.updated, world.latest().requested) == ([], [], True)


def test_a_revision_that_is_there_already_is_not_registered_again() -> None:
    world = World()
    world.ecs.registered_outside(fields_of("web", {"web": NEW}))

    world.deploy()

    assert (world.ecs.registered, world.ecs.updated) == ([], [("web", "web:2")])


def test_a_restart_registers_an_equal_revision() -> None:
    world = World()

    world.deploy("1111111", kind=Kind.RESTART)

    one, two = (world.ecs.definition(revision_arn(revision=number)) for number in (1, 2))
    assert one is not None
    assert two is not None
    assert one.fields == two.fields
    assert world.ecs.updated == [("web", "web:2")]


# --- one image for several, several for one


def test_one_image_for_three_ecs_services_is_one_parameter() -> None:
    names = ("web", "web-admin", "web-jobs")
    world = World(a_service(ecs_services=names))

    failures = world.deploy()

    assert failures == ()
    assert world.parameters.written == [("prod", "web")]
    assert sorted(world.ecs.updated) == [("web", "web:2"), ("web-admin", "web-admin:2"), ("web-jobs", "web-jobs:2")]
    assert all(world.rollout(name, "web").ecs_deployment_id for name in names)


def test_three_images_for_one_ecs_service_are_one_revision_and_one_update() -> None:
    names = ("api", "web", "worker")
    world = World(*(a_service(name, ecs_services=("app",)) for name in names))

    failures = world.deploy()

    assert failures == ()
    assert sorted(world.parameters.written) == [("prod", name) for name in names]
    assert (world.ecs.registered, world.ecs.updated) == (["app:2"], [("app", "app:2")])
    assert {world.rollout("app", name).ecs_deployment_id for name in names} == {deployment_id(2)}


# --- an answer is lost

LOSSES = [
    [True],
    [False],
    [False, True],
    [False, False],
    [False] * (LOOKS - 1) + [True],
    [False] * LOOKS,
]


@pytest.mark.parametrize("losses", LOSSES, ids=str)
@pytest.mark.parametrize("call", ["register", "update"])
def test_a_lost_answer_never_makes_a_second_revision_or_deployment(call: str, losses: list[bool]) -> None:
    """Each loss says whether the call had acted. When nobody can tell any more, the same command can."""
    world = World()
    for acted in losses:
        world.ecs.troubles.lose_answer(call, acted=acted)

    failures = world.deploy()
    assert [type(f.error) for f in failures] == ([LostAnswer] if len(losses) == LOOKS else [])
    world.deploy_again()

    world.assert_deployed_once()


@pytest.mark.parametrize("acted", [True, False])
def test_a_lost_answer_of_every_write_at_once_is_survived(acted: bool) -> None:
    world = World()
    for call in ("register", "update"):
        world.ecs.troubles.lose_answer(call, acted=acted)

    failures = world.deploy()

    assert failures == ()
    world.assert_deployed_once()


@pytest.mark.parametrize("acted", [True, False])
@pytest.mark.parametrize("call", ["register", "update"])
def test_a_lost_answer_of_a_restart_restarts_once(call: str, acted: bool) -> None:
    """The newest revision is equal to the copy even before the copy is made."""
    world = World()
    world.ecs.troubles.lose_answer(call, acted=acted)

    failures = world.deploy("1111111", kind=Kind.RESTART)

    assert failures == ()
    assert (world.ecs.registered, world.ecs.updated) == (["web:2"], [("web", "web:2")])


def test_a_revision_that_somebody_else_registered_meanwhile_is_not_taken_for_ours() -> None:
    world = World()

    def terraform_is_faster() -> None:
        world.ecs.registered_outside(fields_of("web", {"web": OLD}, memory="1024"))
        raise LostAnswer("no answer to register")

    world.ecs.troubles.then("register", terraform_is_faster, acted=False)

    failures = world.deploy()

    assert failures == ()
    assert (world.ecs.registered, world.ecs.updated) == (["web:3"], [("web", "web:3")])


def test_a_deployment_that_somebody_else_began_meanwhile_is_not_taken_for_ours() -> None:
    world = World()

    def terraform_is_faster() -> None:
        changed = world.ecs.registered_outside(fields_of("web", {"web": OLD}, memory="1024"))
        world.ecs.deployed_outside(CLUSTER, "web", changed.arn)
        raise LostAnswer("no answer to update")

    world.ecs.troubles.then("update", terraform_is_faster, acted=False)

    failures = world.deploy()

    assert failures == ()
    assert world.service().revision == world.rollout().new_revision == revision_arn(revision=2)
    assert world.rollout().ecs_deployment_id == deployment_id(3)


@pytest.mark.parametrize("call", ["register", "update"])
def test_each_look_waits_longer_than_the_one_before(call: str) -> None:
    world = World()
    began = world.clock.now()
    for _ in range(3):
        world.ecs.troubles.lose_answer(call, acted=False)

    world.deploy()

    assert world.clock.now() - began == timedelta(seconds=1 + 2 + 4)


def test_a_family_without_an_active_revision_gets_one() -> None:
    world = World()
    world.ecs.deregister(revision_arn(revision=1))
    world.ecs.troubles.lose_answer("register", acted=False)

    failures = world.deploy()

    assert failures == ()
    world.assert_deployed_once()


def test_a_service_that_has_no_primary_yet_gets_ours() -> None:
    world = World()
    world.ecs.set(CLUSTER, "web", deployments=())

    failures = world.deploy()

    assert failures == ()
    world.assert_deployed_once()
    assert world.rollout().note is None


@pytest.mark.parametrize("acted", [True, False])
def test_a_parameter_whose_answer_is_lost_stops_its_service_and_is_made_good(acted: bool) -> None:
    world = World()
    world.parameters.troubles.lose_answer("put", acted=acted)

    failures = world.deploy()
    assert [f.what for f in failures] == ["web"]
    assert world.ecs.registered == []

    world.deploy_again()
    world.assert_deployed_once()


@pytest.mark.parametrize("acted", [True, False])
@pytest.mark.parametrize("call", ["record", "requested"])
def test_a_record_whose_answer_is_lost_is_made_good(call: str, acted: bool) -> None:
    world = World()
    world.ledger.troubles.lose_answer(call, acted=acted)

    try_once(world)
    world.deploy_again()

    world.assert_deployed_once()


def test_a_read_that_lags_behind_a_lost_update_starts_no_second_deployment() -> None:
    world = World()
    world.ecs.lag_behind()
    world.ecs.troubles.lose_answer("update", acted=True)

    failures = world.deploy()

    world.ecs.catch_up()
    assert failures == ()
    world.assert_deployed_once()
    assert len(world.service().deployments) == 2


def test_an_ecs_service_that_went_away_with_the_answer_is_a_failure_in_words() -> None:
    world = World()

    def everything_goes() -> None:
        world.ecs.is_gone(CLUSTER, "web")
        raise LostAnswer("no answer to update")

    world.ecs.troubles.then("update", everything_goes)

    (failure,) = world.deploy()

    assert isinstance(failure.error, CouldNot)
    assert "web" in failure.error.message


# --- an answer that started nothing


class StubbornServices(MemoryServices):
    """Answers UpdateService with deployments that it was told beforehand, and starts nothing."""

    answer: tuple[EcsDeployment, ...] = ()

    def update(self, cluster: str, service: str, revision_arn: str) -> EcsService:
        return replace(self.describe(cluster, [service])[service], deployments=self.answer)


@pytest.mark.parametrize(
    "answer",
    [
        (an_ecs_deployment(1, revision_arn(revision=1)),),
        (an_ecs_deployment(1, revision_arn(revision=2)),),
        (an_ecs_deployment(7, revision_arn(revision=3)),),
        (),
    ],
    ids=["what was there before", "an old id", "another revision", "no primary"],
)
def test_an_answer_whose_primary_is_not_new_and_ours_is_never_a_success(answer: tuple[EcsDeployment, ...]) -> None:
    clock = HandClock()
    ecs = StubbornServices(clock)
    ecs.answer = answer
    world = World(ecs=ecs, clock=clock)

    (failure,) = world.deploy()

    assert "started nothing" in failure.error.message
    assert (world.rollout().ecs_deployment_id, world.latest().requested) == (None, False)


def test_an_answer_that_shows_another_base_is_noted() -> None:
    world = World()

    def terraform_applies() -> None:
        changed = world.ecs.registered_outside(fields_of("web", {"web": OLD}, memory="1024"))
        world.ecs.deployed_outside(CLUSTER, "web", changed.arn)
        world.clock.sleep(1)

    world.ecs.troubles.then("update", terraform_applies, acted=False)

    failures = world.deploy()

    assert failures == ()
    assert world.rollout().note == "web:3 ran when ECS was asked, not web:1"


# --- killed


def try_once(world: World) -> None:
    """A command that may not live to its end."""
    try:
        world.deploy()
    except (Killed, LostAnswer):
        world.clock.turn(minutes(2))


@pytest.mark.parametrize("acted", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", WRITES)
def test_killed_anywhere_the_same_command_finishes_and_repeats_nothing(call: str, acted: bool) -> None:
    world = World()
    world.troubles_of(call).kill(call, acted=acted)

    with pytest.raises(Killed):
        world.deploy()
    number = world.latest().number
    failures = world.deploy_again()

    assert failures == ()
    world.assert_deployed_once()
    assert world.latest().number == number


@pytest.mark.parametrize("acted", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", WRITES)
def test_killed_anywhere_the_record_shows_how_far_it_came(call: str, acted: bool) -> None:
    world = World()
    world.troubles_of(call).kill(call, acted=acted)

    with pytest.raises(Killed):
        world.deploy()

    came_to = WRITES.index(call) + acted
    assert world.written() == tuple(int(position < came_to) for position in range(len(WRITES)))


@pytest.mark.parametrize("acted", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", ["register", "update"])
def test_killed_while_a_restart_was_asked_it_is_restarted_once(call: str, acted: bool) -> None:
    world = World()
    world.ecs.troubles.kill(call, acted=acted)

    with pytest.raises(Killed):
        world.deploy("1111111", kind=Kind.RESTART)
    world.deploy_again(build="1111111", kind=Kind.RESTART)

    assert (world.ecs.registered, world.ecs.updated) == (["web:2"], [("web", "web:2")])
    assert world.latest().requested


@pytest.mark.parametrize("call", ["put", "register", "update", "record"])
def test_killed_twice_it_is_still_finished_once(call: str) -> None:
    world = World()
    for acted in (False, True):
        world.troubles_of(call).kill(call, acted=acted)

    for _ in range(2):
        with pytest.raises(Killed):
            world.deploy()
        world.clock.turn(minutes(2))
    world.deploy_again()

    world.assert_deployed_once()


# --- the lock is lost


@pytest.mark.parametrize("call", WRITES[:-1])
def test_when_the_lock_has_run_out_nothing_more_is_written(call: str) -> None:
    world = World()
    world.troubles_of(call).then(call, lambda: world.clock.turn(timedelta(seconds=60)))

    error = error_of(world)

    assert isinstance(error, EnvironmentHeld)
    assert world.written() == tuple(int(position <= WRITES.index(call)) for position in range(len(WRITES)))


def test_when_the_lock_has_run_out_before_the_first_write_there_is_none() -> None:
    world = World()
    with world.held() as lease:
        plan = world.plan()
        world.clock.turn(timedelta(seconds=60))

        (failure,) = world.carry_out(plan, lease)

    assert isinstance(failure.error, EnvironmentHeld)
    assert world.written() == (0, 0, 0, 0, 0)


def test_when_one_thread_dies_the_others_write_nothing_more() -> None:
    world = World(a_service("web", ecs_services=("first", "second")))
    begun, stopped = Event(), Event()

    class WatchedLease(Lease):
        def stop(self) -> None:
            super().stop()
            stopped.set()

    def dies() -> None:
        begun.wait(timeout=30)
        raise Killed("first")

    def works_on() -> None:
        begun.set()
        stopped.wait(timeout=30)

    world.ecs.troubles.then("register", dies, of="first", acted=False)
    world.ecs.troubles.then("register", works_on, of="second")
    with world.held() as lease:
        watched = WatchedLease(world.ledger, world.clock, "catalogue", "prod", lease.holder)

        with pytest.raises(Killed):
            world.carry_out(world.plan(), watched)

    assert (world.ecs.registered, world.ecs.updated) == (["second:2"], [])


@pytest.mark.parametrize("call", WRITES[:-1])
def test_when_somebody_interrupts_nothing_more_is_written(call: str) -> None:
    world = World()
    world.troubles_of(call).then(call, lambda: world.lease.stop() if world.lease else None)

    error = error_of(world)

    assert isinstance(error, EnvironmentHeld)
    assert world.written() == tuple(int(position <= WRITES.index(call)) for position in range(len(WRITES)))


@pytest.mark.parametrize("call", ["register", "update"])
def test_a_lost_answer_is_not_made_good_without_the_lock(call: str) -> None:
    world = World()

    def answer_comes_never() -> None:
        world.clock.turn(timedelta(seconds=60))
        raise LostAnswer(f"no answer to {call}")

    world.ecs.troubles.then(call, answer_comes_never, acted=False)

    error = error_of(world)

    assert isinstance(error, EnvironmentHeld)
    assert world.written()[WRITES.index(call)] == 0


def error_of(world: World) -> BaseException:
    """Of the only service; or of the last write, which belongs to none."""
    try:
        (failure,) = world.deploy()
    except EnvironmentHeld as held:
        return held
    return failure.error


# --- one of several fails


def three_services() -> World:
    return World(a_service("api"), a_service("web"), a_service("worker"))


@pytest.mark.parametrize("call", ["put", "register", "update", "record"])
def test_the_failure_of_one_service_leaves_the_others_going(call: str) -> None:
    world = three_services()
    world.troubles_of(call).refuse(call, CouldNot("AWS said no"), of="web")

    (failure,) = world.deploy()

    assert (failure.what, failure.error.message) == ("web", "AWS said no")
    assert world.rollout("api").ecs_deployment_id
    assert world.rollout("worker").ecs_deployment_id
    assert not world.latest().requested


@pytest.mark.parametrize("call", ["put", "register", "update", "record"])
def test_the_same_again_finishes_what_failed_and_leaves_the_others_alone(call: str) -> None:
    world = three_services()
    world.troubles_of(call).refuse(call, of="web")
    world.deploy()
    others = [world.rollout(name).ecs_deployment_id for name in ("api", "worker")]

    failures = world.deploy_again()

    assert failures == ()
    assert [world.rollout(name).ecs_deployment_id for name in ("api", "worker")] == others
    assert sorted(world.ecs.updated) == [("api", "api:2"), ("web", "web:2"), ("worker", "worker:2")]
    assert (world.latest().number, world.latest().requested) == (1, True)


def test_one_ecs_service_of_several_that_fails_leaves_the_others_of_its_service_going() -> None:
    world = World(a_service(ecs_services=("web", "web-admin")))
    world.ecs.troubles.refuse("update", of="web-admin")

    (failure,) = world.deploy()

    assert failure.what == "web-admin"
    assert (world.rollout("web", "web").ecs_deployment_id is None, world.latest().requested) == (False, False)


def test_a_service_that_is_a_parameter_alone_can_fail_too() -> None:
    world = World(a_service("web", ecs_services=()), a_service("api"))
    world.parameters.troubles.refuse("put", of="web")

    (failure,) = world.deploy()

    assert (failure.what, world.latest().requested) == ("web", False)
    assert world.rollout("api").ecs_deployment_id


def test_a_service_that_is_a_parameter_alone_is_recorded_too() -> None:
    world = World(a_service("web", ecs_services=()))
    world.ledger.troubles.refuse("record", of="web")

    (failure,) = world.deploy()

    assert (failure.what, world.latest().requested) == ("web", False)


# --- a task family that no service runs


def a_nightly_task() -> World:
    world = World(a_service("web", ecs_services=(), task_families=("nightly",)))
    world.ecs.registered_outside(fields_of("nightly", {"web": OLD}))
    return world


def test_a_task_family_is_asked_for_a_revision_and_nothing_else() -> None:
    world = a_nightly_task()

    failures = world.deploy()

    rollout = world.rollout("task family nightly", "web")
    assert failures == ()
    assert world.written() == (1, 1, 0, 1, 1)
    assert (rollout.new_revision, rollout.ecs_deployment_id) == (revision_arn("nightly", 2), "nightly:2")


@pytest.mark.parametrize("acted", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", ["put", "register", "record", "requested"])
def test_killed_anywhere_a_task_family_gets_one_revision(call: str, acted: bool) -> None:
    world = a_nightly_task()
    world.troubles_of(call).kill(call, acted=acted)

    with pytest.raises(Killed):
        world.deploy()
    failures = world.deploy_again()

    assert failures == ()
    assert world.written() == (1, 1, 0, 1, 1)


# --- another deployment comes after one that was cut off


def cut_off_at(call: str, *, acted: bool) -> World:
    world = World()
    world.troubles_of(call).kill(call, acted=acted)
    with pytest.raises(Killed):
        world.deploy()
    world.clock.turn(minutes(2))
    return world


@pytest.mark.parametrize(
    ("call", "acted", "was_asked"),
    [("put", True, False), ("register", True, False), ("update", False, False), ("update", True, True)],
)
def test_what_was_cut_off_is_written_down_as_it_went_when_another_image_is_deployed(
    call: str, acted: bool, was_asked: bool
) -> None:
    world = cut_off_at(call, acted=acted)
    first = world.latest()

    failures = world.deploy("3333333")

    (deployment,) = world.ledger.deployments(first)
    (rollout,) = deployment.rollouts
    assert failures == ()
    assert (rollout.outcome, rollout.ecs_deployment_id) == (
        (None, deployment_id(2)) if was_asked else (Word.SUPERSEDED, None)
    )
    assert [s.requested for s in world.ledger.deployment_sets("catalogue").items] == [True, True]
    assert world.parameters.images("prod", ["web"]) == {"web": uri_of("web", "3333333")}


def test_what_a_superseded_service_runs_is_not_taken_for_ours_when_its_images_differ() -> None:
    world = cut_off_at("register", acted=True)
    first = world.latest()
    other = world.ecs.registered_outside(fields_of("web", {"web": uri_of("web", "4444444")}))
    world.ecs.deployed_outside(CLUSTER, "web", other.arn)

    world.deploy("3333333")

    (rollout,) = world.ledger.deployments(first)[0].rollouts
    assert (rollout.outcome, rollout.ecs_deployment_id) == (Word.SUPERSEDED, None)


def test_a_service_that_is_gone_does_not_keep_a_cut_off_set_open() -> None:
    world = cut_off_at("register", acted=True)
    world.ecs.is_gone(CLUSTER, "web")

    superseded(world)

    assert (world.rollout().outcome, world.latest().requested) == (Word.SUPERSEDED, True)


def test_what_was_begun_and_never_asked_is_undone_when_the_old_image_is_wanted_again() -> None:
    """Else the next `terraform apply` would deploy what nobody wants any more."""
    world = cut_off_at("register", acted=True)

    failures = world.deploy("1111111")

    newest = world.ecs.definition("web")
    assert failures == ()
    assert world.parameters.images("prod", ["web"]) == {"web": OLD}
    assert newest is not None
    assert newest.arn == world.service().revision == revision_arn(revision=1)


def test_what_was_begun_is_undone_parameter_first() -> None:
    world = cut_off_at("register", acted=True)
    happened: list[str] = []
    world.parameters.troubles.then("put", lambda: happened.append("put"))
    world.ecs.troubles.then("deregister", lambda: happened.append("deregister"))

    superseded(world)

    assert happened == ["put", "deregister"]


def test_what_ecs_runs_after_all_is_not_undone() -> None:
    world = superseded(cut_off_at("update", acted=True))

    newest = world.ecs.definition("web")
    assert newest is not None
    assert newest.arn == world.service().revision == revision_arn(revision=2)
    assert world.parameters.images("prod", ["web"]) == {"web": NEW}


def superseded(world: World, *, leave: Sequence[str] = ()) -> World:
    with world.held() as lease:
        world.supersede(world.latest(), lease, leave)
    return world


def test_what_the_next_deployment_puts_right_is_left_to_it() -> None:
    world = superseded(cut_off_at("register", acted=True), leave=["web"])

    newest = world.ecs.definition("web")
    assert newest is not None
    assert newest.arn == revision_arn(revision=2)
    assert world.parameters.images("prod", ["web"]) == {"web": NEW}
    assert world.rollout().outcome is Word.SUPERSEDED


def test_a_parameter_that_somebody_has_changed_since_is_left_as_it_is() -> None:
    world = cut_off_at("register", acted=True)
    world.parameters.put("prod", "web", uri_of("web", "4444444"))

    superseded(world)

    assert world.parameters.images("prod", ["web"]) == {"web": uri_of("web", "4444444")}


def test_a_restart_that_never_came_to_a_revision_leaves_the_one_that_runs() -> None:
    world = World()
    world.ecs.troubles.kill("register", acted=False)
    with pytest.raises(Killed):
        world.deploy("1111111", kind=Kind.RESTART)
    world.clock.turn(minutes(2))

    superseded(world)

    newest = world.ecs.definition("web")
    assert newest is not None
    assert newest.arn == world.service().revision


def test_a_newer_revision_with_only_some_of_the_images_is_not_ours_to_deregister() -> None:
    world = World(*(a_service(name, ecs_services=("app",)) for name in ("api", "web")))
    world.ecs.troubles.kill("register", acted=False)
    with pytest.raises(Killed):
        world.deploy()
    foreign = world.ecs.registered_outside(fields_of("app", {"api": uri_of("api", "1111111"), "web": NEW}))
    world.clock.turn(minutes(2))

    superseded(world)

    newest = world.ecs.definition("app")
    assert newest is not None
    assert newest.arn == foreign.arn


def test_a_part_that_has_its_outcome_keeps_it() -> None:
    world = superseded(cut_off_at("register", acted=True))
    ended = world.rollout()
    world.clock.turn(minutes(5))

    superseded(world)

    assert world.rollout() == ended


@pytest.mark.parametrize(("call", "came_to"), [("put", 1), ("deregister", 2), ("record", 3)])
def test_without_the_lock_nothing_more_is_undone(call: str, came_to: int) -> None:
    world = cut_off_at("register", acted=True)
    troubles = world.ecs.troubles if call == "deregister" else world.troubles_of(call)
    troubles.then(call, lambda: world.clock.turn(timedelta(seconds=60)))

    with pytest.raises(EnvironmentHeld):
        superseded(world)

    newest = world.ecs.definition("web")
    assert newest is not None
    assert [
        world.parameters.images("prod", ["web"]) == {"web": OLD},
        newest.revision == 1,
        world.rollout().outcome is Word.SUPERSEDED,
        world.latest().requested,
    ] == [step < came_to for step in range(4)]


def test_without_the_lock_nothing_is_undone_at_all() -> None:
    world = cut_off_at("register", acted=True)
    with world.held() as lease:
        world.clock.turn(timedelta(seconds=60))

        with pytest.raises(EnvironmentHeld):
            world.supersede(world.latest(), lease)

    assert world.parameters.images("prod", ["web"]) == {"web": NEW}


@pytest.mark.parametrize("acted", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", ["put", "deregister", "record", "requested"])
def test_killed_while_undoing_the_next_command_finishes_it(call: str, acted: bool) -> None:
    world = cut_off_at("register", acted=True)
    first = world.latest()
    troubles = world.ecs.troubles if call == "deregister" else world.troubles_of(call)
    troubles.kill(call, acted=acted)

    with pytest.raises(Killed):
        world.deploy("1111111")
    world.clock.turn(minutes(2))
    world.deploy("1111111")

    newest = world.ecs.definition("web")
    assert newest is not None
    assert newest.arn == revision_arn(revision=1)
    assert world.parameters.images("prod", ["web"]) == {"web": OLD}
    assert [r.outcome for d in world.ledger.deployments(first) for r in d.rollouts] == [Word.SUPERSEDED]


# --- what is written down first


def test_a_draft_says_what_runs_and_what_shall_and_nothing_of_ecs_yet() -> None:
    world = World()

    (draft,) = drafts(world.plan(), "set-1", world.clock.now())

    assert (draft.image, draft.previous_image, draft.release_hash, draft.previous_release_hash) == (
        NEW,
        OLD,
        "2222222",
        "1111111",
    )
    assert (draft.number, draft.release_number, draft.set_id, draft.kind) == (None, None, "set-1", Kind.DEPLOY)
    assert [(r.new_revision, r.ecs_deployment_id) for r in draft.rollouts] == [(None, None)]


def test_a_draft_keeps_what_is_recorded_of_ecs_services_that_run_the_image_already() -> None:
    world = World(a_service(ecs_services=("web", "web-admin")))
    world.deploy()
    kept = world.rollout("web-admin", "web")
    went_back = world.ecs.registered_outside(fields_of("web", {"web": OLD}))
    world.ecs.deployed_outside(CLUSTER, "web", went_back.arn)

    (draft,) = drafts(world.plan(), "set-2", world.clock.now())

    by_name: Mapping[str, Rollout] = {r.ecs_service: r for r in draft.rollouts}
    assert by_name["web"].ecs_deployment_id is None
    assert by_name["web-admin"] == kept
