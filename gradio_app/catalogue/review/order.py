"""Which films a person should look at first."""

import math

from gradio_app.prediction import FilmPrediction, Prediction

__all__ = ["disagreement", "sureness"]

_SMALLEST = 1e-9


def sureness(prediction: Prediction) -> float:
    """Return how far the nearest genre is from its threshold, in logits; 0 is a coin's toss.

    It is the smallest |logit(p) - logit(t)| over the genres, for the probability p and the
    threshold t of each: the genre whose suggestion would change first.

    >>> sureness(Prediction(("Drama", "War"), (0.5, 0.99), (0.5, 0.5)))
    0.0
    """
    pairs = zip(prediction.probabilities, prediction.thresholds, strict=True)
    return min((abs(_logit(p) - _logit(t)) for p, t in pairs), default=math.inf)


def disagreement(prediction: FilmPrediction) -> float:
    """Return how far poster and overview are apart on the genre on which they differ most, 0..1.

    It is the largest |p - q| over the genres, for the probabilities p by the poster and q by the
    overview; 0 for a film of which only one was read.
    """
    if prediction.poster is None or prediction.overview is None:
        return 0.0
    pairs = zip(prediction.poster.probabilities, prediction.overview.probabilities, strict=True)
    return max((abs(p - q) for p, q in pairs), default=0.0)


def _logit(probability: float) -> float:
    bounded = min(max(probability, _SMALLEST), 1 - _SMALLEST)
    return math.log(bounded / (1 - bounded))
