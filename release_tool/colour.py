"""Whether a screen can be redrawn, and whether lines take colours: https://no-color.org and https://force-color.org."""

from __future__ import annotations

import re
from collections.abc import Mapping

from release_tool.model import Word

_RESET = "\x1b[0m"
_CODES = {
    Word.COMPLETE: "\x1b[32m",
    Word.IN_PROGRESS: "\x1b[36m",
    Word.FAILED: "\x1b[1;31m",
    Word.ROLLED_BACK: "\x1b[1;31m",
    Word.ROLLING_BACK: "\x1b[31m",
}
_WORD = re.compile(rf"\b({'|'.join(sorted(_CODES, key=len, reverse=True))})\b")


def is_a_log(environ: Mapping[str, str]) -> bool:
    """A CI system may lend a job a terminal, and keeps what is written to it all the same."""
    return environ.get("CI", "").lower() not in ("", "0", "false") or environ.get("TERM") == "dumb"


def in_colour(line: str, environ: Mapping[str, str]) -> str:
    """A line has no colours but where somebody insists on them, and nobody has said that they want none."""
    if environ.get("NO_COLOR") or environ.get("FORCE_COLOR", "") in ("", "0", "false"):
        return line
    return _WORD.sub(lambda found: f"{_CODES[Word(found[1])]}{found[1]}{_RESET}", line)
