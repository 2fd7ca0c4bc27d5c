"""Logistic stacking: one or more readers' logits -> calibrated logits, genre by genre.

With one reader this is Platt scaling (Platt 1999), with two it is stacked generalisation (Wolpert
1992). Both are learned from films that taught no reader, of which a rare genre has few. So each
genre's slopes and intercept are drawn towards those that all genres share.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

__all__ = [
    "FOLDS",
    "STRENGTHS",
    "Stacking",
    "fit_stacking",
    "sigmoid",
    "stack_held_out",
]

FOLDS = 5

#: What is tried, from "the genres share nearly all" to "each for itself".
STRENGTHS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)

#: The penalty of a shared coefficient is this much weaker than that of a genre's deviation.
_SHARED = 100.0


@dataclass(frozen=True)
class Stacking:
    """logit = sum over the readers of slopes * the reader's logit, + intercepts.

    `slopes` has the shape (readers, genres), `intercepts` (genres,); `strength` is what they
    were fitted with.
    """

    slopes: np.ndarray
    intercepts: np.ndarray
    strength: float

    def __call__(self, readers: Sequence[np.ndarray]) -> np.ndarray:
        """Probabilities (films, genres) from each reader's logits (films, genres)."""
        return sigmoid(np.einsum("rg,rfg->fg", self.slopes, np.stack(readers)) + self.intercepts)

    def as_document(self) -> dict[str, object]:
        """For spec.json."""
        return {
            "slopes": self.slopes.round(4).tolist(),
            "intercepts": self.intercepts.round(4).tolist(),
            "strength": self.strength,
        }


def sigmoid(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-values))


def fit_stacking(labels: np.ndarray, readers: Sequence[np.ndarray], strength: float) -> Stacking:
    """Fit on the films' labels and each reader's logits, all (films, genres).

    Args:
        strength: the smaller, the more the genres share.
    """
    films, genres = labels.shape
    count = len(readers)
    # Columns: what is shared (slopes), then each genre's own slopes and intercept.
    own = np.zeros((films, genres, genres, count + 1))
    diagonal = np.arange(genres)
    for number, values in enumerate(readers):
        own[:, diagonal, diagonal, number] = values
    own[:, diagonal, diagonal, count] = 1
    shared = np.stack(readers, axis=-1) * _SHARED**0.5
    design = np.concatenate([shared, own.reshape(films, genres, -1)], axis=-1)
    regression = LogisticRegression(C=strength, solver="newton-cholesky")
    regression.fit(design.reshape(films * genres, -1), labels.ravel())
    together = regression.coef_[0, :count] * _SHARED**0.5
    apart = regression.coef_[0, count:].reshape(genres, count + 1)
    return Stacking(
        slopes=(together + apart[:, :count]).T,
        intercepts=apart[:, count] + regression.intercept_[0],
        strength=strength,
    )


def stack_held_out(
    labels: np.ndarray,
    readers: Sequence[np.ndarray],
    strengths: Sequence[float],
    folds: int,
    seed: int,
) -> tuple[np.ndarray, float]:
    """Probabilities (films, genres) of each fold of the films from a fit on the other folds.

    Returns:
        Those of the strength whose held-out log loss is lowest, and that strength.
    """
    splits = list(KFold(folds, shuffle=True, random_state=seed).split(labels))

    def held_out(strength: float) -> np.ndarray:
        answers = np.empty(labels.shape)
        for rest, fold in splits:
            stacking = fit_stacking(labels[rest], [values[rest] for values in readers], strength)
            answers[fold] = stacking([values[fold] for values in readers])
        return answers

    answers = [held_out(strength) for strength in strengths]
    losses = [_log_loss(labels, probabilities) for probabilities in answers]
    best = int(np.argmin(losses))
    return answers[best], strengths[best]


def _log_loss(labels: np.ndarray, probabilities: np.ndarray) -> float:
    within = np.clip(probabilities, 1e-7, 1 - 1e-7)
    return float(-np.mean(labels * np.log(within) + (1 - labels) * np.log(1 - within)))
