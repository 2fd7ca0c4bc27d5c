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
    eval_films = _complete_films(films, split)
    kept = earlier and read_earlier(
        earlier,
        split,
        len(eval_films),
        classifier.genres,
        (LISTED, COMPLETED),
        model_hashes(models),
    )
    readers, *more = (_predict(each, eval_films) for each in (classifier, *others))
    fitted = []
    if baselines:
        fitted = _predict_as_baselines(films, eval_films, classifier.genres, data, backbone, cache)
    if coursework:
        fitted += _predict_as_coursework(coursework, classifier.genres, eval_films)
    label_sets = {
        name: compare(
            readers,
            fitted,
            more,
            label_matrix(eval_films, classifier.genres, completed=name == COMPLETED),
            classifier.genres,
        )
        for name in (LISTED, COMPLETED)
    }
    if kept:
        label_sets = {name: kept.complete(name, each) for name, each in label_sets.items()}
    return Evaluation(
        split,
        eval_films,
        classifier.genres,
        readers,
        fitted,
        label_sets,
        agreement(readers[-1], eval_films, classifier.genres),
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


def _predict(classifier: FilmClassifier, eval_films: Sequence[LabelledFilm]) -> list[Predictions]:
    posters = {film.id: film.poster for film in eval_films}
    rows = [Film(film.id, film.overview) for film in eval_films]
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
    models: Path, genres: tuple[str, ...], eval_films: Sequence[LabelledFilm]
) -> list[Predictions]:
    """The reference system, whose two readers were never fused."""
    predictions = _predict(_load(models, genres), eval_films)
    return [replace(one, name=name) for one, name in zip(predictions, COURSEWORK, strict=False)]


def _predict_as_baselines(
    films: Sequence[LabelledFilm],
    eval_films: Sequence[LabelledFilm],
    genres: Sequence[str],
    data: Path,
    backbone: Path | None,
    cache: Path,
) -> list[Predictions]:
    """All baselines; their thresholds are chosen on the validation films, as the models' are."""
    train_films = [film for film in films if film.split == "train"]
    extra = [film for film in read_extra_films(data, films) if film.labelled]
    val_films = _complete_films(films, "validation")
    val_labels = label_matrix(val_films, genres)
    train_labels = label_matrix(train_films, genres)

    def predictions(name: str, on_val: np.ndarray, on_eval: np.ndarray) -> Predictions:
        return Predictions(name, on_eval, choose_thresholds(val_labels, on_val))

    def tfidf(fitted_films: Sequence[LabelledFilm]) -> list[np.ndarray]:
        read = [film for film in fitted_films if film.overview]
        logger.info("fitting TF-IDF on %d overviews", len(read))
        probabilities = tfidf_logistic_regression(
            [film.overview for film in read],
            label_matrix(read, genres),
            [film.overview for film in [*val_films, *eval_films]],
        )
        return np.split(probabilities, [len(val_films)])

    frequencies = [class_frequencies(train_labels, len(group)) for group in (val_films, eval_films)]
    always = always_most_frequent(train_labels, len(eval_films))
    pictures = _probe_predictions(
        [*train_films, *extra], genres, [val_films, eval_films], backbone, cache
    )
    listed_text, text = tfidf(train_films), tfidf([*train_films, *extra])
    # Validation mAP: .627 for weights of .6 and .4, .629 for .7 and .3, .626 for .8 and .2.
    average = [0.7 * read + 0.3 * seen for read, seen in zip(text, pictures, strict=True)]
    return [
        predictions(FREQUENCIES, *frequencies),
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
    train_films: Sequence[LabelledFilm],
    genres: Sequence[str],
    film_groups: Sequence[Sequence[LabelledFilm]],
    backbone: Path | None,
    cache: Path,
) -> list[np.ndarray]:
    """The probabilities of the linear probe for each group of films."""
    seen = [film for film in train_films if film.poster]
    logger.info("fitting the linear probe on %d posters", len(seen))
    train_features, *eval_features = (
        poster_features([film.poster for film in films if film.poster], backbone, cache)
        for films in (seen, *film_groups)
    )
    return linear_probe(train_features, label_matrix(seen, genres), eval_features)


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
