"""axe-core finds nothing serious on any tab, by day and by night."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.app.ui.page import refused, watched_page

TABS = ("Classify", "Catalogue", "How good is it?", "About")


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary'][:200]}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_on_any_tab(browser, served, scheme: str):
    with watched_page(browser, served[1], color_scheme=scheme) as page:
        first = serious(page)
        page.locator("#classify").click()
        expect(refused(page)).to_be_visible()
        refusal = serious(page)
        page.locator("#examples .thumbnail-lg").first.click()
        page.locator("#shows-heat input").check()
        page.get_by_role("button", name="All probabilities").click()
        found = {}
        for tab in TABS:
            page.get_by_role("tab", name=tab).click()
            page.wait_for_timeout(500)  # tabs fade in, and half-transparent text has no contrast
            found[tab] = serious(page)
    assert [first, refusal, found] == [[], [], {tab: [] for tab in TABS}]


def test_the_keyboard_alone_reaches_an_answer(page: Page):
    page.locator("#overview textarea").focus()
    page.keyboard.type("A ghost haunts a house.")
    page.keyboard.press("Tab")
    expect(page.locator("#classify")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#overview-reading li")).to_have_count(3)
    page.get_by_role("tab", name="Classify").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#catalogue-run")).to_be_visible()
