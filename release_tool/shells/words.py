"""What the scripts ask: it has to be there before a finger leaves the key, so nothing of AWS is loaded, nor asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from release_tool.errors import ReleaseToolError
from release_tool.manifest import find_manifest, read_manifest
from release_tool.model import Project
from release_tool.shells.candidates import candidates, line_of
from release_tool.usage import Usage


def words(typed: str, usages: Mapping[str, Usage]) -> Iterator[str]:
    """A word a line, and behind a tab what it means. `typed` is the line up to the cursor."""
    for word, meaning in candidates(line_of(typed), usages, cache(_projects)):
        yield f"{word}\t{meaning}" if meaning else word


def _projects(project_file: str | None) -> Sequence[Project]:
    """A manifest that is missing or faulty has no names: whoever completes a line wants no complaints."""
    try:
        path = find_manifest(Path.cwd()) if project_file is None else Path(project_file)
        return read_manifest(path).projects
    except (ReleaseToolError, OSError):
        return ()
