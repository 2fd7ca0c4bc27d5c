"""What a user could do instead: predictions that need no reading, TF-IDF, and a linear probe."""

import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gradio_app.artifact import sha256
from gradio_app.evaluation.schema import FREQUENCIES
from training.config import PRESETS, PosterConfig
from training.data.films import LabelledFilm
from training.data.labels import label_matrix
from training.data.posters import load_pixels
from training.evaluation.comparison import (
    AVERAGE,
    PROBE,
    TFIDF,
    TFIDF_EXTRA,
    Predictions,
)
from training.files import cached_array
from training.metrics import choose_thresholds
from training.models.poster_cnn import LEAST_VARIANCE, pretrained_features
from training.models.probe import fit_probe
from training.models.tfidf import tfidf_logistic_regression

__all__ = [
    "always_most_frequent",
    "class_frequencies",
    "fit_baselines",
    "linear_probe",
    "poster_features",
]

logger = logging.getLogger(__name__)

#: The linear probe is what the CNN begins with, taught by the lists alone: of the same backbone,
#: statistics, penalty and posters.
_PROBE = PRESETS["poster"]["default"]


def fit_baselines(
    train_films: Sequence[LabelledFilm],
    extra_films: Sequence[LabelledFilm],
    val_films: Sequence[LabelledFilm],
    eval_films: Sequence[LabelledFilm],
    genres: Sequence[str],
    backbone: Path | None,
    cache: Path,
) -> list[Predictions]:
    """Fit all baselines on the training films and predict the `eval_films`.

    Args:
        train_films: the listed ones.
        extra_films: more training films, which some baselines read too.
        val_films: the thresholds are chosen on these, as the models' are.
        eval_films: those to predict.
        genres: the labels.
        backbone: weights file for the linear probe; None takes those of the package.
        cache: folder for decoded posters and their features.

    Raises:
        InputError: a poster or the weights cannot be read.
    """
    labelled = [*train_films, *(film for film in extra_films if film.labelled)]
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
    pictures = _probe_predictions(labelled, genres, [val_films, eval_films], backbone, cache)
    listed_text, text = tfidf(train_films), tfidf(labelled)
    # Validation mAP, with a probe of MobileNetV2: .627 for weights of .6 and .4, .629 for .7 and
    # .3, .626 for .8 and .2.
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


def class_frequencies(train_labels: np.ndarray, n_films: int) -> np.ndarray:
    """Give every film the frequency of each genre among the training films: (films, genres)."""
    return np.tile(train_labels.mean(axis=0), (n_films, 1))


def always_most_frequent(train_labels: np.ndarray, n_films: int, count: int = 2) -> np.ndarray:
    """Give every film the `count` most frequent genres with certainty: (films, genres)."""
    certain = np.zeros(train_labels.shape[1])
    certain[np.argsort(-train_labels.mean(axis=0))[:count]] = 1
    return np.tile(certain, (n_films, 1))


def linear_probe(
    train_features: np.ndarray, labels: np.ndarray, eval_features: Sequence[np.ndarray]
) -> list[np.ndarray]:
    """Fit logistic regression on features of posters (see `poster_features`).

    Args:
        train_features: (films, features).
        labels: of the same films (films, genres); 0, 1 or `UNKNOWN`.
        eval_features: arrays (films, features) of the films to predict.

    Returns:
        Probabilities (films, genres) for each of the `eval_features`.
    """
    assert isinstance(_PROBE, PosterConfig)  # for mypy
    probe = fit_probe(train_features, labels, _PROBE.head_penalty, LEAST_VARIANCE)
    return [probe.predict_proba(features) for features in eval_features]


def poster_features(posters: Sequence[Path], backbone: Path | None, cache: Path) -> np.ndarray:
    """What the CNN's backbone sees in posters after ImageNet alone: float32 (posters, features).

    They are computed once; later calls read them from the folder `cache`.

    Args:
        posters: files.
        backbone: weights file; None takes those of the package (see `load_backbone`).
        cache: folder.

    Raises:
        InputError: a poster or the weights cannot be read.
    """
    config = _PROBE
    assert isinstance(config, PosterConfig)  # for mypy
    pixels = load_pixels(posters, config.height, config.width, config.fit, cache)
    weights = sha256(backbone) if backbone and backbone.is_file() else "the package's"
    digest = hashlib.sha256(pixels.data)
    digest.update(f"{weights} {config.architecture} {config.taps} {config.statistics}".encode())
    file = cache / f"features-{digest.hexdigest()[:16]}.npy"

    def compute() -> np.ndarray:
        logger.info("computing the features of %d posters into %s", len(posters), file)
        return pretrained_features(config, backbone, pixels)

    return cached_array(file, compute)
