"""What becomes of one service: *change*, *unchanged*, *missing* or *unmatched*, and why.

It is judged against what ECS runs, never against what was written last: a retry after a crash must not skip a service.
"""

from __future__ import annotations

from collections.abc import Iterable

from release_tool.image import Image
from release_tool.model import Deployment, Found, Kind, Rollout, Service, Word, in_a_sentence, is_task_family
from release_tool.plan.changes import Change, Judged, Unchanged, Unmatched, Why
from release_tool.plan.cut_off import is_resumable, open_parts, was_cut_off
from release_tool.plan.facts import Facts
from release_tool.plan.places import containers_of, parsed, places_of, running_definition
from release_tool.plan.steps import base_of
from release_tool.rollout import EcsService
from release_tool.task_definition import family_arn


def judged(service: Service, facts: Facts) -> Judged:
    wanted = facts.wanted.get(service.id)
    if wanted is None:
        return service
    why_not = dict(facts.refused).get(service.id) or _why_not(service, wanted, facts)
    if why_not is not None:
        return Unmatched(service, why_not)
    why = _why_changed(service, wanted, facts)
    return Unchanged(service, wanted) if why is None else _change(service, wanted, why, facts)


def _why_not(service: Service, wanted: Image, facts: Facts) -> str | None:
    if facts.found.get(wanted.uri, Found()).missing:
        return f"its repository has no image {wanted.uri}"
    for name in places_of(service, facts):
        why = _why_service_cannot(name, facts.ecs.get(name), facts)
        if why is not None:
            return why
        containers = containers_of(service, wanted, name, facts)
        if not containers:
            return _no_container(service, wanted, name, facts)
        base = base_of(name, facts)
        for container in (c for c in containers if c not in base.images):
            return f"the newest revision {base.short} of {in_a_sentence(name)} has no container called {container}"
    return None


def _why_service_cannot(name: str, ecs: EcsService | None, facts: Facts) -> str | None:
    if ecs is None and is_task_family(name):
        return f"there is no {name}, or none of its revisions is ACTIVE; name it with `task_families` in the manifest"
    if ecs is None:
        known = f"there is no ECS service called {name} in cluster {facts.environment.cluster}"
        return f"{known}; name it with `ecs_services` in the manifest"
    if ecs.status != "ACTIVE":
        return f"the ECS service {name} is {ecs.status}"
    if ecs.controller != "ECS":
        return f"the ECS service {name} is deployed by {ecs.controller}, not by ECS itself"
    if ecs.managed_by is not None:
        return f"the ECS service {name} is managed by {ecs.managed_by} itself"
    if ecs.revision is None or ecs.revision not in facts.definitions:
        return f"the task definition of {in_a_sentence(name)} could not be read"
    return None


def _no_container(service: Service, wanted: Image, name: str, facts: Facts) -> str:
    images = running_definition(name, facts).images
    runs = ", ".join(f"{container} ({uri})" for container, uri in images.items()) or "none"
    if service.container is not None:
        return f"{in_a_sentence(name)} has no container called {service.container}; it has {runs}"
    return (
        f"no container of {in_a_sentence(name)} runs an image of {wanted.repository}; it has {runs}; "
        "name one with `container` in the manifest"
    )


def _why_changed(service: Service, wanted: Image, facts: Facts) -> Why | None:
    if was_cut_off(service, facts):
        return Why.UNFINISHED
    differing = [name for name in places_of(service, facts) if _differs(service, wanted, name, facts)]
    if differing:
        return Why.NEW_IMAGE
    if _tag_moved(service, wanted, facts):
        return Why.MOVED_TAG
    if any(_has_failed(facts.ecs[name]) for name in places_of(service, facts)):
        return Why.FAILED_BEFORE
    if facts.kind is Kind.RESTART and places_of(service, facts) and not is_resumable(facts):
        return Why.RESTART
    if facts.parameters.get(service.id) != wanted.uri:
        return Why.PARAMETER_ONLY if places_of(service, facts) else Why.NEW_IMAGE
    return None


def _differs(service: Service, wanted: Image, name: str, facts: Facts) -> bool:
    images = running_definition(name, facts).images
    return any(images[container] != wanted.uri for container in containers_of(service, wanted, name, facts))


def _tag_moved(service: Service, wanted: Image, facts: Facts) -> bool:
    recorded = facts.current.get(service.id)
    now = facts.found.get(wanted.uri, Found()).digest
    if recorded is None or recorded.image != wanted.uri or recorded.digest is None or now is None:
        return False
    return recorded.digest != now or _moved_in_vain(recorded)


