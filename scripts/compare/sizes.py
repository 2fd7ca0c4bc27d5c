"""`python -m scripts.compare.sizes --data DATA`: what do more films bring?

The linear probe of posters and TF-IDF with logistic regression are fitted on an eighth, a quarter,
a half and all of four fifths of the training films and the extra ones. They are measured on the
other fifth and the validation films. The intervals are over the films that are measured; those that
are fitted on are drawn once. It takes 4 minutes on one core.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from training.data.films import LabelledFilm, read_extra_films, read_films
from training.data.labels import genre_names, label_matrix
from training.evaluation.baselines import linear_probe, poster_features
from training.evaluation.bootstrap import film_weights, interval, resample
from training.files import CACHE
from training.models.tfidf import tfidf_logistic_regression

FRACTIONS = (1 / 8, 1 / 4, 1 / 2, 1)
EVAL_FRACTION = 1 / 5  # of the training films

#: (training inputs, their labels, inputs to predict) -> probabilities (inputs to predict, genres).
FitPredict = Callable[[Any, np.ndarray, Any], np.ndarray]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="What do more films bring?")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--min-films-per-genre", type=int, default=80)
    parser.add_argument("--backbone", type=Path, help="its weights file, instead of the package's")
    options = parser.parse_args()
    listed = read_films(options.data)
    genres = genre_names(listed, options.min_films_per_genre)
    films = [film for film in listed if film.split != "test"]
    extra = read_extra_films(options.data, listed)
    films += [film for film in extra if film.labelled and film.split == "train"]
    with_poster = [film for film in films if film.poster]
    with_overview = [film for film in films if film.overview]
    posters = [film.poster for film in with_poster if film.poster]
    features = poster_features(posters, options.backbone, CACHE)
    texts = np.array([film.overview for film in with_overview], object)
    ids = eval_ids(listed)
    print("| reader | films | mAP | 95 % interval |\n|---|---:|---:|---|")
    tfidf = tfidf_logistic_regression
    measured = {
        "poster": measure("poster", probe, with_poster, features, ids, genres),
        "overview": measure("overview", tfidf, with_overview, texts, ids, genres),
    }
    print("\n| reader | mAP for twice as many films | 95 % interval |\n|---|---:|---|")
    for name, (counts, precisions) in measured.items():
        gain, *resampled = slopes(counts, precisions)
        print(f"| {name} | {gain:+.3f} | {bounds(np.array(resampled), '+.3f')} |")


def eval_ids(listed: Sequence[LabelledFilm]) -> set[str]:
    """Return the ids of the films that are measured: validation, and a fraction of training."""
    rng = np.random.default_rng(1)
    return {
        film.id
        for film in listed
        if film.split == "validation" or (film.split == "train" and rng.random() < EVAL_FRACTION)
    }


def probe(x_train: np.ndarray, labels: np.ndarray, x_eval: np.ndarray) -> np.ndarray:
    """Fit the linear probe of posters and return its probabilities."""
    return linear_probe(x_train, labels, [x_eval])[0]


def measure(
    name: str,
    fit_predict: FitPredict,
    films: Sequence[LabelledFilm],
    inputs: np.ndarray,
    ids: set[str],
    genres: Sequence[str],
) -> tuple[list[int], np.ndarray]:
    """Print what each fraction of the films brings.

    Args:
        name: of the reader.
        fit_predict: the reader.
        films: those to fit on and those that are measured.
        inputs: of the films.
        ids: of those that are measured.
        genres: the labels.

    Returns:
        How many films each fraction has; and its mAP, of all films that are measured and then of
        each of their resamples: (fractions, 1 + resamples).
    """
    labels = label_matrix(films, genres)
    is_eval = np.array([film.id in ids for film in films])
    train_rows = np.random.default_rng(1).permutation(np.flatnonzero(~is_eval))
    once = np.ones((1, is_eval.sum()), np.float32)
    weights = np.vstack([once, film_weights(is_eval.sum())])
    counts = [round(fraction * len(train_rows)) for fraction in FRACTIONS]
    precisions = []
    for count in counts:
        rows = train_rows[:count]
        probabilities = fit_predict(inputs[rows], labels[rows], inputs[is_eval])
        thresholds = np.full(len(genres), 0.5)  # the mAP needs none
        figures = resample(labels[is_eval], probabilities, thresholds, weights).figures
        precisions.append(figures["mAP"])
        all_films, *resampled = figures["mAP"]
        interval_text = bounds(np.array(resampled), ".3f")
        print(f"| {name} | {count} | {all_films:.3f} | {interval_text} |", flush=True)
    return counts, np.array(precisions)


def slopes(counts: Sequence[int], precisions: np.ndarray) -> np.ndarray:
    """Return by how much the mAP rises when films double, by least squares: (1 + resamples,).

    >>> slopes([10, 20, 40], np.array([[0.2], [0.3], [0.4]])).round(3).tolist()
    [0.1]
    """
    return np.polyfit(np.log2(counts), precisions, 1)[0]


def bounds(values: np.ndarray, style: str) -> str:
    """Return the 95 % interval of resampled values, as text."""
    return " to ".join(format(bound, style) for bound in interval(values))


if __name__ == "__main__":
    main()
