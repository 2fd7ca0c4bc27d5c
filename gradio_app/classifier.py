"""The readers: a poster CNN, an overview LSTM, and both together."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from gradio_app.artifact import (
    Artifact,
    FusionInput,
    OverviewInput,
    PosterInput,
    load_artifact,
)
from gradio_app.errors import ArtifactError, InputError
from gradio_app.preprocessing import (
    Poster,
    Word,
    clean_overview,
    decode_poster,
    encode_overviews,
    find_words,
    picture_box,
    poster_to_pixels,
)
from gradio_app.readers import COMBINED, OVERVIEW, POSTER, READERS

__all__ = [
    "Comparison",
    "FilmClassifier",
    "FilmPrediction",
    "Fusion",
    "OverviewClassifier",
    "PosterClassifier",
    "Prediction",
    "logit",
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

    `combined` comes from both; where one input is missing, it is the reading of the other, with
    its thresholds.
    """

    poster: Prediction | None
    overview: Prediction | None
    combined: Prediction

    def readings(self) -> dict[str, Prediction | None]:
        """The three readings by the key of their reader."""
        return {reader.key: getattr(self, reader.key) for reader in READERS}

    def comparison(self) -> "Comparison | None":
        """Where the readers' three most probable genres agree; None where one input is missing."""
        if self.poster is None or self.overview is None:
            return None
        seen = [genre for genre, _ in self.poster.top(3)]
        read = [genre for genre, _ in self.overview.top(3)]
        return Comparison(
            both=tuple(genre for genre in read if genre in seen),
            poster_alone=tuple(genre for genre in seen if genre not in read),
            overview_alone=tuple(genre for genre in read if genre not in seen),
        )

    def as_document(self) -> dict[str, dict[str, float] | list[str] | None]:
        """All probabilities by reading, best first, and the suggested genres; for JSON."""
        document: dict[str, dict[str, float] | list[str] | None] = {
            name: None if reading is None else dict(reading.top(len(reading.genres)))
            for name, reading in self.readings().items()
        }
        return document | {"genres": self.combined.chosen()}


@dataclass(frozen=True)
class Comparison:
    """Genres among the three most probable of both readers or of one alone, best first."""

    both: tuple[str, ...]
    poster_alone: tuple[str, ...]
    overview_alone: tuple[str, ...]


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

    def picture_box(self, image: Image.Image) -> tuple[int, int, int, int]:
        """Where a decoded poster lies in its `pixels`: see `preprocessing.picture_box`."""
        return picture_box(image, self._input.height, self._input.width, self._input.fit)

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

    def words(self, overview: str) -> list[Word]:
        """Every word of a cleaned overview, in order; `word_ids` holds the ids of the first.

        Args:
            overview: as `clean_overview` returns it.
        """
        return find_words(self._tokenizer, overview)

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


class Fusion:
    """Puts the readings of poster and overview together with the fused model of a folder."""

    def __init__(self, artifact: Artifact):
        assert isinstance(artifact.spec.input, FusionInput)
        self.spec = artifact.spec
        self._input = artifact.spec.input
        self._session = artifact.session

    @classmethod
    def from_dir(cls, folder: Path, threads: int = 1) -> "Fusion":
        """Load a model folder, as `load_artifact` does."""
        return cls(load_artifact(folder, "fusion", threads))

    def predict_proba(self, poster: np.ndarray | None, overview: np.ndarray | None) -> np.ndarray:
        """Probabilities of films from those of their readers, all float32 (films, genres), 0..1.

        An input that no film has is None; at least one is given.
        """
        given = poster if poster is not None else overview
        assert given is not None
        inputs = {
            name: np.zeros_like(given) if probabilities is None else logit(probabilities)
            for name, probabilities in (
                (self._input.poster, poster),
                (self._input.overview, overview),
            )
        }
        present = np.array([poster is not None, overview is not None], np.float32)
        inputs[self._input.present] = np.tile(present, (len(given), 1))
        return self._session.run([self.spec.output_name], inputs)[0]


def logit(probabilities: np.ndarray) -> np.ndarray:
    """The inverse of the sigmoid with which readers end, float32; finite for 0 and 1."""
    within = np.clip(probabilities.astype(np.float64), 1e-6, 1 - 1e-6)
    return (np.log(within) - np.log1p(-within)).astype(np.float32)


class FilmClassifier:
    """Reads genres from a poster, an overview, or both.

    >>> from gradio_app.classifier import FilmClassifier
    >>> film = FilmClassifier.from_dir("onnx_models").predict(overview="A ghost haunts a house.")
    >>> film.poster is None, len(film.combined.top(3))
    (True, 3)
    """

    def __init__(self, poster: PosterClassifier, overview: OverviewClassifier, fusion: Fusion):
        """Raises ArtifactError where the three models do not belong together."""
        if not poster.spec.genres == overview.spec.genres == fusion.spec.genres:
            raise ArtifactError(
                "The poster, the overview and the fused model know different genres; "
                "train and export them on the same films."
            )
        if fusion.spec.weights != poster.spec.weights | overview.spec.weights:
            raise ArtifactError(
                "The fused model was made for other readers than these; train and export it "
                "again (python -m training fusion)."
            )
        self.poster = poster
        self.overview = overview
        self.fusion = fusion
        self.genres = poster.spec.genres

    @classmethod
    def from_dir(cls, folder: str | Path, threads: int = 1) -> "FilmClassifier":
        """Load the models of a folder like `onnx_models`.

        Raises:
            ArtifactError: a model cannot be loaded, or they do not belong together.
        """
        folder = Path(folder)
        if not folder.is_dir():
            raise ArtifactError(f"There is no folder of models {folder}; name one with --models.")
        return cls(
            PosterClassifier.from_dir(folder / POSTER.folder, threads),
            OverviewClassifier.from_dir(folder / OVERVIEW.folder, threads),
            Fusion.from_dir(folder / COMBINED.folder, threads),
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
        """Put the probabilities (genres,) of one film together; at least one is needed."""
        both = poster is not None and overview is not None
        alone = self.overview if poster is None else self.poster
        fused = self.fusion.predict_proba(
            None if poster is None else poster[None],
            None if overview is None else overview[None],
        )[0]
        limits = (self.fusion if both else alone).spec.thresholds
        return FilmPrediction(
            poster=self._reading(self.poster, poster),
            overview=self._reading(self.overview, overview),
            combined=_prediction(self.genres, fused, limits),
        )

    def _reading(
        self, reader: PosterClassifier | OverviewClassifier, probabilities: np.ndarray | None
    ) -> Prediction | None:
        if probabilities is None:
            return None
        return _prediction(self.genres, probabilities, reader.spec.thresholds)


def _prediction(
    genres: tuple[str, ...], probabilities: np.ndarray, thresholds: tuple[float, ...]
) -> Prediction:
    return Prediction(genres, tuple(float(value) for value in probabilities), thresholds)
