"""A folder of films: `films.csv` and `posters/`, and the tables that add to it.

`posters_extra.csv` and `overviews_extra.csv` hold films to train on only, `labels_extra.csv` other
lists of genres and `posters_alt/` other artwork of all these films, if there are any.
docs/training.md describes the columns.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from gradio_app.catalogue.sources.posters import Posters, posters_in_folder
from gradio_app.catalogue.sources.table import read_table
from gradio_app.errors import InputError
from gradio_app.films import Film
from gradio_app.preprocessing import clean_overview, is_placeholder
from training.config import LabelSet

__all__ = [
    "CANNOT_HOLD",
    "EXTRA_TABLES",
    "GENRE_STYLES",
    "LISTS_TABLE",
    "SHIFT",
    "SPLITS",
    "Artwork",
    "LabelledFilm",
    "artwork_of",
    "genre_style",
    "labelled_film",
    "read_extra_films",
    "read_films",
]

SPLITS = ("train", "validation", "test")

#: The split of extra films that are trained on by nobody: a tenth of those of other years than
#: `_USUAL_YEARS`. On them one sees how far probabilities can be trusted of other eras.
SHIFT = "shift"
_USUAL_YEARS = range(1980, 2016)

EXTRA_TABLES = ("posters_extra.csv", "overviews_extra.csv")
LISTS_TABLE = "labels_extra.csv"

#: The column of `LISTS_TABLE` with a film's own list as it was before it was cut at three genres.
_UNCUT = "imdb_2016_uncut"

#: Its columns with lists by others, or of another year.
_OTHER_LISTS = ("imdb_2017", "imdb_2024", "wikipedia", "tmdb")

#: The genres of IMDb that are labels of the shipped models.
_ALL = frozenset(
    {
        *("Action", "Adventure", "Animation", "Biography", "Comedy", "Crime", "Documentary"),
        *("Drama", "Family", "Fantasy", "History", "Horror", "Music", "Mystery", "Romance"),
        *("Sci-Fi", "Sport", "Thriller", "War"),
    }
)

#: Genres that a kind of list (column `genre_style`) cannot hold: absence there says nothing.
CANNOT_HOLD = {
    "imdb": frozenset[str](),
    "tmdb": frozenset({"Biography", "Sport"}),
    "movielens": frozenset({"Biography", "Sport", "History", "Music"}),
    "netflix": frozenset(
        {"Adventure", "Biography", "Crime", "Fantasy", "History", "Mystery", "Sci-Fi", "War"}
    ),
    "amazon": frozenset({"Biography", "Crime", "History", "Mystery"}),
    "disney": _ALL,  # so coarse that absence says nothing
    "none": frozenset[str](),
}

#: The kinds of lists that are read.
GENRE_STYLES = frozenset(CANNOT_HOLD)


@dataclass(frozen=True)
class LabelledFilm:
    """One film as the data folder lists it, with its genres.

    Attributes:
        id: unique, but "" where the table has none.
        title: as listed, may be "".
        year: as listed, may be "".
        overview: cleaned; "" where there is none, or a placeholder.
        poster: its file, if there is one.
        other_posters: files of other artwork.
        genres: those of its list.
        tmdb_genres: those of TMDB's list of it, where the folder has one too.
        uncut: those of its own list before it was cut at three; none where that is not known.
        other_lists: those that any other list of it names, TMDB's too.
        unknown: genres that its own list cannot hold.
        labelled: whether it has a list; without one, no genre is known.
        split: one of `SPLITS`, or `SHIFT`.
    """

    id: str
    title: str
    year: str
    overview: str
    poster: Path | None
    other_posters: tuple[Path, ...]
    genres: frozenset[str]
    tmdb_genres: frozenset[str]
    uncut: frozenset[str]
    other_lists: frozenset[str]
    unknown: frozenset[str]
    labelled: bool
    split: str

    def all_posters(self) -> list[Path]:
        """Return its poster, if there is one, and its other artwork."""
        return [*([self.poster] if self.poster else []), *self.other_posters]

    def in_set(self, label_set: LabelSet) -> frozenset[str]:
        """Return its genres in a label set."""
        added: dict[LabelSet, frozenset[str]] = {
            "listed": frozenset(),
            "completed": self.tmdb_genres,
            "agreed": self.uncut,
        }
        return self.genres | added[label_set]

    def unknown_in_set(self, label_set: LabelSet) -> frozenset[str]:
        """Return the genres of which a label set does not tell whether it has them."""
        disputed = self.other_lists if label_set == "agreed" else frozenset()
        return (self.unknown | disputed) - self.in_set(label_set)


@dataclass(frozen=True)
class Artwork:
    """The pictures of a folder of films: their posters, and other artwork of some."""

    posters: Posters
    others: Posters

    def of(self, film_id: str) -> tuple[Path | None, tuple[Path, ...]]:
        """Return a film's poster and its other artwork."""
        poster, other = (
            cast(Path | None, each.find(Film(film_id))) for each in (self.posters, self.others)
        )
        return poster, (other,) if other else ()


