"""What a deployment will change, for every situation that a service can be in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release_tool.errors import AskedWrongly
from release_tool.model import TASK_FAMILY, Commits, Deployment, Found, Kind, Word
from release_tool.plan import (
    Change,
    DeploymentPlan,
    Facts,
    Step,
    Why,
    plan_deployment,
    refuse_what_cannot_be,
    reusable,
    with_commits,
)
from release_tool.rollout import EcsService, task_family
from release_tool.task_definition import TaskDefinition, family_arn
from tests.builders import (
    CLUSTER,
    ECR,
    a_definition,
    a_deployment,
    a_deployment_set,
    a_digest,
    a_project,
    a_rollout,
    a_rollout_never_asked,
    a_service,
    an_ecs_deployment,
    an_ecs_service,
    an_image,
    facts,
    revision_arn,
    some_commits,
    uri_of,
)

OLD, NEW = uri_of("web", "1111111"), uri_of("web", "2222222")
SIDECAR = "public.ecr.aws/x/envoy:1"
FIRST = a_definition(revision=1, images={"web": OLD})
SECOND = a_definition(revision=2, images={"web": NEW})


def plan(**given: Any) -> DeploymentPlan:
    return plan_deployment(facts(**given))


def the_change(plan: DeploymentPlan) -> Change:
    (change,) = plan.changes
    return change


def the_step(plan: DeploymentPlan) -> Step:
    (step,) = plan.steps
    return step


def the_reason(plan: DeploymentPlan) -> str:
    (unmatched,) = plan.unmatched
    return unmatched.why


def web(*deployments: Any, **given: Any) -> EcsService:
    return an_ecs_service("web", *deployments, **given)


# --- every asked service is exactly one of four


def test_each_asked_service_is_in_exactly_one_place() -> None:
    planned = plan(
        services=tuple(a_service(name) for name in ("api", "web", "worker", "cron")),
        wanted={"api": "1111111", "web": "2222222", "cron": "1111111"},
        runs={"web": FIRST, "api": a_definition("api", images={"api": uri_of("api", "1111111")})},
    )

    assert [c.service.id for c in planned.changes] == ["web"]
    assert [u.service.id for u in planned.unchanged] == ["api"]
    assert [s.id for s in planned.missing] == ["worker"]
    assert [u.service.id for u in planned.unmatched] == ["cron"]


# --- change: another image


def test_a_service_that_runs_another_image_is_a_change() -> None:
    change = the_change(plan(wanted={"web": "2222222"}, runs={"web": FIRST}))

    assert (change.why, change.running, change.wanted) == (
        Why.NEW_IMAGE,
        an_image(build="1111111"),
        an_image(build="2222222"),
    )


def test_the_judge_is_what_ecs_runs_and_never_what_was_written_last() -> None:
    written = a_deployment(rollouts=(a_rollout(outcome=Word.COMPLETE),))

    planned = plan(wanted={"web": "2222222"}, runs={"web": FIRST}, parameters={"web": NEW}, current={"web": written})

    assert the_change(planned).why is Why.NEW_IMAGE


def test_the_same_build_under_another_reference_is_a_change() -> None:
    planned = plan(wanted={"web": a_digest()}, runs={"web": FIRST})

    assert the_change(planned).why is Why.NEW_IMAGE


def test_what_runs_may_be_named_in_a_way_that_no_grammar_knows() -> None:
    change = the_change(plan(wanted={"web": "2222222"}, runs={"web": a_definition(images={"web": "NOT AN IMAGE"})}))

    assert (change.why, change.running) == (Why.NEW_IMAGE, None)


def test_a_change_knows_the_digest_that_its_registry_told() -> None:
    planned = plan(wanted={"web": "2222222"}, runs={"web": FIRST}, found={NEW: Found(digest=a_digest())})

    assert (the_change(planned).digest, planned.notes) == (a_digest(), ())


# --- change: a moved tag

MOVED = {"web": a_deployment(image=OLD, digest=a_digest("a"))}


def test_a_tag_that_means_another_image_now_is_a_change() -> None:
    planned = plan(
        wanted={"web": "1111111"}, runs={"web": FIRST}, current=MOVED, found={OLD: Found(digest=a_digest("b"))}
    )

    assert (the_change(planned).why, the_change(planned).ecs_services) == (Why.MOVED_TAG, ("web",))


@pytest.mark.parametrize(
    ("recorded", "found"),
    [
        ({}, Found(digest=a_digest("b"))),
        (MOVED, Found(digest=a_digest("a"))),
        (MOVED, Found(unknown_because="denied")),
        ({"web": a_deployment(image=OLD, digest=None)}, Found(digest=a_digest("b"))),
        ({"web": a_deployment(image=NEW, digest=a_digest("a"))}, Found(digest=a_digest("b"))),
    ],
    ids=["nothing recorded", "not moved", "nobody can tell now", "nobody could tell then", "another image recorded"],
)
def test_a_tag_of_which_it_is_not_known_that_it_moved_is_no_change(
    recorded: dict[str, Deployment], found: Found
) -> None:
    planned = plan(wanted={"web": "1111111"}, runs={"web": FIRST}, current=recorded, found={OLD: found})

    assert planned.changes == ()


def test_a_moved_tag_that_was_never_asked_of_ecs_has_still_to_be_deployed() -> None:
    """The record has the new digest already; what runs was started under the old one."""
    cut_off = a_deployment(
        image=OLD, previous_image=OLD, digest=a_digest("b"), rollouts=(a_rollout_never_asked(outcome=Word.SUPERSEDED),)
    )

    planned = plan(
        wanted={"web": "1111111"},
        runs={"web": FIRST},
        current={"web": cut_off},
        found={OLD: Found(digest=a_digest("b"))},
    )

    assert the_change(planned).why is Why.MOVED_TAG


@pytest.mark.parametrize(
    "rollouts",
    [
        (a_rollout(outcome=Word.ROLLED_BACK),),
        (a_rollout(settling=True),),
        (a_rollout("web-admin"), a_rollout_never_asked()),
    ],
    ids=["rolled back", "settling", "one of two never asked"],
)
def test_a_moved_tag_that_did_not_stay_has_still_to_be_deployed(rollouts: tuple[Any, ...]) -> None:
    moved = a_deployment(image=OLD, previous_image=OLD, digest=a_digest("b"), rollouts=rollouts)

    planned = plan(
        wanted={"web": "1111111"}, runs={"web": FIRST}, current={"web": moved}, found={OLD: Found(digest=a_digest("b"))}
    )

    assert the_change(planned).why is Why.MOVED_TAG


@pytest.mark.parametrize(
    "given",
    [{"kind": Kind.RESTART, "previous_image": OLD}, {"previous_image": uri_of("web", "0000000")}],
    ids=["a restart", "another image"],
)
def test_what_went_back_without_a_moved_tag_is_judged_by_what_runs(given: dict[str, Any]) -> None:
    went_back = a_deployment(image=OLD, digest=a_digest("b"), rollouts=(a_rollout(outcome=Word.ROLLED_BACK),), **given)

    planned = plan(
        wanted={"web": "1111111"},
        runs={"web": FIRST},
        current={"web": went_back},
        found={OLD: Found(digest=a_digest("b"))},
    )

    assert planned.changes == ()


# --- change: what runs has failed


def test_a_failed_primary_is_a_change_although_it_has_the_wanted_image() -> None:
    failed = web(an_ecs_deployment(revision=FIRST.arn, rollout_state="FAILED"))

    planned = plan(wanted={"web": "1111111"}, runs={"web": failed}, also=[FIRST])

    assert (the_change(planned).why, the_change(planned).ecs_services) == (Why.FAILED_BEFORE, ("web",))


@pytest.mark.parametrize("state", ["IN_PROGRESS", "COMPLETED", None])
def test_a_primary_that_has_not_failed_is_left_alone(state: str | None) -> None:
    running = web(an_ecs_deployment(revision=FIRST.arn, rollout_state=state))

    assert plan(wanted={"web": "1111111"}, runs={"web": running}, also=[FIRST]).changes == ()


def test_a_service_without_a_primary_is_judged_by_its_revision() -> None:
    between = web(an_ecs_deployment(revision=FIRST.arn, status="ACTIVE"), revision=FIRST.arn)

    assert plan(wanted={"web": "1111111"}, runs={"web": between}, also=[FIRST]).changes == ()
    assert plan(wanted={"web": "2222222"}, runs={"web": between}, also=[FIRST]).notes == ()


def test_a_failure_that_ecs_put_behind_itself_is_left_alone() -> None:
    running = web(
        an_ecs_deployment(3, FIRST.arn),
        an_ecs_deployment(2, SECOND.arn, status="ACTIVE", rollout_state="FAILED"),
    )

    assert plan(wanted={"web": "1111111"}, runs={"web": running}, also=[FIRST, SECOND]).changes == ()


# --- change: a restart


def test_a_restart_makes_a_change_of_what_is_unchanged() -> None:
    planned = plan(kind=Kind.RESTART, wanted={"web": "1111111"}, runs={"web": FIRST})

    assert the_change(planned).why is Why.RESTART
    assert the_step(planned).fields == FIRST.fields


def test_a_restart_registers_a_revision_of_its_own() -> None:
    planned = plan(kind=Kind.RESTART, wanted={"web": "1111111"}, runs={"web": FIRST})

    assert reusable(the_step(planned)) is None


def test_a_restart_with_another_image_is_called_by_its_image() -> None:
    planned = plan(kind=Kind.RESTART, wanted={"web": "2222222"}, runs={"web": FIRST})

    assert the_change(planned).why is Why.NEW_IMAGE


def test_a_restart_restarts_every_ecs_service_whichever_image_it_runs() -> None:
    planned = plan(
        kind=Kind.RESTART,
        services=(a_service("web", ecs_services=("web", "web-admin")),),
        wanted={"web": "2222222"},
        runs={"web": FIRST, "web-admin": a_definition("web-admin", images={"web": NEW})},
    )

    assert the_change(planned).ecs_services == ("web", "web-admin")


def test_where_nothing_runs_there_is_nothing_to_restart() -> None:
    planned = plan(kind=Kind.RESTART, services=(a_service("web", ecs_services=()),), wanted={"web": "1111111"}, runs={})

    assert planned.changes == ()


# --- change: the parameter alone


@pytest.mark.parametrize("parameters", [{}, {"web": NEW}], ids=["none", "another image"])
def test_a_parameter_that_says_otherwise_is_a_change_that_ecs_is_not_asked_for(parameters: dict[str, str]) -> None:
    planned = plan(wanted={"web": "1111111"}, runs={"web": FIRST}, parameters=parameters)

    assert (the_change(planned).why, planned.steps) == (Why.PARAMETER_ONLY, ())
    assert the_change(planned).running == an_image(build="1111111")


def test_a_parameter_only_change_keeps_what_is_recorded_of_its_ecs_services() -> None:
    recorded = a_deployment(image=OLD, rollouts=(a_rollout(containers=(("web", OLD),)),))

    planned = plan(wanted={"web": "1111111"}, runs={"web": FIRST}, parameters={}, current={"web": recorded})

    assert the_change(planned).kept == recorded.rollouts


# --- a service that is a parameter and nothing else


def test_a_service_without_ecs_services_is_deployed_by_its_parameter() -> None:
    planned = plan(
        services=(a_service("web", ecs_services=()),), wanted={"web": "2222222"}, runs={}, parameters={"web": OLD}
    )

    assert (the_change(planned).why, planned.steps) == (Why.NEW_IMAGE, ())


def test_a_service_without_ecs_services_is_unchanged_when_its_parameter_says_so() -> None:
    planned = plan(services=(a_service("web", ecs_services=()),), wanted={"web": "2222222"}, runs={})

    assert [u.image.uri for u in planned.unchanged] == [NEW]


# --- unchanged


def test_a_service_already_running_the_image_is_left_alone() -> None:
    planned = plan(wanted={"web": "1111111"}, runs={"web": FIRST})

    assert (planned.changes, planned.steps, [u.service.id for u in planned.unchanged]) == ((), (), ["web"])


def test_a_rollout_to_the_wanted_image_that_goes_on_is_left_alone() -> None:
    running = web(
        an_ecs_deployment(2, SECOND.arn, rollout_state="IN_PROGRESS"), an_ecs_deployment(1, FIRST.arn, status="ACTIVE")
    )

    assert plan(wanted={"web": "2222222"}, runs={"web": running}, also=[FIRST, SECOND]).changes == ()


# --- missing


def test_a_service_with_nothing_registered_is_skipped_among_others() -> None:
    planned = plan(services=(a_service("web"), a_service("api")), wanted={"web": "2222222"}, runs={"web": FIRST})

    refuse_what_cannot_be(planned)

    assert [s.id for s in planned.missing] == ["api"]


def test_a_service_with_nothing_registered_is_refused_by_name() -> None:
    planned = plan(asked="api", services=(a_service("api"),), wanted={}, runs={})

    with pytest.raises(AskedWrongly, match="no image is registered for `api` under latest") as refused:
        refuse_what_cannot_be(planned)

    assert str(refused.value.next).endswith("release-tool register <ecr_uri> api")


def test_a_plan_with_nothing_amiss_is_not_refused() -> None:
    refuse_what_cannot_be(plan(asked="web", wanted={"web": "2222222"}, runs={"web": FIRST}))


# --- unmatched


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"status": "INACTIVE"}, "the ECS service web is INACTIVE"),
        ({"status": "DRAINING"}, "the ECS service web is DRAINING"),
        ({"controller": "CODE_DEPLOY"}, "the ECS service web is deployed by CODE_DEPLOY, not by ECS itself"),
        ({"controller": "EXTERNAL"}, "the ECS service web is deployed by EXTERNAL, not by ECS itself"),
        ({"managed_by": "ECS"}, "the ECS service web is managed by ECS itself"),
        ({"revision": None}, "the task definition of the ECS service web could not be read"),
        ({"revision": revision_arn(revision=9)}, "the task definition of the ECS service web could not be read"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_an_ecs_service_that_cannot_be_updated_is_unmatched_and_told_why(settings: dict[str, Any], why: str) -> None:
    running = web(an_ecs_deployment(revision=FIRST.arn), **settings)

    planned = plan(wanted={"web": "2222222"}, runs={"web": running}, also=[FIRST])

    assert (planned.changes, the_reason(planned)) == ((), why)


def test_a_task_family_that_is_not_there_is_unmatched_and_told_how_to_name_it() -> None:
    planned = plan(
        services=(a_service(ecs_services=(), task_families=("nightly",)),), wanted={"web": "2222222"}, runs={}
    )

    assert the_reason(planned).startswith("there is no task family nightly,")
    assert "`task_families`" in the_reason(planned)


def test_an_ecs_service_that_is_not_there_is_unmatched_and_told_how_to_name_it() -> None:
    why = the_reason(plan(wanted={"web": "2222222"}, runs={}))

    assert why.startswith(f"there is no ECS service called web in cluster {CLUSTER};")
    assert "`ecs_services`" in why


def test_one_ecs_service_of_several_that_is_not_there_is_enough() -> None:
    planned = plan(
        services=(a_service("web", ecs_services=("web", "web-admin")),), wanted={"web": "2222222"}, runs={"web": FIRST}
    )

    assert "called web-admin" in the_reason(planned)


def test_a_named_container_that_is_not_there_is_unmatched() -> None:
    planned = plan(services=(a_service(container="app"),), wanted={"web": "2222222"}, runs={"web": FIRST})

    assert the_reason(planned) == f"the ECS service web has no container called app; it has web ({OLD})"


def test_containers_that_cannot_be_told_apart_are_unmatched() -> None:
    two_others = a_definition(images={"main": "busybox:1", "envoy": SIDECAR})

    why = the_reason(plan(wanted={"web": "2222222"}, runs={"web": two_others}))

    assert why.startswith("no container of the ECS service web runs an image of web; it has main (busybox:1), envoy")
    assert "`container`" in why


def test_a_definition_without_any_image_has_no_container_to_name() -> None:
    planned = plan(wanted={"web": "2222222"}, runs={"web": a_definition(images={})})

    assert "it has none;" in the_reason(planned)


def test_an_image_that_its_repository_lacks_is_unmatched() -> None:
    planned = plan(wanted={"web": "2222222"}, runs={"web": FIRST}, found={NEW: Found(missing=True)})

    assert the_reason(planned) == f"its repository has no image {NEW}"


def test_a_service_that_may_not_be_promoted_is_unmatched() -> None:
    planned = plan(wanted={"web": "2222222"}, runs={"web": FIRST}, refused=(("web", "it is FAILED in stage"),))

    assert the_reason(planned) == "it is FAILED in stage"


def test_anything_unmatched_refuses_the_whole_deployment() -> None:
    planned = plan(wanted={"web": "2222222", "api": "2222222"}, runs={"web": FIRST})

    with pytest.raises(AskedWrongly, match="nothing was deployed") as refused:
        refuse_what_cannot_be(planned)

    assert "\n    api: there is no ECS service called api" in refused.value.message


# --- which containers


def test_sidecars_are_never_touched() -> None:
    running = a_definition(images={"envoy": SIDECAR, "web": OLD, "log": f"{ECR}/log:1"})

    step = the_step(plan(wanted={"web": "2222222"}, runs={"web": running}))

    assert [c["image"] for c in step.fields["containerDefinitions"]] == [SIDECAR, NEW, f"{ECR}/log:1"]
    assert step.images == {"web": NEW}


def test_several_containers_of_one_image_change_together() -> None:
    running = a_definition(images={"web": OLD, "migrate": uri_of("web", "0000000"), "envoy": SIDECAR})

    step = the_step(plan(wanted={"web": "2222222"}, runs={"web": running}))

    assert step.images == {"web": NEW, "migrate": NEW}


def test_one_container_of_several_with_another_image_is_enough_for_a_change() -> None:
    running = a_definition(images={"web": NEW, "migrate": OLD})

    assert the_change(plan(wanted={"web": "2222222"}, runs={"web": running})).why is Why.NEW_IMAGE


def test_a_container_that_two_services_claim_refuses_the_deployment() -> None:
    planned = plan(
        services=(a_service("web"), a_service("api", ecs_services=("web",))),
        wanted={"web": "2222222", "api": "2222222"},
        runs={"web": FIRST},
    )

    assert the_reason(planned).startswith("the container web of the ECS service web is claimed by web too;")
    assert [u.service.id for u in planned.unmatched] == ["api"]


def test_a_container_that_runs_another_asked_service_is_not_taken_from_it() -> None:
    """By its only container the one would claim what the other runs, and the other is content as it is."""
    planned = plan(
        services=(a_service("web"), a_service("api", ecs_services=("web",))),
        wanted={"web": "1111111", "api": "2222222"},
        runs={"web": FIRST},
    )

    assert "is claimed by web too" in the_reason(planned)


# --- which ECS services


def three_of_one(**given: Any) -> DeploymentPlan:
    """One image feeds three ECS services."""
    names = ("web", "web-admin", "web-jobs")
    runs = {name: a_definition(name, images={"web": OLD}) for name in names}
    return plan(
        **{
            "services": (a_service(ecs_services=names),),
            "wanted": {"web": "2222222"},
            **given,
            "runs": {**runs, **given.get("runs", {})},
        }
    )


def test_one_image_feeds_three_ecs_services() -> None:
    planned = three_of_one()

    assert the_change(planned).ecs_services == ("web", "web-admin", "web-jobs")
    assert [(s.ecs_service, dict(s.images)) for s in planned.steps] == [
        ("web", {"web": NEW}),
        ("web-admin", {"web": NEW}),
        ("web-jobs", {"web": NEW}),
    ]


def test_of_three_ecs_services_only_those_with_another_image_are_asked() -> None:
    done = a_rollout("web-admin", new_revision=revision_arn("web-admin", 1))

    planned = three_of_one(
        runs={"web-admin": a_definition("web-admin", images={"web": NEW})},
        current={"web": a_deployment(rollouts=(done,))},
    )

    assert the_change(planned).ecs_services == ("web", "web-jobs")
    assert the_change(planned).kept == (done,)


def test_what_ran_is_told_of_an_ecs_service_that_changes() -> None:
    planned = three_of_one(runs={"web": a_definition(images={"web": NEW})})

    assert the_change(planned).running == an_image(build="1111111")


def test_what_was_never_asked_of_ecs_is_not_kept() -> None:
    planned = three_of_one(
        runs={"web-admin": a_definition("web-admin", images={"web": NEW})},
        current={"web": a_deployment(rollouts=(a_rollout("web"), a_rollout_never_asked("web-admin")))},
    )

    assert the_change(planned).kept == ()


def test_what_is_recorded_of_another_image_is_not_kept() -> None:
    planned = three_of_one(
        runs={"web-admin": a_definition("web-admin", images={"web": NEW})},
        current={"web": a_deployment(image=OLD, rollouts=(a_rollout("web-admin"),))},
    )

    assert the_change(planned).kept == ()


def test_different_ends_are_made_whole_by_one_more_deployment() -> None:
    """One went back to the old image, one has failed with the new: both are asked again, the third is left alone."""
    failed = a_definition("web-admin", 2, images={"web": NEW})
    done = a_definition("web-jobs", 2, images={"web": NEW})

    planned = three_of_one(
        runs={
            "web-admin": an_ecs_service("web-admin", an_ecs_deployment(revision=failed.arn, rollout_state="FAILED")),
            "web-jobs": done,
        },
        also=[failed],
    )

    assert the_change(planned).ecs_services == ("web", "web-admin")


@pytest.mark.parametrize(
    ("newest", "ours", "is_asked"),
    [
        (SECOND, frozenset({SECOND.arn}), True),
        (SECOND, frozenset(), False),
        (a_definition(revision=2, images={"web": OLD}, memory="512"), frozenset({SECOND.arn}), False),
        (FIRST, frozenset({FIRST.arn}), False),
    ],
    ids=["ours, another image", "not ours", "ours, the wanted image", "what runs"],
)
def test_what_ecs_went_back_from_is_not_left_the_newest_of_its_family(
    newest: TaskDefinition, ours: frozenset[str], is_asked: bool
) -> None:
    """Terraform goes by the newest: going back everywhere has to give such a family a revision too."""
    planned = plan(
        services=(a_service(ecs_services=("web", "web-admin")),),
        wanted={"web": "1111111"},
        runs={"web": FIRST, "web-admin": a_definition("web-admin", images={"web": NEW})},
        also=[newest],
        ours=ours,
    )

    assert the_change(planned).ecs_services == (("web", "web-admin") if is_asked else ("web-admin",))


def test_two_ecs_services_of_one_family_come_to_one_image() -> None:
    """The one went back, and the other's revision is the newest of both."""
    planned = plan(
        services=(a_service(ecs_services=("web", "web-admin")),),
        wanted={"web": "1111111"},
        runs={"web": FIRST, "web-admin": SECOND},
    )

    assert the_change(planned).ecs_services == ("web", "web-admin")


