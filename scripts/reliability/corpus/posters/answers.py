"""Odd posters: most are answered like the picture that they show, the rest in a sentence."""

import io
import struct
import zipfile
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from PIL import Image, ImageCms

from scripts.reliability.corpus.case import Answer, Case, Refusal
from scripts.reliability.corpus.posters.containers import interlaced_png, png_rows, tiff
from scripts.reliability.corpus.posters.pictures import (
    bits,
    encoded,
    grey,
    layer,
    on_white,
    palette,
    saved,
    scene,
    scene_jpeg,
    sixteen_bits,
    written,
)
from scripts.reliability.corpus.posters.profiles import (
    ADOBE_RGB,
    DISPLAY_P3,
    PROPHOTO,
    SRGB,
    RgbSpace,
    grey_profile,
    inks_profile,
)

__all__ = ["cases"]

_UNREADABLE = Refusal("is not a readable picture; use a whole JPEG, PNG")
_NOTHING = Answer(note="shows next to nothing")
_CLOSE = 0.05  # of probabilities, where a lossy format or another rounding lies between
_ORIENTATION = 0x0112
_LOSSLESS: dict[str, dict[str, object]] = {"PNG": {}, "TIFF": {}, "WEBP": {"lossless": True}}
_FINE_JPEG: dict[str, object] = {"quality": 98, "subsampling": 0}
#: How a picture is stored that EXIF's orientation, 1 to 8, turns upright.
_STORED = (
    None,
    Image.Transpose.FLIP_LEFT_RIGHT,
    Image.Transpose.ROTATE_180,
    Image.Transpose.FLIP_TOP_BOTTOM,
    Image.Transpose.TRANSPOSE,
    Image.Transpose.ROTATE_90,
    Image.Transpose.TRANSVERSE,
    Image.Transpose.ROTATE_270,
)


def cases() -> Iterator[Case]:
    """Yield the cases; those that others are compared with come first."""
    for group in (
        _references,
        _containers,
        _modes,
        _profiles,
        _orientations,
        _jpegs,
        _broken,
        _plain,
    ):
        yield from group()


def _references() -> Iterator[Case]:
    yield Case("scene.png", saved(scene, "PNG"), Answer())
    yield Case("grey.png", saved(grey, "PNG"), Answer())
    yield Case("palette.png", saved(palette, "PNG"), Answer())
    yield Case("bits.png", saved(bits, "PNG"), Answer())
    yield Case("on-white.png", saved(on_white, "PNG"), Answer())
    yield Case("hole.png", saved(_with_a_hole, "PNG"), Answer())
    yield Case("scene.jpg", written(scene_jpeg), Answer("scene.png", _CLOSE))


def _through_webp() -> Image.Image:
    return Image.open(io.BytesIO(encoded(scene(), "WEBP", quality=95))).convert("RGB")


def _containers() -> Iterator[Case]:
    """The pictures in every container that keeps them."""
    same, frames = Answer("scene.png"), {"save_all": True, "append_images": [on_white()]}
    yield Case("scene.bmp", saved(scene, "BMP"), same)
    yield Case("scene.webp", saved(scene, "WEBP", lossless=True), same)
    # WebP has colours at half the resolution: it is answered like the picture that it holds.
    yield Case("from-webp.png", saved(_through_webp, "PNG"), Answer())
    yield Case("lossy.webp", saved(scene, "WEBP", quality=95), Answer("from-webp.png"))
    fine = saved(scene, "AVIF", quality=100, subsampling="4:4:4")
    yield Case("scene.avif", fine, Answer("scene.png", _CLOSE))
    for packed in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
        yield Case(f"scene-{packed}.tif", saved(scene, "TIFF", compression=packed), same)
    yield Case("big.tif", saved(scene, "TIFF", big_tiff=True), same)
    yield Case("pages.tif", saved(scene, "TIFF", **frames), same)
    yield Case("animated.png", saved(scene, "PNG", **frames), same)
    yield Case("animated.webp", saved(scene, "WEBP", lossless=True, **frames), same)
    yield Case("interlaced.png", written(_interlaced), same)
    yield Case("opaque.png", saved(_in("RGBA"), "PNG"), same)
    for mode in ("RGB", "RGBA"):
        yield Case(f"16-bits-{mode.lower()}.png", written(_sixteen_bits_png, mode), same)
    coloured = Answer("palette.png")
    yield Case("animated.gif", saved(palette, "GIF", **frames), coloured)
    for suffix, kind in (("gif", "GIF"), ("bmp", "BMP"), ("tif", "TIFF")):
        yield Case(f"palette.{suffix}", saved(palette, kind), coloured)
        yield Case(f"bits.{suffix}", saved(bits, kind), Answer("bits.png"))
    yield Case("fax.tif", saved(bits, "TIFF", compression="group4"), Answer("bits.png"))


