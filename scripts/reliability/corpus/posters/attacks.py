"""What is no picture, and pictures that would take gigabytes or minutes."""

import struct
import zlib
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from PIL import Image

from scripts.reliability.corpus.case import Answer, Case, Refusal
from scripts.reliability.corpus.posters.containers import (
    avif_of_size,
    flat_jpeg,
    png,
    png_of_size,
    png_rows,
    tiff,
    webp_of_size,
)
from scripts.reliability.corpus.posters.pictures import (
    encoded,
    palette,
    scene,
    scene_jpeg,
    written,
)

__all__ = ["cases"]

_UNREADABLE = Refusal("is not a readable picture; use a whole JPEG, PNG")
_TOO_LARGE = Refusal(r"pixels, .*more than the [\d,]+ that are accepted; make it smaller")
_SAVE_AGAIN = Refusal("save it again as a plain JPEG")


def cases() -> Iterator[Case]:
    """Yield the cases."""
    for group in (_no_pictures, _too_large, _too_much):
        yield from group()


def _no_pictures() -> Iterator[Case]:
    contents = {
        "empty.jpg": b"",
        "nul.jpg": b"\0",
        "text.jpg": b"This is a shopping list.\n" * 40,
        "page.jpg": b"<!doctype html><html><body><img src='http://example.org/a.png'></body></html>",
        "drawing.jpg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        "postscript.jpg": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n",
        "archive.jpg": b"PK\3\4\x14\0\0\0\0\0" + bytes(60) + b"PK\5\6" + bytes(18),
        "icon.ico": _icon(),
        "only-a-head.jpg": b"\xff\xd8\xff\xe0",
    }
    for name, content in contents.items():
        yield Case(name, written(bytes, content), _UNREADABLE)
    named = {
        "phone.heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC file"),
        "renamed-heic.jpg": (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "a HEIC file"),
        "paper.jpg": (b"%PDF-1.7\n%\xe2\xe3\n1 0 obj\n", "a PDF file"),
        "picture.jxl": (b"\xff\x0a\xfa\x7f\1\x90", "a JPEG XL file"),
        "picture.jp2": (b"\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000 file"),
        "layers.psd": (b"8BPS\0\1" + bytes(30), "a Photoshop file"),
    }
    for name, (content, sentence) in named.items():
        expected = Refusal(f"{sentence}, which is not read; save it as JPEG or PNG")
        yield Case(name, written(bytes, content.ljust(64, b"\0")), expected)


def _too_large() -> Iterator[Case]:
    """Files of a few bytes that promise gigabytes, and one that keeps its promise."""
    contents: dict[str, Callable[[], bytes]] = {
        "bomb-20000x20000.png": partial(png_of_size, 20_000, 20_000),
        "bomb-alpha-16.png": partial(png_of_size, 30_000, 30_000, 16, 6),
        "bomb-row.png": partial(png_of_size, 50_000_000, 1),
        "bomb-column.png": _column,
        "bomb-megapixels.png": _many_megapixels,
        "bomb-34-bytes.webp": partial(webp_of_size, 16_384, 16_384),
        "bomb-canvas.webp": _canvas_webp,
        "bomb.avif": _large_avif,
        "bomb-screen.gif": partial(_gif_of_size, 65_535, 65_535, 1, 1),
        "bomb-frame.gif": partial(_gif_of_size, 1, 1, 65_535, 65_535),
        "bomb.bmp": partial(_bmp_of_size, 60_000, 60_000),
        "bomb-tiles.tif": _tiles,
        "bomb.jpg": partial(_jpeg_of_size, 65_500, 65_500),
        "real-12000x18000.jpg": _print,
    }
    for name, content in contents.items():
        yield Case(name, written(content), _TOO_LARGE)
    stored = "too many for how this {} file is stored"
    yield Case("one-strip.tif", written(_one_strip), Refusal(stored.format("TIFF")))
    yield Case(
        "49-megapixels.webp", written(webp_of_size, 7000, 7000), Refusal(stored.format("WEBP"))
    )


def _too_much() -> Iterator[Case]:
    """Files of few pixels, or none, and of endless other things."""
    yield Case("many-frames.gif", written(_frames), Answer("palette.png"))
    yield Case("many-scans.jpg", written(_scans), Refusal("more than 64 scans"))
    yield Case("many-segments.jpg", written(_many_segments), Refusal("more than 10,000 segments"))
    yield Case("many-chunks.png", written(_many_chunks), _SAVE_AGAIN)
    yield Case("exif-bomb.jpg", written(_exif_bomb), _SAVE_AGAIN)
    yield Case("directory-bomb.tif", written(_directory_bomb), _SAVE_AGAIN)
    yield Case("numbers-bomb.tif", written(_numbers_bomb), _SAVE_AGAIN)
    for kind, name in ((b"zTXt", b"Comment"), (b"iCCP", b"Profile")):
        yield Case(f"{kind.decode()}-bomb.png", written(_packed_bomb, kind, name), _UNREADABLE)


