"""Variants of overviews: texts for a teacher to label, so that its student is trained on more.

A variant is an overview cut up, or halves of two of them, with some words replaced by near ones.
What it means only the teacher can say; that a student gains more by many such texts than by the
few real ones is due to Tang et al. 2019 (arXiv 1903.12136) and Jiao et al. 2020 (TinyBERT,
arXiv 1909.10351).
"""

import re
from collections.abc import Mapping, Sequence

import numpy as np

__all__ = ["make_variants", "near_words"]

#: How many words are near a word, and how near at least (cosine of their vectors).
_NEAR = 10
_LEAST_COSINE = 0.5
#: The most frequent words carry the grammar, and keep their places.
_KEPT_WORDS = 200
#: At most this fraction of the words is replaced.
_MAX_REPLACED = 0.4

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")


def near_words(words: Sequence[str], vectors: np.ndarray) -> dict[str, list[str]]:
    """Return, for each word that has any, the words near it.

    Args:
        words: the most frequent first.
        vectors: theirs, of any length: (words, components).
    """
    units = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    near = {}
    for start in range(_KEPT_WORDS, len(words), 1000):
        cosines = units[start : start + 1000] @ units.T
        for row, cosine in enumerate(cosines, start):
            cosine[row] = -1
            nearest = np.argpartition(-cosine, min(_NEAR, len(words) - 1))[:_NEAR]
            chosen = [words[other] for other in nearest if cosine[other] > _LEAST_COSINE]
            chosen = [word for word in chosen if word.isalpha()]
            if chosen:
                near[words[row]] = chosen
    return near


def make_variants(
    overviews: Sequence[str], near: Mapping[str, Sequence[str]], copies: int, seed: int = 1
) -> list[str]:
    """Make `copies` variants of each overview.

    >>> make_variants(["A ghost walks.", "He fears it."], {"ghost": ["spirit"]}, copies=1, seed=3)
    ['A ghost walks. He fears it.', 'He fears it. A spirit walks.']
    """
    rng = np.random.default_rng(seed)
    sentences = [_SENTENCE_END.split(overview) for overview in overviews]
    variants = []
    for _ in range(copies):
        for own, partner in zip(sentences, rng.permutation(len(sentences)), strict=True):
            if rng.random() < 0.5:
                halves = [_some(own, 0.5, rng), _some(sentences[partner], 0.5, rng)]
                chosen = [text for number in rng.permutation(2) for text in halves[number]]
            else:
                chosen = _some(own, 0.8, rng)
            fraction = rng.uniform(0, _MAX_REPLACED)
            variants.append(_with_near_words(" ".join(chosen), near, fraction, rng))
    return variants


def _some(sentences: Sequence[str], fraction: float, rng: np.random.Generator) -> list[str]:
    """Return a fraction of the sentences, one at least, in their order."""
    count = max(1, round(len(sentences) * fraction))
    chosen = np.sort(rng.permutation(len(sentences))[:count])
    return [sentences[number] for number in chosen]


def _with_near_words(
    text: str, near: Mapping[str, Sequence[str]], fraction: float, rng: np.random.Generator
) -> str:
    """Return a text in which a fraction of the words that have near ones is replaced by them."""

    def replace(match: re.Match[str]) -> str:
        others = near.get(match[0].lower())
        return str(rng.choice(others)) if others and rng.random() < fraction else match[0]

    return _WORD.sub(replace, text)
