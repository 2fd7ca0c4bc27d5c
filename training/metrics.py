"""Figures of multi-label predictions.

Arrays have the shape (films, genres): labels are 0 or 1, probabilities 0..1.
"""

import numpy as np
from sklearn.metrics import (
    average_precision_score,
    coverage_error,
    f1_score,
    label_ranking_average_precision_score,
    precision_recall_curve,
    precision_score,
    recall_score,
)

__all__ = [
    "LOWER_IS_BETTER",
    "bin_numbers",
    "calibration_error_of_right",
    "choose_thresholds",
    "expected_calibration_error",
    "figures",
    "macro_average_precision",
    "precision_recall",
    "recall_at_precision",
    "reliability",
    "top",
    "validation_metrics",
]

#: The figures that are errors; of all others more is better.
LOWER_IS_BETTER = frozenset({"ECE", "coverage"})


def figures(
    labels: np.ndarray, probabilities: np.ndarray, thresholds: np.ndarray | float
) -> dict[str, float]:
    """Return all figures of a reader, each in 0..1 but coverage, which counts genres.

    F1, precision and recall count the genres at or above `thresholds`; the others need none.
    precision@3, recall@3, hit@3 (a true genre is there) look at the three most probable genres of
    a film. LRAP and coverage are scikit-learn's: the mean precision at the rank of each true
    genre, and how many genres one must name to have named all true ones. Films without any of
    the genres do not count where films are averaged.

    >>> labels = np.array([[1.0, 0, 0, 0], [0, 1, 1, 0]])
    >>> probabilities = np.array([[0.9, 0.2, 0.1, 0.3], [0.1, 0.8, 0.4, 0.2]])
    >>> measured = figures(labels, probabilities, thresholds=0.5)
    >>> measured["precision"], round(measured["recall"], 3), measured["hit@3"]
    (1.0, 0.667, 1.0)
    """
    chosen = probabilities >= thresholds
    with_genre = labels.any(axis=1)
    true, probable, predicted = (array[with_genre] for array in (labels, probabilities, chosen))
    found = (true * top(probable, 3)).sum(axis=1)
    return {
        "mAP": macro_average_precision(labels, probabilities),
        "micro-mAP": float(average_precision_score(labels.ravel(), probabilities.ravel())),
        "micro-F1": float(f1_score(labels, chosen, average="micro", zero_division=0)),
        "macro-F1": float(f1_score(labels, chosen, average="macro", zero_division=0)),
        "weighted-F1": float(f1_score(labels, chosen, average="weighted", zero_division=0)),
        "samples-F1": float(f1_score(true, predicted, average="samples", zero_division=0)),
        "precision": float(precision_score(labels, chosen, average="micro", zero_division=0)),
        "recall": float(recall_score(labels, chosen, average="micro", zero_division=0)),
        "recall@P.55": recall_at_precision(labels, probabilities),
        "hit@3": float((found > 0).mean()),
        "precision@3": float((found / 3).mean()),
        "recall@3": float((found / true.sum(axis=1)).mean()),
        "LRAP": float(label_ranking_average_precision_score(true, probable)),
        "coverage": float(coverage_error(true, probable)),
        "ECE": expected_calibration_error(labels, probabilities),
    }


def validation_metrics(labels: np.ndarray, probabilities: np.ndarray, calibrated: bool) -> dict:
    """Return what a run keeps of its validation films: figures, and the thresholds chosen on them.

    Args:
        labels: 0 or 1.
        probabilities: of the same films.
        calibrated: choose thresholds by the probabilities themselves, not by the labels.
    """
    thresholds = choose_thresholds(probabilities if calibrated else labels, probabilities)
    return {
        "validation at 0.5": figures(labels, probabilities, 0.5),
        "validation at the thresholds": figures(labels, probabilities, thresholds),
        "thresholds": [round(float(value), 4) for value in thresholds],
    }


