"""A manifest of other times, said in today's words: what it meant is kept, and what means nothing any more is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from release_tool.errors import ManifestError
from release_tool.manifest import former
from release_tool.manifest.compose import read_node
from release_tool.manifest.findings import Findings
from release_tool.manifest.load import load_manifest
from release_tool.manifest.nodes import Entry, Mapping, Node, Scalar, Sequence
from release_tool.manifest.write import written
from release_tool.model import LATEST


@dataclass(frozen=True, slots=True)
class Translation:
    """`notices` have their places in the file that was read; `faults` in `text`, where today's rules refuse it."""

    text: str
    notices: tuple[str, ...]
    faults: tuple[str, ...]


def translation(text: str, source: str, target: str) -> Translation | None:
    """None where the file speaks of nothing in the words of other times, whatever else may be wrong with it.

    `source` is the file's name in notices, `target` that of the new text in its faults.
    """
    findings = Findings()
    node = read_node(text, findings)
    if node is None or findings.faults(source):
        raise ManifestError(findings.faults(source))
    if not is_of_another_time(node):
        return None
    today = written(_project(entry, findings) for entry in _projects(node))
    return Translation(today, findings.notices(source), _faults(today, target))


def _faults(text: str, target: str) -> tuple[str, ...]:
    try:
        load_manifest(text, target)
    except ManifestError as error:
        return error.faults
    return ()


# --- is it?


def is_of_another_time(node: Node) -> bool:
    """Whether its form, or any key that today's files can't have, is of another time."""
    if former.form_of_another_time(node) is not None:
        return True
    return any(entry.key.text in former.KEYS for mapping in _read_with_keys(node) for entry in mapping.entries)


def _read_with_keys(node: Node) -> Iterator[Mapping]:
    """Projects, and their environments and services: the keys of other times stand in these."""
    for project in _projects(node):
        if isinstance(project.value, Mapping):
            yield project.value
            for below in project.value.entries:
                if below.key.text in ("environments", "services") and isinstance(below.value, Sequence):
                    yield from (item for item in below.value.items if isinstance(item, Mapping))


def _projects(node: Node) -> tuple[Entry, ...]:
    if former.form_of_another_time(node) is not None:
        return former.projects_of_another_time(node)
    return node.entries if isinstance(node, Mapping) else ()


# --- today's words


def _project(project: Entry, findings: Findings) -> Entry:
    if not isinstance(project.value, Mapping):
        return project
    kept: list[Entry] = []
    services: list[Entry] = []
    for entry in _in_todays_keys(project.value, findings):
        if entry.key.text in (former.IMAGE_REPOSITORIES, "services"):
            services.append(entry)
        elif entry.key.text == "environments":
            kept.append(Entry(entry.key, _environments(entry.value, findings)))
        else:
            kept.append(entry)
    if services:
        kept.append(_services(services, findings))
    return Entry(project.key, Mapping(project.value.place, tuple(kept)))


def _in_todays_keys(mapping: Mapping, findings: Findings) -> Iterator[Entry]:
    """Renamed keys take their new names, unless those stand there too; keys that mean nothing any more are left out."""
    for entry in mapping.entries:
        key = entry.key.text
        if key in former.RENAMED and mapping.get(former.RENAMED[key]) is None:
            yield Entry(Scalar(entry.key.place, former.RENAMED[key]), entry.value)
        elif key == former.TF_STACK_ROOT or (key in former.KEYS and key != former.IMAGE_REPOSITORIES):
            findings.notice(entry.key.place, former.KEYS.get(key, f"`{key}` does nothing any more"))
        else:
            yield entry


def _environments(environments: Node, findings: Findings) -> Node:
    if not isinstance(environments, Sequence):
        return environments
    named = [_with_id(item) for item in environments.items]
    for environment in named:
        if _id_of(environment) == LATEST:
            findings.notice(environment.place, "`latest` is the label of what was built last, and no environment")
    return _cleaned([e for e in named if _id_of(e) != LATEST], environments, findings)


def _services(entries: list[Entry], findings: Findings) -> Entry:
    place = entries[0].key.place
    items = (item for entry in entries for item in _services_of(entry, findings))
    return Entry(Scalar(place, "services"), _cleaned(items, Sequence(place, ()), findings))


def _services_of(entry: Entry, findings: Findings) -> list[Node]:
    """Today's list as it is; of image repositories each as the service that it is today."""
    listed = entry.value.items if isinstance(entry.value, Sequence) else (entry.value,)
    items = [_with_id(item) for item in listed]
    if entry.key.text != former.IMAGE_REPOSITORIES:
        return items
    findings.notice(entry.key.place, former.NAMES_TO_LOOK_AT)
    return [_service(item) for item in items]


def _service(repository: Node) -> Node:
    """Its `services` were the ECS services that run the image; with none, it is a parameter and nothing else."""
    if not isinstance(repository, Mapping):
        return repository
    beneath = repository.get("services")
    listed = beneath.value if beneath is not None else Sequence(repository.place, ())
    kept = [entry for entry in repository.entries if entry.key.text != "services"]
    ecs_services = _names(listed)
    if [name.text for name in ecs_services] != [_id_of(repository)]:
        kept.append(Entry(Scalar(listed.place, "ecs_services"), Sequence(listed.place, tuple(ecs_services))))
    return Mapping(repository.place, tuple(kept))


def _names(listed: Node) -> list[Scalar]:
    """Each once, written as text or as `id: …`."""
    items = listed.items if isinstance(listed, Sequence) else ()
    ids = (_identity(_with_id(item)) for item in items)
    return list({scalar.text: scalar for scalar in ids if scalar is not None and not scalar.is_nothing}.values())


def _cleaned(items: Iterable[Node], listed: Sequence, findings: Findings) -> Sequence:
    cleaned = (
        Mapping(item.place, tuple(_in_todays_keys(item, findings))) if isinstance(item, Mapping) else item
        for item in items
    )
    return Sequence(listed.place, tuple(cleaned))


def _with_id(item: Node) -> Node:
    """Bare text stood for an id."""
    if isinstance(item, Scalar) and not item.is_nothing:
        return Mapping(item.place, (Entry(Scalar(item.place, "id"), item),))
    return item


def _id_of(item: Node) -> str | None:
    identity = _identity(item)
    return None if identity is None else identity.text


def _identity(item: Node) -> Scalar | None:
    identity = item.get("id") if isinstance(item, Mapping) else None
    return identity.value if identity is not None and isinstance(identity.value, Scalar) else None
