"""What people see and do: in Chromium, in light and dark, on a phone and on a desk, with and without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.browser.conftest import Shown
from tests.dashboard.test_pages import PAGES, PROJECT

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE, DESK = 320, 1280


@contextmanager
def a_page(chromium: Any, shown: Shown, **settings: Any) -> Iterator[Any]:
    """Whatever the console complains of fails the test."""
    width = settings.pop("width", DESK)
    context = chromium.new_context(base_url=shown.address, viewport={"width": width, "height": 900}, **settings)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        yield page
    finally:
        context.close()
    assert complaints == []


def shortened(address: str) -> str:
    """A long list has no barrier that a short one has not, and axe looks at every word of it."""
    return f"{address}?limit=5" if address.endswith(("/deployments", "/releases")) else address


def violations(page: Any) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": RULES})
    return [f"{v['id']}: {[n['html'][:120] for n in v['nodes'][:3]]}" for v in found.response["violations"]]


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", [*map(shortened, PAGES), f"{PROJECT}/deployments/9999"])
def test_a_page_has_no_barrier_that_axe_knows_of(
    address: str, scheme: str, width: int, chromium: Any, shown: Shown
) -> None:
    # A 404 is an error to the console, and rightly so.
    context = chromium.new_context(
        base_url=shown.address, viewport={"width": width, "height": 900}, color_scheme=scheme
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" and "404" not in m.text else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    page.goto(address)
    at_rest = violations(page)
    page.keyboard.press("Tab")
    for details in page.locator("details").all()[:3]:
        details.locator("summary").click()
    opened = violations(page)
    overflows = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    context.close()

    assert (at_rest, opened, overflows, complaints) == ([], [], False, [])


def test_the_matrix_follows_a_rollout_by_itself_and_the_focus_stays(chromium: Any, moving: Shown) -> None:
    from playwright.sync_api import expect

    with a_page(chromium, moving) as page:
        page.goto(PROJECT)
        cell = page.locator("#s-api td[data-label=stage]")
        expect(cell).to_contain_text("IN_PROGRESS")
        page.locator("#s-api a[data-row]").focus()
        page.evaluate("window.marked = 1")

        moving.world.ecs.complete("catalogue-stage", "api")
        moving.refresher.refresh()

        expect(cell).to_contain_text("COMPLETE", timeout=20_000)
        assert page.evaluate("document.activeElement.closest('tr').id") == "s-api"
        assert page.evaluate("window.marked") == 1


def test_what_is_half_typed_and_what_is_open_stays_when_the_page_changes(chromium: Any, moving: Shown) -> None:
    from playwright.sync_api import expect

    with a_page(chromium, moving) as page:
        page.goto(f"{PROJECT}/deployments")
        page.locator("#d72-services summary").click()
        page.locator("#search").fill("half a wo")

        moving.world.ecs.complete("catalogue-stage", "api")
        moving.refresher.refresh()

        expect(page.locator("#d72")).to_contain_text("COMPLETE", timeout=20_000)
        assert page.locator("#search").input_value() == "half a wo"
        assert page.locator("#d72-services").get_attribute("open") is not None


def test_a_lost_connection_is_said_and_what_was_seen_stays(chromium: Any, shown: Shown) -> None:
    from playwright.sync_api import expect

    context = chromium.new_context(base_url=shown.address)
    page = context.new_page()
    page.goto(PROJECT)
    context.set_offline(True)

    expect(page.locator("#live")).to_contain_text("Connection lost", timeout=20_000)
    expect(page.locator("#s-api")).to_contain_text("IN_PROGRESS")
    context.set_offline(False)
    expect(page.locator("#live")).to_have_text("", timeout=40_000)
    context.close()


def test_the_filters_work_without_javascript(chromium: Any, shown: Shown) -> None:
    with a_page(chromium, shown, java_script_enabled=False) as page:
        page.goto(f"{PROJECT}/deployments")
        page.get_by_label("prod", exact=True).check()
        page.get_by_label("Status").select_option("ROLLED_BACK")
        page.get_by_role("button", name="Filter").click()

        assert "environment=prod" in page.url
        assert "status=ROLLED_BACK" in page.url
        assert page.get_by_label("prod", exact=True).is_checked()
        assert page.locator("a[data-row]").first.inner_text() == "71"

        page.get_by_role("link", name="Clear").click()
        assert page.url.endswith(f"{PROJECT}/deployments")


def test_the_keyboard_alone_reaches_everything(chromium: Any, shown: Shown) -> None:
    with a_page(chromium, shown) as page:
        page.goto(PROJECT)
        reachable = page.evaluate(
            "[...document.querySelectorAll('a[href], button, select, input, summary, [tabindex=\"0\"]')]"
            ".filter(e => e.checkVisibility()).length"
        )
        page.evaluate("document.addEventListener('focusin', (event) => (event.target.dataset.had = 1))")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to content"
        for _ in range(reachable + 30):  # a date has several stops of its own
            page.keyboard.press("Tab")

        missed = page.evaluate(
            "[...document.querySelectorAll('a[href], button, select, input, summary, [tabindex=\"0\"]')]"
            ".filter(e => e.checkVisibility() && !e.dataset.had).map(e => e.outerHTML.slice(0, 100))"
        )
        assert missed == []


def test_single_keys_move_about_and_can_be_turned_off(chromium: Any, shown: Shown) -> None:
    with a_page(chromium, shown) as page:
        page.goto(PROJECT)
        page.keyboard.press("j")
        page.keyboard.press("j")
        second = page.locator("a[data-row]").nth(1)
        assert second.evaluate("e => e === document.activeElement")
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.id") == "search"
        page.keyboard.type("gd")
        assert page.url.endswith(PROJECT)

        page.goto("/help")
        page.locator("#keys").uncheck()
        page.goto(PROJECT)
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement.tagName") == "BODY"


def test_two_keys_lead_to_another_page(chromium: Any, shown: Shown) -> None:
    with a_page(chromium, shown) as page:
        page.goto(PROJECT)
        page.keyboard.press("g")
        page.keyboard.press("d")
        page.wait_for_url(f"**{PROJECT}/deployments")


def test_nothing_is_fetched_from_elsewhere(chromium: Any, shown: Shown) -> None:
    with a_page(chromium, shown) as page:
        fetched: list[str] = []
        page.on("request", lambda request: fetched.append(request.url))
        for address in PAGES:
            page.goto(address)

        assert fetched
        assert [url for url in fetched if not url.startswith(shown.address)] == []


@pytest.mark.parametrize("settings", [{"forced_colors": "active"}, {"reduced_motion": "reduce"}], ids=str)
def test_what_the_system_prefers_is_heeded(settings: dict[str, str], chromium: Any, shown: Shown) -> None:
    with a_page(chromium, shown, **settings) as page:
        page.goto(PROJECT)

        assert page.locator("#s-image_server td[data-label=prod]").inner_text().count("ROLLED_BACK") == 1
        assert violations(page) == []


def test_what_means_harm_does_nothing(chromium: Any, shown: Shown) -> None:
    with a_page(chromium, shown) as page:
        dialogs: list[str] = []
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        page.goto(f"{PROJECT}/compare?from=prod&to=stage")
        page.goto(f"{PROJECT}?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")

        assert dialogs == []
        assert page.locator("#search").input_value() == '"><script>alert(1)</script>'
