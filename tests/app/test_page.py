"""The page as people and programs use it: a real server, gradio's client, a real browser."""

import json
import os
import shutil
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gradio.utils import get_upload_folder
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from gradio_app.classifier import FilmClassifier, Prediction
from gradio_app.errors import GenreAppError

OVERVIEW = "A ghost haunts the crew of a space ship."
FILE = {"_type": "gradio.FileData"}

#: Milliseconds that the browser waits for something to appear; the machine may be busy.
PATIENCE = 60_000


@pytest.fixture(scope="module")
def poster(draw_poster: Callable[[int], Image.Image], tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("posters") / "poster.png"
    draw_poster(5).save(file)
    return file


@pytest.fixture(scope="module")
def text_file(tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("posters") / "shopping.jpg"
    file.write_text("This is a shopping list.")
    return file


@pytest.fixture(scope="module")
def served(classifier: FilmClassifier, free_port: Callable[[], int], tmp_path_factory):
    """The running page and its address."""
    from gradio_app.ui.server import serve  # gradio takes seconds to import

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("uploads")))
        port = free_port()
        page = serve(classifier, "127.0.0.1", port, block=False)
        yield page, f"http://127.0.0.1:{port}"
        page.close(verbose=False)


def test_uploads_are_deleted(served):
    frequency, age = served[0].delete_cache
    assert 0 < frequency <= age <= 3600


# --- as a program -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ask(served) -> Callable[..., list[Prediction]]:
    client = Client(served[1], verbose=False)

    def ask(poster: object, overview: str | None) -> tuple:
        file = handle_file(poster) if isinstance(poster, Path) else poster
        return client.predict(file, overview, api_name="/classify")

    return ask


def shows(answer: dict, reading: Prediction | None) -> bool:
    """Whether one label of the answer says what a reading says."""
    listed = {entry["label"]: entry["confidence"] for entry in answer.get("confidences", [])}
    expected = {} if reading is None else dict(reading.top(3))
    return list(listed) == list(expected) and listed == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("with_poster", "overview"), [(True, ""), (True, None), (False, OVERVIEW), (True, OVERVIEW)]
)
def test_answers_are_the_classifiers(
    ask, classifier: FilmClassifier, poster: Path, with_poster: bool, overview: str | None
):
    answers = ask(poster if with_poster else None, overview)
    film = classifier.predict(poster if with_poster else None, overview)
    both = film.combined if film.poster and film.overview else None
    for answer, reading in zip(answers, (film.poster, film.overview, both), strict=True):
        assert shows(answer, reading), (answer, reading)


@pytest.mark.parametrize(
    ("overview", "sentence"),
    [
        ("", "Give a poster, an overview, or both."),
        (" \n", "Give a poster, an overview, or both."),
        ("?!", "The overview holds no word; write a sentence or two about the film."),
        ("a" * 200_000, "The overview has 200,000 characters, more than the 100,000"),
    ],
)
def test_what_cannot_be_answered(ask, overview: str, sentence: str):
    with pytest.raises(AppError) as caught:
        ask(None, overview)
    assert sentence in str(caught.value)


def test_an_unreadable_poster(ask, text_file: Path):
    with pytest.raises(AppError, match=r"shopping\.jpg is not a readable picture"):
        ask(text_file, OVERVIEW)


