"""A small pool of threads for requests that wait on each other's network, not on each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE = 20
"""Requests under way at once: as many as AWS lets RegisterTaskDefinition burst, the least of what a deployment asks.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/request-throttling.html
"""


def in_parallel(function: Callable[[T], R], items: Iterable[T], *, at_once: int = AT_ONCE) -> list[R]:
    """The results, in the order of the items. The first failure is raised when all have ended."""
    items = list(items)
    if len(items) < 2:
        return [function(item) for item in items]
    with ThreadPoolExecutor(max_workers=min(at_once, len(items))) as pool:
        return list(pool.map(function, items))


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))


class Ask(Protocol):
    def __call__(self, question: Callable[[], R], /) -> Future[R]: ...


@contextmanager
def at_once() -> Iterator[Ask]:
    """Ask several different questions at once: what is yielded takes a question and promises its answer."""
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        yield pool.submit
