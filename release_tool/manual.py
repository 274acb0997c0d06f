"""The manual page, made of the commands' own texts. In man(7)'s macros: groff's and mandoc's both know them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from release_tool.errors import ExitCode
from release_tool.usage import Usage

ENDS = {
    ExitCode.DONE: "It is done, or nothing was to be done.",
    ExitCode.FAILED: "AWS or this machine failed; or doctor has found something to do.",
    ExitCode.ASKED_WRONGLY: "The command line, a name, the manifest or an image is wrong, or nothing can be asked.",
    ExitCode.DECLINED: "The question was answered with anything but yes.",
    ExitCode.AWS_REFUSED: "AWS credentials or a permission is missing.",
    ExitCode.GAVE_UP_WAITING: "The time is up; the deployment goes on.",
    ExitCode.ROLLOUT_FAILED: "A rollout failed, or ECS rolled it back.",
    ExitCode.ENVIRONMENT_HELD: "Another command holds the environment.",
    ExitCode.REPLACED: "A later deployment replaced this one before it ended.",
    ExitCode.INTERRUPTED: "Interrupted; what ECS was asked for goes on.",
}
VARIABLES = {
    "AWS_PROFILE, AWS_REGION, AWS_ACCESS_KEY_ID, …": "As AWS's own tools take them.",
    "NO_COLOR, FORCE_COLOR": "Where one is set and not empty: no colours at all, or colours in a pipe too.",
    "RELEASE_TOOL_TOKEN": "The token that the dashboard asks for.",
}


def manual(overview: str, usages: Mapping[str, Usage], version: str) -> str:
    """`overview` is the program's own text: its first line says what it is for."""
    name, _, purpose = overview.strip().splitlines()[0].partition(": ")
    lines = [
        f'.TH RELEASE\\-TOOL 1 "" "release\\-tool {_text(version)}" "User Commands"',
        ".SH NAME",
        f"{_text(name)} \\- {_text(purpose.rstrip('.'))}",
        ".SH SYNOPSIS",
        *_synopsis(usages.values()),
        ".SH COMMANDS",
        *(line for usage in usages.values() for line in _command(usage)),
        ".SH EXIT STATUS",
        *_terms((str(int(code)), meaning) for code, meaning in ENDS.items()),
        ".SH ENVIRONMENT",
        *_terms(VARIABLES.items()),
        ".SH FILES",
        *_terms(
            [(".wellcome_project", "The manifest: in this folder, or in one above it up to the repository's root.")]
        ),
    ]
    return "\n".join(lines) + "\n"


def _synopsis(usages: Iterable[Usage]) -> Iterator[str]:
    for usage in usages:
        positions = " ".join(_alternatives(position) for position in usage.positions)
        yield f".B release\\-tool {usage.command}"
        yield f"{_text(f'{positions} [options]'.strip())}"
        yield ".br"


def _alternatives(position: tuple[str, ...]) -> str:
    return position[0] if len(position) == 1 else f"({' | '.join(position)})"


def _command(usage: Usage) -> Iterator[str]:
    yield f".SS {_text(usage.command)}"
    yield _text(usage.summary)
    yield ".PP"
    yield f".B {_text(usage.pattern)}"
    yield from _terms((f"{o.name}={o.value}" if o.value else o.name, o.meaning) for o in usage.options)
    for paragraph in usage.paragraphs:
        yield ".PP"
        yield _text(paragraph)
    if any(usage.examples):
        yield from (".PP", "For example:", ".PP", ".nf", ".RS 4")
        yield from (_text(example.strip()) for example in usage.examples)
        yield from (".RE", ".fi")


def _terms(terms: Iterable[tuple[str, str]]) -> Iterator[str]:
    for term, meaning in terms:
        yield from (".TP", f".B {_text(term)}", _text(meaning))


def _text(words: str) -> str:
    """A backslash begins an escape, a hyphen may become another dash, and a line may not begin as a request does."""
    escaped = words.replace("\\", "\\e").replace("-", "\\-").replace("…", "\\&...")
    return re.sub(r"^([.'])", r"\\&\1", escaped)
