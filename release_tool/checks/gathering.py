"""Looks at one environment, all at once: what can't be asked is kept as an answer, and stops nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from release_tool.checks.asking import Examining
from release_tool.checks.examined import Examined
from release_tool.checks.findings import Told, told
from release_tool.checks.intent import images
from release_tool.gather import Asking, Running, ecs_names, of_families, with_definitions
from release_tool.image import Image
from release_tool.model import LATEST, Environment, Found, Project, Service
from release_tool.parallel import at_once, in_parallel
from release_tool.ports import Built


def examined(
    project: Project, environment: Environment, known: Sequence[Service], asking: Asking, examining: Examining
) -> Examined:
    services = tuple(service for service in known if service.exists_in(environment))
    with at_once() as ask:
        here = ask(lambda: told(lambda: asking.parameters_of(environment).registered(environment.id)))
        latest = ask(lambda: told(lambda: asking.parameters_of(None).registered(LATEST)))
        running = ask(lambda: told(lambda: _running(project, environment, services, asking)))
    found = running.result().value
    seen = Examined(
        project=project,
        environment=environment,
        services=services,
        parameters=Told(here.result().value, here.result().error),
        latest=Told(latest.result().value, latest.result().error),
        ecs=Told(None if found is None else found.services, running.result().error),
        definitions={} if found is None else found.definitions,
        newest={} if found is None else found.newest,
    )
    return _with_images(replace(seen, ours=_ours(seen, asking)), asking, examining)


def _running(project: Project, environment: Environment, services: Sequence[Service], asking: Asking) -> Running:
    """The cluster is asked even where no ECS service is known: it has to be there."""
    ecs, names = asking.services_of(environment), ecs_names(project, services, environment)
    with at_once() as ask:
        found = ask(lambda: ecs.describe(environment.cluster, names or [environment.cluster]))
        families = ask(lambda: of_families(ecs, project, services, environment))
    return with_definitions(ecs, found.result() if names else {}, families.result())


def _ours(seen: Examined, asking: Asking) -> frozenset[str]:
    """Asked only where a family has a newer revision than the one that runs."""
    running = set(seen.definitions) - {d.arn for d in seen.newest.values()}
    answers = in_parallel(lambda arn: told(lambda: asking.ledger.ours(arn)), sorted(running))
    return frozenset().union(*(answer.value for answer in answers if answer.value is not None))


def _with_images(seen: Examined, asking: Asking, examining: Examining) -> Examined:
    known = images(seen)
    found = told(lambda: asking.images.find(list(known.values())))
    built = told(lambda: examining.platforms.of(list(known.values())))
    return replace(seen, found=_found(known, found), built=_built(known, built))


def _found(known: Mapping[str, Image], answer: Told[dict[str, Found]]) -> dict[str, Found]:
    if answer.error is not None:
        return dict.fromkeys(known, Found(unknown_because=answer.error.message))
    return answer.value or {}


def _built(known: Mapping[str, Image], answer: Told[dict[str, Built]]) -> dict[str, Built]:
    if answer.error is not None:
        return dict.fromkeys(known, Built(unknown_because=answer.error.message))
    return answer.value or {}
