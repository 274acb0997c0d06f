"""How old what is shown may be, and what is said when AWS can't be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Event
from typing import Any

import pytest

from release_tool.board import Seen
from release_tool.dashboard.reading import NEWEST
from release_tool.dashboard.refresher import Pace, Refresher
from release_tool.dashboard.source import Source
from release_tool.errors import AskedWrongly, AwsRefused, CouldNot, ReleaseToolError
from release_tool.model import Word
from tests.builders import NOW, minutes
from tests.dashboard.asking import Browserless, HandTurned
from tests.dashboard.sample import World, a_world
from tests.dashboard.test_pages import PROJECT, cell

UNREACHABLE = CouldNot("could not read the table: AWS could not be reached", next="check the network")
THROTTLED = CouldNot("could not read the table: AWS kept throttling the call (ThrottlingException)")
DENIED = AwsRefused("could not read the table: not permitted", next="allow dynamodb:Query to this identity")
NO_TABLE = AskedWrongly("there is no table called release-tool", next="make it with: release-tool init")
TROUBLES = [UNREACHABLE, THROTTLED, DENIED, NO_TABLE]
named = pytest.mark.parametrize("trouble", TROUBLES, ids=["unreachable", "throttled", "denied", "no table"])


class Breaking:
    """A record that fails while `error` is set, and counts what it is asked."""

    def __init__(self, record: Any) -> None:
        self._record = record
        self.error: Exception | None = None
        self.asked = 0

    def __getattr__(self, name: str) -> Any:
        def ask(*args: Any, **named: Any) -> Any:
            self.asked += 1
            if self.error is not None:
                raise self.error
            return getattr(self._record, name)(*args, **named)

        return ask


class Breakable:
    """A project whose AWS can be taken away: the record, and what is looked at."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.source = world.source()
        self.record = Breaking(self.source.record)
        self.looks = 0
        self.turned = HandTurned(replace(self.source, record=self.record, look=self._look))
        self.dashboard = Browserless(self.turned)

    def _look(self) -> dict[str, Seen | ReleaseToolError]:
        self.looks += 1
        if isinstance(self.record.error, ReleaseToolError):
            return {e.id: self.record.error for e in self.world.project.environments}
        if self.record.error is not None:
            raise self.record.error
        return dict(self.source.look())


@pytest.fixture
def breakable() -> Breakable:
    return Breakable(a_world(days=6))


@named
def test_at_start_the_page_says_why_there_is_nothing(trouble: ReleaseToolError, breakable: Breakable) -> None:
    breakable.record.error = trouble
    breakable.turned.turn()

    answer = breakable.dashboard.get(PROJECT)

    assert answer.status == 503
    assert trouble.message in answer.text
    assert trouble.next is None or trouble.next in answer.text
    assert breakable.dashboard.get("/readyz").status == 503
    assert breakable.dashboard.get("/healthz").status == 200


@named
def test_later_the_last_good_data_stays_with_its_age_and_the_reason(
    trouble: ReleaseToolError, breakable: Breakable
) -> None:
    breakable.turned.turn()
    good = breakable.dashboard.get(PROJECT)

    breakable.record.error = trouble
    breakable.world.clock.turn(minutes(7))
    breakable.turned.turn()
    stale = breakable.dashboard.get(PROJECT)

    assert stale.status == 200
    assert "This may be old: last seen 2026-11-22 16:32:12 UTC" in stale.text
    assert trouble.message in stale.text
    assert cell(stale.text, "api", "prod").split("</time>")[0].count("hash") == 1
    assert stale.headers["as-of"] == good.headers["as-of"]
    ready = breakable.dashboard.get("/readyz")
    assert (ready.status, ready.json["ready"]) == (503, False)


def test_when_aws_is_back_the_warning_goes(breakable: Breakable) -> None:
    breakable.turned.turn()
    breakable.record.error = UNREACHABLE
    breakable.turned.turn()
    breakable.record.error = None
    breakable.turned.turn()

    assert "This may be old" not in breakable.dashboard.get(PROJECT).text
    assert breakable.dashboard.get("/readyz").status == 200


