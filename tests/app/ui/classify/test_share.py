"""What is shown can be copied, as text and as JSON."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from gradio_app.classifier import FilmClassifier
from gradio_app.prediction import FilmPrediction, Prediction
from gradio_app.ui.classify.share import share_buttons, shared_text
from tests.app.ui.page import watched_page

OVERVIEW = "A ghost haunts the crew of a space ship."


@pytest.fixture
def allowed(browser, served) -> Iterator[Page]:
    """The page in a browser that lets it use the clipboard."""
    allowing = ["clipboard-read", "clipboard-write"]
    with watched_page(browser, served[1], permissions=allowing) as page:
        page.locator("#overview textarea").fill(OVERVIEW)
        page.locator("#classify").click()
        expect(page.locator("#overview-reading li")).to_have_count(3)
        yield page


def test_as_text():
    seen = Prediction(("Drama", "War"), (0.25, 0.75), (0.5, 0.5))
    read = Prediction(("Drama", "War"), (0.9, 0.1), (0.5, 0.5))
    film = FilmPrediction(seen, read, seen, notes=("The overview was cut.",))
    assert shared_text(film).splitlines() == [
        "Poster: War 75%, Drama 25%",
        "Overview: Drama 90%, War 10%",
        "Together: War 75%, Drama 25%",
        "Suggested genres: War",
        "The overview was cut.",
    ]
    nothing = Prediction(("Drama", "War"), (0.1, 0.1), (0.5, 0.5))
    assert "Suggested genres: none" in shared_text(FilmPrediction(None, nothing, nothing))


def test_before_an_answer_there_is_nothing_to_share():
    assert share_buttons(None) == ""


def test_copying(allowed: Page, classifier: FilmClassifier):
    film = classifier.predict(overview=OVERVIEW)
    allowed.get_by_role("button", name="Copy as text").click()
    expect(allowed.locator("#share [role=status]")).to_have_text("Copied.")
    assert allowed.evaluate("navigator.clipboard.readText()") == shared_text(film)
    allowed.get_by_role("button", name="Copy as JSON").press("Enter")
    allowed.wait_for_function("navigator.clipboard.readText().then(text => text.startsWith('{'))")
    assert json.loads(allowed.evaluate("navigator.clipboard.readText()")) == film.as_document()


def test_copying_where_the_clipboard_is_closed_to_pages(allowed: Page, classifier: FilmClassifier):
    allowed.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    button = allowed.get_by_role("button", name="Copy as text")
    button.click()
    expect(allowed.locator("#share [role=status]")).to_have_text("Copied.")
    expect(button).to_be_focused()
    overview = allowed.locator("#overview textarea")
    overview.fill("")
    overview.press("Control+v")
    expect(overview).to_have_value(shared_text(classifier.predict(overview=OVERVIEW)))