def test_only_uploads_are_read(served, poster: Path):
    """Another file of the server, though a good picture, is out of reach."""

    def event(data: list[object]) -> bytes:
        request = urllib.request.Request(
            f"{served[1]}/gradio_api/call/classify",
            json.dumps({"data": data}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as response:
            number = json.load(response)["event_id"]
        with urllib.request.urlopen(f"{request.full_url}/{number}") as response:
            return response.readline().strip()

    assert event([None, OVERVIEW]) == b"event: complete"
    for outside in (
        {"path": str(poster), "meta": FILE},
        {"path": str(poster)},
        {"path": os.path.join(get_upload_folder(), "..", "passwd")},
        {"path": "a\0b"},
        {"url": "data:image/png;base64,AAAA"},
        {},
        str(poster),
        7,
    ):
        assert event([outside, OVERVIEW]) == b"event: error", outside
    for no_text in (7, ["a"], {"a": "b"}):
        assert event([None, no_text]) == b"event: error", no_text


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")])
def test_a_port_in_use(served, classifier: FilmClassifier, host: str, shown: str):
    from gradio_app.ui.server import serve

    port = int(served[1].rpartition(":")[2])
    with pytest.raises(GenreAppError) as caught:
        serve(classifier, host, port, block=False)
    assert f"cannot be served on {shown}:{port};" in str(caught.value)


# --- as a person --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        reason = f"no browser is installed (looked for {', '.join(names)})"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, served) -> Iterator[Page]:
    """The page in a fresh browser. It asks no other machine, and nothing fails in its scripts."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(PATIENCE)
    requests, errors = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda entry: entry.type == "error" and errors.append(entry.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(served[1])
    expect(page.locator("#classify")).to_be_visible(timeout=PATIENCE)
    yield page
    page.close()
    assert requests
    own = (served[1], "data:", f"blob:{served[1]}")
    assert [url for url in requests if not url.startswith(own)] == []
    assert errors == []


def upload(page: Page, file: Path) -> None:
    page.locator("#poster input[type=file]").set_input_files(file)
    expect(page.locator(f"#poster img[src*='{file.name}']")).to_be_attached(timeout=PATIENCE)


def expect_reading(page: Page, name: str, reading: Prediction | None) -> None:
    """The three bars of one label, in their order, with their percentages."""
    label = page.locator(f"#{name}-reading")
    top = [] if reading is None else reading.top(3)
    expect(label.locator("dt")).to_have_text([genre for genre, _ in top], timeout=PATIENCE)
    values = [float(bar.get_attribute("value")) for bar in label.locator("meter").all()]
    assert values == pytest.approx([value for _, value in top], abs=1e-6)


def test_upload_type_and_click(page: Page, classifier: FilmClassifier, poster: Path):
    upload(page, poster)
    page.locator("#overview textarea").fill(OVERVIEW)
    page.locator("#classify").click()

    film = classifier.predict(poster, OVERVIEW)
    for name in ("poster", "overview", "combined"):
        expect_reading(page, name, getattr(film, name))

    page.locator("#clear").click()
    for name in ("poster", "overview", "combined"):
        expect_reading(page, name, None)
    expect(page.locator("#overview textarea")).to_have_value("")
    expect(page.locator("#poster input[type=file]")).to_be_attached()


def films_of(root: Path) -> list[dict[str, str | None]]:
    return json.loads((root / "gradio_app" / "examples" / "films.json").read_text("utf-8"))


@pytest.mark.parametrize("given", ["both", "poster", "overview"])
def test_an_example_fills_the_page_and_answers(
    page: Page, classifier: FilmClassifier, root: Path, given: str
):
    films = films_of(root)
    number, film = next(
        (number, film)
        for number, film in enumerate(films)
        if bool(film["poster"]) == (given != "overview")
        and bool(film["overview"]) == (given != "poster")
    )
    page.get_by_test_id(f"dataset-cell-{number}-1").click()

    poster = root / "gradio_app" / "examples" / film["poster"] if film["poster"] else None
    reading = classifier.predict(poster, film["overview"])
    expect_reading(page, "poster", reading.poster)
    expect_reading(page, "overview", reading.overview)
    expect_reading(page, "combined", reading.combined if given == "both" else None)
    expect(page.locator("#overview textarea")).to_have_value(film["overview"])
    shown = page.locator(f"#poster img[src*='{film['poster']}']")
    expect(shown).to_have_count(int(poster is not None))


def test_an_unreadable_upload_is_explained(page: Page, text_file: Path):
    upload(page, text_file)
    page.locator("#classify").click()
    message = page.locator(".toast-wrap")
    expect(message).to_contain_text(
        "The poster shopping.jpg is not a readable picture", timeout=PATIENCE
    )


def test_nothing_given_is_explained(page: Page):
    page.locator("#classify").click()
    expect(page.locator(".toast-wrap")).to_contain_text(
        "Give a poster, an overview, or both.", timeout=PATIENCE
    )


def test_after_an_example_an_unreadable_upload_is_explained(page: Page, text_file: Path):
    """gradio builds the components of a page anew once an event has changed them."""
    page.get_by_test_id("dataset-cell-0-1").click()
    expect(page.locator("#poster-reading dt").first).to_be_visible(timeout=PATIENCE)
    page.locator("#clear").click()
    expect(page.locator("#poster-reading dt")).to_have_count(0, timeout=PATIENCE)
    upload(page, text_file)
    page.locator("#classify").click()
    expect(page.locator(".toast-wrap")).to_contain_text("shopping.jpg", timeout=PATIENCE)


@pytest.mark.parametrize("width", [390, 1280])
def test_no_scrolling_to_the_side(page: Page, width: int, poster: Path):
    page.set_viewport_size({"width": width, "height": 844})
    upload(page, poster)
    page.locator("#overview textarea").fill("a" * 300)
    page.locator("#classify").click()
    expect(page.locator("#combined-reading dt").first).to_be_visible(timeout=PATIENCE)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
