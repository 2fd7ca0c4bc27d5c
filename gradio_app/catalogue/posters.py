"""Where the posters of a catalogue lie: in a folder, in a ZIP file, or uploaded one by one.

A ZIP file is never unpacked: a poster is read from it when its film is read, and no more of it
than a poster may have. So ten thousand posters cost no disk, and a name in it leads nowhere.
"""

import io
import os
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Protocol

from gradio_app.catalogue.films import Film
from gradio_app.catalogue.table import POSTER_SUFFIXES, check_id, find_poster
from gradio_app.errors import InputError
from gradio_app.preprocessing import NamedBytes, Poster

__all__ = [
    "MAX_POSTER_BYTES",
    "NamedPosters",
    "PosterFolder",
    "Posters",
    "open_posters",
    "open_zip",
    "uploaded_posters",
]

#: Of one picture file; the page accepts no larger upload of one.
MAX_POSTER_BYTES = 30_000_000
_MAX_ENTRIES = 20_000
_MAX_TOTAL_BYTES = 20_000_000_000
#: zipfile reads the list of entries at once, however long a file says it is; that of 20,000
#: entries has some 3 MB. Posters are read in smaller pieces.
_MAX_READ_BYTES = 8_000_000
_PIECE_BYTES = 1_000_000

_PICTURE_SUFFIXES = {*POSTER_SUFFIXES, ".gif", ".bmp", ".tif", ".tiff", ".avif"}
_USUAL_PACKING = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
#: What zipfile raises on files that are not as they should be.
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, struct.error),
    *(EOFError, OSError, ValueError, RuntimeError),
)


class Posters(Protocol):
    """Where posters are looked for."""

    def find(self, film: Film) -> Poster | None:
        """The poster of a film: the file that it names, else the one called like its id.

        None where there is none called like its id.

        Raises:
            InputError: the named file is not there, or a name leads elsewhere.
        """


class PosterFolder:
    """The posters in a folder of this machine."""

    def __init__(self, folder: Path):
        self._folder = folder

    def find(self, film: Film) -> Path | None:
        """See `Posters`."""
        name = _named(film)
        if name is None:
            return find_poster(self._folder, film.id)
        file = self._folder / name
        if not os.path.isfile(file):  # unlike Path.is_file, says False to a name that is too long
            raise _missing(name)
        return file


class NamedPosters:
    """Posters known by their paths within a ZIP file, or by the names of uploads.

    A film's poster may lie in any folder, and case does not matter.
    """

    def __init__(self, paths: Iterable[str], read: Callable[[str], Poster]):
        """`read` gives the poster of one of the paths, or raises InputError."""
        self._read = read
        self._paths = list(paths)
        self._known = defaultdict(list)
        for path in self._paths:
            for key in _keys(path):
                self._known[key].append(path)

    def find(self, film: Film) -> Poster | None:
        """See `Posters`. Raises InputError also where several files have the name."""
        name = _named(film)
        if name is not None:
            path = self._path(name)
            if path is None:
                raise _missing(name)
            return self._read(path)
        check_id(film.id)
        candidates = (self._path(film.id + suffix) for suffix in POSTER_SUFFIXES)
        path = next(filter(None, candidates), None)
        return None if path is None else self._read(path)

    def films(self) -> list[Film]:
        """One film a picture, which it names.

        Its id is the name of the file without suffix; where several have that, their path.
        """
        pictures = [path for path in map(PurePosixPath, self._paths) if _is_picture(path)]
        names = Counter(path.stem for path in pictures)
        paths = Counter(path.with_suffix("") for path in pictures)

        def film_id(path: PurePosixPath) -> str:
            if names[path.stem] == 1:
                return path.stem
            whole = path.with_suffix("")
            return str(whole if paths[whole] == 1 else path)

        return [Film(film_id(path), poster=str(path)) for path in pictures]

    def _path(self, name: str) -> str | None:
        paths = self._known.get(_folded(name), [])
        if name in paths:
            return name
        if len(paths) > 1:
            raise InputError(
                f"There are {len(paths)} posters called {_shown(name)}; name one of them with its "
                "folder in a column poster."
            )
        return paths[0] if paths else None


def uploaded_posters(files: Iterable[tuple[str, Path]]) -> NamedPosters:
    """Uploaded pictures under their own names; the second "a.jpg" is called "a (2).jpg"."""
    named: dict[str, Path] = {}
    for name, file in files:
        path, number = PurePosixPath(name.replace("\\", "/")), 1
        while str(path) in named:
            number += 1
            path = path.with_stem(f"{PurePosixPath(name).stem} ({number})")
        named[str(path)] = file

    def read(name: str) -> Path:
        _check_bytes(name, named[name].stat().st_size)
        return named[name]

    return NamedPosters(named, read)


