"""One ECS service at one moment, as ECS would know it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import sha256
from math import ceil, floor

from release_tool.demo.rollouts.entries import Configuration, Deployment, Event, ServiceDeployment, Task

EVENTS_KEPT = 100
"""https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html: up to a hundred."""


@dataclass(frozen=True, slots=True)
class Service:
    """`last_completed` is where a rollback goes to. `is_due` while a change waits for the scheduler's next look."""

    arn: str
    name: str
    desired: int
    now: float
    born_at: float
    configuration: Configuration = field(default_factory=Configuration)
    status: str = "ACTIVE"
    deployments: tuple[Deployment, ...] = ()
    tasks: tuple[Task, ...] = ()
    events: tuple[Event, ...] = ()
    history: tuple[ServiceDeployment, ...] = ()
    last_completed: Deployment | None = None
    is_steady: bool = False
    is_due: bool = True
    ids_made: int = 0

    @property
    def primary(self) -> Deployment | None:
        return next((d for d in self.deployments if d.status == "PRIMARY"), None)

    @property
    def live(self) -> tuple[Task, ...]:
        """Tasks that have not come to their end, those that drain included."""
        return tuple(task for task in self.tasks if task.stopped_at > self.now)

    @property
    def wanted(self) -> tuple[Task, ...]:
        """Live tasks that nobody has told to stop."""
        return tuple(task for task in self.tasks if task.stopping_at > self.now)

    def wanted_of(self, deployment_id: str) -> tuple[Task, ...]:
        return tuple(task for task in self.wanted if task.deployment_id == deployment_id)

    @property
    def most_tasks(self) -> int:
        # Blue and green stand side by side, whatever the percentages say.
        percent = self.configuration.maximum_percent if self.configuration.is_rolling else 200
        return floor(self.desired * percent / 100)

    @property
    def fewest_healthy(self) -> int:
        return ceil(self.desired * self.configuration.minimum_healthy_percent / 100)

    @property
    def failure_threshold(self) -> int:
        """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html"""
        return min(max(3, ceil(0.5 * self.desired)), 200)

    def deployment(self, deployment_id: str) -> Deployment | None:
        return next((d for d in self.deployments if d.id == deployment_id), None)

    def with_deployment(self, changed: Deployment) -> Service:
        return replace(self, deployments=tuple(changed if d.id == changed.id else d for d in self.deployments))

    def with_tasks(self, changed: dict[str, Task]) -> Service:
        return replace(self, tasks=tuple(changed.get(task.id, task) for task in self.tasks))

    def with_history(self, number: str, **changes: object) -> Service:
        """The service deployment `number`, if there is one, changed now."""
        history = tuple(
            replace(entry, updated_at=self.now, **changes) if entry.number == number else entry  # type: ignore[arg-type]
            for entry in self.history
        )
        return replace(self, history=history)

    def saying(self, message: str) -> Service:
        service, event_id = self.make_id()
        event = Event(event_id, self.now, f"(service {self.name}) {message}")
        return replace(service, events=(event, *self.events)[:EVENTS_KEPT])

    def make_id(self) -> tuple[Service, str]:
        """32 hexadecimal digits that no other service, and no earlier service of this name, comes by."""
        made = f"{self.arn} {self.born_at} {self.ids_made}"
        return replace(self, ids_made=self.ids_made + 1), sha256(made.encode()).hexdigest()[:32]

    def make_number(self) -> tuple[Service, str]:
        """19 digits, as in `ecs-svc/9223370526372612345`."""
        service, made = self.make_id()
        return service, str(10**18 + int(made, 16) % (9 * 10**18))
