"""Where a poster comes from: a file of some kind, opened for as long as its decoding may take."""

import io
import os
import re
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

import numpy as np
from PIL import Image

from gradio_app.errors import InputError
from gradio_app.limits import MAX_DECODING_SECONDS

__all__ = [
    "NamedBytes",
    "Poster",
    "TimedFile",
    "name_of",
    "open_source",
    "other_format",
    "picture_of_array",
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

#: Pictures that are not read, by how their files begin.
_OTHER_FORMATS = {
    "HEIC": rb"....ftyp(hei[cxms]|hev[cxms])|....ftyp(mif1|msf1)....(....)*?(heic|heix)",
    "JPEG XL": rb"\xff\x0a|\0\0\0\x0cJXL ",
    "JPEG 2000": rb"\xff\x4f\xff\x51|\0\0\0\x0cjP  ",
    "Photoshop": rb"8BPS",
    "PDF": rb"\s*%PDF-",
}


class TimedFile:
    """A binary file that is no longer read when its thread has computed for too long.

    Pillow reads JPEG, PNG, GIF and BMP piece by piece while it decodes them, so this ends a
    decoding that would take minutes. WebP, AVIF and packed TIFF are decoded in one go: there the
    pixels bound the time.
    """

    def __init__(self, file: BinaryIO):
        self._file = file
        self._last = time.thread_time() + MAX_DECODING_SECONDS
        self.name = getattr(file, "name", "")
        self.seek = file.seek
        self.tell = file.tell
        self.fileno = file.fileno  # libtiff reads the file itself, where it is on disk

    def read(self, size: int = -1) -> bytes:
        """Read as any file does.

        Raises:
            InputError: the time is over.
            ValueError: it was opened as text.
        """
        if time.thread_time() > self._last:
            raise InputError(
                f"The poster takes more than {MAX_DECODING_SECONDS} seconds to decode; "
                "save it again as a plain JPEG."
            )
        content = self._file.read(size)
        if not isinstance(content, bytes):
            raise ValueError("not the bytes of a picture")
        return content

    def flush(self) -> None:
        """Do nothing: Pillow asks for it before libtiff reads."""


@contextmanager
def open_source(poster: Poster) -> Iterator[TimedFile]:
    """Open a path, bytes or an open file; what the caller opened stays open.

    Raises:
        InputError: there is no such file, or it may not be read.
    """
    with _opened(poster) as file:
        yield TimedFile(file)


def _opened(poster: Poster) -> AbstractContextManager[BinaryIO]:
    if isinstance(poster, str | os.PathLike):
        return _open_path(Path(poster))
    if isinstance(poster, bytes | bytearray | memoryview):
        return io.BytesIO(poster)
    file = cast(BinaryIO, poster)
    return nullcontext(file if _is_seekable(file) else io.BytesIO(file.read()))


def _is_seekable(file: BinaryIO) -> bool:
    try:
        file.seek(0)
    except (AttributeError, OSError):
        return False
    return all(hasattr(file, name) for name in ("tell", "fileno"))


def _open_path(path: Path) -> BinaryIO:
    try:
        if path.is_dir():  # Windows would say that it may not be read
            raise IsADirectoryError(path)
        if path.exists() and not path.is_file():
            # A pipe may never bring anything, and a device never end.
            raise InputError(f"The poster {name_of(path)} is no file; save the picture as one.")
        return path.open("rb")
    except FileNotFoundError as error:
        raise InputError(f"There is no poster file {name_of(path)}.") from error
    except PermissionError as error:
        raise InputError(
            f"The poster {name_of(path)} may not be read; give this program the right to."
        ) from error


def picture_of_array(pixels: np.ndarray) -> Image.Image:
    """Return the picture of an array; raise InputError where it has another type or shape."""
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or channels not in (1, 3, 4):
        raise InputError(
            "The poster array needs the type uint8 and the shape (height, width) or (height, "
            f"width, 3 or 4), not {pixels.dtype} and {pixels.shape}."
        )
    return Image.fromarray(pixels[..., 0] if pixels.ndim == 3 and channels == 1 else pixels)


def name_of(poster: Poster) -> str:
    """Return what a message calls a poster."""
    if isinstance(poster, NamedBytes):
        name = PurePosixPath(poster.name).name
    elif isinstance(poster, str | os.PathLike):
        name = Path(poster).name
    else:
        return "given"
    return " ".join(name.split())  # a file name may hold line breaks


def other_format(head: bytes) -> str | None:
    """Return the name of a format that is not read, by the first bytes of a file.

    >>> other_format(b"%PDF-1.7"), other_format(b"A ghost.")
    ('PDF', None)
    """
    for name, beginning in _OTHER_FORMATS.items():
        if re.match(beginning, head, re.DOTALL):
            return name
    return None
