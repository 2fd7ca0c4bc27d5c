"""Fuse two trained readers: their logits are stacked (training/stacking.py).

A run folder of a fusion holds config.json, genres.json, films.json, readers.json (which weights
it was made for), model.weights.h5 and metrics.json.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import numpy as np

from gradio_app.classifier import logits
from gradio_app.errors import InputError
from training.config import FusionConfig, config_from_json
from training.data import label_matrix, read_films
from training.files import read_json, write_json
from training.metrics import validation_metrics
from training.models import OUTPUT_NAME
from training.run import Run, load_run
from training.stacking import FOLDS, OTHERS_STRENGTHS, Stacking, stack

__all__ = ["FusionRun", "build_fusion", "fuse", "load_fusion"]


@keras.saving.register_keras_serializable("training")
class _StackedLogits(keras.layers.Layer):
    """Both readers' logits -> the fused ones; where one reader is missing, the other's as they
    are."""

    def build(self, shapes):
        genres = shapes[0][-1]
        self.weights_of_logits = self.add_weight(shape=(2, genres, genres), name="weights")
        self.intercepts = self.add_weight(shape=(genres,), name="intercepts")

    def call(self, inputs):
        poster, overview, present = inputs
        has_poster, has_overview = present[:, :1], present[:, 1:]
        both = has_poster * has_overview
        poster_weights, overview_weights = self.weights_of_logits[0], self.weights_of_logits[1]
        stacked = poster @ poster_weights + overview @ overview_weights + self.intercepts
        alone = poster * has_poster + overview * has_overview
        return both * stacked + (1.0 - both) * alone


@dataclass(frozen=True)
class FusionRun:
    """A finished fusion. `weights` says which readers' weights it was made for."""

    folder: Path
    config: FusionConfig
    genres: list[str]
    films: dict[str, int]
    weights: dict[str, str]
    metrics: dict

    def model(self) -> keras.Model:
        model = build_fusion(len(self.genres))
        model.load_weights(self.folder / "model.weights.h5")
        return model


def build_fusion(genres: int) -> keras.Model:
    """The fused model: float32 `poster_logits` and `overview_logits` (batch, genres) and
    `present` (batch, 2: poster, overview; 1 or 0) -> probabilities (batch, genres)."""
    poster = keras.Input((genres,), name="poster_logits")
    overview = keras.Input((genres,), name="overview_logits")
    present = keras.Input((2,), name="present")
    stacked = _StackedLogits(name="stacking")([poster, overview, present])
    output = keras.layers.Activation("sigmoid", name=OUTPUT_NAME)(stacked)
    return keras.Model([poster, overview, present], output, name="fusion")


def fuse(poster: Path, overview: Path, data: Path, folder: Path) -> dict:
    """Fuse the readers of two runs, on the validation films, which taught neither.

    Returns:
        The metrics, as in metrics.json. They are of held-out folds of these films.

    Raises:
        InputError: the runs do not fit together, or the folder holds a run already.
    """
    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder} holds a run already; name another --run.")
    runs = [_load(poster, "poster"), _load(overview, "overview")]
    genres = runs[0].genres
    if runs[1].genres != genres:
        raise InputError(f"{poster} and {overview} know different genres; train both anew.")
    answers = [dict(zip(*run.validation(), strict=True)) for run in runs]
    films = [
        film
        for film in read_films(data)
        if film.split == "validation" and all(film.id in answer for answer in answers)
    ]
    if len(films) < FOLDS:
        raise InputError("Too few validation films have a poster and an overview.")
    labels = label_matrix(films, genres)
    readers = [logits(np.stack([answer[film.id] for film in films])) for answer in answers]
    stacking, held_out = stack(labels, readers, FusionConfig().seed, OTHERS_STRENGTHS)
    metrics = validation_metrics(labels, held_out) | {"calibration": stacking.as_document()}
    _save(folder, runs, stacking, len(films), metrics)
    return metrics


def _load(folder: Path, kind: str) -> Run:
    run = load_run(folder)
    if run.config.kind != kind:
        raise InputError(f"{folder} is the run of an {run.config.kind} model, not of a {kind}.")
    return run


def _save(folder: Path, runs: list[Run], stacking: Stacking, films: int, metrics: dict) -> None:
    model = build_fusion(len(runs[0].genres))
    layer = model.get_layer("stacking")
    layer.set_weights([stacking.weights(), stacking.intercepts])
    folder.mkdir(parents=True, exist_ok=True)
    model.save_weights(folder / "model.weights.h5")
    documents = {
        "config.json": asdict(FusionConfig()),
        "genres.json": runs[0].genres,
        "films.json": {"validation": films},
        "readers.json": runs[0].weights | runs[1].weights,
        "metrics.json": metrics,
    }
    for name, value in documents.items():
        write_json(folder / name, value)


def load_fusion(folder: Path) -> FusionRun:
    """Read the run folder of a fusion.

    Raises:
        InputError: it is none.
    """
    config = config_from_json(folder / "config.json")
    if not isinstance(config, FusionConfig) or not (folder / "metrics.json").is_file():
        raise InputError(f"{folder} is not the run of a fusion.")
    documents = [
        read_json(folder / name)
        for name in ("genres.json", "films.json", "readers.json", "metrics.json")
    ]
    return FusionRun(folder, config, *documents)
