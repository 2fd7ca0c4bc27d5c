"""Poster -> pixels and overview -> word ids: pure functions, shared by training and the app.

A model must be served with the very pixels and ids it was trained on, so this is the only
place in the project that decodes an image, resizes it or looks up a word.
"""

import io
import os
import re
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Literal, cast

import numpy as np
from PIL import Image, ImageOps
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from gradio_app.errors import InputError
from gradio_app.limits import MAX_OVERVIEW_CHARACTERS, MAX_POSTER_PIXELS

__all__ = [
    "PUNCTUATION",
    "UNKNOWN_ID",
    "WORD_SEPARATORS",
    "Fit",
    "NamedBytes",
    "Poster",
    "Word",
    "build_tokenizer",
    "clean_overview",
    "decode_poster",
    "encode_overviews",
    "find_words",
    "is_placeholder",
    "picture_box",
    "poster_to_pixels",
]


class NamedBytes(bytes):
    """An image file's content that has a name, for messages, and no path."""

    name: str

    def __new__(cls, content: bytes, name: str) -> "NamedBytes":
        """Give the content a name."""
        named = super().__new__(cls, content)
        named.name = name
        return named


Poster = (
    str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO | Image.Image | np.ndarray
)
Fit = Literal["stretch", "pad"]

#: The word id of every word that a model does not know.
UNKNOWN_ID = 1
#: Characters that part two words as a space does ("sci-fi", "and/or"): a pattern that the regular
#: expressions of tokenizers and of TensorFlow both read.
WORD_SEPARATORS = "[-/\u2013\u2014\u2026]"
#: Characters that are dropped: those of ASCII, and quotation marks.
PUNCTUATION = "[!-/:-@\\[-`{-~\u2018\u2019\u201c\u201d\u00ab\u00bb]"

#: What stands where there is no overview: a missing value as programs write it, or a sentence of
#: TMDB, IMDb, OMDb or a media server; without the brackets, dashes and full stops around.
_PLACEHOLDER = re.compile(
    r"""
    nan | n\W?a | null | nil | none | nat | undefined | unknown | missing | empty | tb[acd] | todo
    | no \s (information | (overview | plot | description | summary | synopsis | storyline)
        (\s (found | available | yet | given | provided | entered | specified))?)
    | (the \s)? (overview | plot | description | summary | synopsis | storyline) (\s details)?
        (\s (is | are | was | were))? (\s (currently | kept | still | yet))*
        \s (unknown | undisclosed | unavailable | not \s available | under \s wraps | missing)
    | not \s (available | applicable | found) | add \s a \s plot | coming \s soon | lorem \s ipsum
    | to \s be \s (announced | confirmed | determined)
    | we \s don.t \s have \s an \s overview \s translated \s .*
    | it \s looks \s like \s we \s don.t \s have \s .*
    """,
    re.VERBOSE | re.IGNORECASE,
)
_LONGEST_PLACEHOLDER = 150  # characters
_AROUND_PLACEHOLDERS = " .,;:?-_<>()[]{}#*'\"\u2013\u2014\u2026"

#: Formats that Pillow decodes itself (EPS, for one, would start another program).
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
_PADDING, _UNKNOWN = "[PAD]", "[UNK]"


def decode_poster(poster: Poster, max_pixels: int = MAX_POSTER_PIXELS) -> Image.Image:
    """Read one poster as an upright 8-bit RGB image.

    The EXIF orientation is applied, transparency is laid over white, 16-bit grey is reduced to
    8 bits, CMYK and palettes are converted, and of an animation the first frame is taken.

    Args:
        poster: path, bytes of an image file, an open binary file, an open Pillow image, or a
            uint8 array of shape (height, width), or (height, width, 3 or 4) in RGB or RGBA.
        max_pixels: larger pictures are refused by their header, before any pixel is decoded.

    Raises:
        InputError: not a readable picture, or larger than `max_pixels`.
        TypeError: none of these types.

    >>> decode_poster(Image.new("LA", (2, 3), (0, 0))).getpixel((0, 0))
    (255, 255, 255)
    """
    try:
        with _open(poster) as image:
            width, height = image.size
            if not width * height:
                raise InputError("The poster has no pixels; give a picture.")
            if width * height > max_pixels:
                raise InputError(_too_large(f"{width} x {height}", max_pixels))
            return _to_rgb(ImageOps.exif_transpose(image))
    except (InputError, TypeError):
        raise
    except FileNotFoundError as error:
        raise InputError(f"There is no poster file {_name(poster)}.") from error
    except Image.DecompressionBombError as error:  # Pillow's own limit, far above ours
        raise InputError(_too_large("far too many", max_pixels)) from error
    # Pillow's decoders raise many kinds of error on broken files (OSError, SyntaxError,
    # ValueError, struct.error, ...): whatever it is, the file is at fault.
    except Exception as error:
        raise InputError(_unreadable(poster)) from error