def _modes() -> Iterator[Case]:
    """Transparency, depths and colour systems."""
    on_paper, same, shades = Answer("on-white.png"), Answer("scene.png"), Answer("grey.png")
    for kind, options in _LOSSLESS.items():
        yield Case(f"layer.{kind.lower()}", saved(layer, kind, **options), on_paper)
    yield Case("hidden-colours.png", saved(_with_hidden_colours, "PNG"), on_paper)
    yield Case("palette-hole.png", saved(palette, "PNG", transparency=3), Answer("hole.png"))
    yield Case("grey-alpha.png", saved(_in("LA", grey), "PNG"), shades)
    for kind in ("PNG", "TIFF"):
        yield Case(f"grey-16.{kind.lower()}", saved(_sixteen_bits_grey, kind), shades)
    yield Case("grey-12.tif", written(_twelve_bits), shades)
    yield Case("grey-16-white-is-zero.tif", written(_grey_tiff, 16, 16, True), shades)
    for used in (8, 16, 32):
        yield Case(f"grey-32-holds-{used}.tif", written(_grey_tiff, 32, used), shades)
    yield Case("grey-32-signed.tif", saved(_signed, "TIFF"), shades)
    yield Case("grey-32-holds-12.tif", written(_grey_tiff, 32, 12), Refusal("32 bits a pixel"))
    yield Case("float.tif", saved(_in("F", grey), "TIFF"), Refusal("floating-point"))
    yield Case("cmyk.tif", saved(_in("CMYK"), "TIFF"), same)
    yield Case("lab.tif", saved(_lab, "TIFF"), Answer("scene.png", _CLOSE))
    close = Answer("scene.png", _CLOSE)
    for packed in ("raw", "tiff_lzw"):
        make = saved(_in("YCbCr"), "TIFF", compression=packed)
        yield Case(f"ycbcr-{packed}.tif", make, close)
    make = saved(_in("YCbCr"), "TIFF", compression="jpeg", quality=98)
    yield Case("ycbcr-jpeg.tif", make, close)
    yield Case("ycbcr-subsampled.tif", written(_subsampled), Answer("scene.png", 0.1))


def _profiles() -> Iterator[Case]:
    close = Answer("scene.png", _CLOSE)
    for name, space in (("adobe-rgb", ADOBE_RGB), ("p3", DISPLAY_P3), ("prophoto", PROPHOTO)):
        for kind, options in (_LOSSLESS | {"JPEG": _FINE_JPEG}).items():
            make = saved(partial(_in_space, space), kind, icc_profile=space.profile(), **options)
            yield Case(f"{name}.{kind.lower()}", make, close)
    unchanged = {
        "srgb": SRGB.profile(),
        "broken": b"no profile",
        "cut": SRGB.profile()[:200],
        "of-inks": inks_profile(),
    }
    for name, profile in unchanged.items():
        make = saved(scene, "PNG", icc_profile=profile)
        yield Case(f"profile-{name}.png", make, Answer("scene.png"))
    make = saved(_linear_grey, "PNG", icc_profile=grey_profile(1.0))
    yield Case("profile-grey.png", make, Answer("grey.png", _CLOSE))
    make = saved(_in("CMYK"), "TIFF", icc_profile=inks_profile())
    yield Case("profile-inks.tif", make, Answer("scene.png", 0.1))


