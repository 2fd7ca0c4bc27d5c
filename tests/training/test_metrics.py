import numpy as np
import pytest

from training.metrics import choose_thresholds, figures

LABELS = np.array([[1, 1, 0, 0], [0, 1, 0, 0], [1, 0, 0, 1]], float)
PROBABILITIES = np.array([[0.9, 0.2, 0.6, 0.1], [0.3, 0.8, 0.1, 0.2], [0.7, 0.6, 0.5, 0.1]])


def test_figures_are_those_counted_by_hand():
    measured = figures(LABELS, PROBABILITIES, 0.5)
    # Chosen: 0 2 | 1 | 0 1 2. True: 0 1 | 1 | 0 3. Found: 0, 1, 0.
    assert measured["precision"] == pytest.approx(3 / 6)
    assert measured["recall"] == pytest.approx(3 / 5)
    assert measured["micro-F1"] == pytest.approx(6 / 11)
    # By genre: F1 1, 1/2, 0 (never true), 0 (never chosen).
    assert measured["macro-F1"] == pytest.approx(1.5 / 4)
    # Genre 0: 1. Genre 1: first true at rank 1, second at rank 3. Genre 3: true one in a tie of
    # the two lowest, so 1/3. Genre 2 has no film.
    assert measured["mAP"] == pytest.approx((1 + (1 + 2 / 3) / 2 + 1 / 3) / 3)
    assert measured["hit@3"] == 1
    assert measured["recall@3"] == pytest.approx((1 + 1 + 1 / 2) / 3)


def test_films_without_a_genre_count_in_no_top_3():
    labels = np.vstack([LABELS, np.zeros(4)])
    probabilities = np.vstack([PROBABILITIES, np.full(4, 0.4)])
    for name in ("hit@3", "recall@3"):
        with_it = figures(labels, probabilities, 0.5)[name]
        assert with_it == figures(LABELS, PROBABILITIES, 0.5)[name]


def test_thresholds_of_frequent_genres_are_their_own_and_of_rare_ones_shared():
    chance = np.random.default_rng(0)
    films = 2000
    labels = np.zeros((films, 3))
    labels[:, 0] = chance.random(films) < 0.5
    labels[:, 1] = chance.random(films) < 0.5
    labels[:2, 2] = 1
    probabilities = np.clip(0.2 * labels + 0.2 + 0.05 * chance.random(labels.shape), 0, 1)
    probabilities[:, 1] += 0.4  # the same ranking, at a higher level
    low, high, rare = choose_thresholds(labels, probabilities)
    assert low < 0.42 < high
    shared = choose_thresholds(labels, probabilities, prior_films=1e9)
    assert np.ptp(shared) < 1e-6
    assert abs(rare - shared[0]) < abs(high - shared[0])
