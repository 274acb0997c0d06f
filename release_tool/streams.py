"""The process's own streams, whatever state the shell has left them in."""

from __future__ import annotations

import errno
import os
import sys
from typing import TextIO, cast

GONE = (errno.EPIPE, errno.EIO)
"""Whoever read has stopped, or the terminal was closed."""


def make_usable() -> None:
    """A stream that was closed is an empty one; a character that can't be shown is spelled out."""
    sys.stdin = sys.stdin or _nowhere("r")
    sys.stdout = sys.stdout or _nowhere("w")
    sys.stderr = sys.stderr or _nowhere("w")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _nowhere(mode: str) -> TextIO:
    return cast(TextIO, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))


def write(stream: TextIO, text: str) -> None:
    """Nobody reading on is no reason to stop a deployment half way."""
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        if error.errno not in GONE:
            raise
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            os.dup2(nowhere.fileno(), stream.fileno())


def takes_every_character(stream: TextIO) -> bool:
    return (getattr(stream, "encoding", None) or "utf-8").lower().replace("-", "").startswith("utf")
