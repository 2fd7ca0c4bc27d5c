import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from training.data.labels import UNKNOWN
from training.models.probe import fit_probe


def made_labels(features):
    return np.stack([features[:, 0] > 0, np.zeros(30), np.ones(30)], axis=1)


def test_a_probe_of_a_genre_that_no_film_has_is_sure():
    features = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
    probe = fit_probe(features, made_labels(features), 1.0)
    assert probe.kernel[0, 0] > 2 * np.abs(probe.kernel[1:, 0]).max()
    probabilities = probe.predict_proba(features)
    assert probabilities[:, 1].max() < 0.05
    assert probabilities[:, 2].min() > 0.95


def test_a_probe_is_scikit_learns_logistic_regression():
    """The same loss and penalty, so the same probabilities."""
    features = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32) * [1, 5, 0.3, 2]
    labels = (features[:, 1] + np.random.default_rng(1).normal(size=60) * 4 > 0).astype(float)
    standardised = (features - features.mean(0)) / features.std(0)
    theirs = LogisticRegression(C=1 / 1.3, tol=1e-8).fit(standardised, labels)
    ours = fit_probe(features, labels[:, None], 1.3).predict_proba(features)
    assert np.allclose(ours[:, 0], theirs.predict_proba(standardised)[:, 1], atol=2e-3)


def test_a_probe_is_fitted_on_soft_labels_and_not_from_unknown_ones():
    features = np.random.default_rng(0).normal(size=(300, 2)).astype(np.float32)
    soft = np.where(features[:, :1] > 0, 0.8, 0.3)
    probabilities = fit_probe(features, soft, 1.0).predict_proba(features)
    assert abs(probabilities.mean() - soft.mean()) < 0.01
    assert probabilities.max() < 0.95
    unknown = np.where(features[:, :1] > 1, UNKNOWN, soft)
    others = features[unknown[:, 0] != UNKNOWN]
    assert np.isfinite(fit_probe(features, unknown, 1.0).kernel).all()
    assert fit_probe(features, unknown, 1.0).predict_proba(others).mean() == pytest.approx(
        soft[unknown[:, 0] != UNKNOWN].mean(), abs=0.01
    )
