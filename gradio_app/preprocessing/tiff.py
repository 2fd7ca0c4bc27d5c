"""What Pillow leaves undone for TIFF files."""

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from PIL import Image, ImageFile, TiffImagePlugin

__all__ = ["prepare_tiff", "raise_damage"]

_YCBCR = 6


class _Damage(threading.local):
    """Whether libtiff met an error, in this thread."""

    seen = False


_damage = _Damage()


def prepare_tiff(image: TiffImagePlugin.TiffImageFile) -> None:
    """Make an opened TIFF ready to be loaded."""
    # Else Pillow loads directories of EXIF data after the pixels, however large they are.
    image.is_animated = True
    if image.tag_v2.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) != _YCBCR:
        return
    if image.tile and image.tile[0].codec_name == "raw":
        # Pillow would read four bytes a pixel where the file has three, or fewer; libtiff knows.
        args = ("RGBX", "raw", False, image.tag_v2.offset)
        image.tile = [ImageFile._Tile("libtiff", (0, 0, *image._tile_size), 0, args)]
        image.use_load_libtiff = True


@contextmanager
def raise_damage() -> Iterator[None]:
    """Raise ValueError in the end where libtiff met an error meanwhile.

    Otherwise it writes the error to the standard error output of the process, and Pillow takes
    what it could read.
    """
    _listen()
    _damage.seen = False
    yield
    if _damage.seen:
        raise ValueError("a damaged TIFF")


@ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
def _on_error(_module: int, _message: int, _values: int) -> None:
    _damage.seen = True


@cache
def _listen() -> None:
    # The library is inside Pillow's own, or loaded by it. Where its functions are hidden
    # (Windows), errors go on being printed.
    libtiff = ctypes.CDLL(Image.core.__file__)
    if hasattr(libtiff, "TIFFSetErrorHandler"):
        libtiff.TIFFSetErrorHandler(_on_error)
