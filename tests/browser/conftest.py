"""A real Chromium before a dashboard that really listens, on this machine alone."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from release_tool.dashboard.refresher import Pace, Refresher
from release_tool.dashboard.server import address_of, bound, serving
from tests.dashboard.sample import World, a_world

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def missing(what: str) -> None:
    """Right on somebody's laptop, wrong where it is relied on."""
    if os.environ.get("RELEASE_TOOL_BROWSER") == "needed":
        pytest.fail(f"{what}, and CI=true: nothing was tried in a browser", pytrace=False)
    pytest.skip(f"{what}: nothing was tried in a browser")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    program = shutil.which(os.environ.get("CHROMIUM", "chromium"))
    if program is None:
        missing("there is no chromium on this machine (apt-get install chromium)")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("playwright is not installed (pip install 'release-tool[browser]')")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield browser
        browser.close()


class Shown:
    """A dashboard and the world that it shows; `refresh` looks now, and not when it is time to."""

    def __init__(self) -> None:
        self.world: World = a_world()
        self.refresher = Refresher(self.world.source(), Pace(at_rest=3600, moving=3600))
        self.listening = bound("127.0.0.1", 0)
        self.address = address_of(self.listening, "127.0.0.1").rstrip("/")
        self.server = serving({"catalogue": self.refresher}, "127.0.0.1", (), None, lambda: self.ready.set())
        self.ready = threading.Event()
        self._thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.listening]}, daemon=True)

    def start(self) -> Shown:
        self.refresher.refresh()
        self.refresher.read_back()
        self._thread.start()
        assert self.ready.wait(20)
        return self

    def stop(self) -> None:
        self.server.should_exit = True
        self._thread.join(10)
        self.listening.close()


@pytest.fixture(scope="session")
def shown() -> Iterator[Shown]:
    """For those that only look."""
    shown = Shown().start()
    yield shown
    shown.stop()


@pytest.fixture
def moving() -> Iterator[Shown]:
    """For those that change the world."""
    shown = Shown().start()
    yield shown
    shown.stop()
