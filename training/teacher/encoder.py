"""A sentence encoder reads overviews: a vector for each text and for each word."""

import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from gradio_app.preprocessing import WORD_SEPARATORS, build_tokenizer
from training.teacher.pretrained import half_precision, load_encoder

__all__ = ["Encoded", "encode_with_minilm"]

logger = logging.getLogger(__name__)

_BATCH = 64
_SIZE = 384
_MAX_WORDS = 40_000
#: A separator belongs to the word before it.
_WORD_END = re.compile(rf"\s+|(?<={WORD_SEPARATORS})(?=\S)")


@dataclass(frozen=True)
class Encoded:
    """What the encoder makes of texts.

    Attributes:
        sentences: a unit vector of each text: float32 (texts, 384).
        words: the most frequent first.
        word_vectors: those of `words`: float32 (words, 384).
    """

    sentences: np.ndarray
    words: list[str]
    word_vectors: np.ndarray


def encode_with_minilm(overviews: Sequence[str], is_train: np.ndarray) -> Encoded:
    """Read overviews with the encoder.

    The vector of a word is the mean of the encoder's last layer wherever the word stands in the
    training overviews, so it holds what the word means in overviews.

    Args:
        overviews: all of them.
        is_train: which are training overviews: bool (overviews,).

    Raises:
        InputError: the encoder is not installed.
    """
    words = [_WORD_END.split(overview.strip()) for overview in overviews]
    spellings = _spellings(words)
    vocabulary = _frequent(spellings[row] for row in np.flatnonzero(is_train))
    place = {word: row for row, word in enumerate(vocabulary)}
    sentences = np.empty((len(overviews), _SIZE), np.float32)
    sums = np.zeros((len(vocabulary), _SIZE))
    seen = np.zeros((len(vocabulary), 1))
    for row, states, positions in _states(words):
        mean = states.mean(axis=0)
        sentences[row] = mean / np.linalg.norm(mean)
        if is_train[row]:
            rows = [
                -1 if position is None else place.get(spellings[row][position], -1)
                for position in positions
            ]
            known = np.array(rows) >= 0
            np.add.at(sums, np.array(rows)[known], states[known])
            np.add.at(seen, np.array(rows)[known], 1)
    return Encoded(sentences, vocabulary, (sums / np.maximum(seen, 1)).astype(np.float32))


def _spellings(words: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return the words as the app's tokenizer spells them."""
    normalise = build_tokenizer([]).normalizer.normalize_str
    return [[normalise(word).strip() for word in text] for text in words]


def _frequent(texts: Iterable[Sequence[str]]) -> list[str]:
    counts = Counter(word for text in texts for word in text if word)
    return [word for word, _ in counts.most_common(_MAX_WORDS)]


def _states(
    texts: Sequence[Sequence[str]],
) -> Iterator[tuple[int, np.ndarray, list[int | None]]]:
    """Yield for each text, in any order, its row, the encoder's last layer, and its words.

    The layer is float32 (tokens, 384); the words say to which one each token belongs (None: to
    none).
    """
    encoder = load_encoder("minilm")
    longest_first = np.argsort([-len(text) for text in texts], kind="stable")
    for start in range(0, len(texts), _BATCH):
        chosen = longest_first[start : start + _BATCH]
        tokens = encoder.tokenizer(
            [list(texts[row]) for row in chosen],
            is_split_into_words=True,
            truncation=True,
            max_length=256,
            padding=True,
            return_tensors="pt",
        ).to(encoder.device)
        with encoder.torch.inference_mode(), half_precision(encoder):
            states = encoder.model(**tokens).last_hidden_state.float().cpu().numpy()
        lengths = tokens["attention_mask"].sum(dim=1).tolist()
        for number, (row, length) in enumerate(zip(chosen, lengths, strict=True)):
            yield int(row), states[number, :length], tokens.word_ids(number)[:length]
        if start % (50 * _BATCH) == 0:
            logger.info("%d of %d overviews are encoded", start + len(chosen), len(texts))
