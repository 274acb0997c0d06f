"""Services whose old tasks stay until the new ones have baked."""

from release_tool.demo.rollouts.completing import stage_of
from release_tool.demo.rollouts.entries import Configuration
from release_tool.demo.rollouts.service import Service
from tests.emulator.playing import a_running_service, a_service, after, deployed, told

BLUE_GREEN = Configuration(strategy="BLUE_GREEN", bake_seconds=120, maximum_percent=100)


def stage(service: Service) -> str | None:
    return stage_of(service, service.history[0])


def test_both_colours_run_while_it_bakes_and_the_rollout_is_in_progress() -> None:
    service = deployed(a_running_service(BLUE_GREEN), 2)

    baking = after(100, service)

    assert told(baking) == ["PRIMARY web:2 IN_PROGRESS 2/2", "ACTIVE web:1 COMPLETED 2/2"]
    assert baking.history[0].status == "IN_PROGRESS"


def test_its_stages_follow_one_another() -> None:
    service = deployed(a_running_service(BLUE_GREEN), 2)

    stages = [stage(after(seconds, service)) for seconds in (0, 18, 24, 143, 144, 152)]

    assert stages == ["SCALE_UP", "PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME", "BAKE_TIME", "CLEAN_UP", None]
    assert told(after(152, service)) == ["PRIMARY web:2 COMPLETED 2/2"]


def test_a_first_deployment_has_nothing_to_bake_beside() -> None:
    assert told(after(22, a_service(BLUE_GREEN))) == ["PRIMARY web:1 COMPLETED 2/2"]


def test_a_rolling_deployment_has_no_stages() -> None:
    assert stage(after(15, deployed(a_running_service(), 2))) is None
