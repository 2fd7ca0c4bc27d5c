"""The figures of exported models beside what a user could do instead.

The models predict through the app's own path (`FilmClassifier.predict_many`), from ONNX.
"""

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np

from gradio_app.artifact import sha256
from gradio_app.classifier import FilmClassifier
from gradio_app.errors import InputError
from gradio_app.evaluation.schema import (
    COMPLETED,
    LISTED,
    Curve,
    Evaluation,
    LabelSet,
    Origin,
    Reliability,
    Row,
)
from gradio_app.films import Film
from gradio_app.prediction import FilmPrediction
from gradio_app.readers import OVERVIEW, POSTER, READERS
from training.data.films import LabelledFilm, read_extra_films, read_films
from training.data.labels import label_matrix
from training.evaluation.answer import answer
from training.evaluation.baselines import fit_baselines
from training.evaluation.comparison import Predictions, agreement, compare
from training.evaluation.earlier import COURSEWORK, complete, read_earlier
from training.evaluation.examples import examples
from training.files import read_json
from training.metrics import LOWER_IS_BETTER, precision_recall, reliability

__all__ = ["Measurement", "evaluate", "read_floors", "summarise", "violations"]

_PACKAGES = ("onnxruntime", "tokenizers", "pillow", "numpy", "scikit-learn", "keras", "tensorflow")


@dataclass(frozen=True)
class Measurement:
    """An evaluation, and what its pictures need beyond it.

    Attributes:
        evaluation: all figures.
        labels: genres as listed, 0 or 1, (films, genres).
        predictions: of the baselines, then of the readers.
        histories: reader -> column of its training's history -> one value an epoch, for those
            readers whose spec.json has it.
    """

    evaluation: Evaluation
    labels: np.ndarray
    predictions: list[Predictions]
    histories: dict[str, dict[str, list[float]]]


def evaluate(
    models: Path,
    data: Path,
    split: str,
    cache: Path,
    command: str = "",
    baselines: bool = True,
    other_trainings: Sequence[Path] = (),
    coursework: Path | None = None,
    earlier: Path | None = None,
    backbone: Path | None = None,
) -> Measurement:
    """Measure the models of a folder on the films of one split that have poster and overview.

    Args:
        models: folder of exported models.
        data: folder of films.
        split: "test" for reports, "validation" for choices.
        cache: folder for decoded posters and their features, shared with trainings.
        command: what was typed, for the record.
        baselines: whether to fit and measure those too (minutes).
        other_trainings: folders of their models.
        coursework: folder of the reference system's models, for rows of their own.
        earlier: the JSON of an earlier evaluation on the same films, whose rows stand in where
            there is no `coursework`, and whose other trainings do for the readers that it
            measured too, without `other_trainings`.
        backbone: weights file for the linear probe; None takes those of the package.

    Raises:
        ArtifactError: the models or the earlier evaluation cannot be loaded.
        InputError: the data or the earlier evaluation cannot be used, or a film of the split cannot
            be read.
    """
    classifier = _load(models)
    genres = classifier.genres
    others = [_load(folder, genres) for folder in other_trainings]
    films = read_films(data)
    eval_films = _complete_films(films, split)
    origin = _origin(models, command)
    before = read_earlier(earlier, split, len(eval_films), genres) if earlier else None
    readers, *of_others = (_predict(each, eval_films) for each in (classifier, *others))
    fitted = []
    if baselines:
        train_films = [film for film in films if film.split == "train"]
        extra_films = [film for film in read_extra_films(data, films) if film.split == "train"]
        val_films = _complete_films(films, "validation")
        fitted = fit_baselines(
            train_films, extra_films, val_films, eval_films, genres, backbone, cache
        )
    if coursework:
        fitted += _predict_as_coursework(coursework, genres, eval_films)
    labels = label_matrix(eval_films, genres)
    completed = label_matrix(eval_films, genres, "completed")
    label_sets = {
        name: compare(readers, fitted, of_others, each, genres)
        for name, each in ((LISTED, labels), (COMPLETED, completed))
    }
    if before:
        label_sets = complete(label_sets, before, origin.models)
    evaluation = summarise(origin, split, eval_films, genres, readers, fitted, label_sets)
    return Measurement(evaluation, labels, [*fitted, *readers], _histories(classifier))


def summarise(
    origin: Origin,
    split: str,
    films: Sequence[LabelledFilm],
    genres: tuple[str, ...],
    readers: Sequence[Predictions],
    baselines: Sequence[Predictions],
    label_sets: dict[str, LabelSet],
) -> Evaluation:
    """Put together all that an evaluation holds.

    Args:
        origin: where it comes from.
        split: that of the films.
        films: those that were predicted.
        genres: the labels.
        readers: their predictions, in the order of `READERS`.
        baselines: their predictions.
        label_sets: what was measured, by name of the labels.
    """
    labels = label_matrix(films, genres)
    people = agreement(readers[-1], films, genres)
    return Evaluation(
        origin=origin,
        split=split,
        n_films=len(films),
        genres=genres,
        answer=answer(label_sets[LISTED], people),
        label_sets=label_sets,
        agreement=people,
        reliability={
            one.name: Reliability(*_tuples(reliability(labels, one.probabilities)))
            for one in readers
        },
        precision_recall={
            one.name: Curve(*_tuples(precision_recall(labels, one.probabilities)))
            for one in (*baselines, *readers)
        },
        unnamed={
            one.name: int((one.probabilities < one.thresholds).all(axis=1).sum()) for one in readers
        },
        examples=examples(films, readers, genres),
    )


def _tuples(arrays: Iterable[np.ndarray]) -> list[tuple]:
    return [tuple(array.tolist()) for array in arrays]


def _origin(models: Path, command: str) -> Origin:
    return Origin(
        command=command,
        date=date.today().isoformat(),
        python=platform.python_version(),
        packages={name: version(name) for name in _PACKAGES},
        machine=f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPU cores",
        models={reader.folder: sha256(models / reader.folder / "model.onnx") for reader in READERS},
    )


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
    for result in classifier.predict_many(rows, find_poster=lambda film: posters[film.id]):
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
