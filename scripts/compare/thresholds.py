"""`python -m scripts.compare.thresholds --data DATA --poster RUN --teacher DIR`: which thresholds?

How are a genre's thresholds best chosen on as few films as the validation films? Thousands of
training films are predicted by models that were not trained on them: by the probes of a poster
training, by the teacher, and by a stacking of both (fitted on all of them, so a little too good,
for every method alike). Again and again, as many of them as there are validation films calibrate
and choose the thresholds, and F1 is measured on all others. The test films take no part. It takes
three minutes on one core.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np

from training.data.films import read_films
from training.metrics import choose_thresholds, figures
from training.models.stacking import fit_stacking
from training.runs.fuse import STACKING_C, STACKING_OTHERS_C, out_of_fold_logits
from training.runs.run import load_run
from training.teacher.teacher import load_teacher

DRAWS = 20
CALIBRATION_C = 0.03

#: (labels, probabilities) of the films that choose -> thresholds (genres,).
Choose = Callable[[np.ndarray, np.ndarray], np.ndarray]

METHODS: dict[str, Choose] = {
    "by the labels": choose_thresholds,
    "by expected F1": lambda _, p: choose_thresholds(p, p),
    "one for all genres, by expected F1": lambda _, p: choose_thresholds(p, p, 1e9),
    "each genre's alone, by expected F1": lambda _, p: choose_thresholds(p, p, 0),
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="How are thresholds best chosen on few films?")
    for option in ("--data", "--poster", "--teacher"):
        parser.add_argument(option, type=Path, required=True)
    options = parser.parse_args()
    labels, reader_logits, n_val = read(options.data, options.poster, options.teacher)
    print(f"{len(labels)} films, {n_val} of them choose; mean ± sd of {DRAWS} draws\n")
    print("| reader | thresholds | micro-F1 | macro-F1 |\n|---|---|---:|---:|")
    for name, logits in reader_logits.items():
        for method, choose in METHODS.items():
            values = np.array([draw(labels, logits, n_val, choose, seed) for seed in range(DRAWS)])
            cells = [
                f"{mean:.4f} ± {deviation:.4f}"
                for mean, deviation in zip(values.mean(0), values.std(0, ddof=1), strict=True)
            ]
            print(f"| {name} | {method} | {' | '.join(cells)} |", flush=True)


def read(data: Path, poster: Path, teacher: Path) -> tuple[np.ndarray, dict[str, np.ndarray], int]:
    """Return labels and each reader's logits, (films, genres); and how many films are to choose."""
    run, films = load_run(poster), read_films(data)
    labels, logits = out_of_fold_logits(run, load_teacher(teacher, run.genres), films)
    both = fit_stacking(labels, logits, STACKING_C, STACKING_OTHERS_C)
    reader_logits = dict(zip(("poster", "overview"), logits, strict=True))
    reader_logits["both"] = both.logits(logits)
    return labels, reader_logits, sum(film.split == "validation" for film in films)


def draw(
    labels: np.ndarray, logits: np.ndarray, n_val: int, choose: Choose, seed: int
) -> tuple[float, float]:
    """Return micro- and macro-F1 of the films that were not drawn to choose."""
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    chosen, others = shuffled[:n_val], shuffled[n_val:]
    calibration = fit_stacking(labels[chosen], [logits[chosen]], CALIBRATION_C)
    thresholds = choose(labels[chosen], calibration.predict_proba([logits[chosen]]))
    measured = figures(labels[others], calibration.predict_proba([logits[others]]), thresholds)
    return measured["micro-F1"], measured["macro-F1"]


if __name__ == "__main__":
    main()
