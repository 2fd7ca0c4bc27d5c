from typing import get_args

import keras
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from gradio_app.classifier import logit
from gradio_app.errors import InputError
from tests.training.conftest import tiny
from training.config import PRESETS, Statistic
from training.data.films import UNKNOWN
from training.models.overview_lstm import (
    KnownCrossentropy,
    KnownPrecision,
    KnownRecall,
    _WordDropout,
    build_model,
    rescale_output,
    with_sentence,
)
from training.models.poster_cnn import (
    LEAST_VARIANCE,
    freeze_all_but,
    load_backbone,
    load_head,
    pooled_features,
    statistic,
)
from training.models.probe import fit_probe


def layer_outputs(model: keras.Model) -> list[tuple]:
    return [
        (layer.__class__.__name__, layer.name, layer.output.shape[1:]) for layer in model.layers
    ]


def test_the_coursework_cnn_is_the_reference_layer_by_layer():
    model = build_model(PRESETS["poster"]["coursework"], 19)
    assert model.input_shape == (None, 64, 64, 3)
    named = [(name, shape) for _, name, shape in layer_outputs(model) if name[:2] in ("Co", "FC")]
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


def test_the_coursework_lstm_is_the_reference_layer_by_layer():
    model = build_model(PRESETS["overview"]["coursework"], 19)
    layers = [(kind, shape) for kind, _, shape in layer_outputs(model) if kind != "NotEqual"]
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
    model, twin = build_model(config, 3), build_model(config, 3, masked=False)
    twin.set_weights(model.get_weights())
    assert [w.shape for w in twin.get_weights()] == [w.shape for w in model.get_weights()]


def test_known_crossentropy_is_keras_own_where_all_is_known():
    chance = np.random.default_rng(0)
    labels = chance.integers(0, 2, (5, 4)).astype("float32")
    probabilities = chance.random((5, 4)).astype("float32")
    ours = float(KnownCrossentropy()(labels, probabilities))
    assert ours == pytest.approx(float(keras.losses.BinaryCrossentropy()(labels, probabilities)))


def test_unknown_labels_change_neither_loss_nor_metrics():
    labels = np.array([[1, 0, UNKNOWN], [0, UNKNOWN, 1]], "float32")
    for answer in (0.01, 0.99):
        probabilities = np.array([[0.8, 0.6, answer], [0.3, answer, 0.9]], "float32")
        loss = float(KnownCrossentropy()(labels, probabilities))
        expected = -np.log([0.8, 0.4, 0.7, 0.9]).sum() / 6
        assert loss == pytest.approx(expected, rel=1e-5)
        for metric, value in ((KnownPrecision(), 2 / 3), (KnownRecall(), 1.0)):
            metric.update_state(labels, probabilities)
            assert float(metric.result()) == pytest.approx(value)


def test_a_backbone_loads_its_weights_and_freezes_block_by_block(backbone_weights):
    config = tiny("poster", "default")
    model = build_model(config, 3)
    before = model.get_layer("mobilenet_v2").get_weights()[0].copy()
    load_backbone(model, backbone_weights)
    source = keras.applications.MobileNetV2(
        input_shape=(48, 32, 3), include_top=False, weights=None
    )
    source.load_weights(backbone_weights)
    loaded = model.get_layer("mobilenet_v2").get_weights()
    assert not np.allclose(loaded[0], before)
    assert all(np.array_equal(a, b) for a, b in zip(loaded, source.get_weights(), strict=True))

    freeze_all_but(model, 99)
    assert not model.trainable_weights
    freeze_all_but(model, config.first_trained_block)
    trained = {variable.path.split("/")[-2] for variable in model.trainable_weights}
    assert not any("genres" in variable.path for variable in model.trainable_weights)
    assert any(name.startswith("block_3_") for name in trained)
    assert not any(name.startswith("block_2_") for name in trained)


def test_backbone_weights_that_do_not_fit_are_one_sentence(tmp_path):
    model = build_model(tiny("poster", "default"), 3)
    with pytest.raises(InputError, match="--backbone"):
        load_backbone(model, tmp_path / "missing.weights.h5")


