"""`python -m scripts.check_audit --data DATA`: how many label errors does the audit find?

Genres of the validation films (`--split test`: of the test films, for the report alone) are spoilt
at random: some that are not listed are added, some that are listed are removed. All labels are
ranked by each score; printed is the fraction of the spoilt labels that is in as many first rows.
Lists leave genres out anyway, as TMDB's lists show: what these confirm as missing is never added,
is put aside in one column, and is listed as well ("completed") in two. Then the lists as they are:
how many of the rows TMDB's lists, which others made, confirm. It takes ten seconds.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gradio_app.catalogue.audit.label_errors import (
    ErrorRates,
    estimate_error_rates,
    label_error_scores,
)
from gradio_app.classifier import FilmClassifier, logit
from training.data.films import read_films
from training.data.labels import UNKNOWN, label_matrix, tmdb_label_matrix

SEEDS = 20
SCORES_FROM = (0.0, 0.1, 0.3, 0.5, 0.7)
#: (listed, probabilities), both (films, genres) -> scores, the highest for the likeliest error.
Score = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Films:
    """Labels and predictions, all (films, genres).

    Attributes:
        listed: bool, as the films' own lists have them.
        completed: bool, listed there or by TMDB.
        tmdb: TMDB's alone, 1 listed, 0 not listed, or `UNKNOWN`.
        probabilities: of the combined reader.
    """

    listed: np.ndarray
    completed: np.ndarray
    tmdb: np.ndarray
    probabilities: np.ndarray


@dataclass(frozen=True)
class Trial:
    """One way of spoiling labels.

    Attributes:
        labels: bool (films, genres).
        added: the number of labels that are added.
        removed: the number of labels that are removed.
        aside: whether rows that TMDB confirms as missing do not count.
    """

    labels: np.ndarray
    added: int
    removed: int
    aside: bool = False


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--models", type=Path, default=Path("onnx_models"))
    parser.add_argument("--split", choices=["validation", "test"], default="validation")
    options = parser.parse_args()
    films = read(options.data, options.models, options.split)
    print(f"{len(films.listed)} {options.split} films, means of {SEEDS} spoilings\n")
    print_found(films)
    print_spoilt_rows(films)
    print_confirmed_rows(films)


def read(data: Path, models: Path, split: str) -> Films:
    """Return the labels of the films of a split, and what the models predict."""
    classifier = FilmClassifier.from_dir(models)
    films = [film for film in read_films(data) if film.split == split]
    predictions = [classifier.predict(film.poster, film.overview).combined for film in films]
    return Films(
        listed=label_matrix(films, classifier.genres) > 0,
        completed=label_matrix(films, classifier.genres, "completed") > 0,
        tmdb=tmdb_label_matrix(films, classifier.genres),
        probabilities=np.array([each.probabilities for each in predictions]),
    )


def print_found(films: Films) -> None:
    """Print the fraction of the errors that the first rows hold, by score and trial."""
    trials = {
        "+200 -200": Trial(films.listed, 200, 200),
        "+50 -50": Trial(films.listed, 50, 50),
        "+200": Trial(films.listed, 200, 0),
        "-200": Trial(films.listed, 0, 200),
        "+200 -200, confirmed aside": Trial(films.listed, 200, 200, aside=True),
        "completed, +200 -200": Trial(films.completed, 200, 200),
        "completed, +50 -50": Trial(films.completed, 50, 50),
    }
    print(f"| score | {' | '.join(trials)} |\n|---|{'---:|' * len(trials)}")
    for name, score in SCORES.items():
        results = [found(trial, films, score) for trial in trials.values()]
        cells = [f"{mean:.3f} ± {deviation:.3f}" for mean, deviation in results]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def spoil(
    trial: Trial, completed: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return spoilt labels, and which of them are: bool (films, genres)."""
    errors = np.zeros_like(completed)
    for places, count in ((~completed, trial.added), (trial.labels, trial.removed)):
        errors.flat[rng.choice(np.flatnonzero(places), count, replace=False)] = True
    return trial.labels ^ errors, errors


def ranking(scores: np.ndarray) -> np.ndarray:
    """Return the places of all labels, the likeliest error first."""
    return np.argsort(-scores.ravel(), kind="stable")


def found(trial: Trial, films: Films, score: Score) -> tuple[float, float]:
    """Return mean and standard deviation of the fraction of errors that the first rows hold."""
    fractions = []
    for seed in range(SEEDS):
        spoilt, errors = spoil(trial, films.completed, np.random.default_rng(seed))
        rows = ranking(score(spoilt, films.probabilities))
        if trial.aside:
            rows = rows[~(films.completed & ~spoilt & ~errors).ravel()[rows]]
        fractions.append(errors.ravel()[rows[: trial.added + trial.removed]].mean())
    return float(np.mean(fractions)), float(np.std(fractions, ddof=1))


