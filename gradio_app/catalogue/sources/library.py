"""The films of a library: folders as Kodi, Jellyfin, Emby and tinyMediaManager keep them."""

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gradio_app.catalogue.sources.folders import names
from gradio_app.catalogue.sources.folders.film_folder import (
    FilmFolder,
    Place,
    Reason,
    why_no_film,
)
from gradio_app.catalogue.sources.folders.listing import Listing, list_folder
from gradio_app.catalogue.sources.nfo.reader import Nfo, encodable, printable, read_nfo
from gradio_app.errors import InputError
from gradio_app.films import Film
from gradio_app.limits import MAX_FOLDER_DEPTH

__all__ = ["LIBRARY_COLUMNS", "LeftOut", "Library"]

#: The cells of each film (see `Film.cells`); paths are within the library, "" where there is none.
LIBRARY_COLUMNS = ("title", "year", "path", "nfo", "poster")

_EXAMPLES = 3
_EXAMPLE_CHARACTERS = 120


@dataclass
class LeftOut:
    """How many things were left out for one reason, and the first of them."""

    count: int = 0
    examples: list[str] = field(default_factory=list)


class Library:
    """A folder of films, in folders of their own or beside each other, nested as one likes.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     film = Path(folder, "Alien (1979)")
    ...     film.mkdir()
    ...     _ = (film / "movie.nfo").write_text("<movie><plot>A crew wakes.</plot></movie>")
    ...     _ = (film / "poster.jpg").write_bytes(b"")
    ...     for film in Library(Path(folder)).films():
    ...         print(film.id, "|", film.title, "|", film.overview, "|", film.poster.name)
    Alien (1979) | Alien | A crew wakes. | poster.jpg

    Attributes:
        left_out: what was found and is no film, or cannot be read; complete when `films` is.
    """

    def __init__(self, folder: Path):
        """Nothing is read yet.

        Raises:
            InputError: there is no such folder.
        """
        if not os.path.isdir(folder):  # unlike Path.is_dir, says False to a name that is too long
            raise InputError(f"There is no folder {printable(str(folder))}.")
        self._folder = folder
        self._real_folders: set[str] = set()
        self.left_out: dict[Reason, LeftOut] = {}

    def films(self) -> Iterator[Film]:
        """Yield the films: those of a folder by name, then those of the folders in it.

        Their order is always the same, and one folder at a time is held in memory. The id of a
        film is that of its NFO file at IMDb, else at TMDB ("tmdb-603"), else its path within the
        library: of its folder, or, where several films lie in that, of its files, without suffix.

        Raises:
            InputError: the library itself cannot be read.
        """
        self.left_out = {}
        self._real_folders = {os.path.realpath(self._folder)}
        try:
            listing = list_folder(self._folder)
        except OSError as error:
            raise InputError(
                f"{printable(str(self._folder))} cannot be read ({error.strerror})."
            ) from error
        yield from self._films(FilmFolder(listing), depth=0)

    def find(self, film: Film) -> Path | None:
        """Return the poster of one of the films; see `Posters`."""
        return film.poster if isinstance(film.poster, Path) else None

    def notes(self) -> list[str]:
        """Say what was left out, one sentence for each reason."""
        return [
            f"Left out, {reason}: {left_out.count:,} ({', '.join(left_out.examples)}"
            f"{', …' if left_out.count > len(left_out.examples) else ''})."
            for reason, left_out in self.left_out.items()
        ]

    def _films(self, folder: FilmFolder, depth: int) -> Iterator[Film]:
        for reason, path in folder.left_out:
            self._leave_out(reason, path)
        yield from filter(None, map(self._film, folder.places))
        films_within = 0
        for film in self._films_within(folder, depth + 1):
            films_within += 1
            yield film
        if not films_within and (place := folder.poster_place()):
            yield from filter(None, [self._film(place)])

    def _films_within(self, folder: FilmFolder, depth: int) -> Iterator[Film]:
        for path in folder.folders:
            if listing := self._open(path, depth):
                yield from self._films(FilmFolder(listing, folder), depth)

    def _open(self, path: Path, depth: int) -> Listing | None:
        """The names in a folder, unless it is read elsewhere or cannot be read."""
        if os.path.islink(path) and not self._is_new(os.path.realpath(path)):
            self._leave_out(Reason.LINK, path)
            return None
        try:
            if depth > MAX_FOLDER_DEPTH:
                raise OSError(errno.ELOOP, "too deep")
            return list_folder(path)
        except OSError:
            self._leave_out(Reason.UNREADABLE, path)
            return None

    def _is_new(self, folder: str) -> bool:
        """Whether a folder to which a link leads lies in none that is read, and never did.

        So no chain of links can go in a circle, and each film is read once.
        """
        around = (folder, *map(str, Path(folder).parents))
        if self._real_folders.intersection(around):
            return False
        self._real_folders.add(folder)
        return True

    def _film(self, place: Place) -> Film | None:
        """Read the film at a place; None where its NFO file is about something else."""
        nfo = read_nfo(place.nfo) if place.nfo else Nfo("")
        if reason := why_no_film(nfo):
            self._leave_out(reason, place.nfo or place.path)
            return None
        path = self._within(place.path)
        name = encodable(self._real_path(place.path).name)
        title = nfo.title or printable(names.title_of(name))
        errors = _errors(nfo) if place.nfo else ()
        return Film(
            id=nfo.film_id or path,
            overview=nfo.overview,
            poster=place.poster or "",
            title=title,
            genres=nfo.genres if place.nfo and not errors else None,
            nfo=place.nfo,
            cells={
                "title": title,
                "year": nfo.year or names.year_of(name),
                "path": path,
                "nfo": self._within(place.nfo) if place.nfo else "",
                "poster": self._within(place.poster) if place.poster else "",
            },
            errors=errors,
        )

    def _within(self, path: Path) -> str:
        """A path within the library, as text that can be encoded; its own name for itself."""
        if path == self._folder:
            return encodable(self._real_path(path).name)
        return encodable(path.relative_to(self._folder).as_posix())

    def _real_path(self, path: Path) -> Path:
        # The library may be given as "." or "..".
        return Path(os.path.realpath(path)) if path == self._folder else path

    def _leave_out(self, reason: Reason, path: Path) -> None:
        left_out = self.left_out.setdefault(reason, LeftOut())
        left_out.count += 1
        if left_out.count <= _EXAMPLES:
            example = printable(self._within(path))
            too_long = len(example) > _EXAMPLE_CHARACTERS
            left_out.examples.append(f"…{example[-_EXAMPLE_CHARACTERS:]}" if too_long else example)


def _errors(nfo: Nfo) -> tuple[str, ...]:
    if nfo.error:
        return (nfo.error,)
    if nfo.xml.root != "movie":
        return (f"{nfo.name} begins with <{nfo.xml.root[:40]}>, not with <movie>; mend it.",)
    return ()
