"""The posters of a ZIP file, which is never unpacked.

A poster is read when its film is read, and no more of it than a poster may have. So ten thousand
posters cost no disk, and a name in the file leads nowhere.
"""

import io
import os
import stat
import struct
import threading
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from gradio_app.catalogue.sources.posters import (
    Posters,
    check_bytes,
    posters_in_folder,
    shown,
)
from gradio_app.errors import InputError
from gradio_app.films import Film
from gradio_app.limits import MAX_ZIP_BYTES, MAX_ZIP_ENTRIES
from gradio_app.preprocessing import NamedBytes

__all__ = ["Archive", "open_archive", "open_posters", "open_zip"]

#: zipfile reads the list of entries at once, however long a file says it is; that of 20,000
#: entries has some 3 MB. Posters are read in smaller pieces.
_MAX_READ_BYTES = 8_000_000
_PIECE_BYTES = 1_000_000

_USUAL_PACKING = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
#: What zipfile raises on files that are not as they should be.
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, struct.error),
    *(EOFError, OSError, ValueError, RuntimeError, LookupError, OverflowError),
)

_UTF8_FLAG = 0x800
#: How programs of old write names without that flag, the likelier first where several fit.
_ENCODINGS = (
    *("utf-8", "cp437", "cp850", "cp1252", "cp866", "cp1251", "cp932", "cp936", "cp949"),
    *("cp950", "cp852", "cp1250", "cp737", "cp1253", "cp857", "cp1254", "cp862", "cp1255"),
)


@dataclass(frozen=True)
class Archive:
    """The files of a ZIP file.

    Attributes:
        sizes: path, with "/" -> bytes, unpacked.
        read: gives the content of a file, at most that of a poster, or raises InputError.
        warnings: what is odd about the file as a whole, a sentence each.
    """

    sizes: Mapping[str, int]
    read: Callable[[str], NamedBytes]
    warnings: tuple[str, ...]


@contextmanager
def open_posters(path: Path, films: Iterable[Film] = ()) -> Iterator[Posters]:
    """The posters of a folder or of a ZIP file, which stays open meanwhile.

    Args:
        path: of the folder or the ZIP file.
        films: those that will be looked for; their names tell how a ZIP file from an older
            program writes names. Iterated only if that is in doubt.

    Raises:
        InputError: it is neither, or the ZIP file is damaged or too large.
    """
    if os.path.isdir(path):  # unlike Path.is_dir, says False to what is closed
        with posters_in_folder(path) as posters:
            yield posters
        return
    if path.suffix.lower() != ".zip" or not os.path.isfile(path):
        raise InputError(f"There is no folder and no ZIP file of posters {path}.")
    with open_zip(path, films) as posters:
        yield posters


@contextmanager
def open_zip(path: Path, films: Iterable[Film] = ()) -> Iterator[Posters]:
    """The posters of a ZIP file, as `open_posters`."""
    with open_archive(path, films) as archive:
        yield Posters(archive.sizes, archive.read, archive.warnings)


@contextmanager
def open_archive(path: Path, films: Iterable[Film] = ()) -> Iterator[Archive]:
    """The files of a ZIP file, which stays open meanwhile.

    Args:
        path: of the file.
        films: see `open_posters`.

    Raises:
        InputError: it is damaged or too large.
    """
    with _opened(path) as file:
        try:
            archive = zipfile.ZipFile(file)
        except _DAMAGED as error:
            raise InputError(f"{path.name} is not a whole ZIP file; make it again.") from error
        encoding = _encoding(archive.infolist(), films)
        named = [(_path_of(entry, encoding), entry) for entry in archive.infolist()]
        named = [(name, entry) for name, entry in named if _is_file(entry, name)]
        _check_size(path.name, [entry for _, entry in named])
        entries = dict(named)
        warnings = [] if encoding else [_in_doubt(path.name)]
        if len(entries) < len(named):
            twice = Counter(name for name, _ in named).most_common(1)[0][0]
            warnings.append(
                f"{path.name} holds several files of one name, such as {shown(twice)}; the last "
                "one is read."
            )
        sizes = {name: entry.file_size for name, entry in entries.items()}
        yield Archive(sizes, _reader(archive, entries), tuple(warnings))


class _Bounded(io.BufferedReader):
    """A file of which nobody reads too much at once."""

    def read(self, size: int | None = -1) -> bytes:
        most = _MAX_READ_BYTES + 1
        data = super().read(most if size is None or size < 0 else min(size, most))
        if len(data) == most:
            raise zipfile.BadZipFile("The list of entries is too long.")
        return data


