"""Logistic stacking: one or more readers' logits -> calibrated logits, genre by genre.

With one reader this is Platt scaling (Platt 1999), with two it is stacked generalisation (Wolpert
1992). Both are fitted on films on which no reader was trained, of which a rare genre has few. So
each genre's slopes and intercept are drawn towards those common to all genres. The logits of other
genres may count as well, a little: genres come together, and lists are cut at three.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

from training.data.labels import UNKNOWN

__all__ = [
    "C_GRID",
    "FOLDS",
    "OTHERS_C_GRID",
    "Stacking",
    "fit_stacking",
    "log_loss",
    "sigmoid",
    "stack",
    "stack_held_out",
]

FOLDS = 5

#: What is tried, from "nearly all is common to the genres" to "each for itself".
C_GRID = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)

#: What is tried for the other genres' logits, from "they do not count".
OTHERS_C_GRID = (0.0, 0.001, 0.003, 0.01, 0.03)

#: The penalty of a shared coefficient is this much weaker than that of a genre's deviation.
_SHARED = 100.0


@dataclass(frozen=True)
class Stacking:
    """A fitted stacking.

    The logit of genre j is the sum over the readers r of slopes[r, j] * the reader's logit of j
    + the sum over the other genres i of others[r, i, j] * its logit of i, + intercepts[j].

    Attributes:
        slopes: (readers, genres).
        others: (readers, genres, genres).
        intercepts: (genres,).
        C: that it was fitted with.
        others_C: that it was fitted with.
    """

    slopes: np.ndarray
    others: np.ndarray
    intercepts: np.ndarray
    C: float
    others_C: float

    def weights(self) -> np.ndarray:
        """Return the weights of each reader's logits, (readers, genres, genres)."""
        return np.stack([np.diag(own) for own in self.slopes]) + self.others

    def predict_proba(self, reader_logits: Sequence[np.ndarray]) -> np.ndarray:
        """Return probabilities (films, genres) for each reader's logits (films, genres)."""
        return sigmoid(self.logits(reader_logits))

    def logits(self, reader_logits: Sequence[np.ndarray]) -> np.ndarray:
        """Return the same before the sigmoid."""
        return np.einsum("rij,rfi->fj", self.weights(), reader_logits) + self.intercepts

    def rescaled(self, calibration: "Stacking") -> "Stacking":
        """Return, as one stacking, what a stacking of one reader makes of this one's logits."""
        (slopes,) = calibration.slopes
        return Stacking(
            self.slopes * slopes,
            self.others * slopes,
            self.intercepts * slopes + calibration.intercepts,
            self.C,
            self.others_C,
        )

    def as_document(self) -> dict[str, object]:
        """Return what spec.json holds of it."""
        document: dict[str, object] = {
            "slopes": self.slopes.round(4).tolist(),
            "intercepts": self.intercepts.round(4).tolist(),
            "strength": self.C,
        }
        if self.others_C:
            document["others"] = self.others.round(4).tolist()
            document["others_strength"] = self.others_C
        return document


