"""Overviews of nothing: what an overview LSTM shall not take for any genre.

Outlier exposure (Hendrycks et al. 2019, arXiv 1812.04606) with random texts: sentences that
stand where an overview is due, and words drawn from the vocabulary.
"""

from collections.abc import Callable, Sequence

import numpy as np

__all__ = ["made_overviews"]

#: {} is one of `_TEXTS`, [] one of `_FILMS`.
_SENTENCES = (
    *("There is no {} for this [].", "This [] has no {} yet.", "{} to follow.", "Sorry, no {}."),
    *("We have no {} of this [] yet.", "The {} will be added later.", "{} pending", "Missing {}"),
    *("Nothing is known about this [].", "Be the first to write a {}.", "{} not provided."),
    *("It looks like we don't have a {} in your language.", "{} wanted", "TBA", "To be announced."),
    *("Help us expand this [] with a {}.", "The {} of this [] is not available in English."),
    *("No {} has been entered.", "{} is empty", "Not translated yet.", "{} kept under wraps."),
    *("Currently there is no {}.", "Unknown []", "none", "The {} is not known.", "Coming later."),
)
_TEXTS = (
    *("overview", "plot", "plot summary", "description", "synopsis", "storyline", "tagline"),
    *("text", "information", "summary", "details", "content", "translation"),
)
_FILMS = ("film", "movie", "title", "release", "entry", "feature", "production", "item")

_LONGEST = 60


def made_overviews(count: int, words: Sequence[str], seed: int = 1) -> list[str]:
    """Return texts that tell nothing.

    Args:
        count: how many.
        words: of a vocabulary.
        seed: of the random generator.

    >>> sentence, salad = made_overviews(2, ["ghost", "train"], seed=5)
    >>> sentence, salad[:17]
    ('No overview has been entered.', 'ghost train train')
    """
    rng = np.random.default_rng(seed)
    kinds: tuple[Callable[[np.random.Generator, Sequence[str]], str], ...] = (_sentence, _salad)
    return [kinds[number % len(kinds)](rng, words) for number in range(count)]


def _sentence(rng: np.random.Generator, words: Sequence[str]) -> str:
    sentence = str(rng.choice(_SENTENCES)).replace("[]", str(rng.choice(_FILMS)))
    sentence = sentence.format(rng.choice(_TEXTS))
    return sentence[0].upper() + sentence[1:]


def _salad(rng: np.random.Generator, words: Sequence[str]) -> str:
    """Random words: in texts of another language, some are known too."""
    return " ".join(rng.choice(words, size=int(rng.integers(1, _LONGEST))))