def test_one_container_of_several_with_another_image_is_enough_to_follow() -> None:
    running = a_definition(images={"web": OLD, "migrate": OLD})
    newest = a_definition(revision=2, images={"web": OLD, "migrate": NEW})

    planned = plan(
        services=(a_service(ecs_services=("web", "web-admin")),),
        wanted={"web": "1111111"},
        runs={"web": running, "web-admin": a_definition("web-admin", images={"web": NEW})},
        also=[newest],
        ours=frozenset({newest.arn}),
    )

    assert the_change(planned).ecs_services == ("web", "web-admin")


def test_a_moved_tag_reaches_every_ecs_service_also_where_one_runs_another_image() -> None:
    planned = three_of_one(
        wanted={"web": "1111111"},
        runs={"web-jobs": a_definition("web-jobs", images={"web": NEW})},
        current=MOVED,
        found={OLD: Found(digest=a_digest("b"))},
    )

    assert the_change(planned).ecs_services == ("web", "web-admin", "web-jobs")


def test_three_images_in_one_ecs_service_are_one_step() -> None:
    names = ("api", "web", "worker")
    running = a_definition("app", images={"envoy": SIDECAR, **{name: uri_of(name, "1111111") for name in names}})

    planned = plan(
        services=tuple(a_service(name, ecs_services=("app",)) for name in names),
        wanted=dict.fromkeys(names, "2222222"),
        runs={"app": running},
    )

    step = the_step(planned)
    assert step.services == names
    assert step.images == {name: uri_of(name, "2222222") for name in names}
    assert step.old_images == {name: uri_of(name, "1111111") for name in names}


