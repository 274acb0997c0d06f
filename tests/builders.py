"""Values for tests: each builder fills in everything that its test is not about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from release_tool.image import Image
from release_tool.model import (
    Commit,
    Commits,
    Deployment,
    DeploymentSet,
    Environment,
    Kind,
    Project,
    Requester,
    Rollout,
    Service,
)
from release_tool.plan import Facts
from release_tool.ports import Holder
from release_tool.rollout import EcsDeployment, EcsService, ServiceDeployment
from release_tool.task_definition import TaskDefinition, family_arn

NOW = datetime(2026, 11, 22, 16, 32, 12, tzinfo=timezone.utc)
ACCOUNT = "123456789012"
ECR = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"
CLUSTER = "catalogue-prod"
ADA = Requester(git_name="Ada", git_email="ada@example.org")


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


# --- what people and manifests say


def uri_of(service: str, build: str) -> str:
    """`build` is a tag, or `sha256:…`."""
    return f"{ECR}/{service}{'@' if build.startswith('sha256:') else ':'}{build}"


def an_image(service: str = "web", build: str = "1111111") -> Image:
    return Image.parse(uri_of(service, build))


def a_digest(digit: str = "a") -> str:
    return f"sha256:{digit * 64}"


def a_service(id: str = "web", **given: Any) -> Service:  # noqa: A002 - the field's name
    return Service(**{"id": id, "name": id, **given})


def an_environment(id: str = "prod", **given: Any) -> Environment:  # noqa: A002 - the field's name
    return Environment(**{"id": id, "name": id, "cluster": f"catalogue-{id}", **given})


def a_project(*services: Service, **given: Any) -> Project:
    return Project(
        **{
            "id": "catalogue",
            "name": "Catalogue",
            "environments": (an_environment("stage"), an_environment("prod")),
            "services": services or (a_service(),),
            **given,
        }
    )


# --- what ECS says


def revision_arn(family: str = "web", revision: int = 1) -> str:
    return f"arn:aws:ecs:eu-west-1:{ACCOUNT}:task-definition/{family}:{revision}"


def fields_of(family: str = "web", images: Mapping[str, str] | None = None, **given: Any) -> dict[str, Any]:
    """A task definition as RegisterTaskDefinition takes it. `images` maps container names to images."""
    images = {"web": uri_of("web", "1111111")} if images is None else images
    containers = [{"name": name, "image": uri, "essential": True} for name, uri in images.items()]
    return {"family": family, "containerDefinitions": containers, **given}


def a_definition(
    family: str = "web", revision: int = 1, images: Mapping[str, str] | None = None, **given: Any
) -> TaskDefinition:
    return TaskDefinition(revision_arn(family, revision), family, revision, fields_of(family, images, **given))


def deployment_id(number: int = 1) -> str:
    return f"ecs-svc/{number:019d}"


def an_ecs_deployment(number: int = 1, revision: str | None = None, **given: Any) -> EcsDeployment:
    """A PRIMARY that has ended well and runs what it shall, unless something else is said."""
    return EcsDeployment(
        **{
            "id": deployment_id(number),
            "status": "PRIMARY",
            "revision": revision or revision_arn(),
            "created_at": NOW - minutes(60) + minutes(number),
            "rollout_state": "COMPLETED",
            "desired": 1,
            "running": 1,
            **given,
        }
    )


def service_arn(name: str = "web", cluster: str = CLUSTER) -> str:
    return f"arn:aws:ecs:eu-west-1:{ACCOUNT}:service/{cluster}/{name}"


def an_ecs_service(name: str = "web", *deployments: EcsDeployment, **given: Any) -> EcsService:
    """An ACTIVE service of one task. Its revision is its PRIMARY's."""
    deployments = deployments or (an_ecs_deployment(),)
    primary = next((d.revision for d in deployments if d.status == "PRIMARY"), None)
    return EcsService(
        **{
            "arn": service_arn(name),
            "cluster": CLUSTER,
            "name": name,
            "status": "ACTIVE",
            "revision": primary,
            "deployments": deployments,
            "desired": 1,
            "running": 1,
            **given,
        }
    )


def a_service_deployment(number: int = 2, status: str = "IN_PROGRESS", **given: Any) -> ServiceDeployment:
    digits = f"{number:019d}"
    arn = f"{service_arn().replace(':service/', ':service-deployment/')}/{digits}"
    return ServiceDeployment(**{"arn": arn, "number": digits, "status": status, **given})


# --- what the ledger says


