"""ECS in memory: families, revisions, services and their deployments, which move on command."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from threading import RLock
from typing import Any

from release_tool.errors import AskedWrongly, CouldNot
from release_tool.ports import Clock
from release_tool.rollout import EcsDeployment, EcsService, Event, ServiceDeployment, StoppedContainer, StoppedTask
from release_tool.task_definition import TaskDefinition, revision_number, short_revision
from tests.builders import an_ecs_deployment, an_ecs_service, deployment_id, minutes, revision_arn, service_arn
from tests.fakes.clock import HandClock
from tests.fakes.trouble import Troubles

COMPLETED = "ECS deployment {id} completed."
GAVE_UP = "tasks failed to start."
GOES_BACK = "ECS deployment circuit breaker: rolling back to deploymentId {id}."


class MemoryServices:
    """What a deployment does is asked for by the ports' methods; what ECS makes of it, by those after them.

    Deployments are numbered from 1 over all services, as `deployment_id` spells them. `registered` and `updated`
    have the writes that acted, in order: revisions, and ECS services with the revision that they were given.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or HandClock()
        self._one_at_a_time = RLock()
        self._clusters: dict[str, dict[str, EcsService]] = {}
        self._shown: dict[str, dict[str, EcsService]] | None = None
        self._families: dict[str, list[TaskDefinition]] = {}
        self._inactive: set[str] = set()
        self._service_deployments: dict[str, ServiceDeployment] = {}
        self._stopped: dict[str, tuple[StoppedTask, ...]] = {}
        self._dead: dict[str, tuple[StoppedContainer, ...]] = {}
        self._deployments = 0
        self.troubles = Troubles()
        self.registered: list[str] = []
        self.updated: list[tuple[str, str]] = []

    # --- questions

    def describe(self, cluster: str, names: Sequence[str]) -> dict[str, EcsService]:
        with self.troubles.around("describe", cluster), self._one_at_a_time:
            shown = self._clusters if self._shown is None else self._shown
            if cluster not in shown:
                raise AskedWrongly(f"there is no ECS cluster called `{cluster}` in this account and region")
            return {name: shown[cluster][name] for name in dict.fromkeys(names) if name in shown[cluster]}

    def definition(self, family_or_arn: str) -> TaskDefinition | None:
        """An INACTIVE revision is found by its ARN still, and by its family no more."""
        family, _, revision = short_revision(family_or_arn).partition(":")
        known = self._families.get(family, [])
        if revision:
            return next((d for d in known if d.revision == int(revision)), None)
        return next((d for d in reversed(known) if d.arn not in self._inactive), None)

    def newer_revisions(self, revision_arn: str) -> tuple[str, ...]:
        family, number = short_revision(revision_arn).partition(":")[0], revision_number(revision_arn)
        active = (d for d in reversed(self._families.get(family, [])) if d.arn not in self._inactive)
        return tuple(d.arn for d in active if d.revision > number)

    def service_deployments(self, arns: Collection[str]) -> dict[str, ServiceDeployment]:
        return {arn: self._service_deployments[arn] for arn in arns if arn in self._service_deployments}

    def stopped_tasks(self, cluster: str, service: str) -> tuple[StoppedTask, ...]:
        return self._stopped.get(service, ())

    def dead_containers(self, cluster: str, service: str, ecs_deployment_id: str) -> tuple[StoppedContainer, ...]:
        return self._dead.get(ecs_deployment_id, ())

    # --- writes

    def register(self, fields: Mapping[str, Any]) -> TaskDefinition:
        with self.troubles.around("register", fields["family"]), self._one_at_a_time:
            definition = self._add(fields)
            self.registered.append(definition.short)
        return definition

    def update(self, cluster: str, service: str, revision_arn: str) -> EcsService:
        """The revision that runs already starts nothing: UpdateService without a force changes nothing then."""
        with self.troubles.around("update", service), self._one_at_a_time:
            self._refuse_what_ecs_refuses(cluster, service, revision_arn)
            primary = self._clusters[cluster][service].primary
            if primary is None or primary.revision != revision_arn:
                self._begin(cluster, service, revision_arn)
                self.updated.append((service, short_revision(revision_arn)))
            answer = self._clusters[cluster][service]
        return _as_answered(answer)

    def _refuse_what_ecs_refuses(self, cluster: str, service: str, revision_arn: str) -> None:
        found = self._clusters.get(cluster, {}).get(service)
        if found is None:
            raise CouldNot(f"could not update the service {service}: Service not found. (ServiceNotFoundException)")
        if found.status != "ACTIVE":
            raise CouldNot(f"could not update the service {service}: not ACTIVE. (ServiceNotActiveException)")
        if self.definition(revision_arn) is None or revision_arn in self._inactive:
            raise CouldNot(f"could not update the service {service}: no such revision. (ClientException)")

    def deregister(self, revision_arn: str) -> None:
        with self.troubles.around("deregister", short_revision(revision_arn)), self._one_at_a_time:
            self._inactive.add(revision_arn)

    # --- the world, made by other hands

    def has(self, cluster: str, name: str, fields: Mapping[str, Any], *, desired: int = 1, **given: Any) -> EcsService:
        """Let an ECS service exist, whose one deployment was complete long before; `given` are its settings."""
        definition = self.registered_outside(fields)
        self._deployments += 1
        running = an_ecs_deployment(
            self._deployments,
            definition.arn,
            created_at=self._clock.now() - minutes(60),
            desired=desired,
            running=desired,
        )
        service = an_ecs_service(
            name, running, arn=service_arn(name, cluster), cluster=cluster, desired=desired, running=desired, **given
        )
        self._clusters.setdefault(cluster, {})[name] = service
        return service

    def registered_outside(self, fields: Mapping[str, Any]) -> TaskDefinition:
        """As Terraform does it: a revision that is not ours. An equal newest one is taken as it is."""
        newest = self.definition(str(fields["family"]))
        return newest if newest is not None and newest.fields == dict(fields) else self._add(fields)

    def deployed_outside(self, cluster: str, name: str, revision_arn: str) -> EcsService:
        self._begin(cluster, name, revision_arn)
        return self._clusters[cluster][name]

    def is_gone(self, cluster: str, name: str) -> None:
        del self._clusters[cluster][name]

    def set(self, cluster: str, name: str, **settings: Any) -> None:
        self._put(replace(self._service(cluster, name), **settings))

    # --- ECS's own doing

    def complete(self, cluster: str, name: str) -> None:
        """The PRIMARY has all its tasks, and the others are gone; also the one that ECS went back to."""
        service, primary = self._service(cluster, name), self._primary(cluster, name)
        ended = replace(
            primary,
            rollout_state="COMPLETED",
            rollout_state_reason=COMPLETED.format(id=primary.id),
            running=service.desired,
            pending=0,
        )
        self._put(replace(service, deployments=(ended,), running=service.desired, pending=0))
        self._say(cluster, name, f"(service {name}) (deployment {primary.id}) deployment completed.")
        self._end_service_deployment(cluster, name, primary.id)

    def fail(self, cluster: str, name: str, reason: str = GAVE_UP, *, failed: int = 3) -> None:
        """ECS gives up on the PRIMARY. What comes then is for `roll_back`, or for nobody."""
        given_up = self._primary(cluster, name)
        counts = {"desired": 0, "running": 0, "pending": 0, "failed": failed}
        said = {"rollout_state": "FAILED", "rollout_state_reason": reason, "updated_at": self._clock.now()}
        self._put(_with_primary(self._service(cluster, name), **said, **counts))
        self._say(cluster, name, f"(service {name}) (deployment {given_up.id}) deployment failed: {reason}")

    def roll_back(self, cluster: str, name: str, *, under: str = "a new id") -> None:
        """ECS goes back to the last completed deployment, `under` a new id or its old one: both have been seen."""
        service, failed = self._service(cluster, name), self._primary(cluster, name)
        target = max((d for d in service.deployments if d.rollout_state == "COMPLETED"), key=lambda d: d.created_at)
        self._deployments += 1
        again = replace(
            target,
            id=deployment_id(self._deployments) if under == "a new id" else target.id,
            status="PRIMARY",
            created_at=self._clock.now(),
            rollout_state="IN_PROGRESS",
            rollout_state_reason=GOES_BACK.format(id=target.id),
        )
        others = [d for d in service.deployments if d.id not in (again.id, failed.id)]
        deployments = (again, replace(failed, status="ACTIVE"), *others)
        self._put(replace(service, deployments=deployments, revision=again.revision))
        self._tell(cluster, name, failed.id, "ROLLBACK_IN_PROGRESS", GAVE_UP)

    def stop_task(self, name: str, started_by: str, container: str, exit_code: int | None, reason: str) -> None:
        """A task of a deployment stops, and this is what ECS remembers of it."""
        task = StoppedTask(
            arn=f"{service_arn(name).replace(':service/', ':task/')}/{len(self._stopped.get(name, ()))}",
            started_by=started_by,
            revision=revision_arn(),
            stop_code="EssentialContainerExited" if exit_code is not None else "TaskFailedToStart",
            stopped_reason=reason,
            stopped_at=self._clock.now(),
            containers=(StoppedContainer(container, exit_code, None if exit_code is not None else reason),),
        )
        self._stopped[name] = (*self._stopped.get(name, ()), task)

    def container_dies(self, ecs_deployment_id: str, name: str, exit_code: int) -> None:
        """A container stops in a task that runs on without it."""
        dead = StoppedContainer(name, exit_code)
        self._dead[ecs_deployment_id] = (*self._dead.get(ecs_deployment_id, ()), dead)

    def lag_behind(self) -> None:
        """From now on `describe` answers as things are now, whatever is written."""
        self._shown = deepcopy(self._clusters)

    def catch_up(self) -> None:
        self._shown = None

    # --- below

    def _add(self, fields: Mapping[str, Any]) -> TaskDefinition:
        family = str(fields["family"])
        revisions = self._families.setdefault(family, [])
        number = len(revisions) + 1
        revisions.append(TaskDefinition(revision_arn(family, number), family, number, deepcopy(dict(fields))))
        return revisions[-1]

    def _begin(self, cluster: str, name: str, revision: str) -> None:
        self._deployments += 1
        service = self._service(cluster, name)
        begun = an_ecs_deployment(
            self._deployments,
            revision,
            created_at=self._clock.now(),
            rollout_state="IN_PROGRESS",
            desired=service.desired,
            running=0,
            pending=service.desired,
        )
        for replaced in [d for d in self._of(cluster, name) if d.status == "IN_PROGRESS"]:
            self._service_deployments[replaced.arn] = replace(replaced, status="STOPPED")
        older = tuple(replace(d, status="ACTIVE") for d in service.deployments)
        self._put(replace(service, revision=revision, deployments=(begun, *older)))
        self._tell(cluster, name, begun.id, "IN_PROGRESS")

    def _service(self, cluster: str, name: str) -> EcsService:
        return self._clusters[cluster][name]

    def _primary(self, cluster: str, name: str) -> EcsDeployment:
        primary = self._service(cluster, name).primary
        assert primary is not None
        return primary

    def _put(self, service: EcsService) -> None:
        with self._one_at_a_time:
            self._clusters[service.cluster][service.name] = service

    def _say(self, cluster: str, name: str, message: str) -> None:
        service = self._service(cluster, name)
        self._put(replace(service, events=(Event(self._clock.now(), message), *service.events)))

    def _end_service_deployment(self, cluster: str, name: str, id: str) -> None:  # noqa: A002
        """Going back is a part of the service deployment that failed, not one of its own."""
        going_back = [d for d in self._of(cluster, name) if d.status == "ROLLBACK_IN_PROGRESS"]
        for told in going_back:
            self._service_deployments[told.arn] = replace(told, status="ROLLBACK_SUCCESSFUL")
        if not going_back:
            self._tell(cluster, name, id, "SUCCESSFUL")

    def _of(self, cluster: str, name: str) -> list[ServiceDeployment]:
        place = f":service-deployment/{cluster}/{name}/"
        return [d for d in self._service_deployments.values() if place in d.arn]

    def _tell(self, cluster: str, name: str, id: str, status: str, reason: str | None = None) -> None:  # noqa: A002
        number = id.rpartition("/")[2]
        arn = f"{service_arn(name, cluster).replace(':service/', ':service-deployment/')}/{number}"
        before = self._service_deployments.get(arn) or ServiceDeployment(arn, number, status)
        self._service_deployments[arn] = replace(before, status=status, status_reason=reason)


def _with_primary(service: EcsService, **said: Any) -> EcsService:
    deployments = tuple(replace(d, **said) if d.status == "PRIMARY" else d for d in service.deployments)
    return replace(service, deployments=deployments)


def _as_answered(service: EcsService) -> EcsService:
    """UpdateService answers before anything has moved: the new PRIMARY's own desired count is 0 then."""
    primary = service.primary
    if primary is None or primary.rollout_state != "IN_PROGRESS":
        return service
    return _with_primary(service, desired=0, pending=0)