def test_a_step_leaves_the_images_of_unchanged_services_alone() -> None:
    running = a_definition("app", images={"api": uri_of("api", "1111111"), "web": OLD})

    planned = plan(
        services=tuple(a_service(name, ecs_services=("app",)) for name in ("api", "web")),
        wanted={"api": "1111111", "web": "2222222"},
        runs={"app": running},
    )

    assert (the_step(planned).services, the_step(planned).images) == (("web",), {"web": NEW})


def test_what_is_recorded_before_the_first_effect_says_what_runs_and_what_shall() -> None:
    recorded = the_step(plan(wanted={"web": "2222222"}, runs={"web": FIRST})).as_recorded

    assert recorded == a_rollout_never_asked()


def test_a_step_of_a_task_family_names_no_cluster() -> None:
    place = "task family nightly"
    definition = a_definition("nightly", images={"web": OLD})

    planned = plan(
        services=(a_service(ecs_services=("web",), task_families=("nightly",)),),
        wanted={"web": "2222222"},
        runs={"web": FIRST, place: task_family(place, definition)},
        also=[definition],
    )

    assert [(s.ecs_service, s.cluster) for s in planned.steps] == [("web", CLUSTER), (place, TASK_FAMILY)]


# --- clone


def test_the_revision_that_runs_is_what_is_copied() -> None:
    running, newest = a_definition(revision=1, memory="512"), a_definition(revision=2, memory="1024")

    step = the_step(plan(wanted={"web": "2222222"}, runs={"web": running}, also=[newest]))

    assert (step.base, step.fields["memory"]) == (running, "512")


