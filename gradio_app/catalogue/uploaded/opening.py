"""What somebody uploads becomes a catalogue, within bounds."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path, PurePath

from gradio_app.catalogue.sources.archive import open_zip
from gradio_app.catalogue.sources.posters import uploaded_posters
from gradio_app.catalogue.sources.rows.bounds import Bounds
from gradio_app.catalogue.sources.source import Source, of_pictures, of_table
from gradio_app.catalogue.sources.table import open_table
from gradio_app.catalogue.sources.zipped import open_films_in_zip
from gradio_app.catalogue.uploaded.catalogue import Catalogue
from gradio_app.errors import InputError
from gradio_app.films import Film
from gradio_app.limits import (
    MAX_CATALOGUE_FILMS,
    MAX_CATALOGUE_LINES,
    MAX_CATALOGUE_PARQUET_BYTES,
    MAX_CATALOGUE_TABLE_BYTES,
    MAX_CATALOGUE_TEXT_BYTES,
)

__all__ = ["delete_with_folders", "open_catalogue"]

_BOUNDS = Bounds(
    rows=MAX_CATALOGUE_FILMS,
    lines=MAX_CATALOGUE_LINES,
    size=MAX_CATALOGUE_TABLE_BYTES,
    memory=MAX_CATALOGUE_PARQUET_BYTES,
)


def open_catalogue(
    table: Path | None, posters: Sequence[tuple[str, Path]], folder: Path
) -> Catalogue:
    """Check what was uploaded; it is deleted when the films are read.

    Args:
        table: of the films (see `open_table`). Without it, each picture is a film.
        posters: names and files: one ZIP file, or pictures, or nothing. Without a table, the ZIP
            file may hold a library (see `open_films_in_zip`).
        folder: for temporary files, and where uploads lie.

    Raises:
        InputError: there is nothing to read, or the table or the ZIP file cannot be used.
    """
    with ExitStack() as opened:
        source = opened.enter_context(_open(table, posters, folder))
        _check_size(source)
        films = _collected(source)
        uploads = ExitStack()
        for file in (*filter(None, [table]), *(file for _, file in posters)):
            uploads.callback(delete_with_folders, file, folder)
        uploads.push(opened.pop_all())
    return Catalogue(source, films, uploads, folder)


def delete_with_folders(file: Path, root: Path) -> None:
    """Delete a file, if it is still there, and the folders below `root` that are empty then."""
    file.unlink(missing_ok=True)
    with suppress(OSError):  # other files of the same upload are still there
        for folder in file.resolve().parents:
            if root.resolve() not in folder.parents:
                return
            folder.rmdir()


@contextmanager
def _open(
    table: Path | None, uploads: Sequence[tuple[str, Path]], folder: Path
) -> Iterator[Source]:
    films = None if table is None else open_table(table, bounds=_BOUNDS)
    zips = [file for name, file in uploads if PurePath(name).suffix.lower() == ".zip"]
    if zips and len(uploads) > 1:
        raise InputError("Give one ZIP file of posters, or pictures, not both.")
    if zips and films is not None:
        with open_zip(zips[0], films) as posters:
            yield of_table(films, posters)
    elif zips:
        with open_films_in_zip(zips[0], folder) as source:
            yield source
    elif films is not None:
        yield of_table(films, uploaded_posters(uploads) if uploads else None)
    elif uploads:
        yield of_pictures(uploads[0][1], uploaded_posters(uploads))
    else:
        raise InputError("Give a table of films, posters, or both.")


def _check_size(source: Source) -> None:
    if not source.n_films:
        raise InputError("There is no film in it; give a table with rows, or pictures.")
    if source.n_films > MAX_CATALOGUE_FILMS:
        raise InputError(
            f"There are {source.n_films:,} films, more than the {MAX_CATALOGUE_FILMS:,} that are "
            "accepted; give them in several parts."
        )


def _collected(source: Source) -> list[Film]:
    """Return the films.

    Raises:
        InputError: their texts are too much for the memory.
    """
    films, size = [], 0
    for film in source.films:
        films.append(film)
        size += sum(map(sys.getsizeof, (film.overview, film.title, film.poster)))
        if size > MAX_CATALOGUE_TEXT_BYTES:
            raise InputError(
                f"The texts of the films have more than {MAX_CATALOGUE_TEXT_BYTES // 10**6} MB; "
                "give them in several parts."
            )
    return films
