"""DORA's five metrics, worked out from the record. What each counts is written beside its number."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import takewhile
from math import ceil
from statistics import quantiles

from release_tool.dashboard.charts import Bar, bars, day
from release_tool.dashboard.deployments import ended_at
from release_tool.dashboard.snapshot import Snapshot
from release_tool.dashboard.words import middle, span
from release_tool.model import DeploymentSet, Kind, Word

WINDOWS = ("28d", "90d", "365d")
DEFAULT_WINDOW = "90d"
ENOUGH = 5
NEAR = timedelta(hours=24)
CITE = "https://dora.dev/guides/dora-metrics-four-keys/"

FAILURES = frozenset({Word.FAILED, Word.ROLLED_BACK})


@dataclass(frozen=True, slots=True)
class Metric:
    """`value` is None where there is too little to say; `n` is how many it was worked out from."""

    id: str
    name: str
    value: str | None
    detail: str | None
    n: int
    counted: str
    definition: str
    before: str | None
    bars: tuple[Bar, ...]
    unit: str


@dataclass(frozen=True, slots=True)
class Window:
    begin: datetime
    end: datetime

    @property
    def before(self) -> Window:
        return Window(self.begin - (self.end - self.begin), self.begin)

    @property
    def days(self) -> int:
        return max(1, round((self.end - self.begin) / timedelta(days=1)))


@dataclass(frozen=True, slots=True)
class Deployed:
    """A deployment set that has ended, as the metrics see it. `failed` says why it counts as such."""

    number: int
    at: datetime
    ended: datetime
    word: Word
    kind: Kind
    failed: bool
    lead_times: tuple[timedelta, ...]


def metrics(snapshot: Snapshot, environment: str, window: str) -> tuple[Metric, ...]:
    end = snapshot.at
    asked = Window(end - timedelta(days=int(window.rstrip("d"))), end)
    everything = deployed(snapshot, environment, since=asked.before.begin - NEAR)
    return (
        _lead_time(everything, asked),
        _frequency(everything, asked),
        _recovery(everything, asked),
        _fail_rate(everything, asked),
        _rework(everything, asked),
    )


def deployed(snapshot: Snapshot, environment: str, since: datetime | None = None) -> tuple[Deployed, ...]:
    """Oldest first; those that go on, or that were replaced before they ended, say nothing yet."""
    sets = snapshot.history.by_environment.get(environment, ())
    recent = tuple(takewhile(lambda s: since is None or s.requested_at >= since, sets))
    ended = [s for s in reversed(recent) if snapshot.word_of(s) in (Word.COMPLETE, *FAILURES)]
    reached: set[int] = set()
    found = []
    for at, this in enumerate(ended):
        word = snapshot.word_of(this)
        next_one = ended[at + 1] if at + 1 < len(ended) else None
        lines = snapshot.history.parts.get(this.number, ())
        end = ended_at(this, lines) or this.requested_at
        authored = {t for line in lines for t in line.authored} if word is Word.COMPLETE else set()
        fresh = authored - reached
        reached |= authored
        found.append(
            Deployed(
                number=this.number,
                at=this.requested_at,
                ended=end,
                word=word,
                kind=this.kind,
                failed=word in FAILURES or _was_taken_back(this, next_one),
                lead_times=tuple(_positive(end - _time(t)) for t in sorted(fresh) if _time(t) <= end),
            )
        )
    return tuple(found)


def _was_taken_back(this: DeploymentSet, next_one: DeploymentSet | None) -> bool:
    if next_one is None or next_one.kind is not Kind.ROLLBACK or this.kind is Kind.ROLLBACK:
        return False
    return next_one.requested_at - this.requested_at <= NEAR


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)


def _positive(duration: timedelta) -> timedelta:
    return max(duration, timedelta())


def _within(found: Iterable[Deployed], window: Window) -> list[Deployed]:
    return [d for d in found if window.begin <= d.ended < window.end]


# --- the five


def _lead_time(everything: Sequence[Deployed], window: Window) -> Metric:
    def times(part: Sequence[Deployed]) -> list[timedelta]:
        return sorted(t for d in part for t in d.lead_times)

    here = times(_within(everything, window))
    return Metric(
        id="change-lead-time",
        name="Change lead time",
        value=_median(here),
        detail=None if len(here) < ENOUGH else f"nine in ten within {span(_ninth(here))}",
        n=len(here),
        counted="commits",
        definition=(
            "From a commit's author date to the end of the first complete deployment that brought it to this "
            "environment: the median over the commits that the record lists. Commits that were left out of the "
            "record, or had not ended well, are not counted."
        ),
        before=_median(times(_within(everything, window.before))),
        bars=_weekly(everything, window, lambda part: _hours(times(part)), "h"),
        unit="median hours",
    )


def _frequency(everything: Sequence[Deployed], window: Window) -> Metric:
    def per_day(part: Sequence[Deployed], days: int) -> str:
        rate = len(part) / days
        return f"{rate:.1f} a day" if rate >= 1 else f"{rate * 7:.1f} a week"

    here, before = (_complete(_within(everything, w)) for w in (window, window.before))
    return Metric(
        id="deployment-frequency",
        name="Deployment frequency",
        value=per_day(here, window.days) if here else None,
        detail=f"on {len({d.ended.date() for d in here})} of {window.days} days" if here else None,
        n=len(here),
        counted="deployment sets",
        definition="Complete deployment sets to this environment, over all days of the window, days without any too.",
        before=per_day(before, window.days) if before else None,
        bars=_weekly(everything, window, lambda part: float(len(_complete(part))), ""),
        unit="complete deployment sets",
    )


def _recovery(everything: Sequence[Deployed], window: Window) -> Metric:
    here, before = (_recoveries(everything, w) for w in (window, window.before))
    return Metric(
        id="failed-deployment-recovery-time",
        name="Failed deployment recovery time",
        value=_median(here, least=1),
        detail=None if not here else f"longest {span(here[-1])}",
        n=len(here),
        counted="failed deployment sets that were recovered from",
        definition=(
            "From the request of a failed deployment set to the end of the next complete one in this environment: "
            "the median. What counts as failed is said under change fail rate."
        ),
        before=_median(before, least=1),
        bars=_weekly(everything, window, lambda part: _hours(_recoveries_of(part, everything)), "h"),
        unit="median hours",
    )


def _recoveries(everything: Sequence[Deployed], window: Window) -> list[timedelta]:
    return _recoveries_of(_within(everything, window), everything)


def _recoveries_of(part: Iterable[Deployed], everything: Sequence[Deployed]) -> list[timedelta]:
    good = [d for d in everything if d.word is Word.COMPLETE and not d.failed]
    numbers = [d.number for d in good]
    failed = [d for d in part if d.failed]
    healed = [(d, bisect(numbers, d.number)) for d in failed]
    return sorted(good[at].ended - d.at for d, at in healed if at < len(good))


def _fail_rate(everything: Sequence[Deployed], window: Window) -> Metric:
    return _share(
        everything,
        window,
        lambda d: d.failed,
        id="change-fail-rate",
        name="Change fail rate",
        definition=(
            "Deployment sets that ended FAILED or ROLLED_BACK, or that somebody rolled back within 24 hours, among "
            "those that ended. The last is inferred from the order of deployments."
        ),
    )


def _rework(everything: Sequence[Deployed], window: Window) -> Metric:
    return _share(
        everything,
        window,
        lambda d: d.kind is Kind.ROLLBACK or (d.failed and d.word is Word.COMPLETE),
        id="deployment-rework-rate",
        name="Deployment rework rate",
        definition=(
            "Rollbacks, and the complete deployment sets that they took back, among all that ended: work that "
            "users had seen and that had to be done again. A repair that went forward is not told apart."
        ),
    )


def _share(
    everything: Sequence[Deployed],
    window: Window,
    counts: Callable[[Deployed], bool],
    *,
    id: str,  # noqa: A002 - the field's name
    name: str,
    definition: str,
) -> Metric:
    def share(part: Sequence[Deployed]) -> str | None:
        return f"{100 * sum(map(counts, part)) / len(part):.0f} %" if len(part) >= ENOUGH else None

    here, before = (_within(everything, w) for w in (window, window.before))
    return Metric(
        id=id,
        name=name,
        value=share(here),
        detail=f"{sum(map(counts, here))} of {len(here)}",
        n=len(here),
        counted="deployment sets that ended",
        definition=definition,
        before=share(before),
        bars=_weekly(everything, window, lambda part: float(sum(map(counts, part))), ""),
        unit="deployment sets",
    )


# --- below


def _complete(part: Iterable[Deployed]) -> list[Deployed]:
    return [d for d in part if d.word is Word.COMPLETE]


def _median(times: Sequence[timedelta], least: int = ENOUGH) -> str | None:
    return span(middle(times)) if len(times) >= least else None


def _ninth(times: Sequence[timedelta]) -> timedelta:
    return timedelta(seconds=quantiles([t.total_seconds() for t in times], n=10)[8])


def _hours(times: Sequence[timedelta]) -> float:
    return middle(times).total_seconds() / 3600 if times else 0.0


def _weekly(
    everything: Sequence[Deployed], window: Window, value_of: Callable[[Sequence[Deployed]], float], unit: str
) -> tuple[Bar, ...]:
    """A bar a week, or a day where the window is short."""
    step = timedelta(days=1 if window.days <= 28 else 7)
    parts: list[list[Deployed]] = [[] for _ in range(ceil((window.end - window.begin) / step))]
    for found in _within(everything, window):
        parts[int((found.ended - window.begin) / step)].append(found)
    values = []
    for number, part in enumerate(parts):
        value = value_of(part)
        written = f"{value:.1f} {unit}" if unit else f"{value:.0f}"
        values.append((day(window.begin + number * step), value, written))
    return bars(values)
