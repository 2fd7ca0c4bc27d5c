"""Readers side by side on the same films: figures, differences, genres, confusions.

Arrays of labels and probabilities have the shape (films, genres).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from sklearn.metrics import average_precision_score

from gradio_app.readers import COMBINED, OVERVIEW, POSTER
from training.data.films import UNKNOWN, LabelledFilm, label_matrix, tmdb_label_matrix
from training.evaluation.bootstrap import Resampled, film_weights, interval, resample
from training.metrics import expected_calibration_error, figures

__all__ = [
    "AVERAGE",
    "FREQUENCIES",
    "PROBE",
    "TFIDF",
    "TFIDF_EXTRA",
    "TMDB",
    "Comparison",
    "Confusion",
    "Difference",
    "Estimate",
    "GenreFigures",
    "Predictions",
    "Row",
    "SeedRow",
    "agreement",
    "compare",
]

#: Rows of the shipped models are called by the name of their reader, those of baselines so:
FREQUENCIES = "class frequencies"
TFIDF = "TF-IDF + logistic regression"
TFIDF_EXTRA = "TF-IDF + logistic regression, extra overviews"
PROBE = "linear probe"
AVERAGE = "average of the two baselines"
TMDB = "TMDB's lists"


@dataclass(frozen=True)
class Predictions:
    """What a reader or a baseline predicts for the films.

    Attributes:
        name: of its row.
        probabilities: (films, genres), 0..1.
        thresholds: (genres,); a probability that reaches it names the genre.
    """

    name: str
    probabilities: np.ndarray
    thresholds: np.ndarray


class Estimate(NamedTuple):
    """A value with its 95 % interval over films."""

    value: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Row:
    """All figures at 0.5 and at the thresholds, and the intervals of the main ones at these."""

    name: str
    at_half: dict[str, float]
    at_thresholds: dict[str, float]
    intervals: dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Difference:
    """By how much the figures of `name` exceed those of `other` on the same films."""

    name: str
    other: str
    figures: dict[str, Estimate]


@dataclass(frozen=True)
class SeedRow:
    """A reader that was trained several times: mean and standard deviation of its figures."""

    name: str
    models: int
    mean: dict[str, float]
    deviation: dict[str, float]

    def with_another(self, figures: Mapping[str, float]) -> "SeedRow":
        """Of one model more (Welford 1962)."""
        count = self.models + 1
        mean = {name: value + (figures[name] - value) / count for name, value in self.mean.items()}
        squares = {
            name: (self.models - 1) * self.deviation[name] ** 2
            + (figures[name] - value) * (figures[name] - mean[name])
            for name, value in self.mean.items()
        }
        deviation = {name: (value / self.models) ** 0.5 for name, value in squares.items()}
        return SeedRow(self.name, count, mean, deviation)


@dataclass(frozen=True)
class GenreFigures:
    """One reader on one genre that `films` of the films have.

    `predicted` is its mean probability and `observed` the share of those films.
    """

    genre: str
    films: int
    average_precision: Estimate
    precision: float
    recall: float
    f1: float
    threshold: float
    predicted: float
    observed: float
    calibration_error: float


@dataclass(frozen=True)
class Confusion:
    """Of `missed` films that have `genre` but not by this reader, `films` got `instead`, the
    most frequent wrong genre among them."""

    genre: str
    instead: str
    films: int
    missed: int


@dataclass(frozen=True)
class Comparison:
    """Everything that is measured against one set of labels.

    Attributes:
        rows: the baselines, then the readers.
        differences: of pairs of rows.
        seeds: of each reader that was trained more than once.
        genres: reader -> genres that a film has.
        overview_ahead: genre -> average precision of the overview LSTM minus the poster CNN's.
        confusions: reader -> the most frequent first.
    """

    rows: list[Row]
    differences: list[Difference]
    seeds: list[SeedRow]
    genres: dict[str, list[GenreFigures]]
    overview_ahead: dict[str, Estimate]
    confusions: dict[str, list[Confusion]]


def compare(
    readers: Sequence[Predictions],
    baselines: Sequence[Predictions],
    seeds: Sequence[Sequence[Predictions]],
    labels: np.ndarray,
    genres: Sequence[str],
) -> Comparison:
    """Measure all predictions against the same labels, with the same resamples of the films.

    Args:
        readers: in the order of `READERS`.
        baselines: any.
        seeds: the readers of further models; the same model twice is one.
        labels: 0 or 1.
        genres: names of the columns.
    """
    weights = film_weights(len(labels))
    predictions = [*baselines, *readers]
    resampled = {
        one.name: resample(labels, one.probabilities, one.thresholds, weights)
        for one in predictions
    }
    rows = [_row(one, labels, resampled[one.name]) for one in predictions]
    by_genre = {one.name: _by_genre(one, labels, genres, resampled[one.name]) for one in readers}
    trained = [_distinct(models) for models in zip(readers, *seeds, strict=True)]
    return Comparison(
        rows=rows,
        differences=_differences({row.name: row for row in rows}, resampled),
        seeds=[_seed_row(models, labels) for models in trained if len(models) > 1],
        genres=by_genre,
        overview_ahead=_overview_ahead(by_genre, genres, resampled),
        confusions={one.name: _confusions(one, labels, genres) for one in readers},
    )


def agreement(
    fused: Predictions, films: Sequence[LabelledFilm], genres: Sequence[str]
) -> list[Row]:
    """The fused reader beside TMDB's lists, which people made: how far two lists agree.

    Of the films that TMDB has a list of, and the genres that its lists can hold; against the genres
    as listed. Empty where none of these films has any of these genres.
    """
    theirs = tmdb_label_matrix(films, genres)
    rows, columns = (theirs != UNKNOWN).any(axis=1), (theirs != UNKNOWN).any(axis=0)
    labels, theirs = (each[rows][:, columns] for each in (label_matrix(films, genres), theirs))
    if not labels.any():
        return []
    ours = Predictions(
        COMBINED.name, fused.probabilities[rows][:, columns], fused.thresholds[columns]
    )
    people = Predictions(TMDB, theirs, np.full(columns.sum(), 0.5))
    weights = film_weights(len(labels))
    return [
        _row(one, labels, resample(labels, one.probabilities, one.thresholds, weights))
        for one in (people, ours)
    ]


def _row(predictions: Predictions, labels: np.ndarray, resampled: Resampled) -> Row:
    return Row(
        predictions.name,
        figures(labels, predictions.probabilities, 0.5),
        figures(labels, predictions.probabilities, predictions.thresholds),
        {name: interval(values) for name, values in resampled.figures.items()},
    )


def _differences(rows: dict[str, Row], resampled: dict[str, Resampled]) -> list[Difference]:
    best = max((POSTER.name, OVERVIEW.name), key=lambda name: rows[name].at_thresholds["mAP"])
    pairs = [
        (OVERVIEW.name, POSTER.name),
        (COMBINED.name, best),
        (OVERVIEW.name, TFIDF_EXTRA),
        (POSTER.name, PROBE),
        (COMBINED.name, AVERAGE),
    ]
    return [
        _difference(rows[name], rows[other], resampled[name], resampled[other])
        for name, other in pairs
        if other in rows
    ]


def _difference(row: Row, other: Row, resampled: Resampled, others: Resampled) -> Difference:
    return Difference(
        row.name,
        other.name,
        {
            name: Estimate(
                row.at_thresholds[name] - other.at_thresholds[name],
                *interval(values - others.figures[name]),
            )
            for name, values in resampled.figures.items()
        },
    )


def _distinct(models: Sequence[Predictions]) -> list[Predictions]:
    """Without those that answer as an earlier one does: they are the same model."""
    return [
        one
        for place, one in enumerate(models)
        if not any(np.array_equal(one.probabilities, e.probabilities) for e in models[:place])
    ]


def _seed_row(models: Sequence[Predictions], labels: np.ndarray) -> SeedRow:
    measured = [figures(labels, one.probabilities, one.thresholds) for one in models]
    values = {name: [row[name] for row in measured] for name in measured[0]}
    return SeedRow(
        models[0].name,
        len(models),
        {name: float(np.mean(figure)) for name, figure in values.items()},
        {name: float(np.std(figure, ddof=1)) for name, figure in values.items()},
    )


def _by_genre(
    predictions: Predictions, labels: np.ndarray, genres: Sequence[str], resampled: Resampled
) -> list[GenreFigures]:
    return [
        _genre_figures(
            genre,
            labels[:, column],
            predictions.probabilities[:, column],
            float(predictions.thresholds[column]),
            resampled.average_precisions[:, column],
        )
        for column, genre in enumerate(genres)
        if labels[:, column].any()
    ]


def _genre_figures(
    genre: str,
    labels: np.ndarray,
    probabilities: np.ndarray,
    threshold: float,
    average_precisions: np.ndarray,
) -> GenreFigures:
    films, chosen = labels.sum(), probabilities >= threshold
    hits = labels[chosen].sum()
    return GenreFigures(
        genre=genre,
        films=int(films),
        average_precision=Estimate(
            float(average_precision_score(labels, probabilities)), *interval(average_precisions)
        ),
        precision=float(hits / max(chosen.sum(), 1)),
        recall=float(hits / films),
        f1=float(2 * hits / (films + chosen.sum())),
        threshold=threshold,
        predicted=float(probabilities.mean()),
        observed=float(labels.mean()),
        calibration_error=expected_calibration_error(labels, probabilities),
    )


def _overview_ahead(
    by_genre: dict[str, list[GenreFigures]],
    genres: Sequence[str],
    resampled: dict[str, Resampled],
) -> dict[str, Estimate]:
    ahead = resampled[OVERVIEW.name].average_precisions - resampled[POSTER.name].average_precisions
    return {
        poster.genre: Estimate(
            overview.average_precision.value - poster.average_precision.value,
            *interval(ahead[:, genres.index(poster.genre)]),
        )
        for poster, overview in zip(by_genre[POSTER.name], by_genre[OVERVIEW.name], strict=True)
    }


def _confusions(
    predictions: Predictions, labels: np.ndarray, genres: Sequence[str]
) -> list[Confusion]:
    true, chosen = labels > 0, predictions.probabilities >= predictions.thresholds
    missed, wrong = true & ~chosen, chosen & ~true
    together = missed.T.astype(int) @ wrong  # (missed genre, wrong genre) -> films
    pairs = [
        Confusion(genre, genres[row.argmax()], int(row.max()), int(films))
        for genre, row, films in zip(genres, together, missed.sum(axis=0), strict=True)
        if row.any()
    ]
    return sorted(pairs, key=lambda pair: -pair.films)
