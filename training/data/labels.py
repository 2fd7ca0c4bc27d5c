"""Films to labels: which genres are labels, and what the lists of films say of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gradio_app.errors import InputError
from training.config import LabelSet
from training.data.films import CANNOT_HOLD, LabelledFilm

__all__ = [
    "UNKNOWN",
    "frequencies",
    "genre_counts",
    "genre_names",
    "label_matrix",
    "least_films_per_genre",
    "tmdb_label_matrix",
]

#: A label that is not known; it counts neither in the loss nor in the metrics.
UNKNOWN = -1


def genre_counts(films: Sequence[LabelledFilm], split: str) -> Counter[str]:
    """Return how many films of a split have each genre."""
    return Counter(genre for film in films if film.split == split for genre in film.genres)


def least_films_per_genre(films: Sequence[LabelledFilm]) -> int:
    """Return how many training films make a genre a label: a twentieth of all, from 5 to 80."""
    n_films = sum(film.split == "train" for film in films)
    return min(max(n_films // 20, 5), 80)


def genre_names(films: Sequence[LabelledFilm], minimum: int | None = None) -> list[str]:
    """Return the labels, alphabetically: genres that at least `minimum` training films have.

    Args:
        films: those of films.csv.
        minimum: None for `least_films_per_genre`.

    Raises:
        InputError: no genre has so many.
    """
    minimum = minimum or least_films_per_genre(films)
    counts = genre_counts(films, "train")
    genres = sorted(genre for genre, count in counts.items() if count >= minimum)
    if not genres:
        raise InputError(f"No genre has {minimum} training films; lower --min-films-per-genre.")
    return genres


def label_matrix(
    films: Sequence[LabelledFilm], genres: Sequence[str], label_set: LabelSet = "listed"
) -> np.ndarray:
    """Return float32 labels of shape (films, genres): 1 listed, 0 not listed, `UNKNOWN`.

    Args:
        films: the rows.
        genres: the columns.
        label_set: what counts as listed.
    """
    labels = np.full((len(films), len(genres)), UNKNOWN, np.float32)
    for row, film in zip(labels, films, strict=True):
        if film.labelled:
            listed, unknown = film.in_set(label_set), film.unknown_in_set(label_set)
            row[:] = [1 if each in listed else UNKNOWN if each in unknown else 0 for each in genres]
    return labels


def frequencies(labels: np.ndarray) -> np.ndarray:
    """Return how frequent each genre is where its label is known, `UNKNOWN` where none is.

    >>> frequencies(np.array([[1, -1], [0, -1], [-1, -1]], np.float32)).tolist()
    [0.5, -1.0]
    """
    return np.ma.masked_equal(labels, UNKNOWN).mean(axis=0).filled(UNKNOWN)


def tmdb_label_matrix(films: Sequence[LabelledFilm], genres: Sequence[str]) -> np.ndarray:
    """Return float32 labels of shape (films, genres) by TMDB's lists alone.

    They are `UNKNOWN` where a film has none, and for genres that such lists cannot hold.
    """
    lists = [
        replace(
            film,
            genres=film.tmdb_genres,
            unknown=CANNOT_HOLD["tmdb"],
            labelled=bool(film.tmdb_genres),
        )
        for film in films
    ]
    return label_matrix(lists, genres)
