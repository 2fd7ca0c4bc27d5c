"""Driving the page: a running server, and a real browser whose every request is watched."""

import json
import os
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Locator, Page, Route, expect

from scripts.browser import open_browser as open_installed
from scripts.browser import open_tab

__all__ = [
    "PATIENCE",
    "event",
    "on_its_way",
    "open_browser",
    "open_tab",
    "refused",
    "upload",
    "watched_page",
]

#: Milliseconds that the browser waits for something to appear; the machine may be busy.
PATIENCE = 60_000


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Headless Chromium. Where there is none, tests are skipped; never in CI."""
    with ExitStack() as opened:
        try:
            browser = opened.enter_context(open_installed())
        except FileNotFoundError as error:
            pytest.fail(str(error)) if os.environ.get("CI") else pytest.skip(str(error))
        yield browser


@contextmanager
def watched_page(browser: Browser, address: str, **options) -> Iterator[Page]:
    """The page in a fresh browser. It asks no other machine, and nothing fails in its scripts."""
    page = browser.new_page(**{"viewport": {"width": 1280, "height": 900}} | options)
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    requests: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda entry: errors.extend([entry.text] * (entry.type == "error")))
    page.on("pageerror", lambda error: errors.append(str(error)))

    def refuse(dialog: Dialog) -> None:
        errors.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", refuse)
    page.goto(address)
    expect(page.locator("#classify")).to_be_visible()
    yield page
    page.close()
    assert requests
    own = (address, "data:", f"blob:{address}")
    assert [url for url in requests if not url.startswith(own)] == []
    assert errors == []


def event(address: str, function: str, data: list[object]) -> bytes:
    """What a function of the HTTP interface ends with, for data that no client would send."""
    request = urllib.request.Request(
        f"{address}/gradio_api/call/{function}",
        json.dumps({"data": data}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as response:
        number = json.load(response)["event_id"]
    with urllib.request.urlopen(f"{request.full_url}/{number}") as response:
        return response.readline().strip()


def upload(page: Page, file: Path) -> None:
    """Give the tab Classify a poster."""
    page.locator("#poster input[type=file]").set_input_files(file)
    expect(page.locator(f"#poster img[src*='{file.name}']")).to_be_attached()


@contextmanager
def on_its_way(page: Page, part: str, act: Callable[[], object]) -> Iterator[None]:
    """Act, and hold the first request to an address with this part, as a slow network would."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(lambda address: part in address, hold, times=1)
    with page.expect_request(lambda request: part in request.url):
        act()
    yield
    held[0].continue_()


def refused(page: Page) -> Locator:
    """Why the tab Classify gives no answer: in its place, and said at once by a screen reader."""
    return page.locator("#readings").get_by_role("alert")
