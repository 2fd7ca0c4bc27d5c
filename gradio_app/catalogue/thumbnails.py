"""Small copies of posters, to look at."""

import io

from PIL import Image

from gradio_app.preprocessing import Poster, decode_poster

__all__ = ["thumbnail"]

_SIZE = 96, 144  # pixels: width and height at most


def thumbnail(poster: Poster) -> bytes:
    """Return a poster as a small JPEG, at most 96 x 144 pixels.

    Raises:
        InputError: it cannot be read.

    >>> Image.open(io.BytesIO(thumbnail(Image.new("RGB", (300, 450))))).size
    (96, 144)
    """
    image = decode_poster(poster)
    scale = min(_SIZE[0] / image.width, _SIZE[1] / image.height, 1)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    file = io.BytesIO()
    small = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2)
    small.save(file, "JPEG", quality=75)
    return file.getvalue()