def test_a_second_output_shares_the_features():
    model = build_model(tiny("overview", "distilled"), 3)
    ids = np.array([[2, 3, 0], [4, 0, 0]], np.int32)
    two = with_sentence(model, 7)(ids)
    assert two["sentence"].shape == (2, 7)
    assert np.allclose(two["genres"], model(ids))


def test_rescaling_the_output_rescales_the_logits():
    model = build_model(tiny("overview", "default"), 3)
    ids = np.array([[2, 3, 0], [4, 0, 0]], np.int32)
    before = logit(np.array(model(ids)))
    slopes, intercepts = np.array([2.0, 0.5, 1.0]), np.array([0.1, -1.0, 0.0])
    rescale_output(model, slopes, intercepts)
    assert np.allclose(logit(np.array(model(ids))), before * slopes + intercepts, atol=1e-4)


def test_some_words_are_read_as_unknown_in_training_alone():
    layer = _WordDropout(0.5)
    ids = np.tile(np.array([[5, 6, 7, 0]], np.int32), (200, 1))
    assert np.array_equal(layer(ids), ids)
    dropped = np.array(layer(ids, training=True))
    assert np.array_equal(dropped[:, 3], ids[:, 3])  # padding stays
    assert set(np.unique(dropped[:, 0])) == {1, 5}
    assert 0.4 < (dropped[:, :3] == 1).mean() < 0.6


def test_a_head_can_be_a_linear_probe(backbone_weights):
    config = tiny("poster", "default")
    model = build_model(config, 3)
    load_backbone(model, backbone_weights)
    pixels = np.random.default_rng(0).integers(0, 256, (40, 48, 32, 3)).astype(np.float32)
    features = pooled_features(model, pixels)
    assert features.shape == (40, config_features(config))
    probe = fit_probe(
        features, np.random.default_rng(1).integers(0, 2, (40, 3)), 100.0, LEAST_VARIANCE
    )
    load_head(model, probe)
    answers = model.predict(pixels, verbose=0)
    assert np.allclose(logit(answers), logit(probe.predict_proba(features)), atol=1e-3)


def config_features(config) -> int:
    whole = keras.applications.MobileNetV2(input_shape=(48, 32, 3), include_top=False, weights=None)
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
    for name, values in expected.items():
        found = np.array(statistic(name, keras.ops.convert_to_tensor(feature_map)))
        assert np.allclose(found, values, atol=1e-4), name


def made_labels(features):
    return np.stack([features[:, 0] > 0, np.zeros(30), np.ones(30)], axis=1)


def test_a_probe_of_a_genre_that_no_film_has_is_sure():
    features = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
    probe = fit_probe(features, made_labels(features), 1.0)
    assert probe.kernel[0, 0] > 2 * np.abs(probe.kernel[1:, 0]).max()
    said = probe.predict_proba(features)
    assert said[:, 1].max() < 0.05
    assert said[:, 2].min() > 0.95


def test_a_probe_is_scikit_learns_logistic_regression():
    """The same loss and penalty, so the same answers."""
    features = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32) * [1, 5, 0.3, 2]
    labels = (features[:, 1] + np.random.default_rng(1).normal(size=60) * 4 > 0).astype(float)
    standardised = (features - features.mean(0)) / features.std(0)
    theirs = LogisticRegression(C=1 / 1.3, tol=1e-8).fit(standardised, labels)
    ours = fit_probe(features, labels[:, None], 1.3).predict_proba(features)
    assert np.allclose(ours[:, 0], theirs.predict_proba(standardised)[:, 1], atol=2e-3)


def test_a_probe_learns_from_soft_labels_and_not_from_unknown_ones():
    features = np.random.default_rng(0).normal(size=(300, 2)).astype(np.float32)
    soft = np.where(features[:, :1] > 0, 0.8, 0.3)
    said = fit_probe(features, soft, 1.0).predict_proba(features)
    assert abs(said.mean() - soft.mean()) < 0.01
    assert said.max() < 0.95
    unknown = np.where(features[:, :1] > 1, UNKNOWN, soft)
    others = features[unknown[:, 0] != UNKNOWN]
    assert np.isfinite(fit_probe(features, unknown, 1.0).kernel).all()
    assert fit_probe(features, unknown, 1.0).predict_proba(others).mean() == pytest.approx(
        soft[unknown[:, 0] != UNKNOWN].mean(), abs=0.01
    )
