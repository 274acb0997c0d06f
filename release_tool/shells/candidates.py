"""What can come next on a command line: told by the commands' own texts, and by the names in the manifest."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from release_tool.model import ALL, LATEST, Project
from release_tool.usage import Option, Usage

FILES = ":files"
"""Asks the shell to go on with files: no word begins with a colon."""

Candidate = tuple[str, str]
"""A word, and what it means."""


@dataclass(frozen=True, slots=True)
class Line:
    """A command line up to the cursor: whole words, and the one that is being typed."""

    words: tuple[str, ...]
    current: str

    @property
    def command(self) -> str | None:
        return self.words[0] if self.words else None

    def value_of(self, option: str) -> str | None:
        for word, following in zip(self.words, (*self.words[1:], ""), strict=True):
            if word.startswith(f"{option}="):
                return word.partition("=")[2]
            if word == option:
                return following
        return None


def line_of(typed: str) -> Line:
    """`typed` begins with the program's name, and ends at the cursor."""
    try:
        words = shlex.split(typed)
    except ValueError:  # a quotation mark that is open still
        words = typed.split()
    if not typed or typed[-1].isspace():
        words.append("")
    return Line(tuple(words[1:-1]), words[-1])


def candidates(
    line: Line, usages: Mapping[str, Usage], projects_of: Callable[[str | None], Sequence[Project]]
) -> list[Candidate]:
    """Those that begin as what is typed. `projects_of` reads a manifest, and is asked only where names are needed."""
    if line.command is None:
        every = [(name, usage.summary) for name, usage in usages.items()]
        return _beginning(line.current, [*every, ("--help", "List the commands"), ("--version", "Say which it is")])
    usage = usages.get(line.command)
    if usage is None:
        return []
    names = _Names(line, projects_of)
    found = _of_value(line, usage, names)
    return _of_command(line, usage, names) if found is None else found


def _of_value(line: Line, usage: Usage, names: _Names) -> list[Candidate] | None:
    """After `--option=`, or after an option that stands alone and takes a value; None anywhere else."""
    name, equals, _ = line.current.partition("=")
    taking = {option.name: option for option in usage.options if option.value is not None}
    if equals and name in taking:
        found = names.of_option(taking[name])
        if found == [(FILES, "")]:
            return found
        return _beginning(line.current, [(f"{name}={word}", meaning) for word, meaning in found])
    if line.words and line.words[-1] in taking:
        return _beginning(line.current, names.of_option(taking[line.words[-1]]))
    return None


def _of_command(line: Line, usage: Usage, names: _Names) -> list[Candidate]:
    if line.current.startswith("-"):
        return _beginning(line.current, [*_options(line, usage.options), ("--help", "Options and examples")])
    position = sum(1 for _ in _arguments(line, usage))
    if position >= len(usage.positions):
        return []
    return _beginning(line.current, [found for what in usage.positions[position] for found in names.of_position(what)])


def _options(line: Line, options: Iterable[Option]) -> list[Candidate]:
    """Those that are not there yet; `=` at the end asks for a value."""
    there = {word.partition("=")[0] for word in line.words}
    return [
        (f"{option.name}=" if option.value else option.name, option.meaning)
        for option in options
        if option.is_repeated or option.name not in there
    ]


def _arguments(line: Line, usage: Usage) -> Iterable[str]:
    """The words after the command that are neither options nor their values."""
    taking = {option.name for option in usage.options if option.value is not None}
    before = ""
    for word in line.words[1:]:
        if not word.startswith("-") and before not in taking:
            yield word
        before = word


def _beginning(with_what: str, found: Iterable[Candidate]) -> list[Candidate]:
    return [(word, meaning) for word, meaning in dict.fromkeys(found) if word.startswith(with_what) or word == FILES]


class _Names:
    """The names that the manifest knows; of the project that the line names, else of all."""

    def __init__(self, line: Line, projects_of: Callable[[str | None], Sequence[Project]]) -> None:
        self._line = line
        self._projects_of = projects_of

    def of_position(self, what: str) -> list[Candidate]:
        if what in ("<env>", "<other_env>"):
            return self._environments()
        if what == "<service>":
            return [*self._services(), *([] if self._line.command == "register" else self._sets())]
        if what == "<ecr_uri>":
            return []
        return [(what, "every service" if what == ALL else "")]

    def of_option(self, option: Option) -> list[Candidate]:
        name = option.name
        if name in ("--from", "--env"):
            return [(LATEST, "what was built last"), *self._environments()]
        if name == "--service":
            return self._services()
        if name == "--project":
            return [(project.id, project.name) for project in self._projects_of(self._line.value_of("--project_file"))]
        if name.endswith("_file"):
            return [(FILES, "")]
        if option.value == "<form>":
            return [("text", ""), ("json", "")]
        # A kind is one of those that the option's own words name.
        return [(kind, "") for kind in re.findall(r"`([a-z]+)`", option.meaning) if option.value == "<kind>"]

    def _projects(self) -> list[Project]:
        named = self._line.value_of("--project")
        every = self._projects_of(self._line.value_of("--project_file"))
        return [project for project in every if named in (None, project.id)]

    def _environments(self) -> list[Candidate]:
        return [(e.id, e.name) for project in self._projects() for e in project.environments]

    def _services(self) -> list[Candidate]:
        return [(s.id, s.name) for project in self._projects() for s in project.services or ()]

    def _sets(self) -> list[Candidate]:
        return [(s.id, s.name) for project in self._projects() for s in project.service_sets]
