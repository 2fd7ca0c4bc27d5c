"""The readers: a poster CNN, an overview LSTM, and both together."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gradio_app.artifact import FOLDERS, Artifact, OverviewInput, PosterInput, load_artifact
from gradio_app.errors import ArtifactError, InputError
from gradio_app.preprocessing import (
    Poster,
    clean_overview,
    decode_poster,
    encode_overviews,
    poster_to_pixels,
)

__all__ = [
    "FilmClassifier",
    "FilmPrediction",
    "OverviewClassifier",
    "PosterClassifier",
    "Prediction",
]


@dataclass(frozen=True)
class Prediction:
    """Probabilities of the genres for one film; all three tuples have the same order."""

    genres: tuple[str, ...]
    probabilities: tuple[float, ...]
    thresholds: tuple[float, ...]

    def top(self, count: int = 3) -> list[tuple[str, float]]:
        """The `count` most probable genres with their probabilities, best first."""
        return self._ranked()[:count]

    def chosen(self) -> list[str]:
        """The genres whose probability reaches their threshold, best first."""
        limits = dict(zip(self.genres, self.thresholds, strict=True))
        return [genre for genre, probability in self._ranked() if probability >= limits[genre]]

    def _ranked(self) -> list[tuple[str, float]]:
        pairs = zip(self.genres, self.probabilities, strict=True)
        return sorted(pairs, key=lambda pair: -pair[1])


@dataclass(frozen=True)
class FilmPrediction:
    """What the readers say of one film; None for an input that was not given.

    `combined` is the mean of the readings there are.
    """

    poster: Prediction | None
    overview: Prediction | None
    combined: Prediction


class PosterClassifier:
    """Reads genres from posters with the CNN of a model folder."""

    def __init__(self, artifact: Artifact):
        assert isinstance(artifact.spec.input, PosterInput)
        self.spec = artifact.spec
        self._input = artifact.spec.input
        self._session = artifact.session

    @classmethod
    def from_dir(cls, folder: Path, threads: int = 1) -> "PosterClassifier":
        """Load a model folder, as `load_artifact` does."""
        return cls(load_artifact(folder, "poster", threads))

    def pixels(self, poster: Poster) -> np.ndarray:
        """One poster as the model reads it: float32 (height, width, 3), 0..255.

        Raises:
            InputError: it cannot be read.
        """
        size = self._input.height, self._input.width
        return poster_to_pixels(decode_poster(poster), *size, self._input.fit).astype(np.float32)

    def predict_proba(self, posters: Sequence[Poster]) -> np.ndarray:
        """Probabilities for one or more posters: float32 (posters, genres), 0..1.

        Raises:
            InputError: a poster cannot be read.
        """
        return self.predict_pixels(np.stack([self.pixels(poster) for poster in posters]))

    def predict_pixels(self, pixels: np.ndarray) -> np.ndarray:
        """As `predict_proba`, for stacked results of `pixels`."""
        return self._session.run([self.spec.output_name], {self._input.name: pixels})[0]

    def predict(self, poster: Poster) -> Prediction:
        """The prediction for one poster."""
        return _prediction(self.spec.genres, self.predict_proba([poster])[0], self.spec.thresholds)


class OverviewClassifier:
    """Reads genres from overviews with the LSTM of a model folder."""

    def __init__(self, artifact: Artifact):
        assert isinstance(artifact.spec.input, OverviewInput)
        assert artifact.tokenizer is not None
        self.spec = artifact.spec
        self._input = artifact.spec.input
        self._session = artifact.session
        self._tokenizer = artifact.tokenizer

    @classmethod
    def from_dir(cls, folder: Path, threads: int = 1) -> "OverviewClassifier":
        """Load a model folder, as `load_artifact` does."""
        return cls(load_artifact(folder, "overview", threads))

    def word_ids(self, overview: str) -> np.ndarray:
        """One overview as the model reads it: int32 (sequence_length,).

        Raises:
            InputError: it holds no word, or is too long.
        """
        length = self._input.sequence_length
        ids = encode_overviews(self._tokenizer, [clean_overview(overview)], length)[0]
        if not ids.any():
            raise InputError("The overview holds no word; write a sentence or two about the film.")
        return ids

    def predict_proba(self, overviews: Sequence[str]) -> np.ndarray:
        """Probabilities for one or more overviews: float32 (overviews, genres), 0..1.

        Raises:
            InputError: an overview holds no word, or is too long.
        """
        return self.predict_word_ids(np.stack([self.word_ids(text) for text in overviews]))

    def predict_word_ids(self, word_ids: np.ndarray) -> np.ndarray:
        """As `predict_proba`, for stacked results of `word_ids`."""
        return self._session.run([self.spec.output_name], {self._input.name: word_ids})[0]

    def predict(self, overview: str) -> Prediction:
        """The prediction for one overview."""
        probabilities = self.predict_proba([overview])[0]
        return _prediction(self.spec.genres, probabilities, self.spec.thresholds)


class FilmClassifier:
    """Reads genres from a poster, an overview, or both.

    >>> from gradio_app.classifier import FilmClassifier
    >>> film = FilmClassifier.from_dir("onnx_models").predict(overview="A ghost haunts a house.")
    >>> film.poster is None, len(film.combined.top(3))
    (True, 3)
    """

    def __init__(self, poster: PosterClassifier, overview: OverviewClassifier):
        """Raises ArtifactError where the two models know different genres."""
        if poster.spec.genres != overview.spec.genres:
            raise ArtifactError(
                "The poster and the overview model know different genres; "
                "train and export both on the same films."
            )
        self.poster = poster
        self.overview = overview
        self.genres = poster.spec.genres

    @classmethod
    def from_dir(cls, folder: str | Path, threads: int = 1) -> "FilmClassifier":
        """Load both models of a folder like `onnx_models`.

        Raises:
            ArtifactError: a model cannot be loaded, or the two do not fit together.
        """
        folder = Path(folder)
        if not folder.is_dir():
            raise ArtifactError(f"There is no folder of models {folder}; name one with --models.")
        return cls(
            PosterClassifier.from_dir(folder / FOLDERS["poster"], threads),
            OverviewClassifier.from_dir(folder / FOLDERS["overview"], threads),
        )

    def predict(self, poster: Poster | None = None, overview: str | None = None) -> FilmPrediction:
        """Read one film; a poster of None and a blank overview are not given.

        Raises:
            InputError: neither is given, or one cannot be read.
        """
        overview = overview if overview and overview.strip() else None
        if poster is None and overview is None:
            raise InputError("Give a poster, an overview, or both.")
        return self.combine(
            None if poster is None else self.poster.predict_proba([poster])[0],
            None if overview is None else self.overview.predict_proba([overview])[0],
        )

    def combine(self, poster: np.ndarray | None, overview: np.ndarray | None) -> FilmPrediction:
        """Put the probabilities (genres,) of one film together; at least one is needed.

        The mean of both readings is judged by the mean of their thresholds.
        """
        read = [
            _prediction(self.genres, probabilities, reader.spec.thresholds)
            for probabilities, reader in ((poster, self.poster), (overview, self.overview))
            if probabilities is not None
        ]
        combined = _prediction(
            self.genres,
            np.mean([prediction.probabilities for prediction in read], axis=0),
            tuple(np.mean([prediction.thresholds for prediction in read], axis=0)),
        )
        return FilmPrediction(
            poster=None if poster is None else read[0],
            overview=None if overview is None else read[-1],
            combined=combined,
        )


def _prediction(
    genres: tuple[str, ...], probabilities: np.ndarray, thresholds: tuple[float, ...]
) -> Prediction:
    return Prediction(genres, tuple(float(value) for value in probabilities), thresholds)
