"""Picture files written by hand: what Pillow does not write, and what nobody should."""

import struct
import zlib
from collections.abc import Mapping

import numpy as np

__all__ = [
    "avif_of_size",
    "flat_jpeg",
    "interlaced_png",
    "png",
    "png_of_size",
    "png_rows",
    "tiff",
    "webp_of_size",
]

_PNG_COLOURS = {1: 0, 2: 4, 3: 2, 4: 6}  # by channels
_ADAM7 = (
    (0, 0, 8, 8),
    (0, 4, 8, 8),
    (4, 0, 8, 4),
    (0, 2, 4, 4),
    (2, 0, 4, 2),
    (0, 1, 2, 2),
    (1, 0, 2, 1),
)


def png(header: bytes, body: bytes, *others: tuple[bytes, bytes]) -> bytes:
    """Return a PNG file of a header, packed pixels, and chunks between the two."""
    chunks = [(b"IHDR", header), *others, (b"IDAT", body), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )


def png_of_size(width: int, height: int, bits: int = 8, colours: int = 2) -> bytes:
    """Return a PNG file that promises pixels and brings none."""
    return png(struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, 0), zlib.compress(b""))


def png_rows(pixels: np.ndarray, *others: tuple[bytes, bytes]) -> bytes:
    """Return a PNG file of pixels (height, width, channels), uint8 or uint16."""
    return png(_header(pixels, 0), zlib.compress(_rows(pixels)), *others)


def interlaced_png(pixels: np.ndarray) -> bytes:
    """Return a PNG file that shows the pixels in seven passes."""
    passes = (pixels[top::down, left::across] for top, left, down, across in _ADAM7)
    return png(_header(pixels, 1), zlib.compress(b"".join(_rows(each) for each in passes)))


def _header(pixels: np.ndarray, interlaced: int) -> bytes:
    height, width, channels = pixels.shape
    bits = 8 * pixels.itemsize
    return struct.pack(">IIBBBBB", width, height, bits, _PNG_COLOURS[channels], 0, 0, interlaced)


def _rows(pixels: np.ndarray) -> bytes:
    big_endian = pixels.astype(f">u{pixels.itemsize}")
    return b"".join(b"\0" + row.tobytes() for row in big_endian)


def tiff(tags: Mapping[int, tuple[int, ...] | bytes], body: bytes = b"", order: str = "<") -> bytes:
    """Return a TIFF file: header, body (at place 8), and a directory of LONGs and of bytes."""
    place = 8 + len(body) + len(body) % 2
    entries, values = b"", b""
    after = place + 2 + 12 * len(tags) + 4
    for tag, value in sorted(tags.items()):
        content = (
            value if isinstance(value, bytes) else struct.pack(f"{order}{len(value)}I", *value)
        )
        if len(content) > 4:
            where, values = struct.pack(order + "I", after + len(values)), values + content
        else:
            where = content.ljust(4, b"\0")
        entries += struct.pack(order + "HHI", tag, 7 if isinstance(value, bytes) else 4, len(value))
        entries += where
    head = b"II*\0" if order == "<" else b"MM\0*"
    directory = struct.pack(order + "H", len(tags)) + entries + bytes(4)
    return head + struct.pack(order + "I", place) + body + bytes(len(body) % 2) + directory + values


def webp_of_size(width: int, height: int) -> bytes:
    """Return a lossless WebP file that promises pixels and brings none."""
    bits = (width - 1) | (height - 1) << 14
    body = b"\x2f" + struct.pack("<I", bits) + bytes(9)
    return (
        b"RIFF"
        + struct.pack("<I", 12 + len(body))
        + b"WEBPVP8L"
        + struct.pack("<I", len(body))
        + body
    )


def avif_of_size(file: bytes, width: int, height: int) -> bytes:
    """Return an AVIF file that says it has another size."""
    place = file.index(b"ispe") + 8
    return file[:place] + struct.pack(">II", width, height) + file[place + 8 :]


def flat_jpeg(small: bytes, width: int, height: int) -> bytes:
    """Return a whole grey JPEG of one shade.

    Args:
        small: of 8 x 8 pixels, with the usual tables.
        width: a multiple of 32.
        height: a multiple of 8.
    """
    frame = small.index(b"\xff\xc0") + 5
    scan = small.index(b"\xff\xda") + 10
    head = small[:frame] + struct.pack(">HH", height, width) + small[frame + 4 : scan]
    # "No change" is 00 and "the block ends here" 1010: four blocks are these three bytes.
    return (
        head + bytes([0b00101000, 0b10100010, 0b10001010]) * (width * height // 256) + b"\xff\xd9"
    )