def _open(poster: Poster) -> AbstractContextManager[Image.Image]:
    if isinstance(poster, Image.Image):
        return nullcontext(poster)  # the caller's to close
    if isinstance(poster, np.ndarray):
        return nullcontext(_from_array(poster))
    return _open_file(_source(poster))


def _source(poster: Poster) -> Path | BinaryIO:
    if isinstance(poster, str | os.PathLike):
        return Path(poster)
    if isinstance(poster, bytes | bytearray | memoryview):
        return io.BytesIO(poster)
    if hasattr(poster, "read"):
        return cast(BinaryIO, poster)
    raise TypeError(
        "A poster is a path, bytes, an open file, a Pillow image or an array, not of the type "
        f"{type(poster).__name__}."
    )


def _open_file(source: Path | BinaryIO) -> Image.Image:
    try:
        return Image.open(source, formats=_FORMATS)
    except TypeError as error:  # of a file that was opened as text, among others
        raise ValueError("not the bytes of a picture") from error


def _from_array(pixels: np.ndarray) -> Image.Image:
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or channels not in (1, 3, 4):
        raise InputError(
            "The poster array needs the type uint8 and the shape (height, width) or (height, "
            f"width, 3 or 4), not {pixels.dtype} and {pixels.shape}."
        )
    return Image.fromarray(pixels[..., 0] if pixels.ndim == 3 and channels == 1 else pixels)


def _name(poster: Poster) -> str:
    if isinstance(poster, NamedBytes):
        name = PurePosixPath(poster.name).name
    elif isinstance(poster, str | os.PathLike):
        name = Path(poster).name
    else:
        return "given"
    return " ".join(name.split())  # a file name may hold line breaks


def _too_large(pixels: str, max_pixels: int) -> str:
    return (
        f"The poster has {pixels} pixels, more than the {max_pixels:,} that are accepted; "
        "make it smaller."
    )