@contextmanager
def artwork_of(data: Path) -> Iterator[Artwork]:
    """The pictures in a folder of films."""
    with (
        posters_in_folder(data / "posters") as posters,
        posters_in_folder(data / "posters_alt") as others,
    ):
        yield Artwork(posters, others)


def read_films(data: Path) -> list[LabelledFilm]:
    """Return all films of `films.csv`.

    Without a column `split`, a tenth of the films goes to validation and a tenth to test,
    chosen by a hash of the id, so that a film stays where it is when others are added.

    Raises:
        InputError: the table is missing, empty or lacks a column, or a split is not one of
            `SPLITS`.
    """
    with artwork_of(data) as artwork:
        films = [labelled_film(film, artwork) for film in read_table(data / "films.csv")]
    films = _with_other_lists(data, films)
    if not films:
        raise InputError(f"{data / 'films.csv'} lists no film.")
    for film in films:
        if film.split not in SPLITS:
            raise InputError(f"Film {film.id} has the split {film.split!r}; use {SPLITS}.")
    return films


def read_extra_films(data: Path, listed: Sequence[LabelledFilm]) -> list[LabelledFilm]:
    """Return the films of `posters_extra.csv` and `overviews_extra.csv`, where they exist.

    Those without a list of genres are included. Most belong to the split "train", some to `SHIFT`.
    Those with the id of a `listed` film are left out: it may be one of the test films. A film of
    both tables has the first one's list and the other's overview.
    """
    taken = {film.id for film in listed}
    with_poster, with_overview = (_extra_films(data, name, taken) for name in EXTRA_TABLES)
    overviews = {film.id: film.overview for film in with_overview if film.id}
    ids = {film.id for film in with_poster}
    films = [
        replace(film, overview=film.overview or overviews.get(film.id, "")) for film in with_poster
    ] + [film for film in with_overview if film.id not in ids]
    return _with_other_lists(data, films)


def _extra_films(data: Path, name: str, taken: set[str]) -> list[LabelledFilm]:
    if not (data / name).is_file():
        return []
    with artwork_of(data) as artwork:
        films = [
            labelled_film(film, artwork, genre_style(film))
            for film in read_table(data / name)
            if genre_style(film) in GENRE_STYLES and film.id not in taken
        ]
    return [replace(film, split=_extra_split(film)) for film in films]


def _extra_split(film: LabelledFilm) -> str:
    year = re.match(r"\d{4}", film.year)
    is_usual = year is None or int(year[0]) in _USUAL_YEARS
    return SHIFT if not is_usual and film.id and _split_by_id(film.id) == "test" else "train"


def _with_other_lists(data: Path, films: Sequence[LabelledFilm]) -> list[LabelledFilm]:
    """Return the films with what the lists of `LISTS_TABLE` name."""
    if not (data / LISTS_TABLE).is_file():
        return list(films)
    lists = {film.id: film.cells for film in read_table(data / LISTS_TABLE) if film.id}
    return [_with_lists(film, lists.get(film.id, {})) for film in films]


def _with_lists(film: LabelledFilm, cells: Mapping[str, str]) -> LabelledFilm:
    named = [_split_genres(cell) for column, cell in cells.items() if column in _OTHER_LISTS]
    return replace(
        film,
        uncut=_split_genres(cells.get(_UNCUT, "")),
        other_lists=film.other_lists.union(*named),
    )


def genre_style(film: Film) -> str:
    """Return whose list of genres a row of a table has; IMDb's where it does not say."""
    return film.cells.get("genre_style", "imdb")


def labelled_film(film: Film, artwork: Artwork, style: str = "imdb") -> LabelledFilm:
    """Make a labelled film of the row of a table.

    Args:
        film: with its cells.
        artwork: among which its own is.
        style: whose list of genres it has, one of `GENRE_STYLES`.

    Raises:
        InputError: there is no column of genres, the poster cannot be told, or the overview is too
            long.
    """
    cells = film.cells
    if "genres" not in cells:
        raise InputError("A table of films needs a column 'genres' ('|'-separated).")
    overview = clean_overview(film.overview).strip()
    tmdb_genres = _split_genres(cells.get("tmdb_genres", ""))
    poster, other_posters = artwork.of(film.id) if film.id else (None, ())
    return LabelledFilm(
        id=film.id,
        title=film.title,
        year=cells.get("year", ""),
        overview="" if is_placeholder(overview) else overview,
        poster=poster,
        other_posters=other_posters,
        genres=_split_genres(cells["genres"]),
        tmdb_genres=tmdb_genres,
        uncut=frozenset(),
        other_lists=tmdb_genres | _split_genres(cells.get("wikipedia_genres", "")),
        unknown=CANNOT_HOLD[style],
        labelled=style != "none",
        split=cells["split"] if "split" in cells else _split_by_id(film.id),
    )


def _split_genres(cell: str) -> frozenset[str]:
    return frozenset(genre for part in cell.split("|") if (genre := part.strip()))


def _split_by_id(film_id: str) -> str:
    tenth = hashlib.sha256(film_id.encode()).digest()[0] * 10 // 256
    return {0: "validation", 1: "test"}.get(tenth, "train")