def test_one_environment_that_cant_be_read_leaves_the_others_be(breakable: Breakable) -> None:
    look = breakable.source.look
    without_prod = replace(breakable.source, look=lambda: {**look(), "prod": DENIED})
    dashboard = Browserless(HandTurned(without_prod).turn())

    html = dashboard.get(PROJECT).text

    assert "unknown: could not read the table: not permitted" in cell(html, "api", "prod")
    assert "COMPLETE" in cell(html, "api", "dev")


def test_health_tells_strangers_no_reason(breakable: Breakable) -> None:
    breakable.record.error = DENIED
    breakable.turned.turn()

    assert set(breakable.dashboard.get("/readyz").json) == {"ready", "as_of"}


# --- no page waits for AWS


def test_a_page_view_asks_nothing_of_aws(breakable: Breakable) -> None:
    breakable.turned.turn().read_everything()
    asked, looks = breakable.record.asked, breakable.looks

    for address in (
        PROJECT,
        f"{PROJECT}/deployments?service=api",
        f"{PROJECT}/deployments/1",
        f"{PROJECT}/releases/1",
        f"{PROJECT}/releases?environment=prod",
        f"{PROJECT}/environments/prod",
        f"{PROJECT}/services/api",
        f"{PROJECT}/compare",
        f"{PROJECT}/metrics",
        f"{PROJECT}?at=2026-11-20",
        f"{PROJECT}/deployments/99",
        "/feeds/catalogue.atom",
        "/badges/catalogue/prod.svg",
        "/api/v1/projects/catalogue/matrix",
        "/readyz",
    ):
        breakable.dashboard.get(address)

    assert (breakable.record.asked, breakable.looks) == (asked, looks)


def test_what_is_not_in_memory_is_read_behind_the_page_and_shown_when_it_is_there() -> None:
    turned = HandTurned(a_world().source()).turn()
    dashboard = Browserless(turned)
    assert 1 not in turned.snapshot.history.by_number

    first = dashboard.get(f"{PROJECT}/deployments/1")
    turned.read_wanted()
    second = dashboard.get(f"{PROJECT}/deployments/1")

    assert (first.status, second.status) == (202, 200)
    assert "it is being looked for" in first.text
    assert "<h1>Deployment 1 " in second.text


def test_a_deployment_that_was_just_made_is_found_before_the_next_look(breakable: Breakable) -> None:
    breakable.turned.turn()
    last = max(breakable.turned.snapshot.history.by_number)
    sha = breakable.world.reasons._commits[-1].sha
    breakable.world.deploy("dev", {"merger": sha}, at=NOW, ends=None)

    first = breakable.dashboard.get(f"{PROJECT}/deployments/{last + 1}")
    breakable.turned.read_wanted()

    assert first.status == 202
    assert breakable.dashboard.get(f"{PROJECT}/deployments/{last + 1}").status == 200


def test_a_number_that_was_looked_for_in_vain_is_a_404(breakable: Breakable) -> None:
    breakable.turned.turn()
    address = f"{PROJECT}/deployments/{max(breakable.turned.snapshot.history.by_number) + 1}"

    first = breakable.dashboard.get(address)
    breakable.turned.read_wanted()

    assert (first.status, breakable.dashboard.get(address).status) == (202, 404)


def test_history_is_read_back_to_its_beginning_in_the_background() -> None:
    world = a_world()
    turned = HandTurned(world.source()).turn()
    assert len(turned.snapshot.history.sets) == NEWEST
    assert not turned.snapshot.history.is_whole
    assert "History is still being read" in Browserless(turned).get(f"{PROJECT}/deployments").text

    turned.read_everything()

    assert turned.snapshot.history.is_whole
    assert min(turned.snapshot.history.by_number) == 1
    assert turned.snapshot.history.deployments == len(world.ledger._deployments)


# --- only what changed is sent


