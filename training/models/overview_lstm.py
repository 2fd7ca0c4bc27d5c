"""Overview LSTMs: word ids -> probabilities of the genres."""

from dataclasses import replace
from typing import Any

import keras
from keras import layers

from training.config import OverviewConfig
from training.models.outputs import genres_output

__all__ = ["WORDS_NAME", "build_overview_lstm", "halved_layers"]

#: The layer of the word vectors.
WORDS_NAME = "words"


def build_overview_lstm(config: OverviewConfig, n_genres: int, masked: bool = True) -> keras.Model:
    """Return the untrained model of a config.

    Args:
        config: its settings.
        n_genres: width of the output.
        masked: with False, its twin: the same weights (`set_weights`), but its LSTMs take no mask
            and drop nothing out. Only so does tf2onnx make native LSTMs of them. It is right once
            these get the number of words (export/convert.py).

    Returns:
        int32 (batch, sequence_length), or of any length for one that is trained on buckets, to
        float32 (batch, n_genres) in 0..1.
    """
    if not masked:
        config = replace(
            config, word_dropout=0.0, sparse_share=0.0, dropout=0.0, recurrent_dropout=0.0
        )
    shape = (None,) if masked and config.bucketed else config.input_shape
    overview = keras.Input(shape, dtype="int32", name="overview")
    body = {"coursework": _coursework_lstm, "pooled_bilstm": _pooled_bilstm}[config.architecture]
    features = body(overview, config, masked)
    return keras.Model(overview, genres_output(features, n_genres), name="overview_lstm")


def _coursework_lstm(
    overview: keras.KerasTensor, config: OverviewConfig, masked: bool
) -> keras.KerasTensor:
    """The reference LSTM: two bidirectional layers, the final state of the second."""
    x = layers.Embedding(
        config.vocabulary_size, config.embedding_size, mask_zero=masked, name=WORDS_NAME
    )(overview)
    x = _bilstm(config, config.units[0], whole_sequence=True)(x)
    if masked:
        x = _bilstm(config, config.units[1], whole_sequence=False)(x)
    else:
        x = _bilstm(config, config.units[1], whole_sequence=True)(x)
        x = _final_states(x, overview)
    x = layers.Dense(128, activation="relu")(x)
    return layers.Dropout(config.head_dropout)(x)


def _final_states(sequence: keras.KerasTensor, overview: keras.KerasTensor) -> keras.KerasTensor:
    """Return what a masked bidirectional LSTM ends with.

    That is the forward state at the last word and the backward state at the first.
    """
    is_word = _is_word(overview)
    has_next = keras.ops.pad(is_word[:, 1:], [[0, 0], [0, 1], [0, 0]])
    forward, backward = keras.ops.split(sequence, 2, axis=-1)
    at_last_word = keras.ops.sum(forward * (is_word - has_next), 1)
    return keras.ops.concatenate([at_last_word, backward[:, 0]], -1)


def _is_word(overview: keras.KerasTensor) -> keras.KerasTensor:
    """Return 1 for words, 0 for padding: (batch, words) -> float32 (batch, words, 1)."""
    return keras.ops.cast(keras.ops.expand_dims(overview, -1) != 0, "float32")


def _pooled_bilstm(
    overview: keras.KerasTensor, config: OverviewConfig, masked: bool
) -> keras.KerasTensor:
    """Return mean and maximum over the words of a bidirectional LSTM's states, and the words' sum.

    The sum of the word vectors (over the root of their number, as if each was independent
    evidence) beside the LSTM's states leaves to the LSTM what the words alone do not say.
    """
    drops = config.word_dropout or config.sparse_share
    dropout = _WordDropout(config.word_dropout, config.sparse_share)
    read = dropout(overview) if drops else overview
    words = layers.Embedding(
        config.vocabulary_size, config.embedding_size, mask_zero=masked, name=WORDS_NAME
    )(read)
    x = layers.SpatialDropout1D(config.embedding_dropout)(words)
    for units in config.units:
        x = _bilstm(config, units, whole_sequence=True)(x)
    is_word = _is_word(overview)
    count = keras.ops.maximum(keras.ops.sum(is_word, 1), 1.0)
    maximum = keras.ops.max(x * is_word + (is_word - 1.0) * 2.0, 1)  # states lie in -1..1
    words = layers.SpatialDropout1D(config.embedding_dropout)(words)
    features = [
        keras.ops.sum(x * is_word, 1) / count,
        maximum,
        keras.ops.sum(words * is_word, 1) / keras.ops.sqrt(count),
    ]
    return layers.Dropout(config.head_dropout)(keras.ops.concatenate(features, -1))


@keras.saving.register_keras_serializable("training")
class _WordDropout(layers.Layer):
    """In training, reads a fraction of the words as the unknown word (id 1).

    Of a share of the overviews it is any fraction, up to all words.
    """

    def __init__(self, fraction: float, sparse_share: float = 0.0, **others: Any):
        super().__init__(**others)
        self.fraction = fraction
        self.sparse_share = sparse_share
        self.seeds = keras.random.SeedGenerator()

    def call(self, word_ids: keras.KerasTensor, training: bool = False) -> keras.KerasTensor:
        """Return the word ids, some of them 1 in training."""
        if not training:
            return word_ids

        def uniform(words: keras.KerasTensor) -> keras.KerasTensor:
            return keras.random.uniform(keras.ops.shape(words), seed=self.seeds)

        is_sparse = uniform(word_ids[:, :1]) < self.sparse_share
        fraction = keras.ops.where(is_sparse, uniform(word_ids[:, :1]), self.fraction)
        dropped = keras.ops.logical_and(uniform(word_ids) < fraction, word_ids > 0)
        return keras.ops.where(dropped, 1, word_ids)


def _bilstm(config: OverviewConfig, units: int, whole_sequence: bool) -> layers.Layer:
    return layers.Bidirectional(
        layers.LSTM(
            units,
            return_sequences=whole_sequence,
            dropout=config.dropout,
            recurrent_dropout=config.recurrent_dropout,
            use_cudnn=False,  # which XLA cannot compile; on a CPU, XLA is worth more
        )
    )


def halved_layers(model: keras.Model) -> list[layers.Layer]:
    """Return the layers that export stores as float16: the word vectors, most of its size."""
    return [model.get_layer(WORDS_NAME)]
