"""Other people's words, made fit to be shown: one line, of bounded length, that no terminal can be tricked by."""

from __future__ import annotations

import re
import unicodedata

# ECMA-48: a control sequence (colours, cursor); a string up to its terminator (titles, links); any other escape.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[PX\]^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)

# Invisible, yet letters of some scripts and emoji can't do without them.
_JOINERS = "\u200c\u200d"


def printable(text: str, longest: int = 200) -> str:
    """Without escape sequences, control characters and marks that turn the writing direction."""
    shown = "".join(_shown(character) for character in _ESCAPES.sub("", text))
    line = " ".join(shown.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def _shown(character: str) -> str:
    if character.isspace():
        return " "
    if unicodedata.category(character) in ("Cc", "Cf", "Cs") and character not in _JOINERS:
        return ""
    return character
