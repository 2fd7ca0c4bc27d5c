"""What a user could do instead: predictions that need no reading, TF-IDF, and a linear probe."""

import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion
from sklearn.utils.parallel import Parallel, delayed

from gradio_app.artifact import sha256
from training.config import PosterConfig
from training.data.films import UNKNOWN
from training.data.pipeline import load_pixels
from training.files import cached_array
from training.models.overview_lstm import pretrained_features
from training.models.probe import fit_probe

__all__ = [
    "always_most_frequent",
    "class_frequencies",
    "linear_probe",
    "poster_features",
    "tfidf_logistic_regression",
]

logger = logging.getLogger(__name__)

#: Of the linear probe. Validation mAP: .358 for 3,000, .361 for 1,000, .341 for 300.
_PENALTY = 1000.0


def class_frequencies(training_labels: np.ndarray, films: int) -> np.ndarray:
    """Every film gets the training films' share of each genre: (films, genres)."""
    return np.tile(training_labels.mean(axis=0), (films, 1))


def always_most_frequent(training_labels: np.ndarray, films: int, count: int = 2) -> np.ndarray:
    """Every film gets the `count` most frequent genres with certainty: (films, genres)."""
    certain = np.zeros(training_labels.shape[1])
    certain[np.argsort(-training_labels.mean(axis=0))[:count]] = 1
    return np.tile(certain, (films, 1))


def tfidf_logistic_regression(
    overviews: Sequence[str], labels: np.ndarray, asked: Sequence[str]
) -> np.ndarray:
    """Logistic regression on TF-IDF of words (1-2) and characters (3-5) of the overviews.

    One regression for each genre, on the overviews whose label is known.

    Args:
        overviews: to learn from.
        labels: of the same (overviews, genres); 0, 1 or `UNKNOWN`.
        asked: overviews to read.

    Returns:
        Probabilities (asked, genres).
    """
    features = FeatureUnion(
        [
            ("words", TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)),
            (
                "characters",
                TfidfVectorizer(
                    analyzer="char_wb", ngram_range=(3, 5), min_df=3, sublinear_tf=True
                ),
            ),
        ]
    )
    learned = features.fit_transform(overviews).tocsr()
    read = features.transform(asked)
    by_genre = Parallel(n_jobs=-1, prefer="threads")(
        delayed(_ask_of_genre)(learned, genre_labels, read) for genre_labels in labels.T
    )
    return np.stack(by_genre, axis=1)


def linear_probe(
    teaching: np.ndarray, labels: np.ndarray, judged: Sequence[np.ndarray]
) -> list[np.ndarray]:
    """Logistic regression on features of the posters (see `poster_features`).

    Args:
        teaching: features (films, features).
        labels: of the same films (films, genres); 0, 1 or `UNKNOWN`.
        judged: features of the films that are asked for.

    Returns:
        Probabilities (films, genres) for each of the `judged` arrays.
    """
    probe = fit_probe(teaching, labels, _PENALTY)
    return [probe.predict_proba(features) for features in judged]


def _ask_of_genre(learned, labels: np.ndarray, read) -> np.ndarray:
    """Fit the regression of one genre and ask it: probabilities (rows of `read`,); matrices are
    sparse."""
    rows = np.flatnonzero(labels != UNKNOWN)
    if len(set(labels[rows])) < 2:  # a genre that these films do not have, or all have
        return np.full(read.shape[0], labels[rows].mean() if len(rows) else 0.0)
    # Validation mAP on films.csv alone: .557 for C = 3, .552 for C = 10.
    fitted = LogisticRegression(C=3, solver="liblinear").fit(learned[rows], labels[rows])
    return fitted.predict_proba(read)[:, 1]


def poster_features(posters: Sequence[Path], backbone: Path | None, cache: Path) -> np.ndarray:
    """What MobileNetV2 sees in posters after ImageNet alone: float32 (posters, features).

    These are the means of three feature maps, at strides 8, 16 and 32, of posters of 240 x 160
    pixels. They are computed once; later calls read them from the folder `cache`.

    Args:
        posters: files.
        backbone: weights file; None downloads the weights (see `load_backbone`).
        cache: folder.

    Raises:
        InputError: a poster or the weights cannot be read.
    """
    config = PosterConfig(  # its own: a baseline does not move when the CNN's preset does
        architecture="mobilenet_v2",
        use_extra_films=True,
        epochs=0,
        height=240,
        width=160,
        fit="pad",
    )
    pixels = load_pixels(posters, config.height, config.width, config.fit, cache)
    weights = sha256(backbone) if backbone and backbone.is_file() else "downloaded"
    digest = hashlib.sha256(pixels.data)
    digest.update(weights.encode())
    file = cache / f"features-{digest.hexdigest()[:16]}.npy"

    def compute() -> np.ndarray:
        logger.info("computing the features of %d posters into %s", len(posters), file)
        return pretrained_features(config, backbone, pixels)

    return cached_array(file, compute)
