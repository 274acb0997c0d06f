"""Git: the clone reaches back to what runs, so that a deployment can say which commits it brings."""

from __future__ import annotations

from collections.abc import Iterator

from release_tool.checks.examined import Examined, parsed
from release_tool.checks.findings import Finding, not_checked, or_ok, to_do
from release_tool.image import Image
from release_tool.ports import Reasons

SUBJECT = "git"


def check(seen: Examined, reasons: Reasons) -> Iterator[Finding]:
    here = seen.environment.id
    pairs = list(dict.fromkeys(_pairs(seen)))
    unknown = [reasons.commits_between(runs, built).unknown_because for runs, built in pairs]
    found = [to_do(SUBJECT, here, because, _next(because)) for because in dict.fromkeys(unknown) if because is not None]
    tags = sorted({image.release_hash for image in _images(seen) if image.commit is None})
    if tags:
        found.append(not_checked(SUBJECT, here, f"no Git commits, and so without reasons: {', '.join(tags)}"))
    yield from or_ok(SUBJECT, here, found)


def _pairs(seen: Examined) -> Iterator[tuple[str, str]]:
    for service in seen.services:
        runs, built = seen.runs(service), parsed((seen.latest.value or {}).get(service.id))
        if runs is None or built is None or runs.commit is None or built.commit is None or runs.commit == built.commit:
            continue
        yield runs.commit, built.commit


def _images(seen: Examined) -> Iterator[Image]:
    for service in seen.services:
        runs = seen.runs(service)
        if runs is not None:
            yield runs


def _next(because: str) -> str:
    if "git fetch" in because:
        return "in CI, check out with the whole history (GitHub Actions: fetch-depth: 0)"
    return "run release-tool in a clone of the project's repository"
