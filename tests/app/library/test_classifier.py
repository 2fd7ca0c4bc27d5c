"""Answers agree with each other: batches with singles, the fusion with its readers."""

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from gradio_app.classifier import FilmClassifier
from gradio_app.errors import InputError
from gradio_app.prediction import Prediction

TOLERANCE = 1e-6
OVERVIEWS = [
    "a",
    "A ghost haunts a house.",
    "zzzz qqqq",
    "The war is over, but the soldiers come home to another fight. " * 40,
]


def assert_same(ours: Prediction, theirs: Prediction | None):
    assert theirs is not None
    assert (ours.genres, ours.thresholds) == (theirs.genres, theirs.thresholds)
    assert np.allclose(ours.probabilities, theirs.probabilities, rtol=0, atol=TOLERANCE)


@pytest.fixture(scope="module")
def posters(draw_poster: Callable[[int], Image.Image]) -> list[Image.Image]:
    black, white = (Image.new("RGB", (9, 13), colour) for colour in ("black", "white"))
    return [black, white, draw_poster(1), draw_poster(2)]


def test_a_batch_of_posters_equals_its_singles(
    classifier: FilmClassifier, posters: list[Image.Image]
):
    batch = classifier.poster.predict_proba(posters)
    assert batch.shape == (len(posters), len(classifier.genres))
    singles = [classifier.poster.predict(poster).probabilities for poster in posters]
    assert np.allclose(batch, singles, rtol=0, atol=TOLERANCE)
    assert not np.allclose(batch[0], batch[1], rtol=0, atol=TOLERANCE)


def test_a_batch_of_overviews_equals_its_singles(classifier: FilmClassifier):
    batch = classifier.overview.predict_proba(OVERVIEWS)
    assert batch.shape == (len(OVERVIEWS), len(classifier.genres))
    singles = [classifier.overview.predict(overview).probabilities for overview in OVERVIEWS]
    assert np.allclose(batch, singles, rtol=0, atol=TOLERANCE)
    assert not np.allclose(batch[0], batch[1], rtol=0, atol=TOLERANCE)


def test_probabilities_lie_between_0_and_1(classifier: FilmClassifier, posters: list[Image.Image]):
    film = classifier.predict(posters[2], OVERVIEWS[1])
    for reading in (film.poster, film.overview, film.combined):
        assert all(0 <= probability <= 1 for probability in reading.probabilities)
        assert len(reading.genres) == len(reading.probabilities) == len(reading.thresholds)
        assert reading.genres == classifier.genres


def test_both_inputs_are_fused(classifier: FilmClassifier, posters: list[Image.Image]):
    film = classifier.predict(posters[2], OVERVIEWS[1])
    assert film.poster == classifier.poster.predict(posters[2])
    assert film.overview == classifier.overview.predict(OVERVIEWS[1])
    assert film.combined.thresholds == classifier.fusion.spec.thresholds
    calibration = classifier.fusion.spec.document["calibration"]
    parts = [np.array(reading.probabilities) for reading in (film.poster, film.overview)]
    logits = [np.log(part / (1 - part)) for part in parts]
    own = np.stack([np.diag(slopes) for slopes in calibration["slopes"]])
    weights = own + np.array(calibration.get("others", 0.0))
    stacked = logits[0] @ weights[0] + logits[1] @ weights[1] + np.array(calibration["intercepts"])
    # By how much each reader knows, between these, the logits of either alone, and their mean.
    between = np.stack([stacked, *logits, (logits[0] + logits[1]) / 2], axis=1)[:, :3]
    found = np.array(film.combined.probabilities)
    shares, *_ = np.linalg.lstsq(between, np.log(found / (1 - found)), rcond=None)
    assert shares.min() > -1e-2
    assert shares[0] > 0.5
    assert shares.sum() == pytest.approx(1, abs=1e-2)
    # spec.json rounds the coefficients to four digits.
    assert np.allclose(1 / (1 + np.exp(-between @ shares)), found, rtol=0, atol=1e-3)


def test_certain_readers_are_fused_without_overflow(classifier: FilmClassifier):
    zeros, ones = (np.full(len(classifier.genres), value, np.float32) for value in (0, 1))
    for poster, overview in ((zeros, ones), (ones, ones), (zeros, zeros), (None, ones)):
        rows = (None if poster is None else poster[None], overview[None])
        assert np.isfinite(classifier.fusion.predict_proba(*rows)).all()


