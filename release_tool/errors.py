"""Everything that can end a command early, and the exit code that each means.

    ReleaseToolError            1   expected: a sentence on stderr, no traceback
    ├── CouldNot                1   AWS or this machine failed
    │   └── LostAnswer          1   a write may have acted although no answer came
    ├── AskedWrongly            2   usage, names, manifest, images, no terminal to ask on
    │   ├── NoManifest          2   none here, nor in a folder above
    │   ├── ManifestError       2   every fault of the manifest at once, each with its place
    │   └── UnknownName         2   a name that nothing has, with what exists
    ├── Declined                3   the question was answered with anything but yes
    ├── AwsRefused              4   AWS credentials or permission
    ├── GaveUpWaiting           5   the deployment goes on
    ├── RolloutFailed           6   the rollout failed, or ECS rolled it back
    ├── EnvironmentHeld         7   another deployment holds the environment
    ├── Replaced                8   a later deployment replaced this one before it ended
    └── Interrupted           130   Ctrl-C, SIGTERM, or the terminal was closed

Anything else that is raised is a bug of ours and shows its traceback.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from enum import IntEnum


class ExitCode(IntEnum):
    """The documented contract: `docs/exit-codes.md`."""

    DONE = 0
    FAILED = 1
    ASKED_WRONGLY = 2
    DECLINED = 3
    AWS_REFUSED = 4
    GAVE_UP_WAITING = 5
    ROLLOUT_FAILED = 6
    ENVIRONMENT_HELD = 7
    REPLACED = 8
    INTERRUPTED = 130


class ReleaseToolError(Exception):
    """Never raised itself. `message` says what and which one; `next` what to do about it, if anything."""

    exit_code = ExitCode.FAILED

    def __init__(self, message: str, *, next: str | None = None) -> None:  # noqa: A002 - the JSON key's name
        super().__init__(message)
        self.message = message
        self.next = next

    def __str__(self) -> str:
        return self.message if self.next is None else f"{self.message}\n{self.next}"


class CouldNot(ReleaseToolError):
    """AWS or this machine failed in a way that is nobody's wrong question."""


class LostAnswer(CouldNot):
    """A write may have acted although no answer came. Look before repeating it."""


class AskedWrongly(ReleaseToolError):
    exit_code = ExitCode.ASKED_WRONGLY


class NoManifest(AskedWrongly):
    """There is no manifest here, nor in any folder above."""


class ManifestError(AskedWrongly):
    """Holds each fault as one line, `file:line:column: sentence`."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class UnknownName(AskedWrongly):
    def __init__(self, kind: str, name: str, known: Iterable[str], *, where: str = "the manifest") -> None:
        known = tuple(known)
        listed = ", ".join(known) if known else "none"
        super().__init__(f"no {kind} called `{name}`; {where} lists {listed}", next=did_you_mean(name, known))
        self.name = name
        self.known = known


class Declined(ReleaseToolError):
    exit_code = ExitCode.DECLINED


class AwsRefused(ReleaseToolError):
    exit_code = ExitCode.AWS_REFUSED


class GaveUpWaiting(ReleaseToolError):
    exit_code = ExitCode.GAVE_UP_WAITING


class RolloutFailed(ReleaseToolError):
    exit_code = ExitCode.ROLLOUT_FAILED


class EnvironmentHeld(ReleaseToolError):
    exit_code = ExitCode.ENVIRONMENT_HELD


class Replaced(ReleaseToolError):
    exit_code = ExitCode.REPLACED


class Interrupted(ReleaseToolError):
    exit_code = ExitCode.INTERRUPTED


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` was most likely meant to be, if one is near enough to say so."""
    close = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return close[0] if close else None


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    match = nearest(name, known)
    return None if match is None else f"did you mean `{match}`?"
