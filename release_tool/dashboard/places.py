"""One environment, or one service: what runs, and what led there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from release_tool.dashboard.charts import Strip, strip
from release_tool.dashboard.deployments import PER_PAGE, Filter, Listing, listing
from release_tool.dashboard.drift import Drift, drift_of, pairs
from release_tool.dashboard.history import Line
from release_tool.dashboard.matrix import Cell, cell_of, services_of
from release_tool.dashboard.snapshot import Now, Snapshot
from release_tool.dashboard.words import age, span, tone
from release_tool.model import Environment, Service, Word

DAYS_SHOWN = 28


@dataclass(frozen=True, slots=True)
class EnvironmentPage:
    environment: Environment
    cells: tuple[tuple[Service, Cell], ...]
    strip: Strip
    recent: Listing
    seen: str | None
    trouble: str | None


def environment_page(now: Now, snapshot: Snapshot) -> EnvironmentPage:
    here = now.environment
    cells = [(s, cell_of(s, now, snapshot)) for s in services_of(snapshot) if s.exists_in(here)]
    cells.sort(key=lambda pair: pair[1].needs_eyes)
    sets = snapshot.history.by_environment.get(here.id, ())
    lived = [(f"release {s.release_number}", s.requested_at, s.number) for s in sets if s.outcome is Word.COMPLETE]
    return EnvironmentPage(
        environment=here,
        cells=tuple(cells),
        strip=strip(lived, snapshot.at - timedelta(days=DAYS_SHOWN), snapshot.at),
        recent=listing(snapshot, Filter(environments=(here.id,), limit=10)),
        seen=None if now.seen_at is None else age(now.seen_at, snapshot.at),
        trouble=None if now.trouble is None else now.trouble.message,
    )


@dataclass(frozen=True, slots=True)
class ServiceLine:
    line: Line
    word: Word
    when: str
    took: str | None
    is_production: bool

    @property
    def tone(self) -> str:
        return tone(self.word)


@dataclass(frozen=True, slots=True)
class ServicePage:
    service: Service
    sets: tuple[str, ...]
    cells: tuple[Cell, ...]
    drifts: tuple[Drift, ...]
    lines: tuple[ServiceLine, ...]
    before: int | None
    of: int
    is_whole: bool


def service_page(service: Service, snapshot: Snapshot, before: int | None, limit: int = PER_PAGE) -> ServicePage:
    all_lines = sorted(
        (line for (_, name), lines in snapshot.history.lines.items() if name == service.id for line in lines),
        key=lambda line: line.number,
        reverse=True,
    )
    later = [line for line in all_lines if before is None or line.number < before]
    shown = later[:limit]
    drifts = (drift_of(service.id, later_, earlier, snapshot) for later_, earlier in pairs(snapshot.environments))
    return ServicePage(
        service=service,
        sets=tuple(s.name for s in snapshot.project.service_sets if service.id in s.services),
        cells=tuple(cell_of(service, now, snapshot) for now in snapshot.environments),
        drifts=tuple(d for d in drifts if d is not None),
        lines=tuple(_service_line(line, snapshot) for line in shown),
        before=shown[-1].number if len(later) > len(shown) else None,
        of=len(all_lines),
        is_whole=snapshot.history.lines_end,
    )


def _service_line(line: Line, snapshot: Snapshot) -> ServiceLine:
    production = {now.environment.id for now in snapshot.environments if now.environment.production}
    return ServiceLine(
        line=line,
        word=snapshot.word_of_line(line),
        when=age(line.at, snapshot.at),
        took=None if line.ended_at is None else span(line.ended_at - line.at),
        is_production=line.environment in production,
    )
