"""The films of a table, and the poster that belongs to an id."""

import csv
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from gradio_app.catalogue.films import Film, split_genres
from gradio_app.errors import InputError

__all__ = ["POSTER_SUFFIXES", "check_id", "find_poster", "read_films", "read_table"]

#: In the order in which they are looked for.
POSTER_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")

_ID_COLUMNS = ("imdb_id", "id")
_DELIMITERS = (",", ";", "\t")  # Excel writes semicolons where the comma is the decimal sign


def read_films(table: Path, with_posters: bool) -> list[Film]:
    """Read all films of a table (see `read_table`) that is to be classified.

    Args:
        table: CSV file.
        with_posters: whether there are posters; else a column `overview` is needed.

    Raises:
        InputError: the table cannot be used.
    """
    films = list(read_table(table))
    if films and not with_posters and "overview" not in films[0].cells:
        raise InputError(f"{table.name} has no column overview; add it, or give posters.")
    return films


def read_table(path: Path) -> Iterator[Film]:
    """Yield the films of a CSV file with a header.

    The file is UTF-8 (with or without a byte-order mark); cells are separated by commas, or, where
    the header is, by semicolons or tabs. Column names are stripped of spaces; missing cells are "".
    The id of a film is its `imdb_id`, else its `id`.

    Raises:
        InputError: the file cannot be read, is not a CSV file in UTF-8, has no id column, has a
            column twice, or a quotation mark that is not closed.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            delimiter = _delimiter(file)
            yield from _rows(file, delimiter, path.name)
    except FileNotFoundError as error:
        raise InputError(f"There is no table {path}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is not UTF-8 text; save it as CSV UTF-8.") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).") from error


def _delimiter(file: TextIO) -> str:
    """The first delimiter with which the header has an id column, else a comma."""
    header = file.readline()
    file.seek(0)
    for delimiter in _DELIMITERS:
        if set(_ID_COLUMNS) & {name.strip(' "\r\n') for name in header.split(delimiter)}:
            return delimiter
    return ","


def _rows(file: TextIO, delimiter: str, table: str) -> Iterator[Film]:
    records = _records(file, delimiter, table)
    columns = [name.strip() for name in next(records, [])]
    id_columns = [name for name in _ID_COLUMNS if name in columns]
    _check_columns(columns, id_columns, table)
    for cells in records:
        row = dict(zip(columns, cells + [""] * (len(columns) - len(cells)), strict=False))
        ids = (row[name].strip() for name in id_columns)
        yield Film(
            id=next(filter(None, ids), ""),
            overview=row.get("overview", ""),
            poster=row.get("poster", ""),
            title=row.get("title", ""),
            genres=split_genres(row["genres"]) if "genres" in row else None,
            cells=row,
        )


def _records(file: TextIO, delimiter: str, table: str) -> Iterator[list[str]]:
    """The lines that are not empty, as cells."""
    _allow_long_cells()
    # Not strict, the module would let a quotation mark that is not closed swallow rows.
    reader = csv.reader(file, delimiter=delimiter, skipinitialspace=True, strict=True)
    line = 1
    try:
        for cells in reader:
            line = reader.line_num + 1
            if cells:
                yield cells
    except csv.Error as error:
        raise InputError(
            f"{table} cannot be read from line {line} on: a quotation mark is not closed there, "
            "or stands inside a cell without being doubled; mend that line."
        ) from error


def _check_columns(columns: Sequence[str], id_columns: Sequence[str], table: str) -> None:
    if not id_columns:
        found = repr(", ".join(columns)[:200]) if columns else "none"
        raise InputError(
            f"{table} has no column imdb_id or id (it has: {found}); "
            "name the columns in the first line, separated by commas."
        )
    twice = next((name for name in columns if name and columns.count(name) > 1), None)
    if twice:
        raise InputError(f"{table} has two columns {twice!r}; keep one.")


def _allow_long_cells() -> None:
    # The module's default of 131,072 characters would end the run at one long cell; the
    # overview's own limit is checked for each film. C long is 32 bits wide on Windows.
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))


def find_poster(folder: Path, film_id: str) -> Path | None:
    """The poster file of a film, `folder/<id>.jpg` (or .jpeg, .png, .webp), or None.

    Raises:
        InputError: the id is not a plain file name and could lead out of the folder.
    """
    check_id(film_id)
    candidates = (folder / f"{film_id}{suffix}" for suffix in POSTER_SUFFIXES)
    # Unlike Path.is_file, this is False for an id that is too long for a file name.
    return next((path for path in candidates if os.path.isfile(path)), None)


def check_id(film_id: str) -> None:
    """Raise InputError where an id is not a plain file name."""
    if not film_id or Path(film_id).name != film_id or "\\" in film_id or "\0" in film_id:
        raise InputError(f"The id {film_id!r} is not a plain file name.")
