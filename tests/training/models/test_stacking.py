import numpy as np
import pytest

from gradio_app.classifier import logit
from training.data.labels import UNKNOWN
from training.metrics import expected_calibration_error
from training.models.stacking import fit_stacking, sigmoid, stack, stack_held_out


def made(n_films: int = 600, n_genres: int = 4, seed: int = 0):
    """Labels, and two readers' logits: both know something, and both are too sure of it."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(-1, 1.5, (n_films, n_genres))
    labels = (rng.random((n_films, n_genres)) < sigmoid(truth)).astype(np.float32)
    first, second = (3 * (truth + rng.normal(0, noise, truth.shape)) for noise in (0.5, 1.0))
    return labels, [first, second + 2]


def log_loss(labels: np.ndarray, probabilities: np.ndarray) -> float:
    return float(-np.mean(labels * np.log(probabilities) + (1 - labels) * np.log1p(-probabilities)))


def test_logits_and_sigmoid_are_inverse_and_finite():
    probabilities = np.array([0.0, 1e-6, 0.3, 0.5, 1.0], np.float32)
    assert np.isfinite(logit(probabilities)).all()
    assert np.allclose(sigmoid(logit(probabilities)), probabilities, atol=1e-6)


def test_calibration_makes_probabilities_of_too_sure_logits():
    labels, (first, _) = made()
    before = expected_calibration_error(labels, sigmoid(first))
    _, held_out = stack(labels, [first], seed=1)
    assert before > 0.08
    assert expected_calibration_error(labels, held_out) < before / 3


def test_two_readers_are_better_than_either():
    labels, logits = made()

    def loss(inputs):
        return log_loss(labels, stack(labels, inputs, seed=1)[1])

    both, first, second = loss(logits), loss(logits[:1]), loss(logits[1:])
    assert both < min(first, second)
    stacking = fit_stacking(labels, logits, 0.1)
    assert (stacking.slopes[0] > stacking.slopes[1]).all()  # the first is less noisy


def test_the_smaller_c_the_more_alike_are_the_genres():
    labels, logits = made(n_films=60)
    spreads = [np.ptp(fit_stacking(labels, logits, C).slopes) for C in (1e-4, 1.0)]
    assert spreads[0] < spreads[1] / 4


def test_nothing_is_fitted_on_held_out_films():
    labels, (first, _) = made(n_films=200)
    before = stack_held_out(labels, [first], 1, 0.1, 0.1)
    changed = labels.copy()
    changed[7] = 1 - changed[7]
    after = stack_held_out(changed, [first], 1, 0.1, 0.1)
    assert np.array_equal(before[7], after[7])
    assert not np.array_equal(before, after)


def test_a_genre_without_any_film_is_unlikely_not_an_error():
    labels, (first, _) = made()
    labels[:, 2] = 0
    probabilities = fit_stacking(labels, [first], 0.1).predict_proba([first])
    assert probabilities[:, 2].mean() < labels[:, [0, 1, 3]].mean() / 2


def test_a_calibrated_stacking_is_one_stacking():
    labels, logits = made()
    inner = fit_stacking(labels, logits, 0.1, 0.01)
    outer = fit_stacking(labels[:200], [inner.logits(logits)[:200]], 0.1)
    both = inner.rescaled(outer)
    in_two_steps = outer.predict_proba([inner.logits(logits)])
    assert np.allclose(both.predict_proba(logits), in_two_steps, atol=1e-9)
    assert both.others_C == 0.01


def test_unknown_labels_do_not_count():
    labels, logits = made()
    half = labels.copy()
    half[300:, 1] = UNKNOWN
    known = fit_stacking(half, logits, 1e3)
    first = fit_stacking(labels[:300], [each[:300] for each in logits], 1e3)
    assert np.allclose(known.slopes[:, 1], first.slopes[:, 1], atol=0.02)


@pytest.mark.parametrize("n_readers", [1, 2])
def test_the_shapes(n_readers):
    labels, logits = made()
    stacking = fit_stacking(labels, logits[:n_readers], 0.01)
    assert stacking.slopes.shape == (n_readers, 4)
    assert stacking.others.shape == stacking.weights().shape == (n_readers, 4, 4)
    assert stacking.predict_proba(logits[:n_readers]).shape == labels.shape


def test_another_genres_logits_count_where_that_helps():
    labels, logits = made()
    _, without = stack(labels, logits, seed=1)
    alone, same = stack(labels, logits, 1, others_grid=(0.0, 0.003))
    assert (alone.others == 0).all()  # these genres do not depend on each other
    assert "others" not in alone.as_document()
    assert np.array_equal(without, same)

    labels[:, 1] *= labels[:, 0]  # the second genre has no film without the first
    _, without = stack(labels, logits, seed=1)
    stacking, held_out = stack(labels, logits, 1, others_grid=(0.0, 0.1))
    assert stacking.others_C == 0.1
    assert log_loss(labels, held_out) < log_loss(labels, without)
    assert stacking.others[0, 0, 1] > 0.05 > np.abs(stacking.others[0, 2, 1])
    assert (np.einsum("rii->ri", stacking.others) == 0).all()


def test_the_probabilities_are_of_the_weights_and_the_intercepts():
    labels, logits = made()
    stacking = fit_stacking(labels, logits, 0.1, 0.01)
    expected = sum(
        values @ weights for values, weights in zip(logits, stacking.weights(), strict=True)
    )
    probabilities = stacking.predict_proba(logits)
    assert np.allclose(probabilities, sigmoid(expected + stacking.intercepts))
    assert np.allclose(probabilities.mean(axis=0), labels.mean(axis=0), atol=0.02)
