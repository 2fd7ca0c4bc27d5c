"""`python -m scripts.compare.labels --data DATA --teacher DIR`: which labels and losses are best?

Each is tried by a linear probe: on the statistics of posters that a poster CNN on MobileNetV2
reads, and on the teacher's sentence vectors of overviews. Probes are
measured on the validation films, by mAP, and by log loss after calibration (held out); each has the
penalty that serves it best there. It took 35 minutes on 2 cores, beside a training.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import tensorflow as tf
from scipy.optimize import minimize

from scripts.compare.material import (
    Material,
    mobilenet,
    poster_statistics,
    read_material,
    teacher_options,
)
from training.data.films import LabelledFilm
from training.data.labels import UNKNOWN
from training.metrics import macro_average_precision
from training.models.poster_cnn import LEAST_VARIANCE
from training.models.stacking import log_loss, stack

TEACHER_WEIGHT = 0.7  # in a softened label
PENALTIES = {"poster": (3000.0, 6000.0, 12000.0), "overview": (1.0, 4.0, 16.0)}
FLOORS = {"poster": LEAST_VARIANCE, "overview": 1e-12}  # of the features' variances
STEPS = 60

#: (logits, labels) -> the loss of each label; unknown labels are left out afterwards.
Loss = Callable[[tf.Tensor, np.ndarray], tf.Tensor]

#: Films -> features (films, features).
Read = Callable[[Sequence[LabelledFilm]], np.ndarray]


def main() -> None:
    """Print the table."""
    options = teacher_options("Which labels and losses are best?").parse_args()
    material = read_material(options.data, options.teacher)
    readers = {"poster": read_posters(options.backbone), "overview": read_overviews(material)}
    print("| | poster mAP | log loss | overview mAP | log loss |\n|---|---:|---:|---:|---:|")
    results = [measure(kind, read, material) for kind, read in readers.items()]
    for name in results[0]:
        cells = [
            f"{precision:.3f} | {entropy:.4f}"
            for entropy, precision in (result[name] for result in results)
        ]
        print(f"| {name} | {' | '.join(cells)} |")


def read_posters(backbone: Path | None) -> Read:
    """Return what gives the statistics of the poster CNN's feature maps, before any fine-tuning."""
    return partial(poster_statistics, config=mobilenet(), weights=backbone)


def read_overviews(material: Material) -> Read:
    """Return what gives the teacher's sentence vectors."""
    return lambda films: material.teacher.sentence_vectors([film.overview for film in films])


def measure(kind: str, read: Read, material: Material) -> dict[str, tuple[float, float]]:
    """Return log loss and mAP on the validation films of a probe for each trial."""
    train_films, val_films = (
        [
            film
            for film in material.films
            if film.split == split and film.labelled and getattr(film, kind)
        ]
        for split in ("train", "validation")
    )
    features = [read(train_films), read(val_films)]
    val_labels = material.labels(val_films)
    return {
        name: best(kind, features, labels, loss, val_labels)
        for name, labels, loss in trials(train_films, material)
    }


def trials(films: Sequence[LabelledFilm], material: Material) -> list[tuple[str, np.ndarray, Loss]]:
    """Return name, labels (films, genres) and loss of each trial."""
    as_listed = material.labels(films)
    completed = material.labels(films, "completed")
    soften = partial(material.soften, films=films, weight=TEACHER_WEIGHT)
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
    """Return the binary cross-entropy of logits z and labels y."""
    return tf.nn.sigmoid_cross_entropy_with_logits(y, z)


def asymmetric_loss(z: tf.Tensor, y: np.ndarray) -> tf.Tensor:
    """Return the loss of Ridnik et al. 2021 (arXiv 2009.14119): gamma 0 and 2, margin .05."""
    absent = tf.maximum(tf.sigmoid(z) - 0.05, 0)
    return -y * tf.math.log_sigmoid(z) - (1 - y) * absent**2 * tf.math.log(1 - absent)


def generalised_cross_entropy(z: tf.Tensor, y: np.ndarray) -> tf.Tensor:
    """Return the loss of Zhang and Sabuncu 2018 (arXiv 1805.07836), q = .5."""
    return 2 - 2 * tf.exp(0.5 * (y * tf.math.log_sigmoid(z) + (1 - y) * tf.math.log_sigmoid(-z)))


def best(
    kind: str, features: list[np.ndarray], labels: np.ndarray, loss: Loss, val_labels: np.ndarray
) -> tuple[float, float]:
    """Return the least held-out log loss of any penalty, and the mAP that goes with it.

    Args:
        kind: "poster" or "overview".
        features: of the training and of the validation films.
        labels: of the training films.
        loss: that is minimised.
        val_labels: of the validation films.
    """
    mean, variance = features[0].mean(axis=0), features[0].var(axis=0)
    x_train, x_val = (
        (some - mean) / np.sqrt(np.maximum(variance, FLOORS[kind])) for some in features
    )
    results = []
    for penalty in PENALTIES[kind]:
        weights = fit(x_train, labels, loss, penalty)
        logits = x_val @ weights[:-1] + weights[-1]
        _, calibrated = stack(val_labels, [logits], seed=1)
        precision = macro_average_precision(val_labels, logits)
        results.append((log_loss(val_labels, calibrated), precision))
    return min(results)


def fit(x: np.ndarray, labels: np.ndarray, loss: Loss, penalty: float) -> np.ndarray:
    """Fit by L-BFGS with a ridge penalty.

    Returns:
        Weights (features + 1, genres), the last row the bias.
    """
    shape = (x.shape[1] + 1, labels.shape[1])
    is_known = (labels != UNKNOWN).astype(np.float32)
    y = np.maximum(labels, 0).astype(np.float32)
    inputs = tf.constant(x.astype(np.float32))

    @tf.function
    def value_and_slope(weights: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(weights)
            z = inputs @ weights[:-1] + weights[-1]
            total = tf.reduce_sum(loss(z, y) * is_known)
            value = (total + penalty / 2 * tf.reduce_sum(weights[:-1] ** 2)) / len(x)
        return value, tape.gradient(value, weights)

    def flat(values: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = value_and_slope(tf.constant(values.reshape(shape), tf.float32))
        return float(value), slope.numpy().ravel().astype(np.float64)

    start = np.zeros(shape)
    frequency = y.sum(axis=0) / is_known.sum(axis=0)
    start[-1] = np.log(frequency / (1 - frequency))
    found = minimize(flat, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    return found.x.reshape(shape).astype(np.float32)


if __name__ == "__main__":
    main()