def sigmoid(values: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + exp(-values)), 0..1.

    >>> sigmoid(np.array([-2.0, 0, 2])).round(3).tolist()
    [0.119, 0.5, 0.881]
    """
    return 1 / (1 + np.exp(-values))


def stack(
    labels: np.ndarray,
    reader_logits: Sequence[np.ndarray],
    seed: int,
    others_grid: Sequence[float] = (0.0,),
) -> tuple[Stacking, np.ndarray]:
    """Fit with the C and `others_C` whose held-out log loss is lowest.

    Args:
        labels: of films on which no reader was trained, (films, genres).
        reader_logits: each reader's, of the same shape.
        seed: of the folds.
        others_grid: what is tried for `others_C`.

    Returns:
        The fit on all films; and what it is measured by, the probabilities (films, genres) of each
        film from a fit on the films of other folds.
    """
    held_out = cache(partial(stack_held_out, labels, reader_logits, seed))
    C = min(C_GRID, key=lambda tried: log_loss(labels, held_out(tried, 0.0)))
    others_C = min(others_grid, key=lambda tried: log_loss(labels, held_out(C, tried)))
    return fit_stacking(labels, reader_logits, C, others_C), held_out(C, others_C)


def fit_stacking(
    labels: np.ndarray, reader_logits: Sequence[np.ndarray], C: float, others_C: float = 0.0
) -> Stacking:
    """Fit on the films' labels and each reader's logits, all (films, genres).

    Args:
        labels: 0, 1 or `UNKNOWN`.
        reader_logits: each reader's.
        C: the smaller, the more alike are the genres' slopes and intercepts.
        others_C: the smaller, the less another genre's logit counts; 0: nothing.
    """
    n_genres, n_readers = labels.shape[1], len(reader_logits)
    means = np.stack(reader_logits).mean(axis=1)
    scale = (others_C / C) ** 0.5
    design = _design(reader_logits, means, scale)
    regression = LogisticRegression(C=C, solver="newton-cholesky")
    known = labels.ravel() != UNKNOWN
    counts = design.any(axis=0)  # a column of zeros only costs time
    regression.fit(design[np.ix_(known, counts)], labels.ravel()[known])
    coefficients = np.zeros(design.shape[1])
    coefficients[counts] = regression.coef_[0]
    ends = np.cumsum([n_readers, n_genres * (n_readers + 1)])
    shared, alone, of_others = np.split(coefficients, ends)
    alone = alone.reshape(n_genres, n_readers + 1)
    of_others = scale * of_others.reshape(n_genres, n_readers, n_genres)
    return Stacking(
        slopes=(shared * _SHARED**0.5 + alone[:, :n_readers]).T,
        others=of_others.transpose(1, 2, 0),
        intercepts=alone[:, n_readers]
        + regression.intercept_[0]
        - np.einsum("jri,ri->j", of_others, means),
        C=C,
        others_C=others_C,
    )


def _design(reader_logits: Sequence[np.ndarray], means: np.ndarray, scale: float) -> np.ndarray:
    """Return the inputs of the regression, a row for each pair of a film and a genre.

    Columns: what is shared (slopes); then each genre's own slopes and intercept, and what the
    others count for it. A column that is multiplied is penalised so much less.

    Args:
        reader_logits: each reader's, (films, genres).
        means: of the logits (readers, genres).
        scale: by which the others' are multiplied.
    """
    (n_films, n_genres), n_readers = reader_logits[0].shape, len(reader_logits)
    diagonal = np.arange(n_genres)
    own = np.zeros((n_films, n_genres, n_genres, n_readers + 1))
    others = np.zeros((n_films, n_genres, n_genres, n_readers, n_genres))
    for number, values in enumerate(reader_logits):
        own[:, diagonal, diagonal, number] = values
        centred = (values - means[number]) * scale
        others[:, diagonal, diagonal, number] = centred[:, None] * (1 - np.eye(n_genres))
    own[:, diagonal, diagonal, n_readers] = 1
    parts = [np.stack(reader_logits, axis=-1) * _SHARED**0.5, own, others]
    return np.concatenate([part.reshape(n_films * n_genres, -1) for part in parts], axis=1)


def stack_held_out(
    labels: np.ndarray,
    reader_logits: Sequence[np.ndarray],
    seed: int,
    C: float,
    others_C: float = 0.0,
) -> np.ndarray:
    """Return probabilities (films, genres) of each fold of the films from a fit on the others."""
    probabilities = np.empty(labels.shape)
    for rest, fold in KFold(FOLDS, shuffle=True, random_state=seed).split(labels):
        stacking = fit_stacking(labels[rest], [each[rest] for each in reader_logits], C, others_C)
        probabilities[fold] = stacking.predict_proba([each[fold] for each in reader_logits])
    return probabilities


def log_loss(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the mean cross-entropy of probabilities, all labels known; both (films, genres).

    >>> round(log_loss(np.array([[1, 0]]), np.array([[0.8, 0.2]])), 3)
    0.223
    """
    within = np.clip(probabilities, 1e-7, 1 - 1e-7)
    return float(-np.mean(labels * np.log(within) + (1 - labels) * np.log(1 - within)))
