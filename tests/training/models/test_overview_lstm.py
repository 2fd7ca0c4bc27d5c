import keras
import numpy as np
import pytest

from tests.training.conftest import tiny
from training.config import PRESETS
from training.models.overview_lstm import _WordDropout, build_overview_lstm


def test_the_coursework_lstm_is_the_reference_layer_by_layer():
    model = build_overview_lstm(PRESETS["overview"]["coursework"], 19)
    shapes = [(layer.__class__.__name__, layer.output.shape[1:]) for layer in model.layers]
    layers = [(kind, shape) for kind, shape in shapes if kind != "NotEqual"]
    assert layers == [
        ("InputLayer", (100,)),
        ("Embedding", (100, 256)),
        ("Bidirectional", (100, 512)),
        ("Bidirectional", (256,)),
        ("Dense", (128,)),
        ("Dropout", (128,)),
        ("Dense", (19,)),
    ]
    embedding = model.layers[1]
    assert (embedding.input_dim, embedding.mask_zero) == (10_000, True)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Bidirectional):
            assert (layer.forward_layer.dropout, layer.forward_layer.recurrent_dropout) == (
                0.5,
                0.2,
            )


@pytest.mark.parametrize("preset", ["coursework", "distilled"])
def test_the_unmasked_twin_takes_the_same_weights(preset):
    config = tiny("overview", preset)
    model, twin = build_overview_lstm(config, 3), build_overview_lstm(config, 3, masked=False)
    twin.set_weights(model.get_weights())
    assert [w.shape for w in twin.get_weights()] == [w.shape for w in model.get_weights()]


def test_some_words_are_read_as_unknown_in_training_alone():
    layer = _WordDropout(0.5)
    ids = np.tile(np.array([[5, 6, 7, 0]], np.int32), (200, 1))
    assert np.array_equal(layer(ids), ids)
    dropped = np.array(layer(ids, training=True))
    assert np.array_equal(dropped[:, 3], ids[:, 3])  # padding stays
    assert set(np.unique(dropped[:, 0])) == {1, 5}
    assert 0.4 < (dropped[:, :3] == 1).mean() < 0.6


def test_of_some_overviews_any_fraction_is_read_as_unknown():
    keras.utils.set_random_seed(1)
    layer = _WordDropout(0.0, sparse_share=0.5)
    ids = np.full((400, 50), 7)
    unknown = np.asarray(layer(ids, training=True) == 1).mean(axis=1)
    sparse = unknown[unknown > 0]
    assert 150 < len(sparse) < 250
    assert np.quantile(sparse, [0.25, 0.75]) == pytest.approx([0.25, 0.75], abs=0.1)
    assert np.array_equal(layer(ids, training=False), ids)
