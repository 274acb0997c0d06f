"""Pages as AWS gives them: a few at a time, and a token for the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from release_tool.demo.emulated.seam import refusal


def page(found: Sequence[Any], sent: Mapping[str, Any], *, size: int, most: int = 100) -> tuple[list[Any], str | None]:
    """`maxResults` of what was found, from `nextToken` on."""
    asked = sent.get("maxResults") or size
    if not 1 <= asked <= most:
        raise refusal("InvalidParameterException", f"maxResults must be between 1 and {most}.")
    start = _start(sent.get("nextToken"))
    end = start + asked
    return list(found[start:end]), f"page-from-{end}" if end < len(found) else None


def _start(token: str | None) -> int:
    if not token:
        return 0
    number = token.removeprefix("page-from-")
    if not number.isdecimal():
        raise refusal("InvalidParameterException", "Invalid token. Provide the nextToken of the previous answer.")
    return int(number)
