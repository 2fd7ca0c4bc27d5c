"""The segments of a JPEG file, walked without decoding: how much work would it be?"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from gradio_app.errors import InputError
from gradio_app.limits import MAX_JPEG_SCANS, MAX_JPEG_SEGMENTS
from gradio_app.preprocessing.directory import check_directory
from gradio_app.preprocessing.source import TimedFile

__all__ = ["check_jpeg"]

_START_OF_SCAN, _END, _APP1 = 0xDA, 0xD9, 0xE1
_PROGRESSIVE_FRAMES = (0xC2, 0xC6, 0xCA, 0xCE)
_FRAMES = (0xC0, 0xC1, 0xC3, 0xC5, 0xC7, 0xC9, 0xCB, 0xCD, 0xCF, *_PROGRESSIVE_FRAMES)
#: A marker that begins a segment or ends the picture; FF 00 and FF D0 to D7 are within a scan.
_MARKER = re.compile(rb"\xff([\x02-\xcf\xd9-\xfe])")
_BLOCK = 16_384
_EXIF = b"Exif\0\0"


@dataclass(frozen=True)
class _Segment:
    marker: int
    place: int  # of its length, which begins its body
    length: int
    head: bytes  # of the body, at most 20 bytes


def _segments(file: TimedFile) -> Iterator[_Segment]:
    """Yield the segments of the first picture in a file, as libjpeg finds them."""
    place = 2
    while True:
        file.seek(place)
        block = file.read(_BLOCK)
        if len(block) < 2:
            return
        found = _MARKER.search(block)
        if not found:
            place += len(block) - 1  # the last byte may begin a marker
            continue
        if found[1][0] == _END:
            return
        place += found.end()
        file.seek(place)
        head = file.read(20)
        length = max(2, int.from_bytes(head[:2], "big"))
        yield _Segment(found[1][0], place, length, head)
        place += length


def check_jpeg(file: TimedFile) -> int:
    """Return how many bytes libjpeg keeps of a JPEG beside its pixels.

    That is nothing for a picture that comes in one scan; of others, every coefficient.

    Raises:
        InputError: it has too many scans or segments, or an EXIF directory that does not fit.
    """
    scans = kept = coefficients = components = 0
    exif = b""
    for number, segment in enumerate(_segments(file)):
        if segment.marker == _START_OF_SCAN:
            scans += 1
            if segment.head[2:3] < bytes([components]):
                kept = coefficients
        elif segment.marker in _FRAMES and len(segment.head) >= 8:
            coefficients, components = _coefficients(segment.head), segment.head[7]
            kept = coefficients if segment.marker in _PROGRESSIVE_FRAMES else 0
        elif segment.marker == _APP1 and segment.head[2:8] == _EXIF:
            file.seek(segment.place + 8)
            exif += file.read(segment.length - 8)
        if scans > MAX_JPEG_SCANS or number >= MAX_JPEG_SEGMENTS:
            raise InputError(
                f"The poster is a JPEG of more than {MAX_JPEG_SCANS} scans, or of more than "
                f"{MAX_JPEG_SEGMENTS:,} segments; save it again as a plain JPEG."
            )
    if exif:
        check_directory(io.BytesIO(exif))
    return 2 * kept


def _coefficients(frame: bytes) -> int:
    """Return how many coefficients the frame has that a segment's head describes."""
    height, width = int.from_bytes(frame[3:5], "big"), int.from_bytes(frame[5:7], "big")
    factors = [(byte >> 4, byte & 15) for byte in islice(frame, 9, 9 + 3 * frame[7], 3)]
    widest = max((across for across, _ in factors), default=1) or 1
    highest = max((down for _, down in factors), default=1) or 1
    blocks = (
        -(-width * across // (8 * widest)) * -(-height * down // (8 * highest))
        for across, down in factors
    )
    return 64 * sum(blocks)
