"""An upright RGB picture -> the pixels of a poster model."""

from typing import Literal

import numpy as np
from PIL import Image

__all__ = ["Fit", "picture_box", "poster_to_pixels"]

Fit = Literal["stretch", "pad"]


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
