"""A folder of films on disk: rows of a CSV file and the poster that belongs to an id."""

import csv
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from gradio_app.errors import InputError

__all__ = ["POSTER_SUFFIXES", "find_poster", "read_table"]

#: In the order in which they are looked for.
POSTER_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")

_ID_COLUMNS = ("imdb_id", "id")


def read_table(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV file with a header, each with its film id under the key "id".

    The file is UTF-8 (with or without a byte-order mark), comma-separated. Column names are
    stripped of spaces; missing cells are "". The id of a row is its `imdb_id`, else its `id`.

    Raises:
        InputError: the file cannot be read, is not a CSV file in UTF-8, has no id column, or has a
            column twice.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            _allow_long_cells()
            reader = csv.DictReader(file, restval="", skipinitialspace=True)
            columns = [name.strip() for name in reader.fieldnames or []]
            reader.fieldnames = columns
            id_columns = [name for name in _ID_COLUMNS if name in columns]
            if not id_columns:
                found = repr(", ".join(columns)[:200]) if columns else "none"
                raise InputError(
                    f"{path.name} has no column imdb_id or id (it has: {found}); "
                    "name the columns in the first line, separated by commas."
                )
            twice = next((name for name in columns if name and columns.count(name) > 1), None)
            if twice:
                raise InputError(f"{path.name} has two columns {twice!r}; keep one.")
            for row in reader:
                ids = (row[name].strip() for name in id_columns)
                yield {name: row[name] for name in columns} | {"id": next(filter(None, ids), "")}
    except FileNotFoundError as error:
        raise InputError(f"There is no table {path}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is not UTF-8 text; save it as CSV UTF-8.") from error
    except csv.Error as error:
        raise InputError(f"{path.name} is not a CSV file ({error}); save it as CSV.") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).") from error


def _allow_long_cells() -> None:
    # The module's default of 131,072 characters would end the run at one long cell; the
    # overview's own limit is checked for each film. C long is 32 bits wide on Windows.
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))


def find_poster(folder: Path, film_id: str) -> Path | None:
    """The poster file of a film, `folder/<id>.jpg` (or .jpeg, .png, .webp), or None.

    Raises:
        InputError: the id is not a plain file name and could lead out of the folder.
    """
    if not film_id or Path(film_id).name != film_id or "\\" in film_id or "\0" in film_id:
        raise InputError(f"The id {film_id!r} is not a plain file name.")
    candidates = (folder / f"{film_id}{suffix}" for suffix in POSTER_SUFFIXES)
    # Unlike Path.is_file, this answers an id that is too long for a file name with False.
    return next((path for path in candidates if os.path.isfile(path)), None)