@pytest.mark.parametrize("blank", [None, "", "  \t\n\r\x0b\x0c ", "\xa0\u3000"])
def test_a_poster_alone(classifier: FilmClassifier, posters: list[Image.Image], blank: str | None):
    film = classifier.predict(posters[2], blank)
    assert film.overview is None
    assert film.poster == classifier.poster.predict(posters[2])
    assert_same(film.combined, film.poster)


def test_an_overview_alone(classifier: FilmClassifier):
    film = classifier.predict(overview=OVERVIEWS[1])
    assert film.poster is None
    assert film.overview == classifier.overview.predict(OVERVIEWS[1])
    assert_same(film.combined, film.overview)


@pytest.mark.parametrize("blank", [None, "", " \n\t", "\xa0"])
def test_nothing_given(classifier: FilmClassifier, blank: str | None):
    with pytest.raises(InputError, match=r"^Give a poster, an overview, or both\.$"):
        classifier.predict(None, blank)


@pytest.mark.parametrize("overview", ["...", "?!", " - \n - ", "\ud800"])
def test_an_overview_without_words(
    classifier: FilmClassifier, posters: list[Image.Image], overview: str
):
    for poster in (None, posters[2]):
        with pytest.raises(InputError, match="holds no word"):
            classifier.predict(poster, overview)


def test_a_broken_poster_is_not_hidden_by_a_good_overview(classifier: FilmClassifier):
    with pytest.raises(InputError, match="not a readable picture"):
        classifier.predict(b"no picture", OVERVIEWS[1])


@pytest.mark.parametrize("count", [0, 1, 3, 1000])
def test_top_is_sorted(classifier: FilmClassifier, count: int):
    reading = classifier.overview.predict(OVERVIEWS[1])
    top = reading.top(count)
    assert len(top) == min(count, len(reading.genres))
    assert top == sorted(top, key=lambda pair: -pair[1])
    values = dict(zip(reading.genres, reading.probabilities, strict=True))
    assert all(values[genre] == probability for genre, probability in top)
    assert [probability for _, probability in top] == sorted(values.values(), reverse=True)[:count]


@pytest.mark.parametrize("overview", OVERVIEWS)
def test_chosen_reach_their_thresholds(classifier: FilmClassifier, overview: str):
    reading = classifier.overview.predict(overview)
    expected = {
        genre
        for genre, value, limit in zip(
            reading.genres, reading.probabilities, reading.thresholds, strict=True
        )
        if value >= limit
    }
    ranking = [genre for genre, _ in reading.top(1000)]
    assert reading.chosen() == [genre for genre in ranking if genre in expected]


@pytest.mark.parametrize(
    ("probability", "chosen"),
    [(np.nextafter(0.3, 0), []), (0.3, ["B"]), (np.nextafter(0.3, 1), ["B"])],
)
def test_a_probability_at_its_threshold_is_chosen(probability: float, chosen: list[str]):
    assert Prediction(("A", "B"), (0.6, probability), (0.7, 0.3)).chosen() == chosen


def test_equal_probabilities_keep_the_order_of_the_genres():
    reading = Prediction(("B", "C", "A"), (0.5, 0.9, 0.5), (0.1, 0.1, 0.1))
    assert reading.chosen() == ["C", "B", "A"]


@pytest.mark.parametrize("threads", [1, 2])
def test_threads_do_not_change_the_answer(classifier: FilmClassifier, root, threads: int):
    other = FilmClassifier.from_dir(str(root / "onnx_models"), threads=threads)
    first, second = (
        reader.predict(overview=OVERVIEWS[1]).combined for reader in (classifier, other)
    )
    assert np.allclose(first.probabilities, second.probabilities, rtol=0, atol=TOLERANCE)


def test_notes_say_which_input_they_are_about(classifier: FilmClassifier):
    film = classifier.predict(Image.new("RGB", (60, 90), "grey"), "Ghost zxqv wvutq yyqq.")
    assert film.notes == film.poster_notes + film.overview_notes
    assert film.poster_notes[0].startswith("The poster shows next to nothing")
    assert film.overview_notes[0].endswith("this does not look like English.")
    assert film.as_document()["notes"] == list(film.notes)
