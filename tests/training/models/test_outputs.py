import numpy as np

from gradio_app.classifier import logit
from tests.training.conftest import tiny
from training.models.outputs import rescale_output, with_sentence
from training.models.overview_lstm import build_overview_lstm


def test_a_second_output_shares_the_features():
    model = build_overview_lstm(tiny("overview", "distilled"), 3)
    ids = np.array([[2, 3, 0], [4, 0, 0]], np.int32)
    two = with_sentence(model, 7)(ids)
    assert two["sentence"].shape == (2, 7)
    assert np.allclose(two["genres"], model(ids))


def test_rescaling_the_output_rescales_the_logits():
    model = build_overview_lstm(tiny("overview", "default"), 3)
    ids = np.array([[2, 3, 0], [4, 0, 0]], np.int32)
    before = logit(np.array(model(ids)))
    slopes, intercepts = np.array([2.0, 0.5, 1.0]), np.array([0.1, -1.0, 0.0])
    rescale_output(model, slopes, intercepts)
    assert np.allclose(logit(np.array(model(ids))), before * slopes + intercepts, atol=1e-4)
