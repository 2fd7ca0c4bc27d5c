"""A loss and metrics in which unknown labels count nothing."""

import keras

from training.data.labels import UNKNOWN

__all__ = ["KnownCrossentropy", "KnownPrecision", "KnownRecall"]


class KnownCrossentropy(keras.losses.Loss):
    """Binary cross-entropy in which unknown labels count nothing (else exactly Keras' own)."""

    def call(self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        """Return the loss of each film, (films,)."""
        entropy = keras.ops.binary_crossentropy(keras.ops.maximum(y_true, 0.0), y_pred)
        return keras.ops.mean(entropy * _is_known(y_true), axis=-1)


class KnownPrecision(keras.metrics.Precision):
    """Precision at 0.5 over all known labels."""

    def update_state(
        self,
        y_true: keras.KerasTensor,
        y_pred: keras.KerasTensor,
        sample_weight: keras.KerasTensor | None = None,
    ) -> None:
        """Count a batch; a `sample_weight` has no effect."""
        super().update_state(_is_likely(y_true), y_pred, _is_known(y_true))


class KnownRecall(keras.metrics.Recall):
    """Recall at 0.5 over all known labels."""

    def update_state(
        self,
        y_true: keras.KerasTensor,
        y_pred: keras.KerasTensor,
        sample_weight: keras.KerasTensor | None = None,
    ) -> None:
        """Count a batch; a `sample_weight` has no effect."""
        super().update_state(_is_likely(y_true), y_pred, _is_known(y_true))


def _is_known(labels: keras.KerasTensor) -> keras.KerasTensor:
    return keras.ops.cast(labels != UNKNOWN, "float32")


def _is_likely(labels: keras.KerasTensor) -> keras.KerasTensor:
    """Return 0 or 1 for labels of a teacher, which lie between."""
    return keras.ops.cast(labels >= 0.5, "float32")
