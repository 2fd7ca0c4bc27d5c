"""The first directory of TIFF, which is also that of EXIF: what it holds, without loading it.

Pillow loads every value of a directory, and a thousand entries may name the same megabytes.
"""

import io
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gradio_app.errors import InputError
from gradio_app.limits import MAX_TIFF_NUMBERS

__all__ = ["check_directory", "orientation"]

_ORIENTATION = 0x0112
_EXIF_BEGINNING = b"Exif\0\0"
_XMP_ORIENTATION = re.compile(rb'tiff:Orientation(?:="|>)([1-8])')
#: Bytes of a value by its type; what is not listed is not loaded.
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}
_HARMLESS = 16_000_000  # bytes of values that hurt nobody, however short the file is
_TEXT = (1, 2, 6, 7)  # bytes, which stay bytes; all else becomes numbers


class _Readable(Protocol):
    def seek(self, place: int, whence: int = 0, /) -> int: ...
    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True)
class _Entry:
    tag: int
    kind: int
    count: int
    value: bytes  # or its place, where it is longer


def _entries(file: _Readable) -> Iterator[_Entry]:
    """Yield the entries of the first directory; none where there is none."""
    file.seek(0)
    head = file.read(16).ljust(16, b"\0")
    order = "<" if head[:2] == b"II" else ">"
    big = head[2] == 43 or head[3] == 43
    file.seek(*struct.unpack(order + ("Q" if big else "I"), head[8:16] if big else head[4:8]))
    counted = file.read(8 if big else 2)
    if len(counted) < (8 if big else 2):
        return
    (count,) = struct.unpack(order + ("Q" if big else "H"), counted)
    form = struct.Struct(order + ("HHQ8s" if big else "HHI4s"))
    for _ in range(min(count, 65_536)):  # a tag has 16 bits
        entry = file.read(form.size)
        if len(entry) < form.size:
            return
        yield _Entry(*form.unpack(entry))


def check_directory(file: _Readable) -> None:
    """Refuse a directory that would not fit into memory.

    Raises:
        InputError: its values are longer than the file, or far too many.
        struct.error: it is damaged.
    """
    length = file.seek(0, 2)
    numbers = total = 0
    for entry in _entries(file):
        size = entry.count * _SIZES.get(entry.kind, 0)
        if size <= length:  # of others Pillow loads nothing
            total += size
            numbers += 0 if entry.kind in _TEXT else entry.count
        if numbers > MAX_TIFF_NUMBERS or total > max(length, _HARMLESS):
            raise InputError(
                "The poster has more data about the picture than a picture has; "
                "save it again as a plain JPEG."
            )


def orientation(info: Mapping[str | tuple[int, int], Any]) -> int:
    """Return the EXIF orientation, 1..8, of what Pillow knows about a picture; 1 without any.

    >>> orientation({"xmp": b'tiff:Orientation="6"'})
    6
    """
    found = _in_exif(_exif(info)) or _in_xmp(info)
    return found if 1 <= found <= 8 else 1


def _exif(info: Mapping[str | tuple[int, int], Any]) -> bytes:
    if "exif" in info:
        return bytes(info["exif"])
    try:  # as ImageMagick writes it into PNG: three lines of header, then hexadecimal digits
        profile = str(info.get("Raw profile type exif", ""))
        return bytes.fromhex("".join(profile.split("\n")[3:]))
    except ValueError:
        return b""


def _in_exif(exif: bytes) -> int:
    while exif.startswith(_EXIF_BEGINNING):
        exif = exif[len(_EXIF_BEGINNING) :]
    order = "<" if exif[:2] == b"II" else ">"
    try:
        for entry in _entries(io.BytesIO(exif)):
            if entry.tag == _ORIENTATION and entry.count == 1 and entry.kind in (3, 4):
                return int(struct.unpack_from(order + "HI"[entry.kind - 3], entry.value)[0])
    except struct.error:
        pass
    return 0


def _in_xmp(info: Mapping[str | tuple[int, int], Any]) -> int:
    xmp = info.get("XML:com.adobe.xmp") or info.get("xmp") or b""
    found = _XMP_ORIENTATION.search(xmp.encode() if isinstance(xmp, str) else xmp)
    return int(found[1]) if found else 0
