"""A manifest's text, understood as a whole: all projects, or all faults."""

from __future__ import annotations

from dataclasses import dataclass

from release_tool.errors import AskedWrongly, ManifestError, UnknownName
from release_tool.manifest.compose import read_node
from release_tool.manifest.findings import Findings
from release_tool.manifest.former import form_of_another_time, projects_of_another_time
from release_tool.manifest.nodes import Entry, Mapping, Node, Scalar
from release_tool.manifest.project import read_project
from release_tool.model import Project


@dataclass(frozen=True, slots=True)
class Manifest:
    """`notices` are lines for whoever keeps the file: `source:line:column: sentence`, as its faults would be."""

    projects: tuple[Project, ...]
    notices: tuple[str, ...]
    source: str

    def project(self, name: str | None) -> Project:
        """The one with this id; None is enough where the manifest holds one only."""
        ids = [project.id for project in self.projects]
        if name is None and len(self.projects) > 1:
            raise AskedWrongly(
                f"{self.source} holds several projects: {', '.join(ids)}", next="say which by --project=<name>"
            )
        for project in self.projects:
            if name in (None, project.id):
                return project
        raise UnknownName("project", str(name), ids, where=self.source)


def load_manifest(text: str, source: str) -> Manifest:
    """`source` is what places in sentences begin with: the file's path."""
    findings = Findings()
    node = read_node(text, findings)
    projects = () if node is None else _projects(node, findings)
    if faults := findings.faults(source):
        raise ManifestError(faults)
    return Manifest(projects, findings.notices(source), source)


def _projects(node: Node, findings: Findings) -> tuple[Project, ...]:
    return tuple(read_project(entry, findings) for entry in _entries(node, findings))


def _entries(node: Node, findings: Findings) -> tuple[Entry, ...]:
    if fault := form_of_another_time(node):
        findings.fault(*fault)
        return projects_of_another_time(node)
    if not isinstance(node, Mapping) or not node.entries:
        findings.fault(node.place, _no_projects(node))
        return ()
    return node.entries


def _no_projects(node: Node) -> str:
    is_text = isinstance(node, Scalar) and not node.is_nothing
    what = "this is bare text" if is_text else "there is no project here"
    return f"{what}; a manifest holds projects by id: `storage: {{environments: [{{id: stage}}]}}`"
