"""Logistic stacking: one or more readers' logits -> calibrated logits, genre by genre.

With one reader this is Platt scaling (Platt 1999), with two it is stacked generalisation (Wolpert
1992). Both are learned from films that taught none of those who answer, of which a rare genre has
few. So each genre's slopes and intercept are drawn towards those common to all genres. What
readers say of other genres may count as well, a little: genres come together, and lists are cut at
three.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

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
    """logit of genre j = sum over the readers r of slopes[r, j] * the reader's logit of j
    + sum over the other genres i of others[r, i, j] * its logit of i, + intercepts[j].

    `C` and `others_C` are what they were fitted with.
    """

    slopes: np.ndarray
    others: np.ndarray
    intercepts: np.ndarray
    C: float
    others_C: float

    def weights(self) -> np.ndarray:
        """Of each reader's logits, (readers, genres, genres)."""
        return np.stack([np.diag(own) for own in self.slopes]) + self.others

    def __call__(self, readers: Sequence[np.ndarray]) -> np.ndarray:
        """Probabilities (films, genres) from each reader's logits (films, genres)."""
        return sigmoid(self.logits(readers))

    def logits(self, readers: Sequence[np.ndarray]) -> np.ndarray:
        """The same before the sigmoid."""
        return np.einsum("rij,rfi->fj", self.weights(), readers) + self.intercepts

    def rescaled(self, calibration: "Stacking") -> "Stacking":
        """What a stacking of one reader makes of this one's logits, as one stacking."""
        (slopes,) = calibration.slopes
        return Stacking(
            self.slopes * slopes,
            self.others * slopes,
            self.intercepts * slopes + calibration.intercepts,
            self.C,
            self.others_C,
        )

    def as_document(self) -> dict[str, object]:
        """For spec.json."""
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
    return 1 / (1 + np.exp(-values))


def stack(
    labels: np.ndarray,
    readers: Sequence[np.ndarray],
    seed: int,
    others_grid: Sequence[float] = (0.0,),
) -> tuple[Stacking, np.ndarray]:
    """Fit with the C and `others_C` whose held-out log loss is lowest.

    Args:
        labels: of films that taught no reader, (films, genres).
        readers: each one's logits, of the same shape.
        others_grid: what is tried for the logits of other genres.

    Returns:
        The fit on all films; and what it is judged by, the probabilities (films, genres) of each
        film from a fit on the films of other folds.
    """
    held_out = cache(partial(stack_held_out, labels, readers, seed))
    C = min(C_GRID, key=lambda tried: log_loss(labels, held_out(tried, 0.0)))
    others = min(others_grid, key=lambda tried: log_loss(labels, held_out(C, tried)))
    return fit_stacking(labels, readers, C, others), held_out(C, others)


def fit_stacking(
    labels: np.ndarray,
    readers: Sequence[np.ndarray],
    C: float,
    others_C: float = 0.0,
) -> Stacking:
    """Fit on the films' labels and each reader's logits, all (films, genres).

    Args:
        C: the smaller, the more alike the genres are.
        others_C: the smaller, the less another genre's logit counts; 0: nothing.
    """
    films, genres = labels.shape
    count = len(readers)
    means = np.stack(readers).mean(axis=1)
    scale = (others_C / C) ** 0.5
    # Columns: what is shared (slopes); then each genre's own slopes and intercept, and what
    # the others count for it. A column that is multiplied is penalised so much less.
    diagonal = np.arange(genres)
    own = np.zeros((films, genres, genres, count + 1))
    others = np.zeros((films, genres, genres, count, genres))
    for number, values in enumerate(readers):
        own[:, diagonal, diagonal, number] = values
        centred = (values - means[number]) * scale
        others[:, diagonal, diagonal, number] = centred[:, None] * (1 - np.eye(genres))
    own[:, diagonal, diagonal, count] = 1
    parts = [np.stack(readers, axis=-1) * _SHARED**0.5, own, others]
    design = np.concatenate([part.reshape(films * genres, -1) for part in parts], axis=1)
    regression = LogisticRegression(C=C, solver="newton-cholesky")
    counts = design.any(axis=0)  # a column of zeros only costs time
    regression.fit(design[:, counts], labels.ravel())
    coefficients = np.zeros(design.shape[1])
    coefficients[counts] = regression.coef_[0]
    shared, alone, of_others = np.split(coefficients, np.cumsum([count, genres * (count + 1)]))
    alone = alone.reshape(genres, count + 1)
    of_others = scale * of_others.reshape(genres, count, genres)
    return Stacking(
        slopes=(shared * _SHARED**0.5 + alone[:, :count]).T,
        others=of_others.transpose(1, 2, 0),
        intercepts=alone[:, count]
        + regression.intercept_[0]
        - np.einsum("jri,ri->j", of_others, means),
        C=C,
        others_C=others_C,
    )


def stack_held_out(
    labels: np.ndarray,
    readers: Sequence[np.ndarray],
    seed: int,
    C: float,
    others_C: float = 0.0,
) -> np.ndarray:
    """Probabilities (films, genres) of each fold of the films from a fit on the other folds."""
    answers = np.empty(labels.shape)
    for rest, fold in KFold(FOLDS, shuffle=True, random_state=seed).split(labels):
        learned = [values[rest] for values in readers]
        stacking = fit_stacking(labels[rest], learned, C, others_C)
        answers[fold] = stacking([values[fold] for values in readers])
    return answers


def log_loss(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean cross-entropy of probabilities, all labels known; both (films, genres)."""
    within = np.clip(probabilities, 1e-7, 1 - 1e-7)
    return float(-np.mean(labels * np.log(within) + (1 - labels) * np.log(1 - within)))
