"""Many films by the library: in order, whatever they are, from any thread and process."""

import io
import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from gradio_app import FilmClassifier, InputError

OVERVIEW = "Two detectives hunt a ghost through the winter."


@pytest.fixture(scope="module")
def picture(draw_poster: Callable[[int], Image.Image]) -> Image.Image:
    return draw_poster(4)


@pytest.fixture(scope="module")
def content(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def test_a_poster_may_be_any_of_these(
    classifier: FilmClassifier, picture: Image.Image, content: bytes, tmp_path: Path
):
    file = tmp_path / "poster.png"
    file.write_bytes(content)
    expected = classifier.predict(picture)
    written = io.BytesIO()
    written.write(content)  # its position is at the end
    for poster in (
        *(file, str(file), content, bytearray(content), memoryview(content)),
        *(io.BytesIO(content), written, np.asarray(picture)),
        np.asarray(picture.convert("RGBA")),
    ):
        assert classifier.predict(poster) == expected
    with file.open("rb") as opened:
        assert classifier.predict(opened) == expected
        assert not opened.closed
    grey = np.asarray(picture.convert("L"))
    assert classifier.predict(grey) == classifier.predict(grey[..., None])


@pytest.mark.parametrize("poster", [5, 5.0, ["a.jpg"], object(), {"path": "a.jpg"}])
def test_a_poster_of_another_type_is_a_type_error(classifier: FilmClassifier, poster: object):
    with pytest.raises(TypeError, match=rf"not of the type {type(poster).__name__}\."):
        classifier.predict(poster)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((4, 4, 3), np.float32),
        np.zeros((4, 4, 2), np.uint8),
        np.zeros((2, 4, 4, 3), np.uint8),
        np.zeros(5, np.uint8),
    ],
)
def test_an_array_of_another_shape_or_type_is_one_sentence(
    classifier: FilmClassifier, pixels: np.ndarray
):
    with pytest.raises(InputError, match=r"^The poster array needs the type uint8 and the shape"):
        classifier.predict(pixels)


def test_an_empty_array_and_a_text_file_are_one_sentence(
    classifier: FilmClassifier, tmp_path: Path
):
    with pytest.raises(InputError):
        classifier.predict(np.zeros((0, 4, 3), np.uint8))
    (tmp_path / "a.txt").write_text("text")
    with (tmp_path / "a.txt").open() as file, pytest.raises(InputError, match="not a readable"):
        classifier.predict(file)


@pytest.mark.parametrize("overview", [None, float("nan"), pd.NA, "", " ", "nan", "N/A", "None"])
def test_an_overview_that_is_none_is_not_given(
    classifier: FilmClassifier, picture: Image.Image, overview: object
):
    film = classifier.predict(picture, overview)
    assert film.overview is None
    with pytest.raises(InputError, match=r"Give a poster, an overview, or both\.$"):
        classifier.predict(None, overview)


def test_an_overview_of_another_type_is_a_type_error(classifier: FilmClassifier):
    with pytest.raises(TypeError, match="An overview is text, not of the type bytes"):
        classifier.predict(overview=b"A ghost.")


def test_a_result_is_frozen_and_says_what_it_is(classifier: FilmClassifier):
    film = classifier.predict(overview="ghost zxqv wvut. " + "word " * 100)
    with pytest.raises(AttributeError):
        film.poster = None
    assert (film.words.words, film.words.words_read, film.words.words_unknown) == (103, 100, 2)
    assert film.notes == ("The overview has 103 words, of which the first 100 were read.",)
    document = film.as_document()
    assert document["notes"] == list(film.notes)
    assert [document[name] for name in ("words", "words_read", "words_unknown")] == [103, 100, 2]


def test_many_films_of_any_kind_in_order(
    classifier: FilmClassifier, picture: Image.Image, content: bytes
):
    table = pd.DataFrame({"id": [1, None], "overview": [OVERVIEW, float("nan")]})
    films = [
        {"id": "a", "poster": picture, "overview": OVERVIEW},
        (content, None),
        (None, OVERVIEW),
        {"id": "d", "poster": 5, "overview": OVERVIEW},
        {"id": "e"},
        7,
        *table.to_dict("records"),
        *table.itertuples(index=False),
    ]
    results = list(classifier.predict_many(films, workers=3))
    assert [result.id for result in results] == ["a", "", "", "d", "e", "", "1", "", "1", ""]
    assert [result.prediction is None for result in results] == [
        *[False] * 4,
        *[True, True],
        *[False, True] * 2,
    ]
    assert results[0].prediction == classifier.predict(picture, OVERVIEW)
    assert results[1].prediction == classifier.predict(picture)
    assert results[2].prediction == results[6].prediction == classifier.predict(overview=OVERVIEW)
    assert "not of the type int" in results[3].errors[0]
    assert all(not result.errors for result in results[:3])


def test_alone_as_among_others(classifier: FilmClassifier, picture: Image.Image):
    films = [(picture if number % 3 else None, "ghost " * (1 + number)) for number in range(30)]
    for film, result in zip(films, classifier.predict_many(films, workers=4), strict=True):
        assert result.prediction == classifier.predict(*film)


def test_films_are_streamed(classifier: FilmClassifier):
    def endless():
        while True:
            yield {"overview": OVERVIEW}

    results = classifier.predict_many(endless(), workers=2)
    assert next(results).prediction == next(results).prediction
    results.close()


def test_several_threads_share_a_classifier(classifier: FilmClassifier, picture: Image.Image):
    expected = classifier.predict(picture, OVERVIEW)
    with ThreadPoolExecutor(8) as threads:
        found = threads.map(lambda _: classifier.predict(picture, OVERVIEW), range(40))
        assert all(film == expected for film in found)


def test_a_pickle_loads_the_models_again(
    classifier: FilmClassifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    content = pickle.dumps(FilmClassifier.from_dir("onnx_models"))
    assert len(content) < 1_000
    monkeypatch.chdir(tmp_path)  # the place of the models is not relative
    again = pickle.loads(content)
    assert again.predict(overview=OVERVIEW) == classifier.predict(overview=OVERVIEW)


def test_another_process_may_carry_it(classifier: FilmClassifier):
    with ProcessPoolExecutor(1) as processes:
        film = processes.submit(classifier.predict, None, OVERVIEW).result(timeout=60)
    assert film == classifier.predict(overview=OVERVIEW)
