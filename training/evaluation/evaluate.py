"""The figures of exported models beside what a user could do instead.

The models answer through the app's own path (`gradio_app.catalogue.pipeline`), from ONNX.
"""

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from gradio_app.artifact import sha256
from gradio_app.catalogue.films import Film
from gradio_app.catalogue.pipeline import classify_films
from gradio_app.classifier import FilmClassifier, FilmPrediction
from gradio_app.errors import InputError
from gradio_app.readers import OVERVIEW, POSTER, READERS
from training.data.films import LabelledFilm, label_matrix, read_extra_films, read_films
from training.evaluation.baselines import (
    always_most_frequent,
    class_frequencies,
    linear_probe,
    poster_features,
    tfidf_logistic_regression,
)
from training.evaluation.comparison import (
    AVERAGE,
    FREQUENCIES,
    PROBE,
    TFIDF,
    TFIDF_EXTRA,
    Comparison,
    Predictions,
    Row,
    agreement,
    compare,
)
from training.evaluation.earlier import COURSEWORK, read_earlier
from training.files import read_json
from training.metrics import LOWER_IS_BETTER, choose_thresholds

__all__ = [
    "COMPLETED",
    "LISTED",
    "Evaluation",
    "evaluate",
    "model_hashes",
    "read_floors",
    "violations",
]

LISTED, COMPLETED = "as listed", "completed"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Evaluation:
    """What was measured on the `films` of a split.

    Attributes:
        readers: poster CNN, overview LSTM, fused.
        baselines: empty where they were not asked for.
        label_sets: `LISTED` and `COMPLETED` -> what is measured against those labels.
        agreement: TMDB's lists and the fused reader (`training.evaluation.comparison.agreement`).
        histories: reader -> column of its training's history -> one value an epoch, for those
            readers whose spec.json tells it.
    """

    split: str
    films: list[LabelledFilm]
    genres: tuple[str, ...]
    readers: list[Predictions]
    baselines: list[Predictions]
    label_sets: dict[str, Comparison]
    agreement: list[Row]
    histories: dict[str, dict[str, list[float]]]

    @property
    def rows(self) -> list[Row]:
        """The main table: genres as listed."""
        return self.label_sets[LISTED].rows


def evaluate(
    models: Path,
    data: Path,
    split: str,
    cache: Path,
    baselines: bool = True,
    seeds: Sequence[Path] = (),
    coursework: Path | None = None,
    earlier: Path | None = None,
    backbone: Path | None = None,
) -> Evaluation:
    """Measure the models of a folder on the films of one split that have poster and overview.

    Args:
        models: folder of exported models.
        data: folder of films.
        split: "test" for reports, "validation" for choices.
        cache: folder for decoded posters and their features, shared with trainings.
        baselines: whether to fit and measure those too (minutes).
        seeds: folders of models of other trainings.
        coursework: folder of the reference system's models, for rows of their own.
        earlier: the JSON of an earlier evaluation on the same films, whose rows stand in where
            there is no `coursework`, and for readers without other `seeds`; a model that it did
            not measure is one training more.
        backbone: weights file for the linear probe; None downloads the weights.

    Raises:
        ArtifactError: the models cannot be loaded.
        InputError: the data or the earlier evaluation cannot be used, or a film of the split cannot
            be read.
    """
    classifier = _load(models)
    others = [_load(folder, classifier.genres) for folder in seeds]
    films = read_films(data)
    judged = _complete_films(films, split)
    kept = earlier and read_earlier(
        earlier,
        split,
        len(judged),
        classifier.genres,
        (LISTED, COMPLETED),
        model_hashes(models),
    )
    readers, *more = (_predict(each, judged) for each in (classifier, *others))
    fitted = []
    if baselines:
        fitted = _predict_as_baselines(films, judged, classifier.genres, data, backbone, cache)
    if coursework:
        fitted += _predict_as_coursework(coursework, classifier.genres, judged)
    label_sets = {
        name: compare(
            readers,
            fitted,
            more,
            label_matrix(judged, classifier.genres, completed=name == COMPLETED),
            classifier.genres,
        )
        for name in (LISTED, COMPLETED)
    }
    if kept:
        label_sets = {name: kept.complete(name, each) for name, each in label_sets.items()}
    return Evaluation(
        split,
        judged,
        classifier.genres,
        readers,
        fitted,
        label_sets,
        agreement(readers[-1], judged, classifier.genres),
        _histories(classifier),
    )


def model_hashes(models: Path) -> dict[str, str]:
    """Model folder -> SHA-256 of its model.onnx."""
    return {reader.folder: sha256(models / reader.folder / "model.onnx") for reader in READERS}


def _load(models: Path, genres: tuple[str, ...] | None = None) -> FilmClassifier:
    classifier = FilmClassifier.from_dir(models, threads=os.cpu_count() or 1)
    if genres not in (None, classifier.genres):
        raise InputError(f"The models in {models} know other genres than those to compare with.")
    return classifier


def _complete_films(films: Sequence[LabelledFilm], split: str) -> list[LabelledFilm]:
    chosen = [film for film in films if film.split == split and film.poster and film.overview]
    if not chosen:
        raise InputError(f"No film of the split {split} has a poster and an overview.")
    return chosen


def _histories(classifier: FilmClassifier) -> dict[str, dict[str, list[float]]]:
    specs = {POSTER.name: classifier.poster.spec, OVERVIEW.name: classifier.overview.spec}
    trainings = {name: spec.document["training"] for name, spec in specs.items()}
    return {
        name: training["history"] for name, training in trainings.items() if "history" in training
    }


