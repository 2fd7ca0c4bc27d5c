"""A film that was uploaded is decoded once; what is kept of it is small and reads the same."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client, handle_file
from PIL import Image
from playwright.sync_api import Page, Response, expect

from gradio_app.classifier import FilmClassifier
from gradio_app.errors import InputError
from gradio_app.explain import find_evidence
from gradio_app.ui.classify.reasons import find_reasons, heat_html
from gradio_app.ui.film import open_film, open_poster
from tests.app.ui.page import upload

OVERVIEW = "A ghost haunts the crew of a space ship."
SIZES = [(300, 440), (160, 240), (159, 240), (161, 241), (1000, 700), (97, 3001), (1, 900), (7, 1)]


def noise(size: tuple[int, int]) -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8)
    return Image.fromarray(pixels)


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., Path]:
    def save(size: tuple[int, int], name: str = "only-once.png") -> Path:
        noise(size).save(tmp_path / name)
        return tmp_path / name

    return save


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each file was opened as a picture, by its name."""
    names: Counter[str] = Counter()
    real = Image.open

    def opened(file, *arguments, **named):
        names[Path(getattr(file, "name", file)).name] += 1
        return real(file, *arguments, **named)

    monkeypatch.setattr(Image, "open", opened)
    return names


def is_reading_ahead(response: Response) -> bool:
    return "/run/" in response.url and "only-once.png" in (response.request.post_data or "")


# --- decoded once -------------------------------------------------------------------------------


def test_a_film_that_is_classified_and_explained_on_the_page(page: Page, saved, decoded):
    with page.expect_response(is_reading_ahead):
        upload(page, saved((300, 440)))
    assert decoded["only-once.png"] == 1
    page.locator("#classify").click()
    expect(page.locator("#heat img")).to_be_attached()
    another = page.locator("#poster-reading button").nth(2)
    another.click()
    expect(page.locator("#heat img")).to_have_attribute("alt", re.compile(another.inner_text()))
    assert decoded["only-once.png"] == 1


@pytest.mark.parametrize("function", ["/classify", "/explain"])
def test_a_film_of_a_program(served, saved, decoded, function: str):
    client = Client(served[1], verbose=False)
    client.predict(handle_file(saved((300, 440))), OVERVIEW, api_name=function)
    assert decoded["only-once.png"] == 1


# --- what is kept -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_the_model_reads_the_kept_poster_as_the_whole_one(
    classifier: FilmClassifier, saved, size: tuple[int, int]
):
    whole = saved(size)
    kept = open_film(classifier.poster, whole, None).image
    reader = classifier.poster
    assert np.array_equal(reader.pixels(kept), reader.pixels(whole))
    assert reader.picture_box(kept) == reader.picture_box(noise(size))


@pytest.mark.parametrize("size", SIZES)
def test_what_is_kept_is_small(classifier: FilmClassifier, saved, size: tuple[int, int]):
    poster = open_poster(classifier.poster, saved(size))
    assert max(poster.picture.size) <= 480
    bytes_kept = len(poster.image.tobytes()) + len(poster.picture.tobytes())
    assert bytes_kept <= 350_000


def test_reasons_are_found_when_the_upload_was_deleted_meanwhile(classifier: FilmClassifier, saved):
    file = saved((300, 440))
    expected = find_evidence(classifier, file, OVERVIEW)
    film = open_film(classifier.poster, file, OVERVIEW)
    file.unlink()
    reasons = find_reasons(classifier, film)
    assert np.array_equal(reasons.evidence.poster.falls, expected.poster.falls)
    assert np.array_equal(reasons.evidence.overview.falls, expected.overview.falls)
    assert '<img src="data:image/jpeg' in heat_html(reasons, "Horror")


def test_an_overview_alone(classifier: FilmClassifier):
    film = open_film(classifier.poster, None, OVERVIEW)
    assert (film.poster, film.image, film.reading) == (None, None, None)
    assert film.overview == OVERVIEW
    assert open_film(classifier.poster, None, None).overview == ""


def test_a_poster_is_opened_once(classifier: FilmClassifier, saved, decoded):
    file = saved((300, 440))
    first = open_film(classifier.poster, file, OVERVIEW)
    again = open_film(classifier.poster, file, "Another overview.", first.poster)
    assert again.poster is first.poster
    assert decoded["only-once.png"] == 1
    assert classifier.predict(again.reading, OVERVIEW) == classifier.predict(file, OVERVIEW)
    other = open_film(classifier.poster, saved((200, 300), "other.png"), OVERVIEW, first.poster)
    assert other.poster is not first.poster


def test_a_poster_that_cannot_be_read(classifier: FilmClassifier, text_file: Path):
    with pytest.raises(InputError, match=r"shopping\.jpg is not a readable picture"):
        open_film(classifier.poster, text_file, OVERVIEW)
