"""axe-core finds nothing serious in review and audit, by day and by night."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.app.ui.catalogue.actions import choose, films, read, show, write_table
from tests.app.ui.page import watched_page
from tests.app.ui.test_accessibility import serious

ROWS = [
    ("id", "title", "overview", "genres"),
    ("tt1", "The House", "A ghost haunts a house, night after night.", "Horror|Comedy"),
    ("tt2", "Summer", "Four friends fall in love. " + "They talk. " * 200, "War"),
    ("tt3", "Silence", "?!", "Noir"),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious(browser, served, tmp_path: Path, poster: Path, scheme: str):
    found = {}
    with watched_page(browser, served[1], color_scheme=scheme) as page:
        show(page)
        read(page, write_table(tmp_path / "films.csv", ROWS))
        choose(page, "order", "Name")
        expect(films(page).nth(0)).to_have_attribute("aria-label", "Silence")
        page.wait_for_timeout(700)  # what fades in has no contrast meanwhile
        found["review"] = serious(page)
        films(page).nth(1).focus()
        for key in ("1", "o", "a", "j"):
            page.keyboard.press(key)
        page.keyboard.press("g")
        page.keyboard.type("Noir")
        page.keyboard.press("Enter")
        page.wait_for_timeout(500)
        found["decided"] = serious(page)
        page.get_by_role("tab", name="Audit").click()
        expect(page.locator("#audit-list .review-item").first).to_be_visible()
        page.locator("#audit-list .review-accept").first.click()
        page.wait_for_timeout(700)
        found["audit"] = serious(page)
        page.get_by_role("tab", name="Review").click()
        choose(page, "shown", "With a note")
        page.wait_for_timeout(500)
        found["with a note"] = serious(page)
    assert found == {state: [] for state in found}
