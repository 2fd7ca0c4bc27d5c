"""From a path to its films: a table with its posters, a library, or pictures alone."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from gradio_app.catalogue.sources.archive import open_posters
from gradio_app.catalogue.sources.library import Library
from gradio_app.catalogue.sources.source import Source, of_library, of_pictures, of_table
from gradio_app.catalogue.sources.table import open_table
from gradio_app.catalogue.sources.zipped import open_films_in_zip
from gradio_app.errors import InputError

__all__ = ["open_source"]


@contextmanager
def open_source(
    path: Path, posters: Path | None, columns: Mapping[str, str] | None = None
) -> Iterator[Source]:
    """The films of a table with the posters of a folder or ZIP file, of a library, or of pictures.

    Args:
        path: a table (see `open_table`), or a folder or ZIP file that holds a library (see
            `Library`) or pictures.
        posters: folder or ZIP file of the posters of a table, or None.
        columns: role -> column of the table.

    Raises:
        InputError: one of them cannot be used.
    """
    is_folder = os.path.isdir(path)  # unlike Path.is_dir, says False to what is closed
    is_zip = path.suffix.lower() == ".zip"
    if (is_folder or is_zip) and (posters is not None or columns):
        raise InputError(f"{path} is no table; --posters and --columns belong to a table.")
    if is_zip and not is_folder:
        with open_films_in_zip(path, Path(tempfile.gettempdir())) as films:
            yield films
    elif is_folder and next(Library(path).films(), None) is not None:
        yield of_library(path)
    elif is_folder:
        with open_posters(path) as pictures:
            yield of_pictures(path, pictures)
    elif posters is not None:
        table = open_table(path, columns)
        with open_posters(posters, table) as found:
            yield of_table(table, found)
    else:
        yield of_table(open_table(path, columns), None)