def macro_average_precision(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the mean over the genres of the average precision.

    Of each genre, the films count whose label is known (not negative); genres without a film are
    left out.

    >>> labels = np.array([[1, 0], [0, -1], [1, 0]])
    >>> round(macro_average_precision(labels, np.array([[0.9, 0.2], [0.5, 0.9], [0.3, 0.1]])), 3)
    0.833
    """
    each = [
        average_precision_score(genre[genre >= 0], values[genre >= 0])
        for genre, values in zip(labels.T, probabilities.T, strict=True)
        if (genre > 0).any()
    ]
    return float(np.mean(each))


def recall_at_precision(
    labels: np.ndarray, probabilities: np.ndarray, precision: float = 0.55
) -> float:
    """Return the highest recall, 0..1, at which the precision is at least `precision`.

    Both are micro-averages: one threshold for all pairs of a film and a genre. 0 where no
    threshold is so precise.
    """
    precisions, recalls, _ = precision_recall_curve(labels.ravel(), probabilities.ravel())
    return float(recalls[precisions >= precision].max())


def precision_recall(
    labels: np.ndarray, probabilities: np.ndarray, steps: int = 50
) -> tuple[np.ndarray, np.ndarray]:
    """Return precision and recall, 0..1, at falling thresholds, all genres of all films together.

    Args:
        labels: 0 or 1.
        probabilities: of the same films.
        steps: equal steps of recall.

    Returns:
        Both at the highest threshold that reaches each of the `steps`. A
        threshold that reaches several of them counts once.
    """
    precisions, recalls, _ = precision_recall_curve(labels.ravel(), probabilities.ravel())
    reached = np.searchsorted(recalls[::-1], np.linspace(1 / steps, 1, steps))
    places = len(recalls) - 1 - np.unique(reached)
    return precisions[places], recalls[places]


def expected_calibration_error(
    labels: np.ndarray, probabilities: np.ndarray, bins: int = 15
) -> float:
    """Return how far probabilities are from observed frequencies, 0..1.

    It is the mean over the pairs of a film and a genre of |mean probability - fraction of true
    pairs| in the bin of the pair.

    The bins are of equal width, as in Guo et al. 2017 (arXiv 1706.04599), which takes the
    probability of the best class alone where here every genre's counts.
    """
    predicted, observed, pairs = reliability(labels, probabilities, bins)
    return float(np.average(np.abs(predicted - observed), weights=pairs))


def calibration_error_of_right(
    probabilities: np.ndarray, bins: int = 15, draws: int = 200, seed: int = 1
) -> float:
    """Return the calibration error that these probabilities would have if they were right, 0..1.

    It is not 0, for of few films some genre always has a few more or less than is probable. This is
    the mean over `draws` of labels that are true as often as the probabilities say, each on its own
    ("consistency resampling", Bröcker and Smith 2007, doi:10.1175/WAF993.1).

    >>> calibration_error_of_right(np.full((25, 4), 0.5)) > 0.03
    True
    """
    rng = np.random.default_rng(seed)
    right = (rng.random(probabilities.shape) < probabilities for _ in range(draws))
    return float(np.mean([expected_calibration_error(each, probabilities, bins) for each in right]))


def reliability(
    labels: np.ndarray, probabilities: np.ndarray, bins: int = 15
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the bins of equal width that hold a pair of a film and a genre.

    Returns:
        The mean probability of each bin, its fraction of true pairs, and its number of pairs.
    """
    place = bin_numbers(probabilities, bins).ravel()
    pairs = np.bincount(place, minlength=bins)
    probable = np.bincount(place, probabilities.ravel(), bins)
    true = np.bincount(place, labels.ravel(), bins)
    used = pairs > 0
    return probable[used] / pairs[used], true[used] / pairs[used], pairs[used]


def bin_numbers(probabilities: np.ndarray, bins: int = 15) -> np.ndarray:
    """Return the bin of each probability, 0..bins-1; a boundary belongs to the bin above it.

    >>> bin_numbers(np.array([0.0, 0.24, 0.25, 1.0]), bins=4).tolist()
    [0, 0, 1, 3]
    """
    return np.minimum((probabilities * bins).astype(int), bins - 1)


def top(probabilities: np.ndarray, count: int) -> np.ndarray:
    """Return 1 for the `count` most probable genres of each film; the earlier one wins a tie.

    >>> top(np.array([[0.2, 0.7, 0.2]]), count=2).tolist()
    [[1.0, 1.0, 0.0]]
    """
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, :count]
    chosen = np.zeros_like(probabilities)
    np.put_along_axis(chosen, order, 1, axis=1)
    return chosen


def choose_thresholds(
    labels: np.ndarray, probabilities: np.ndarray, prior_films: float = 20
) -> np.ndarray:
    """Return one threshold for each genre, for the best F1 on these (validation) predictions.

    A rare genre's best threshold is mostly luck, so each is drawn towards the one that is
    best for all genres together, as if `prior_films` films spoke for that one.

    Args:
        labels: 0 or 1; or, of calibrated probabilities, these themselves, for the best expected
            F1 (Lipton et al. 2014, arXiv 1402.1892). Those do not depend on which of the films
            happen to have a genre: docs/decisions.
        probabilities: of the same films.
        prior_films: how many films the shared threshold is worth.
    """
    grid = np.linspace(0.05, 0.9, 86)
    shared = grid[np.argmax([_f1(labels, probabilities >= step).mean() for step in grid])]
    own = grid[np.argmax([_f1(labels, probabilities >= step, axis=0) for step in grid], axis=0)]
    n_films = labels.sum(axis=0)
    return (n_films * own + prior_films * shared) / (n_films + prior_films)


def _f1(labels: np.ndarray, chosen: np.ndarray, axis: int | None = None) -> np.ndarray:
    hits = (labels * chosen).sum(axis=axis)
    return 2 * hits / np.maximum(labels.sum(axis=axis) + chosen.sum(axis=axis), 1)