def _opened(path: Path) -> _Bounded:
    try:
        return _Bounded(io.FileIO(path))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).") from error


def _encoding(entries: Sequence[zipfile.ZipInfo], films: Iterable[Film]) -> str | None:
    """Return how the names are written that do not say so themselves; None if nothing tells.

    It is the encoding by which most of the films' names are among them.
    """
    names = [_raw_name(entry) for entry in entries if not entry.flag_bits & _UTF8_FLAG]
    names = [name for name in names if not name.isascii()]
    if not names:
        return "utf-8"
    wanted = _names_of(films)
    decoded = {encoding: _decoded(names, encoding) for encoding in _ENCODINGS}
    hits = {encoding: len(wanted & found) for encoding, found in decoded.items() if found}
    best = max(hits, key=lambda encoding: hits[encoding], default=None)
    if best is not None and hits[best]:
        return best
    return "utf-8" if decoded["utf-8"] else None


def _raw_name(entry: zipfile.ZipInfo) -> bytes:
    # Without the flag, zipfile decodes a name as cp437, which has a character for every byte.
    return entry.orig_filename.encode("cp437", "replace")


def _names_of(films: Iterable[Film]) -> set[str]:
    """Return what the posters of films may be called, as far as it is not ASCII."""
    names: set[str] = set()
    for film in films:
        ids = (film.id, *film.other_ids)
        given = (PurePosixPath(str(film.poster).replace("\\", "/")).stem, *ids)
        names.update(name.casefold() for name in given if not name.isascii())
    return names


def _decoded(names: Iterable[bytes], encoding: str) -> set[str]:
    """Return the names without folder and suffix, folded; none where one does not decode."""
    try:
        return {PurePosixPath(name.decode(encoding)).stem.casefold() for name in names}
    except UnicodeDecodeError:
        return set()


def _in_doubt(name: str) -> str:
    return (
        f"{name} has names that are not UTF-8, and no film tells how they are written; pack it "
        "again with UTF-8 names if posters are missing."
    )


def _path_of(entry: zipfile.ZipInfo, encoding: str | None) -> str:
    name = entry.filename
    if encoding and not entry.flag_bits & _UTF8_FLAG:
        name = _raw_name(entry).partition(b"\0")[0].decode(encoding, "replace")
    return str(PurePosixPath(name.replace("\\", "/")))


def _is_file(entry: zipfile.ZipInfo, name: str) -> bool:
    """Return whether it is a file, and not one that an operating system added."""
    path = PurePosixPath(name)
    link = stat.S_ISLNK(entry.external_attr >> 16)
    hidden = path.name.startswith(".") or path.name == "Thumbs.db" or "__MACOSX" in path.parts
    # Not entry.is_dir(): zipfile fails at a name that is empty, or begins with NUL.
    return bool(path.name) and not (entry.filename.endswith("/") or link or hidden)


def _check_size(name: str, entries: Collection[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_ZIP_ENTRIES:
        raise InputError(
            f"{name} holds {len(entries):,} files, more than the {MAX_ZIP_ENTRIES:,} that are "
            "accepted; make several."
        )
    if sum(entry.file_size for entry in entries) > MAX_ZIP_BYTES:
        raise InputError(f"{name} unpacks to more than {MAX_ZIP_BYTES // 10**9} GB; make several.")


def _reader(
    archive: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo]
) -> Callable[[str], NamedBytes]:
    opening = threading.Lock()

    def read(name: str) -> NamedBytes:
        return _read(archive, name, entries[name], opening)

    return read


def _read(
    archive: zipfile.ZipFile, name: str, entry: zipfile.ZipInfo, opening: threading.Lock
) -> NamedBytes:
    if entry.flag_bits & 1:
        raise InputError(
            f"The poster {shown(name)} is encrypted; make the ZIP file without password."
        )
    check_bytes(name, entry.file_size)
    try:
        if entry.compress_type not in _USUAL_PACKING:  # others may take much memory
            raise zipfile.BadZipFile("unusual packing")
        # zipfile itself gives no more bytes than the size that was just checked.
        with opening:  # reading itself may be done by several threads
            opened = archive.open(entry)
        with opened as file:
            content = b"".join(iter(lambda: file.read(_PIECE_BYTES), b""))
            return NamedBytes(content, name)
    except _DAMAGED as error:
        raise InputError(
            f"The poster {shown(name)} cannot be unpacked; make the ZIP file again."
        ) from error
