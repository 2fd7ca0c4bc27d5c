"""A film that was uploaded: its poster is decoded and read once, and little of it is kept."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from gradio_app.classifier import PosterClassifier, ReadPoster
from gradio_app.preprocessing import decode_poster

__all__ = ["OpenedFilm", "OpenedPoster", "open_film", "open_poster"]

_SHOWN_SIZE = (480, 480)


@dataclass(frozen=True, eq=False)
class OpenedPoster:
    """What the poster CNN says of a poster, and what the page shows of it.

    It takes some 300 KB: each session keeps one for an hour.

    Attributes:
        file: of the upload; another upload has another one.
        image: RGB, of the size in which the model sees the picture; its pixels are those that it
            reads of the whole poster.
        picture: the poster as it is shown, grey, its longer side at most 480 pixels.
        reading: what the model says.
    """

    file: Path
    image: Image.Image
    picture: Image.Image
    reading: ReadPoster


@dataclass(frozen=True, eq=False)
class OpenedFilm:
    """What was given of a film: no poster is None, no overview ""."""

    poster: OpenedPoster | None
    overview: str

    @property
    def image(self) -> Image.Image | None:
        """The poster as the model sees it."""
        return self.poster.image if self.poster else None

    @property
    def reading(self) -> ReadPoster | None:
        """What the model says of the poster."""
        return self.poster.reading if self.poster else None


def open_film(
    reader: PosterClassifier,
    poster: Path | None,
    overview: str | None,
    opened: OpenedPoster | None = None,
) -> OpenedFilm:
    """Open what was given of a film.

    Args:
        reader: of the poster.
        poster: its file.
        overview: what the film is about.
        opened: a poster that was opened before; if it is the same, it is not opened again.

    Raises:
        InputError: the poster cannot be read.
    """
    if poster is None:
        return OpenedFilm(None, overview or "")
    is_open = opened is not None and opened.file == poster
    return OpenedFilm(opened if is_open else open_poster(reader, poster), overview or "")


def open_poster(reader: PosterClassifier, file: Path) -> OpenedPoster:
    """Decode and read a poster, and keep what the model and the page need of it.

    Raises:
        InputError: it cannot be read.
    """
    image = decode_poster(file)
    as_read = _as_read(reader, image)
    image.thumbnail(_SHOWN_SIZE)
    return OpenedPoster(file, as_read, image.convert("L"), reader.read(as_read))


def _as_read(reader: PosterClassifier, image: Image.Image) -> Image.Image:
    left, top, right, bottom = reader.picture_box(image)
    return Image.fromarray(reader.pixels(image)[top:bottom, left:right].astype(np.uint8))
