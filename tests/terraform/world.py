"""The world in memory, all of it described in Terraform's files: what a `plan` would show, and what an `apply` does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from release_tool.model import Environment, Project, Service
from release_tool.task_definition import TaskDefinition
from tests.builders import a_project, a_service, fields_of, uri_of
from tests.commands.world import SIDECAR, World
from tests.terraform.sees import Configuration, Parameter, Planned, Replaces, Seen, UpdatesService, filled, planned

FIRST = "1111111"
TAGS = [{"key": "managed-by", "value": "terraform"}]


@dataclass
class Described:
    """One task definition of the files, and the ECS service that takes it, where one does."""

    cluster: str
    family: str
    ecs_service: str | None
    configuration: Configuration
    in_state: TaskDefinition


def a_project_of_many_forms() -> Project:
    """One ECS service to an image, several to an image, and a task definition that no service takes."""
    return a_project(
        a_service("web"),
        a_service("api", task_families=("{project}-{env}-api-migration",)),
        a_service("worker", ecs_services=("worker-fast", "worker-slow")),
    )


class TerraformedWorld(World):
    """Everything was applied, and runs the first build. `recipe` is how the files are written."""

    def __init__(self, project: Project | None = None, *, breaker: bool = True, **recipe: Any) -> None:
        self.recipe = recipe
        self.described: dict[str, list[Described]] = {}
        super().__init__(project or a_project_of_many_forms(), breaker=breaker)
        for environment in self.project.environments:
            for service in self.project.services or ():
                self._describe_the_rest(environment, service)

    def _start(self, environment: Environment, service: str, name: str, breaker: bool) -> None:
        fields = self._fields(f"{environment.cluster}-{name}", service)
        self.services.has(environment.cluster, name, fields, breaker=breaker, rollback=breaker)
        self._describe(environment, fields, service, name)

    def _describe_the_rest(self, environment: Environment, service: Service) -> None:
        self.parameters.put(environment.id, service.id, uri_of(service.id, FIRST))
        for family in service.task_family_names(self.project.id, environment):
            fields = self._fields(family, service.id)
            self.services.registered_outside(fields)
            self._describe(environment, fields, service.id, None)

    def _fields(self, family: str, service: str) -> dict[str, Any]:
        images = {"app": uri_of(service, FIRST), "log_router": SIDECAR}
        return fields_of(family, images, memory="512", tags=TAGS)

    def _describe(self, environment: Environment, fields: dict[str, Any], service: str, name: str | None) -> None:
        made = self.services.definition(fields["family"])
        assert made is not None
        configuration = Configuration(fields=fields, images={"app": service}, **self.recipe)
        described = Described(environment.cluster, fields["family"], name, configuration, made)
        self.described.setdefault(environment.id, []).append(described)

    # --- Terraform

    def plan(self, env: str = "prod") -> dict[str, tuple[Planned, ...]]:
        """By family; what has nothing to plan is left out."""
        plans: dict[str, tuple[Planned, ...]] = {}
        for described in self.described[env]:
            steps = planned(described.configuration, self._seen(described, env))
            plans[described.family] = (*plans.get(described.family, ()), *steps)
        return {family: plan for family, plan in plans.items() if plan}

    def apply(self, env: str = "prod") -> None:
        for described in self.described[env]:
            made = None
            for step in planned(described.configuration, self._seen(described, env)):
                if isinstance(step, Replaces):
                    made = self.services.registered_outside(filled(described.configuration, self._seen(described, env)))
                    described.in_state = made
                    if step.deregisters is not None:
                        self.services.deregister(step.deregisters)
                if isinstance(step, UpdatesService):
                    assert described.ecs_service is not None
                    revision = step.to or made.arn  # type: ignore[union-attr]
                    self.services.deployed_outside(described.cluster, described.ecs_service, revision)

    def files_say(self, env: str = "prod", **fields: Any) -> None:
        """Somebody changes every task definition in the files; nothing is applied yet."""
        for described in self.described[env]:
            changed = {**described.configuration.fields, **fields}
            described.configuration = replace(described.configuration, fields=changed)

    def files_are_written(self, env: str = "prod", **recipe: Any) -> None:
        """Somebody writes the files in another way; nothing is applied yet."""
        for described in self.described[env]:
            described.configuration = replace(described.configuration, **recipe)

    def images_stand_in_the_files(self, env: str = "prod") -> None:
        """As they are now, and no parameter is read."""
        for described in self.described[env]:
            described.configuration = replace(described.configuration, images={})

    def files_read_parameters(self, env: str = "prod") -> None:
        for described in self.described[env]:
            (container, _) = described.configuration.fields["containerDefinitions"]
            service = str(container["image"]).rpartition("/")[2].partition(":")[0]
            described.configuration = replace(described.configuration, images={"app": service})

    def _seen(self, described: Described, env: str) -> Seen:
        services = sorted(set(described.configuration.images.values()))
        values = self.parameters.images(env, services)
        runs = None
        if described.ecs_service is not None:
            runs = self.services.describe(described.cluster, [described.ecs_service])[described.ecs_service].revision
        return Seen(
            parameters={service: Parameter(uri) for service, uri in values.items()},
            newest=self.services.definition(described.family),
            in_state=described.in_state,
            runs=runs,
        )

    # --- what is true

    def images_that_would_be_deployed(self, env: str = "prod") -> set[str]:
        """The builds that an `apply` now would bring to where something else runs."""
        builds = set()
        for plan in self.plan(env).values():
            for step in plan:
                if isinstance(step, Replaces):
                    builds |= {str(uri).rpartition(":")[2] for _, uri in step.images}
                if isinstance(step, UpdatesService) and step.to is not None:
                    definition = self.services.definition(step.to)
                    assert definition is not None
                    builds.add(definition.images["app"].rpartition(":")[2])
        return builds

    # --- stories

    def released(self, build: str, asked: str = "all", env: str = "prod") -> None:
        """Registered, deployed and complete, and followed to its end."""
        self.registered(build, asked)
        assert self.deploy(asked, env).code == 0
        self.complete(env)
        assert self.run("wait", env).code == 0

    def registered(self, build: str, asked: str = "all") -> None:
        for service in self.project.services or ():
            if asked in ("all", service.id):
                self.register(service.id, build)

    def ecs_goes_back(self, asked: str = "all", env: str = "prod") -> None:
        """The rollouts fail, and ECS puts the last completed deployment back."""
        environment = self.project.environment(env)
        for service in self.project.services or ():
            if asked in ("all", service.id):
                for name in service.ecs_service_names(self.project.id, environment):
                    self.services.fail(environment.cluster, name)
                    self.services.roll_back(environment.cluster, name)
                    self.services.complete(environment.cluster, name)
