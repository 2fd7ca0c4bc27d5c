"""The NFO file of a film: a small XML file in which media servers keep what they know of it."""

import codecs
import html
import re
import stat
from dataclasses import dataclass, field, replace
from pathlib import Path

from gradio_app.catalogue.sources.nfo.elements import Element, Elements, read_elements
from gradio_app.errors import InputError
from gradio_app.films import split_genres
from gradio_app.limits import MAX_NFO_BYTES

__all__ = [
    "Nfo",
    "encodable",
    "parse_nfo",
    "printable",
    "read_bytes",
    "read_nfo",
    "to_utf8",
]

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"", "utf-8"),
)
_DECLARED_ENCODING = re.compile(rb"""\s*+<\?xml\s[^>]*?encoding\s*=\s*["']([\w.:-]+)["']""")
#: Character sets alone: Python has codecs that decode slowly, or not to text.
_CHARACTER_SETS = re.compile(
    r"utf-8|ascii|iso8859-\d+|cp\d+|koi8-\w|mac-\w+|gb\w+|big5\w*|shift_jis\w*|euc_\w+|tis-620"
)

_XML = re.compile(rb"(?:\s|\xef\xbb\xbf)*+<")
_FILM = re.compile(rb"<movie[\s/>]")
_YEAR = re.compile(r"[12][0-9]{3}")
_IMDB_ID = re.compile(r"tt(?!0+\b)[0-9]{1,12}")
_TMDB_ID = re.compile(r"[1-9][0-9]{0,11}")
_IMDB_ADDRESS = re.compile(r"imdb\.com/(?:[a-z]{2}/)?title/(tt[0-9]+)")
_TMDB_ADDRESS = re.compile(r"themoviedb\.org/movie/([0-9]+)")


@dataclass(frozen=True)
class Nfo:
    """What an NFO file holds, as far as it can be read.

    Attributes:
        name: of the file, for messages.
        source: its text in UTF-8, without byte-order mark.
        mark: the byte-order mark in front of it, or b"".
        encoding: of the file.
        xml: the root and its children.
        error: why it could not be read to its end, in one sentence; "" where it could.
    """

    name: str
    source: bytes = field(default=b"", repr=False)
    mark: bytes = b""
    encoding: str = "utf-8"
    xml: Elements = field(default_factory=Elements)
    error: str = ""

    @property
    def is_text(self) -> bool:
        """Whether it holds no XML: an address, or the notes of somebody."""
        return bool(self.source) and not _XML.match(self.source)

    @property
    def title(self) -> str:
        """The title, else the original title, else "", on one line."""
        return " ".join((self._text("title") or self._text("originaltitle")).split())

    @property
    def year(self) -> str:
        """The year of the film, four digits, or ""."""
        dates = map(self._text, ("year", "premiered", "releasedate"))
        return next((year[0] for date in dates if (year := _YEAR.match(date))), "")

    @property
    def overview(self) -> str:
        """The plot, else the outline, without the HTML entities that some scrapers leave."""
        return html.unescape(self._text("plot") or self._text("outline"))

    @property
    def genres(self) -> tuple[str, ...]:
        """The genres it lists, each once; Kodi's "Action / Drama" are two."""
        listed = map(split_genres, self._texts("genre"))
        return tuple(dict.fromkeys(genre for genres in listed for genre in genres))

    @property
    def film_id(self) -> str:
        """The id at IMDb, else "tmdb-" and the id at TMDB, else "".

        >>> parse_nfo(b'<movie><uniqueid type="tmdb">603</uniqueid></movie>').film_id
        'tmdb-603'
        """
        attributes = [element.attributes for element in self._elements("id")]
        imdb = [
            *self._unique_ids("imdb", "unknown", ""),
            *self._texts("id", "imdbid"),
            *(each.get("IMDB", "") for each in attributes),
            *_IMDB_ADDRESS.findall(self._below()),
        ]
        tmdb = [
            *self._unique_ids("tmdb"),
            *self._texts("tmdbid", "id"),
            *(each.get("TMDB", "") for each in attributes),
            *_TMDB_ADDRESS.findall(self._below()),
        ]
        tmdb_id = next(filter(_TMDB_ID.fullmatch, tmdb), "")
        return next(filter(_IMDB_ID.fullmatch, imdb), tmdb_id and f"tmdb-{tmdb_id}")

    def _elements(self, *names: str) -> list[Element]:
        return [child for name in names for child in self.xml.children if child.name == name]

    def _texts(self, *names: str) -> list[str]:
        """The texts of the elements so called that are not blank."""
        texts = (element.text.strip() for element in self._elements(*names))
        return list(filter(None, texts))

    def _text(self, name: str) -> str:
        return next(iter(self._texts(name)), "")

    def _unique_ids(self, *kinds: str) -> list[str]:
        """The ids of these kinds, the default one first."""
        ids = [
            (element.attributes.get("default") != "true", element.text.strip())
            for element in self._elements("uniqueid")
            if element.attributes.get("type", "").lower() in kinds
        ]
        return [value for _, value in sorted(ids, key=lambda each: each[0])]

    def _below(self) -> str:
        """The text below the XML, or instead of it: Kodi takes an address there."""
        if self.is_text or self.xml.end:
            return self.source[self.xml.end :].decode("utf-8")
        return ""


