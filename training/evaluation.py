"""The figures of exported models beside what a user could do instead.

The models answer through the app's own path (`gradio_app.batch`), from ONNX.
"""

import json
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gradio_app.batch import classify_films
from gradio_app.classifier import FilmClassifier, Prediction
from gradio_app.errors import InputError
from training.baselines import always_most_frequent, class_frequencies, tfidf_logistic_regression
from training.data import Film, label_matrix, read_extra_films, read_films
from training.metrics import choose_thresholds, figures

__all__ = ["Evaluation", "Row", "evaluate", "falls_below", "read_floors"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Row:
    """One reader or baseline: its figures at 0.5 and at thresholds chosen on validation."""

    name: str
    at_half: dict[str, float]
    at_thresholds: dict[str, float]


@dataclass(frozen=True)
class Evaluation:
    """The rows of the table, and on how many films of which split they were measured."""

    split: str
    films: int
    rows: list[Row]


def evaluate(models: Path, data: Path, split: str, baselines: bool = True) -> Evaluation:
    """Measure the models of a folder on the films of one split that have poster and overview.

    Args:
        models: folder of exported models.
        data: folder of films.
        split: "test" for reports, "validation" for choices.
        baselines: whether to fit and measure those too (minutes).

    Raises:
        ArtifactError: the models cannot be loaded.
        InputError: the data cannot be used, or a film of the split cannot be read.
    """
    classifier = FilmClassifier.from_dir(models, threads=os.cpu_count() or 1)
    films = read_films(data)
    judged = _whole(films, split)
    labels = label_matrix(judged, classifier.genres)
    rows = _reader_rows(classifier, judged, labels, data)
    if baselines:
        rows = _baseline_rows(films, judged, labels, classifier.genres, data) + rows
    return Evaluation(split, len(judged), rows)


def _whole(films: Sequence[Film], split: str) -> list[Film]:
    chosen = [film for film in films if film.split == split and film.poster and film.overview]
    if not chosen:
        raise InputError(f"No film of the split {split} has a poster and an overview.")
    return chosen


def _reader_rows(
    classifier: FilmClassifier, judged: Sequence[Film], labels: np.ndarray, data: Path
) -> list[Row]:
    table = [{"id": film.id, "overview": film.overview} for film in judged]
    results = list(classify_films(classifier, table, data / "posters"))
    for result in results:
        if result.errors:
            raise InputError(f"Film {result.id} cannot be read: {' '.join(result.errors)}")
    rows = []
    for name, reader in (
        ("poster CNN", "poster"),
        ("overview LSTM", "overview"),
        ("mean of both", "combined"),
    ):
        predictions: list[Prediction] = [getattr(result.prediction, reader) for result in results]
        probabilities = np.array([prediction.probabilities for prediction in predictions])
        rows.append(_row(name, labels, probabilities, np.array(predictions[0].thresholds)))
    return rows


def _row(name: str, labels: np.ndarray, probabilities: np.ndarray, thresholds: np.ndarray) -> Row:
    return Row(
        name,
        figures(labels, probabilities, 0.5),
        figures(labels, probabilities, thresholds),
    )


def _baseline_rows(
    films: Sequence[Film],
    judged: Sequence[Film],
    labels: np.ndarray,
    genres: Sequence[str],
    data: Path,
) -> list[Row]:
    teaching = [film for film in films if film.split == "train"]
    validation = _whole(films, "validation")
    validation_labels = label_matrix(validation, genres)
    training_labels = label_matrix(teaching, genres)
    always = always_most_frequent(training_labels, len(judged))
    rows = [
        _row(
            "class frequencies",
            labels,
            class_frequencies(training_labels, len(judged)),
            choose_thresholds(
                validation_labels, class_frequencies(training_labels, len(validation))
            ),
        ),
        _row(
            "always " + " + ".join(np.array(genres)[always[0] > 0]),
            labels,
            always,
            np.full(len(genres), 0.5),
        ),
    ]
    extra = [film for film in read_extra_films(data, films) if film.overview]
    for name, more in (
        ("TF-IDF + logistic regression", []),
        ("TF-IDF + logistic regression, extra overviews", extra),
    ):
        logger.info("fitting %s", name)
        told = [film for film in [*teaching, *more] if film.overview]
        tuning, judging = tfidf_logistic_regression(told, genres, [validation, judged])
        rows.append(_row(name, labels, judging, choose_thresholds(validation_labels, tuning)))
    return rows


def read_floors(file: Path) -> dict[str, dict[str, float]]:
    """Row name -> figure name -> lowest accepted value, from a JSON file.

    Raises:
        InputError: there is no such file, or it is not JSON.
    """
    try:
        return json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{file} is not a readable JSON file of floors.") from error


def falls_below(evaluation: Evaluation, floors: dict[str, dict[str, float]]) -> list[str]:
    """One sentence for each figure (at the thresholds) that is lower than its floor.

    Args:
        evaluation: of the models.
        floors: row name -> figure name -> lowest value that is accepted.
    """
    rows = {row.name: row.at_thresholds for row in evaluation.rows}
    return [
        f"{name}: {figure} is {rows[name][figure]:.3f}, below its floor {floor:.3f}."
        for name, wanted in floors.items()
        for figure, floor in wanted.items()
        if not rows[name][figure] >= floor
    ]
