"""The mean of several trainings of a poster CNN: better than each, and as fast as one.

Trainings from the same beginning, the backbone's ImageNet weights and a probe for a head, end in
one valley, so that the mean of their weights is often better than any of them (Wortsman et al.
2022, arXiv 2203.05482). Whether it is, the validation films tell.
"""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import keras

from gradio_app.errors import InputError
from training.config import Config, PosterConfig
from training.data.films import read_films
from training.data.pipeline import pipeline
from training.files import write_json
from training.models.build import build_model
from training.models.outputs import round_to_half
from training.models.poster_cnn import get_backbone, halved_layers
from training.runs.poster_task import PosterTask
from training.runs.run import Run, load_run
from training.runs.train import save_calibrated

__all__ = ["average", "average_backbones", "save_mean", "trained_model"]

#: What the folder of a mean does not take over from its first run.
_OWN = ("*.weights.h5", "validation.npz", "metrics.json", "checkpoint")


def average(folders: Sequence[Path], data: Path, folder: Path, cache: Path) -> dict:
    """Make a run of the mean of poster trainings, calibrated anew.

    Args:
        folders: of two finished trainings or more that differ in nothing but their seed and their
            teacher. One that is a mean itself counts as many times as there are trainings in it.
        data: folder with films.csv.
        folder: of the run that is made.
        cache: folder for decoded posters, shared by runs.

    Returns:
        The metrics, as in metrics.json.

    Raises:
        InputError: there is one training alone, they do not fit together, or the folder holds a run
            already.
    """
    if len(folders) < 2:
        raise InputError("A mean takes two trainings or more; name their folders.")
    first, *others = (load_run(each) for each in folders)
    for other in others:
        if _shared(other) != _shared(first):
            raise InputError(f"{other.folder} is no training like {first.folder}; no mean is made.")
    weighed = [(trained_model(run), run.metrics.get("mean_of", 1)) for run in others]
    return save_mean(first, weighed, data, folder, cache)


def save_mean(
    run: Run,
    others: Sequence[tuple[keras.Model, int]],
    data: Path,
    folder: Path,
    cache: Path,
) -> dict:
    """Make a run of the mean of a poster training and of other models like it.

    The head is the training's, for trainings do not change heads.

    Args:
        run: a finished training of a poster CNN with a backbone.
        others: models of the same architecture, each with the number of trainings in it.
        data: folder with films.csv.
        folder: of the run that is made.
        cache: folder for decoded posters.

    Returns:
        The metrics.

    Raises:
        InputError: the run is none of a poster CNN with a backbone, or the folder holds a run.
    """
    config = run.config
    if not isinstance(config, PosterConfig) or config.architecture == "coursework":
        raise InputError(f"{run.folder} is no training of a poster CNN with a backbone.")
    if folder.exists():
        raise InputError(f"{folder} is there already; name another --run.")
    model, n_trainings = trained_model(run), run.metrics.get("mean_of", 1)
    for other, count in others:
        average_backbones(model, other, count / (n_trainings + count))
        n_trainings += count
    task = PosterTask(config, run.genres, folder, None, cache, None)
    films = task.choose(read_films(data), "validation")
    shutil.copytree(run.folder, folder, ignore=shutil.ignore_patterns(*_OWN))
    model.save_weights(folder / "best.weights.h5")
    round_to_half(halved_layers(model))
    batches = pipeline(*task.validation_data(films), config.batch_size)
    metrics = save_calibrated(model, task, films, batches) | {"mean_of": n_trainings}
    write_json(folder / "metrics.json", metrics)
    return metrics


def trained_model(run: Run) -> keras.Model:
    """Return the model of a poster training as it was trained, before calibration."""
    model = build_model(run.config, len(run.genres))
    model.load_weights(run.folder / "best.weights.h5")
    return model


def average_backbones(model: keras.Model, other: keras.Model, share: float) -> None:
    """Give the backbone of `model` a weighted mean of its weights and those of `other`'s.

    Args:
        model: a poster CNN with a backbone.
        other: one of the same architecture.
        share: how much of the mean is of `other`, 0..1.
    """
    backbone, other_backbone = get_backbone(model), get_backbone(other)
    assert backbone is not None
    assert other_backbone is not None
    pairs = zip(backbone.get_weights(), other_backbone.get_weights(), strict=True)
    backbone.set_weights([(1 - share) * own + share * others for own, others in pairs])


def _shared(run: Run) -> tuple[Config, list[str]]:
    return replace(run.config, seed=0), run.genres
