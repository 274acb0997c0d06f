"""A command's docopt text, taken apart: what it is for, what it takes, and what each option means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

OPTION = re.compile(r"^  (--[a-z_]+)(?:=(<[a-z_]+>))?(?:  +(.*))?$")
POSITION = re.compile(r"\([^()]*\)|<[a-z_]+>")


@dataclass(frozen=True, slots=True)
class Option:
    """`value` is the placeholder of what it takes, as `<name>`; None for a switch."""

    name: str
    value: str | None
    meaning: str

    @property
    def is_repeated(self) -> bool:
        return self.name == "--allow_host"


@dataclass(frozen=True, slots=True)
class Usage:
    """`positions` are the arguments in their order, each with its alternatives: `all` and `<service>`, say."""

    command: str
    summary: str
    pattern: str
    positions: tuple[tuple[str, ...], ...]
    options: tuple[Option, ...]
    paragraphs: tuple[str, ...]
    examples: tuple[str, ...]


def usage_in(command: str, text: str) -> Usage:
    parts = re.split(r"\n{2,}", text.strip("\n"))
    titled = {part.partition(":\n")[0]: part.partition(":\n")[2] for part in parts if _is_titled(part)}
    pattern = " ".join(titled["Usage"].split())
    return Usage(
        command=command,
        summary=parts[0],
        pattern=pattern,
        positions=tuple(_positions(pattern)),
        options=tuple(_options(titled.get("Options", ""))),
        paragraphs=tuple(" ".join(part.split()) for part in parts[1:] if not _is_titled(part)),
        examples=tuple((titled.get("Example") or titled.get("Examples") or "").split("\n")),
    )


def _is_titled(part: str) -> bool:
    return part.partition(":\n")[0] in ("Usage", "Options", "Example", "Examples")


def _positions(pattern: str) -> Iterator[tuple[str, ...]]:
    """What is left when the options are taken away."""
    bare = re.sub(r"--[a-z_]+(=<[a-z_]+>)?", "", pattern)
    for found in POSITION.findall(bare):
        alternatives = tuple(word for word in re.split(r"[\s|()]+", found) if word)
        if alternatives:
            yield alternatives


def _options(lines: str) -> Iterator[Option]:
    """What an option means goes on in lines that begin further to the right."""
    name, value, meaning = "", None, ""
    for line in lines.splitlines():
        begins = OPTION.match(line)
        if begins is None:
            meaning = f"{meaning} {line.strip()}".strip()
            continue
        if name:
            yield Option(name, value, meaning)
        name, value, meaning = begins[1], begins[2], begins[3] or ""
    if name:
        yield Option(name, value, meaning)
