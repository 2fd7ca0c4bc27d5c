"""`python -m scripts.compare.fusion_films --data DATA --poster RUN --overview RUN --teacher DIR`.

Is a fusion better that is fitted on the extra films too? Their lists are of many kinds. Fitted on
training films by predictions out of fold, calibrated and measured on the validation films (held
out), for several strengths of what the other genres' logits count.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gradio_app.classifier import logit
from training.data.films import LabelledFilm, read_extra_films, read_films
from training.data.labels import label_matrix
from training.metrics import choose_thresholds, figures
from training.models.stacking import log_loss, stack
from training.runs.fuse import out_of_fold_logits, stack_unseen
from training.runs.run import Run, load_run
from training.teacher.teacher import load_teacher

OTHERS_C = (0.001, 0.003, 0.01)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for option in ("--data", "--poster", "--overview", "--teacher"):
        parser.add_argument(option, type=Path, required=True)
    options = parser.parse_args()
    poster, overview = load_run(options.poster), load_run(options.overview)
    teacher = load_teacher(options.teacher, poster.genres)
    listed = read_films(options.data)
    extra = read_extra_films(options.data, listed)
    imdb = [film for film in extra if film.labelled and not film.unknown]
    sources = {"films.csv": listed, "and IMDb's lists": listed + imdb, "all": listed + extra}
    print("| films | pairs | others_C | log loss | mAP | micro-F1 | hit@3 |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name, films in sources.items():
        labels, logits = out_of_fold_logits(poster, teacher, films)
        for others_C in OTHERS_C:
            cells = report(labels, logits, others_C, listed, [poster, overview])
            print(f"| {name} | {len(labels):,} | {others_C} | {' | '.join(cells)} |", flush=True)


def report(
    labels: np.ndarray,
    logits: Sequence[np.ndarray],
    others_C: float,
    listed: Sequence[LabelledFilm],
    readers: Sequence[Run],
) -> list[str]:
    """Return figures of the validation films of a fit on (labels, logits), as `fuse` makes it."""
    stacking = stack_unseen(labels, logits, others_C)
    val_films, val_logits = validation(listed, readers)
    val_labels = label_matrix(val_films, readers[0].genres)
    _, held_out = stack(val_labels, [stacking.logits(val_logits)], seed=1)
    measured = figures(val_labels, held_out, choose_thresholds(held_out, held_out))
    return [
        f"{log_loss(val_labels, held_out):.5f}",
        *(f"{measured[name]:.4f}" for name in ("mAP", "micro-F1", "hit@3")),
    ]


def validation(
    listed: Sequence[LabelledFilm], readers: Sequence[Run]
) -> tuple[list[LabelledFilm], list[np.ndarray]]:
    """Return the validation films that both readers read, and the logits of each."""
    predictions = [reader.validation() for reader in readers]
    films = [film for film in listed if all(film.id in each for each in predictions)]
    return films, [logit(np.stack([each[film.id] for film in films])) for each in predictions]


if __name__ == "__main__":
    main()
