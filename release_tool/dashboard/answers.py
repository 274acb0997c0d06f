"""Answers that are made once a snapshot, kept within bounds, compressed, and not sent again when unchanged."""

from __future__ import annotations

import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from release_tool.times import iso

MOST_BYTES = 32 * 2**20
WORTH_COMPRESSING = 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """`steady` is what the ETag is made of: the body without what only says when it was made."""

    body: bytes
    media_type: str
    status: int = 200
    steady: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    answer: Answer
    compressed: bytes | None
    etag: str

    @property
    def size(self) -> int:
        return len(self.answer.body) + len(self.compressed or b"") + 500


def kept(answer: Answer) -> Kept:
    worth = len(answer.body) >= WORTH_COMPRESSING
    etag = hashlib.sha256(answer.body if answer.steady is None else answer.steady).hexdigest()[:32]
    return Kept(answer, gzip.compress(answer.body, 6, mtime=0) if worth else None, f'W/"{etag}"')


class Answers:
    """The least lately asked for is forgotten first. Used by the server's one thread only."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[tuple[object, ...], Kept] = OrderedDict()

    def get(self, key: tuple[object, ...], make: Callable[[], Answer]) -> Kept:
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        made = kept(make())
        if made.size <= self._most_bytes // 4:
            self._add(key, made)
        return made

    def _add(self, key: tuple[object, ...], made: Kept) -> None:
        self._kept[key] = made
        self._bytes += made.size
        while self._bytes > self._most_bytes:
            _, forgotten = self._kept.popitem(last=False)
            self._bytes -= forgotten.size


def respond(request: Request, kept: Kept, as_of: datetime | None) -> Response:
    """304 where the reader has it already. `As-Of` says how old the data is, in either case."""
    headers = {"ETag": kept.etag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding", **kept.answer.headers}
    if as_of is not None:
        headers["As-Of"] = str(iso(as_of))
    if kept.answer.status == 200 and kept.etag in _etags(request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=headers)
    body = kept.answer.body
    if kept.compressed is not None and _takes_gzip(request.headers.get("accept-encoding", "")):
        body = kept.compressed
        headers["Content-Encoding"] = "gzip"
    return Response(body, kept.answer.status, headers, kept.answer.media_type)


def _etags(header: str) -> list[str]:
    return [tag.strip() for tag in header.split(",")]


def _takes_gzip(header: str) -> bool:
    offers = [offer.replace(" ", "").partition(";") for offer in header.lower().split(",")]
    return any(name.strip() in ("gzip", "*") and rest not in ("q=0", "q=0.0") for name, _, rest in offers)
