"""A film that was uploaded: its poster is decoded once, and little of it is kept."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from gradio_app.classifier import PosterClassifier
from gradio_app.preprocessing import decode_poster

__all__ = ["OpenedFilm", "open_film"]

_SHOWN_SIZE = (480, 480)


@dataclass(frozen=True, eq=False)
class OpenedFilm:
    """What the models read of a film, and what the page shows of it.

    It takes some 300 KB: each session keeps one for an hour.

    Attributes:
        poster: RGB, of the size in which the model sees the picture; its pixels are those that
            it reads of the whole poster. None without a poster.
        picture: the poster as it is shown, grey, its longer side at most 480 pixels; None
            without a poster.
        overview: "" without one.
    """

    poster: Image.Image | None
    picture: Image.Image | None
    overview: str


def open_film(reader: PosterClassifier, poster: Path | None, overview: str | None) -> OpenedFilm:
    """Decode a poster, if there is one, and keep what the model and the page need of it.

    Raises:
        InputError: the poster cannot be read.
    """
    if poster is None:
        return OpenedFilm(None, None, overview or "")
    image = decode_poster(poster)
    as_read = _as_read(reader, image)
    image.thumbnail(_SHOWN_SIZE)
    return OpenedFilm(as_read, image.convert("L"), overview or "")


def _as_read(reader: PosterClassifier, image: Image.Image) -> Image.Image:
    left, top, right, bottom = reader.picture_box(image)
    return Image.fromarray(reader.pixels(image)[top:bottom, left:right].astype(np.uint8))
