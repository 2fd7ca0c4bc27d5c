import keras
import numpy as np
import pytest

from training.data.labels import UNKNOWN
from training.models.losses import KnownCrossentropy, KnownPrecision, KnownRecall


def test_known_crossentropy_is_keras_own_where_all_is_known():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, (5, 4)).astype("float32")
    probabilities = rng.random((5, 4)).astype("float32")
    ours = float(KnownCrossentropy()(labels, probabilities))
    assert ours == pytest.approx(float(keras.losses.BinaryCrossentropy()(labels, probabilities)))


def test_unknown_labels_change_neither_loss_nor_metrics():
    labels = np.array([[1, 0, UNKNOWN], [0, UNKNOWN, 1]], "float32")
    for probability in (0.01, 0.99):
        probabilities = np.array([[0.8, 0.6, probability], [0.3, probability, 0.9]], "float32")
        loss = float(KnownCrossentropy()(labels, probabilities))
        expected = -np.log([0.8, 0.4, 0.7, 0.9]).sum() / 6
        assert loss == pytest.approx(expected, rel=1e-5)
        for metric, value in ((KnownPrecision(), 2 / 3), (KnownRecall(), 1.0)):
            metric.update_state(labels, probabilities)
            assert float(metric.result()) == pytest.approx(value)
