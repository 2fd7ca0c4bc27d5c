"""ZIP files of posters, and NFO files of films, that are damaged, hostile or enormous."""

import io
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from PIL import Image

from scripts.reliability.corpus.case import Answer, Case, Refusal

__all__ = ["nfo_cases", "zip_cases"]

_FILM = "<movie><title>A</title><plot>A ghost haunts a house.</plot></movie>"


def zip_cases() -> list[Case]:
    """Return ZIP files, of which each picture is a film.

    Of those that are read, each film has a poster or an error; `Answer.note` is found in what is
    remarked on the file or in the film's error.
    """
    picture = _picture()
    good = _zip({"a.jpg": picture})
    return [
        Case("a poster.zip", _bytes(good), Answer()),
        *_names(picture),
        *_entries(picture),
        _refused("nothing.zip", b"", "is not a whole ZIP file"),
        _refused("text.zip", b"id,overview\n1,A\n", "is not a whole ZIP file"),
        _refused("it breaks off.zip", good[:-30], "is not a whole ZIP file"),
        _refused(
            "100,000 entries.zip", _zip(_many(100_000)), "100,000 files, more than the 20,000"
        ),
        _refused("65,535 entries that are not there.zip", _end(65_535, 100), "not a whole ZIP"),
        _refused("a list of 4 GB.zip", _end(1, 2**32 - 2), "not a whole ZIP"),
        _refused("30 GB.zip", _large(), "unpacks to more than 20 GB"),
        Case("none.zip", _bytes(_zip({})), Answer()),
        Case("bytes before it.zip", _bytes(b"#!/bin/sh\n" * 99 + good), Answer()),
        Case("a picture before it.zip", _bytes(picture + good), Answer()),
    ]


def _names(picture: bytes) -> list[Case]:
    leads_out = ("../../a.jpg", "/etc/a.jpg", "C:\\a.jpg", "x/../../a.jpg")
    odd = (
        "a\0.jpg",
        " .jpg",
        "..jpg",
        "a\nb.jpg",
        "x" * 60_000 + ".jpg",
        "\u202egpj.jpg",
        "CON.jpg",
    )
    return [
        *(
            Case(
                f"the name {number} that leads out.zip",
                _zipped({name: picture}),
                Answer(note="name"),
            )
            for number, name in enumerate(leads_out)
        ),
        *(
            Case(f"the odd name {number}.zip", _zipped({name: picture}), Answer())
            for number, name in enumerate(odd)
        ),
        Case(
            "no name.zip", _bytes(_zip({"a.jpg": picture}).replace(b"a.jpg", b"\0.jpg")), Answer()
        ),
        Case("two of one name.zip", _zipped_pairs([("a.jpg", picture)] * 2), Answer(note="of one")),
        Case("names alike.zip", _zipped({"a.jpg": picture, "A.JPG": picture}), Answer()),
        Case("a folder like a picture.zip", _zipped({"a.jpg/": b"", "b.jpg": picture}), Answer()),
    ]


