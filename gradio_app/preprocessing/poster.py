"""Poster -> upright 8-bit RGB picture, whatever file it comes in."""

import logging
import os
import warnings
from typing import BinaryIO, cast

import numpy as np
from PIL import Image, TiffImagePlugin
from PIL.AvifImagePlugin import AvifImageFile
from PIL.WebPImagePlugin import WebPImageFile

from gradio_app.errors import InputError
from gradio_app.limits import (
    LARGE_POSTER_PIXELS,
    MAX_LARGE_POSTERS_MEMORY,
    MAX_POSTER_MEMORY,
    MAX_POSTER_PIXELS,
    MAX_SMALL_POSTERS_MEMORY,
    SMALL_POSTER_MEMORY,
)
from gradio_app.memory import Share
from gradio_app.preprocessing.colour import colour_conversion
from gradio_app.preprocessing.directory import orientation
from gradio_app.preprocessing.source import (
    Poster,
    TimedFile,
    name_of,
    open_source,
    other_format,
    picture_of_array,
)
from gradio_app.preprocessing.structure import check_file, check_size, decoding_memory
from gradio_app.preprocessing.tiff import prepare_tiff, raise_damage

__all__ = ["decode_poster"]

#: Formats that Pillow decodes itself (EPS, for one, would start another program).
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
_TURNED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_BAND_PIXELS = 1_000_000

# Memory is the process's, whoever decodes in it: workers of a catalogue, the page, the library.
_large = Share(MAX_LARGE_POSTERS_MEMORY)
_small = Share(MAX_SMALL_POSTERS_MEMORY)

# What Pillow remarks about a stranger's file is in our sentence, or does not matter.
logging.getLogger("PIL").addHandler(logging.NullHandler())
warnings.filterwarnings("ignore", module=r"PIL\.")


def decode_poster(poster: Poster, max_pixels: int = MAX_POSTER_PIXELS) -> Image.Image:
    """Read one poster as an upright 8-bit sRGB image.

    The EXIF orientation is applied, transparency is laid over white, 16 bits are reduced to 8,
    CMYK, palettes and colours of a profile are converted, and of an animation the first frame is
    taken. A picture of more than `LARGE_POSTER_PIXELS` is shrunk by a whole number; one that takes
    much memory waits until it is its turn.

    Args:
        poster: path, bytes of an image file, an open binary file, an open Pillow image, or a
            uint8 array of shape (height, width), or (height, width, 3 or 4) in RGB or RGBA.
        max_pixels: larger pictures are refused by their header, before any pixel is decoded.

    Raises:
        InputError: not a readable picture, or one that is too large.
        TypeError: none of these types.

    >>> decode_poster(Image.new("LA", (2, 3), (0, 0))).getpixel((0, 0))
    (255, 255, 255)
    """
    _check_type(poster)
    try:
        if isinstance(poster, Image.Image):
            return _decode(poster, max_pixels)
        if isinstance(poster, np.ndarray):
            return _decode(picture_of_array(poster), max_pixels)
        with open_source(poster) as file:
            return _decode_file(file, poster, max_pixels)
    except InputError:
        raise
    # Pillow's decoders raise many kinds of error on broken files (OSError, SyntaxError,
    # ValueError, struct.error, ...): whatever it is, the file is at fault.
    except Exception as error:
        raise InputError(_unreadable(poster)) from error


def _check_type(poster: Poster) -> None:
    known = (str, os.PathLike, bytes, bytearray, memoryview, Image.Image, np.ndarray)
    if not isinstance(poster, known) and not hasattr(poster, "read"):
        raise TypeError(
            "A poster is a path, bytes, an open file, a Pillow image or an array, not of the type "
            f"{type(poster).__name__}."
        )


def _decode_file(file: TimedFile, poster: Poster, max_pixels: int) -> Image.Image:
    beside = check_file(file, max_pixels)
    try:
        opened = Image.open(cast(BinaryIO, file), formats=_FORMATS)
    except Image.DecompressionBombError as error:  # Pillow's own limit, far above ours
        raise InputError(
            f"The poster has far too many pixels, more than the {max_pixels:,} that are accepted; "
            "make it smaller."
        ) from error
    except Image.UnidentifiedImageError as error:
        file.seek(0)
        if found := other_format(file.read(64)):
            raise InputError(
                f"The poster {name_of(poster)} is a {found} file, which is not read; save it as "
                "JPEG or PNG."
            ) from error
        raise
    with opened as image:
        return _decode(image, max_pixels, beside, ours=True)


def _unreadable(poster: Poster) -> str:
    return (
        f"The poster {name_of(poster)} is not a readable picture; "
        "use a whole JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF file."
    )


def _decode(
    image: Image.Image, max_pixels: int, beside: int = 0, ours: bool = False
) -> Image.Image:
    """Decode an opened picture; one that is ours is read smaller where it can be, and closed."""
    width, height = image.size
    check_size(width, height, max_pixels)
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        prepare_tiff(image)
    if ours and (factor := _factor(image)) > 1:
        image.draft(None, (width // factor, height // factor))  # only JPEG can be
    memory = decoding_memory(image, beside, _factor(image))
    if memory > MAX_POSTER_MEMORY:
        raise InputError(
            f"The poster has {width} x {height} pixels, too many for how this "
            f"{image.format} file is stored; make it smaller, or save it as a plain JPEG."
        )
    with (_small if memory <= SMALL_POSTER_MEMORY else _large).take(memory):
        with raise_damage():
            image.load()
        if ours and isinstance(image, WebPImageFile | AvifImageFile):
            image.fp = image._decoder = None  # lets go of its canvases
        decoded, turned = _convert(image), _TURNED.get(orientation(image.info))
        if ours:
            image.close()  # lets go of its pixels
        return decoded if turned is None else decoded.transpose(turned)


def _factor(image: Image.Image) -> int:
    """Return by which number the sides of a large picture are divided; 1 for others."""
    factor = 1
    while image.width * image.height > LARGE_POSTER_PIXELS * factor**2:
        factor += 1
    return factor


def _convert(image: Image.Image) -> Image.Image:
    """Return a picture in sRGB, a large one smaller: band by band, so that no copy is large."""
    convert, factor = colour_conversion(image), _factor(image)
    converted = Image.new("RGB", (-(-image.width // factor), -(-image.height // factor)))
    rows = max(1, _BAND_PIXELS // image.width // factor) * factor
    for top in range(0, image.height, rows):
        band = convert(image.crop((0, top, image.width, min(top + rows, image.height))))
        converted.paste(band if factor == 1 else band.reduce(factor), (0, top // factor))
    return converted