def _orientations() -> Iterator[Case]:
    for number, method in enumerate(_STORED, start=1):
        exif = Image.Exif()
        exif[_ORIENTATION] = number
        for kind, options in (_LOSSLESS | {"JPEG": _FINE_JPEG}).items():
            make = saved(partial(_turned, method), kind, exif=exif, **options)
            expected = Answer("scene.png", _CLOSE if kind == "JPEG" else 1e-6)
            yield Case(f"orientation-{number}.{kind.lower()}", make, expected)


def _jpegs() -> Iterator[Case]:
    same, close = Answer("scene.jpg"), Answer("scene.png", _CLOSE)
    plain: dict[str, object] = {"quality": 95, "subsampling": 0}
    yield Case("progressive.jpg", saved(scene, "JPEG", progressive=True, **plain), same)
    yield Case("restarts.jpg", saved(scene, "JPEG", restart_marker_blocks=1, **plain), same)
    second = {"save_all": True, "append_images": [on_white()]}
    yield Case("two-pictures.mpo", saved(scene, "MPO", **second, **plain), same)
    yield Case("jpeg-and-zip.jpg", written(_with_an_end, _zip()), same)
    yield Case("ends-in-rubbish.jpg", written(_with_an_end, bytes(range(256)) * 99), same)
    yield Case("cmyk.jpg", written(_cmyk_jpeg), close)
    yield Case("ycck.jpg", written(_ycck_jpeg), close)
    yield Case("cmyk-unmarked.jpg", written(_unmarked_jpeg), Refusal("CMYK JPEG without Adobe"))


def _broken() -> Iterator[Case]:
    for tenth in range(10):
        yield Case(f"truncated-{tenth}.jpg", written(_tenths, tenth), _UNREADABLE)
    for kind in ("png", "webp", "gif", "bmp", "tiff", "avif"):
        yield Case(f"half.{kind}", written(_half, kind), _UNREADABLE)
    yield Case("damaged-fax.tif", written(_damaged_fax), _UNREADABLE)


def _plain() -> Iterator[Case]:
    for colour in ("black", "white", "teal", "#ffffff00"):
        make = saved(partial(Image.new, "RGBA", (160, 240), colour), "PNG")
        yield Case(f"all-{colour.strip('#')}.png", make, _NOTHING)
    black = partial(Image.new, "RGB", (160, 240))
    yield Case("all-black.jpg", saved(black, "JPEG"), _NOTHING)
    noise = partial(Image.effect_noise, (160, 240), 5)
    yield Case("nearly-plain.png", saved(noise, "PNG"), _NOTHING)
    yield Case("1x1.png", saved(partial(Image.new, "RGB", (1, 1), "red"), "PNG"), _NOTHING)
    line = np.linspace(0, 255, 5000).astype(np.uint8)
    for size in ((1, 5000), (5000, 1)):
        make = saved(partial(Image.fromarray, line.reshape(size[::-1])), "PNG")
        yield Case(f"{size[0]}x{size[1]}.png", make, Answer())


# --- pictures -----------------------------------------------------------------------------------


def _in(mode: str, picture: Callable[[], Image.Image] = scene) -> Callable[[], Image.Image]:
    return lambda: picture().convert(mode)


def _in_space(space: RgbSpace) -> Image.Image:
    return space.encode(scene())


def _turned(method: Image.Transpose | None) -> Image.Image:
    return scene() if method is None else scene().transpose(method)


def _sixteen_bits_grey() -> Image.Image:
    return Image.fromarray(sixteen_bits(grey()))


def _with_hidden_colours() -> Image.Image:
    pixels = np.array(layer())
    pixels[pixels[..., 3] == 0] = (255, 0, 255, 0)
    return Image.fromarray(pixels)


