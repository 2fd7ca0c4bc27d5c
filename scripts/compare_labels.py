"""`python -m scripts.compare_labels --data DATA --teacher DIR`: which labels and losses teach best?

Each is tried by a linear probe: on the statistics of posters that the poster CNN of `--config
default` reads (MobileNetV2's), and on the teacher's sentence vectors of overviews. Probes are
judged on the validation films, by mAP, and by log loss after calibration (held out); each has the
penalty that serves it best there. It took 35 minutes on 2 cores, beside a training.
"""

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import tensorflow as tf
from scipy.optimize import minimize

from training.config import PRESETS, PosterConfig
from training.data.films import (
    UNKNOWN,
    LabelledFilm,
    label_matrix,
    read_extra_films,
    read_films,
)
from training.data.posters import load_pixels
from training.files import CACHE, read_json
from training.metrics import macro_average_precision
from training.models.poster_cnn import LEAST_VARIANCE, pretrained_features
from training.models.stacking import log_loss, stack
from training.teacher.teacher import Teacher, load_teacher

TEACHER_WEIGHT = 0.7  # the teacher's, of a softened label
PENALTIES = {"poster": (3000.0, 6000.0, 12000.0), "overview": (1.0, 4.0, 16.0)}
FLOORS = {"poster": LEAST_VARIANCE, "overview": 1e-12}  # of the features' variances
STEPS = 60

#: (logits, labels) -> the loss of each label; unknown labels are left out afterwards.
Loss = Callable[[tf.Tensor, np.ndarray], tf.Tensor]

#: Films -> features (films, features).
Read = Callable[[Sequence[LabelledFilm]], np.ndarray]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--backbone", type=Path)
    options = parser.parse_args()
    listed = read_films(options.data)
    films = listed + read_extra_films(options.data, listed)
    genres = read_json(options.teacher / "genres.json")
    teacher = load_teacher(options.teacher, genres)
    readers: dict[str, Read] = {
        "poster": poster_statistics(options.backbone),
        "overview": lambda films: teacher.sentence_vectors([film.overview for film in films]),
    }
    print("| | poster mAP | log loss | overview mAP | log loss |\n|---|---:|---:|---:|---:|")
    results = [judge(kind, read, films, genres, teacher) for kind, read in readers.items()]
    for name in results[0]:
        cells = [
            f"{precision:.3f} | {entropy:.4f}"
            for entropy, precision in (result[name] for result in results)
        ]
        print(f"| {name} | {' | '.join(cells)} |")


def judge(
    kind: str, read: Read, films: Sequence[LabelledFilm], genres: Sequence[str], teacher: Teacher
) -> dict[str, tuple[float, float]]:
    """Log loss and mAP on the validation films of a probe for each trial."""
    teaching, judged = (
        [film for film in films if film.split == split and film.labelled and getattr(film, kind)]
        for split in ("train", "validation")
    )
    features = [read(teaching), read(judged)]
    wanted = label_matrix(judged, genres)
    return {
        name: best(kind, features, labels, loss, wanted)
        for name, labels, loss in trials(teaching, genres, teacher)
    }


def trials(
    films: Sequence[LabelledFilm], genres: Sequence[str], teacher: Teacher
) -> list[tuple[str, np.ndarray, Loss]]:
    """Name, labels (films, genres) and loss."""
    as_listed = label_matrix(films, genres)
    completed = label_matrix(films, genres, completed=True)
    overviews = [film.overview for film in films]
    soften = partial(teacher.soften, overviews=overviews, weight=TEACHER_WEIGHT)
    masked = np.where(completed != as_listed, UNKNOWN, as_listed)
    weights = as_listed.clip(0).mean(axis=0) ** -0.5
    weights /= weights.mean()
    return [
        ("genres as listed", as_listed, cross_entropy),
        ("genres completed", completed, cross_entropy),
        ("genres that TMDB alone names masked", masked, cross_entropy),
        ("softened by the teacher", soften(as_listed), cross_entropy),
        ("completed, then softened", soften(completed), cross_entropy),
        (
            "as listed, weights by the root of the frequency",
            as_listed,
            lambda z, y: cross_entropy(z, y) * weights,
        ),
        (
            "the same, of the listed genres alone",
            as_listed,
            lambda z, y: cross_entropy(z, y) * (y * weights + 1 - y),
        ),
        ("asymmetric loss", as_listed, asymmetric_loss),
        ("generalised cross-entropy", as_listed, generalised_cross_entropy),
    ]


