"""The posters of a catalogue, in a folder, in a ZIP file or uploaded: found by one rule.

A film's poster is the file that it names, else the one that is called like one of its ids, in
whatever folder, without regard to case and to how accents are written.
"""

import os
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath

from gradio_app.errors import InputError
from gradio_app.films import Film
from gradio_app.limits import MAX_POSTER_BYTES
from gradio_app.preprocessing import Poster

__all__ = [
    "PICTURE_SUFFIXES",
    "Posters",
    "check_bytes",
    "is_picture",
    "posters_in_folder",
    "shown",
    "uploaded_posters",
]

#: How a picture's file may end, in the order in which a film's poster is looked for.
PICTURE_SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".avif"),
    *(".gif", ".bmp", ".tif", ".tiff"),
)

_WHOLE_NUMBER = re.compile(r"(\d+)\.0+")


class Posters:
    """Pictures known by their paths within a folder or a ZIP file, or by the names of uploads.

    Several threads may look for posters at once.

    Attributes:
        warnings: what is odd about the source as a whole, a sentence each.
    """

    def __init__(
        self, paths: Iterable[str], read: Callable[[str], Poster], warnings: Iterable[str] = ()
    ):
        """Know files by their paths, with "/".

        Args:
            paths: of all files; those that are no pictures are known, too.
            read: gives the poster of one of the paths, or raises InputError.
            warnings: of whoever listed the paths.
        """
        self._read = read
        self._paths = list(paths)
        self._known: dict[str, list[str]] = defaultdict(list)
        self._no_pictures: dict[str, str] = {}
        self._used: set[str] = set()
        for path in self._paths:
            for key in _keys(path):
                self._known[key].append(path)
            if not is_picture(path):
                self._no_pictures.setdefault(_folded(PurePosixPath(path).stem), path)
        self.warnings = tuple(warnings)

    def find(self, film: Film) -> Poster | None:
        """Return the poster of a film; None where there is none called like it.

        Raises:
            InputError: the named file is not there, a name leads elsewhere, several files have the
                name, or the file is no picture.
        """
        path = self.locate(film)
        return None if path is None else self._read(path)

    def locate(self, film: Film) -> str | None:
        """Return the path of a film's poster, and count it as used; None where there is none.

        Raises:
            InputError: as `find`.
        """
        path = self._named(film) or self._called_like(film)
        if path is not None:
            self._used.add(path)
        return path

    def films(self) -> list[Film]:
        """Return one film a picture, which it names.

        Its id is the name of the file without suffix; where several have that, their path.
        """
        pictures = [PurePosixPath(path) for path in self._paths if is_picture(path)]
        names = Counter(path.stem for path in pictures)
        paths = Counter(path.with_suffix("") for path in pictures)

        def film_id(path: PurePosixPath) -> str:
            if names[path.stem] == 1:
                return path.stem
            whole = path.with_suffix("")
            return str(whole if paths[whole] == 1 else path)

        return [Film(film_id(path), poster=str(path)) for path in pictures]

    def unused(self) -> list[str]:
        """Return the paths of the pictures that no film has had so far."""
        return [path for path in self._paths if is_picture(path) and path not in self._used]

    def no_pictures(self) -> list[str]:
        """Return the paths of the files that do not end like a picture."""
        return [path for path in self._paths if not is_picture(path)]

    def _named(self, film: Film) -> str | None:
        name = _path_within(str(film.poster))
        if name is None:
            return None
        path = self._path(name)
        if path is None:
            raise InputError(f"There is no poster {shown(name)}.")
        return path

    def _called_like(self, film: Film) -> str | None:
        _check_id(film.id)
        ids = [each for known in (film.id, *film.other_ids) for each in _spellings(known)]
        for film_id in ids:
            for suffix in PICTURE_SUFFIXES:
                path = self._path(film_id + suffix)
                if path is not None:
                    return path
        for film_id in ids:
            other = self._no_pictures.get(_folded(film_id))
            if other is not None:
                raise InputError(
                    f"The poster {shown(other)} is none that can be read; make it one of: "
                    f"{', '.join(PICTURE_SUFFIXES)}."
                )
        return None

    def _path(self, name: str) -> str | None:
        paths = self._known.get(_folded(name), [])
        if name in paths:
            return name
        if len(paths) > 1:
            raise InputError(
                f"There are {len(paths)} posters called {shown(name)}; name one of them with its "
                "folder in a column poster."
            )
        return paths[0] if paths else None


