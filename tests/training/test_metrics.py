import numpy as np
import pytest

from training.metrics import (
    calibration_error_of_right,
    choose_thresholds,
    expected_calibration_error,
    figures,
    precision_recall,
    recall_at_precision,
    reliability,
    validation_metrics,
)

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
    rng = np.random.default_rng(0)
    n_films = 2000
    labels = np.zeros((n_films, 3))
    labels[:, 0] = rng.random(n_films) < 0.5
    labels[:, 1] = rng.random(n_films) < 0.5
    labels[:2, 2] = 1
    probabilities = np.clip(0.2 * labels + 0.2 + 0.05 * rng.random(labels.shape), 0, 1)
    probabilities[:, 1] += 0.4  # the same ranking, at a higher level
    low, high, rare = choose_thresholds(labels, probabilities)
    assert low < 0.42 < high
    shared = choose_thresholds(labels, probabilities, prior_films=1e9)
    assert np.ptp(shared) < 1e-6
    assert abs(rare - shared[0]) < abs(high - shared[0])


def test_thresholds_by_expected_f1_need_no_luck_with_the_labels():
    # Spread evenly over 0..1, F1 at t is (1 - t²) / (1.5 - t), which is highest at t = .382, where
    # it is 2 t.
    probabilities = np.tile(np.linspace(0, 1, 10_001)[:, None], 2)
    thresholds = choose_thresholds(probabilities, probabilities)
    assert thresholds == pytest.approx((3 - 5**0.5) / 2, abs=0.01)
    # By the labels of few films, the same genre gets another threshold each time.
    rng = np.random.default_rng(0)
    few = rng.random((300, 20))
    labels = (rng.random(few.shape) < few).astype(float)
    by_labels, expected = choose_thresholds(labels, few), choose_thresholds(few, few)
    assert np.std(expected) < np.std(by_labels) / 2


def test_only_calibrated_probabilities_choose_their_own_thresholds():
    rng = np.random.default_rng(0)
    probabilities = rng.random((400, 3))
    labels = (rng.random(probabilities.shape) < probabilities**3).astype(float)
    chosen = {
        calibrated: validation_metrics(labels, probabilities, calibrated)["thresholds"]
        for calibrated in (False, True)
    }
    assert chosen[True] == pytest.approx(choose_thresholds(probabilities, probabilities), abs=1e-4)
    assert chosen[False] == pytest.approx(choose_thresholds(labels, probabilities), abs=1e-4)
    assert min(chosen[False]) > max(chosen[True])


def test_ranking_figures_are_those_counted_by_hand():
    measured = figures(LABELS, PROBABILITIES, 0.5)
    # Ranks of the true genres: 1 and 3 | 1 | 1 and 4.
    assert measured["LRAP"] == pytest.approx(((1 + 2 / 3) / 2 + 1 + (1 + 2 / 4) / 2) / 3)
    assert measured["coverage"] == pytest.approx((3 + 1 + 4) / 3)
    assert measured["precision@3"] == pytest.approx((2 + 1 + 1) / 9)
    # F1 by film: chosen 0 2, true 0 1 | chosen 1, true 1 | chosen 0 1 2, true 0 3.
    assert measured["samples-F1"] == pytest.approx((1 / 2 + 1 + 2 / 5) / 3)
    # F1 by genre 1, 1/2, 0, 0, with 2, 2, 0 and 1 films.
    assert measured["weighted-F1"] == pytest.approx((2 * 1 + 2 * 0.5) / 5)
    # All pairs in one list: true at ranks 1, 2 and 3, then in ties that end at 9 and 12.
    assert measured["micro-mAP"] == pytest.approx((1 + 1 + 1 + 4 / 9 + 5 / 12) / 5)


def test_recall_at_a_precision_is_the_highest_there_is():
    labels = np.array([[1, 0, 1, 0], [1, 0, 0, 1]])
    probabilities = np.array([[0.9, 0.8, 0.7, 0.6], [0.5, 0.4, 0.3, 0.2]])
    # Precision by rank: 1, 1/2, 2/3, 1/2, 3/5, 1/2, 3/7, 1/2.
    assert recall_at_precision(labels, probabilities) == 3 / 4
    assert recall_at_precision(labels, probabilities, precision=0.65) == 2 / 4
    assert recall_at_precision(labels, probabilities, precision=0.5) == 1
    assert recall_at_precision(labels, 1 - probabilities, precision=0.9) == 1 / 4
    assert recall_at_precision(1 - labels, probabilities, precision=0.9) == 0


def test_the_calibration_error_is_the_mean_distance_by_bin():
    probabilities = np.array([[0.1, 0.3, 0.9, 1.0]])
    labels = np.array([[0, 1, 1, 1]])
    # Two bins: .1 and .3 (mean .2, half of them true), .9 and 1 (mean .95, all true).
    expected = (2 * 0.3 + 2 * 0.05) / 4
    assert expected_calibration_error(labels, probabilities, bins=2) == pytest.approx(expected)
    assert expected_calibration_error(labels, labels.astype(float)) == 0
    predicted, observed, pairs = reliability(labels, probabilities, bins=2)
    assert predicted == pytest.approx([0.2, 0.95])
    assert observed.tolist() == [0.5, 1]
    assert pairs.tolist() == [2, 2]


def test_calibrated_probabilities_have_no_error_but_noise():
    rng = np.random.default_rng(0)
    probabilities = rng.random((20_000, 5))
    labels = (rng.random(probabilities.shape) < probabilities).astype(float)
    assert expected_calibration_error(labels, probabilities) < 0.01
    assert expected_calibration_error(labels, probabilities**2) > 0.1


def test_the_error_of_right_probabilities_depends_on_how_many_there_are():
    rng = np.random.default_rng(0)
    probabilities = rng.random((100, 19))
    least = calibration_error_of_right(probabilities)
    right = rng.random((400, *probabilities.shape)) < probabilities
    errors = [expected_calibration_error(labels, probabilities) for labels in right]
    assert least == pytest.approx(np.mean(errors), rel=0.1)
    assert 1.5 < least / calibration_error_of_right(np.tile(probabilities, (4, 1))) < 2.5
    wrong = rng.random(probabilities.shape) < probabilities**2
    assert expected_calibration_error(wrong, probabilities) > 3 * least


def test_a_precision_recall_curve_is_thinned_but_ends_where_all_is_found():
    rng = np.random.default_rng(0)
    labels = (rng.random((400, 5)) < 0.3).astype(float)
    probabilities = (labels / 3 + rng.random(labels.shape)) / 2
    precision, recall = precision_recall(labels, probabilities, steps=20)
    assert len(precision) == len(recall) == 20
    assert recall[-1] == 1
    assert (np.diff(recall) > 0).all()
    assert (recall >= np.linspace(0.05, 1, 20) - 1e-9).all()
    for one, found in zip(precision, recall, strict=True):
        # Some threshold has exactly these two figures.
        limits = [
            limit
            for limit in np.unique(probabilities)
            if labels[probabilities >= limit].sum() / labels.sum() == found
        ]
        assert one in [labels[probabilities >= limit].mean() for limit in limits]


def test_a_constant_probability_has_one_point_of_precision_and_recall():
    labels = np.array([[1.0, 0], [0, 0]])
    precision, recall = precision_recall(labels, np.full((2, 2), 0.5))
    assert (precision.tolist(), recall.tolist()) == ([0.25], [1])