def cross_entropy(z: tf.Tensor, y: np.ndarray) -> tf.Tensor:
    return tf.nn.sigmoid_cross_entropy_with_logits(y, z)


def asymmetric_loss(z: tf.Tensor, y: np.ndarray) -> tf.Tensor:
    """Ridnik et al. 2021 (arXiv 2009.14119): gamma 0 and 2, margin .05."""
    absent = tf.maximum(tf.sigmoid(z) - 0.05, 0)
    return -y * tf.math.log_sigmoid(z) - (1 - y) * absent**2 * tf.math.log(1 - absent)


def generalised_cross_entropy(z: tf.Tensor, y: np.ndarray) -> tf.Tensor:
    """Zhang and Sabuncu 2018 (arXiv 1805.07836), q = .5."""
    return 2 - 2 * tf.exp(0.5 * (y * tf.math.log_sigmoid(z) + (1 - y) * tf.math.log_sigmoid(-z)))


def poster_statistics(backbone: Path | None) -> Read:
    """What reads the statistics of the poster CNN's feature maps, before it is fine-tuned."""
    config = PRESETS["poster"]["default"]
    assert isinstance(config, PosterConfig)  # for mypy: a preset may be of either reader

    def read(films: Sequence[LabelledFilm]) -> np.ndarray:
        posters = [film.poster for film in films if film.poster]
        pixels = load_pixels(posters, config.height, config.width, config.fit, CACHE)
        return pretrained_features(config, backbone, pixels)

    return read


def best(
    kind: str, features: list[np.ndarray], labels: np.ndarray, loss: Loss, wanted: np.ndarray
) -> tuple[float, float]:
    """The least held-out log loss of any penalty, and the mAP that goes with it."""
    mean, variance = features[0].mean(axis=0), features[0].var(axis=0)
    known, asked = (
        (some - mean) / np.sqrt(np.maximum(variance, FLOORS[kind])) for some in features
    )
    results = []
    for penalty in PENALTIES[kind]:
        weights = fit(known, labels, loss, penalty)
        raw = asked @ weights[:-1] + weights[-1]
        _, judged = stack(wanted, [raw], seed=1)
        results.append((log_loss(wanted, judged), macro_average_precision(wanted, raw)))
    return min(results)


def fit(x: np.ndarray, labels: np.ndarray, loss: Loss, penalty: float) -> np.ndarray:
    """Weights (features + 1, genres), the last row the bias, by L-BFGS with a ridge penalty."""
    shape = (x.shape[1] + 1, labels.shape[1])
    is_known = (labels != UNKNOWN).astype(np.float32)
    wanted = np.maximum(labels, 0).astype(np.float32)
    inputs = tf.constant(x.astype(np.float32))

    @tf.function
    def value_and_slope(weights):
        with tf.GradientTape() as tape:
            tape.watch(weights)
            z = inputs @ weights[:-1] + weights[-1]
            total = tf.reduce_sum(loss(z, wanted) * is_known)
            value = (total + penalty / 2 * tf.reduce_sum(weights[:-1] ** 2)) / len(x)
        return value, tape.gradient(value, weights)

    def flat(values: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = value_and_slope(tf.constant(values.reshape(shape), tf.float32))
        return float(value), slope.numpy().ravel().astype(np.float64)

    start = np.zeros(shape)
    frequency = wanted.sum(axis=0) / is_known.sum(axis=0)
    start[-1] = np.log(frequency / (1 - frequency))
    found = minimize(flat, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    return found.x.reshape(shape).astype(np.float32)


if __name__ == "__main__":
    main()
