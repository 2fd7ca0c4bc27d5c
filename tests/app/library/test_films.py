"""What programs give for a film, and what becomes of it."""

import collections

import numpy as np
import pandas as pd
import pytest

from gradio_app.films import Film, as_film, is_missing, split_genres


@pytest.mark.parametrize(
    "value", [None, float("nan"), np.nan, np.float32("nan"), pd.NA, pd.NaT, np.datetime64("NaT")]
)
def test_missing_values(value: object):
    if not isinstance(value, np.datetime64):
        assert is_missing(value)
        assert as_film({"id": "1", "overview": value, "title": value}) == Film("1")
        assert as_film({"imdb_id": value, "id": 7}).id == "7"


@pytest.mark.parametrize("value", ["", "nan", 0, 0.0, False, [], np.array([1.0, 2.0])])
def test_values_that_are_not_missing(value: object):
    assert not is_missing(value)


@pytest.mark.parametrize(
    ("given", "film_id"),
    [
        (603, "603"),
        (603.0, "603"),
        (np.int64(2**60 + 1), str(2**60 + 1)),
        (np.float64(603), "603"),
        (603.5, "603.5"),
        ("603.0", "603.0"),
        (" tt1 ", "tt1"),
        (float("inf"), "inf"),
    ],
)
def test_ids(given: object, film_id: str):
    film = as_film({"id": given})
    assert (film.id, film.errors) == (film_id, ())


def test_keys_in_any_case_and_other_ids():
    film = as_film({"IMDB_ID": "tt1", "Id": 603, " Overview ": "A ghost.", "Genres": "War|Drama"})
    assert film == Film("tt1", "A ghost.", genres=("War", "Drama"), other_ids=("603",))


def test_pairs_named_tuples_and_films():
    row = collections.namedtuple("Row", ["id", "overview"])(1, "A ghost.")
    assert as_film(row) == Film("1", "A ghost.")
    assert as_film(("a.jpg", "A ghost.")) == Film("", "A ghost.", poster="a.jpg")
    assert as_film(["a.jpg", None]) == Film("", poster="a.jpg")
    film = Film("1")
    assert as_film(film) is film


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"id": "1", "overview": 5}, "The overview is of the type int; give text."),
        ({"id": ["1"]}, "The id is of the type list; give text."),
        ({"id": True}, "The id is of the type bool; give text."),
        ({"id": "1", "overview": b"A"}, "The overview is of the type bytes; give text."),
        ({"id": "1", "genres": 5}, "The genres are neither text nor a list of texts"),
        ({"id": "1", "genres": [1]}, "The genres are neither text nor a list of texts"),
        (5, "A film is a mapping, or a pair of poster and overview, not of the type int."),
        ("A ghost.", "not of the type str."),
        ((1, 2, 3), "not of the type tuple."),
    ],
)
def test_what_is_no_film_is_an_error_of_that_film(given: object, error: str):
    (message,) = as_film(given).errors
    assert error in message


def test_genres_of_a_cell():
    assert split_genres("Action|Sci-Fi") == ("Action", "Sci-Fi")
    assert split_genres(" Drama, War ; Music/Sport|") == ("Drama", "War", "Music", "Sport")
    assert split_genres(" ") == ()
    assert as_film({"genres": ["Action", "War"]}).genres == ("Action", "War")
    assert as_film({"genres": ""}).genres == ()
    assert as_film({"id": "1"}).genres is None