def foreign(**given: Any) -> DeploymentPlan:
    """Terraform has registered a revision with more memory, and the service ignores it."""
    newest = a_definition(revision=2, memory="1024")
    return plan(
        **{
            "wanted": {"web": "2222222"},
            "runs": {"web": a_definition(revision=1, memory="512")},
            "also": [newest],
            **given,
        }
    )


def test_a_newer_revision_that_is_not_ours_is_noted_with_what_differs() -> None:
    planned = foreign()

    assert planned.notes == (
        "web: the newer revision web:2 is not ours; it differs in memory; "
        "it is not taken; `clone_from: newest` would take it",
    )


def test_a_newer_revision_that_differs_in_nothing_is_noted_as_that() -> None:
    planned = plan(wanted={"web": "2222222"}, runs={"web": FIRST}, also=[a_definition(revision=2, images={"web": OLD})])

    assert "differs in nothing but its number" in planned.notes[0]


def test_clone_from_newest_takes_the_newest_revision() -> None:
    planned = foreign(services=(a_service(clone_from="newest"),))

    assert (the_step(planned).base.revision, the_step(planned).fields["memory"]) == (2, "1024")
    assert planned.notes[0].endswith("it differs in memory; it is taken")


def test_one_of_several_services_may_ask_for_the_newest() -> None:
    images = {name: uri_of(name, "1111111") for name in ("api", "web")}
    services = (a_service("api", ecs_services=("app",)), a_service("web", ecs_services=("app",), clone_from="newest"))

    planned = plan(
        services=services,
        wanted={"api": "2222222", "web": "2222222"},
        runs={"app": a_definition("app", images=images)},
        also=[a_definition("app", 2, images=images, memory="1024")],
    )

    assert the_step(planned).base.revision == 2


