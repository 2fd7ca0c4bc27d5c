"""The last layers of a reader: its genres, and for training its sentence vector."""

from collections.abc import Iterable

import keras
import numpy as np
from keras import layers

__all__ = [
    "OUTPUT_NAME",
    "SENTENCE_NAME",
    "genres_output",
    "rescale_output",
    "round_to_half",
    "with_sentence",
]

OUTPUT_NAME = "genres"

SENTENCE_NAME = "sentence"


def genres_output(features: keras.KerasTensor, n_genres: int) -> keras.KerasTensor:
    """Return the output of a reader: float32 (batch, features) -> probabilities of the genres."""
    return layers.Dense(n_genres, activation="sigmoid", name=OUTPUT_NAME)(features)


def with_sentence(model: keras.Model, size: int) -> keras.Model:
    """Return the model with a second output for training: the teacher's vector of the overview.

    Both outputs stand on the same features, so training brings into these what the vector holds of
    the text (hints of a teacher: Romero et al. 2014, arXiv 1412.6550).
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


def round_to_half(rounded: Iterable[layers.Layer]) -> None:
    """Round the weights of layers to float16, in which export stores them (export/convert.py)."""
    for layer in rounded:
        weights = [values.astype(np.float16).astype(np.float32) for values in layer.get_weights()]
        layer.set_weights(weights)
