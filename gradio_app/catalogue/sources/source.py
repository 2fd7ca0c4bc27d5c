"""Films and their posters, whatever they come from: a table, a library, or pictures alone."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from gradio_app.catalogue.sources.library import LIBRARY_COLUMNS, Library
from gradio_app.catalogue.sources.posters import Posters, shown
from gradio_app.catalogue.sources.table import Table
from gradio_app.errors import InputError
from gradio_app.films import Film, given_poster
from gradio_app.preprocessing import Poster

__all__ = [
    "Source",
    "check_table",
    "count_films",
    "count_posters",
    "of_library",
    "of_pictures",
    "of_table",
]

_EXAMPLES_SHOWN = 3


@dataclass(frozen=True)
class Source:
    """Films that can be iterated more than once, and where their posters are.

    Attributes:
        path: of the table, or of the folder or ZIP file of pictures.
        films: in their order, without what is not read of them (see `with_cells`).
        n_films: how many there are.
        columns: of the table that they come from.
        posters: where they are looked for; None, and no poster is read.
        warnings: what was left out or is odd before any film is read, a sentence each.
        digest: SHA-256 of what the films were read from.
        is_library: whether the films carry their posters and NFO files.
    """

    path: Path
    films: Iterable[Film]
    n_films: int
    columns: tuple[str, ...]
    posters: Posters | None
    warnings: tuple[str, ...]
    digest: str
    is_library: bool = False

    def with_cells(self) -> "Source":
        """Return the same source, of which the films have the cells of all columns."""
        if not isinstance(self.films, Table):  # others always have them
            return self
        return replace(self, films=replace(self.films, with_cells=True))

    def find_poster(self, film: Film) -> Poster | None:
        """Return the poster of a film, or None; may raise InputError."""
        if self.is_library:
            return given_poster(film)
        return None if self.posters is None else self.posters.find(film)

    def skip(self, film: Film) -> None:
        """Count the poster of a film as used that an earlier run has read."""
        if self.posters is not None:
            with suppress(InputError):
                self.posters.locate(film)

    def account(self, n_read: int) -> list[str]:
        """Return what of the posters was used and what was not, a sentence each.

        Args:
            n_read: films of which a poster was read.
        """
        if self.posters is None:
            return []
        sentences = count_posters(n_read, self.n_films)
        unused, others = self.posters.unused(), self.posters.no_pictures()
        if unused:
            sentences.append(f"Posters that belong to no film: {len(unused):,} ({_some(unused)}).")
        if others:
            sentences.append(f"Files that are no pictures: {len(others):,} ({_some(others)}).")
        return sentences


def count_posters(n_read: int, n_films: int) -> list[str]:
    """Return of how many films a poster was read, and how posters are called if of none."""
    sentences = [f"Posters read for {n_read:,} of {n_films:,} films."]
    if not n_read:
        sentences.append(
            "No poster was read: posters are called like the id of their film, or as the column "
            "poster names them."
        )
    return sentences


def _some(names: list[str]) -> str:
    more = ", …" if len(names) > _EXAMPLES_SHOWN else ""
    return ", ".join(map(shown, names[:_EXAMPLES_SHOWN])) + more


def of_table(table: Table, posters: Posters | None) -> Source:
    """Make a source of a table and the posters of its films.

    Raises:
        InputError: there is neither a column for overviews nor any posters.
    """
    warnings = (
        *(posters.warnings if posters else ()),
        *check_table(table, has_posters=posters is not None),
    )
    digest = _file_digest(table.path)
    films = replace(table, with_cells=False)
    return Source(table.path, films, table.n_films, table.columns, posters, warnings, digest)


def check_table(table: Table, has_posters: bool) -> list[str]:
    """Return what of a table is not read, a sentence each.

    Raises:
        InputError: there is neither a column for overviews nor any posters.
    """
    if "overview" in table.roles:
        unread = "The column poster is not read, for no folder of posters is given."
        return [unread] if "poster" in table.roles and not has_posters else []
    if not has_posters:
        raise InputError(f"{table.path.name} has no column overview; add it, or give posters.")
    return [f"{table.path.name} has no column overview; only posters are read."]


def of_pictures(path: Path, posters: Posters) -> Source:
    """Make a source in which each picture is a film."""
    films = posters.films()
    digest = hashlib.sha256(repr([film.poster for film in films]).encode()).hexdigest()
    return Source(path, films, len(films), (), posters, posters.warnings, digest)


def of_library(folder: Path) -> Source:
    """Make a source of a library, which is walked once to count its films."""
    library = Library(folder)
    n_films, digest = count_films(library.films())
    warnings = tuple(library.notes())
    films = _Walked(folder)
    return Source(folder, films, n_films, LIBRARY_COLUMNS, None, warnings, digest, is_library=True)


def count_films(films: Iterable[Film]) -> tuple[int, str]:
    """Return how many films there are, and the SHA-256 of what would be read of them."""
    digest, n_films = hashlib.sha256(), 0
    for film in films:
        digest.update(repr((film.id, film.overview, str(film.poster))).encode("utf-8", "replace"))
        n_films += 1
    return n_films, digest.hexdigest()


class _Walked:
    """The films of a library, which is walked anew each time they are iterated."""

    def __init__(self, folder: Path):
        self._folder = folder

    def __iter__(self) -> Iterator[Film]:
        return Library(self._folder).films()


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