def test_the_newest_is_not_taken_for_a_service_that_has_not_asked_for_it() -> None:
    planned = foreign(services=(a_service("web"), a_service("api", clone_from="newest")), wanted={"web": "2222222"})

    assert the_step(planned).base.revision == 1


@pytest.mark.parametrize("clone_from", ["running", "newest"])
def test_a_family_of_which_no_revision_is_active_any_more_is_copied_from_what_runs(clone_from: str) -> None:
    services = (a_service(clone_from=clone_from),)

    planned = plan(services=services, wanted={"web": "2222222"}, runs={"web": FIRST}, newest={})

    assert (the_step(planned).base, reusable(the_step(planned)), planned.notes) == (FIRST, None, ())


def test_what_ran_before_is_recorded_also_where_the_newest_is_taken() -> None:
    step = the_step(foreign(services=(a_service(clone_from="newest"),)))

    assert step.old_revision == revision_arn(revision=1)


def test_the_newest_is_never_taken_where_two_environments_share_a_family() -> None:
    shared = frozenset({family_arn(FIRST.arn)})

    planned = foreign(services=(a_service(clone_from="newest"),), elsewhere=shared)

    assert the_step(planned).base.revision == 1
    assert planned.notes[0].endswith("it is not taken")


def test_the_newest_is_not_taken_where_it_has_lost_the_container() -> None:
    renamed = a_definition(revision=2, images={"app": OLD})

    planned = plan(
        services=(a_service(clone_from="newest"),), wanted={"web": "2222222"}, runs={"web": FIRST}, also=[renamed]
    )

    assert the_reason(planned) == "the newest revision web:2 of the ECS service web has no container called web"


def test_a_newer_revision_of_our_own_is_not_worth_a_note() -> None:
    assert foreign(ours=frozenset({revision_arn(revision=2)})).notes == ()


def test_a_newest_revision_that_is_what_would_be_registered_is_reused() -> None:
    planned = plan(wanted={"web": "2222222"}, runs={"web": FIRST}, also=[SECOND])

    assert (reusable(the_step(planned)), planned.notes) == (SECOND, ())


@pytest.mark.parametrize(
    "newest",
    [
        a_definition(revision=2, images={"web": uri_of("web", "3333333")}),
        a_definition(revision=2, images={"web": NEW}, memory="512"),
        a_definition(revision=2, images={"web": NEW}, tags=[{"key": "Owner", "value": "us"}]),
    ],
    ids=["another image", "another field", "a tag"],
)
def test_a_newest_revision_that_differs_anywhere_is_not_reused(newest: TaskDefinition) -> None:
    planned = plan(wanted={"web": "2222222"}, runs={"web": FIRST}, also=[newest])

    assert reusable(the_step(planned)) is None


def test_an_older_revision_is_not_reused_although_it_is_what_would_be_registered() -> None:
    """Its number would go backwards: for Terraform the family's newest is another."""
    planned = plan(wanted={"web": "1111111"}, runs={"web": SECOND}, also=[FIRST])

    assert reusable(the_step(planned)) is None


# --- a family that several run


def of_one_family(**given: Any) -> DeploymentPlan:
    """`api` and `web` each have an ECS service, and both run web:1; `web` is deployed."""
    runs = {"web": FIRST, "api": FIRST}
    return plan(**{"services": (a_service("web"),), "wanted": {"web": "2222222"}, "runs": runs, **given})


API_RAN = a_rollout(ecs_service="api", old_revision=None, new_revision=revision_arn(revision=1))


def test_who_stays_behind_in_the_same_family_is_said() -> None:
    project = a_project(a_service("web"), a_service("api"))

    planned = of_one_family(project=project, current={"api": a_deployment("api", rollouts=(API_RAN,))})

    assert planned.notes == (
        "web: api of the same family web will not run this revision; Terraform, which goes by the newest, would change "
        "that: give each a family of its own",
    )


def test_who_is_no_service_of_the_manifest_any_more_stays_behind_unsaid() -> None:
    assert of_one_family(current={"api": a_deployment("api", rollouts=(API_RAN,))}).notes == ()


def test_who_runs_already_what_would_be_registered_does_not_stay_behind() -> None:
    project = a_project(a_service("web"), a_service("api"))
    ahead = replace(API_RAN, new_revision=SECOND.arn)

    planned = of_one_family(project=project, current={"api": a_deployment("api", rollouts=(ahead,))}, also=[SECOND])

    assert (reusable(the_step(planned)), planned.notes) == (SECOND, ())


def test_ecs_services_of_one_family_that_are_deployed_together_are_not_worth_a_note() -> None:
    service = a_service("web", ecs_services=("web-blue", "web-green"))

    planned = of_one_family(services=(service,), runs={"web-blue": FIRST, "web-green": FIRST})

    assert (len(planned.steps), planned.notes) == (2, ())


def test_two_images_in_one_family_that_each_ecs_service_has_one_of_are_said() -> None:
    first = a_definition("both", images={"web": OLD, "api": uri_of("api", "1111111")})

    planned = of_one_family(
        services=(a_service("web"), a_service("api")),
        wanted={"web": "2222222", "api": "2222222"},
        runs={"web": first, "api": first},
    )

    assert [note.partition(" will not run")[0] for note in planned.notes] == [
        "web: api of the same family both",
        "api: web of the same family both",
    ]


# --- notes


@pytest.mark.parametrize(
    ("desired", "maximum", "minimum", "ends"),
    [
        (1, 200, 100, True),
        (1, 100, 100, False),
        (1, 100, 0, True),
        (1, 150, 100, False),
        (2, 150, 100, True),
        (1, 100, 50, False),
        (3, 100, 67, False),
        (3, 100, 66, True),
        (3, 134, 100, True),
        (3, 133, 100, False),
        (4, 125, 100, True),
        (4, 124, 100, False),
        (0, 100, 100, True),
    ],
)
def test_a_rollout_that_cannot_start_nor_stop_a_task_is_warned_of(
    desired: int, maximum: int, minimum: int, ends: bool
) -> None:
    """AWS rounds the most down and the least up."""
    running = web(
        an_ecs_deployment(revision=FIRST.arn),
        desired=desired,
        maximum_percent=maximum,
        minimum_healthy_percent=minimum,
    )

    planned = plan(wanted={"web": "2222222"}, runs={"web": running}, also=[FIRST])

    assert any("this rollout cannot end" in note for note in planned.notes) is not ends


