"""`python -m scripts.compare_thresholds --data DATA --poster RUN --teacher DIR`: how are a genre's
thresholds best chosen on as few films as the validation films?

Thousands of training films are answered by who has not seen them: by the probes of a poster
training, by the teacher, and by a stacking of both (learned from all of them, so a little too good,
for every method alike). Again and again, as many of them as there are
validation films calibrate and choose the thresholds, and F1 is measured on all others. The test
films take no part. It takes three minutes on one core.
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
METHODS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "by the labels": choose_thresholds,
    "by expected F1": lambda labels, said: choose_thresholds(said, said),
    "one for all genres, by expected F1": lambda labels, said: choose_thresholds(said, said, 1e9),
    "each genre's alone, by expected F1": lambda labels, said: choose_thresholds(said, said, 0),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for option in ("--data", "--poster", "--teacher"):
        parser.add_argument(option, type=Path, required=True)
    options = parser.parse_args()
    labels, readers, judges = read(options.data, options.poster, options.teacher)
    print(f"{len(labels)} films, {judges} of them choose; mean ± sd of {DRAWS} draws\n")
    print("| reader | thresholds | micro-F1 | macro-F1 |\n|---|---|---:|---:|")
    for name, said in readers.items():
        for method, choose in METHODS.items():
            values = np.array([draw(labels, said, judges, choose, seed) for seed in range(DRAWS)])
            cells = [
                f"{mean:.4f} ± {deviation:.4f}"
                for mean, deviation in zip(values.mean(0), values.std(0, ddof=1), strict=True)
            ]
            print(f"| {name} | {method} | {' | '.join(cells)} |", flush=True)


def read(data: Path, poster: Path, teacher: Path) -> tuple[np.ndarray, dict[str, np.ndarray], int]:
    """Labels and each reader's logits, (films, genres); and how many films are to choose."""
    run, listed = load_run(poster), read_films(data)
    taught_by = load_teacher(teacher, run.genres)
    labels, (pictures, texts) = out_of_fold_logits(run, taught_by, listed)
    both = fit_stacking(labels, [pictures, texts], STACKING_C, STACKING_OTHERS_C)
    judges = sum(film.split == "validation" for film in listed)
    return (
        labels,
        {"poster": pictures, "overview": texts, "both": both.logits([pictures, texts])},
        judges,
    )


def draw(
    labels: np.ndarray, said: np.ndarray, judges: int, choose: Callable, seed: int
) -> tuple[float, float]:
    """Micro- and macro-F1 of the films that were not drawn to choose."""
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    chosen, others = shuffled[:judges], shuffled[judges:]
    calibration = fit_stacking(labels[chosen], [said[chosen]], CALIBRATION_C)
    thresholds = choose(labels[chosen], calibration.predict_proba([said[chosen]]))
    measured = figures(labels[others], calibration.predict_proba([said[others]]), thresholds)
    return measured["micro-F1"], measured["macro-F1"]


if __name__ == "__main__":
    main()
