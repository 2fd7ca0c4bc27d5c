"""Writes genres into the NFO files of films, and nothing else.

The new file differs from the old one in `<genre>` elements alone: byte-order mark, encoding, line
ends, comments, indentation, what stands below the XML, all stay as they are. The file before the
first change stays beside it as `movie.nfo.bak`; a `.bak` that is there already is kept, so that
it always holds what the file was before any of this.
"""

import contextlib
import difflib
import os
import re
import stat
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from xml.sax.saxutils import escape

from gradio_app.catalogue.sources.nfo.elements import Element
from gradio_app.catalogue.sources.nfo.reader import Nfo, parse_nfo, printable, read_bytes, to_utf8
from gradio_app.errors import InputError

__all__ = ["GenreChange", "Outcome", "add_genres", "write_genres"]

#: Kodi writes the genres below these.
_ABOVE_GENRES = {
    *("title", "originaltitle", "sorttitle", "year", "ratings", "rating"),
    *("outline", "plot", "tagline", "runtime", "id", "uniqueid"),
}
#: The rest of the line that an element ends on, if no other element stands there.
_REST_OF_LINE = re.compile(rb"[^<\r\n]*+(?:<!--(?:(?!-->)[^\r\n])*+-->[^<\r\n]*+)*+(\r\n|\r|\n)")
_BLANK_REST = re.compile(rb"[ \t]*+(?:\r\n|\r|\n)")
_BLANKS = re.compile(rb"[ \t]*")
#: What XML cannot hold, and line breaks.
_NOT_IN_A_GENRE = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class Outcome(StrEnum):
    """What became of one film."""

    WRITTEN = "written"
    PLANNED = "would be written"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True)
class GenreChange:
    """What writing genres did, or would do, to one film.

    Attributes:
        outcome: what became of it.
        reason: why nothing was written, in one sentence; "" where it was, or would be.
        diff: the changed lines, as `diff -u` shows them.
    """

    outcome: Outcome
    reason: str = ""
    diff: tuple[str, ...] = ()


def write_genres(
    nfo: Path | None, genres: Sequence[str], *, replace: bool = False, apply: bool = False
) -> GenreChange:
    r"""Write genres into the NFO file of a film that lists none.

    The file is replaced at once, with its mode and, where possible, its owner; a link stays a
    link. It is read again here, so what others changed in it since the film was read is kept.

    Args:
        nfo: the file, or None where the film has none; none is made.
        genres: to be listed, in this order. Without any, nothing changes.
        replace: whether genres that are listed already are replaced.
        apply: whether to write; else this is a dry run.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     nfo = Path(folder, "movie.nfo")
    ...     _ = nfo.write_text("<movie>\n  <title>Alien</title>\n</movie>\n")
    ...     print(*write_genres(nfo, ["Horror"]).diff[2:], sep="\n")
    ...     print(write_genres(nfo, ["Horror"], apply=True).outcome)
    ...     print(write_genres(nfo, ["Horror"], apply=True).reason)
    @@ -1,3 +1,4 @@
     <movie>
       <title>Alien</title>
    +  <genre>Horror</genre>
     </movie>
    written
    movie.nfo lists genres already.
    """
    if nfo is None:
        return GenreChange(Outcome.UNCHANGED, "The film has no NFO file.")
    name = printable(nfo.name)
    file = Path(os.path.realpath(nfo))
    try:
        before = read_bytes(file)
        after = add_genres(before, genres, name, replace=replace)
        if after == before:
            return GenreChange(Outcome.UNCHANGED, _why_unchanged(name, genres, replace))
        if apply:
            _replace(file, before, after)
    except InputError as error:
        return GenreChange(Outcome.REFUSED, str(error))
    except OSError as error:
        return GenreChange(Outcome.REFUSED, f"{name} cannot be written ({error.strerror}).")
    outcome = Outcome.WRITTEN if apply else Outcome.PLANNED
    return GenreChange(outcome, diff=tuple(_diff(before, after, printable(str(nfo)))))


def add_genres(
    content: bytes, genres: Sequence[str], name: str = "NFO", *, replace: bool = False
) -> bytes:
    """Return the content of an NFO file with genres; see `write_genres`.

    Raises:
        InputError: the content is not that of a film's NFO, or cannot hold the genres.

    >>> add_genres(b"<movie><title>Alien</title><set/></movie>", ["Horror"])
    b'<movie><title>Alien</title><genre>Horror</genre><set/></movie>'
    """
    nfo = parse_nfo(content, name)
    _check(nfo, content)
    wanted = _clean(genres)
    if not wanted or list(nfo.genres) == wanted or (nfo.genres and not replace):
        return content
    source = _edited(nfo.source, sorted(_edits(nfo, wanted)))
    try:
        return nfo.mark + source.decode("utf-8").encode(nfo.encoding)
    except UnicodeEncodeError as error:
        unknown = error.object[error.start : error.end]
        raise InputError(
            f"{name} cannot hold {unknown!r} in its encoding {nfo.encoding}; save it as UTF-8."
        ) from error


