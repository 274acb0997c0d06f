"""What waiting looks like, on a terminal and in a log; how it ends, and which exit code that is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from typing import Any

from release_tool.colour import in_colour, is_a_log
from release_tool.commands import Context
from release_tool.errors import AskedWrongly, CouldNot, EnvironmentHeld, Replaced, RolloutFailed
from release_tool.follow import HEARTBEAT, Followed, Patience, follow, parts_of
from release_tool.gather import Recorded, recorded
from release_tool.model import Deployment, Environment, Word
from release_tool.request import holding
from release_tool.settle import Settled, is_left_open, settle

LONGEST_MINUTES = 24 * 60


def minutes(given: str) -> timedelta:
    """`--timeout` in minutes; fractions are allowed."""
    try:
        value = float(given)
    except ValueError:
        value = -1.0
    if not 0 <= value <= LONGEST_MINUTES:
        raise AskedWrongly(f"--timeout={given} is not a number of minutes from 0 to {LONGEST_MINUTES}")
    return timedelta(minutes=value)


def wait_for(
    deployments: Sequence[Deployment], environment: Environment, timeout: timedelta, context: Context
) -> tuple[Followed, ...]:
    """Follow to the end and settle. Raises `RolloutFailed` or `Replaced` where not everything is COMPLETE."""
    again = f"release-tool wait {environment.id}"
    patience = Patience(until=context.clock.now() + timeout, again=again)
    parts = parts_of(deployments)
    if not parts:
        _refuse_what_was_never_asked(deployments)
        return ()

    left: list[str] = []
    try:
        with _display(context) as display:

            def ended(newly: Sequence[Followed]) -> None:
                if any(part.verdict.word is Word.ROLLED_BACK for part in newly):
                    left.extend(_settle(parts_by_id(newly), environment, context, display.tell).left)

            followed = follow(parts, environment, context.outside(environment), patience, display, ended)
    except KeyboardInterrupt:
        context.console.note(f"\nthe deployment goes on; follow it again with: {again}")
        raise
    left.extend(_settle(parts_by_id(followed), environment, context, context.console.note).left)
    _judge(followed, deployments, left, environment)
    return followed


def tidy_up(environment: Environment, known: Recorded, context: Context) -> None:
    """Nothing is left to follow; but a run that was cut off may have left its lock, or a set without its outcome."""
    holder = context.asking.ledger.holder(context.project.id, environment.id)
    if holder is not None or (known.latest is not None and is_left_open(known.latest)):
        _settle({}, environment, context, context.console.note)


def parts_by_id(parts: Sequence[Followed]) -> dict[str, str]:
    """Why each failed, by the id of its ECS deployment."""
    return {str(p.rollout.ecs_deployment_id): p.reason for p in parts if p.reason is not None}


Tell = Callable[[str], None]


def _settle(explained: dict[str, str], environment: Environment, context: Context, tell: Tell) -> Settled:
    """Under the lock, or left to whoever has it: the next deployment settles as well."""
    outside = context.outside(environment)
    try:
        with holding(environment, context) as lease:
            now = recorded(context.asking.ledger, context.project, environment)
            current = list(now.current.values())
            settled = settle(context.project, environment, current, outside, lease, explained, now.latest)
    except EnvironmentHeld as held:
        tell(f"not settled here: {held.message}")
        return Settled()
    for line in settled.done:
        tell(f"settled: {line}")
    return settled


def _judge(
    followed: Sequence[Followed], deployments: Sequence[Deployment], left: Sequence[str], environment: Environment
) -> None:
    """Failures count for more than being replaced: nobody should miss one."""
    failed = [p for p in followed if p.crash_looping or p.verdict.word not in (Word.COMPLETE, Word.SUPERSEDED)]
    if failed:
        lines = [f"    {p.name} {p.deployment.release_hash} {_said(p)}" for p in failed]
        raise RolloutFailed(
            "\n".join(["not everything was deployed:", *lines, *(f"    {line}" for line in left)]),
            next=f"see what runs with: release-tool status all {environment.id}",
        )
    _refuse_what_was_never_asked(deployments)
    replaced = [p for p in followed if p.verdict.word is Word.SUPERSEDED]
    if replaced:
        names = ", ".join(p.name for p in replaced)
        raise Replaced(
            f"a later deployment replaced {names} before it ended",
            next=f"see what runs with: release-tool status all {environment.id}",
        )


def _refuse_what_was_never_asked(deployments: Sequence[Deployment]) -> None:
    """Nothing can be followed of what was cut off, or is being requested just now; it is no success."""
    asked = ((d, r) for d in deployments for r in d.rollouts if r.outcome is None and r.ecs_deployment_id is None)
    names = dict.fromkeys(f"{r.ecs_service} (deployment {d.number})" for d, r in asked)
    if names:
        raise CouldNot(
            f"ECS was not asked yet for {', '.join(names)}",
            next="if nobody is at work on it, run its `deploy` or `rollback` again: it finishes what is missing",
        )


def _said(part: Followed) -> str:
    if part.crash_looping:
        return f"keeps crashing, and ECS goes on trying: {part.reason or 'no reason was seen'}"
    return f"{part.verdict.word}: {part.reason}" if part.reason else str(part.verdict.word)


# --- the look of it


def _display(context: Context) -> AbstractContextManager[_Lines | _LiveTable]:
    if context.console.is_live and not is_a_log(context.environ):
        return _LiveTable(context)
    return nullcontext(_Lines(context))


class _Lines:
    """A timestamped line for each change, and a sign of life where nothing changes."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._told_at: datetime | None = None

    def tell(self, line: str) -> None:
        self._context.console.note(line)

    def __call__(self, parts: Sequence[Followed], news: Sequence[str]) -> None:
        now = self._context.clock.now()
        for line in news:
            self._context.console.note(f"{now:%H:%M:%S} {in_colour(line, self._context.environ)}")
        if news or self._told_at is None:
            self._told_at = now
        elif now - self._told_at >= HEARTBEAT:
            self._told_at = now
            going = ", ".join(f"{p.name} {p.running}/{p.desired}" for p in parts if not p.has_ended)
            self._context.console.note(f"{now:%H:%M:%S} still going on: {going}")