def _moved_in_vain(recorded: Deployment) -> bool:
    """Whether the tag was moved already when it was recorded, and ECS runs what it meant before all the same."""
    if recorded.previous_image != recorded.image or recorded.kind is Kind.RESTART:
        return False
    return any(r.ecs_deployment_id is None or _went_back(r) for r in recorded.rollouts)


def _went_back(rollout: Rollout) -> bool:
    return rollout.settling or rollout.outcome == Word.ROLLED_BACK


def _has_failed(ecs: EcsService) -> bool:
    return ecs.primary is not None and ecs.primary.rollout_state == "FAILED"


def _change(service: Service, wanted: Image, why: Why, facts: Facts) -> Change:
    names = places_of(service, facts)
    recorded = facts.current.get(service.id)
    changed = tuple(name for name in names if _is_part(service, wanted, name, why, facts))
    return Change(
        service=service,
        wanted=wanted,
        why=why,
        running=_running_image(service, wanted, changed or names, facts),
        digest=facts.found.get(wanted.uri, Found()).digest,
        parameter=facts.parameters.get(service.id),
        recorded=last_written(recorded),
        ecs_services=changed,
        kept=_kept(recorded, wanted, set(names) - set(changed)),
    )


def _is_part(service: Service, wanted: Image, name: str, why: Why, facts: Facts) -> bool:
    """Whether an ECS service of a changed service gets a new revision."""
    if why is Why.PARAMETER_ONLY:
        return False
    if _differs(service, wanted, name, facts) or _has_failed(facts.ecs[name]):
        return True
    if _is_followed_by_another_image(service, wanted, name, facts):
        return True
    if why is Why.UNFINISHED:
        return name in open_parts(facts)
    return facts.kind is Kind.RESTART or _tag_moved(service, wanted, facts)


def _is_followed_by_another_image(service: Service, wanted: Image, name: str, facts: Facts) -> bool:
    """Whether its family's newest revision, which Terraform goes by, is one that ECS went back from here.

    Such is left where one image ended differently in several ECS services: then nothing was put back. It is ours,
    or run by another ECS service of the same family.
    """
    running = running_definition(name, facts)
    newest = facts.newest.get(family_arn(running.arn))
    if newest is None or newest.arn == running.arn:
        return False
    if newest.arn not in facts.ours and newest.arn not in {ecs.revision for ecs in facts.ecs.values()}:
        return False
    return any(newest.images.get(c) != wanted.uri for c in containers_of(service, wanted, name, facts))


def _running_image(service: Service, wanted: Image, names: Iterable[str], facts: Facts) -> Image | None:
    for name in names:
        images = running_definition(name, facts).images
        for container in containers_of(service, wanted, name, facts):
            return parsed(images[container])
    return None


def last_written(recorded: Deployment | None) -> str | None:
    """The image that the ledger knows as written to the parameter last; None where it can't say."""
    if recorded is None or (recorded.rollouts and all(r.ecs_deployment_id is None for r in recorded.rollouts)):
        return None
    # Where its ECS services ended differently, nothing is put back.
    if recorded.rollouts and all(_went_back(rollout) for rollout in recorded.rollouts):
        return recorded.previous_image
    return recorded.image


def _kept(recorded: Deployment | None, wanted: Image, names: set[str]) -> tuple[Rollout, ...]:
    """ECS services that run the wanted image already keep what is recorded of them."""
    if recorded is None or recorded.image != wanted.uri:
        return ()
    return tuple(r for r in recorded.rollouts if r.ecs_service in names and r.ecs_deployment_id is not None)


def without_conflicts(judged: Iterable[Judged], facts: Facts) -> Iterable[Judged]:
    """The same, but *unmatched* what claims a container that another asked service claims, changed or not."""
    claims: dict[tuple[str, str], Service] = {}
    for one in judged:
        yield _conflict(one, claims, facts) or one


def _conflict(one: Judged, claims: dict[tuple[str, str], Service], facts: Facts) -> Unmatched | None:
    if not isinstance(one, (Change, Unchanged)):
        return None
    image = one.wanted if isinstance(one, Change) else one.image
    for name in places_of(one.service, facts):
        for container in containers_of(one.service, image, name, facts):
            other = claims.setdefault((name, container), one.service)
            if other.id != one.service.id:
                return _claimed_twice(one.service, other, container, name)
    return None


def _claimed_twice(service: Service, other: Service, container: str, name: str) -> Unmatched:
    return Unmatched(
        service,
        f"the container {container} of {in_a_sentence(name)} is claimed by {other.id} too; "
        "name each one's with `container` in the manifest",
    )
