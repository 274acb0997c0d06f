"""Plans, boards and lists as text, in the layout of RFC 013's examples."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from tabulate import DataRow, TableFormat, tabulate

from release_tool.board import Board, Row
from release_tool.checks.findings import Finding, Result
from release_tool.image import Image
from release_tool.model import Commit, Commits, Deployment, DeploymentSet, Environment, Word
from release_tool.plan import Change, DeploymentPlan, Why
from release_tool.printable import printable
from release_tool.times import ago, spelled

INDENT = "    "
# tabulate's layouts all have rules, titles or padding that the RFC's examples have not.
_ROWS = TableFormat(None, None, None, None, DataRow("", "    ", ""), DataRow("", "    ", ""), 0, None)
# It takes leading spaces away too: those that are meant stand as this until all is aligned.
_SPACE = "\ue000"
COMMITS_SHOWN = 5
LONGEST = 1000
"""Characters of what somebody has written; the ledger keeps no more."""
NO_SERVICES = f"{INDENT}no services: register one with: release-tool register <ecr_uri> <service>"


def table(rows: Sequence[Sequence[str]], indent: str = INDENT) -> list[str]:
    """Aligned columns without titles or rules."""
    if not rows:
        return []
    width = max(len(row) for row in rows)
    filled = [[*map(_in_a_cell, row), *[""] * (width - len(row))] for row in rows]
    lines = tabulate(filled, tablefmt=_ROWS, disable_numparse=True).splitlines()
    return [f"{indent}{line}".replace(_SPACE, " ").rstrip() for line in lines]


def _in_a_cell(words: str) -> str:
    return _SPACE * (len(words) - len(words.lstrip(" "))) + _one_line(words)


def _one_line(words: str) -> str:
    return printable(words, LONGEST)


# --- a plan


def plan(plan: DeploymentPlan, now: datetime) -> str:
    """The RFC's lines first, the details after."""
    if not plan.changes:
        return "\n".join(_nothing(plan))
    lines = ["This will deploy:", ""]
    lines += [f"{INDENT}{change.service.id}@{change.wanted.release_hash}" for change in plan.changes]
    lines += ["", *_details(plan, now)]
    return "\n".join(lines)


def _nothing(plan: DeploymentPlan) -> list[str]:
    return [*_left_alone(plan), "Nothing to deploy."]


def _details(plan: DeploymentPlan, now: datetime) -> list[str]:
    lines = [f"to {where(plan.environment)}, from {plan.source}:", ""]
    for change, line in zip(plan.changes, table([_change_row(c) for c in plan.changes]), strict=True):
        lines += [line, *_commit_lines(change, now)]
    lines += ["", *_left_alone(plan)]
    if plan.resumes is not None:
        lines += [f"This finishes deployment {plan.resumes.number}, which was cut off.", ""]
    if plan.supersedes is not None:
        lines += [f"This replaces deployment {plan.supersedes.number}, which was cut off.", ""]
    return lines


def where(environment: Environment) -> str:
    named = environment.id if environment.name == environment.id else f"{environment.name} ({environment.id})"
    return f"{named}, a production environment" if environment.production else named


def _change_row(change: Change) -> list[str]:
    ran = "nothing" if change.running is None else change.running.release_hash
    what = "parameter only" if not change.ecs_services else ", ".join(change.ecs_services)
    why = "" if change.why is Why.NEW_IMAGE else str(change.why)
    return [change.service.id, f"{ran} -> {change.wanted.release_hash}", what, why]


def _commit_lines(change: Change, now: datetime) -> list[str]:
    commits = change.commits
    if commits.unknown_because is not None:
        return [f"{INDENT * 2}no commits known: {commits.unknown_because}"]
    lines = [f"{INDENT * 2}undoes:"] if commits.undone and commits.count else []
    lines += [f"{INDENT * 2}{_commit(c, now)}" for c in commits.listed[:COMMITS_SHOWN]]
    more = commits.count - COMMITS_SHOWN
    return [*lines, f"{INDENT * 2}and {more} more"] if more > 0 else lines


def _commit(commit: Commit, now: datetime) -> str:
    return (
        f"{commit.sha[:7]}  {_one_line(commit.subject)}  ({_one_line(commit.author)}, {ago(commit.authored_at, now)})"
    )


def _left_alone(plan: DeploymentPlan) -> list[str]:
    lines = []
    if plan.unchanged:
        lines.append("unchanged: " + ", ".join(f"{u.service.id}@{u.image.release_hash}" for u in plan.unchanged))
    if plan.missing:
        lines.append(f"skipped, nothing is registered under {plan.source}: " + ", ".join(s.id for s in plan.missing))
    lines += [f"note: {_one_line(note)}" for note in plan.notes]
    return [*lines, ""] if lines else []


# --- a board


def board(board: Board, now: datetime) -> str:
    """The RFC's header, then a row a service."""
    lines = _header(board, now)
    if not board.rows:
        return "\n".join([*lines, "", NO_SERVICES])
    return "\n".join([*lines, "", *table(list(_board_rows(board.rows))), *_strays(board)])


