"""The terminal, or what stands in its place: answers on stdout, all else on stderr, questions only of people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TextIO

from release_tool.errors import AskedWrongly
from release_tool.streams import takes_every_character, write

NO_TERMINAL = "there is no terminal to ask on"


@dataclass
class Console:
    """`as_json` keeps stdout for the one document; what would have been said there is left out."""

    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    as_json: bool = False

    @property
    def can_ask(self) -> bool:
        return self.stdin.isatty() and self.stderr.isatty()

    @property
    def is_live(self) -> bool:
        """Whether stdout is a screen that can be redrawn."""
        return self.stdout.isatty() and not self.as_json

    def say(self, text: str) -> None:
        """An answer, for people."""
        if not self.as_json:
            write(self.stdout, f"{text}\n")

    def note(self, text: str) -> None:
        """A warning, progress: whatever is no answer."""
        write(self.stderr, f"{text}\n")

    def document(self, document: Mapping[str, Any]) -> None:
        """The answer, for programs."""
        if self.as_json:
            write(self.stdout, spelled_as_json(document, self.stdout))

    def confirm(self, question: str, *, next_without: str) -> bool:
        """Ask; only `y` and `yes` are yes. Without a terminal it is `AskedWrongly`, with what to do instead."""
        if not self.can_ask:
            raise AskedWrongly(NO_TERMINAL, next=next_without)
        self.stderr.write(f"{question} (y/n) ")
        self.stderr.flush()
        return self.stdin.readline().strip().lower() in ("y", "yes")


def spelled_as_json(document: Mapping[str, Any], stream: TextIO) -> str:
    return json.dumps(document, indent=2, ensure_ascii=not takes_every_character(stream)) + "\n"