def _check(nfo: Nfo, content: bytes) -> None:
    if nfo.error:
        raise InputError(nfo.error)
    if nfo.xml.root != "movie" or nfo.xml.inside is None:
        raise InputError(f"{nfo.name} has no <movie> … </movie>; write one.")
    if nfo.mark + nfo.source.decode("utf-8").encode(nfo.encoding, "replace") != content:
        raise InputError(f"{nfo.name} is not plain {nfo.encoding} text; save it as UTF-8.")


def _clean(genres: Sequence[str]) -> list[str]:
    """Each genre once, without blanks around it.

    Raises:
        InputError: one cannot stand in an NFO file.
    """
    for genre in genres:
        if _NOT_IN_A_GENRE.search(genre):
            raise InputError(f"The genre {genre!r} holds characters that XML cannot; rename it.")
    return list(dict.fromkeys(filter(None, map(str.strip, genres))))


def _why_unchanged(name: str, genres: Sequence[str], replace: bool) -> str:
    if not _clean(genres):
        return "There is no genre to write."
    return f"{name} lists {'these genres' if replace else 'genres'} already."


Edit = tuple[int, int, bytes]  # begin and end of what is replaced, and what by


def _edited(source: bytes, edits: Iterable[Edit]) -> bytes:
    """The source after edits that are in order and do not overlap."""
    pieces, done = [], 0
    for begin, end, text in edits:
        pieces += [source[done:begin], text]
        done = end
    return b"".join([*pieces, source[done:]])


def _edits(nfo: Nfo, genres: Sequence[str]) -> Iterator[Edit]:
    """What to change so that the genres are listed, and no others."""
    listed = [child for child in nfo.xml.children if child.name == "genre"]
    for old, genre in zip(listed, genres, strict=False):
        if old.text.strip() != genre:
            yield old.begin, old.end, _genre(genre)
    for old in listed[len(genres) :]:
        yield *_whole_line(nfo.source, old), b""
    if len(genres) > len(listed):
        more = list(map(_genre, genres[len(listed) :]))
        yield _insertion(nfo, listed[-1] if listed else _anchor(nfo), more)


def _genre(genre: str) -> bytes:
    return f"<genre>{escape(genre)}</genre>".encode()


def _anchor(nfo: Nfo) -> Element | None:
    """The element below which genres are put; None where there is no element."""
    above = [child for child in nfo.xml.children if child.name in _ABOVE_GENRES]
    return next(reversed(above or nfo.xml.children), None)


def _insertion(nfo: Nfo, anchor: Element | None, genres: Sequence[bytes]) -> Edit:
    """Put genres below an element, on lines of their own if it has one."""
    source, inside = nfo.source, nfo.xml.inside or 0
    place = anchor.end if anchor else inside
    rest = _REST_OF_LINE.match(source, place)
    if rest is None:
        return place, place, b"".join(genres)
    indent = _indent(source, anchor.begin) if anchor else _indent(source, inside) + b"  "
    return rest.end(), rest.end(), b"".join(indent + genre + rest[1] for genre in genres)


def _indent(source: bytes, place: int) -> bytes:
    """The blanks that the line of a place begins with."""
    blanks = _BLANKS.match(source, _line_begin(source, place))
    return blanks[0] if blanks else b""


def _line_begin(source: bytes, place: int) -> int:
    return max(source.rfind(b"\n", 0, place), source.rfind(b"\r", 0, place)) + 1


def _whole_line(source: bytes, element: Element) -> tuple[int, int]:
    """The range of an element, or of its line where it is alone there."""
    begin = _line_begin(source, element.begin)
    rest = _BLANK_REST.match(source, element.end)
    if rest and not source[begin : element.begin].strip():
        return begin, rest.end()
    return element.begin, element.end


def _diff(before: bytes, after: bytes, path: str) -> Iterator[str]:
    old, new = (to_utf8(content).decode("utf-8") for content in (before, after))
    return difflib.unified_diff(old.splitlines(), new.splitlines(), path, path, lineterm="")


def _replace(file: Path, before: bytes, after: bytes) -> None:
    """Put `after` in the place of a file that holds `before`, which stays beside it.

    Raises:
        InputError: the file is write-protected, or does not hold `before` any more.
        OSError: the folder or the disk does not allow it.
    """
    status = file.stat()
    if not status.st_mode & stat.S_IWUSR:
        raise InputError(f"{printable(file.name)} is write-protected.")
    backup = file.with_name(f"{file.name}.bak")
    with _beside(file, before, status) as copy, _beside(file, after, status) as new:
        if read_bytes(file) != before:
            raise InputError(f"{printable(file.name)} was changed meanwhile; start again.")
        if not os.path.lexists(backup):
            copy.replace(backup)
        new.replace(file)


@contextlib.contextmanager
def _beside(file: Path, content: bytes, status: os.stat_result) -> Iterator[Path]:
    """A new file in the same folder, with the given mode and owner; deleted if it stays there."""
    # The name is short and hidden: no media server reads it, and no long name gets too long.
    handle, name = tempfile.mkstemp(prefix=".nfo-", suffix=".part", dir=file.parent)
    try:
        with open(handle, "wb") as written:
            written.write(content)
            written.flush()
            os.fsync(handle)
        with contextlib.suppress(OSError, AttributeError):  # another's file; Windows has no owners
            os.chown(name, status.st_uid, status.st_gid)
        os.chmod(name, stat.S_IMODE(status.st_mode))
        yield Path(name)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(name)