@contextmanager
def posters_in_folder(folder: Path) -> Iterator[Posters]:
    """The posters in a folder of this machine and in the folders below it."""
    failed: list[str] = []

    def note(error: OSError) -> None:
        failed.append(f"The folder {error.filename} cannot be read ({error.strerror}).")

    paths = list(_files_below(folder, note))
    yield Posters(paths, lambda path: folder / path, failed)


def _files_below(folder: Path, note: Callable[[OSError], None]) -> Iterator[str]:
    seen: set[tuple[int, int]] = set()
    for place, folders, files in os.walk(folder, onerror=note, followlinks=True):
        status = os.stat(place)
        if (status.st_dev, status.st_ino) in seen:  # a link that leads back
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        relative = Path(place).relative_to(folder)
        for name in sorted(files):
            if not name.startswith(".") and name != "Thumbs.db":
                yield (relative / name).as_posix()


def uploaded_posters(files: Iterable[tuple[str, Path]]) -> Posters:
    """Uploaded files under their own names; the second "a.jpg" is called "a (2).jpg"."""
    named: dict[str, Path] = {}
    for name, file in files:
        path, number = PurePosixPath(name.replace("\\", "/")), 1
        while str(path) in named:
            number += 1
            path = path.with_stem(f"{PurePosixPath(name).stem} ({number})")
        named[str(path)] = file

    def read(name: str) -> Path:
        check_bytes(name, named[name].stat().st_size)
        return named[name]

    return Posters(named, read)


def check_bytes(name: str, size: int) -> None:
    """Raise InputError where a picture file is larger than `MAX_POSTER_BYTES`."""
    if size > MAX_POSTER_BYTES:
        raise InputError(
            f"The poster {shown(name)} has more than {MAX_POSTER_BYTES // 10**6} MB; "
            "make it smaller."
        )


def is_picture(path: str | PurePosixPath) -> bool:
    """Return whether a file ends like a picture.

    >>> is_picture("a/B.JPG"), is_picture("a.heic")
    (True, False)
    """
    return PurePosixPath(path).suffix.lower() in PICTURE_SUFFIXES


def shown(name: str) -> str:
    """Return a name as a message shows it: quoted, not too long."""
    return repr(name if len(name) <= 100 else f"{name[:100]}…")


def _path_within(poster: str) -> str | None:
    """Return the picture that a film names, as a relative path with "/"; None for none."""
    given = poster.strip()
    name = given.replace("\\", "/")
    if not name:
        return None
    if "://" in name or name.lower().startswith("data:"):
        raise InputError(f"The poster {shown(given)} is an address; name a file.")
    if PureWindowsPath(name).anchor or ".." in name.split("/") or "\0" in name:
        raise InputError(
            f"The poster {shown(given)} is not a path within the posters; name a file there."
        )
    return str(PurePosixPath(name))


def _check_id(film_id: str) -> None:
    plain = film_id and Path(film_id).name == film_id and "\\" not in film_id
    if not plain or "\0" in film_id:
        raise InputError(f"The id {film_id!r} is not a plain file name.")


def _spellings(film_id: str) -> tuple[str, ...]:
    """An id, and the whole number that a table with missing ids makes "603.0" of."""
    number = _WHOLE_NUMBER.fullmatch(film_id)
    return (film_id, number[1]) if number else (film_id,)


def _keys(path: str) -> set[str]:
    """What a poster is found by: its path, that without the first folder, and its name."""
    whole = PurePosixPath(path)
    return {_folded(name) for name in (path, "/".join(whole.parts[1:]), whole.name) if name}


def _folded(name: str) -> str:
    # macOS writes accents as characters of their own.
    return unicodedata.normalize("NFC", name).strip().casefold()
