"""Evidence is what the shipped models do: hiding what it marks changes their predictions."""

import json
import random
import re
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from gradio_app.classifier import FilmClassifier, logit
from gradio_app.errors import InputError
from gradio_app.explain import (
    FilmEvidence,
    OverviewEvidence,
    PosterEvidence,
    find_evidence,
    find_overview_evidence,
    find_poster_evidence,
)
from gradio_app.preprocessing import (
    PUNCTUATION,
    WORD_SEPARATORS,
    Word,
    build_tokenizer,
    clean_overview,
    decode_poster,
    find_words,
    picture_box,
    poster_to_pixels,
)

TOLERANCE = 1e-6
DRAWS = 20  # random sets of parts to compare with
SHUFFLES = 5
GHOST = "A ghost haunts a house."


@pytest.fixture(scope="module")
def films(classifier: FilmClassifier, root: Path) -> list[tuple[Path | None, str, FilmEvidence]]:
    """The example films: poster, overview, and the evidence in them."""
    folder = root / "gradio_app" / "examples"
    shown = []
    for film in json.loads((folder / "films.json").read_text("utf-8")):
        poster = folder / film["poster"] if film["poster"] else None
        evidence = find_evidence(classifier, poster, film["overview"])
        shown.append((poster, film["overview"], evidence))
    return shown


# --- faithfulness -------------------------------------------------------------------------------


def without_words(
    classifier: FilmClassifier, overview: str, hidden: Sequence[np.ndarray]
) -> np.ndarray:
    """Probabilities after words were taken out, one set of positions a row."""
    ids = classifier.overview.word_ids(overview)
    rows = np.zeros((len(hidden), len(ids)), np.int32)
    for row, positions in zip(rows, hidden, strict=True):
        kept = np.delete(ids[ids > 0], positions)
        row[: len(kept)] = kept
    return classifier.overview.predict_word_ids(rows)


def without_parts(
    classifier: FilmClassifier, poster: Path, shape: tuple[int, int], hidden: Sequence[np.ndarray]
) -> np.ndarray:
    """Probabilities after parts got the mean colour of the poster, one set of parts a row."""
    pixels = classifier.poster.pixels(poster)
    left, top, right, bottom = classifier.poster.picture_box(decode_poster(poster))
    rows = np.repeat(pixels[None], len(hidden), axis=0)
    for row, parts in zip(rows, hidden, strict=True):
        covered = np.zeros(shape, bool)
        covered.flat[parts] = True
        size = right - left, bottom - top
        nearest = Image.fromarray(covered).resize(size, Image.Resampling.NEAREST)
        picture = row[top:bottom, left:right]
        picture[np.asarray(nearest)] = picture.mean((0, 1))
    return classifier.poster.predict_pixels(rows)


