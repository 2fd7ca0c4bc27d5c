import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from training.evaluation.bootstrap import film_weights, interval, resample
from training.metrics import figures

FILMS, GENRES = 60, 4


@pytest.fixture(scope="module")
def predictions():
    """Labels and probabilities with many ties, a rare genre, and films without any genre."""
    rng = np.random.default_rng(3)
    labels = (rng.random((FILMS, GENRES)) < [0.5, 0.3, 0.2, 0]).astype(float)
    labels[:2, 3] = 1
    probabilities = np.round(0.4 * labels + 0.55 * rng.random(labels.shape), 1)
    return labels, probabilities, np.array([0.5, 0.4, 0.5, 0.3])


def drawn(weights: np.ndarray) -> np.ndarray:
    return np.repeat(np.arange(len(weights)), weights.astype(int))


def test_a_resample_draws_as_many_films_as_there_are():
    weights = film_weights(FILMS, resamples=50)
    assert weights.shape == (50, FILMS)
    assert (weights.sum(axis=1) == FILMS).all()
    assert np.array_equal(weights, film_weights(FILMS, resamples=50))
    assert not np.array_equal(weights, film_weights(FILMS, resamples=50, seed=2))


def test_figures_are_those_of_films_drawn_one_by_one(predictions):
    labels, probabilities, thresholds = predictions
    weights = film_weights(FILMS, resamples=40)
    resampled = resample(labels, probabilities, thresholds, weights).figures
    for number, row in enumerate(weights):
        films = drawn(row)
        expected = figures(labels[films], probabilities[films], thresholds)
        for name, values in resampled.items():
            assert values[number] == pytest.approx(expected[name], abs=1e-6), name


def test_average_precisions_are_those_of_scikit_learn(predictions):
    labels, probabilities, thresholds = predictions
    weights = film_weights(FILMS, resamples=40)
    measured = resample(labels, probabilities, thresholds, weights).average_precisions
    lacking = 0
    for row, values in zip(weights, measured, strict=True):
        films = drawn(row)
        for genre, value in enumerate(values):
            if labels[films, genre].any():
                scores = probabilities[films, genre]
                expected = average_precision_score(labels[films, genre], scores)
                assert value == pytest.approx(expected, abs=1e-6)
            else:
                assert np.isnan(value)
                lacking += 1
    assert 0 < lacking < 40  # the rare genre is missing in some resamples


def test_an_interval_is_of_the_values_there_are():
    values = np.append(np.arange(1001.0), [np.nan] * 50)
    assert interval(values) == pytest.approx((25, 975))
    assert interval(values, coverage=0.5) == pytest.approx((250, 750))
