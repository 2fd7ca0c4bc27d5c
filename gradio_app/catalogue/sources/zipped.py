"""Films in a ZIP file: a library, read as its folder would be, or pictures.

What a library reads of a folder are names and NFO files. So a folder of the same names is made, in
which the NFO files alone have content, and deleted once the films are known; posters are read from
the ZIP file when their film is read.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath, PureWindowsPath

from gradio_app.catalogue.sources.archive import Archive, open_archive
from gradio_app.catalogue.sources.folders.names import VIDEO_SUFFIXES
from gradio_app.catalogue.sources.library import LIBRARY_COLUMNS, Library
from gradio_app.catalogue.sources.posters import PICTURE_SUFFIXES, Posters, shown
from gradio_app.catalogue.sources.source import Source, count_films, count_posters, of_pictures
from gradio_app.errors import InputError
from gradio_app.films import Film
from gradio_app.limits import MAX_CATALOGUE_TABLE_BYTES, MAX_NFO_BYTES
from gradio_app.preprocessing import Poster

__all__ = ["open_films_in_zip"]

_NFO = ".nfo"
_MOST_NFO_BYTES = MAX_CATALOGUE_TABLE_BYTES  # they are this catalogue's table


@dataclass(frozen=True)
class _ZippedLibrary(Source):
    """Films whose posters are named by their paths in a ZIP file."""

    read: Callable[[str], Poster] | None = None

    def find_poster(self, film: Film) -> Poster | None:
        """Return the poster of a film, or None; may raise InputError."""
        assert self.read is not None
        assert isinstance(film.poster, str)
        return self.read(film.poster) if film.poster else None

    def account(self, n_read: int) -> list[str]:
        """Return how many posters were read."""
        return count_posters(n_read, self.n_films)


@contextmanager
def open_films_in_zip(path: Path, folder: Path) -> Iterator[Source]:
    """The films of a ZIP file, which stays open meanwhile: of its library, else its pictures.

    Args:
        path: of the ZIP file.
        folder: for temporary files.

    Raises:
        InputError: the ZIP file is damaged or too large.
    """
    with open_archive(path) as archive:
        library = _library(path, archive, folder) if any(map(_is_nfo, archive.sizes)) else None
        yield library or of_pictures(path, Posters(archive.sizes, archive.read, archive.warnings))


def _library(path: Path, archive: Archive, folder: Path) -> Source | None:
    if sum(size for name, size in archive.sizes.items() if _is_nfo(name)) > _MOST_NFO_BYTES:
        raise InputError(
            f"The NFO files have more than {_MOST_NFO_BYTES // 10**6} MB; give fewer films."
        )
    with tempfile.TemporaryDirectory(dir=folder) as place:
        root = Path(place, path.stem)  # a film that lies in no folder is called like the file
        root.mkdir()
        left_out = _imitate(archive, root)
        library = Library(root)
        films = [_without_paths(film, root) for film in library.films()]
    if not films:
        return None
    n_films, digest = count_films(films)
    warnings = (*archive.warnings, *library.notes(), *_odd(left_out))
    return _ZippedLibrary(
        path, films, n_films, LIBRARY_COLUMNS, None, warnings, digest, read=archive.read
    )


def _imitate(archive: Archive, root: Path) -> list[str]:
    """Make files of the same names; return those for which there can be none."""
    left_out = []
    for name, size in archive.sizes.items():
        if PurePosixPath(name).suffix.lower() in (_NFO, *PICTURE_SUFFIXES, *VIDEO_SUFFIXES):
            try:
                file = root / _plain(name)
                file.parent.mkdir(parents=True, exist_ok=True)
                with file.open("xb") as opened:
                    if _is_nfo(name) and size <= MAX_NFO_BYTES:
                        opened.write(archive.read(name))
                    elif _is_nfo(name):
                        opened.truncate(MAX_NFO_BYTES + 1)  # the library says that it is too large
            except (OSError, ValueError, InputError):
                left_out.append(name)
    return left_out


def _plain(name: str) -> PurePosixPath:
    """Return a path that leads nowhere but into the folder that it is within.

    Raises:
        ValueError: there is none.
    """
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or PureWindowsPath(name).anchor:
        raise ValueError(name)
    return path


def _without_paths(film: Film, root: Path) -> Film:
    poster = film.poster.relative_to(root).as_posix() if isinstance(film.poster, Path) else ""
    return replace(film, poster=poster, nfo=None)


def _odd(names: list[str]) -> list[str]:
    if not names:
        return []
    return [f"Files that cannot be unpacked: {len(names):,}, such as {shown(names[0])}."]


def _is_nfo(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() == _NFO