def _icon() -> bytes:
    picture = png_of_size(60_000, 60_000)
    return struct.pack("<3H4B2H2I", 0, 1, 1, 0, 0, 0, 0, 1, 32, len(picture), 22) + picture


def _many_megapixels() -> bytes:
    return png_rows(np.zeros((10_000, 10_000, 1), np.uint8))


def _large_avif() -> bytes:
    return avif_of_size(encoded(scene(), "AVIF"), 16_384, 16_384)


def _packed_bomb(kind: bytes, name: bytes) -> bytes:
    return png_rows(np.asarray(scene()), (kind, name + b"\0\0" + zlib.compress(bytes(50_000_000))))


def _column() -> bytes:
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(bytes(5_000_000)) for _ in range(50)) + packer.flush()
    header = struct.pack(">IIBBBBB", 1, 50_000_000, 8, 6, 0, 0, 0)
    return png(header, body)


def _canvas_webp() -> bytes:
    canvas = b"VP8X" + struct.pack("<I", 10) + bytes(4) + (16_383).to_bytes(3, "little") * 2
    frame = webp_of_size(1, 1)[12:]
    return b"RIFF" + struct.pack("<I", 4 + len(canvas + frame)) + b"WEBP" + canvas + frame


def _gif_of_size(width: int, height: int, frame_width: int, frame_height: int) -> bytes:
    screen = struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    frame = b"," + struct.pack("<HHHHB", 0, 0, frame_width, frame_height, 0) + b"\2\2\x4c\1\0"
    return b"GIF89a" + screen + frame + b";"


def _bmp_of_size(width: int, height: int) -> bytes:
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + head


def _tiles() -> bytes:
    tags = {256: (100_000,), 257: (100_000,), 258: (8,), 259: (8,), 262: (1,), 277: (1,)}
    return tiff(tags | {322: (100_000,), 323: (100_000,), 324: (8,), 325: (8,)}, bytes(8))


def _jpeg_of_size(width: int, height: int) -> bytes:
    file = scene_jpeg()
    place = file.index(b"\xff\xc0") + 5
    return file[:place] + struct.pack(">HH", height, width) + file[place + 4 :]


def _print() -> bytes:
    return flat_jpeg(encoded(Image.new("L", (8, 8), 90), "JPEG"), 12_000, 18_000)


def _frames() -> bytes:
    """A GIF of ten thousand frames, of which the first is the scene."""
    frame = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\2\2\x44\1\0"
    return encoded(palette(), "GIF")[:-1] + frame * 10_000 + b";"


def _scans() -> bytes:
    """A progressive JPEG with one scan again and again, of 3 MB."""
    file = encoded(Image.new("L", (6400, 6400), 90), "JPEG", progressive=True, quality=50)
    place = file.rindex(b"\xff\xda")
    scan = file[place:-2]
    return file[:place] + scan * (3_000_000 // len(scan)) + b"\xff\xd9"


def _many_segments() -> bytes:
    file = scene_jpeg()
    return file[:2] + b"\xff\xeb\0\2" * 200_000 + file[2:]


def _many_chunks() -> bytes:
    empty = (b"prIv", b"")
    return png_rows(np.asarray(scene()), *[empty] * 100_001)


def _exif_bomb() -> bytes:
    """Twenty segments of EXIF, whose directory names the same megabyte sixty thousand times."""
    exif = b"MM\0*\0\0\0\x08" + struct.pack(">H", 60_000)
    exif += b"".join(struct.pack(">HHII", tag, 7, 1_000_000, 8) for tag in range(60_000))
    exif = exif.ljust(1_200_000, b"\0")
    parts = (exif[begin : begin + 60_000] for begin in range(0, len(exif), 60_000))
    segments = (
        b"\xff\xe1" + struct.pack(">H", 8 + len(part)) + b"Exif\0\0" + part for part in parts
    )
    return b"\xff\xd8" + b"".join(segments) + scene_jpeg()[2:]


def _directory_bomb() -> bytes:
    """A TIFF whose directory names the same megabyte thirty thousand times."""
    entries = b"".join(struct.pack("<HHII", tag, 7, 1_000_000, 8) for tag in range(30_000))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", 30_000) + entries.ljust(1_000_100, b"\0")


def _numbers_bomb() -> bytes:
    """A TIFF with ten million numbers, which would be ten million objects."""
    entry = struct.pack("<HHII", 258, 3, 10_000_000, 22)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", 1) + entry + bytes(20_000_004)


def _one_strip() -> bytes:
    """A TIFF of 48 million pixels in one strip, which is unpacked as a whole."""
    body = zlib.compress(bytes(1_000_000))
    tags = {256: (6000,), 257: (8000,), 258: (8, 8, 8), 259: (8,), 262: (2,), 273: (8,)}
    return tiff(tags | {277: (3,), 278: (8000,), 279: (len(body),)}, body)
