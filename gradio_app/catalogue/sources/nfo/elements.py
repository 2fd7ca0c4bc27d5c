"""The children of the root of an XML text, and where each stands, byte by byte.

This uses expat itself, for two reasons. The file may come from anywhere, and expat lets a reader
refuse a document type before any entity is declared, so no entity of the file's own, no other
file and no address is ever resolved. And expat tells at which byte an element stands, so that
one can be changed without touching the rest.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from gradio_app.errors import InputError
from gradio_app.limits import MAX_ELEMENT_DEPTH

__all__ = ["Element", "Elements", "read_elements"]

_PROLOGUE = re.compile(rb"(?:\s|\xef\xbb\xbf)*+(?:<\?xml\s[^>]*\?>)?")
_START_TAG = re.compile(rb"""<(?:[^"'>]++|"[^"]*"|'[^']*')*+>""")


@dataclass(frozen=True)
class Element:
    """A child of the root.

    Attributes:
        name: of its tag.
        attributes: name -> value.
        text: all that stands within it, also in elements of its own.
        begin: the byte at which its start tag begins.
        end: the byte after its end tag.
    """

    name: str
    attributes: Mapping[str, str]
    text: str
    begin: int
    end: int


@dataclass
class Elements:
    """The root of an XML text and its children, as far as they can be read.

    Attributes:
        root: the name of the root; "" where there is none.
        children: those that are whole.
        inside: the byte after the start tag of the root; None where the root is `<root/>`.
        end: the byte after the root; 0 where the root has no end.
        error: why the text is not XML up to there, as the end of a sentence; "" where it is.
    """

    root: str = ""
    children: list[Element] = field(default_factory=list)
    inside: int | None = None
    end: int = 0
    error: str = ""


def read_elements(source: bytes, root_only: bool = False) -> Elements:
    """Read the root of an XML text and its children. What stands below the root is not read.

    Entities that HTML has and XML has not, such as `&nbsp;`, are read as in HTML.

    Args:
        source: in UTF-8, whatever its declaration says.
        root_only: whether to stop at the start tag of the root, which takes no time.

    >>> elements = read_elements(b"<movie><title>Amour &amp; co</title></movie> imdb.com/...")
    >>> [(child.name, child.text) for child in elements.children], elements.end
    ([('title', 'Amour & co')], 44)
    >>> read_elements(b"<movie><title>Amour</title>").error
    'is not readable XML from line 1 on; mend it'
    """
    reader = _Reader(source, root_only)
    try:
        reader.read()
    except _EnoughError:
        pass
    except InputError as error:
        reader.found.error = str(error)
    except expat.ExpatError as error:
        if not reader.found.end:
            reader.found.error = f"is not readable XML from line {error.lineno} on; mend it"
    return reader.found


class _EnoughError(Exception):
    """Nothing more is to be read."""


class _Reader:
    """Collects elements while expat reads."""

    def __init__(self, source: bytes, root_only: bool):
        self._source = source
        self._root_only = root_only
        self._depth = 0
        self._child: tuple[str, dict[str, str], int] = ("", {}, 0)
        self._text: list[str] = []
        self.found = Elements()
        self._expat = parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.UseForeignDTD(True)  # what is declared nowhere goes to the handler below
        parser.StartDoctypeDeclHandler = _refuse_document_type
        parser.SkippedEntityHandler = self._html_entity
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append

    def read(self) -> None:
        # The declaration is blanked: its encoding no longer holds, blanks may stand before it in
        # such files, and after standalone="yes" entities that are not declared are errors.
        prologue = _PROLOGUE.match(self._source)
        length = prologue.end() if prologue else 0
        blanks = re.sub(rb"[^\r\n]", b" ", self._source[:length])
        self._expat.Parse(blanks + self._source[length:], True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        begin = self._expat.CurrentByteIndex
        if self._depth == 0:
            self.found.root = name
            self.found.inside = self._inside(begin)
            if self._root_only:
                raise _EnoughError
        elif self._depth == 1:
            self._child = name, attributes, begin
            self._text.clear()
        else:
            self._text.append(" ")  # <br/> parts words
        self._depth += 1
        if self._depth > MAX_ELEMENT_DEPTH:
            raise InputError(f"has elements more than {MAX_ELEMENT_DEPTH} deep; make it anew")

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._depth == 0:
            self.found.end = self._end_of(self.found.inside)
        elif self._depth == 1:
            name, attributes, begin = self._child
            end = self._end_of(self._inside(begin))
            self.found.children.append(Element(name, attributes, "".join(self._text), begin, end))

    def _html_entity(self, name: str, _is_parameter: bool) -> None:
        self._text.append(html.unescape(f"&{name};"))

    def _inside(self, begin: int) -> int | None:
        """The byte after the start tag that begins there; None where that is `<name/>`."""
        tag = _START_TAG.match(self._source, begin)
        assert tag  # else expat would have refused it
        return None if tag[0].endswith(b"/>") else tag.end()

    def _end_of(self, inside: int | None) -> int:
        """The byte after the element that ends here."""
        here = self._expat.CurrentByteIndex
        return here if inside is None else self._source.index(b">", here) + 1


def _refuse_document_type(*_: object) -> None:
    raise InputError("declares a document type, which is not read; remove the DOCTYPE")
