"""The fused model: both readers' logits, stacked (training/models/stacking.py)."""

from collections.abc import Sequence

import keras

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
    """Stacks both readers' logits; where one is missing, the other's stay as they are.

    So they do, by degrees, where a reader knows nothing: its logits are near those that it gives
    of an input without content.
    """

    def build(self, shapes: Sequence[tuple[int, ...]]) -> None:
        """Add the weights of the logits, the intercepts, and what tells who knows nothing."""
        n_genres = shapes[0][-1]
        self.weights_of_logits = self.add_weight(shape=(2, n_genres, n_genres), name="weights")
        self.intercepts = self.add_weight(shape=(n_genres,), name="intercepts")
        self.of_nothing = self.add_weight(shape=(2, n_genres), name="of_nothing")
        self.distances = self.add_weight(shape=(2,), name="distances")

    def call(self, inputs: Sequence[keras.KerasTensor]) -> keras.KerasTensor:
        """Return the fused logits (batch, genres) of (poster, overview, present)."""
        poster, overview, present = inputs
        has_poster, has_overview = present[:, :1], present[:, 1:]
        pair = has_poster * has_overview
        alone = poster * has_poster + overview * has_overview
        return pair * self._together(poster, overview) + (1.0 - pair) * alone

    def _together(
        self, poster: keras.KerasTensor, overview: keras.KerasTensor
    ) -> keras.KerasTensor:
        stacked = (
            poster @ self.weights_of_logits[0]
            + overview @ self.weights_of_logits[1]
            + self.intercepts
        )
        knows_poster, knows_overview = self._knows(0, poster), self._knows(1, overview)
        neither = (poster + overview) / 2.0
        without_overview = knows_poster * poster + (1.0 - knows_poster) * neither
        with_overview = knows_poster * stacked + (1.0 - knows_poster) * overview
        return knows_overview * with_overview + (1.0 - knows_overview) * without_overview

    def _knows(self, reader: int, logits: keras.KerasTensor) -> keras.KerasTensor:
        """Return how much a reader knows, 0..1: (batch, 1)."""
        squared = keras.ops.square(logits - self.of_nothing[reader])
        distance = keras.ops.mean(squared, axis=1, keepdims=True)
        return 1.0 - keras.ops.exp(-distance / keras.ops.maximum(self.distances[reader], 1e-6))
