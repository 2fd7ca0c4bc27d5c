"""The poster CNN: from a picture to probabilities of genres."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from gradio_app.artifact import Artifact, PosterInput, load_artifact
from gradio_app.prediction import Prediction
from gradio_app.preprocessing import Poster, decode_poster, picture_box, poster_to_pixels

__all__ = ["PosterClassifier", "ReadPoster"]

#: The standard deviation, in levels of 255, of the most varied channel of a picture that shows next
#: to nothing. Of the film data's posters the plainest, one that is nearly black, has 13.3
#: (python -m scripts.reliability.plain_posters).
_PLAIN = 8


@dataclass(frozen=True, eq=False)
class ReadPoster:
    """What the poster CNN says of a poster, which it need not read again with another overview.

    Attributes:
        probabilities: float32 (genres,), 0..1.
        notes: what a reader of them should know of the poster.
    """

    probabilities: np.ndarray
    notes: tuple[str, ...]


class PosterClassifier:
    """Reads genres from posters with the CNN of a model folder."""

    def __init__(self, artifact: Artifact):
        assert isinstance(artifact.spec.input, PosterInput)
        self.spec = artifact.spec
        self._input = artifact.spec.input
        self._artifact = artifact

    def __reduce__(self) -> tuple[Any, ...]:
        # A session cannot be pickled: another process loads the model again.
        return type(self).from_dir, (self._artifact.folder.resolve(), self._artifact.threads)

    @classmethod
    def from_dir(cls, folder: Path, threads: int = 1) -> "PosterClassifier":
        """Load a model folder, as `load_artifact` does."""
        return cls(load_artifact(folder, "poster", threads))

    def pixels(self, poster: Poster) -> np.ndarray:
        """Return one poster as the model reads it: float32 (height, width, 3), 0..255.

        Raises:
            InputError: it cannot be read.
        """
        size = self._input.height, self._input.width
        return poster_to_pixels(decode_poster(poster), *size, self._input.fit).astype(np.float32)

    def read(self, poster: Poster) -> ReadPoster:
        """Read one poster.

        Raises:
            InputError: it cannot be read.
        """
        pixels = self.pixels(poster)
        return ReadPoster(self.predict_pixels(pixels[None])[0], _notes(pixels))

    def picture_box(self, image: Image.Image) -> tuple[int, int, int, int]:
        """Return where a decoded poster lies in its `pixels`: see `preprocessing.picture_box`."""
        return picture_box(image, self._input.height, self._input.width, self._input.fit)

    def predict_proba(self, posters: Sequence[Poster]) -> np.ndarray:
        """Return the probabilities for posters: float32 (posters, genres), 0..1.

        Raises:
            InputError: a poster cannot be read.
        """
        return self.predict_pixels(np.stack([self.pixels(poster) for poster in posters]))

    def predict_pixels(self, pixels: np.ndarray) -> np.ndarray:
        """Return what `predict_proba` does, for stacked results of `pixels`.

        The model reads one poster after another: its feature maps of several would not fit into a
        processor's cache, and its session would keep the memory (python -m benchmarks).
        """
        runs = [self._artifact.run({self._input.name: one[None]}) for one in pixels]
        return np.concatenate(runs)

    def predict(self, poster: Poster) -> Prediction:
        """Return the prediction for one poster."""
        return Prediction.of(self.spec, self.predict_proba([poster])[0])


def _notes(pixels: np.ndarray) -> tuple[str, ...]:
    if variation(pixels) >= _PLAIN:
        return ()
    return ("The poster shows next to nothing; its genres are a guess.",)


def variation(pixels: np.ndarray) -> float:
    """Return the standard deviation of the channel that varies most, 0..127.5, without padding.

    Args:
        pixels: as `PosterClassifier.pixels` returns them. Rows and columns at the edges that are
            black throughout count as padding; a picture that is black throughout varies by 0.
    """
    channels = np.ascontiguousarray(pixels.transpose(2, 0, 1))  # a tenth of the time
    lit = channels.max(axis=0) > 0
    rows, columns = np.flatnonzero(lit.any(axis=1)), np.flatnonzero(lit.any(axis=0))
    if not rows.size:
        return 0
    picture = channels[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return float(picture.std(axis=(1, 2)).max())
