"""Posters as strangers send them: whole, broken, enormous, in any colours and any container."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from scripts.reliability.corpus.case import Answer, Case, Refusal
from scripts.reliability.corpus.containers import (
    avif_of_size,
    flat_jpeg,
    interlaced_png,
    png_of_size,
    png_rows,
    tiff,
    webp_of_size,
)
from scripts.reliability.corpus.profiles import (
    ADOBE_RGB,
    DISPLAY_P3,
    PROPHOTO,
    SRGB,
    grey_profile,
    inks_profile,
)

__all__ = ["cases"]

_UNREADABLE = Refusal("is not a readable picture; use a whole JPEG, PNG")
_TOO_LARGE = Refusal(r"pixels, .*more than the [\d,]+ that are accepted; make it smaller")
_NOTHING = Answer(note="shows next to nothing")
_CLOSE = 0.03  # of probabilities, where a lossy format or another rounding lies between
_ORIENTATION = 0x0112


def cases() -> list[Case]:
    """Return all cases; those that others are compared with come first."""
    groups = (
        _references,
        _containers,
        _colours,
        _orientations,
        _jpegs,
        _plain,
        _no_pictures,
        _bombs,
    )
    return [case for group in groups for case in group()]


# --- pictures -----------------------------------------------------------------------------------


@cache
def _scene() -> Image.Image:
    """A picture with much in it, 160 x 240 pixels."""
    rng = np.random.default_rng(18)
    across, down = np.meshgrid(np.linspace(0, 1, 160), np.linspace(0, 1, 240))
    sky = np.stack([200 - 150 * down, 90 + 60 * across, 60 + 150 * down], 2)
    image = Image.fromarray((sky + rng.normal(0, 6, sky.shape)).clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    draw.ellipse((95, 25, 140, 70), "gold")
    draw.polygon([(0, 240), (55, 110), (110, 240)], "midnightblue")
    draw.rectangle((70, 150, 120, 240), "firebrick")
    for row in range(3):
        draw.rectangle((20, 190 + 15 * row, 140, 196 + 15 * row), "ivory")
    return image


@cache
def _grey() -> Image.Image:
    return _scene().convert("L")


@cache
def _palette() -> Image.Image:
    return _scene().quantize(32)


@cache
def _layer() -> Image.Image:
    """The scene, fading out towards the bottom and absent in a corner."""
    layer = _scene().convert("RGBA")
    alpha = np.linspace(255, 60, 240).round().astype(np.uint8).repeat(160).reshape(240, 160)
    alpha[:80, :60] = 0
    layer.putalpha(Image.fromarray(alpha))
    return layer


def _on_white() -> Image.Image:
    return Image.alpha_composite(Image.new("RGBA", (160, 240), "white"), _layer()).convert("RGB")


def _with_hidden_colours() -> Image.Image:
    pixels = np.array(_layer())
    pixels[pixels[..., 3] == 0] = (255, 0, 255, 0)
    return Image.fromarray(pixels)


# --- what makes a file --------------------------------------------------------------------------


def _bytes(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _written(content: Callable[[], bytes]) -> Callable[[Path], None]:
    return lambda path: void(path.write_bytes(content()))


def void(_: object) -> None:
    """Drop a result."""


def _saved(
    image: Callable[[], Image.Image], kind: str, **options: object
) -> Callable[[Path], None]:
    return _written(lambda: _bytes(image(), kind, **options))


def _jpeg(**options: object) -> bytes:
    return _bytes(_scene(), "JPEG", quality=95, subsampling=0, **options)


# --- right answers ------------------------------------------------------------------------------


def _references() -> Iterator[Case]:
    yield Case("scene.png", _saved(_scene, "PNG"), Answer())
    yield Case("grey.png", _saved(_grey, "PNG"), Answer())
    yield Case("palette.png", _saved(_palette, "PNG"), Answer())
    yield Case("bits.png", _saved(lambda: _grey().convert("1"), "PNG"), Answer())
    yield Case("on-white.png", _saved(_on_white, "PNG"), Answer())
    yield Case("scene.jpg", _written(_jpeg), Answer("scene.png", _CLOSE))


def _containers() -> Iterator[Case]:
    """The scene in every container that keeps it, and the pictures with fewer colours in theirs."""
    same = Answer("scene.png")
    yield Case("scene.bmp", _saved(_scene, "BMP"), same)
    yield Case("scene.webp", _saved(_scene, "WEBP", lossless=True), same)
    yield Case("scene-lossy.webp", _saved(_scene, "WEBP", quality=95), Answer("scene.png", 0.1))
    yield Case(
        "scene.avif",
        _saved(_scene, "AVIF", quality=100, subsampling="4:4:4"),
        Answer("scene.png", _CLOSE),
    )
    for packed in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
        yield Case(f"scene-{packed}.tif", _saved(_scene, "TIFF", compression=packed), same)
    yield Case("big.tif", _saved(_scene, "TIFF", big_tiff=True), same)
    yield Case("pages.tif", _saved(_scene, "TIFF", save_all=True, append_images=[_on_white()]), same)
    yield Case("interlaced.png", _written(lambda: interlaced_png(np.asarray(_scene()))), same)
    yield Case("sixteen-bits.png", _written(lambda: png_rows(_sixteen(_scene()))), same)
    opaque = lambda: _scene().convert("RGBA")  # noqa: E731
    yield Case("opaque.png", _saved(opaque, "PNG"), same)
    yield Case("sixteen-bits-alpha.png", _written(lambda: png_rows(_sixteen(opaque()))), same)
    frames = {"save_all": True, "append_images": [Image.new("RGB", (160, 240), "red")]}
    yield Case("animated.png", _saved(_scene, "PNG", **frames), same)
    yield Case("animated.webp", _saved(_scene, "WEBP", lossless=True, **frames), same)
    yield Case("palette.gif", _saved(_palette, "GIF"), Answer("palette.png"))
    yield Case("animated.gif", _saved(_palette, "GIF", **frames), Answer("palette.png"))
    yield Case("palette.bmp", _saved(_palette, "BMP"), Answer("palette.png"))
    yield Case("palette.tif", _saved(_palette, "TIFF"), Answer("palette.png"))
    bits = lambda: _grey().convert("1")  # noqa: E731
    for name, options in (
        ("bits.bmp", {}),
        ("bits.gif", {}),
        ("bits.tif", {"compression": "group4"}),
    ):
        yield Case(
            name,
            _saved(bits, {"bmp": "BMP", "gif": "GIF", "tif": "TIFF"}[name[5:]], **options),
            Answer("bits.png"),
        )
    yield Case("layer.png", _saved(_layer, "PNG"), Answer("on-white.png"))
    yield Case("layer.webp", _saved(_layer, "WEBP", lossless=True), Answer("on-white.png"))
    yield Case("layer.tif", _saved(_layer, "TIFF"), Answer("on-white.png"))
    yield Case("hidden-colours.png", _saved(_with_hidden_colours, "PNG"), Answer("on-white.png"))
    yield Case("trns.png", _saved(_palette, "PNG", transparency=3), Answer("trns-drawn.png"))
    yield Case("trns-drawn.png", _saved(_palette_on_white, "PNG"), Answer())


def _sixteen(image: Image.Image) -> np.ndarray:
    return np.asarray(image).astype(np.uint16) * 257


def _palette_on_white() -> Image.Image:
    drawn = np.array(_palette().convert("RGB"))
    drawn[np.asarray(_palette()) == 3] = 255
    return Image.fromarray(drawn)


def _colours() -> Iterator[Case]:
    grey = Answer("grey.png")
    yield Case("grey-alpha.png", _saved(lambda: _grey().convert("LA"), "PNG"), grey)
    yield Case("grey-16.png", _saved(lambda: Image.fromarray(_sixteen(_grey())), "PNG"), grey)
    yield Case("grey-16.tif", _saved(lambda: Image.fromarray(_sixteen(_grey())), "TIFF"), grey)
    for bits in (8, 16, 32):
        yield Case(
            f"grey-32-holds-{bits}.tif", _written(lambda bits=bits: _grey_tiff(32, bits)), grey
        )
    yield Case("grey-32-signed.tif", _saved(_signed, "TIFF"), grey)
    yield Case("grey-12.tif", _written(_twelve_bits), grey)
    yield Case(
        "grey-16-white-is-zero.tif", _written(lambda: _grey_tiff(16, 16, inverted=True)), grey
    )
    yield Case("grey-32-dark.tif", _written(lambda: _grey_tiff(32, 12)), Refusal("32 bits a pixel"))
    yield Case("float.tif", _saved(lambda: _grey().convert("F"), "TIFF"), Refusal("floating-point"))
    yield Case("cmyk.tif", _saved(lambda: _scene().convert("CMYK"), "TIFF"), Answer("scene.png"))
    yield Case("lab.tif", _saved(_lab, "TIFF"), Answer("scene.png", 0.1))
    for packed in ("raw", "tiff_lzw", "jpeg"):
        options = {"compression": packed} | ({"quality": 100} if packed == "jpeg" else {})
        yield Case(
            f"ycbcr-{packed}.tif",
            _saved(lambda: _scene().convert("YCbCr"), "TIFF", **options),
            Answer("scene.png", _CLOSE),
        )
    yield Case("ycbcr-subsampled.tif", _written(_subsampled), Answer("scene.png", 0.15))
    for name, space in (("adobe-rgb", ADOBE_RGB), ("p3", DISPLAY_P3), ("prophoto", PROPHOTO)):
        for kind in ("PNG", "TIFF", "WEBP"):
            options = {"icc_profile": space.profile()} | (
                {"lossless": True} if kind == "WEBP" else {}
            )
            yield Case(
                f"{name}.{kind.lower()}",
                _saved(lambda space=space: space.encode(_scene()), kind, **options),
                Answer("scene.png", _CLOSE),
            )
        yield Case(
            f"{name}.jpg",
            _saved(
                lambda space=space: space.encode(_scene()),
                "JPEG",
                quality=98,
                subsampling=0,
                icc_profile=space.profile(),
            ),
            Answer("scene.png", 0.05),
        )
    yield Case("srgb.png", _saved(_scene, "PNG", icc_profile=SRGB.profile()), Answer("scene.png"))
    for name, profile in (
        ("broken", b"no profile"),
        ("cut", SRGB.profile()[:200]),
        ("of-inks", inks_profile()),
    ):
        yield Case(
            f"profile-{name}.png", _saved(_scene, "PNG", icc_profile=profile), Answer("scene.png")
        )
    yield Case(
        "grey-profile.png",
        _saved(_linear_grey, "PNG", icc_profile=grey_profile(1.0)),
        Answer("grey.png", _CLOSE),
    )
    yield Case(
        "inks-profile.tif",
        _saved(lambda: _scene().convert("CMYK"), "TIFF", icc_profile=inks_profile()),
        Answer("scene.png", 0.3),
    )


def _grey_tiff(bits: int, used: int, inverted: bool = False) -> bytes:
    """The grey scene in unsigned numbers of 16 or 32 bits, of which only some are used."""
    pixels = np.asarray(_grey()).astype(np.uint64)
    pixels = pixels * ((2**used - 1) // 255)
    if inverted:
        pixels = 2**bits - 1 - pixels
    body = pixels.astype(f"<u{bits // 8}").tobytes()
    tags = {256: (160,), 257: (240,), 258: (bits,), 259: (1,), 262: (0 if inverted else 1,)}
    return tiff(tags | {273: (8,), 277: (1,), 278: (240,), 279: (len(body),)}, body)


def _signed() -> Image.Image:
    return Image.fromarray(np.asarray(_grey()).astype(np.int32) * ((2**31 - 1) // 255))


def _twelve_bits() -> bytes:
    pairs = (np.asarray(_grey()).astype(np.uint16) * 16 + 8).reshape(-1, 2)
    first, second = pairs.T
    packed = np.stack([first >> 4, (first & 15) << 4 | second >> 8, second & 255], 1)
    body = packed.astype(np.uint8).tobytes()
    tags = {256: (160,), 257: (240,), 258: (12,), 259: (1,), 262: (1,), 273: (8,)}
    return tiff(tags | {277: (1,), 278: (240,), 279: (len(body),)}, body)


def _lab() -> Image.Image:
    from PIL import ImageCms

    srgb, lab = (ImageCms.createProfile(name) for name in ("sRGB", "LAB"))
    converted = ImageCms.profileToProfile(_scene(), srgb, lab, outputMode="LAB")
    assert converted is not None
    return converted


def _subsampled() -> bytes:
    """YCbCr, stored plainly, where four pixels share a colour."""
    luma, blue, red = (np.asarray(band) for band in _scene().convert("YCbCr").split())
    squares = luma.reshape(120, 2, 80, 2).transpose(0, 2, 1, 3).reshape(120, 80, 4)
    body = np.concatenate([squares, blue[::2, ::2, None], red[::2, ::2, None]], 2).tobytes()
    tags = {256: (160,), 257: (240,), 258: (8, 8, 8), 259: (1,), 262: (6,), 273: (8,)}
    return tiff(
        tags | {277: (3,), 278: (240,), 279: (len(body),), 530: struct.pack("<HH", 2, 2)}, body
    )


def _linear_grey() -> Image.Image:
    light = ((np.asarray(_grey()) / 255 + 0.055) / 1.055) ** 2.4
    return Image.fromarray((light * 255).round().astype(np.uint8))


def _orientations() -> Iterator[Case]:
    """The scene, stored turned and with the note how to turn it back."""
    for number, method in enumerate((None, 0, 3, 1, 5, 2, 6, 4), start=1):
        exif = Image.Exif()
        exif[_ORIENTATION] = number
        turned = lambda method=method: (
            _scene() if method is None else _scene().transpose(Image.Transpose(method))
        )  # noqa: E731
        for kind, options in (
            ("JPEG", {"quality": 98, "subsampling": 0}),
            ("PNG", {}),
            ("WEBP", {"lossless": True}),
            ("TIFF", {}),
        ):
            expected = Answer("scene.png", _CLOSE if kind == "JPEG" else 1e-6)
            yield Case(
                f"orientation-{number}.{kind.lower()}",
                _saved(turned, kind, exif=exif, **options),
                expected,
            )


def _jpegs() -> Iterator[Case]:
    same = Answer("scene.jpg")
    yield Case("progressive.jpg", _written(lambda: _jpeg(progressive=True)), same)
    yield Case("restarts.jpg", _written(lambda: _jpeg(restart_marker_blocks=1)), same)
    yield Case(
        "two-pictures.mpo",
        _saved(
            _scene,
            "MPO",
            quality=95,
            subsampling=0,
            save_all=True,
            append_images=[_grey().convert("RGB")],
        ),
        same,
    )
    yield Case("jpeg-and-zip.jpg", _written(lambda: _jpeg() + _zip()), same)
    yield Case("ends-in-rubbish.jpg", _written(lambda: _jpeg() + bytes(range(256)) * 99), same)
    yield Case("cmyk.jpg", _written(_cmyk_jpeg), Answer("scene.png", 0.05))
    yield Case("ycck.jpg", _written(_ycck_jpeg), Answer("scene.png", 0.05))
    yield Case(
        "cmyk-unmarked.jpg", _written(_unmarked_jpeg), Refusal("CMYK JPEG without Adobe's marker")
    )
    for tenth in range(10):
        yield Case(
            f"truncated-{tenth}.jpg", _written(lambda tenth=tenth: _tenths(tenth)), _UNREADABLE
        )
    for kind in ("png", "webp", "gif", "bmp", "tiff", "avif"):
        yield Case(f"half.{kind}", _written(lambda kind=kind: _half(kind)), _UNREADABLE)
    yield Case("damaged-fax.tif", _written(_damaged_fax), _UNREADABLE)


def _cmyk_jpeg() -> bytes:
    return _bytes(_scene().convert("CMYK"), "JPEG", quality=98)


def _ycck_jpeg() -> bytes:
    inks = Image.fromarray(255 - np.asarray(_scene())).convert("YCbCr")
    bands = [Image.fromarray(255 - np.asarray(band)) for band in inks.split()]
    file = _bytes(
        Image.merge("CMYK", [*bands, Image.new("L", _scene().size, 0)]), "JPEG", quality=98
    )
    place = file.index(b"Adobe") + 11
    return file[:place] + b"\x02" + file[place + 1 :]


def _unmarked_jpeg() -> bytes:
    file = _cmyk_jpeg()
    place = file.index(b"\xff\xee")
    return file[:place] + file[place + 16 :]


def _zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("film.txt", "A ghost.")
    return file.getvalue()


def _tenths(count: int) -> bytes:
    file = _jpeg()
    return file[: max(2, len(file) * count // 10)]


def _half(kind: str) -> bytes:
    image = _palette() if kind == "gif" else _scene()
    file = _bytes(image, kind.upper())
    return file[: len(file) // 2]


def _damaged_fax() -> bytes:
    file = bytearray(_bytes(_grey().convert("1"), "TIFF", compression="group4"))
    for place in range(300, len(file) - 400, 50):
        file[place] ^= 0xFF
    return bytes(file)


def _plain() -> Iterator[Case]:
    for colour in ("black", "white", "teal"):
        yield Case(
            f"all-{colour}.png",
            _saved(lambda colour=colour: Image.new("RGB", (160, 240), colour), "PNG"),
            _NOTHING,
        )
    yield Case(
        "transparent.png",
        _saved(lambda: Image.new("RGBA", (160, 240), (200, 30, 0, 0)), "PNG"),
        _NOTHING,
    )
    yield Case(
        "nearly-plain.png", _saved(lambda: Image.effect_noise((160, 240), 5), "PNG"), _NOTHING
    )
    yield Case("black.jpg", _saved(lambda: Image.new("RGB", (160, 240)), "JPEG"), _NOTHING)
    yield Case("1x1.png", _saved(lambda: Image.new("RGB", (1, 1), "red"), "PNG"), _NOTHING)
    line = np.linspace(0, 255, 5000).astype(np.uint8)
    yield Case("1x5000.png", _saved(lambda: Image.fromarray(line[:, None]), "PNG"), Answer())
    yield Case("5000x1.png", _saved(lambda: Image.fromarray(line[None]), "PNG"), Answer())


# --- refusals -----------------------------------------------------------------------------------


def _no_pictures() -> Iterator[Case]:
    contents = {
        "empty.jpg": b"",
        "nul.jpg": b"\0",
        "text.jpg": b"This is a shopping list.\n" * 40,
        "page.jpg": b"<!doctype html><html><body><img src='http://example.org/a.png'></body></html>",
        "drawing.jpg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        "postscript.jpg": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n",
        "icon.ico": b"\0\0\1\0\1\0\0\0\0\0\1\0\x20\0"
        + struct.pack("<II", 100, 22)
        + png_of_size(60_000, 60_000),
        "only-a-head.jpg": b"\xff\xd8\xff\xe0",
    }
    for name, content in contents.items():
        yield Case(name, _written(lambda content=content: content), _UNREADABLE)
    yield Case("archive.jpg", _written(_zip), _UNREADABLE)
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
        yield Case(name, _written(lambda content=content: content.ljust(64, b"\0")), expected)


def _bombs() -> Iterator[Case]:
    """What would take gigabytes or minutes."""
    large = {
        "bomb-20000x20000.png": lambda: png_of_size(20_000, 20_000),
        "bomb-alpha-16.png": lambda: png_of_size(30_000, 30_000, 16, 6),
        "bomb-column.png": _column,
        "bomb-row.png": lambda: png_of_size(50_000_000, 1),
        "bomb-packed.png": lambda: png_rows(np.zeros((10_000, 10_000, 1), np.uint8)),
        "bomb-34-bytes.webp": lambda: webp_of_size(16_384, 16_384),
        "bomb-canvas.webp": _canvas_webp,
        "bomb.avif": lambda: avif_of_size(_bytes(_scene(), "AVIF"), 16_384, 16_384),
        "bomb-screen.gif": lambda: _gif_of_size(65_535, 65_535, 1, 1),
        "bomb-frame.gif": lambda: _gif_of_size(1, 1, 65_535, 65_535),
        "bomb.bmp": lambda: _bmp_of_size(60_000, 60_000),
        "bomb-tiles.tif": _tiles,
        "bomb.jpg": lambda: _jpeg_of_size(65_500, 65_500),
        "real-12000x18000.jpg": _print,
    }
    for name, content in large.items():
        yield Case(name, _written(content), _TOO_LARGE)
    yield Case("many-frames.gif", _written(_frames), Answer("palette.png"))
    again = "save it again as a plain JPEG"
    yield Case("many-scans.jpg", _written(_scans), Refusal(f"more than 64 scans.*{again}"))
    yield Case("many-segments.jpg", _written(_many_segments), Refusal(again))
    yield Case("many-chunks.png", _written(_many_chunks), Refusal(again))
    yield Case("exif-bomb.jpg", _written(_exif_bomb), Refusal(again))
    yield Case("directory-bomb.tif", _written(_directory_bomb), Refusal(again))
    yield Case("numbers-bomb.tif", _written(_numbers_bomb), Refusal(again))
    text = (b"zTXt", b"Comment\0\0" + zlib.compress(bytes(50_000_000)))
    yield Case("text-bomb.png", _written(lambda: png_rows(np.asarray(_scene()), text)), _UNREADABLE)
    profile = (b"iCCP", b"Profile\0\0" + zlib.compress(bytes(50_000_000)))
    yield Case(
        "profile-bomb.png", _written(lambda: png_rows(np.asarray(_scene()), profile)), _UNREADABLE
    )
    yield Case("one-strip.tif", _written(_one_strip), Refusal("how this TIFF file is stored"))
    yield Case(
        "many-megapixels.webp",
        _written(lambda: webp_of_size(7000, 7000)),
        Refusal("how this WEBP file is stored"),
    )


def _column() -> bytes:
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(bytes(5_000_000)) for _ in range(50)) + packer.flush()
    from scripts.reliability.corpus.containers import png

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
    file = _jpeg()
    place = file.index(b"\xff\xc0") + 5
    return file[:place] + struct.pack(">HH", height, width) + file[place + 4 :]


def _print() -> bytes:
    return flat_jpeg(_bytes(Image.new("L", (8, 8), 90), "JPEG"), 12_000, 18_000)


def _frames() -> bytes:
    """A GIF of ten thousand frames, of which the first is the scene."""
    frame = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\2\2\x44\1\0"
    return _bytes(_palette(), "GIF")[:-1] + frame * 10_000 + b";"


def _scans() -> bytes:
    """A progressive JPEG with one scan again and again, of 3 MB."""
    file = _bytes(Image.new("L", (6400, 6400), 90), "JPEG", progressive=True, quality=50)
    place = file.rindex(b"\xff\xda")
    scan = file[place:-2]
    return file[:place] + scan * (3_000_000 // len(scan)) + b"\xff\xd9"


def _many_segments() -> bytes:
    file = _jpeg()
    return file[:2] + b"\xff\xeb\0\2" * 200_000 + file[2:]


def _many_chunks() -> bytes:
    empty = (b"prIv", b"")
    return png_rows(np.asarray(_scene()), *[empty] * 100_001)


def _exif_bomb() -> bytes:
    """Twenty segments of EXIF, whose directory names the same megabyte sixty thousand times."""
    exif = b"MM\0*\0\0\0\x08" + struct.pack(">H", 60_000)
    exif += b"".join(struct.pack(">HHII", tag, 7, 1_000_000, 8) for tag in range(60_000))
    exif = exif.ljust(1_200_000, b"\0")
    parts = (exif[begin : begin + 60_000] for begin in range(0, len(exif), 60_000))
    segments = (
        b"\xff\xe1" + struct.pack(">H", 8 + len(part)) + b"Exif\0\0" + part for part in parts
    )
    return b"\xff\xd8" + b"".join(segments) + _jpeg()[2:]


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
