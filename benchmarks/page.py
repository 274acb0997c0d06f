"""Writes what was measured into docs/benchmarks.md, and draws docs/images/benchmarks.svg.

    python -m benchmarks.page

What stands between `<!-- measured: … -->` and `<!-- end -->` is made anew; the rest of the page is people's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure import Measured, load
from benchmarks.run import RESULTS, ROOT
from benchmarks.tools import AT_ONCE, AWS_CLI, ECS_DEPLOY, OURS, WECO_DEPLOY

PAGE, PICTURE = ROOT / "docs/benchmarks.md", ROOT / "docs/images/benchmarks.svg"
LEDGER = Path(__file__).with_name("ledger.json")
NAMES = {
    "python": "Python alone",
    OURS: "release-tool",
    WECO_DEPLOY: "weco-deploy",
    f"{ECS_DEPLOY}, {AT_ONCE} at once": f"ecs-deploy, {AT_ONCE} at once",
    ECS_DEPLOY: "ecs-deploy",
    AWS_CLI: "AWS CLI",
}
COLOURS = {0: "#c6dbef", 20: "#9ecae1", 50: "#4292c6", 100: "#08519c"}
Rows = Iterable[Sequence[str]]


def main() -> None:
    measured = load(RESULTS)
    tables = {
        "start": lambda: _table(("", *_FIGURES), _costs(measured, "start")),
        "completion": lambda: _table(("", *_FIGURES), _costs(measured, "completion")),
        "register": lambda: _by_delay(measured, "register"),
        "status": lambda: _by_delay(measured, "status"),
        "status-fast": lambda: _by_delay(measured, "status", against="ministack"),
        "request": lambda: _by_services(measured, ministack=False),
        "request-fast": lambda: _by_services(measured, ministack=True),
        "complete": lambda: _complete(measured),
        "calls": lambda: _calls(measured),
        "ledger": _ledger,
    }
    text = re.sub(
        r"(<!-- measured: ([a-z-]+) -->\n).*?(<!-- end -->)",
        lambda found: f"{found[1]}\n{tables[found[2]]()}\n{found[3]}",
        PAGE.read_text("utf-8"),
        flags=re.DOTALL,
    )
    PAGE.write_text(text, encoding="utf-8")
    PICTURE.write_text(_picture(measured), encoding="utf-8")


# --- tables

_FIGURES = ("seconds", "from … to", "CPU seconds", "peak memory", "runs", "load")


def _table(heads: Sequence[str], rows: Rows) -> str:
    lines = [heads, ["---"] + ["---:"] * (len(heads) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _figures(one: Measured) -> list[str]:
    span = "" if one.times == 1 else f"{one.least:.2f} … {one.most:.2f}"
    return [f"{one.seconds:.2f}", span, f"{one.cpu:.2f}", f"{one.peak_mb:.0f} MB", str(one.times), f"{one.load}"]


def _of(measured: Iterable[Measured], **of: Any) -> list[Measured]:
    """In the order of the tools, then of services and delay."""
    order = list(NAMES)
    found = [one for one in measured if all(one.of.get(name) == value for name, value in of.items())]
    return sorted(found, key=lambda m: (order.index(m.of["tool"]), m.of.get("services", 0), m.of.get("delay", 0)))


def _costs(measured: list[Measured], what: str) -> Rows:
    return ([NAMES[one.of["tool"]], *_figures(one)] for one in _of(measured, what=what))


def _by_delay(measured: list[Measured], what: str, *, against: str | None = None) -> str:
    rows = (
        [NAMES[one.of["tool"]], f"{one.of['delay']} ms", str(sum(one.calls.values())), *_figures(one)]
        for one in _of(measured, what=what, against=against)
    )
    return _table(("", "a call takes", "calls", *_FIGURES), rows)


def _by_services(measured: list[Measured], *, ministack: bool) -> str:
    against = "ministack" if ministack else None
    rows = (
        [NAMES[one.of["tool"]], str(one.of["services"]), f"{one.of['delay']} ms", str(sum(one.calls.values())),
         *_figures(one)]
        for one in _of(measured, what="request", against=against)
    )  # fmt: skip
    return _table(("", "services", "a call takes", "calls", *_FIGURES), rows)


def _complete(measured: list[Measured]) -> str:
    rows = (
        [NAMES[one.of["tool"]], str(one.of["services"]), str(sum(one.calls.values())), *_figures(one)]
        for one in _of(measured, what="complete")
    )
    return _table(("", "services", "calls", *_FIGURES), rows)


def _calls(measured: list[Measured]) -> str:
    found = _of(measured, what="request", services=20, delay=50, against=None)
    kinds = sorted({kind for one in found for kind in one.calls})
    rows = [[f"`{kind}`", *(str(one.calls.get(kind, "")) for one in found)] for kind in kinds]
    rows.append(["all", *(str(sum(one.calls.values())) for one in found)])
    return _table(("", *(NAMES[one.of["tool"]] for one in found)), rows)


def _ledger() -> str:
    told = json.loads(LEDGER.read_text("utf-8"))
    sizes = sorted({one["deployments"] for one in told})
    rows = []
    for question in dict.fromkeys(one["question"] for one in told):
        at = {one["deployments"]: one for one in told if one["question"] == question}
        rows.append(
            [
                question,
                *(f"{at[size]['requests']}, {at[size]['units']:g}" for size in sizes),
                *(f"{at[size]['ms']:.2f}" for size in sizes),
            ]
        )
    heads = [*(f"requests, units at {size:,}" for size in sizes), *(f"ms at {size:,}" for size in sizes)]
    return _table(("", *heads), rows)


# --- the picture

_WIDTH, _LEFT, _BAR = 760, 170, 13


def _picture(measured: list[Measured]) -> str:
    """Seconds to ask ECS for twenty services, by tool and by how long a call takes."""
    found = _of(measured, what="request", services=20, against=None)
    longest = max((one.seconds for one in found), default=1.0)
    parts, y = [], 34
    for tool in dict.fromkeys(one.of["tool"] for one in found):
        of_tool = [one for one in found if one.of["tool"] == tool]
        middle = y + len(of_tool) * _BAR / 2 + 4
        parts.append(f'<text x="{_LEFT - 10}" y="{middle:.0f}" text-anchor="end">{NAMES[tool]}</text>')
        for one in of_tool:
            parts.append(_bar(one, y, longest))
            y += _BAR
        y += 12
    legend = "".join(
        f'<rect x="{_LEFT + 110 * place}" y="8" width="12" height="12" fill="{colour}"/>'
        f'<text x="{_LEFT + 110 * place + 18}" y="18">{delay} ms a call</text>'
        for place, (delay, colour) in enumerate(COLOURS.items())
    )
    title = "Seconds until ECS was asked to deploy twenty services"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y}" role="img" aria-label="{title}" '
        f'font-family="sans-serif" font-size="12"><title>{title}</title>'
        f'<rect width="{_WIDTH}" height="{y}" fill="#ffffff"/>{legend}{"".join(parts)}</svg>\n'
    )


def _bar(one: Measured, y: float, longest: float) -> str:
    width = max(1.0, (_WIDTH - _LEFT - 60) * one.seconds / longest)
    return (
        f'<rect x="{_LEFT}" y="{y}" width="{width:.1f}" height="{_BAR - 2}" fill="{COLOURS[one.of["delay"]]}"/>'
        f'<text x="{_LEFT + width + 5:.1f}" y="{y + _BAR - 3}" font-size="11">{one.seconds:.1f}</text>'
    )


if __name__ == "__main__":
    main()
