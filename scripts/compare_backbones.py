"""`python -m scripts.compare_backbones --data DATA --teacher DIR`: which backbone, taught by which
labels, reads posters best?

The poster CNN's head is a linear probe of its backbone's statistics, so probes are compared: on the
training films that have a list of genres, each answered by a probe of other films (out of fold).
Those are eight times as many films as the validation films, and none of them has chosen a backbone.
It takes 17 minutes on one core.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from itertools import compress
from pathlib import Path

import numpy as np

from gradio_app.classifier import logit
from training.config import PRESETS, PosterConfig
from training.data.films import LabelledFilm, label_matrix, read_extra_films, read_films
from training.data.posters import load_pixels
from training.files import CACHE, read_json
from training.metrics import macro_average_precision
from training.models.poster_cnn import LEAST_VARIANCE, pretrained_features
from training.models.probe import out_of_fold
from training.models.stacking import log_loss, stack
from training.teacher.teacher import Teacher, load_teacher


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--backbone", type=Path, help="MobileNetV2's weights file")
    options = parser.parse_args()
    listed = read_films(options.data)
    films = [
        film
        for film in listed + read_extra_films(options.data, listed)
        if film.split == "train" and film.poster
    ]
    genres = read_json(options.teacher / "genres.json")
    teacher = load_teacher(options.teacher, genres)
    films_csv = {film.id for film in listed}
    judged = [film.id in films_csv for film in films]
    print(f"{sum(judged)} films judge\n")
    print("| backbone | taught by | mAP | log loss | completed: mAP | log loss |")
    print("|---|---|---:|---:|---:|---:|")
    for backbone, (config, weights) in backbones(options.backbone).items():
        features = statistics(films, config, weights)
        for name, labels in lessons(films, genres, teacher, config.teacher_share).items():
            said = out_of_fold(features, labels, config.head_penalty, LEAST_VARIANCE, seed=1)
            measured = judge(said[judged], list(compress(films, judged)), genres)
            cells = [f"{value:.4f}" for value in measured]
            print(f"| {backbone} | {name} | {' | '.join(cells)} |", flush=True)


def backbones(mobilenet_weights: Path | None) -> dict[str, tuple[PosterConfig, Path | None]]:
    """Each preset's backbone and penalty, with the teaching of "distilled"; its weights file."""
    default, distilled = (PRESETS["poster"][name] for name in ("default", "distilled"))
    assert isinstance(default, PosterConfig)  # for mypy: a preset may be of either reader
    assert isinstance(distilled, PosterConfig)
    mobilenet = replace(
        distilled,
        architecture=default.architecture,
        taps=default.taps,
        head_penalty=default.head_penalty,
    )
    return {
        "MobileNetV2": (mobilenet, mobilenet_weights),
        "EfficientNet-Lite0": (distilled, None),
    }


def statistics(
    films: Sequence[LabelledFilm], config: PosterConfig, weights: Path | None
) -> np.ndarray:
    """What the head of a poster CNN reads before it is fine-tuned: (films, features)."""
    posters = [film.poster for film in films if film.poster]
    pixels = load_pixels(posters, config.height, config.width, config.fit, CACHE)
    return pretrained_features(config, weights, pixels)


def lessons(
    films: Sequence[LabelledFilm], genres: Sequence[str], teacher: Teacher, weight: float
) -> dict[str, np.ndarray]:
    """Labels (films, genres) to learn from."""
    as_listed = label_matrix(films, genres)
    completed = label_matrix(films, genres, completed=True)
    overviews = [film.overview for film in films]
    return {
        "genres as listed": as_listed,
        "genres completed": completed,
        "as listed, then softened": teacher.soften(as_listed, overviews, weight),
        "completed, then softened": teacher.soften(completed, overviews, weight),
    }


def judge(said: np.ndarray, films: Sequence[LabelledFilm], genres: Sequence[str]) -> list[float]:
    """mAP, and log loss when calibrated (held out), by the lists and by the completed lists."""
    raw, measured = logit(said), []
    for completed in (False, True):
        wanted = label_matrix(films, genres, completed=completed)
        _, calibrated = stack(wanted, [raw], seed=1)
        measured += [macro_average_precision(wanted, raw), log_loss(wanted, calibrated)]
    return measured


if __name__ == "__main__":
    main()