def read_nfo(path: Path, root_only: bool = False) -> Nfo:
    """Read an NFO file; why it cannot be read, whatever that may be, is its `error`.

    Args:
        path: of the file.
        root_only: whether to read no further than the name of the root.
    """
    name = printable(path.name)
    try:
        return parse_nfo(read_bytes(path), name, root_only)
    except InputError as error:
        return Nfo(name, error=str(error))


def read_bytes(path: Path) -> bytes:
    """Read a file that is no larger than an NFO may be.

    Raises:
        InputError: it is larger, is not a file, or cannot be read.
    """
    name = printable(path.name)
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # to read a pipe would be to wait for ever
            raise InputError(f"{name} is not a file; remove it.")
        with path.open("rb") as file:
            content = file.read(MAX_NFO_BYTES + 1)
    except OSError as error:
        raise InputError(f"{name} cannot be read ({error.strerror}).") from error
    if len(content) > MAX_NFO_BYTES:
        raise InputError(f"{name} has more than {MAX_NFO_BYTES // 10**6} MB; make it smaller.")
    return content


def parse_nfo(content: bytes, name: str = "NFO", root_only: bool = False) -> Nfo:
    r"""Read the content of an NFO file, whatever it is.

    The encoding is that of the byte-order mark, else the declared one, else UTF-8. An address
    below the XML is no error. Of XML that breaks off, what stands before is read.

    Args:
        content: of the file.
        name: of the file, for messages.
        root_only: whether to read no further than the name of the root.

    >>> nfo = parse_nfo(b"<movie><title>Alien</title><genre>Horror / Sci-Fi</genre></movie>")
    >>> nfo.title, nfo.genres
    ('Alien', ('Horror', 'Sci-Fi'))
    >>> parse_nfo(b"<movie>\n<title>Tom & Jerry</title>", "Tom.nfo").error
    'Tom.nfo is not readable XML from line 2 on; mend it.'
    """
    mark, encoding = _encoding(content)
    try:
        source = to_utf8(content)
    except UnicodeError:
        return Nfo(name, error=f"{name} is not {encoding} text; save it as UTF-8.")
    nfo = Nfo(name, source, mark, encoding)
    if nfo.is_text or not source:
        return replace(nfo, error=f"{name} holds no text about the film; fill it.")
    xml = read_elements(source, root_only)
    error = f"{name} {xml.error}." if xml.error else ""
    if _FILM.search(source, xml.end or len(source)):
        error = f"{name} holds more than one film; make a file for each."
    return replace(nfo, xml=xml, error=error)


def to_utf8(content: bytes) -> bytes:
    """Return the text of an NFO file in UTF-8, without byte-order mark.

    Raises:
        UnicodeError: it is not in its encoding.
    """
    mark, encoding = _encoding(content)
    body = content[len(mark) :]
    # Drawings of letters in whatever encoding may stand around an address.
    errors = "replace" if encoding == "utf-8" and not _XML.match(body) else "strict"
    return body.decode(encoding, errors).encode("utf-8")


def encodable(name: str) -> str:
    r"""Return a file name as text that can be encoded, whatever bytes it has.

    >>> encodable("caf\udce9")
    'caf\\xe9'
    """
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def printable(name: str) -> str:
    """Return a file name as one line of such text, for messages."""
    return " ".join(encodable(name).split())


def _encoding(content: bytes) -> tuple[bytes, str]:
    """The byte-order mark, and the encoding of what follows it."""
    if content.startswith(b"<\0"):
        return b"", "utf-16-le"
    if content.startswith(b"\0<"):
        return b"", "utf-16-be"
    mark, encoding = next(each for each in _BYTE_ORDER_MARKS if content.startswith(each[0]))
    declared = _DECLARED_ENCODING.match(content[:1000])
    return mark, _character_set(declared[1].decode("ascii")) if declared else encoding


def _character_set(declared: str) -> str:
    """Python's name of a declared encoding; UTF-8 where that cannot be what the file is in."""
    try:
        name = codecs.lookup(declared).name
    except LookupError:
        return "utf-8"
    return name if _CHARACTER_SETS.fullmatch(name) else "utf-8"
