"""A linear probe: logistic regression on standardised features, all genres at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from sklearn.model_selection import GroupKFold, KFold

from training.data.labels import UNKNOWN
from training.models.stacking import FOLDS, sigmoid

__all__ = ["Probe", "fit_probe", "out_of_fold"]

_STEPS = 60


@dataclass(frozen=True)
class Probe:
    """A fitted probe; all arrays are float32.

    Attributes:
        mean: of each feature (features,).
        variance: of each feature (features,); both standardise the features.
        kernel: weights of the standardised features (features, genres).
        bias: of each genre (genres,).
    """

    mean: np.ndarray
    variance: np.ndarray
    kernel: np.ndarray
    bias: np.ndarray

    def predict_proba(self, features: np.ndarray) -> np.ndarray:
        """Return probabilities (films, genres) for features (films, features)."""
        return sigmoid((features - self.mean) / np.sqrt(self.variance) @ self.kernel + self.bias)


def out_of_fold(
    features: np.ndarray,
    labels: np.ndarray,
    penalty: float,
    least_variance: float,
    seed: int,
    groups: Sequence[str] | None = None,
) -> np.ndarray:
    """Return probabilities (films, genres), each from a probe of the films of other folds.

    Args:
        features: as for `fit_probe`.
        labels: as for `fit_probe`.
        penalty: as for `fit_probe`.
        least_variance: as for `fit_probe`.
        seed: of the folds.
        groups: rows of a group are of one fold; None for each row on its own.
    """
    probabilities = np.empty(labels.shape, np.float32)
    kind = KFold if groups is None else GroupKFold
    folds = kind(FOLDS, shuffle=True, random_state=seed)
    for rest, fold in folds.split(features, groups=groups):
        probe = fit_probe(features[rest], labels[rest], penalty, least_variance)
        probabilities[fold] = probe.predict_proba(features[fold])
    return probabilities


def fit_probe(
    features: np.ndarray, labels: np.ndarray, penalty: float, least_variance: float = 1e-12
) -> Probe:
    """Fit on the films whose label is known, with L-BFGS and a ridge penalty.

    Args:
        features: (films, features).
        labels: (films, genres); 0 to 1 (a teacher's lie between) or `UNKNOWN`.
        penalty: of the squared weights, against the loss summed over films; scikit-learn's 1 / C.
        least_variance: features that vary less are standardised as if they varied so much.

    >>> features = np.array([[0.0], [1], [2], [3]])
    >>> probe = fit_probe(features, labels=np.array([[0], [0], [1], [1]]), penalty=0.1)
    >>> (probe.predict_proba(features) > 0.5).ravel().tolist()
    [False, False, True, True]
    """
    mean = features.mean(axis=0, dtype=np.float64).astype(np.float32)
    variance = np.maximum(features.var(axis=0, dtype=np.float64), least_variance)
    variance = variance.astype(np.float32)
    weights = _fit_weights((features - mean) / np.sqrt(variance), labels, penalty)
    return Probe(mean, variance, weights[:-1], weights[-1])


def _fit_weights(x: np.ndarray, labels: np.ndarray, penalty: float) -> np.ndarray:
    """Return float32 weights (features + 1, genres) of standardised features; the last is bias."""
    known = (labels != UNKNOWN).astype(np.float32)
    y = np.where(labels == UNKNOWN, 0, labels).astype(np.float32)
    shape = (x.shape[1] + 1, labels.shape[1])
    per_film = 1 / len(x)

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights = flat.astype(np.float32).reshape(shape)
        kernel, bias = weights[:-1], weights[-1]
        logits = x @ kernel + bias
        entropy = np.logaddexp(0, logits) - y * logits
        slope = (sigmoid(logits) - y) * known * per_film
        gradient = np.vstack([x.T @ slope + penalty * per_film * kernel, slope.sum(axis=0)])
        value = (entropy * known).sum() * per_film + penalty * per_film / 2 * (kernel**2).sum()
        return float(value), gradient.ravel().astype(np.float64)

    start = np.zeros(shape)
    # Half a film is added: a genre that no film has gets a finite logit.
    frequency = (y.sum(axis=0) + 0.5) / (known.sum(axis=0) + 1)
    start[-1] = np.log(frequency / (1 - frequency))
    found = minimize(loss, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": _STEPS})
    return found.x.astype(np.float32).reshape(shape)