def _with_a_hole() -> Image.Image:
    drawn = np.array(palette().convert("RGB"))
    drawn[np.asarray(palette()) == 3] = 255
    return Image.fromarray(drawn)


def _signed() -> Image.Image:
    return Image.fromarray(np.asarray(grey()).astype(np.int32) * ((2**31 - 1) // 255))


def _lab() -> Image.Image:
    srgb, lab = (ImageCms.createProfile(name) for name in ("sRGB", "LAB"))
    converted = ImageCms.profileToProfile(scene(), srgb, lab, outputMode="LAB")
    assert converted is not None
    return converted


def _linear_grey() -> Image.Image:
    light = ((np.asarray(grey()) / 255 + 0.055) / 1.055) ** 2.4
    return Image.fromarray((light * 255).round().astype(np.uint8))


# --- files --------------------------------------------------------------------------------------


def _interlaced() -> bytes:
    return interlaced_png(np.asarray(scene()))


def _sixteen_bits_png(mode: str) -> bytes:
    return png_rows(sixteen_bits(scene().convert(mode)))


def _with_an_end(end: bytes) -> bytes:
    return scene_jpeg() + end


def _grey_tiff(bits: int, used: int, inverted: bool = False) -> bytes:
    """The grey scene in unsigned numbers of 16 or 32 bits, of which only some are used."""
    pixels = np.asarray(grey()).astype(np.uint64)
    pixels = pixels * ((2**used - 1) // 255)
    if inverted:
        pixels = 2**bits - 1 - pixels
    body = pixels.astype(f"<u{bits // 8}").tobytes()
    tags = {256: (160,), 257: (240,), 258: (bits,), 259: (1,), 262: (0 if inverted else 1,)}
    return tiff(tags | {273: (8,), 277: (1,), 278: (240,), 279: (len(body),)}, body)


def _twelve_bits() -> bytes:
    pairs = (np.asarray(grey()).astype(np.uint16) * 16 + 8).reshape(-1, 2)
    first, second = pairs.T
    packed = np.stack([first >> 4, (first & 15) << 4 | second >> 8, second & 255], 1)
    body = packed.astype(np.uint8).tobytes()
    tags = {256: (160,), 257: (240,), 258: (12,), 259: (1,), 262: (1,), 273: (8,)}
    return tiff(tags | {277: (1,), 278: (240,), 279: (len(body),)}, body)


def _subsampled() -> bytes:
    """YCbCr, stored plainly, where four pixels share a colour."""
    luma, blue, red = (np.asarray(band) for band in scene().convert("YCbCr").split())
    squares = luma.reshape(120, 2, 80, 2).transpose(0, 2, 1, 3).reshape(120, 80, 4)
    body = np.concatenate([squares, blue[::2, ::2, None], red[::2, ::2, None]], 2).tobytes()
    tags = {256: (160,), 257: (240,), 258: (8, 8, 8), 259: (1,), 262: (6,), 273: (8,)}
    return tiff(
        tags | {277: (3,), 278: (240,), 279: (len(body),), 530: struct.pack("<HH", 2, 2)}, body
    )


def _cmyk_jpeg() -> bytes:
    return encoded(scene().convert("CMYK"), "JPEG", quality=98)


def _ycck_jpeg() -> bytes:
    inks = Image.fromarray(255 - np.asarray(scene())).convert("YCbCr")
    bands = [Image.fromarray(255 - np.asarray(band)) for band in inks.split()]
    file = encoded(
        Image.merge("CMYK", [*bands, Image.new("L", scene().size, 0)]), "JPEG", quality=98
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
    file = scene_jpeg()
    return file[: max(2, len(file) * count // 10)]


def _half(kind: str) -> bytes:
    image = palette() if kind == "gif" else scene()
    file = encoded(image, kind.upper())
    return file[: len(file) // 2]


def _damaged_fax() -> bytes:
    file = bytearray(encoded(grey().convert("1"), "TIFF", compression="group4"))
    for place in range(300, len(file) - 400, 50):
        file[place] ^= 0xFF
    return bytes(file)