@contextmanager
def open_posters(path: Path) -> Iterator[Posters]:
    """The posters of a folder or of a ZIP file, which stays open meanwhile.

    Raises:
        InputError: it is neither, or the ZIP file is damaged or too large.
    """
    if path.is_dir():
        yield PosterFolder(path)
        return
    if path.suffix.lower() != ".zip" or not path.is_file():
        raise InputError(f"There is no folder and no ZIP file of posters {path}.")
    with open_zip(path) as posters:
        yield posters


@contextmanager
def open_zip(path: Path) -> Iterator[NamedPosters]:
    """The posters of a ZIP file, as `open_posters`."""
    with _Bounded(io.FileIO(path)) as file:
        try:
            archive = zipfile.ZipFile(file)
        except _DAMAGED as error:
            raise InputError(f"{path.name} is not a whole ZIP file; make it again.") from error
        entries = {_path_of(entry): entry for entry in archive.infolist() if _is_file(entry)}
        _check_size(path.name, entries.values())
        yield NamedPosters(entries, lambda name: _read(archive, entries[name]))


class _Bounded(io.BufferedReader):
    """A file of which nobody reads too much at once."""

    def read(self, size: int | None = -1) -> bytes:
        most = _MAX_READ_BYTES + 1
        data = super().read(most if size is None or size < 0 else min(size, most))
        if len(data) == most:
            raise zipfile.BadZipFile("The list of entries is too long.")
        return data


def _path_of(entry: zipfile.ZipInfo) -> str:
    return str(PurePosixPath(entry.filename.replace("\\", "/")))


def _is_file(entry: zipfile.ZipInfo) -> bool:
    """Whether it is a file, and not one that an operating system added."""
    path = PurePosixPath(_path_of(entry))
    link = stat.S_ISLNK(entry.external_attr >> 16)
    hidden = path.name.startswith(".") or path.name == "Thumbs.db" or "__MACOSX" in path.parts
    return not (entry.is_dir() or link or hidden)


def _check_size(name: str, entries: Collection[zipfile.ZipInfo]) -> None:
    if len(entries) > _MAX_ENTRIES:
        raise InputError(
            f"{name} holds {len(entries):,} files, more than the {_MAX_ENTRIES:,} that are "
            "accepted; make several."
        )
    if sum(entry.file_size for entry in entries) > _MAX_TOTAL_BYTES:
        raise InputError(
            f"{name} unpacks to more than {_MAX_TOTAL_BYTES // 10**9} GB; make several."
        )


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> NamedBytes:
    if entry.flag_bits & 1:
        raise InputError(
            f"The poster {_shown(entry.filename)} is encrypted; make the ZIP file without password."
        )
    _check_bytes(entry.filename, entry.file_size)
    try:
        if entry.compress_type not in _USUAL_PACKING:  # others may take much memory
            raise zipfile.BadZipFile("unusual packing")
        # zipfile itself gives no more bytes than the size that was just checked.
        with archive.open(entry) as file:
            content = b"".join(iter(lambda: file.read(_PIECE_BYTES), b""))
            return NamedBytes(content, _path_of(entry))
    except _DAMAGED as error:
        raise InputError(
            f"The poster {_shown(entry.filename)} cannot be unpacked; make the ZIP file again."
        ) from error


def _check_bytes(name: str, size: int) -> None:
    if size > MAX_POSTER_BYTES:
        raise InputError(
            f"The poster {_shown(name)} has more than {MAX_POSTER_BYTES // 10**6} MB; "
            "make it smaller."
        )


def _named(film: Film) -> str | None:
    """The picture that a film names, as a relative path with "/"; None for none."""
    given = str(film.poster).strip()
    name = given.replace("\\", "/")
    if not name:
        return None
    if "://" in name or name.lower().startswith("data:"):
        raise InputError(f"The poster {_shown(given)} is an address; name a file.")
    if PureWindowsPath(name).anchor or ".." in name.split("/") or "\0" in name:
        raise InputError(
            f"The poster {_shown(given)} is not a path within the posters; name a file there."
        )
    return str(PurePosixPath(name))


def _missing(name: str) -> InputError:
    return InputError(f"There is no poster {_shown(name)}.")


def _shown(name: str) -> str:
    return repr(name if len(name) <= 100 else f"{name[:100]}…")


def _keys(path: str) -> set[str]:
    """What a poster is found by: its path, that without the first folder, and its name."""
    whole = PurePosixPath(path)
    return {_folded(name) for name in (path, "/".join(whole.parts[1:]), whole.name) if name}


def _folded(name: str) -> str:
    # macOS writes accents as characters of their own.
    return unicodedata.normalize("NFC", name).strip().casefold()


def _is_picture(path: PurePosixPath) -> bool:
    return path.suffix.lower() in _PICTURE_SUFFIXES