def print_spoilt_rows(films: Films) -> None:
    """Print what the rows of a report on spoilt lists are, by the least score that they have."""
    print("\n| +200 -200, score from | missing | spoilt | TMDB confirms | wrong | spoilt |")
    print("|---:|---:|---:|---:|---:|---:|")
    for least in SCORES_FROM[2:]:
        counts = []
        for seed in range(SEEDS):
            trial, rng = Trial(films.listed, 200, 200), np.random.default_rng(seed)
            spoilt, errors = spoil(trial, films.completed, rng)
            rows = shipped(spoilt, films.probabilities) >= least
            missing, wrong = rows & ~spoilt, rows & spoilt
            confirmed = missing & films.completed & ~errors
            sets = (missing, missing & errors, confirmed, wrong, wrong & errors)
            counts.append([each.sum() for each in sets])
        cells = [f"{mean:.0f}" for mean in np.mean(counts, axis=0)]
        print(f"| {least} | {' | '.join(cells)} |")


def print_confirmed_rows(films: Films) -> None:
    """Print how many labels of the lists as they are TMDB confirms as errors, by their score."""
    print("\n| rates | score | missing | TMDB has it | wrong | TMDB lacks it |")
    print("|---|---:|---:|---:|---:|---:|")
    listed, known = films.listed, films.tmdb != UNKNOWN
    for name, score in (("shipped", shipped), ("of highest likelihood", likeliest_rates)):
        scores = score(listed, films.probabilities)
        for least, most in zip(SCORES_FROM, (*SCORES_FROM[1:], 1.01), strict=True):
            rows = known & (scores >= least) & (scores < most)
            missing, wrong = rows & ~listed, rows & listed
            sets = (missing, missing & (films.tmdb == 1), wrong, wrong & (films.tmdb == 0))
            cells = " | ".join(str(each.sum()) for each in sets)
            print(f"| {name} | {least} to {min(most, 1)} | {cells} |")


def shuffled(listed: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Score labels at random."""
    return np.random.default_rng(0).random(listed.shape)


def self_confidence(listed: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Score a label by 1 - its probability.

    For a label that is yes or no, normalised margin and confidence-weighted entropy rank alike.
    """
    return np.where(listed, 1 - probabilities, probabilities)


def log_odds(listed: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Score a label by how much less likely it is than the frequency of its genre."""
    odds = logit(probabilities) - logit((listed.sum(axis=0) + 1) / (len(listed) + 2))
    return np.where(listed, -odds, odds)


def adjusted_margin(listed: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Score a label by its margin, from each probability the mean self-confidence of its class."""
    yes = np.ma.masked_array(probabilities, ~listed).mean(axis=0)
    no = np.ma.masked_array(1 - probabilities, listed).mean(axis=0)
    margin = (probabilities - yes.filled(1)) - (1 - probabilities - no.filled(1))
    return np.where(listed, -margin, margin)


def pruning(listed: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Score a label by its rank in genre and kind, over the errors that are expected there."""
    rates = estimate_error_rates(listed, probabilities, prior_films=0)
    confidence, scores = self_confidence(listed, probabilities), np.empty(listed.shape)
    errors = label_error_scores(listed, probabilities, rates)
    for kind in (listed, ~listed):
        for genre in range(listed.shape[1]):
            rows = np.flatnonzero(kind[:, genre])
            ranks = np.argsort(np.argsort(-confidence[rows, genre]))
            scores[rows, genre] = -(ranks + 0.5) / max(errors[rows, genre].sum(), 0.5)
    return scores


def confident_joint(prior_films: float) -> Score:
    """Score by the rates of the confident joint, drawn towards those of all genres."""

    def score(listed: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
        rates = estimate_error_rates(listed, probabilities, prior_films)
        return label_error_scores(listed, probabilities, rates)

    return score


def likeliest_rates(listed: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Score by the rates of highest likelihood (Raykar et al. 2010, one annotator, by EM)."""
    missing, wrong = 0.2, 0.02
    for _ in range(100):
        rates = ErrorRates(np.full(listed.shape[1], missing), wrong)
        errors = label_error_scores(listed, probabilities, rates)
        true = np.where(listed, 1 - errors, errors)
        missing = true[~listed].sum() / true.sum()
        wrong = (1 - true)[listed].sum() / (1 - true).sum()
    return errors


def known_rates(listed: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Score by the rates that 200 added and 200 removed labels have: what one cannot know."""
    rates = ErrorRates(np.full(listed.shape[1], 0.15), 0.02)
    return label_error_scores(listed, probabilities, rates)


shipped = confident_joint(50)

SCORES: dict[str, Score] = {
    "random": shuffled,
    "self-confidence": self_confidence,
    "log-odds against the genre's frequency": log_odds,
    "margin against class thresholds": adjusted_margin,
    "pruning by noise rate": pruning,
    "rates of highest likelihood": likeliest_rates,
    "confident joint, each genre's own": confident_joint(0),
    "confident joint, drawn by 20 films": confident_joint(20),
    "confident joint, drawn by 50 films (shipped)": shipped,
    "confident joint, drawn by 100 films": confident_joint(100),
    "usual rates, nothing estimated": confident_joint(1e9),
    "known rates of +200 -200": known_rates,
}

if __name__ == "__main__":
    main()
