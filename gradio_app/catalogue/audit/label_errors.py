"""How probable it is that a label is an error: confident learning, one genre at a time.

A label is whether a film lists a genre. Error rates are those of the confident joint (Northcutt,
Jiang and Chuang 2021, arXiv 1911.00068), with each genre as a question of its own (Thyagarajan et
al. 2022, arXiv 2211.13895). docs/audit.md says how many errors this finds, and how many other
scores do.
"""

from typing import NamedTuple

import numpy as np

__all__ = ["ErrorRates", "estimate_error_rates", "label_error_scores"]

#: The rates that a catalogue of a few films is taken to have: those that are estimated on the
#: lists of the validation films.
_USUAL_MISSING_RATE, _USUAL_WRONG_RATE = 0.2, 0.02

#: By how much the mean of equal values may exceed them.
_ROUNDING = 1e-9


class ErrorRates(NamedTuple):
    """How often lists err.

    Attributes:
        missing: of the films that have a genre, the fraction whose list leaves it out, (genres,).
        wrong: of the films that do not have a genre, the fraction whose list holds it.
    """

    missing: np.ndarray
    wrong: float


def estimate_error_rates(
    listed: np.ndarray, probabilities: np.ndarray, prior_films: float = 50
) -> ErrorRates:
    """Estimate by the confident joint how often lists err.

    Lists leave some genres out more than others, so each genre has a rate of its own there, drawn
    towards that of all genres; wrong genres are rare, and have one rate.

    Args:
        listed: bool (films, genres).
        probabilities: calibrated, (films, genres), 0..1.
        prior_films: how many films speak for the usual rates, and for a genre's being like the
            others.
    """

    def drawn(errors: np.ndarray, films: np.ndarray, prior: float) -> np.ndarray:
        return (errors + prior_films * prior) / (films + prior_films)

    # Genre by genre: a float64 copy of all would need more memory than everything else.
    estimates = [
        _confident_joint(listed[:, genre], probabilities[:, genre].astype(np.float64))
        for genre in range(listed.shape[1])
    ]
    missing, wrong, positive = np.array(estimates).reshape(-1, 3).T
    negative = len(listed) - positive
    pooled = drawn(missing.sum(), positive.sum(), _USUAL_MISSING_RATE)
    return ErrorRates(
        missing=drawn(missing, positive, float(pooled)),
        wrong=float(drawn(wrong.sum(), negative.sum(), _USUAL_WRONG_RATE)),
    )


def label_error_scores(
    listed: np.ndarray, probabilities: np.ndarray, rates: ErrorRates
) -> np.ndarray:
    """Return for each label the probability that it is an error.

    It follows by Bayes' rule from the models' probability p of the genre and the rates m and w of
    missing and wrong genres: p m / (p m + (1 - p) (1 - w)) where the genre is not listed,
    (1 - p) w / ((1 - p) w + p (1 - m)) where it is.

    >>> rates = ErrorRates(missing=np.array([0.2]), wrong=0.02)
    >>> label_error_scores(np.array([[False], [True]]), np.array([[0.95], [0.95]]), rates).round(3)
    array([[0.795],
           [0.001]], dtype=float32)

    Args:
        listed: bool (films, genres).
        probabilities: calibrated, (films, genres), 0..1.
        rates: between 0 and 1, neither included.

    Returns:
        float32 (films, genres), 0..1. Among the listed labels of a genre, as among the others, it
        is the higher, the lower the self-confidence of the label is.
    """
    scores = np.empty(listed.shape, np.float32)
    for genre, missing in enumerate(rates.missing):
        is_listed = listed[:, genre]
        probability = probabilities[:, genre].astype(np.float64)
        true = probability * np.where(is_listed, 1 - missing, missing)
        false = (1 - probability) * np.where(is_listed, rates.wrong, 1 - rates.wrong)
        scores[:, genre] = np.where(is_listed, false, true) / (true + false)
    return scores


def _confident_joint(listed: np.ndarray, probability: np.ndarray) -> tuple[float, float, float]:
    """Estimate how many films lack one genre by error, list it by error, and truly have it.

    A film has the genre confidently if its probability reaches the mean over the films that list
    it, and confidently has it not likewise; if both hold, the more probable counts.
    """
    n_listed = int(listed.sum())
    n_others = len(listed) - n_listed
    threshold = probability[listed].mean() if n_listed else 1
    threshold_not = (1 - probability[~listed]).mean() if n_others else 1
    confident = probability >= threshold - _ROUNDING
    confident_not = 1 - probability >= threshold_not - _ROUNDING
    likely = probability >= 0.5
    has = confident & (likely | ~confident_not)
    has_not = confident_not & ~(likely & confident)
    missing = n_others * _fraction(has[~listed], has_not[~listed])
    wrong = n_listed * _fraction(has_not[listed], has[listed])
    return missing, wrong, n_listed - wrong + missing


def _fraction(these: np.ndarray, others: np.ndarray) -> float:
    """Return the fraction of the first among both, 0 where there are none."""
    return these.sum() / max(these.sum() + others.sum(), 1)
