"""Figures of multi-label predictions. All arrays have the shape (films, genres)."""

import numpy as np
from sklearn.metrics import average_precision_score, f1_score, precision_score, recall_score

__all__ = ["choose_thresholds", "figures", "macro_average_precision"]


def macro_average_precision(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean over the genres of the average precision; genres without a film are left out."""
    present = labels.any(axis=0)
    return float(average_precision_score(labels[:, present], probabilities[:, present]))


def figures(
    labels: np.ndarray, probabilities: np.ndarray, thresholds: np.ndarray | float
) -> dict[str, float]:
    """All figures of a reader, each in 0..1.

    mAP needs no threshold; F1, precision and recall count the genres at or above `thresholds`;
    hit@3 is the share of films with a true genre among the three most probable, recall@3 the
    mean share of a film's genres among them. Films without any of the genres count in neither.
    """
    chosen = probabilities >= thresholds
    top3 = _top(probabilities, 3)
    with_genre = labels.any(axis=1)
    found = (labels * top3).sum(axis=1)[with_genre]
    return {
        "mAP": macro_average_precision(labels, probabilities),
        "micro-F1": float(f1_score(labels, chosen, average="micro", zero_division=0)),
        "macro-F1": float(f1_score(labels, chosen, average="macro", zero_division=0)),
        "precision": float(precision_score(labels, chosen, average="micro", zero_division=0)),
        "recall": float(recall_score(labels, chosen, average="micro", zero_division=0)),
        "hit@3": float((found > 0).mean()),
        "recall@3": float((found / labels.sum(axis=1)[with_genre]).mean()),
    }


def _top(probabilities: np.ndarray, count: int) -> np.ndarray:
    """1 for the `count` most probable genres of each film; the earlier genre wins a tie."""
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, :count]
    top = np.zeros_like(probabilities)
    np.put_along_axis(top, order, 1, axis=1)
    return top


def choose_thresholds(
    labels: np.ndarray, probabilities: np.ndarray, prior_films: float = 20
) -> np.ndarray:
    """One threshold for each genre, for the best F1 on these (validation) predictions.

    A rare genre's best threshold is mostly chance, so each is drawn towards the one that is
    best for all genres together, as if `prior_films` films spoke for that one.
    """
    grid = np.linspace(0.05, 0.9, 86)
    shared = grid[np.argmax([_f1(labels, probabilities >= step).mean() for step in grid])]
    own = grid[np.argmax([_f1(labels, probabilities >= step, axis=0) for step in grid], axis=0)]
    films = labels.sum(axis=0)
    return (films * own + prior_films * shared) / (films + prior_films)


def _f1(labels: np.ndarray, chosen: np.ndarray, axis: int | None = None) -> np.ndarray:
    hits = (labels * chosen).sum(axis=axis)
    return 2 * hits / np.maximum(labels.sum(axis=axis) + chosen.sum(axis=axis), 1)