def _predict(classifier: FilmClassifier, judged: Sequence[LabelledFilm]) -> list[Predictions]:
    posters = {film.id: film.poster for film in judged}
    rows = [Film(film.id, film.overview) for film in judged]
    by_film: list[FilmPrediction] = []
    for result in classify_films(classifier, rows, lambda film: posters[film.id]):
        if result.prediction is None or result.errors:
            raise InputError(f"Film {result.id} cannot be read: {' '.join(result.errors)}")
        by_film.append(result.prediction)
    predictions = []
    for reader in READERS:
        readings = [getattr(prediction, reader.key) for prediction in by_film]
        probabilities = np.array([reading.probabilities for reading in readings])
        predictions.append(
            Predictions(reader.name, probabilities, np.array(readings[0].thresholds))
        )
    return predictions


def _predict_as_coursework(
    models: Path, genres: tuple[str, ...], judged: Sequence[LabelledFilm]
) -> list[Predictions]:
    """The reference system, whose two readers were never fused."""
    predictions = _predict(_load(models, genres), judged)
    return [replace(one, name=name) for one, name in zip(predictions, COURSEWORK, strict=False)]


def _predict_as_baselines(
    films: Sequence[LabelledFilm],
    judged: Sequence[LabelledFilm],
    genres: Sequence[str],
    data: Path,
    backbone: Path | None,
    cache: Path,
) -> list[Predictions]:
    """All baselines; their thresholds are chosen on the validation films, as the models' are."""
    teaching = [film for film in films if film.split == "train"]
    extra = [film for film in read_extra_films(data, films) if film.labelled]
    validation = _complete_films(films, "validation")
    validation_labels = label_matrix(validation, genres)
    training_labels = label_matrix(teaching, genres)

    def predictions(name: str, tuning: np.ndarray, judging: np.ndarray) -> Predictions:
        return Predictions(name, judging, choose_thresholds(validation_labels, tuning))

    def tfidf(told: Sequence[LabelledFilm]) -> list[np.ndarray]:
        told = [film for film in told if film.overview]
        logger.info("fitting TF-IDF on %d overviews", len(told))
        asked = [film.overview for film in [*validation, *judged]]
        probabilities = tfidf_logistic_regression(
            [film.overview for film in told], label_matrix(told, genres), asked
        )
        return np.split(probabilities, [len(validation)])

    shares = [class_frequencies(training_labels, len(group)) for group in (validation, judged)]
    always = always_most_frequent(training_labels, len(judged))
    pictures = _probe_predictions(
        [*teaching, *extra], genres, [validation, judged], backbone, cache
    )
    listed_text, text = tfidf(teaching), tfidf([*teaching, *extra])
    # Validation mAP: .627 for shares of .6 and .4, .629 for .7 and .3, .626 for .8 and .2.
    average = [0.7 * read + 0.3 * seen for read, seen in zip(text, pictures, strict=True)]
    return [
        predictions(FREQUENCIES, *shares),
        Predictions(
            "always " + " + ".join(np.array(genres)[always[0] > 0]),
            always,
            np.full(len(genres), 0.5),
        ),
        predictions(TFIDF, *listed_text),
        predictions(TFIDF_EXTRA, *text),
        predictions(PROBE, *pictures),
        predictions(AVERAGE, *average),
    ]


def _probe_predictions(
    teaching: Sequence[LabelledFilm],
    genres: Sequence[str],
    judged: Sequence[Sequence[LabelledFilm]],
    backbone: Path | None,
    cache: Path,
) -> list[np.ndarray]:
    seen = [film for film in teaching if film.poster]
    logger.info("fitting the linear probe on %d posters", len(seen))
    known, *asked = (
        poster_features([film.poster for film in films if film.poster], backbone, cache)
        for films in (seen, *judged)
    )
    return linear_probe(known, label_matrix(seen, genres), asked)


def read_floors(file: Path) -> dict[str, dict[str, float]]:
    """Row name -> figure name -> worst accepted value, from a JSON file.

    Raises:
        InputError: there is no such file, or it is not JSON.
    """
    try:
        return read_json(file)
    except (OSError, ValueError) as error:
        raise InputError(f"{file} is not a readable JSON file of floors.") from error


def violations(rows: Sequence[Row], floors: dict[str, dict[str, float]]) -> list[str]:
    """One sentence for each figure (at the thresholds) that is worse than its floor.

    Args:
        rows: of an evaluation.
        floors: row name -> figure name -> the lowest value that is accepted; the highest, where
            lower is better (`LOWER_IS_BETTER`).

    Raises:
        InputError: the floors name a row or a figure that there is not.
    """
    measured = {row.name: row.at_thresholds for row in rows}
    limits = [(name, *limit) for name, wanted in floors.items() for limit in wanted.items()]
    for name, figure, _ in limits:
        if figure not in measured.get(name, {}):
            raise InputError(f"The floors name {figure} of {name!r}, which is not measured.")
    return [
        _violation(name, figure, measured[name][figure], limit)
        for name, figure, limit in limits
        if not _holds(figure, measured[name][figure], limit)
    ]


def _holds(figure: str, value: float, limit: float) -> bool:
    return value <= limit if figure in LOWER_IS_BETTER else value >= limit


def _violation(name: str, figure: str, value: float, limit: float) -> str:
    side = "above its ceiling" if figure in LOWER_IS_BETTER else "below its floor"
    return f"{name}: {figure} is {value:.3f}, {side} {limit:.3f}."
