"""The Keras models, all functional: (pixels or word ids) -> probabilities of the genres.

`tf2onnx` converts functional models only, and keeps their input and output names.
"""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
from keras import layers

from training.config import OverviewConfig, PosterConfig, ReaderConfig
from training.data.films import UNKNOWN
from training.models.poster_cnn import (
    backbone_statistics,
    get_backbone,
    load_backbone,
    pooled_features,
)

__all__ = [
    "OUTPUT_NAME",
    "SENTENCE_NAME",
    "WORDS_NAME",
    "KnownCrossentropy",
    "KnownPrecision",
    "KnownRecall",
    "build_model",
    "pretrained_features",
    "rescale_output",
    "round_to_half",
    "with_sentence",
]

OUTPUT_NAME = "genres"

SENTENCE_NAME = "sentence"

WORDS_NAME = "words"


def build_model(config: ReaderConfig, genre_count: int, masked: bool = True) -> keras.Model:
    """The untrained model of a config.

    Args:
        config: a `PosterConfig` or an `OverviewConfig`.
        genre_count: width of the output.
        masked: with False, the twin of an overview model: the same weights (`set_weights`),
            but its LSTMs take no mask and drop nothing out. Only so does tf2onnx make native
            LSTMs of them. It is right once these get the number of words (export/convert.py).

    Returns:
        For posters, float32 (batch, height, width, 3) in 0..255; for overviews, int32
        (batch, sequence_length), or of any length for one that is trained on buckets; to
        float32 (batch, genre_count) in 0..1.
    """
    if isinstance(config, PosterConfig):
        poster = keras.Input(config.input_shape, name="poster")
        body = _coursework_cnn if config.architecture == "coursework" else backbone_statistics
        return keras.Model(poster, _genres(body(poster, config), genre_count), name="poster_cnn")
    if not masked:
        config = replace(config, word_dropout=0.0, dropout=0.0, recurrent_dropout=0.0)
    shape = (None,) if masked and config.bucketed else config.input_shape
    overview = keras.Input(shape, dtype="int32", name="overview")
    reader = {"coursework": _coursework_lstm, "pooled_bilstm": _pooled_bilstm}[config.architecture]
    features = reader(overview, config, masked)
    return keras.Model(overview, _genres(features, genre_count), name="overview_lstm")


def pretrained_features(
    config: PosterConfig, weights: Path | None, pixels: np.ndarray
) -> np.ndarray:
    """What the head of a poster CNN reads before any training: float32 (posters, features).

    Args:
        config: of a model with a backbone.
        weights: as of `load_backbone`.
        pixels: (posters, height, width, 3) in 0..255.

    Raises:
        InputError: the weights cannot be loaded.
    """
    model = build_model(config, genre_count=1)
    load_backbone(model, weights)
    return pooled_features(model, pixels)


def _genres(features, genre_count: int):
    return layers.Dense(genre_count, activation="sigmoid", name=OUTPUT_NAME)(features)


