"""The tab Classify as people use it, in a real browser."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gradio_app.classifier import FilmClassifier
from gradio_app.prediction import Prediction
from tests.app.ui.page import refused, upload

OVERVIEW = "A ghost haunts the crew of a space ship."


def type_overview(page: Page, overview: str) -> None:
    page.locator("#overview textarea").fill(overview)


def expect_reading(page: Page, name: str, reading: Prediction | None) -> None:
    """The three genres of one card, in their order, with their percentages."""
    card = page.locator(f"#{name}-reading")
    top = [] if reading is None else reading.top(3)
    expect(card.locator("li")).to_have_count(len(top))
    expect(card.locator(".genre")).to_have_text([re.compile(f"^{genre}") for genre, _ in top])
    expect(card.locator(".probability")).to_have_text([f"{value:.0%}" for _, value in top])
    marked = [] if reading is None else [genre for genre, _ in top if genre in reading.chosen()]
    expect(card.locator(".passed")).to_have_count(len(marked))


def expect_film(page: Page, classifier: FilmClassifier, poster: Path | None, overview: str):
    film = classifier.predict(poster, overview)
    both = film.poster is not None and film.overview is not None
    expect_reading(page, "poster", film.poster)
    expect_reading(page, "overview", film.overview)
    expect_reading(page, "combined", film.combined if both else None)
    expect(page.locator("#suggested textarea, #suggested input")).to_have_value(
        ", ".join(film.combined.chosen())
    )
    return film


def films_of(root: Path) -> list[dict[str, str | None]]:
    return json.loads((root / "gradio_app" / "examples" / "films.json").read_text("utf-8"))


def choose_example(page: Page, number: int) -> None:
    page.locator("#examples button.thumbnail-lg, #examples .thumbnail-lg").nth(number).click()


def test_upload_type_and_click(page: Page, classifier: FilmClassifier, poster: Path):
    upload(page, poster)
    type_overview(page, OVERVIEW)
    page.locator("#classify").click()
    film = expect_film(page, classifier, poster, OVERVIEW)
    expect(page.locator("#verdict")).to_contain_text("reader")

    top = film.combined.top(1)[0][0]
    pressed = page.locator("#combined-reading [aria-pressed=true]")
    expect(pressed).to_have_text(top)
    expect(page.locator("#heat img")).to_have_attribute("alt", re.compile(top))
    expect(page.locator("#why .words")).to_have_text(OVERVIEW)

    page.locator("#clear").click()
    for name in ("poster", "overview", "combined"):
        expect_reading(page, name, None)
    expect(page.locator("#overview textarea")).to_have_value("")
    expect(page.locator("#heat img")).to_have_count(0)
    expect(page.locator("#poster input[type=file]")).to_be_attached()


def test_enter_answers_and_shift_enter_begins_a_line(page: Page, classifier: FilmClassifier):
    box = page.locator("#overview textarea")
    box.press_sequentially("A ghost")
    box.press("Shift+Enter")
    box.press_sequentially("haunts a house.")
    expect(box).to_have_value("A ghost\nhaunts a house.")
    expect_reading(page, "overview", None)
    box.press("Enter")
    expect_film(page, classifier, None, "A ghost\nhaunts a house.")
    expect(page.locator("#verdict")).to_contain_text("add a poster")


def expect_reasons(page: Page, genre: str) -> None:
    """The reasons are those for this genre, and all of its buttons are pressed, no other's."""
    expect(page.locator("#why h2")).to_have_text(f"Why {genre}?")
    pressed = page.locator("button.genre[aria-pressed=true]")
    assert set(pressed.all_text_contents()) == {genre}
    assert pressed.count() == page.locator(f"button.genre[data-genre='{genre}']").count()


@pytest.mark.parametrize("press", ["click", "Enter", "Space"])
def test_a_genre_on_a_card_shows_its_reasons(page: Page, press: str):
    type_overview(page, OVERVIEW)
    page.locator("#classify").click()
    words = page.locator("#why .words")
    expect(words.locator("mark").first).to_be_visible()
    before = words.inner_html()
    button = page.locator("#overview-reading button").nth(2)
    button.click() if press == "click" else button.press(press)
    genre = button.inner_text()
    expect_reasons(page, genre)
    assert words.inner_html() != before
    expect(words).to_have_text(OVERVIEW)
    expect(button).to_be_focused()


def test_every_genre_has_reasons(page: Page, classifier: FilmClassifier):
    type_overview(page, OVERVIEW)
    page.locator("#classify").click()
    expect(page.locator("#why .words")).to_be_visible()
    page.get_by_role("button", name="All probabilities").click()
    expect(page.locator("#bars button.genre")).to_have_count(len(classifier.genres))
    page.locator("#bars").get_by_role("button", name="Romance").click()
    expect_reasons(page, "Romance")


def test_a_genre_that_is_chosen_while_reasons_are_sought(page: Page):
    type_overview(page, OVERVIEW)
    page.locator("#classify").click()
    page.locator("#overview-reading button").nth(1).click()
    expect(page.locator("#why .words")).to_be_visible()
    expect_reasons(page, page.locator("#overview-reading button").nth(1).inner_text())


def test_all_probabilities_are_a_click_away(page: Page, classifier: FilmClassifier):
    type_overview(page, OVERVIEW)
    page.locator("#classify").click()
    expect(page.locator("#overview-reading li")).to_have_count(3)
    expect(page.locator("#bars")).not_to_be_visible()
    page.get_by_role("button", name="All probabilities").click()
    for genre in classifier.genres:
        expect(page.locator("#bars").get_by_text(genre, exact=True).first).to_be_visible()


