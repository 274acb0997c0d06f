"""What one look has found: all is well, something is to be done, or nobody could tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from release_tool.errors import ReleaseToolError

T = TypeVar("T")


class Result(str, Enum):
    OK = "ok"
    TO_DO = "to do"
    NOT_CHECKED = "not checked"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. `message` says what was found, or why nobody could tell; `next` what to do about it."""

    subject: str
    result: Result
    environment: str | None = None
    message: str | None = None
    next: str | None = None


def ok(subject: str, environment: str | None = None, message: str | None = None) -> Finding:
    return Finding(subject, Result.OK, environment, message)


def to_do(subject: str, environment: str | None, message: str, what: str | None = None) -> Finding:
    return Finding(subject, Result.TO_DO, environment, message, what)


def not_checked(subject: str, environment: str | None, why: str) -> Finding:
    return Finding(subject, Result.NOT_CHECKED, environment, why)


def or_ok(subject: str, environment: str | None, found: Iterable[Finding]) -> Iterator[Finding]:
    """A subject in which nothing was found is well, and says so."""
    found = tuple(found)
    yield from found or (ok(subject, environment),)


@dataclass(frozen=True, slots=True)
class Told(Generic[T]):
    """An answer, or why there is none: what can't be asked is a finding, and no end of the others."""

    value: T | None = None
    error: ReleaseToolError | None = None


def told(ask: Callable[[], T]) -> Told[T]:
    try:
        return Told(ask())
    except ReleaseToolError as error:
        return Told(error=error)


def failed(subject: str, environment: str | None, error: ReleaseToolError) -> Finding:
    return to_do(subject, environment, error.message, error.next)
