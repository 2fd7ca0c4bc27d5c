"""Overviews as a training reads them: by the app's own tokenizer, with the films' own words."""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf
from tokenizers import Tokenizer

from gradio_app.errors import InputError
from gradio_app.preprocessing import (
    PUNCTUATION,
    WORD_SEPARATORS,
    build_tokenizer,
    encode_overviews,
)

__all__ = ["overview_tokenizer", "standardise_words"]


def standardise_words(overviews: tf.Tensor) -> tf.Tensor:
    """Lowercase, part and strip overviews (strings), for `TextVectorization` to split them.

    Its own "lower_and_strip_punctuation" makes "scifi" of "sci-fi", here two words, and leaves
    typographic dashes and quotation marks in the words.
    """
    parted = tf.strings.regex_replace(tf.strings.lower(overviews), WORD_SEPARATORS, " ")
    return tf.strings.regex_replace(parted, PUNCTUATION, "")


def overview_tokenizer(overviews: Sequence[str], size: int, length: int) -> Tokenizer:
    """Return the app's tokenizer, with the vocabulary that `TextVectorization.adapt` finds.

    Args:
        overviews: of the training films.
        size: of the vocabulary, padding and the unknown word included.
        length: how many words of an overview are read.

    Raises:
        InputError: it gives other ids than `TextVectorization` on one of these overviews.
    """
    encoder = keras.layers.TextVectorization(
        max_tokens=size, standardize=standardise_words, output_sequence_length=length
    )
    batches = tf.data.Dataset.from_tensor_slices(list(overviews)).batch(512)
    encoder.adapt(batches)
    tokenizer = build_tokenizer([str(word) for word in encoder.get_vocabulary()[2:]])
    expected = np.concatenate([keras.ops.convert_to_numpy(encoder(batch)) for batch in batches])
    differ = (encode_overviews(tokenizer, overviews, length) != expected).any(axis=1)
    if differ.any():
        first = overviews[int(differ.argmax())]
        raise InputError(f"The tokenizer reads this overview unlike Keras: {first[:80]!r}.")
    return tokenizer
