"""A browser without a window that turns the tabs of the page: for pictures, figures and tests."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

__all__ = ["open_browser", "open_tab"]

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start a browser, the system's or else playwright's own, and end it.

    Raises:
        FileNotFoundError: none is installed.
    """
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
        found = next(filter(None, map(shutil.which, (*_BROWSERS, own))), None)
        if found is None:
            looked_for = ", ".join([*_BROWSERS, own])
            raise FileNotFoundError(f"no browser is installed (looked for {looked_for})")
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


def open_tab(page: Page, name: str) -> None:
    """Turn to a tab. On a phone, gradio may put the last ones into a menu."""
    page.wait_for_timeout(300)  # until it has measured them
    if not page.get_by_role("tab", name=name).is_visible():
        page.get_by_role("button", name="More tabs").click()
    page.locator("[role=tab], .overflow-dropdown button").filter(
        has_text=name, visible=True
    ).first.click()
