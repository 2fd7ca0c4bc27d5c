"""The fused model: both readers' logits, stacked (training/models/stacking.py)."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from training.models.outputs import OUTPUT_NAME

__all__ = ["build_fusion"]


def build_fusion(n_genres: int) -> keras.Model:
    """Return the untrained fused model.

    Returns:
        float32 `poster_logits` and `overview_logits` (batch, genres) and `present` (batch, 2:
        poster, overview; 1 or 0) to probabilities (batch, genres).
    """
    poster = keras.Input((n_genres,), name="poster_logits")
    overview = keras.Input((n_genres,), name="overview_logits")
    present = keras.Input((2,), name="present")
    stacked = _StackedLogits(name="stacking")([poster, overview, present])
    output = keras.layers.Activation("sigmoid", name=OUTPUT_NAME)(stacked)
    return keras.Model([poster, overview, present], output, name="fusion")


@keras.saving.register_keras_serializable("training")
class _StackedLogits(keras.layers.Layer):
    """Stacks both readers' logits; where one is missing, the other's stay as they are."""

    def build(self, shapes: Sequence[tuple[int, ...]]) -> None:
        """Add the weights of the logits and the intercepts."""
        n_genres = shapes[0][-1]
        self.weights_of_logits = self.add_weight(shape=(2, n_genres, n_genres), name="weights")
        self.intercepts = self.add_weight(shape=(n_genres,), name="intercepts")

    def call(self, inputs: Sequence[tf.Tensor]) -> tf.Tensor:
        """Return the fused logits (batch, genres) of (poster, overview, present)."""
        poster, overview, present = inputs
        has_poster, has_overview = present[:, :1], present[:, 1:]
        both = has_poster * has_overview
        poster_weights, overview_weights = self.weights_of_logits[0], self.weights_of_logits[1]
        stacked = poster @ poster_weights + overview @ overview_weights + self.intercepts
        alone = poster * has_poster + overview * has_overview
        return both * stacked + (1.0 - both) * alone
