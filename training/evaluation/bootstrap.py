"""Bootstrap over films (Efron 1979): how far figures would vary with other films of the kind.

A resample is a row of weights: how often it draws each film. All resamples are measured at once,
from one sorting of the probabilities.
"""

from dataclasses import dataclass

import numpy as np

from training.metrics import bin_numbers, top

__all__ = ["Resampled", "film_weights", "interval", "resample"]


@dataclass(frozen=True)
class Resampled:
    """The figures of one reader on every resample.

    Attributes:
        figures: name, as in `training.metrics.figures`, -> (resamples,).
        average_precisions: (resamples, genres); NaN where a resample has no film of the genre.
    """

    figures: dict[str, np.ndarray]
    average_precisions: np.ndarray


def film_weights(n_films: int, resamples: int = 1000, seed: int = 1) -> np.ndarray:
    """Draw samples with replacement: how often each of `resamples` holds each film.

    Returns:
        float32 (resamples, films); each row sums up to `n_films`.
    """
    rng = np.random.default_rng(seed)
    return rng.multinomial(n_films, np.full(n_films, 1 / n_films), size=resamples).astype(
        np.float32
    )


def interval(values: np.ndarray, coverage: float = 0.95) -> tuple[float, float]:
    """The percentile interval of resampled values; NaN (nothing to measure) is left out."""
    beyond = (1 - coverage) / 2
    low, high = np.nanquantile(values, [beyond, 1 - beyond])
    return float(low), float(high)


def resample(
    labels: np.ndarray, probabilities: np.ndarray, thresholds: np.ndarray, weights: np.ndarray
) -> Resampled:
    """The main figures of a reader at its thresholds on every resample.

    Args:
        labels: (films, genres), 0 or 1.
        probabilities: (films, genres), 0..1.
        thresholds: (genres,).
        weights: (resamples, films), from `film_weights`.
    """
    columns = [
        _average_precision(*_ranked(column, scores, weights))
        for column, scores in zip(labels.T, probabilities.T, strict=True)
    ]
    average_precisions = np.stack(columns, axis=1)
    pairs = _ranked(labels.ravel(), probabilities.ravel(), weights.repeat(labels.shape[1], axis=1))
    figures = {
        "mAP": np.nanmean(average_precisions, axis=1),
        "micro-mAP": _average_precision(*pairs),
        "recall@P.55": _recall_at_precision(*pairs),
        **_f1(labels, probabilities >= thresholds, weights),
        **_at_3(labels, probabilities, weights),
        "ECE": _calibration_error(labels, probabilities, weights),
    }
    return Resampled(figures, average_precisions)


def _ranked(
    labels: np.ndarray, scores: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision, recall and weight of each true one, if all with at least its score are chosen.

    `labels` and `scores` have the shape (n,), `weights` (resamples, n), the results (resamples,
    true ones). These are all the precisions and recalls that count: choosing more without finding
    more only lowers the precision.
    """
    order = np.argsort(-scores, kind="stable")
    labels, scores, weights = labels[order] > 0, scores[order], weights[:, order]
    last = np.searchsorted(-scores, -scores[labels], side="right") - 1  # of those as good
    # float32 is exact here: the sums are whole numbers below 2 ** 24.
    found = np.cumsum(weights * labels, axis=1)[:, last]
    chosen = np.cumsum(weights, axis=1)[:, last]
    true = weights[:, labels]
    with np.errstate(invalid="ignore"):  # 0 / 0: a resample without a true one
        return found / np.maximum(chosen, 1), found / true.sum(axis=1, keepdims=True), true


def _average_precision(precision: np.ndarray, recall: np.ndarray, true: np.ndarray) -> np.ndarray:
    """The mean precision at the true ones, as in scikit-learn: (resamples,)."""
    with np.errstate(invalid="ignore"):
        return (precision * true).sum(axis=1) / true.sum(axis=1)


def _recall_at_precision(
    precision: np.ndarray, recall: np.ndarray, true: np.ndarray, wanted: float = 0.55
) -> np.ndarray:
    return np.where(precision >= wanted, recall, 0).max(axis=1, initial=0)


def _f1(labels: np.ndarray, chosen: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    hits = weights @ (labels * chosen)
    counted = weights @ (labels + chosen)
    return {
        "micro-F1": 2 * hits.sum(axis=1) / np.maximum(counted.sum(axis=1), 1),
        "macro-F1": (2 * hits / np.maximum(counted, 1)).mean(axis=1),
    }


def _at_3(
    labels: np.ndarray, probabilities: np.ndarray, weights: np.ndarray
) -> dict[str, np.ndarray]:
    found = (labels * top(probabilities, 3)).sum(axis=1)
    true = labels.sum(axis=1)
    with_genre = weights @ (true > 0)
    return {
        "hit@3": weights @ (found > 0) / with_genre,
        "recall@3": weights @ (found / np.maximum(true, 1)) / with_genre,
    }


def _calibration_error(
    labels: np.ndarray, probabilities: np.ndarray, weights: np.ndarray, bins: int = 15
) -> np.ndarray:
    """The expected calibration error on every resample: (resamples,).

    What a bin adds, the fraction of all pairs that it holds times its |mean probability - fraction
    of true pairs|, is |the sum of its (probability - label)| divided by the number of all pairs.
    """
    place = bin_numbers(probabilities, bins)
    surplus = np.stack(
        [((probabilities - labels) * (place == number)).sum(axis=1) for number in range(bins)],
        axis=1,
    )
    return np.abs(weights @ surplus).sum(axis=1) / labels.size