def test_a_daemon_is_not_warned_of() -> None:
    running = web(an_ecs_deployment(revision=FIRST.arn), desired=3, maximum_percent=100, scheduling="DAEMON")

    assert plan(wanted={"web": "2222222"}, runs={"web": running}, also=[FIRST]).notes == ()


def test_a_rollout_that_goes_on_is_shown_and_replaced() -> None:
    running = web(
        an_ecs_deployment(2, SECOND.arn, rollout_state="IN_PROGRESS"), an_ecs_deployment(1, FIRST.arn, status="ACTIVE")
    )

    planned = plan(wanted={"web": "3333333"}, runs={"web": running}, also=[FIRST, SECOND])

    assert planned.notes == ("web: a rollout of web:2 goes on, and is replaced",)


@pytest.mark.parametrize(
    ("parameter", "wanted"),
    [("0000000", "2222222"), ("2222222", "2222222")],
    ids=["overwritten now", "carried out now"],
)
def test_a_parameter_changed_since_the_ledger_last_wrote_it_is_named_with_both_images(
    parameter: str, wanted: str
) -> None:
    planned = plan(
        wanted={"web": wanted},
        runs={"web": FIRST},
        parameters={"web": uri_of("web", parameter)},
        current={"web": a_deployment(image=OLD)},
    )

    (note,) = planned.notes
    assert note.startswith("web: its parameter was changed since")
    assert uri_of("web", parameter) in note
    assert OLD in note


def test_a_parameter_as_it_was_written_last_is_not_worth_a_note() -> None:
    planned = plan(
        wanted={"web": "2222222"},
        runs={"web": FIRST},
        parameters={"web": OLD},
        current={"web": a_deployment(image=OLD)},
    )

    assert planned.notes == ()


def test_a_parameter_changed_since_it_alone_was_deployed_is_named() -> None:
    alone = a_deployment(image=OLD, rollouts=())

    planned = plan(
        wanted={"web": "2222222"},
        runs={"web": FIRST},
        parameters={"web": uri_of("web", "0000000")},
        current={"web": alone},
    )

    assert planned.notes[0].startswith("web: its parameter was changed since")


def test_a_parameter_that_was_put_back_after_a_rollback_is_not_worth_a_note() -> None:
    went_back = a_deployment(image=NEW, previous_image=OLD, rollouts=(a_rollout(outcome=Word.ROLLED_BACK),))

    planned = plan(wanted={"web": "3333333"}, runs={"web": FIRST}, parameters={"web": OLD}, current={"web": went_back})

    assert planned.notes == ()


def test_a_parameter_that_is_gone_has_no_image_to_name() -> None:
    planned = plan(
        wanted={"web": "2222222"}, runs={"web": FIRST}, parameters={}, current={"web": a_deployment(image=OLD)}
    )

    assert planned.notes == ()


def test_a_parameter_that_was_left_after_different_ends_is_not_worth_a_note() -> None:
    """With one ECS service back at the old image and one at the new, the parameter is not put back."""
    ends = (a_rollout(outcome=Word.ROLLED_BACK), a_rollout("web-admin", outcome=Word.COMPLETE))

    planned = three_of_one(parameters={"web": NEW}, current={"web": a_deployment(rollouts=ends)})

    assert planned.notes == ()


@pytest.mark.parametrize("parameter", [OLD, NEW], ids=["not reached", "written"])
def test_a_parameter_of_a_deployment_that_was_cut_off_is_not_worth_a_note(parameter: str) -> None:
    planned = plan(
        asked="web",
        wanted={"web": "3333333"},
        runs={"web": FIRST},
        parameters={"web": parameter},
        **cut_off(NEVER_ASKED),
    )

    assert planned.notes == ()


def test_a_parameter_changed_after_a_part_of_its_deployment_was_asked_is_named() -> None:
    partly = a_deployment(rollouts=(a_rollout(), a_rollout_never_asked("web-admin")))

    planned = three_of_one(parameters={"web": uri_of("web", "0000000")}, wanted={"web": "3333333"}, **cut_off(partly))

    assert any(note.startswith("web: its parameter was changed since") for note in planned.notes)


def test_an_image_that_nobody_could_check_is_noted() -> None:
    planned = plan(wanted={"web": "2222222"}, runs={"web": FIRST}, found={NEW: Found(unknown_because="denied")})

    assert planned.notes == (f"{NEW}: not checked: denied",)


def test_an_unchecked_image_of_an_unchanged_service_is_not_worth_a_note() -> None:
    planned = plan(wanted={"web": "1111111"}, runs={"web": FIRST}, found={OLD: Found(unknown_because="denied")})

    assert planned.notes == ()


# --- a deployment set that was cut off


def cut_off(*deployments: Deployment, **given: Any) -> dict[str, Any]:
    """What the ledger tells of a set that was not requested in full; its deployments are the current ones."""
    return {
        "unfinished": a_deployment_set(**given),
        "unfinished_deployments": deployments,
        "current": {d.service: d for d in deployments},
    }


NEVER_ASKED = a_deployment(rollouts=(a_rollout_never_asked(),))
RUNS_SECOND = web(
    an_ecs_deployment(2, SECOND.arn, rollout_state="IN_PROGRESS"), an_ecs_deployment(1, FIRST.arn, status="ACTIVE")
)


@pytest.mark.parametrize(
    ("world", "registered"),
    [
        ({"runs": {"web": FIRST}, "parameters": {"web": OLD}}, False),
        ({"runs": {"web": FIRST}}, False),
        ({"runs": {"web": FIRST}, "also": [SECOND]}, True),
        ({"runs": {"web": RUNS_SECOND}, "also": [FIRST, SECOND]}, True),
    ],
    ids=["written down", "parameter written", "revision registered", "service updated"],
)
def test_the_same_command_goes_on_wherever_it_was_cut_off(world: dict[str, Any], registered: bool) -> None:
    planned = plan(wanted={"web": "2222222"}, **world, **cut_off(NEVER_ASKED))

    assert (the_change(planned).why, planned.resumes, planned.supersedes) == (Why.UNFINISHED, a_deployment_set(), None)
    assert reusable(the_step(planned)) == (SECOND if registered else None)
    assert the_step(planned).as_recorded == a_rollout_never_asked()


