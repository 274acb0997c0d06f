"""Takes the pictures that the documents show: python docs/images/make.py (needs Chromium and Playwright)."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from playwright.sync_api import sync_playwright  # noqa: E402

from tests.browser.conftest import QUIET, Shown  # noqa: E402

PROJECT = "/projects/catalogue"
PICTURES = (
    ("matrix-light", PROJECT, "light", 1280, 900),
    ("matrix-dark", PROJECT, "dark", 1280, 900),
    ("matrix-phone", f"{PROJECT}?environment=prod&status=ROLLED_BACK", "light", 360, 780),
    ("deployments-dark", f"{PROJECT}/deployments", "dark", 1280, 900),
    ("deployment-light", f"{PROJECT}/deployments/71", "light", 1280, 900),
    ("releases-light", f"{PROJECT}/releases?environment=prod", "light", 1280, 640),
    ("environment-dark", f"{PROJECT}/environments/prod", "dark", 1280, 1100),
    ("compare-light", f"{PROJECT}/compare?from=prod&to=stage", "light", 1280, 900),
    ("metrics-light", f"{PROJECT}/metrics?environment=stage&window=28d", "light", 1280, 1000),
)


def main() -> None:
    shown = Shown().start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(QUIET))
        for name, address, scheme, width, height in PICTURES:
            page = browser.new_page(
                base_url=shown.address, color_scheme=scheme, viewport={"width": width, "height": height}
            )
            page.goto(address)
            if width < 600:
                page.locator("table").evaluate("table => table.scrollIntoView()")
            page.screenshot(path=HERE / f"{name}.png")
            page.close()
        browser.close()
    shown.stop()


if __name__ == "__main__":
    main()
