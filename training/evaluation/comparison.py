"""Readers side by side on the same films: figures, differences, genres, confusions.

Arrays of labels and probabilities have the shape (films, genres).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import average_precision_score

from gradio_app.evaluation.schema import (
    Confusion,
    Difference,
    Estimate,
    GenreFigures,
    Interval,
    LabelSet,
    Row,
    Trainings,
)
from gradio_app.readers import COMBINED, OVERVIEW, POSTER
from training.data.films import LabelledFilm
from training.data.labels import UNKNOWN, label_matrix, tmdb_label_matrix
from training.evaluation.bootstrap import Resampled, film_weights, interval, resample
from training.metrics import expected_calibration_error, figures

__all__ = [
    "AVERAGE",
    "PROBE",
    "TFIDF",
    "TFIDF_EXTRA",
    "TMDB",
    "Predictions",
    "agreement",
    "compare",
]

#: Rows of models are called by the name of their reader, those of baselines so:
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


def compare(
    readers: Sequence[Predictions],
    baselines: Sequence[Predictions],
    other_trainings: Sequence[Sequence[Predictions]],
    labels: np.ndarray,
    genres: Sequence[str],
) -> LabelSet:
    """Measure all predictions against the same labels, with the same resamples of the films.

    Args:
        readers: in the order of `READERS`.
        baselines: any.
        other_trainings: the readers of further models; the same model twice is one.
        labels: 0 or 1.
        genres: names of the columns.
    """
    weights = film_weights(len(labels))
    predictions = [*baselines, *readers]
    resampled = {
        one.name: resample(labels, one.probabilities, one.thresholds, weights)
        for one in predictions
    }
    rows = tuple(_row(one, labels, resampled[one.name]) for one in predictions)
    by_genre = {one.name: _by_genre(one, labels, genres, resampled[one.name]) for one in readers}
    trained = [_distinct(models) for models in zip(readers, *other_trainings, strict=True)]
    return LabelSet(
        rows=rows,
        differences=_differences({row.name: row for row in rows}, resampled),
        trainings=tuple(_trainings(models, labels) for models in trained if len(models) > 1),
        genres=by_genre,
        overview_ahead=_overview_ahead(by_genre, genres, resampled),
        confusions={one.name: _confusions(one, labels, genres) for one in readers},
    )


def agreement(
    fused: Predictions, films: Sequence[LabelledFilm], genres: Sequence[str]
) -> tuple[Row, ...]:
    """Measure TMDB's lists, which people made, and the fused reader beside them.

    The films are those that TMDB has a list of, the genres those that its lists can hold, and the
    labels are the genres as listed.

    Returns:
        Both rows; none where none of these films has any of these genres.
    """
    theirs = tmdb_label_matrix(films, genres)
    rows, columns = (theirs != UNKNOWN).any(axis=1), (theirs != UNKNOWN).any(axis=0)
    labels, theirs = (each[rows][:, columns] for each in (label_matrix(films, genres), theirs))
    if not labels.any():
        return ()
    ours = Predictions(
        COMBINED.name, fused.probabilities[rows][:, columns], fused.thresholds[columns]
    )
    people = Predictions(TMDB, theirs, np.full(columns.sum(), 0.5))
    weights = film_weights(len(labels))
    return tuple(
        _row(one, labels, resample(labels, one.probabilities, one.thresholds, weights))
        for one in (people, ours)
    )


def _row(predictions: Predictions, labels: np.ndarray, resampled: Resampled) -> Row:
    return Row(
        predictions.name,
        figures(labels, predictions.probabilities, 0.5),
        figures(labels, predictions.probabilities, predictions.thresholds),
        {name: Interval(*interval(values)) for name, values in resampled.figures.items()},
    )


def _differences(rows: dict[str, Row], resampled: dict[str, Resampled]) -> tuple[Difference, ...]:
    best = max((POSTER.name, OVERVIEW.name), key=lambda name: rows[name].at_thresholds["mAP"])
    pairs = [
        (OVERVIEW.name, POSTER.name),
        (COMBINED.name, best),
        (OVERVIEW.name, TFIDF_EXTRA),
        (POSTER.name, PROBE),
        (COMBINED.name, AVERAGE),
    ]
    return tuple(
        _difference(rows[name], rows[other], resampled[name], resampled[other])
        for name, other in pairs
        if other in rows
    )


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
    """Leave out those that predict the same as an earlier one: they are the same model."""
    return [
        one
        for place, one in enumerate(models)
        if not any(np.array_equal(one.probabilities, e.probabilities) for e in models[:place])
    ]


def _trainings(models: Sequence[Predictions], labels: np.ndarray) -> Trainings:
    measured = [figures(labels, one.probabilities, one.thresholds) for one in models]
    values = {name: [row[name] for row in measured] for name in measured[0]}
    return Trainings(
        models[0].name,
        len(models),
        {name: float(np.mean(figure)) for name, figure in values.items()},
        {name: float(np.std(figure, ddof=1)) for name, figure in values.items()},
    )


def _by_genre(
    predictions: Predictions, labels: np.ndarray, genres: Sequence[str], resampled: Resampled
) -> tuple[GenreFigures, ...]:
    return tuple(
        _genre_figures(
            genre,
            labels[:, column],
            predictions.probabilities[:, column],
            float(predictions.thresholds[column]),
            resampled.average_precisions[:, column],
        )
        for column, genre in enumerate(genres)
        if labels[:, column].any()
    )


def _genre_figures(
    genre: str,
    labels: np.ndarray,
    probabilities: np.ndarray,
    threshold: float,
    average_precisions: np.ndarray,
) -> GenreFigures:
    n_films, chosen = labels.sum(), probabilities >= threshold
    hits = labels[chosen].sum()
    return GenreFigures(
        genre=genre,
        n_films=int(n_films),
        average_precision=Estimate(
            float(average_precision_score(labels, probabilities)), *interval(average_precisions)
        ),
        precision=float(hits / max(chosen.sum(), 1)),
        recall=float(hits / n_films),
        f1=float(2 * hits / (n_films + chosen.sum())),
        threshold=threshold,
        predicted=float(probabilities.mean()),
        observed=float(labels.mean()),
        calibration_error=expected_calibration_error(labels, probabilities),
    )


def _overview_ahead(
    by_genre: dict[str, tuple[GenreFigures, ...]],
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
) -> tuple[Confusion, ...]:
    true, chosen = labels > 0, predictions.probabilities >= predictions.thresholds
    missed, wrong = true & ~chosen, chosen & ~true
    together = missed.T.astype(int) @ wrong  # (missed genre, wrong genre) -> number of films
    pairs = [
        Confusion(genre, genres[row.argmax()], int(row.max()), int(n_missed))
        for genre, row, n_missed in zip(genres, together, missed.sum(axis=0), strict=True)
        if row.any()
    ]
    return tuple(sorted(pairs, key=lambda pair: -pair.n_films))
