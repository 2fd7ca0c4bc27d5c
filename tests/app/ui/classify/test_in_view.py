"""The answer is in view after a click, on a desktop and on a phone."""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.app.ui.page import on_its_way, refused, upload, watched_page

DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
OVERVIEW = "A ghost haunts the crew of a space ship. " * 12
READINGS = ("#poster-reading", "#overview-reading", "#combined-reading")


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def sized(browser, served, request) -> Iterator[Page]:
    with watched_page(browser, served[1], viewport=request.param, color_scheme="light") as page:
        yield page


def classify(page: Page, poster: Path) -> None:
    upload(page, poster)
    page.locator("#overview textarea").fill(OVERVIEW)
    page.locator("#classify").click()
    expect(page.locator("#readings li")).to_have_count(9)


def is_in_view(page: Page, selector: str) -> bool:
    """Whether an element lies wholly in the window."""
    return page.evaluate(
        """selector => {
            const box = document.querySelector(selector).getBoundingClientRect();
            return box.width > 0 && box.height > 0 && box.left >= 0 && box.top >= 0
                && box.right <= window.innerWidth && box.bottom <= window.innerHeight;
        }""",
        selector,
    )


def wait_until_in_view(page: Page) -> None:
    """A phone moves there in steps."""
    for selector in READINGS:
        page.wait_for_function(
            "selector => document.querySelector(selector).getBoundingClientRect().top < "
            "window.innerHeight",
            arg=selector,
        )
    page.wait_for_timeout(1_000)


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.id")


def test_the_three_readings_are_in_view(sized: Page, poster: Path):
    classify(sized, poster)
    wait_until_in_view(sized)
    assert [each for each in READINGS if not is_in_view(sized, each)] == []
    width = sized.viewport_size["width"]
    assert sized.evaluate("document.documentElement.scrollWidth") <= width


def test_what_to_give_and_what_to_try_are_in_view_on_a_first_visit(sized: Page):
    given = ["#poster", "#overview", "#classify"]
    tried = ["#examples-strip"] if sized.viewport_size == DESKTOP else []
    assert [each for each in given + tried if not is_in_view(sized, each)] == []


def test_the_reader_is_taken_to_an_answer_out_of_view_alone(sized: Page, poster: Path):
    classify(sized, poster)
    if sized.viewport_size == DESKTOP:
        sized.wait_for_timeout(500)
        assert (focused(sized), sized.evaluate("scrollY")) == ("classify", 0)
    else:
        expect(sized.locator("#answer-heading")).to_be_focused()
    expect(sized.locator("#verdict [role=status]")).to_contain_text("reader")


@pytest.mark.parametrize("begun", ["in the overview", "with the button"])
def test_who_goes_on_typing_is_left_there(browser, served, begun: str):
    with watched_page(browser, served[1], viewport=PHONE, reduced_motion="reduce") as page:
        overview = page.locator("#overview textarea")
        overview.fill("A ghost haunts the crew of a space ship.")
        if begun == "in the overview":
            ask = partial(overview.press, "Enter")
        else:
            ask = page.locator("#classify").click
        with on_its_way(page, "/run/predict", ask):
            overview.focus()
            page.keyboard.type("Nobody ")
        expect(page.locator("#why .words")).to_be_visible()  # which come after the move
        page.keyboard.type("believes it.")
        expect(overview).to_have_value(re.compile("Nobody believes it."))
        expect(overview).to_be_focused()
        page.locator("#classify").click()  # and who asks again is taken there
        expect(page.locator("#overview-reading")).to_be_in_viewport(ratio=1)


def test_why_there_is_no_answer_is_in_view(sized: Page):
    sized.locator("#classify").click()
    expect(refused(sized)).to_be_visible()
    sized.wait_for_timeout(1_000)  # a phone moves there in steps
    assert is_in_view(sized, "#readings [role=alert]")


def test_again_the_same_film_and_one_is_taken_there_again(browser, served, poster: Path):
    with watched_page(browser, served[1], viewport=PHONE, reduced_motion="reduce") as page:
        for _ in range(2):
            page.evaluate("window.scrollTo(0, 0)")
            classify(page, poster)
            page.wait_for_function("scrollY > 200")  # in one step: motion is not wanted
            assert all(is_in_view(page, each) for each in READINGS)


def test_the_examples_make_room_for_the_first_answer_and_can_come_back(sized: Page):
    examples = sized.locator("#examples .thumbnail-lg")
    examples.first.click()
    expect(sized.locator("#readings li")).to_have_count(9)
    expect(examples.first).to_be_hidden()
    sized.get_by_role("button", name="Invented films to try").click()
    examples.nth(1).click()
    expect(sized.locator("#overview textarea")).to_have_value(re.compile("^Wedding"))
    sized.wait_for_timeout(1_000)
    expect(examples.nth(1)).to_be_visible()
    examples.nth(4).click()  # this one has no poster
    expect(sized.locator("#readings li")).to_have_count(3)
    sized.locator("#overview textarea").fill("")
    sized.locator("#classify").click()
    expect(refused(sized)).to_be_visible()
    examples.first.click()  # the next answer, after a refusal, is not the first
    expect(sized.locator("#readings li")).to_have_count(9)
    sized.wait_for_timeout(1_000)
    expect(examples.first).to_be_visible()
    sized.locator("#clear").click()
    expect(sized.locator("#readings li")).to_have_count(0)
    expect(examples.first).to_be_visible()


def test_the_reasons_of_a_genre_come_into_view(sized: Page, poster: Path):
    classify(sized, poster)
    expect(sized.locator("#why .words")).to_be_visible()
    sized.locator("#combined-reading button").nth(1).click()
    sized.wait_for_timeout(1_000)
    expect(sized.locator("#why h2")).to_be_in_viewport(ratio=1)


def test_the_reasons_lead_to_the_poster_where_it_is_out_of_view(sized: Page, poster: Path):
    classify(sized, poster)
    expect(sized.locator("#why .key")).to_be_visible()
    link = sized.get_by_role("link", name="See the poster")
    if sized.viewport_size == DESKTOP:
        expect(link).to_have_count(0)
    else:
        link.click()
        expect(sized.locator("#shows-heat")).to_be_in_viewport(ratio=1)
