"""What can be told of a picture's file before a pixel is decoded: size, memory, work."""

import io
import re
import struct

from PIL import Image, TiffImagePlugin

from gradio_app.errors import InputError
from gradio_app.limits import MAX_PNG_CHUNKS, MAX_POSTER_SIDE
from gradio_app.preprocessing.directory import check_directory
from gradio_app.preprocessing.jpeg import check_jpeg
from gradio_app.preprocessing.source import TimedFile

__all__ = ["check_file", "check_size", "decoding_memory"]

_ORIENTATION = 0x0112
_PNG = b"\x89PNG\r\n\x1a\n"
_TIFF = re.compile(rb"II[*+]\0|MM\0[*+]|MM[*+]\0|II\0[*+]")
#: Bytes of a pixel as Pillow stores it.
_STORED = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16L": 2, "I;16B": 2, "I;16N": 2}
#: Bytes of a pixel where a library hands over copies: two canvases, the frame, and Pillow's own
#: (WebP, measured 16.2); planes of up to 12 bits, the frame and Pillow's own (AVIF, 8 bits: 11.1).
_COPIED = {"WEBP": 16, "AVIF": 16}


def check_file(file: TimedFile, max_pixels: int) -> int:
    """Check what Pillow would load while it opens a file.

    Returns:
        Bytes that decoding takes beside the pixels, as far as they can be told here.

    Raises:
        InputError: opening it would take too much memory or time.
        struct.error: it is damaged.
    """
    file.seek(0)
    head = file.read(32)
    if head.startswith(b"\xff\xd8"):
        return check_jpeg(file)
    if head.startswith(_PNG):
        _check_chunks(file)
    elif head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        check_size(*_webp_size(head), max_pixels)
    elif head[4:8] == b"ftyp":
        _check_exif_within(file)
    elif _TIFF.match(head):
        check_directory(file)
    return 0


def check_size(width: int, height: int, max_pixels: int) -> None:
    """Raise InputError where a picture is too large, or has no pixels."""
    if not width * height:
        raise InputError("The poster has no pixels; give a picture.")
    if width * height > max_pixels:
        raise InputError(
            f"The poster has {width} x {height} pixels, more than the {max_pixels:,} that are "
            "accepted; make it smaller."
        )
    if max(width, height) > MAX_POSTER_SIDE:
        raise InputError(
            f"The poster has {width} x {height} pixels, and a side of more than the "
            f"{MAX_POSTER_SIDE:,} that are accepted; make it smaller."
        )


def _webp_size(head: bytes) -> tuple[int, int]:
    kind, body = head[12:16], head[20:]
    if kind == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack("<HH", body[6:10])
    return width & 0x3FFF, height & 0x3FFF


def _check_chunks(file: TimedFile) -> None:
    place = len(_PNG)
    for _ in range(MAX_PNG_CHUNKS):
        file.seek(place)
        head = file.read(8)
        if len(head) < 8 or head[4:] == b"IEND":
            return
        place += 12 + int.from_bytes(head[:4], "big")
    raise InputError(
        f"The poster is a PNG of more than {MAX_PNG_CHUNKS:,} parts; save it again as a plain JPEG."
    )


def _check_exif_within(file: TimedFile) -> None:
    file.seek(0)
    content = file.read()
    if b"Exif" not in content:
        return
    for found in _TIFF.finditer(content):
        check_directory(io.BytesIO(content[found.start() :]))


def decoding_memory(image: Image.Image, beside: int, factor: int) -> int:
    """Return about how many bytes it takes to decode an opened picture and to make it RGB.

    Args:
        image: opened, not yet loaded.
        beside: what `check_file` returned of its file.
        factor: by which its sides are divided in the end.
    """
    pixels = image.width * image.height
    stored = pixels * _STORED.get(image.mode, 4)
    decoding = pixels * _COPIED.get(image.format or "", 0) or stored + beside
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        turned = image.tag_v2.get(_ORIENTATION, 1) != 1  # by Pillow, with a copy
        decoding += stored * turned + (_tiff_piece(image) if image.use_load_libtiff else 0)
    return max(decoding, stored + 4 * pixels // factor**2)


def _tiff_piece(image: TiffImagePlugin.TiffImageFile) -> int:
    """Return the bytes of a strip or a tile, which libtiff unpacks as one."""
    tags = image.tag_v2
    width = tags.get(TiffImagePlugin.TILEWIDTH, image.width)
    height = tags.get(TiffImagePlugin.TILELENGTH, None) or min(
        tags.get(TiffImagePlugin.ROWSPERSTRIP, image.height), image.height
    )
    bits = tags.get(TiffImagePlugin.BITSPERSAMPLE, (1,))
    samples = tags.get(TiffImagePlugin.SAMPLESPERPIXEL, 1)
    return width * height * samples * max(bits) // 8