def _entries(picture: bytes) -> list[Case]:
    zip64 = io.BytesIO()
    with (
        zipfile.ZipFile(zip64, "w") as archive,
        archive.open("a.jpg", "w", force_zip64=True) as out,
    ):
        out.write(picture)
    link = zipfile.ZipInfo("a.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    linked = io.BytesIO()
    with zipfile.ZipFile(linked, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    nested = _zip({"b.zip": _zip({"a.jpg": picture}), "a.jpg": picture})
    bomb = _zip({"a.jpg": bytes(100_000_000)}, zipfile.ZIP_DEFLATED)
    listed = _zip({"a.jpg": picture})
    return [
        Case("zip64.zip", _bytes(zip64.getvalue()), Answer()),
        Case("a link.zip", _bytes(linked.getvalue()), Answer()),
        Case("a ZIP file in it.zip", _bytes(nested), Answer(note="no pictures: 1")),
        Case("encrypted.zip", _bytes(_in_list(listed, {8: b"\1\0"})), Answer(note="encrypted")),
        Case("LZMA.zip", _zipped({"a.jpg": picture}, zipfile.ZIP_LZMA), Answer(note="unpacked")),
        Case("100 MB of zeros.zip", _bytes(bomb), Answer(note="more than 30 MB")),
        Case(
            "100 MB that say 100 bytes.zip",
            _bytes(_in_list(bomb, {24: struct.pack("<L", 100)})),
            Answer(note="cannot be unpacked|not a readable picture"),
        ),
        Case(
            "another checksum.zip",
            _bytes(_in_list(listed, {16: bytes(4)})),
            Answer(note="cannot be unpacked"),
        ),
        Case(
            "another place.zip",
            _bytes(_in_list(listed, {42: b"\x10\0\0\0"})),
            Answer(note="cannot be unpacked"),
        ),
        Case(
            "an unknown packing.zip",
            _bytes(_in_list(listed, {10: b"\x63\0"})),
            Answer(note="cannot be unpacked"),
        ),
    ]


def nfo_cases() -> list[Case]:
    """Return NFO files; of those that are refused, the film has the error, and others go on."""
    names = ["l" * number for number in range(1, 10)]
    laughs = "".join(f'<!ENTITY {name}l "{f"&{name};" * 10}">' for name in names[:-1])
    external = '<!DOCTYPE movie [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    fetched = '<!DOCTYPE movie SYSTEM "http://127.0.0.1/x.dtd">'
    parameter = '<!DOCTYPE movie [<!ENTITY % x SYSTEM "http://127.0.0.1/x"> %x;]>'
    documents = "document type|not readable XML"
    texts: dict[str, tuple[str | bytes, str]] = {
        "a billion laughs": (
            f'<!DOCTYPE movie [<!ENTITY l "ha">{laughs}]><movie><plot>&{names[-1]};</plot></movie>',
            documents,
        ),
        "quadratic": (
            f'<!DOCTYPE movie [<!ENTITY a "{"a" * 100_000}">]><movie>{"&a;" * 9_000}</movie>',
            documents,
        ),
        "an external entity": (f"{external}<movie><plot>&x;</plot></movie>", documents),
        "an external document type": (f"{fetched}{_FILM}", documents),
        "an external parameter": (f"{parameter}{_FILM}", documents),
        "deep": ("<movie>" + "<a>" * 100_000, "more than 100 deep"),
        "larger than 1 MB": (_FILM + " " * 1_000_000, "more than 1 MB"),
        "an attribute without end": ('<movie a="' + "x" * 900_000, "not readable XML"),
        "half UTF-16": (_FILM.encode("utf-16")[:-1], "not utf-16-.. text"),
        "an encoding that is none": (
            b'<?xml version="1.0" encoding="zlib"?>\xff' + b"<movie/>",
            "text",
        ),
        "zeros": (bytes(1_000), "not readable XML|holds no text|no text about"),
        "nothing": ("", "no text about the film"),
        "two films": (_FILM + _FILM, "more than one film"),
        "it breaks off": (_FILM[:-20], "not readable XML"),
    }
    good: dict[str, str | bytes] = {
        "as it should be": _FILM,
        "UTF-16": _FILM.encode("utf-16"),
        "very many elements": _FILM.replace("</movie>", "<a/>" * 200_000 + "</movie>"),
        "an include": _FILM.replace("</movie>", '<xi:include href="/etc/passwd"/></movie>'),
        "a stylesheet": f'<?xml-stylesheet href="http://127.0.0.1/"?>{_FILM}',
    }
    return [
        *(
            Case(f"{name}.nfo", _bytes(_encoded(text)), Refusal(sentence))
            for name, (text, sentence) in texts.items()
        ),
        *(Case(f"{name}.nfo", _bytes(_encoded(text)), Answer()) for name, text in good.items()),
    ]


def _encoded(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def _picture() -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((60, 90)).convert("RGB").save(file, "JPEG")
    return file.getvalue()


def _bytes(content: bytes) -> Callable[[Path], None]:
    def make(file: Path) -> None:
        file.write_bytes(content)

    return make


def _refused(name: str, content: bytes, sentence: str) -> Case:
    return Case(name, _bytes(content), Refusal(sentence))


def _zip(contents: dict[str, bytes], packing: int = zipfile.ZIP_STORED) -> bytes:
    return _zip_pairs(contents.items(), packing)


def _zip_pairs(contents: Iterable[tuple[str, bytes]], packing: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as archive:
        for name, content in contents:
            archive.writestr(name, content)
    return file.getvalue()


def _zipped(
    contents: dict[str, bytes], packing: int = zipfile.ZIP_STORED
) -> Callable[[Path], None]:
    return _bytes(_zip(contents, packing))


def _zipped_pairs(contents: Iterable[tuple[str, bytes]]) -> Callable[[Path], None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of zipfile, that a name stands there twice
        return _bytes(_zip_pairs(contents))


def _many(count: int) -> dict[str, bytes]:
    return {f"{number}.jpg": b"" for number in range(count)}


def _many_entries(file: Path) -> None:
    file.write_bytes(_zip(_many(100_000)))


def _in_list(content: bytes, changes: dict[int, bytes]) -> bytes:
    """Overwrite bytes of the first entry of the list at the end of a ZIP file."""
    changed = bytearray(content)
    begin = changed.index(b"PK\1\2")
    for offset, value in changes.items():
        changed[begin + offset : begin + offset + len(value)] = value
    return bytes(changed)


def _end(n_entries: int, size: int) -> bytes:
    """Return the end of a ZIP file whose list of entries has, it says, so many bytes."""
    return bytes(100) + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, n_entries, n_entries, size, 0, 0)


def _large() -> bytes:
    """Return a ZIP file of ten entries that say they have 3 GB each."""
    content = bytearray(_zip(_many(10)))
    begin = 0
    while (begin := content.find(b"PK\1\2", begin)) >= 0:
        content[begin + 24 : begin + 28] = struct.pack("<L", 3 * 10**9)
        begin += 46
    return bytes(content)
