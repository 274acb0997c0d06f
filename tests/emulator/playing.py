"""A service played by hand: made, updated, looked at later."""

from __future__ import annotations

from release_tool.demo.rollouts import changes
from release_tool.demo.rollouts.advancing import advance
from release_tool.demo.rollouts.entries import Configuration, Revision
from release_tool.demo.rollouts.fates import Image
from release_tool.demo.rollouts.judging import Play
from release_tool.demo.rollouts.service import Service

ARN = "arn:aws:ecs:eu-west-1:123456789012:service/demo-stage/web"
BREAKER = Configuration(breaker=True)
BREAKER_WITH_ROLLBACK = Configuration(breaker=True, rollback=True)


def a_revision(number: int, tag: str = "good") -> Revision:
    return Revision(f"web:{number}", (Image("app", f"registry/web:{tag}"), Image("log_router", "fluent-bit:stable")))


def a_service(configuration: Configuration | None = None, *, desired: int = 2, tag: str = "good") -> Service:
    """Revision 1, just made."""
    return changes.create(ARN, a_revision(1, tag), desired, configuration or Configuration(), now=0.0)


def a_running_service(configuration: Configuration | None = None, *, desired: int = 2) -> Service:
    """Revision 1, complete."""
    return after(60, a_service(configuration, desired=desired))


def deployed(service: Service, number: int, tag: str = "good", *, is_forced: bool = False) -> Service:
    return changes.update(
        service,
        revision=a_revision(number, tag),
        desired=service.desired,
        configuration=service.configuration,
        is_forced=is_forced,
    )


def after(seconds: float, service: Service, play: Play | None = None) -> Service:
    return advance(service, service.now + seconds, play or Play())


def told(service: Service) -> list[str]:
    """As in `PRIMARY web:2 IN_PROGRESS 1/2`: status, revision, state, running of desired."""
    return [f"{d.status} {d.revision.arn} {d.state} {running(service, d.id)}/{d.desired}" for d in service.deployments]


def running(service: Service, deployment_id: str) -> int:
    return sum(task.runs_at <= service.now for task in service.wanted_of(deployment_id))


def messages(service: Service) -> list[str]:
    """What ECS said, newest first, with tasks and deployments named by no more than their kind."""
    return [_without_names(event.message) for event in service.events]


def _without_names(message: str) -> str:
    words = message.removeprefix("(service web) ").split()
    kinds = [("TASK)" if before == "(task" else word) for before, word in zip(["", *words], words, strict=False)]
    return " ".join("ID)" if kind.startswith("ecs-svc/") else kind for kind in kinds)