def _unreadable(poster: Poster) -> str:
    return (
        f"The poster {_name(poster)} is not a readable picture; "
        "use a whole JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF file."
    )


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "F":
        raise InputError("The poster has floating-point pixels; save it with 8 bits a channel.")
    if image.mode.startswith("I"):  # 16-bit grey, which Pillow would clip instead of scale
        grey = np.clip(np.asarray(image.convert("I")) // 256, 0, 255)
        return Image.fromarray(grey.astype(np.uint8)).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    paper = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(paper, layer).convert("RGB")


def poster_to_pixels(image: Image.Image, height: int, width: int, fit: Fit) -> np.ndarray:
    """Resize an RGB image to what a poster model reads.

    Args:
        image: as `decode_poster` returns it.
        height: of the result, in pixels.
        width: of the result, in pixels.
        fit: "stretch" ignores the aspect ratio; "pad" keeps it and fills up with black.

    Returns:
        uint8 array of shape (height, width, 3), values 0..255. Scaling to the model's range is
        a layer inside the model.

    >>> poster_to_pixels(Image.new("RGB", (30, 10), "white"), 4, 6, "pad")[:, 0, 0].tolist()
    [0, 255, 255, 0]
    """
    box = picture_box(image, height, width, fit)
    resized = image.resize((box[2] - box[0], box[3] - box[1]), Image.Resampling.BICUBIC)
    canvas = Image.new("RGB", (width, height))
    canvas.paste(resized, box)
    return np.asarray(canvas)


def picture_box(image: Image.Image, height: int, width: int, fit: Fit) -> tuple[int, int, int, int]:
    """Where `poster_to_pixels` puts the picture; what lies around it is padding.

    Returns:
        left, top, right and bottom edge in pixels of the result, as Pillow counts them.

    >>> picture_box(Image.new("RGB", (30, 10)), 4, 6, "pad")
    (0, 1, 6, 3)
    """
    size = (width, height) if fit == "stretch" else _size_within(image, height, width)
    left, top = round((width - size[0]) / 2), round((height - size[1]) / 2)
    return left, top, left + size[0], top + size[1]


def _size_within(image: Image.Image, height: int, width: int) -> tuple[int, int]:
    # As ImageOps.contain, which rounds the short side of a very narrow picture to 0 and fails.
    if image.width * height > image.height * width:
        return width, max(1, round(image.height / image.width * width))
    return max(1, round(image.width / image.height * height)), height


def clean_overview(overview: str, max_characters: int = MAX_OVERVIEW_CHARACTERS) -> str:
    """Check one overview and make it valid Unicode (lone surrogates become '?').

    Raises:
        InputError: longer than `max_characters`.
    """
    if len(overview) > max_characters:
        raise InputError(
            f"The overview has {len(overview):,} characters, more than the "
            f"{max_characters:,} that are accepted; shorten it."
        )
    return overview.encode("utf-8", "replace").decode("utf-8")


def is_placeholder(overview: str) -> bool:
    """Return whether an overview is blank, or only says that there is none.

    >>> is_placeholder("N/A"), is_placeholder("No overview found."), is_placeholder("A nun.")
    (True, True, False)
    """
    words = overview.strip().strip(_AROUND_PLACEHOLDERS)
    if not words:
        return len(overview.strip()) <= 2  # blank, or "-" or "?"
    # The pattern is for sentences, not for pages.
    return len(words) < _LONGEST_PLACEHOLDER and bool(_PLACEHOLDER.fullmatch(words))


def build_tokenizer(vocabulary: Sequence[str]) -> Tokenizer:
    """A standalone tokenizer that gives the ids of Keras' TextVectorization.

    It repeats `training.data.overviews.standardise_words` and `split="whitespace"` of
    `keras.layers.TextVectorization`, which lowercase and split ASCII alone: the `Lowercase` and
    `WhitespaceSplit` of `tokenizers` would treat 'É' and no-break spaces differently.

    Args:
        vocabulary: words in the order of their ids, the first of which gets id 2
            (0 is padding, 1 an unknown word).

    >>> build_tokenizer(["a", "heist"]).encode("A heist, a-gain!").ids
    [2, 3, 2, 1]
    """
    ids = {word: index for index, word in enumerate([_PADDING, _UNKNOWN, *vocabulary])}
    tokenizer = Tokenizer(models.WordLevel(ids, unk_token=_UNKNOWN))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Replace(upper, upper.lower()) for upper in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
        + [
            normalizers.Replace(Regex(WORD_SEPARATORS), " "),
            normalizers.Replace(Regex(PUNCTUATION), ""),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[ \t\n\r\x0b\x0c]+"), "removed")
    return tokenizer


def encode_overviews(tokenizer: Tokenizer, overviews: Sequence[str], length: int) -> np.ndarray:
    """Word ids of cleaned overviews, cut or padded with 0 at the end.

    Returns:
        int32 array of shape (len(overviews), length).
    """
    ids = np.zeros((len(overviews), length), np.int32)
    for row, encoding in zip(ids, tokenizer.encode_batch(list(overviews)), strict=True):
        words = encoding.ids[:length]
        row[: len(words)] = words
    return ids


@dataclass(frozen=True)
class Word:
    """A word where it stands in a cleaned overview, `overview[start:end]`, and its id."""

    start: int
    end: int
    id: int

    @property
    def known(self) -> bool:
        """Whether the vocabulary holds it."""
        return self.id != UNKNOWN_ID


def find_words(tokenizer: Tokenizer, overview: str) -> list[Word]:
    """The words of a cleaned overview in order, those that `encode_overviews` cuts off included.

    Punctuation around a word is outside it, and within it inside; a hyphen makes two words.

    >>> find_words(build_tokenizer(["usa"]), "Non-U.S.A.!")
    [Word(start=0, end=3, id=1), Word(start=4, end=9, id=2)]
    """
    encoding = tokenizer.encode(overview)
    places = zip(encoding.offsets, encoding.ids, strict=True)
    return [Word(start, end, word_id) for (start, end), word_id in places]
