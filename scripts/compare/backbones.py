"""`python -m scripts.compare.backbones --data DATA --teacher DIR`: which backbone, which labels?

The poster CNN's head is a linear probe of its backbone's statistics, so probes are compared: on the
training films that have a list of genres, each predicted by a probe of other films (out of fold).
Those are eight times as many films as the validation films, and none of them has chosen a backbone.
It takes 17 minutes on one core.
"""

from collections.abc import Sequence
from itertools import compress
from pathlib import Path

import numpy as np

from gradio_app.classifier import logit
from scripts.compare.material import (
    Material,
    mobilenet,
    poster_statistics,
    read_material,
    teacher_options,
)
from training.config import PRESETS, LabelSet, PosterConfig
from training.data.films import LabelledFilm
from training.metrics import macro_average_precision
from training.models.poster_cnn import LEAST_VARIANCE
from training.models.probe import out_of_fold
from training.models.stacking import log_loss, stack


def main() -> None:
    """Print the table."""
    options = teacher_options("Which backbone and which labels are best?").parse_args()
    material = read_material(options.data, options.teacher)
    train_films = [film for film in material.films if film.split == "train" and film.poster]
    listed = {film.id for film in material.listed}
    is_listed = [film.id in listed for film in train_films]
    print(f"{sum(is_listed)} films are predicted\n")
    print("| backbone | taught by | mAP | log loss | completed: mAP | log loss |")
    print("|---|---|---:|---:|---:|---:|")
    for backbone, (config, weights) in backbones(options.backbone).items():
        features = poster_statistics(train_films, config, weights)
        for name, labels in train_labels(material, train_films, config.teacher_share).items():
            predicted = out_of_fold(features, labels, config.head_penalty, LEAST_VARIANCE, seed=1)
            eval_films = list(compress(train_films, is_listed))
            measured = measure(material, eval_films, predicted[is_listed])
            cells = [f"{value:.4f}" for value in measured]
            print(f"| {backbone} | {name} | {' | '.join(cells)} |", flush=True)


def backbones(mobilenet_weights: Path | None) -> dict[str, tuple[PosterConfig, Path | None]]:
    """Return "distilled" on each backbone, with its penalty, and its weights file."""
    distilled = PRESETS["poster"]["distilled"]
    assert isinstance(distilled, PosterConfig)  # for mypy: a preset may be of either reader
    return {
        "MobileNetV2": (mobilenet(), mobilenet_weights),
        "EfficientNet-Lite0": (distilled, None),
    }


def train_labels(
    material: Material, films: Sequence[LabelledFilm], weight: float
) -> dict[str, np.ndarray]:
    """Return the labels (films, genres) that are compared."""
    as_listed = material.labels(films)
    completed = material.labels(films, "completed")
    return {
        "genres as listed": as_listed,
        "genres completed": completed,
        "as listed, then softened": material.soften(as_listed, films, weight),
        "completed, then softened": material.soften(completed, films, weight),
    }


def measure(
    material: Material, films: Sequence[LabelledFilm], probabilities: np.ndarray
) -> list[float]:
    """Return mAP, and log loss when calibrated (held out), by the lists and by completed ones."""
    logits, measured = logit(probabilities), []
    label_sets: tuple[LabelSet, ...] = ("listed", "completed")
    for label_set in label_sets:
        labels = material.labels(films, label_set)
        _, calibrated = stack(labels, [logits], seed=1)
        measured += [macro_average_precision(labels, logits), log_loss(labels, calibrated)]
    return measured


if __name__ == "__main__":
    main()