def gains(
    evidence: PosterEvidence | OverviewEvidence, hide: Callable[[list[np.ndarray]], np.ndarray]
) -> np.ndarray:
    """By how much more a genre's probability falls without the fifth of the parts that spoke most
    for it than without a random fifth.

    Args:
        evidence: on one input.
        hide: gives the probabilities without each of several sets of parts.

    Returns:
        (3, 3): by the evidence, by its opposite, and by shuffled evidence, each for the three
        likeliest genres.
    """
    falls = evidence.falls.reshape(-1, len(evidence.genres))
    count = max(1, len(falls) // 5)
    rng = np.random.default_rng(0)
    genres = np.argsort(evidence.probabilities)[::-1][:3]
    shuffled = [rng.permutation(falls) for _ in range(SHUFFLES)]
    marked = [
        np.argsort(-scores[:, genre])[:count]
        for scores in (falls, -falls, *shuffled)
        for genre in genres
    ]
    drawn = [rng.permutation(len(falls))[:count] for _ in range(DRAWS)]
    losses = np.array(evidence.probabilities) - hide(marked + drawn)
    by_mark, by_draw = np.split(losses[:, genres], [len(marked)])
    by_evidence, by_opposite, *by_shuffled = by_mark.reshape(-1, 3, 3).diagonal(axis1=1, axis2=2)
    return np.stack([by_evidence, by_opposite, np.mean(by_shuffled, 0)]) - by_draw.mean(0)


def word_gains(classifier: FilmClassifier, films) -> list[np.ndarray]:
    return [
        gains(film.overview, partial(without_words, classifier, overview))
        for _, overview, film in films
        if film.overview
    ]


def part_gains(classifier: FilmClassifier, films) -> list[np.ndarray]:
    return [
        gains(film.poster, partial(without_parts, classifier, poster, film.poster.falls.shape[:2]))
        for poster, _, film in films
        if film.poster
    ]


@pytest.mark.parametrize(("measure", "least"), [(word_gains, 0.25), (part_gains, 0.05)])
def test_hiding_what_spoke_for_a_genre_lowers_it_more_than_hiding_anything(
    classifier: FilmClassifier, films, measure: Callable[..., list[np.ndarray]], least: float
):
    found = measure(classifier, films)
    assert len(found) >= 6
    marked, opposite, shuffled = np.concatenate(found, axis=1)
    assert marked.mean() > least
    assert (marked > 0).mean() > 0.8  # not for a few films alone
    assert opposite.mean() < -least / 2
    assert abs(shuffled.mean()) < least / 2


# --- words --------------------------------------------------------------------------------------


def texts_of(evidence: OverviewEvidence) -> list[str]:
    return [evidence.overview[word.start : word.end] for word in evidence.words]


@pytest.mark.parametrize(
    ("overview", "words"),
    [
        (GHOST, ["A", "ghost", "haunts", "a", "house"]),
        ("Ghost!", ["Ghost"]),
        ("  (the) U.S.A. -- ... 'don't' \n\t\x0b", ["the", "U.S.A", "don't"]),
        ("…“naïve” café's\xa0x 😀ghost É", ["naïve", "café's\xa0x", "😀ghost", "É"]),
        ("ex-cop\u2014now… and/or", ["ex", "cop", "now", "and", "or"]),
        ("\ud800 a \ud83d\ude00ghost\udfff.", ["a", "ghost"]),
        ("İ ﬁ e\u0301 \x00 \x85 日本", ["İ", "ﬁ", "e\u0301", "\x00", "\x85", "日本"]),
    ],
)
def test_words_stand_where_the_text_has_them(
    classifier: FilmClassifier, overview: str, words: list[str]
):
    evidence = find_overview_evidence(classifier.overview, overview)
    assert texts_of(evidence) == words
    assert evidence.overview == clean_overview(overview)
    assert evidence.falls.shape == (len(words), len(classifier.genres))
    assert evidence.falls.dtype == np.float32
    assert (evidence.read, evidence.cut) == (len(words), False)


def test_any_word_alone_has_the_id_that_it_has_in_its_text(classifier: FilmClassifier):
    rng = random.Random(0)
    no_word = re.compile(rf"([ \t\n\r\x0b\x0c]|{WORD_SEPARATORS}|{PUNCTUATION})*")
    pieces = [*" \t\n\x0b.,!-'\"aZéİß😀…日\u0301\x00\x85\xa0", "ghost", "The", " "]
    found = 0
    for _ in range(500):
        text = "".join(rng.choices(pieces, k=20))
        begin = 0
        for word in classifier.overview.words(text):
            between, alone = text[begin : word.start], text[word.start : word.end]
            assert no_word.fullmatch(between)
            assert [other.id for other in classifier.overview.words(alone)] == [word.id]
            begin, found = word.end, found + 1
        assert no_word.fullmatch(text[begin:])
    assert found > 1000


def test_words_of_a_tokenizer():
    words = find_words(build_tokenizer(["usa", "end"]), "The U.S.A. (end).")
    assert words == [Word(0, 3, 1), Word(4, 9, 2), Word(12, 15, 3)]
    assert [word.known for word in words] == [False, True, True]


def test_a_fall_is_that_of_the_logit_when_the_word_is_unknown(classifier: FilmClassifier):
    evidence = find_overview_evidence(classifier.overview, GHOST)
    hidden = [GHOST[: word.start] + "zzzzq" + GHOST[word.end :] for word in evidence.words]
    whole, *without = classifier.overview.predict_proba([GHOST, *hidden])
    falls = logit(whole) - logit(np.stack(without))
    assert np.allclose(evidence.falls, falls, rtol=0, atol=1e-4)
    column = classifier.genres.index("Horror")
    horror = evidence.weights("Horror")
    assert np.array_equal(horror, evidence.falls[:, column])
    assert horror.argmax() == falls[:, column].argmax()
    assert horror[[1, 2, 4]].min() > 2 * horror[[0, 3]].max()  # ghost, haunts, house; a, a
    assert horror[1] > 0.5
    assert evidence.weights("Biography")[1] < -0.5


def test_one_word(classifier: FilmClassifier):
    evidence = find_overview_evidence(classifier.overview, "ghost")
    assert (texts_of(evidence), evidence.read, evidence.cut, evidence.unknown) == (
        *(["ghost"], 1, False, 0),
    )
    assert evidence.weights("Horror")[0] > 0


def test_unknown_words_are_counted_and_weigh_nothing(classifier: FilmClassifier):
    evidence = find_overview_evidence(classifier.overview, "A zzzzq ghost xqxqx zzzzq.")
    assert [word.known for word in evidence.words] == [True, False, True, False, False]
    assert evidence.unknown == 3
    weighs = np.abs(evidence.falls).max(axis=1) > 1e-4
    assert weighs.tolist() == [True, False, True, False, False]


@pytest.mark.parametrize("more", [-1, 0, 1, 150])
def test_words_behind_the_cut_are_listed_but_have_no_weight(classifier: FilmClassifier, more: int):
    length = len(classifier.overview.word_ids("a"))
    overview = " ".join(["ghost"] * (length - 2) + ["zzzzq"] + ["xqxqx"] * (more + 1))
    evidence = find_overview_evidence(classifier.overview, overview)
    read = min(length, length + more)
    assert (len(evidence.words), evidence.read, evidence.cut) == (length + more, read, more > 0)
    assert evidence.falls.shape == (read, len(classifier.genres))
    assert evidence.unknown == read - (length - 2)  # those behind the cut are not counted
    assert not evidence.words[-1].known
    assert texts_of(evidence)[-1] == ("zzzzq" if more < 0 else "xqxqx")


@pytest.mark.parametrize("overview", ["...", "?!", "\ud800"])
def test_an_overview_without_words(classifier: FilmClassifier, overview: str):
    with pytest.raises(InputError, match="holds no word"):
        find_evidence(classifier, None, overview)


# --- the poster ---------------------------------------------------------------------------------


def reader_that_looks_at(classifier: FilmClassifier, rows: slice, columns: slice):
    """A reader that finds "Detail" likely, and "Calm" unlikely, the more a place varies."""

    def predict_pixels(pixels: np.ndarray) -> np.ndarray:
        detail = pixels[:, rows, columns].std(axis=(1, 2, 3)) / 50
        return (1 / (1 + np.exp(-np.stack([detail, -detail], 1)))).astype(np.float32)

    real = classifier.poster
    return SimpleNamespace(
        spec=SimpleNamespace(genres=("Detail", "Calm")),
        pixels=real.pixels,
        picture_box=real.picture_box,
        predict_pixels=predict_pixels,
    )


def checked(width: int, height: int) -> Image.Image:
    """A checkerboard of single pixels."""
    board = (np.indices((height, width)).sum(0) % 2 * 255).astype(np.uint8)
    return Image.fromarray(board).convert("RGB")


@pytest.mark.parametrize(
    ("size", "shape"),
    [
        ((160, 240), (9, 6)),
        ((320, 480), (9, 6)),
        ((160, 80), (3, 6)),
        ((40, 240), (9, 1)),
        ((1000, 1), (1, 6)),
        ((1, 1000), (9, 1)),
        ((1, 1), (6, 6)),
    ],
)
def test_the_parts_divide_the_picture_alone(
    classifier: FilmClassifier, size: tuple[int, int], shape: tuple[int, int]
):
    evidence = find_poster_evidence(classifier.poster, checked(*size))
    assert evidence.falls.shape == (*shape, len(classifier.genres))
    assert evidence.falls.dtype == np.float32
    assert np.isfinite(evidence.falls).all()


@pytest.mark.parametrize("size", [(160, 80), (40, 240), (160, 240)])
@pytest.mark.parametrize("corner", [(0, 0), (0, -1), (-1, 0), (-1, -1)])
def test_heat_lies_where_the_reader_looks(
    classifier: FilmClassifier, size: tuple[int, int], corner: tuple[int, int]
):
    poster = checked(*size)
    left, top, right, bottom = classifier.poster.picture_box(poster)
    row, column = (top, bottom - 10)[corner[0]], (left, right - 10)[corner[1]]
    reader = reader_that_looks_at(classifier, slice(row, row + 10), slice(column, column + 10))
    evidence = find_poster_evidence(reader, poster)
    marked = np.zeros(evidence.falls.shape[:2], bool)
    marked[corner] = True
    assert np.array_equal(evidence.heat("Detail") > 0.5, marked)
    assert np.allclose(evidence.heat("Detail")[~marked], 0, atol=TOLERANCE)
    assert np.allclose(evidence.heat("Calm"), -evidence.heat("Detail"), atol=TOLERANCE)


@pytest.mark.parametrize("size", [(160, 80), (40, 240)])
def test_padding_is_never_hidden(classifier: FilmClassifier, size: tuple[int, int]):
    poster = checked(*size)
    left, top, right, bottom = classifier.poster.picture_box(poster)
    plain = classifier.poster.pixels(poster)
    seen = []

    def predict_pixels(pixels: np.ndarray) -> np.ndarray:
        seen.append(pixels != plain)
        return np.full((len(pixels), 1), 0.5, np.float32)

    reader = reader_that_looks_at(classifier, slice(None), slice(None))
    reader.predict_pixels = predict_pixels
    find_poster_evidence(reader, poster)
    changed = np.concatenate(seen).any(axis=3)
    assert changed[:, top:bottom, left:right].sum(0).min() == 1  # each pixel once
    assert changed[:, top:bottom, left:right].sum(0).max() == 1
    changed[:, top:bottom, left:right] = False
    assert not changed.any()


def test_one_colour_speaks_for_nothing_anywhere(classifier: FilmClassifier):
    evidence = find_poster_evidence(classifier.poster, Image.new("RGB", (60, 90), "teal"))
    assert np.allclose(evidence.falls, 0, atol=1e-4)


@pytest.mark.parametrize("fit", ["pad", "stretch"])
@pytest.mark.parametrize("size", [(30, 10), (10, 30), (24, 36), (1, 1), (1, 500), (500, 1)])
def test_the_box_of_the_picture(size: tuple[int, int], fit):
    poster = Image.new("RGB", size, "white")
    left, top, right, bottom = picture_box(poster, 24, 16, fit)
    expected = np.zeros((24, 16), bool)
    expected[top:bottom, left:right] = True
    assert np.array_equal(poster_to_pixels(poster, 24, 16, fit)[..., 0] > 0, expected)


# --- one film -----------------------------------------------------------------------------------


def test_probabilities_are_those_of_the_prediction(classifier: FilmClassifier, films):
    for poster, overview, evidence in films:
        prediction = classifier.predict(poster, overview)
        for name in ("poster", "overview"):
            found, expected = getattr(evidence, name), getattr(prediction, name)
            assert (found is None) == (expected is None)
            if found is not None:
                assert found.genres == expected.genres
                assert np.allclose(
                    found.probabilities, expected.probabilities, rtol=0, atol=TOLERANCE
                )


def test_the_same_film_has_the_same_evidence(classifier: FilmClassifier, films):
    poster, overview, evidence = films[0]
    again = find_evidence(classifier, poster.read_bytes(), overview)
    assert np.array_equal(again.poster.falls, evidence.poster.falls)
    assert np.array_equal(again.overview.falls, evidence.overview.falls)


def test_what_speaks_for_a_genre_in_a_reader_does_so_in_the_fused_prediction(
    classifier: FilmClassifier,
):
    n_genres = len(classifier.genres)
    middle = np.full((n_genres, n_genres), 0.4, np.float32)
    more = middle + 0.1 * np.eye(n_genres, dtype=np.float32)  # in each row, of one genre alone
    before = classifier.fusion.predict_proba(middle, middle).diagonal()
    assert (classifier.fusion.predict_proba(more, middle).diagonal() > before + 0.005).all()
    assert (classifier.fusion.predict_proba(middle, more).diagonal() > before + 0.005).all()


def test_evidence_as_a_document(classifier: FilmClassifier, films):
    _, _, evidence = films[0]
    document = json.loads(json.dumps(evidence.as_document("Sci-Fi")))
    assert list(document) == ["genre", "poster", "overview"]
    assert document["genre"] == "Sci-Fi"
    assert np.allclose(document["poster"], evidence.poster.heat("Sci-Fi"), atol=1e-4)
    words = document["overview"].pop("words")
    assert document["overview"] == {
        "read": evidence.overview.read,
        "unread": 0,
        "unknown": evidence.overview.unknown,
    }
    assert [word["word"] for word in words] == texts_of(evidence.overview)
    assert sum(not word["known"] for word in words) == evidence.overview.unknown > 0
    weights = [word["weight"] for word in words]
    assert np.allclose(weights, evidence.overview.weights("Sci-Fi"), atol=1e-4)


def test_a_document_of_one_input(classifier: FilmClassifier, draw_poster):
    long = find_evidence(classifier, None, "ghost " * 130).as_document("Drama")
    assert long["poster"] is None
    assert (long["overview"]["read"], long["overview"]["unread"]) == (100, 30)
    assert len(long["overview"]["words"]) == 100
    assert find_evidence(classifier, draw_poster(1)).as_document("Drama")["overview"] is None


@pytest.mark.parametrize("genre", ["", "drama", "Western"])
def test_an_unknown_genre(classifier: FilmClassifier, films, genre: str):
    evidence = films[0][2]
    for choose in (evidence.as_document, evidence.poster.heat, evidence.overview.weights):
        with pytest.raises(InputError, match=rf"^There is no genre '{genre}'; choose .*, War\.$"):
            choose(genre)


@pytest.mark.parametrize("blank", [None, "", " \n\xa0"])
def test_nothing_given(classifier: FilmClassifier, blank: str | None):
    with pytest.raises(InputError, match=r"^Give a poster, an overview, or both\.$"):
        find_evidence(classifier, None, blank)


def test_an_unreadable_poster(classifier: FilmClassifier):
    with pytest.raises(InputError, match="not a readable picture"):
        find_evidence(classifier, b"no picture", GHOST)


def test_other_threads_predict_meanwhile(classifier: FilmClassifier, films):
    poster, overview, _ = films[0]
    explaining = threading.Thread(target=find_evidence, args=(classifier, poster, overview))
    explaining.start()
    predictions = 0
    while explaining.is_alive():
        classifier.predict(overview=GHOST)
        predictions += 1
    assert predictions > 3
