"""A browser without a window that turns the tabs of the page: for pictures, figures and tests."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

__all__ = ["BROWSERS", "find_browser", "open_browser", "open_tab"]

#: Programs that will do, in the order in which they are looked for.
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def find_browser() -> str | None:
    """Return the path of an installed browser, or None."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start a browser, and end it.

    Raises:
        FileNotFoundError: none is installed.
    """
    found = find_browser()
    if found is None:
        raise FileNotFoundError(f"no browser is installed (looked for {', '.join(BROWSERS)})")
    with sync_playwright() as playwright:
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
