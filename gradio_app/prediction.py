"""What the models say of one film: probabilities, suggested genres, notes and errors."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from gradio_app.artifact import Spec
from gradio_app.films import Film
from gradio_app.readers import READERS

__all__ = ["Comparison", "FilmPrediction", "FilmResult", "Prediction", "WordCounts"]


@dataclass(frozen=True)
class Prediction:
    """Probabilities of the genres for one film; all three tuples have the same order."""

    genres: tuple[str, ...]
    probabilities: tuple[float, ...]
    thresholds: tuple[float, ...]

    @classmethod
    def of(cls, spec: Spec, probabilities: np.ndarray) -> "Prediction":
        """Make a prediction of what a model gives for one film: (genres,), 0..1."""
        return cls(spec.genres, tuple(probabilities.tolist()), spec.thresholds)

    def top(self, count: int = 3) -> list[tuple[str, float]]:
        """Return the `count` most probable genres with their probabilities, best first.

        >>> Prediction(("Drama", "War"), (0.4, 0.7), (0.3, 0.8)).top(1)
        [('War', 0.7)]
        """
        return self._ranked()[:count]

    def chosen(self) -> list[str]:
        """Return the genres whose probability reaches their threshold, best first.

        >>> Prediction(("Drama", "War"), (0.4, 0.7), (0.3, 0.8)).chosen()
        ['Drama']
        """
        limits = dict(zip(self.genres, self.thresholds, strict=True))
        return [genre for genre, probability in self._ranked() if probability >= limits[genre]]

    def _ranked(self) -> list[tuple[str, float]]:
        pairs = zip(self.genres, self.probabilities, strict=True)
        return sorted(pairs, key=lambda pair: -pair[1])


@dataclass(frozen=True)
class WordCounts:
    """How many words an overview has.

    Attributes:
        words: all of them.
        words_read: the first of them, as many as the model reads.
        words_unknown: those of the words read that the model does not know.
    """

    words: int
    words_read: int
    words_unknown: int


@dataclass(frozen=True)
class FilmPrediction:
    """The predictions for one film; None for an input that was not given.

    Attributes:
        poster: by the poster alone.
        overview: by the overview alone.
        combined: by both; where one input is missing, it is the other's, with its thresholds.
        notes: what a reader of the predictions should know, a sentence each.
        words: counts of the overview; None without one.
        poster_notes: those of the notes that are about the poster.
    """

    poster: Prediction | None
    overview: Prediction | None
    combined: Prediction
    notes: tuple[str, ...] = ()
    words: WordCounts | None = None
    poster_notes: tuple[str, ...] = ()

    @property
    def overview_notes(self) -> tuple[str, ...]:
        """Those of the notes that are about the overview."""
        return tuple(note for note in self.notes if note not in self.poster_notes)

    def readings(self) -> dict[str, Prediction | None]:
        """Return the three predictions by the key of their reader."""
        return {reader.key: getattr(self, reader.key) for reader in READERS}

    def comparison(self) -> "Comparison | None":
        """Return where the readers' three most probable genres agree; None with one input."""
        if self.poster is None or self.overview is None:
            return None
        seen = [genre for genre, _ in self.poster.top(3)]
        read = [genre for genre, _ in self.overview.top(3)]
        return Comparison(
            both=tuple(genre for genre in read if genre in seen),
            poster_alone=tuple(genre for genre in seen if genre not in read),
            overview_alone=tuple(genre for genre in read if genre not in seen),
        )

    def as_document(self) -> dict[str, Any]:
        """Return all of it for JSON; the probabilities of each reader stand best first."""
        document: dict[str, Any] = {
            name: None if reading is None else dict(reading.top(len(reading.genres)))
            for name, reading in self.readings().items()
        }
        counts = dict.fromkeys(("words", "words_read", "words_unknown"))
        return (
            document
            | {"genres": self.combined.chosen(), "notes": list(self.notes)}
            | (vars(self.words) if self.words else counts)
        )


@dataclass(frozen=True)
class Comparison:
    """Genres among the three most probable of both readers or of one alone, best first."""

    both: tuple[str, ...]
    poster_alone: tuple[str, ...]
    overview_alone: tuple[str, ...]


@dataclass(frozen=True)
class FilmResult:
    """One film of many; `prediction` is None where nothing of it could be read.

    Attributes:
        film: as its source lists it.
        prediction: by what could be read.
        errors: why an input could not be read, a sentence each.
    """

    film: Film
    prediction: FilmPrediction | None
    errors: tuple[str, ...]

    @property
    def id(self) -> str:
        """The id of the film."""
        return self.film.id

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the prediction should know, a sentence each."""
        return self.prediction.notes if self.prediction else ()