def _strays(board: Board) -> list[str]:
    if not board.parameters_without_service:
        return []
    return ["", f"{INDENT}parameters without a service: {', '.join(board.parameters_without_service)}"]


def _header(board: Board, now: datetime) -> list[str]:
    if board.last is None:
        return _labelled(("Last released", "never"))
    at = board.last.requested_at
    return _labelled(
        ("Last released", "not known" if at is None else f"{spelled(at)} ({ago(at, now)})"),
        ("Released by", str(board.last.requested_by)),
        ("Status", _word(board.word)),
        ("Description", board.last.description),
    )


def _labelled(*pairs: tuple[str, str]) -> list[str]:
    return [f"{label:>18}: {_one_line(value)}".rstrip() for label, value in pairs]


def _board_rows(rows: Iterable[Row]) -> Iterable[list[str]]:
    for row in rows:
        yield [row.service.id, _shown(row.image), _word(row.word), ", ".join(row.notes)]
        if row.differs:
            for part in row.parts:
                yield [f"{INDENT}{part.ecs_service}", _shown(part.image), _word(part.word), ", ".join(part.notes)]


def _word(word: Word | None) -> str:
    return "-" if word is None else str(word)


def _shown(image: Image | None) -> str:
    return "-" if image is None else image.release_hash


def overview(boards: Sequence[Board], now: datetime) -> str:
    """Every service in every environment."""
    services = list(dict.fromkeys(row.service.id for board in boards for row in board.rows))
    if not services:
        return NO_SERVICES
    titles = ["", *(f"{b.environment.id}{' (production)' if b.environment.production else ''}" for b in boards)]
    return "\n".join(table([titles, *([service, *(_cell(b, service) for b in boards)] for service in services)]))


def _cell(board: Board, service: str) -> str:
    row = next((r for r in board.rows if r.service.id == service), None)
    if row is None:
        return ""
    return _shown(row.image) if row.word is None else f"{_shown(row.image)} {row.word}"


# --- lists


def history(sets: Sequence[tuple[DeploymentSet, str]]) -> str:
    if not sets:
        return f"{INDENT}nothing was deployed yet"
    rows = [
        [
            str(s.number), spelled(s.requested_at), s.environment, str(s.requested_by),
            f"release {s.release_number}", word, s.description,
        ]
        for s, word in sets
    ]  # fmt: skip
    return "\n".join(table(rows))


def service_history(deployments: Sequence[tuple[Deployment, str]]) -> str:
    if not deployments:
        return f"{INDENT}it was never deployed"
    rows = [
        [
            str(d.number or "-"), "-" if d.requested_at is None else spelled(d.requested_at), d.environment,
            str(d.requested_by), d.release_hash or "-", word, d.description,
        ]
        for d, word in deployments
    ]  # fmt: skip
    return "\n".join(table(rows))


def comparison(
    environments: tuple[Environment, Environment],
    rows: Sequence[tuple[str, Image | None, Image | None, Commits, Commits]],
    now: datetime,
) -> str:
    """Per service both hashes, and the commits that each has and the other has not."""
    one, other = environments
    if not rows:
        return f"{INDENT}no services"
    titles = table([["", one.id, other.id], *([name, _shown(a), _shown(b)] for name, a, b, _, _ in rows)])
    lines = [titles[0]]
    for line, (_, a, b, ahead, behind) in zip(titles[1:], rows, strict=True):
        lines.append(line)
        if a is not None and b is not None and a.uri != b.uri:
            lines += _one_way(f"only in {other.id}", ahead, now)
            lines += _one_way(f"only in {one.id}", behind, now)
    return "\n".join(lines)


def _one_way(title: str, commits: Commits, now: datetime) -> list[str]:
    if commits.unknown_because is not None:
        return [f"{INDENT * 2}{title}: not known: {commits.unknown_because}"]
    if not commits.count:
        return []
    lines = [f"{INDENT * 2}{title}: {commits.count} commit{'' if commits.count == 1 else 's'}"]
    lines += [f"{INDENT * 3}{_commit(c, now)}" for c in commits.listed]
    return [*lines, f"{INDENT * 3}and {commits.left_out} more"] if commits.left_out else lines


# --- what doctor found


def findings(found: Sequence[Finding]) -> str:
    """A line each: `ok`, or what was found and what to do."""
    rows = [[finding.environment or "", finding.subject, _finding(finding)] for finding in found]
    return "\n".join(table(rows, indent=""))


def _finding(finding: Finding) -> str:
    if finding.result is Result.OK:
        return "ok" if finding.message is None else f"ok: {finding.message}"
    told = finding.message or ""
    if finding.result is Result.NOT_CHECKED:
        return f"not checked: {told}"
    return f"TO DO: {told}" if finding.next is None else f"TO DO: {told}; {finding.next}"
