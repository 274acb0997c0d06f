"""Three weeks of a team's deployments, played by the real commands on a clock that stands in the past.

`python -m release_tool.demo.past <endpoint> <release hash>...` plays them in the working directory.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import timedelta

from release_tool.cli import main
from release_tool.demo.controls import Controls
from release_tool.demo.sample import BAD, SERVICES, image_of

ENDS_WITHIN = timedelta(minutes=15)
"""How long a rollout is left alone before somebody looks how it ended."""

ANN, BOB, CYD = (
    ("Ann Example", "ann@example.org"),
    ("Bob Beardly", "bob@beardcorp.com"),
    ("Cyd Sample", "cyd@example.org"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody did, so long after what was done before. `ends` where the rollout was followed to its end."""

    later: timedelta
    who: tuple[str, str]
    command: tuple[str, ...]
    ends: bool = False


def steps(hashes: Sequence[str]) -> Iterable[Step]:
    """`hashes` are the sample's builds, oldest first."""
    first, second, third, fourth, last = hashes[1:6]
    yield from _registered(ANN, timedelta(0), dict.fromkeys(SERVICES, first))
    yield from _through_stage(ANN, "all", timedelta(hours=1), timedelta(hours=2))
    yield from _registered(BOB, timedelta(days=2), {"bags_api": second})
    yield from _through_stage(BOB, "bags_api", timedelta(minutes=20), timedelta(hours=1))
    yield from _registered(CYD, timedelta(days=2), {"bag_register": third, "bag_replicator": third})
    yield from _through_stage(CYD, "bags", timedelta(minutes=5), timedelta(hours=20))
    yield from _registered(BOB, timedelta(days=3), {"bags_api": f"{last}-{BAD}"})
    yield Step(timedelta(minutes=10), BOB, ("deploy", "bags_api", "stage"), ends=True)
    yield from _registered(ANN, timedelta(days=1), {"bags_api": fourth})
    yield from _through_stage(ANN, "bags_api", timedelta(minutes=30), timedelta(hours=3))
    yield Step(timedelta(hours=4), ANN, ("rollback", "bags_api", "prod"), ends=True)
    yield from _registered(CYD, timedelta(days=3), dict.fromkeys(SERVICES, last))
    yield from _through_stage(CYD, "all", timedelta(minutes=15), timedelta(days=2))
    yield from _registered(BOB, timedelta(days=4), {"bag_register": fourth})
    yield Step(timedelta(hours=1), BOB, ("deploy", "bag_register", "stage"), ends=True)
    yield Step(timedelta(hours=5), BOB, ("deploy", "bag_register", "prod"))


def _registered(who: tuple[str, str], later: timedelta, builds: dict[str, str]) -> Iterable[Step]:
    for number, (service, build) in enumerate(builds.items()):
        yield Step(timedelta(0) if number else later, who, ("register", image_of(service, build), service))


def _through_stage(who: tuple[str, str], asked: str, later: timedelta, proven: timedelta) -> Iterable[Step]:
    yield Step(later, who, ("deploy", asked, "stage"), ends=True)
    yield Step(proven, who, ("deploy", asked, "prod", "--from=stage"), ends=True)


def length(hashes: Sequence[str]) -> timedelta:
    """From the first step to the last."""
    return sum((s.later + (ENDS_WITHIN if s.ends else timedelta(0)) for s in steps(hashes)), timedelta(0))


def play(hashes: Sequence[str], controls: Controls) -> None:
    _run(("init",))
    for step in steps(hashes):
        controls.advance(step.later.total_seconds())
        os.environ["GIT_AUTHOR_NAME"], os.environ["GIT_AUTHOR_EMAIL"] = step.who
        asks = step.command[0] in ("deploy", "rollback")
        _run((*step.command, "--skip_confirm") if asks else step.command)
        if step.ends:
            controls.advance(ENDS_WITHIN.total_seconds())
            _run(("wait", step.command[2], "--timeout=0"))


def _run(command: tuple[str, ...]) -> None:
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        main(command)


if __name__ == "__main__":
    play(sys.argv[2:], Controls(sys.argv[1]))
