"""The rows of a folder of films, and what is wrong with them as they stand there."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gradio_app.catalogue.sources.posters import shown
from gradio_app.catalogue.sources.table import read_table
from gradio_app.errors import InputError
from gradio_app.films import Film, split_genres
from gradio_app.preprocessing import is_placeholder
from gradio_app.sentences import in_one_line, listed
from training.data.films import (
    EXTRA_TABLES,
    GENRE_STYLES,
    LISTS_TABLE,
    SPLITS,
    Artwork,
    LabelledFilm,
    artwork_of,
    genre_style,
    labelled_film,
)

__all__ = ["Row", "found", "read_rows", "row_notes", "row_problems"]

_LISTED = "films.csv"

#: Films, cells or posters that a sentence names.
_NAMED = 10


@dataclass(frozen=True)
class Row:
    """A row of a table.

    Attributes:
        table: name of the file.
        number: of the row, counted from 1 without the names of the columns.
        cells: the film as it stands there, with all cells.
        film: None where it cannot be read.
        errors: why not.
    """

    table: str
    number: int
    cells: Film
    film: LabelledFilm | None
    errors: tuple[str, ...]

    @property
    def is_listed(self) -> bool:
        """Whether it is one of films.csv."""
        return self.table == _LISTED

    def genre_cells(self) -> list[str]:
        """Return its cells of genres."""
        return [self.cells.cells.get(column, "") for column in ("genres", "tmdb_genres")]

    def __str__(self) -> str:
        return in_one_line(self.cells.id) or f"row {self.number} of {self.table}"


def read_rows(data: Path) -> tuple[list[Row], list[str]]:
    """Return the rows of all tables of a folder, and a sentence for what of them is not read.

    Raises:
        InputError: films.csv is missing, is no table, or lists no film; or an extra table is none.
    """
    rows: list[Row] = []
    notes: list[str] = []
    with artwork_of(data) as artwork:
        for name in (_LISTED, *(name for name in EXTRA_TABLES if (data / name).is_file())):
            read, unread = _read(data / name, artwork)
            rows += read
            notes += unread
    if not any(row.is_listed for row in rows):
        raise InputError(f"{data / _LISTED} lists no film.")
    return rows, [*notes, *_lists_of_others(data / LISTS_TABLE, {row.cells.id for row in rows})]


def _lists_of_others(table: Path, known: set[str]) -> Iterator[str]:
    if table.is_file():
        others = [film.id for film in read_table(table) if film.id not in known]
        what = f"Lists of {table.name} whose film no table has"
        yield from found(what, others, "they are not read")


def _read(table: Path, artwork: Artwork) -> tuple[list[Row], list[str]]:
    """Return the rows of a table whose list of genres is of a known style, and notes."""
    rows, unread = [], Counter[str]()
    for number, cells in enumerate(read_table(table), 1):
        style = "imdb" if table.name == _LISTED else genre_style(cells)
        if style not in GENRE_STYLES:
            unread[style] += 1
            continue
        try:
            film, errors = labelled_film(cells, artwork, style), cells.errors
        except InputError as error:
            film, errors = None, (*cells.errors, str(error))
        rows.append(Row(table.name, number, cells, film, errors))
    return rows, [
        f"Rows of {table.name} whose genre_style is {style!r}: {count}; they are not read "
        f"(those that are: {', '.join(sorted(GENRE_STYLES))})."
        for style, count in unread.items()
    ]


def row_problems(rows: Sequence[Row]) -> list[str]:
    """Return what of the rows has to be mended, a sentence each."""
    ours = [row for row in rows if row.is_listed]
    return [
        *_unreadable(rows),
        *_id_problems(ours),
        *_split_problems(ours),
        *_genre_problems(rows),
    ]


def row_notes(rows: Sequence[Row]) -> list[str]:
    """Return what of the rows is read otherwise than it stands there, or not, a sentence each."""
    return [*_mended(rows), *_left_out([row for row in rows if row.is_listed])]


def found(what: str, instances: Sequence[object], advice: str) -> Iterator[str]:
    """Yield a sentence with the number of instances and the first of them; none without any."""
    if instances:
        named = ", ".join(str(each) for each in instances[:_NAMED])
        others = len(instances) - _NAMED
        more = f" and {others:,} more" if others > 0 else ""
        yield f"{what}: {len(instances):,} ({named}{more}); {advice}."


def _unreadable(rows: Sequence[Row]) -> Iterator[str]:
    bad = [row for row in rows if row.errors]
    if bad:
        yield from found("Rows that cannot be read", bad, f"the first: {bad[0].errors[0][:-1]}")


def _id_problems(ours: Sequence[Row]) -> Iterator[str]:
    yield from found(
        "Films without an id",
        [row for row in ours if not row.cells.id],
        "give each its own in the column id",
    )
    splits = defaultdict(list)
    for row in ours:
        if row.cells.id and row.film:
            splits[row.cells.id].append(row.film.split)
    twice = {film_id: each for film_id, each in splits.items() if len(each) > 1}
    yield from found(
        "Ids in two splits",
        [
            f"{name}: {listed(sorted(set(each)))}"
            for name, each in twice.items()
            if len(set(each)) > 1
        ],
        "keep one row of each, for a film that is trained on cannot measure",
    )
    yield from found(
        "Ids in several rows of one split",
        [name for name, each in twice.items() if len(set(each)) == 1],
        "keep one row of each",
    )


def _split_problems(ours: Sequence[Row]) -> Iterator[str]:
    yield from found(
        "Films of an unknown split",
        [f"{row}: {row.film.split!r}" for row in ours if row.film and row.film.split not in SPLITS],
        f"write {', '.join(SPLITS[:-1])} or {SPLITS[-1]}",
    )


def _genre_problems(rows: Sequence[Row]) -> Iterator[str]:
    faults: dict[str, list[str]] = defaultdict(list)
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        for cell in row.genre_cells():
            if fault := _fault(cell):
                faults[fault].append(f"{shown(cell)} of {row}")
            else:
                for genre in _genres(cell):
                    spellings[_letters(genre)][genre] += 1
    for fault, cells in faults.items():
        yield from found(fault, cells, _ADVICE[fault])
    yield from found(
        "Genres that are spelled in several ways",
        [
            listed([f"{genre!r} in {count:,}" for genre, count in each.most_common()])
            for each in spellings.values()
            if len(each) > 1
        ],
        "choose one spelling",
    )
    yield from found(
        "Films without a genre",
        [row for row in rows if row.film and row.film.labelled and not row.film.genres],
        "list their genres, or leave the rows out",
    )


_PROGRAMS = "Genres written as a program's list"
_SEPARATED = "Genres parted otherwise than by '|'"
_NONE = "Genres that say that there are none"

_ADVICE = {
    _PROGRAMS: "write Action|Drama",
    _SEPARATED: "write Action|Drama, and no ',', ';' or '/' in the name of a genre",
    _NONE: "leave the row out; in an extra table, set its genre_style to none",
}


def _fault(cell: str) -> str:
    """Return what is wrong with a cell of genres; "" for nothing that matters.

    >>> _fault("Comedy| Drama"), _fault("['Drama']")
    ('', "Genres written as a program's list")
    """
    if cell.strip()[:1] in tuple("[{\"'"):
        return _PROGRAMS
    genres = _genres(cell)
    if any(is_placeholder(genre) or "no genre" in genre.casefold() for genre in genres):
        return _NONE
    return _SEPARATED if any(split_genres(genre) != (genre,) for genre in genres) else ""


def _genres(cell: str) -> list[str]:
    return [genre for part in cell.split("|") if (genre := part.strip())]


def _letters(genre: str) -> str:
    """Return what two spellings of a genre have in common; a genre of signs alone has its own."""
    return "".join(filter(str.isalnum, genre.casefold())) or genre


def _mended(rows: Sequence[Row]) -> Iterator[str]:
    yield from found(
        "Genres with blanks around them",
        [
            f"{shown(cell)} of {row}"
            for row in rows
            for cell in row.genre_cells()
            if any(part != part.strip() for part in cell.split("|"))
        ],
        "they are read without",
    )
    yield from found(
        "Overviews that only say that there is none",
        [row for row in rows if row.cells.overview.strip() and row.film and not row.film.overview],
        "they are read as empty",
    )


def _left_out(ours: Sequence[Row]) -> Iterator[str]:
    without: list[tuple[str, Callable[[LabelledFilm], object], str]] = [
        (
            "Films with neither poster nor overview",
            lambda film: not (film.poster or film.overview),
            "they are not read",
        ),
        (
            "Films without a poster",
            lambda film: film.overview and not film.poster,
            "the overview model alone reads them",
        ),
        (
            "Films without an overview",
            lambda film: film.poster and not film.overview,
            "the poster model alone reads them",
        ),
    ]
    for what, is_without, consequence in without:
        named = [row for row in ours if row.film and is_without(row.film)]
        yield from found(what, named, consequence)
