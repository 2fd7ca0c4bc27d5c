"""Made predictions of the readers, for the tests of comparisons and reports."""

import numpy as np

from gradio_app.evaluation.schema import COMPLETED, LISTED, Origin
from gradio_app.readers import COMBINED, OVERVIEW, POSTER
from training.data.films import LabelledFilm
from training.evaluation.comparison import Predictions, compare
from training.evaluation.evaluate import Measurement, summarise

GENRES = ("Action", "Comedy", "Drama", "Horror")


def made_labels(n_films: int = 80) -> np.ndarray:
    """Labels (films, genres) of which every film has one at least."""
    rng = np.random.default_rng(1)
    labels = (rng.random((n_films, len(GENRES))) < 0.3).astype(float)
    labels[np.arange(n_films), rng.integers(0, len(GENRES), n_films)] = 1
    return labels


def made_predictions(name: str, labels: np.ndarray, noise: float, seed: int = 2) -> Predictions:
    """Probabilities that follow the labels, the less so the more noise there is."""
    logits = 2 * labels - 1 + noise * np.random.default_rng(seed).normal(size=labels.shape)
    return Predictions(name, 1 / (1 + np.exp(-logits)), np.full(labels.shape[1], 0.4))


def made_film(film_id: str, genres: frozenset[str] = frozenset({"Drama"})) -> LabelledFilm:
    return LabelledFilm(
        id=film_id,
        title=f"Film | {film_id}",
        year="1998",
        overview="A secret overview.",
        poster=None,
        genres=genres,
        tmdb_genres=frozenset({"Comedy"}),
        other_posters=(),
        uncut=frozenset(),
        other_lists=frozenset(),
        unknown=frozenset(),
        labelled=True,
        split="test",
    )


ORIGIN = Origin("python -m …", "2026-01-02", "3.11", {"numpy": "2"}, "Linux", {"poster_cnn": "ab"})


def made_measurement(
    poster_noise: float, overview_noise: float, other_trainings: int = 0
) -> Measurement:
    """A measurement of readers; the lower the noise of one, the better it is."""
    labels = made_labels()
    films = [
        made_film(f"tt{number}", frozenset(np.array(GENRES)[row > 0].tolist()))
        for number, row in enumerate(labels)
    ]
    noises = {
        POSTER.name: poster_noise,
        OVERVIEW.name: overview_noise,
        COMBINED.name: overview_noise,
    }
    readers, *more = (
        [made_predictions(name, labels, noise, seed) for name, noise in noises.items()]
        for seed in range(2, 3 + other_trainings)
    )
    baselines = [made_predictions("class frequencies", labels, 5)]
    label_sets = {
        name: compare(readers, baselines, more, labels, GENRES) for name in (LISTED, COMPLETED)
    }
    history = {name: [0.5, 0.6] for name in ("loss", "precision", "recall")}
    history |= {f"val_{name}": [0.4, 0.5] for name in ("loss", "precision", "recall")}
    evaluation = summarise(ORIGIN, "test", films, GENRES, readers, baselines, label_sets)
    return Measurement(evaluation, labels, [*baselines, *readers], {OVERVIEW.name: history})
