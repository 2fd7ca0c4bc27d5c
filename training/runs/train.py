"""Train one model into a run folder (training/runs/run.py), resumably, and measure it.

The figures are of the validation films.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from gradio_app.classifier import logit
from gradio_app.errors import InputError
from training.config import ReaderConfig
from training.data.films import LabelledFilm, read_extra_films, read_films
from training.data.labels import genre_names, label_matrix
from training.data.pipeline import pipeline
from training.files import read_json, write_json
from training.metrics import validation_metrics
from training.models.build import build_model
from training.models.outputs import OUTPUT_NAME, rescale_output, round_to_half
from training.models.stacking import stack
from training.runs.fitting import epochs_done, fit
from training.runs.history import draw_curves
from training.runs.overview_task import OverviewTask
from training.runs.poster_task import PosterTask
from training.runs.run import begin_run, describe_run
from training.runs.task import Task
from training.teacher.teacher import Teacher, load_labelling_teacher, load_teacher

__all__ = ["save_calibrated", "train"]


def train(
    config: ReaderConfig,
    data: Path,
    folder: Path,
    cache: Path,
    resume: bool = False,
    backbone: Path | None = None,
    teacher: Path | None = None,
) -> dict:
    """Train the model of `config` on the folder of films `data`.

    Args:
        config: every setting.
        data: folder with films.csv.
        folder: of the run; new, unless `resume`, which goes on after the last whole epoch.
        cache: folder for decoded posters, shared by runs.
        resume: go on with a training that was interrupted.
        backbone: file with ImageNet weights; without, see `load_backbone`.
        teacher: folder that `teach` made, for a config with a `teacher_share`; for a poster CNN,
            that of a published overview model as well.

    Returns:
        The validation metrics, as in metrics.json.

    Raises:
        InputError: the data cannot be used, or the folder does not fit `resume`.
    """
    begin_run(folder, config, resume)
    if resume and (folder / "metrics.json").is_file():
        return read_json(folder / "metrics.json")
    done = epochs_done(folder / "checkpoint")
    # A resumed training must not see the first epoch's crops, drop-outs and order again.
    seed = config.seed + 1000 * done
    keras.utils.set_random_seed(seed)
    listed = read_films(data)
    genres = genre_names(listed, config.min_films_per_genre)
    films = listed + (read_extra_films(data, listed) if config.use_extra_films else [])
    task = _make_task(
        config, genres, folder, _load_teacher(config, teacher, genres, films), cache, backbone
    )
    train_films, val_films = (task.choose(films, split) for split in ("train", "validation"))
    files = task.files(train_films)
    task = replace(task, config=task.sized(files))
    model = task.build()
    if not done:
        task.load_pretrained(model)
    counts = {"train": len(train_films), "validation": len(val_films)}
    facts = {"config.json": asdict(config), "genres.json": genres, "films.json": counts}
    describe_run(folder, facts | files)

    inputs, targets = task.training_data(train_films)
    if not done:
        task.warm_start(model, train_films, inputs)
    validation = pipeline(*task.validation_data(val_films), config.batch_size)
    passes = -(-config.least_batches * config.batch_size // len(inputs))
    dataset = task.dataset(inputs, targets, seed).repeat(passes)
    fit(model, task, dataset, validation, passes * len(inputs))

    metrics = save_calibrated(_best_reader(task), task, val_films, validation)
    draw_curves(folder / "history.csv", folder / "curves.png", f"{config.kind} · {folder.name}")
    write_json(folder / "metrics.json", metrics)
    shutil.rmtree(folder / "checkpoint", ignore_errors=True)
    return metrics


def _make_task(
    config: ReaderConfig,
    genres: Sequence[str],
    folder: Path,
    teacher: Teacher | None,
    cache: Path,
    backbone: Path | None,
) -> Task:
    tasks: dict[str, Callable[..., Task]] = {
        "poster": partial(PosterTask, cache=cache, backbone=backbone),
        "overview": OverviewTask,
    }
    return tasks[config.kind](config, genres, folder, teacher)


def _load_teacher(
    config: ReaderConfig,
    folder: Path | None,
    genres: Sequence[str],
    films: Sequence[LabelledFilm],
) -> Teacher | None:
    if config.teacher_share and folder is None:
        raise InputError(
            "This config learns from a teacher; make one (python -m training teacher) and name "
            "it with --teacher, or choose --config default."
        )
    if not config.teacher_share or folder is None:
        return None
    if config.kind == "poster":
        return load_labelling_teacher(folder, genres, films)
    return load_teacher(folder, genres)


def save_calibrated(
    reader: keras.Model,
    task: Task,
    val_films: Sequence[LabelledFilm],
    validation: tf.data.Dataset,
) -> dict:
    """Calibrate a trained model and save it, with its predictions of the validation films.

    Args:
        reader: of the task, as export stores it, with the genres for its one output.
        task: whose folder it is saved in.
        val_films: the validation films.
        validation: batches of the same.

    Returns:
        The metrics of these films.
    """
    config, folder = task.config, task.folder
    labels = label_matrix(val_films, task.genres)
    probabilities = reader.predict(validation, verbose=0)
    calibration: dict[str, object] = {}
    if config.calibrate:
        probabilities, calibration = _calibrate(reader, labels, logit(probabilities), config.seed)
    reader.save_weights(folder / "model.weights.h5")
    np.savez(
        folder / "validation.npz",
        films=[film.id for film in val_films],
        probabilities=reader.predict(validation, verbose=0),
    )
    return validation_metrics(labels, probabilities, config.calibrate) | {
        "calibration": calibration
    }


def _best_reader(task: Task) -> keras.Model:
    """Return the model with the best weights, as export stores them, and its genres alone."""
    trained = task.build()
    trained.load_weights(task.folder / "best.weights.h5")
    genres_alone = keras.Model(trained.inputs, trained.get_layer(OUTPUT_NAME).output)
    reader = build_model(task.config, len(task.genres))
    reader.set_weights(genres_alone.get_weights())
    round_to_half(task.halved_layers(reader))
    return reader


def _calibrate(
    reader: keras.Model, labels: np.ndarray, logits: np.ndarray, seed: int
) -> tuple[np.ndarray, dict[str, object]]:
    """Calibrate the model's last layer.

    Returns:
        Held-out probabilities, by which the model is measured: each film's come from a calibration
        that the other folds gave; and what the calibration is, for spec.json.
    """
    stacking, held_out = stack(labels, [logits], seed)
    rescale_output(reader, stacking.slopes[0], stacking.intercepts)
    return held_out, stacking.as_document()
