"""Answers that are late, or do not come: what is shown is of one film, the one asked for last."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from gradio_app.classifier import FilmClassifier
from gradio_app.errors import InputError
from gradio_app.ui.classify import handlers
from tests.app.ui.page import PATIENCE, upload

FIRST, SECOND = "A ghost haunts an old house.", "This documentary follows a band on tour."


class Held:
    """Films that the server is made to read slowly."""

    def __init__(self) -> None:
        self.begun, self.go_on, self.ended = (threading.Event() for _ in range(3))


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    """The film with the overview FIRST is answered when `go_on` is set."""
    held, predict = Held(), FilmClassifier.predict

    def predict_slowly(self, poster=None, overview=None):
        if overview != FIRST:
            return predict(self, poster, overview)
        held.begun.set()
        held.go_on.wait(PATIENCE / 1000)
        held.ended.set()
        return predict(self, poster, overview)

    monkeypatch.setattr(FilmClassifier, "predict", predict_slowly)
    yield held
    held.go_on.set()


def ask(page: Page, overview: str) -> None:
    page.locator("#overview textarea").fill(overview)
    page.locator("#classify").click()


def let_go(page: Page, held: Held) -> None:
    """Let the server answer what it was made to hold, and the page receive it."""
    with page.expect_response("**/run/predict**"):
        held.go_on.set()
    page.wait_for_timeout(500)  # whatever would be shown of it is shown by then


def test_the_film_asked_for_last_is_shown(page: Page, held: Held):
    ask(page, FIRST)
    assert held.begun.wait(PATIENCE / 1000)
    ask(page, SECOND)
    genres = page.locator("#overview-reading li button")
    expect(genres.first).to_have_text("Documentary")
    let_go(page, held)
    assert held.ended.is_set()
    expect(genres.first).to_have_text("Documentary")
    expect(page.locator("#why .words")).to_contain_text("follows a band on tour")


def test_nothing_is_shown_of_a_film_that_was_cleared(page: Page, held: Held):
    ask(page, FIRST)
    assert held.begun.wait(PATIENCE / 1000)
    page.locator("#clear").click()
    expect(page.locator("#overview textarea")).to_have_value("")
    let_go(page, held)
    assert held.ended.is_set()
    expect(page.locator("#readings li")).to_have_count(0)
    expect(page.locator("#suggested textarea")).to_have_value("")


def test_why_a_film_was_not_answered_does_not_hide_the_next_answer(page: Page, held: Held):
    """A refusal is an answer, too; here the poster was deleted meanwhile."""
    ask(page, FIRST)
    assert held.begun.wait(PATIENCE / 1000)
    ask(page, "")
    expect(page.locator("#readings [role=alert]")).to_be_visible()
    let_go(page, held)
    expect(page.locator("#readings [role=alert]")).to_be_visible()


def test_the_reasons_are_those_of_the_film_that_is_shown(page: Page):
    """The second film is chosen while the reasons of the first are sought."""
    folder = Path(__file__).parents[4] / "gradio_app" / "examples"
    films = json.loads((folder / "films.json").read_text("utf-8"))
    chosen = [number for number, film in enumerate(films) if film["overview"]][:3]
    examples = page.locator("#examples .thumbnail-lg")
    examples.nth(chosen[0]).click()
    expect(page.locator("#why .words")).to_be_visible()
    page.get_by_role("button", name="Invented films to try").click()
    for number in chosen[1:]:
        examples.nth(number).click()
    beginning = films[chosen[-1]]["overview"][:20]
    expect(page.locator("#why .words")).to_contain_text(beginning)
    page.wait_for_timeout(1_500)  # the other film's would come by then
    expect(page.locator("#why .words")).to_contain_text(beginning)
    assert page.locator("#overview textarea").input_value().startswith(beginning)


def test_reasons_that_are_not_found_are_not_waited_for(page: Page, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> None:
        raise InputError("The server is busy.")

    with monkeypatch.context() as patch:
        patch.setattr(handlers, "find_reasons", fail)
        ask(page, SECOND)
        expect(page.locator("#why")).to_contain_text("The reasons were not found; click Classify")
        page.locator("#overview-reading li button").last.click()
        expect(page.locator("#why")).to_contain_text("The reasons were not found; click Classify")
    page.locator("#classify").click()
    expect(page.locator("#why .words")).to_contain_text("follows a band on tour")


def test_the_reasons_are_those_of_the_genre_that_was_chosen_last(page: Page):
    ask(page, SECOND)
    expect(page.locator("#why .words")).to_be_visible()
    page.evaluate(
        "document.querySelectorAll('#overview-reading li button').forEach(each => each.click())"
    )
    last = page.locator("#overview-reading li button").last
    expect(last).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#why h2")).to_have_text(f"Why {last.inner_text()}?")


def test_a_server_that_does_not_answer(browser: Browser, served):
    tab = browser.new_page(viewport={"width": 390, "height": 844})  # its console holds errors
    tab.goto(served[1])
    ask(tab, FIRST)
    expect(tab.locator("#why .words")).to_be_visible()
    tab.route("**/run/predict*", lambda route: route.fulfill(status=502, body="Bad gateway"))
    ask(tab, SECOND)
    sentence = tab.locator("#readings").get_by_role("alert")
    expect(sentence).to_contain_text("The server did not answer; click Classify again")
    expect(sentence).to_be_in_viewport(ratio=1)
    expect(tab.locator("#readings [data-testid=status-tracker]")).to_be_hidden()
    expect(tab.locator("#readings li")).to_have_count(0)  # nothing of the film before
    tab.unroute("**/run/predict*")
    tab.locator("#classify").click()
    expect(tab.locator("#why .words")).to_contain_text("follows a band on tour")
    expect(sentence).to_have_count(0)
    tab.close()


def test_the_heat_of_one_poster_does_not_lie_over_another(page: Page, poster: Path, tmp_path: Path):
    upload(page, poster)
    page.locator("#classify").click()
    toggle = page.locator("#shows-heat")
    expect(toggle).to_be_visible()
    another = tmp_path / "another.png"
    another.write_bytes(poster.read_bytes())
    upload(page, another)
    expect(toggle).to_be_hidden()
    page.locator("#poster-reading li button").last.click()
    expect(page.locator("#why h2")).to_be_visible()
    page.wait_for_timeout(1_000)
    expect(toggle).to_be_hidden()
    expect(page.locator("#heat img")).to_have_count(0)