def test_what_was_asked_and_recorded_is_done() -> None:
    planned = plan(
        wanted={"web": "2222222"}, runs={"web": RUNS_SECOND}, also=[FIRST, SECOND], **cut_off(a_deployment())
    )

    assert (planned.changes, planned.resumes, planned.supersedes) == ((), None, None)


def test_only_what_is_missing_of_a_set_is_done() -> None:
    api = a_deployment("api", rollouts=(a_rollout_never_asked("api", containers=(("api", uri_of("api", "2222222")),)),))

    planned = plan(
        wanted={"api": "2222222", "web": "2222222"},
        runs={"api": a_definition("api", images={"api": uri_of("api", "1111111")}), "web": SECOND},
        **cut_off(a_deployment(), api),
    )

    assert [c.service.id for c in planned.changes] == ["api"]
    assert planned.resumes == a_deployment_set()


def test_only_the_missing_ecs_services_of_a_service_are_done() -> None:
    planned = three_of_one(
        runs={"web": a_definition(revision=2, images={"web": NEW})},
        **cut_off(
            a_deployment(rollouts=(a_rollout(), a_rollout_never_asked("web-admin"), a_rollout_never_asked("web-jobs")))
        ),
    )

    assert the_change(planned).ecs_services == ("web-admin", "web-jobs")
    assert planned.resumes == a_deployment_set()


def test_a_parameter_that_was_cut_off_goes_on_in_the_same_set() -> None:
    planned = plan(
        services=(a_service(ecs_services=()),),
        wanted={"web": "2222222"},
        runs={},
        parameters={"web": OLD},
        **cut_off(a_deployment(rollouts=())),
    )

    assert (the_change(planned).service.id, planned.resumes) == ("web", a_deployment_set())


def test_a_restart_that_was_cut_off_restarts_nothing_twice() -> None:
    restarted = a_deployment(image=OLD, previous_image=OLD, rollouts=(a_rollout(containers=(("web", OLD),)),))
    open_part = a_rollout_never_asked("api", containers=(("api", uri_of("api", "1111111")),))
    open_one = a_deployment("api", image=uri_of("api", "1111111"), rollouts=(open_part,))

    planned = plan(
        kind=Kind.RESTART,
        wanted={"api": "1111111", "web": "1111111"},
        runs={
            "api": a_definition("api", images={"api": uri_of("api", "1111111")}),
            "web": a_definition(revision=2, images={"web": OLD}),
        },
        **cut_off(restarted, open_one, kind=Kind.RESTART),
    )

    assert [(c.service.id, c.why) for c in planned.changes] == [("api", Why.UNFINISHED)]
    assert planned.resumes == a_deployment_set(kind=Kind.RESTART)


@pytest.mark.parametrize("registered", [False, True])
def test_a_moved_tag_that_was_cut_off_is_finished(registered: bool) -> None:
    moved = a_deployment(
        image=OLD,
        previous_image=OLD,
        digest=a_digest("b"),
        rollouts=(a_rollout_never_asked(containers=(("web", OLD),)),),
    )
    again = a_definition(revision=2, images={"web": OLD})

    planned = plan(
        wanted={"web": "1111111"},
        runs={"web": FIRST},
        also=[again] if registered else [],
        found={OLD: Found(digest=a_digest("b"))},
        **cut_off(moved),
    )

    assert (the_change(planned).why, planned.resumes) == (Why.UNFINISHED, a_deployment_set())
    assert reusable(the_step(planned)) == (again if registered else None)


# --- a deployment set that was cut off in a world that has moved on

THIRD = a_definition(revision=3, images={"web": uri_of("web", "3333333")})


@pytest.mark.parametrize(
    "given",
    [
        {"wanted": {"web": "4444444"}},
        {"runs": {"web": THIRD}},
        {"asked": "web"},
        {"kind": Kind.RESTART},
        {"found": {NEW: Found(digest=a_digest("c"))}},
    ],
    ids=["another image wanted", "another PRIMARY", "asked otherwise", "another kind", "the tag was moved meanwhile"],
)
def test_where_the_world_moved_on_it_is_planned_anew(given: dict[str, Any]) -> None:
    never_asked = a_deployment(digest=a_digest("b"), rollouts=(a_rollout_never_asked(),))

    planned = plan(**{"wanted": {"web": "2222222"}, "runs": {"web": FIRST}, **cut_off(never_asked), **given})

    assert (planned.resumes, planned.supersedes) == (None, a_deployment_set())
    assert the_change(planned).why is Why.NEW_IMAGE


@pytest.mark.parametrize(
    ("then", "now"),
    [(None, Found(digest=a_digest("b"))), (a_digest("b"), Found()), (a_digest("b"), Found(digest=a_digest("b")))],
    ids=["not known then", "not known now", "the same"],
)
def test_a_tag_of_which_it_is_not_known_that_it_moved_lets_the_set_go_on(then: str | None, now: Found) -> None:
    never_asked = a_deployment(digest=then, rollouts=(a_rollout_never_asked(),))

    planned = plan(wanted={"web": "2222222"}, runs={"web": FIRST}, found={NEW: now}, **cut_off(never_asked))

    assert planned.resumes == a_deployment_set()


def test_one_service_of_the_set_with_another_image_is_enough_to_plan_anew() -> None:
    containers = (("api", uri_of("api", "1111111")),)
    api = a_deployment(
        "api", image=uri_of("api", "1111111"), rollouts=(a_rollout_never_asked("api", containers=containers),)
    )

    planned = plan(
        wanted={"api": "2222222", "web": "2222222"},
        runs={"api": a_definition("api", images={"api": uri_of("api", "0000000")}), "web": FIRST},
        **cut_off(NEVER_ASKED, api),
    )

    assert (len(planned.changes), planned.resumes, planned.supersedes) == (2, None, a_deployment_set())


def test_a_primary_with_one_of_the_wanted_images_is_another_primary() -> None:
    """Nobody of ours has started it: our revision would have them all."""
    both = (("api", uri_of("api", "2222222")), ("web", NEW))
    part = a_rollout_never_asked("app", containers=both)
    half = a_definition("app", 2, images={"api": uri_of("api", "1111111"), "web": NEW})

    planned = plan(
        services=tuple(a_service(name, ecs_services=("app",)) for name in ("api", "web")),
        wanted={"api": "2222222", "web": "2222222"},
        runs={"app": half},
        **cut_off(a_deployment("api", rollouts=(part,)), a_deployment(rollouts=(part,))),
    )

    assert ([c.service.id for c in planned.changes], planned.resumes) == (["api"], None)


def test_a_service_of_the_set_that_is_registered_no_more_is_planned_anew() -> None:
    api = a_deployment("api", rollouts=(a_rollout_never_asked("api", containers=(("api", uri_of("api", "2222222")),)),))

    planned = plan(
        services=(a_service("api"), a_service("web")),
        wanted={"web": "2222222"},
        runs={"api": a_definition("api", images={"api": uri_of("api", "1111111")}), "web": FIRST},
        **cut_off(NEVER_ASKED, api),
    )

    assert ([s.id for s in planned.missing], planned.resumes, planned.supersedes) == (["api"], None, a_deployment_set())