def test_what_did_not_change_is_not_sent_again(breakable: Breakable) -> None:
    breakable.turned.turn()
    first = breakable.dashboard.get(PROJECT)
    breakable.world.clock.turn(minutes(0.2))
    breakable.turned.turn()

    again = breakable.dashboard.get(PROJECT, if_none_match=first.headers["etag"])

    assert (again.status, again.body) == (304, b"")
    assert again.headers["as-of"] > first.headers["as-of"]


def test_what_changed_is_sent(breakable: Breakable) -> None:
    breakable.turned.turn()
    first = breakable.dashboard.get(PROJECT)
    breakable.world.ecs.complete("catalogue-stage", "api")
    breakable.turned.turn()

    again = breakable.dashboard.get(PROJECT, if_none_match=first.headers["etag"])

    assert again.status == 200
    assert "COMPLETE" in cell(again.text, "api", "stage")


def test_an_outcome_that_was_written_is_seen_by_the_next_look(breakable: Breakable) -> None:
    breakable.turned.turn()
    opened = breakable.world.ledger.latest_set("catalogue", "stage")
    assert opened is not None
    before = breakable.turned.snapshot.word_of(opened)

    breakable.world.ledger.end(opened, Word.COMPLETE, None, NOW)
    breakable.turned.turn()
    settled = breakable.turned.snapshot.history.by_number[opened.number]

    assert (before, breakable.turned.snapshot.word_of(settled)) == (Word.IN_PROGRESS, Word.COMPLETE)


def test_a_page_is_compressed_for_whoever_takes_it_so(dashboard: Browserless) -> None:
    plain, small = dashboard.get(PROJECT), dashboard.get(PROJECT, accept_encoding="gzip")

    assert small.headers["content-encoding"] == "gzip"
    assert len(small.body) < len(plain.body) / 4
    assert dashboard.get(PROJECT, accept_encoding="gzip;q=0").headers.get("content-encoding") is None


# --- the thread


@contextmanager
def running(source: Source, pace: Pace) -> Iterator[Refresher]:
    refresher = Refresher(source, pace, jitter=lambda: 1.0)
    refresher.start()
    try:
        yield refresher
    finally:
        refresher.stop()


def test_a_page_is_answered_while_the_first_look_still_waits_for_aws(breakable: Breakable) -> None:
    goes_on, looking = Event(), Event()

    def slow() -> Any:
        looking.set()
        goes_on.wait(10)
        return breakable.source.look()

    with running(replace(breakable.source, look=slow), Pace()) as refresher:
        looking.wait(10)
        answer = Browserless(refresher).get(PROJECT)  # type: ignore[arg-type]
        goes_on.set()

    assert answer.status == 503
    assert "being read for the first time" in answer.text


def test_a_bug_while_refreshing_is_said_and_does_not_end_the_refreshing(
    breakable: Breakable, caplog: pytest.LogCaptureFixture
) -> None:
    healed, looked = Event(), []

    def look() -> Any:
        looked.append(1)
        if len(looked) == 1:
            raise KeyError("a bug of ours")
        healed.set()
        return breakable.source.look()

    with running(replace(breakable.source, look=look), Pace(at_rest=0.01, moving=0.01)) as refresher:
        assert healed.wait(10)
        assert refresher is not None

    assert "a bug of ours" in caplog.text


@pytest.mark.parametrize(("failures", "seconds"), [(0, 15), (1, 30), (2, 60), (5, 300), (50, 300)])
def test_each_failure_in_a_row_doubles_the_wait_up_to_five_minutes(
    failures: int, seconds: float, turned: HandTurned
) -> None:
    assert Pace(at_rest=15, moving=15).seconds(turned.snapshot, failures) == seconds


def test_while_something_rolls_out_it_looks_more_often(breakable: Breakable) -> None:
    breakable.turned.turn()
    assert Pace().seconds(breakable.turned.snapshot, 0) == 3

    breakable.world.ecs.complete("catalogue-stage", "api")
    breakable.turned.turn()

    assert Pace().seconds(breakable.turned.snapshot, 0) == 15
