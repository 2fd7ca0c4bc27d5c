"""Overview -> word ids: pure functions, shared by training and the app."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from gradio_app.errors import InputError
from gradio_app.limits import MAX_OVERVIEW_CHARACTERS

__all__ = [
    "PUNCTUATION",
    "UNKNOWN_ID",
    "WORD_SEPARATORS",
    "Word",
    "build_tokenizer",
    "clean_overview",
    "encode_overviews",
    "find_words",
    "is_placeholder",
]

#: The word id of every word that a model does not know.
UNKNOWN_ID = 1
#: Characters that part two words as a space does ("sci-fi", "and/or"): a pattern that the regular
#: expressions of tokenizers and of TensorFlow both read.
WORD_SEPARATORS = "[-/\u2013\u2014\u2026]"
#: Characters that are dropped: those of ASCII, and quotation marks.
PUNCTUATION = "[!-/:-@\\[-`{-~\u2018\u2019\u201c\u201d\u00ab\u00bb]"

#: What stands where there is no overview: a missing value as programs write it, or a sentence of
#: TMDB, IMDb, OMDb or a media server; without the brackets, dashes and full stops around.
_PLACEHOLDER = re.compile(
    r"""
    nan | n\W?a | null | nil | none | nat | undefined | unknown | missing | empty | tb[acd] | todo
    | no \s (information | (overview | plot | description | summary | synopsis | storyline)
        (\s (found | available | yet | given | provided | entered | specified))?)
    | (the \s)? (overview | plot | description | summary | synopsis | storyline) (\s details)?
        (\s (is | are | was | were))? (\s (currently | kept | still | yet))*
        \s (unknown | undisclosed | unavailable | not \s available | under \s wraps | missing)
    | not \s (available | applicable | found) | add \s a \s plot | coming \s soon | lorem \s ipsum
    | to \s be \s (announced | confirmed | determined)
    | we \s don.t \s have \s an \s overview \s translated \s .*
    | it \s looks \s like \s we \s don.t \s have \s .*
    """,
    re.VERBOSE | re.IGNORECASE,
)
_LONGEST_PLACEHOLDER = 150  # characters
_AROUND_PLACEHOLDERS = " .,;:?-_<>()[]{}#*'\"\u2013\u2014\u2026"

_PADDING, _UNKNOWN = "[PAD]", "[UNK]"


def clean_overview(overview: str, max_characters: int = MAX_OVERVIEW_CHARACTERS) -> str:
    """Check one overview and make it valid Unicode (lone surrogates become '?').

    Raises:
        InputError: longer than `max_characters`.
    """
    if len(overview) > max_characters:
        raise InputError(
            f"The overview has {len(overview):,} characters, more than the "
            f"{max_characters:,} that are accepted; shorten it."
        )
    return overview.encode("utf-8", "replace").decode("utf-8")


def is_placeholder(overview: str) -> bool:
    """Return whether an overview is blank, or only says that there is none.

    >>> is_placeholder("N/A"), is_placeholder("No overview found."), is_placeholder("A nun.")
    (True, True, False)
    """
    words = overview.strip().strip(_AROUND_PLACEHOLDERS)
    if not words:
        return len(overview.strip()) <= 2  # blank, or "-" or "?"
    # The pattern is for sentences, not for pages.
    if len(words) >= _LONGEST_PLACEHOLDER:
        return False
    return bool(_PLACEHOLDER.fullmatch(" ".join(words.split())))


def build_tokenizer(vocabulary: Sequence[str]) -> Tokenizer:
    """A standalone tokenizer that gives the ids of Keras' TextVectorization.

    It repeats `training.data.overviews.standardise_words` and `split="whitespace"` of
    `keras.layers.TextVectorization`, which lowercase and split ASCII alone: the `Lowercase` and
    `WhitespaceSplit` of `tokenizers` would treat 'É' and no-break spaces differently.

    Args:
        vocabulary: words in the order of their ids, the first of which gets id 2
            (0 is padding, 1 an unknown word).

    >>> build_tokenizer(["a", "heist"]).encode("A heist, a-gain!").ids
    [2, 3, 2, 1]
    """
    ids = {word: index for index, word in enumerate([_PADDING, _UNKNOWN, *vocabulary])}
    tokenizer = Tokenizer(models.WordLevel(ids, unk_token=_UNKNOWN))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Replace(upper, upper.lower()) for upper in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
        + [
            normalizers.Replace(Regex(WORD_SEPARATORS), " "),
            normalizers.Replace(Regex(PUNCTUATION), ""),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[ \t\n\r\x0b\x0c]+"), "removed")
    return tokenizer


def encode_overviews(tokenizer: Tokenizer, overviews: Sequence[str], length: int) -> np.ndarray:
    """Word ids of cleaned overviews, cut or padded with 0 at the end.

    Returns:
        int32 array of shape (len(overviews), length).
    """
    ids = np.zeros((len(overviews), length), np.int32)
    for row, encoding in zip(ids, tokenizer.encode_batch(list(overviews)), strict=True):
        words = encoding.ids[:length]
        row[: len(words)] = words
    return ids


@dataclass(frozen=True)
class Word:
    """A word where it stands in a cleaned overview, `overview[start:end]`, and its id."""

    start: int
    end: int
    id: int

    @property
    def known(self) -> bool:
        """Whether the vocabulary holds it."""
        return self.id != UNKNOWN_ID


def find_words(tokenizer: Tokenizer, overview: str) -> list[Word]:
    """The words of a cleaned overview in order, those that `encode_overviews` cuts off included.

    Punctuation around a word is outside it, and within it inside; a hyphen makes two words.

    >>> find_words(build_tokenizer(["usa"]), "Non-U.S.A.!")
    [Word(start=0, end=3, id=1), Word(start=4, end=9, id=2)]
    """
    encoding = tokenizer.encode(overview)
    places = zip(encoding.offsets, encoding.ids, strict=True)
    return [Word(start, end, word_id) for (start, end), word_id in places]