def test_words_that_it_does_not_know_and_those_behind_the_cut_are_counted(page: Page):
    type_overview(page, "A ghost zzyzzx " + "haunts the house " * 60)
    page.locator("#classify").click()
    expect(page.locator("#why .note").first).to_contain_text("; 1 word it does not know")
    expect(page.locator("#why .note").first).to_contain_text(
        "first 100 of 183 words (the others are grey)"
    )
    expect(page.locator("#why .unread")).to_have_count(83)
    expect(page.locator("#overview-reading .note")).to_contain_text("of which the first 100")


def test_what_was_left_out_has_no_reasons(page: Page, poster: Path):
    upload(page, poster)
    type_overview(page, "Qzxv wvutq yyqq.")
    page.locator("#classify").click()
    expect(page.locator("#overview-reading")).to_contain_text("no word that the model knows")
    expect(page.locator("#why .key")).to_be_visible()
    expect(page.locator("#why .words")).to_have_count(0)


@pytest.mark.parametrize("given", ["both", "poster", "overview"])
def test_an_example_fills_the_page_and_answers(
    page: Page, classifier: FilmClassifier, root: Path, given: str
):
    number, film = next(
        (number, film)
        for number, film in enumerate(films_of(root))
        if bool(film["poster"]) == (given != "overview")
        and bool(film["overview"]) == (given != "poster")
    )
    choose_example(page, number)
    poster = root / "gradio_app" / "examples" / film["poster"] if film["poster"] else None
    expect_film(page, classifier, poster, film["overview"])
    expect(page.locator("#overview textarea")).to_have_value(film["overview"])
    shown = page.locator(f"#poster img[src*='{film['poster']}']")
    expect(shown).to_have_count(int(poster is not None))
    expect(page.locator("#heat img")).to_have_count(int(poster is not None))
    expect(page.locator("#why .words")).to_have_count(int(bool(film["overview"])))


def test_an_unreadable_upload_is_explained(page: Page, text_file: Path):
    upload(page, text_file)
    page.locator("#classify").click()
    expect(refused(page)).to_contain_text("The poster shopping.jpg is not a readable picture")


def test_nothing_given_is_explained(page: Page):
    page.locator("#classify").click()
    expect(refused(page)).to_contain_text("Give a poster, an overview, or both.")


def test_after_an_example_an_unreadable_upload_is_explained(page: Page, text_file: Path):
    """gradio builds the components of a page anew once an event has changed them."""
    choose_example(page, 0)
    expect(page.locator("#poster-reading li").first).to_be_visible()
    page.locator("#clear").click()
    expect(page.locator("#poster-reading li")).to_have_count(0)
    upload(page, text_file)
    page.locator("#classify").click()
    expect(refused(page)).to_contain_text("shopping.jpg")


def test_a_refusal_stands_in_place_of_the_former_answer_until_the_next_one(
    page: Page, classifier: FilmClassifier
):
    type_overview(page, OVERVIEW)
    page.locator("#classify").click()
    expect(page.locator("#why .words")).to_have_text(OVERVIEW)
    type_overview(page, " ")
    page.locator("#classify").click()
    expect(refused(page)).to_be_visible()
    for name in ("poster", "overview", "combined"):
        expect_reading(page, name, None)
    expect(page.locator("#why .words")).to_have_count(0)
    type_overview(page, OVERVIEW)
    page.locator("#classify").click()
    expect_film(page, classifier, None, OVERVIEW)
    expect(refused(page)).to_have_count(0)


def test_what_is_written_is_shown_as_text(page: Page):
    hostile = "A <img src=x onerror=alert(1)> ghost & a <b>house</b>"
    type_overview(page, hostile)
    page.locator("#classify").click()
    expect(page.locator("#why .words")).to_have_text(hostile)
    expect(page.locator("#why .words img, #why .words b")).to_have_count(0)


def test_two_people_do_not_see_each_others_films(page: Page, browser, served, poster: Path):
    upload(page, poster)
    page.locator("#classify").click()
    expect(page.locator("#heat img")).to_be_attached()
    other = browser.new_page()
    other.goto(served[1])
    expect(other.locator("#classify")).to_be_visible()
    expect(other.locator("#poster-reading li")).to_have_count(0)
    expect(other.locator("#heat img")).to_have_count(0)
    other.close()


def test_a_poster_is_deleted_when_its_page_is_closed(browser, served, poster: Path, tmp_path):
    file = tmp_path / "only-mine.png"
    file.write_bytes(poster.read_bytes() + b"mine")  # uploads are named by their content
    tab = browser.new_page()
    tab.goto(served[1])
    upload(tab, file)
    tab.locator("#classify").click()
    expect(tab.locator("#heat img")).to_be_attached()
    assert uploads_named(file.name)
    tab.close()
    wait_until(lambda: not uploads_named(file.name))


def uploads_named(name: str) -> list[Path]:
    from gradio.utils import get_upload_folder

    return list(Path(get_upload_folder()).rglob(name))


def wait_until(is_so, seconds: float = 60) -> None:
    import time

    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.mark.parametrize("width", [390, 1280])
def test_no_scrolling_to_the_side(page: Page, width: int, poster: Path):
    page.set_viewport_size({"width": width, "height": 844})
    upload(page, poster)
    type_overview(page, "a" * 300)
    page.locator("#classify").click()
    expect(page.locator("#heat img")).to_be_attached()
    page.get_by_role("button", name="All probabilities").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