def _coursework_cnn(poster, config: PosterConfig):
    """The reference CNN: seven convolutions and two dense layers, on 64 x 64 pixels."""

    def convolution(number: int, filters: int, strides: int = 1):
        return layers.Conv2D(
            filters, 3, strides, padding="same", activation="relu", name=f"Conv{number}"
        )

    x = layers.Rescaling(1 / 255)(poster)
    x = convolution(0, 16, strides=2)(x)
    x = layers.Dropout(0.2)(x)
    for first, filters in ((1, 32), (3, 64), (5, 128)):
        x = convolution(first, filters)(x)
        x = convolution(first + 1, filters)(x)
        x = layers.Dropout(0.2)(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Flatten()(x)
    for number in (1, 2):
        x = layers.Dense(1024, activation="relu", name=f"FC{number}")(x)
        x = layers.Dropout(0.5)(x)
    return x


def _coursework_lstm(overview, config: OverviewConfig, masked: bool):
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


def _final_states(sequence, overview):
    """What a masked bidirectional LSTM ends with: forward at the last word, backward at the
    first."""
    is_word = _is_word(overview)
    has_next = keras.ops.pad(is_word[:, 1:], [[0, 0], [0, 1], [0, 0]])
    forward, backward = keras.ops.split(sequence, 2, axis=-1)
    at_last_word = keras.ops.sum(forward * (is_word - has_next), 1)
    return keras.ops.concatenate([at_last_word, backward[:, 0]], -1)


def _is_word(overview):
    """1 for words, 0 for padding: (batch, words) -> float32 (batch, words, 1)."""
    return keras.ops.cast(keras.ops.expand_dims(overview, -1) != 0, "float32")


def _pooled_bilstm(overview, config: OverviewConfig, masked: bool):
    """A bidirectional LSTM: mean and maximum of its states over the words, and the words' sum.

    The sum of the word vectors (over the root of their number, as if each was independent
    evidence) beside the LSTM's states leaves to the LSTM what the words alone do not say.
    """
    read = _WordDropout(config.word_dropout)(overview) if config.word_dropout else overview
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
    """In training, reads a share of the words as the unknown word (id 1)."""

    def __init__(self, share: float, **others):
        super().__init__(**others)
        self.share = share
        self.seeds = keras.random.SeedGenerator()

    def call(self, word_ids, training=False):
        if not training:
            return word_ids
        chance = keras.random.uniform(keras.ops.shape(word_ids), seed=self.seeds)
        dropped = keras.ops.logical_and(chance < self.share, word_ids > 0)
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


def with_sentence(model: keras.Model, size: int) -> keras.Model:
    """The model with a second output for training: the teacher's vector of the whole overview.

    Both outputs stand on the same features, so these learn what the vector knows of the text
    (hints of a teacher: Romero et al. 2014, arXiv 1412.6550).
    """
    features = model.get_layer(OUTPUT_NAME).input
    sentence = layers.Dense(size, name=SENTENCE_NAME)(features)
    return keras.Model(model.inputs, {OUTPUT_NAME: model.output, SENTENCE_NAME: sentence})


def rescale_output(model: keras.Model, slopes: np.ndarray, intercepts: np.ndarray) -> None:
    """Make slope * logit + intercept the logits of the model, genre by genre.

    That is what calibration asks for, and the last layer can hold it.
    """
    output = model.get_layer(OUTPUT_NAME)
    kernel, bias = output.get_weights()
    output.set_weights([kernel * slopes, bias * slopes + intercepts])


def round_to_half(model: keras.Model) -> None:
    """Round word vectors and a backbone's convolutions to float16, in which export stores them:
    they are most of a model's size. Where batch normalisation follows, they stay as they are, for
    conversion would scale them."""
    backbone = get_backbone(model)
    inner = backbone.layers if backbone else []
    rounded = [layer for layer in model.layers if layer.name == WORDS_NAME]
    if not any(isinstance(layer, layers.BatchNormalization) for layer in inner):
        rounded += inner
    for layer in rounded:
        weights = [values.astype(np.float16).astype(np.float32) for values in layer.get_weights()]
        layer.set_weights(weights)


def _is_known(labels):
    return keras.ops.cast(labels != UNKNOWN, "float32")


def _is_likely(labels):
    """A teacher's labels lie between 0 and 1."""
    return keras.ops.cast(labels >= 0.5, "float32")


class KnownCrossentropy(keras.losses.Loss):
    """Binary cross-entropy in which unknown labels count nothing (else exactly Keras' own)."""

    def call(self, y_true, y_pred):
        entropy = keras.ops.binary_crossentropy(keras.ops.maximum(y_true, 0.0), y_pred)
        return keras.ops.mean(entropy * _is_known(y_true), axis=-1)


class KnownPrecision(keras.metrics.Precision):
    """Precision at 0.5 over all known labels."""

    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(_is_likely(y_true), y_pred, _is_known(y_true))


class KnownRecall(keras.metrics.Recall):
    """Recall at 0.5 over all known labels."""

    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(_is_likely(y_true), y_pred, _is_known(y_true))
