"""`python -m scripts.compare_sizes --data DATA`: what do more films bring?

The linear probe of posters and TF-IDF with logistic regression learn from an eighth, a quarter, a
half and all of four fifths of the training films and the extra ones. The other fifth and the
validation films judge. The intervals are over films that judge; which films teach is drawn once. It
takes 4 minutes on one core.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from training.data.films import (
    LabelledFilm,
    genre_names,
    label_matrix,
    read_extra_films,
    read_films,
)
from training.evaluation.baselines import linear_probe, poster_features
from training.evaluation.bootstrap import film_weights, interval, resample
from training.files import CACHE
from training.models.tfidf import tfidf_logistic_regression

FRACTIONS = (1 / 8, 1 / 4, 1 / 2, 1)
JUDGED = 1 / 5  # of the training films

#: (inputs to learn from, their labels, inputs to answer) -> probabilities (answers, genres).
FitPredict = Callable[[Any, np.ndarray, Any], np.ndarray]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--min-films-per-genre", type=int, default=80)
    parser.add_argument("--backbone", type=Path, help="MobileNetV2's weights file")
    options = parser.parse_args()
    listed = read_films(options.data)
    genres = genre_names(listed, options.min_films_per_genre)
    films = [film for film in listed if film.split != "test"]
    films += [film for film in read_extra_films(options.data, listed) if film.labelled]
    seen, read = (
        [film for film in films if film.poster],
        [film for film in films if film.overview],
    )
    pictures = poster_features(
        [film.poster for film in seen if film.poster], options.backbone, CACHE
    )
    texts = np.array([film.overview for film in read], object)
    judges = choose_judges(listed)
    print("| reader | films | mAP | 95 % interval |\n|---|---:|---:|---|")
    measured = {
        "poster": measure("poster", probe, seen, pictures, judges, genres),
        "overview": measure("overview", tfidf_logistic_regression, read, texts, judges, genres),
    }
    print("\n| reader | mAP for twice as many films | 95 % interval |\n|---|---:|---|")
    for name, (counts, precisions) in measured.items():
        gain, *resampled = slopes(counts, precisions)
        print(f"| {name} | {gain:+.3f} | {bounds(np.array(resampled), '+.3f')} |")


def choose_judges(listed: Sequence[LabelledFilm]) -> set[str]:
    """Ids of the films that judge: all of validation and a fraction of the training films."""
    rng = np.random.default_rng(1)
    return {
        film.id
        for film in listed
        if film.split == "validation" or (film.split == "train" and rng.random() < JUDGED)
    }


def probe(known: np.ndarray, labels: np.ndarray, asked: np.ndarray) -> np.ndarray:
    return linear_probe(known, labels, [asked])[0]


def measure(
    name: str,
    fit_predict: FitPredict,
    films: Sequence[LabelledFilm],
    inputs: np.ndarray,
    judges: set[str],
    genres: Sequence[str],
) -> tuple[list[int], np.ndarray]:
    """Print what each fraction of the films teaches.

    Returns:
        How many films each fraction has; and its mAP, of all films that judge and then of each of
        their resamples: (fractions, 1 + resamples).
    """
    labels = label_matrix(films, genres)
    judging = np.array([film.id in judges for film in films])
    teaching = np.random.default_rng(1).permutation(np.flatnonzero(~judging))
    once = np.ones((1, judging.sum()), np.float32)
    weights = np.vstack([once, film_weights(judging.sum())])
    counts = [round(fraction * len(teaching)) for fraction in FRACTIONS]
    precisions = []
    for count in counts:
        known = teaching[:count]
        said = fit_predict(inputs[known], labels[known], inputs[judging])
        found = resample(labels[judging], said, np.full(len(genres), 0.5), weights).figures["mAP"]
        precisions.append(found)
        print(f"| {name} | {count} | {found[0]:.3f} | {bounds(found[1:], '.3f')} |", flush=True)
    return counts, np.array(precisions)


def slopes(counts: Sequence[int], precisions: np.ndarray) -> np.ndarray:
    """By how much the mAP rises when films double, by least squares: (1 + resamples,)."""
    return np.polyfit(np.log2(counts), precisions, 1)[0]


def bounds(values: np.ndarray, style: str) -> str:
    return " to ".join(format(bound, style) for bound in interval(values))


if __name__ == "__main__":
    main()
