"""A folder of films: `films.csv` and `posters/`, and the tables of films to train on only.

These are `posters_extra.csv` and `overviews_extra.csv`, if there are any. README.md describes the
columns.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np

from gradio_app.catalogue.sources.posters import Posters, posters_in_folder
from gradio_app.catalogue.sources.table import read_table
from gradio_app.errors import InputError
from gradio_app.films import Film
from gradio_app.preprocessing import clean_overview, is_placeholder

__all__ = [
    "EXTRA_TABLES",
    "GENRE_STYLES",
    "SPLITS",
    "UNKNOWN",
    "LabelledFilm",
    "genre_counts",
    "genre_names",
    "genre_style",
    "label_matrix",
    "labelled_film",
    "least_films_per_genre",
    "read_extra_films",
    "read_films",
    "tmdb_label_matrix",
]

#: A label that is not known; it counts neither in the loss nor in the metrics.
UNKNOWN = -1

SPLITS = ("train", "validation", "test")

EXTRA_TABLES = ("posters_extra.csv", "overviews_extra.csv")

#: Genres that a kind of list (column `genre_style`) cannot hold: absence there says nothing.
_CANNOT_HOLD = {
    "imdb": frozenset[str](),
    "tmdb": frozenset({"Biography", "Sport"}),
    "movielens": frozenset({"Biography", "Sport", "History", "Music"}),
    "none": frozenset[str](),
}

#: The kinds of lists that are read.
GENRE_STYLES = frozenset(_CANNOT_HOLD)


@dataclass(frozen=True)
class LabelledFilm:
    """One film as the data folder lists it, with its genres.

    Attributes:
        id: unique, but "" where the table has none.
        title: as listed, may be "".
        year: as listed, may be "".
        overview: cleaned; "" where there is none, or a placeholder.
        poster: its file, if there is one.
        genres: those of its list.
        tmdb_genres: those of TMDB's list of it, where the folder has one too.
        unknown: genres that its own list cannot hold.
        labelled: whether it has a list; without one, no genre is known.
        split: "train", "validation" or "test".
    """

    id: str
    title: str
    year: str
    overview: str
    poster: Path | None
    genres: frozenset[str]
    tmdb_genres: frozenset[str]
    unknown: frozenset[str]
    labelled: bool
    split: str

    @property
    def completed(self) -> frozenset[str]:
        """Its genres and those that TMDB adds."""
        return self.genres | self.tmdb_genres


def read_films(data: Path) -> list[LabelledFilm]:
    """Return all films of `films.csv`.

    Without a column `split`, a tenth of the films goes to validation and a tenth to test,
    chosen by a hash of the id, so that a film stays where it is when others are added.

    Raises:
        InputError: the table is missing, empty or lacks a column, or a split is not one of
            `SPLITS`.
    """
    with posters_in_folder(data / "posters") as posters:
        films = [labelled_film(film, posters) for film in read_table(data / "films.csv")]
    if not films:
        raise InputError(f"{data / 'films.csv'} lists no film.")
    for film in films:
        if film.split not in SPLITS:
            raise InputError(f"Film {film.id} has the split {film.split!r}; use {SPLITS}.")
    return films


def read_extra_films(data: Path, listed: Sequence[LabelledFilm]) -> list[LabelledFilm]:
    """Return the films of `posters_extra.csv` and `overviews_extra.csv`, where they exist.

    Those without a list of genres are included. All belong to the split "train". Those with the id
    of a `listed` film are left out: it may be one of the test films. A film of both tables has the
    first one's list and the other's overview.
    """
    taken = {film.id for film in listed}
    with_poster, with_overview = (_extra_films(data, name, taken) for name in EXTRA_TABLES)
    overviews = {film.id: film.overview for film in with_overview if film.id}
    ids = {film.id for film in with_poster}
    return [
        replace(film, overview=film.overview or overviews.get(film.id, "")) for film in with_poster
    ] + [film for film in with_overview if film.id not in ids]


def _extra_films(data: Path, name: str, taken: set[str]) -> list[LabelledFilm]:
    if not (data / name).is_file():
        return []
    with posters_in_folder(data / "posters") as posters:
        return [
            replace(labelled_film(film, posters, genre_style(film)), split="train")
            for film in read_table(data / name)
            if genre_style(film) in GENRE_STYLES and film.id not in taken
        ]


def genre_style(film: Film) -> str:
    """Return whose list of genres a row of a table has; IMDb's where it does not say."""
    return film.cells.get("genre_style", "imdb")


def labelled_film(film: Film, posters: Posters, style: str = "imdb") -> LabelledFilm:
    """Make a labelled film of the row of a table.

    Args:
        film: with its cells.
        posters: among which its own is.
        style: whose list of genres it has, one of `GENRE_STYLES`.

    Raises:
        InputError: there is no column of genres, the poster cannot be told, or the overview is too
            long.
    """
    cells = film.cells
    if "genres" not in cells:
        raise InputError("A table of films needs a column 'genres' ('|'-separated).")
    overview = clean_overview(film.overview).strip()
    return LabelledFilm(
        id=film.id,
        title=film.title,
        year=cells.get("year", ""),
        overview="" if is_placeholder(overview) else overview,
        poster=cast(Path | None, posters.find(Film(film.id))) if film.id else None,
        genres=_split_genres(cells["genres"]),
        tmdb_genres=_split_genres(cells.get("tmdb_genres", "")),
        unknown=_CANNOT_HOLD[style],
        labelled=style != "none",
        split=cells["split"] if "split" in cells else _split_by_id(film.id),
    )


def _split_genres(cell: str) -> frozenset[str]:
    return frozenset(genre for part in cell.split("|") if (genre := part.strip()))


def _split_by_id(film_id: str) -> str:
    tenth = hashlib.sha256(film_id.encode()).digest()[0] * 10 // 256
    return {0: "validation", 1: "test"}.get(tenth, "train")


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
    films: Sequence[LabelledFilm], genres: Sequence[str], completed: bool = False
) -> np.ndarray:
    """Return float32 labels of shape (films, genres): 1 listed, 0 not listed, `UNKNOWN`.

    Args:
        films: the rows.
        genres: the columns.
        completed: count genres that TMDB alone names as listed.
    """
    labels = np.zeros((len(films), len(genres)), np.float32)
    for row, film in zip(labels, films, strict=True):
        if not film.labelled:
            row[:] = UNKNOWN
            continue
        listed = film.completed if completed else film.genres
        for column, genre in enumerate(genres):
            row[column] = 1 if genre in listed else UNKNOWN if genre in film.unknown else 0
    return labels


def tmdb_label_matrix(films: Sequence[LabelledFilm], genres: Sequence[str]) -> np.ndarray:
    """Return float32 labels of shape (films, genres) by TMDB's lists alone.

    They are `UNKNOWN` where a film has none, and for genres that such lists cannot hold.
    """
    lists = [
        replace(
            film,
            genres=film.tmdb_genres,
            unknown=_CANNOT_HOLD["tmdb"],
            labelled=bool(film.tmdb_genres),
        )
        for film in films
    ]
    return label_matrix(lists, genres)