def a_rollout(ecs_service: str = "web", **given: Any) -> Rollout:
    """Asked of ECS as its deployment 2: revision 2 with build 2222222 instead of 1 with 1111111."""
    return Rollout(
        **{
            "cluster": CLUSTER,
            "ecs_service": ecs_service,
            "containers": (("web", uri_of("web", "2222222")),),
            "old_images": (("web", uri_of("web", "1111111")),),
            "old_revision": revision_arn(ecs_service, 1),
            "new_revision": revision_arn(ecs_service, 2),
            "ecs_deployment_id": deployment_id(2),
            "ecs_created_at": NOW - minutes(58),
            **given,
        }
    )


def a_rollout_never_asked(ecs_service: str = "web", **given: Any) -> Rollout:
    """Written down, and cut off before ECS was asked."""
    return a_rollout(ecs_service, **{"new_revision": None, "ecs_deployment_id": None, "ecs_created_at": None, **given})


def a_deployment(service: str = "web", **given: Any) -> Deployment:
    """Of build 2222222 over 1111111, in deployment 57 of release 42."""
    image = given.pop("image", uri_of(service, "2222222"))
    return Deployment(
        **{
            "project": "catalogue",
            "environment": "prod",
            "service": service,
            "set_id": "set-57",
            "number": 57,
            "release_number": 42,
            "image": image,
            "digest": None,
            "release_hash": Image.parse(image).release_hash,
            "previous_image": uri_of(service, "1111111"),
            "previous_release_hash": "1111111",
            "rollouts": (a_rollout(),),
            "requested_by": ADA,
            "requested_at": NOW - minutes(3),
            "description": "Show who asked for each release",
            **given,
        }
    )


def a_deployment_set(**given: Any) -> DeploymentSet:
    """Deployment 57, of everything, cut off before all of it was asked of ECS."""
    return DeploymentSet(
        **{
            "project": "catalogue",
            "environment": "prod",
            "id": "set-57",
            "number": 57,
            "kind": Kind.DEPLOY,
            "asked": "all",
            "release_number": 42,
            "source": "latest",
            "description": "Show who asked for each release",
            "requested_by": ADA,
            "requested_at": NOW - minutes(3),
            **given,
        }
    )


def a_commit(subject: str = "Show who asked", **given: Any) -> Commit:
    return Commit(**{"sha": "2" * 40, "author": "Ada", "authored_at": NOW - minutes(120), "subject": subject, **given})


def some_commits(count: int, **given: Any) -> Commits:
    return Commits(**{"listed": tuple(a_commit(f"Change {n}") for n in range(count, 0, -1)), **given})


def a_holder(id: str = "holder-1", **given: Any) -> Holder:  # noqa: A002 - the field's name
    return Holder(
        **{
            "id": id,
            "person": str(ADA),
            "host": "desk",
            "process": 4321,
            "process_started": "1",
            "command": "release-tool deploy all prod",
            "since": NOW,
            "until": NOW + minutes(1),
            **given,
        }
    )


# --- what a plan is made of


def facts(
    *,
    wanted: Mapping[str, str | Image],
    runs: Mapping[str, TaskDefinition | EcsService] | None = None,
    also: Iterable[TaskDefinition] = (),
    **given: Any,
) -> Facts:
    """A deployment of `all` to prod in a quiet world.

    `wanted` maps services to builds or images; `runs` ECS services to what they run, as a definition or, where
    more is to be said, as ECS tells it. `also` has the other definitions that are known: those that such a service
    runs, and newer revisions. Parameters have the wanted images already, so only ECS makes a difference.
    """
    images = {name: image if isinstance(image, Image) else an_image(name, image) for name, image in wanted.items()}
    runs = {"web": a_definition()} if runs is None else runs
    ecs = {name: _running(name, what) for name, what in runs.items()}
    definitions = [*(what for what in runs.values() if isinstance(what, TaskDefinition)), *also]
    services = given.pop("services", tuple(a_service(name) for name in images))
    return Facts(
        **{
            "project": a_project(*services),
            "environment": an_environment("prod"),
            "asked": "all",
            "source": "latest",
            "kind": Kind.DEPLOY,
            "services": services,
            "wanted": images,
            "parameters": {name: image.uri for name, image in images.items()},
            "ecs": ecs,
            "definitions": {definition.arn: definition for definition in definitions},
            "newest": _newest(definitions),
            **given,
        }
    )


def _running(name: str, what: TaskDefinition | EcsService) -> EcsService:
    return what if isinstance(what, EcsService) else an_ecs_service(name, an_ecs_deployment(revision=what.arn))


def _newest(definitions: Iterable[TaskDefinition]) -> dict[str, TaskDefinition]:
    in_order = sorted(definitions, key=lambda definition: definition.revision)
    return {family_arn(definition.arn): definition for definition in in_order}
