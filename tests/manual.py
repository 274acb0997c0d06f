"""Writes the manual page anew: python -m tests.manual"""

from __future__ import annotations

from pathlib import Path

from release_tool import __version__, cli
from release_tool.manual import manual
from release_tool.usage import usage_in

PAGE = Path(__file__).parents[1] / "docs" / "man" / "release-tool.1"


def made_anew() -> str:
    usages = {command: usage_in(command, cli._usage_of(command)) for command in cli.COMMANDS}
    return manual(str(cli.__doc__), usages, __version__)


if __name__ == "__main__":
    PAGE.write_text(made_anew(), "utf-8")
