"""What a person does on the tab Catalogue."""

import csv
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.app.ui.page import PATIENCE

__all__ = [
    "choose",
    "current",
    "download",
    "films",
    "genres_of",
    "kept",
    "read",
    "show",
    "upload",
    "write_table",
]


def show(page: Page) -> Page:
    """Turn to the tab."""
    page.get_by_role("tab", name="Catalogue").click()
    expect(page.locator("#catalogue-run")).to_be_visible(timeout=PATIENCE)
    return page


def upload(page: Page, field: str, *files: Path) -> None:
    """Give files, to the field "table" or "posters"."""
    page.locator(f"#catalogue-{field} input[type=file]").set_input_files(files)
    expect(page.locator(f"#catalogue-{field} .file-preview tr")).to_have_count(
        len(files), timeout=PATIENCE
    )


def read(page: Page, table: Path, posters: Path | None = None) -> None:
    """Give files, and wait until the films are there to review."""
    upload(page, "table", table)
    if posters:
        upload(page, "posters", posters)
    page.locator("#catalogue-run").click()
    expect(films(page).first).to_be_visible(timeout=PATIENCE)


def films(page: Page) -> Locator:
    """The films that are drawn."""
    return page.locator("#catalogue-list .review-item")


def current(page: Page) -> Locator:
    """The film that keys are for."""
    return page.locator("#catalogue-list .review-item[data-current]")


def genres_of(item: Locator) -> list[str]:
    """The genres that are on."""
    return item.locator(".review-chip[aria-pressed=true] span").all_inner_texts()


def download(page: Page, name: str) -> Path:
    """Download the result in a format."""
    with page.expect_download() as downloading:
        page.locator(f"#catalogue-{name}").click()
    return downloading.value.path()


def write_table(file: Path, rows: Iterable[Iterable[str]]) -> Path:
    """Write a CSV file."""
    with file.open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened).writerows(rows)
    return file


def choose(page: Page, field: str, option: str) -> None:
    """Choose an order, films or a genre from its list."""
    page.locator(f"#catalogue-{field} input").click()
    page.get_by_role("option", name=option, exact=True).click()


def kept(page: Page) -> AbstractContextManager[object]:
    """Wait until the server has answered to what is decided within."""
    return page.expect_response(lambda response: "/run/predict" in response.url)
