from typing import get_args

import keras
import numpy as np
import pytest

from gradio_app.classifier import logit
from gradio_app.errors import InputError
from tests.training.conftest import tiny
from training.config import PRESETS, Statistic
from training.models.efficientnet_lite import efficientnet_lite
from training.models.poster_cnn import (
    LEAST_VARIANCE,
    build_poster_cnn,
    freeze_all_but,
    load_backbone,
    load_head,
    pooled_features,
    pooled_statistics,
)
from training.models.probe import fit_probe


def test_the_coursework_cnn_is_the_reference_layer_by_layer():
    model = build_poster_cnn(PRESETS["poster"]["coursework"], 19)
    assert model.input_shape == (None, 64, 64, 3)
    shapes = [(layer.name, layer.output.shape[1:]) for layer in model.layers]
    named = [(name, shape) for name, shape in shapes if name[:2] in ("Co", "FC")]
    assert named == [
        ("Conv0", (32, 32, 16)),
        ("Conv1", (32, 32, 32)),
        ("Conv2", (32, 32, 32)),
        ("Conv3", (16, 16, 64)),
        ("Conv4", (16, 16, 64)),
        ("Conv5", (8, 8, 128)),
        ("Conv6", (8, 8, 128)),
        ("FC1", (1024,)),
        ("FC2", (1024,)),
    ]
    rates = [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    assert rates == [0.2, 0.2, 0.2, 0.2, 0.5, 0.5]
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            assert layer.padding == "same"
            assert layer.kernel_size == (3, 3)
            assert layer.activation is keras.activations.relu


def test_a_backbone_loads_its_weights_and_freezes_block_by_block(lite_weights):
    config = tiny("poster", "default")
    model = build_poster_cnn(config, 3)
    before = model.get_layer("efficientnet_lite0").get_weights()[0].copy()
    load_backbone(model, lite_weights)
    source = efficientnet_lite((48, 32, 3))
    source.load_weights(lite_weights)
    loaded = model.get_layer("efficientnet_lite0").get_weights()
    assert not np.allclose(loaded[0], before)
    assert all(np.array_equal(a, b) for a, b in zip(loaded, source.get_weights(), strict=True))

    freeze_all_but(model, 99)
    assert not model.trainable_weights
    freeze_all_but(model, config.first_trained_block)
    trained = {variable.path.split("/")[-2] for variable in model.trainable_weights}
    assert not any("genres" in variable.path for variable in model.trainable_weights)
    assert any(name.startswith("block_8_") for name in trained)
    assert not any(name.startswith("block_7_") for name in trained)


def test_lite_weights_that_do_not_fit_are_one_sentence(tmp_path):
    model = build_poster_cnn(tiny("poster", "default"), 3)
    with pytest.raises(InputError, match="--backbone"):
        load_backbone(model, tmp_path / "missing.weights.h5")


def test_a_head_can_be_a_linear_probe(lite_weights):
    config = tiny("poster", "default")
    model = build_poster_cnn(config, 3)
    load_backbone(model, lite_weights)
    pixels = np.random.default_rng(0).integers(0, 256, (40, 48, 32, 3)).astype(np.float32)
    features = pooled_features(model, pixels)
    assert features.shape == (40, config_features(config))
    probe = fit_probe(
        features, np.random.default_rng(1).integers(0, 2, (40, 3)), 100.0, LEAST_VARIANCE
    )
    load_head(model, probe)
    probabilities = model.predict(pixels, verbose=0)
    assert np.allclose(logit(probabilities), logit(probe.predict_proba(features)), atol=1e-3)


def config_features(config) -> int:
    whole = efficientnet_lite((48, 32, 3))
    channels = sum(whole.get_layer(name).output.shape[-1] for name in config.taps)
    return channels * len(config.statistics)


def test_statistics_of_a_feature_map():
    feature_map = np.random.default_rng(0).random((2, 5, 3, 4)).astype(np.float32)
    expected = {
        "mean": feature_map.mean((1, 2)),
        "deviation": feature_map.std((1, 2)),
        "maximum": feature_map.max((1, 2)),
        "upper_mean": feature_map[:, :2].mean((1, 2)),
        "lower_mean": feature_map[:, 2:].mean((1, 2)),
    }
    assert set(expected) == set(get_args(Statistic))
    found = pooled_statistics(list(expected), keras.ops.convert_to_tensor(feature_map))
    for (name, values), array in zip(expected.items(), found, strict=True):
        assert np.allclose(np.array(array), values, atol=1e-4), name