def test_a_parameter_that_was_cut_off_in_another_set_is_written_in_its_own() -> None:
    planned = plan(
        asked="web",
        services=(a_service(ecs_services=()),),
        wanted={"web": "2222222"},
        runs={},
        parameters={"web": OLD},
        **cut_off(a_deployment(rollouts=())),
    )

    assert (planned.resumes, planned.supersedes) == (None, a_deployment_set())


def test_a_part_that_was_asked_and_rolled_back_is_asked_anew_under_a_number_of_its_own() -> None:
    """Its record says how it ended, and must not be written over."""
    api = a_deployment("api", rollouts=(a_rollout_never_asked("api", containers=(("api", uri_of("api", "2222222")),)),))

    planned = plan(
        wanted={"api": "2222222", "web": "2222222"},
        runs={
            "api": a_definition("api", images={"api": uri_of("api", "1111111")}),
            "web": web(an_ecs_deployment(3, FIRST.arn)),
        },
        also=[FIRST],
        **cut_off(a_deployment(), api),
    )

    assert [c.service.id for c in planned.changes] == ["api", "web"]
    assert (planned.resumes, planned.supersedes) == (None, a_deployment_set())


def test_a_service_that_the_set_had_not_makes_a_set_of_its_own() -> None:
    planned = plan(
        wanted={"api": "2222222", "web": "2222222"},
        runs={"api": a_definition("api", images={"api": uri_of("api", "1111111")}), "web": FIRST},
        **cut_off(NEVER_ASKED),
    )

    assert (len(planned.changes), planned.resumes, planned.supersedes) == (2, None, a_deployment_set())


def test_an_ecs_service_that_went_away_meanwhile_is_unmatched() -> None:
    planned = plan(wanted={"web": "2222222"}, runs={}, **cut_off(NEVER_ASKED))

    assert "no ECS service called web" in the_reason(planned)


def test_where_there_is_nothing_to_change_nothing_is_superseded_by_it() -> None:
    planned = plan(asked="web", wanted={"web": "1111111"}, runs={"web": FIRST}, **cut_off(NEVER_ASKED))

    assert (planned.changes, planned.supersedes) == ((), None)


def test_what_an_extended_set_says_ran_before_is_true_of_every_container() -> None:
    """The image of one container was cut off, then another service of the same ECS service was built."""
    part = a_rollout_never_asked("app")
    running = a_definition("app", images={"web": OLD, "api": uri_of("api", "1111111")})

    planned = plan(
        services=tuple(a_service(name, ecs_services=("app",)) for name in ("api", "web")),
        wanted={"api": "2222222", "web": "2222222"},
        runs={"app": running},
        **cut_off(a_deployment(rollouts=(part,))),
    )

    assert the_step(planned).old_images == {"web": OLD, "api": uri_of("api", "1111111")}


# --- what a person has agreed to


def test_the_same_world_shows_the_same_plan() -> None:
    services = (a_service("web"), a_service("api", ecs_services=()))
    world = {"services": services, "wanted": {"web": "2222222", "api": "2222222"}, "runs": {"web": FIRST}}
    one, other = (plan(parameters={}, **world) for _ in range(2))

    assert one.shows_the_same_as == other.shows_the_same_as


@pytest.mark.parametrize(
    "given",
    [
        {"wanted": {"web": "3333333"}},
        {"runs": {"web": a_definition(revision=4, images={"web": OLD})}},
        {"runs": {"web": a_definition(images={"web": uri_of("web", "0000000")})}},
        {"found": {NEW: Found(missing=True)}},
        {"runs": {"web": SECOND}},
    ],
    ids=["another image", "another base", "another running image", "refused now", "nothing to do now"],
)
def test_a_world_that_differs_in_what_was_agreed_to_shows_another_plan(given: dict[str, Any]) -> None:
    agreed = plan(wanted={"web": "2222222"}, runs={"web": FIRST})

    now = plan(**{"wanted": {"web": "2222222"}, "runs": {"web": FIRST}, **given})

    assert now.shows_the_same_as != agreed.shows_the_same_as


def test_commits_are_added_to_the_changes_that_they_are_of() -> None:
    planned = plan(
        wanted={"api": "2222222", "web": "2222222"},
        runs={"api": a_definition("api", images={"api": uri_of("api", "1111111")}), "web": FIRST},
    )

    told = with_commits(planned, {"web": some_commits(2)})

    assert [c.commits for c in told.changes] == [Commits(), some_commits(2)]


# --- whatever the world is like

BUILDS = st.sampled_from(["1111111", "2222222"])


@st.composite
def worlds(draw: st.DrawFn) -> Facts:
    """Three services, each in a state of its own; api and web share an ECS service at times."""
    names, shared = ["api", "web", "worker"], draw(st.booleans())
    runs: dict[str, TaskDefinition] = {}
    if shared:
        runs["app"] = a_definition("app", images={name: uri_of(name, draw(BUILDS)) for name in ("api", "web")})
    for name in names[2:] if shared else names:
        if draw(st.booleans()):
            runs[name] = a_definition(name, images={name: uri_of(name, draw(BUILDS))})
    wanted = {name: draw(BUILDS) for name in names if draw(st.booleans())}
    return facts(
        services=tuple(
            a_service(name, ecs_services=("app",) if shared and name != "worker" else ("{service}",)) for name in names
        ),
        wanted=wanted,
        runs=runs,
        kind=draw(st.sampled_from([Kind.DEPLOY, Kind.RESTART])),
        parameters={name: uri_of(name, draw(BUILDS)) for name in names if draw(st.booleans())},
    )


@given(worlds())
def test_every_asked_service_is_in_exactly_one_place_in_any_world(world: Facts) -> None:
    planned = plan_deployment(world)

    placed = [
        *(c.service.id for c in planned.changes),
        *(u.service.id for u in planned.unchanged),
        *(s.id for s in planned.missing),
        *(u.service.id for u in planned.unmatched),
    ]
    assert sorted(placed) == ["api", "web", "worker"]


@given(worlds())
def test_no_ecs_service_is_asked_twice_in_any_world(world: Facts) -> None:
    names = [step.ecs_service for step in plan_deployment(world).steps]

    assert len(names) == len(set(names))


@given(worlds())
def test_what_is_unchanged_runs_what_is_wanted_and_its_parameter_says_so(world: Facts) -> None:
    for unchanged in plan_deployment(world).unchanged:
        name = unchanged.service.id
        (ecs_service,) = unchanged.service.ecs_service_names("catalogue", world.environment)
        running = world.definitions[str(world.ecs[ecs_service].revision)].images[name]

        assert {running, world.parameters[name]} == {unchanged.image.uri}