class _LiveTable(AbstractContextManager["_LiveTable"]):
    """A table that is redrawn in place; what is explained scrolls by above it."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._live: Any = None

    def __enter__(self) -> _LiveTable:
        from rich.console import Console as RichConsole
        from rich.live import Live

        screen = RichConsole(file=self._context.console.stdout)
        self._live = Live(console=screen, auto_refresh=False)
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def tell(self, line: str) -> None:
        """Past the screen's own hands it would be drawn over."""
        from rich.text import Text

        self._live.console.print(Text(line))

    def __call__(self, parts: Sequence[Followed], news: Sequence[str]) -> None:
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, padding=(0, 4, 0, 0), show_header=False)
        for part in parts:
            table.add_row(
                Text(f"    {part.name}"),
                Text(part.deployment.release_hash or "-"),
                Text(str(part.verdict.word), style=_STYLES.get(part.verdict.word, "")),
                Text(", ".join(filter(None, (*part.verdict.notes, part.reason)))),
            )
        for line in (line for line in news if not _is_in_the_table(line, parts)):
            self.tell(line)
        self._live.update(table, refresh=True)


def _is_in_the_table(line: str, parts: Sequence[Followed]) -> bool:
    return any(line.startswith(f"{p.name} {p.deployment.release_hash} ") for p in parts)


_STYLES = {
    Word.COMPLETE: "green",
    Word.FAILED: "bold red",
    Word.ROLLED_BACK: "bold red",
    Word.ROLLING_BACK: "red",
    Word.IN_PROGRESS: "cyan",
}
