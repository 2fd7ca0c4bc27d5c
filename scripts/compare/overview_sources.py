"""`python -m scripts.compare.overview_sources --data DATA`: which overviews and labels are best?

Each choice trains a linear probe of the sentence vectors that the teacher's encoder gives, which is
measured on the validation films by their own lists (mAP, and log loss when calibrated, held out)
and on the films of other eras that no training sees. Needs requirements-teacher.txt.
"""

import argparse
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from training.config import LabelSet
from training.data.films import SHIFT, LabelledFilm, read_extra_films, read_films
from training.data.labels import genre_names, label_matrix
from training.files import CACHE, cached_array
from training.metrics import macro_average_precision
from training.models.probe import fit_probe
from training.models.stacking import log_loss, stack
from training.teacher.encoder import encode_with_minilm

PENALTIES = (4.0, 16.0, 64.0)

#: Whether a film is trained on.
Chosen = Callable[[LabelledFilm], bool]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    listed = read_films(data)
    genres = genre_names(listed)
    films = [film for film in listed + read_extra_films(data, listed) if film.overview]
    films = [film for film in films if film.split != "test" and film.labelled]
    own = {film.id for film in listed}
    is_eras = np.array([film.split == SHIFT for film in films])
    is_val = np.array([film.split == "validation" for film in films])
    vectors = sentence_vectors([film.overview for film in films])
    measured = [(is_val, label_matrix(films, genres)[is_val])]
    measured.append((is_eras, label_matrix(films, genres)[is_eras]))
    print("| overviews | labels | films | mAP | log loss | other eras: mAP |")
    print("|---|---|---:|---:|---:|---:|")
    for name, chosen, labels_name, labels in trials(films, genres, own):
        train = np.array([chosen(film) for film in films]) & ~is_val & ~is_eras
        figures = best(vectors, train, labels, measured)
        cells = f"{figures[1]:.4f} | {figures[0]:.5f} | {figures[2]:.4f}"
        print(f"| {name} | {labels_name} | {train.sum():,} | {cells} |", flush=True)


def trials(
    films: Sequence[LabelledFilm], genres: Sequence[str], own: set[str]
) -> list[tuple[str, Chosen, str, np.ndarray]]:
    """Return names, films and labels of what is tried."""
    label_sets: tuple[LabelSet, ...] = ("listed", "completed", "agreed")
    labels = {name: label_matrix(films, genres, name) for name in label_sets}
    sources: dict[str, Chosen] = {
        "films.csv": lambda film: film.id in own,
        "and lists of IMDb, TMDB, MovieLens": lambda film: not (is_indian(film) or streams(film)),
        "and Indian films": lambda film: not streams(film),
        "and streaming catalogues, not Indian films": lambda film: not is_indian(film),
        "all": lambda film: True,
    }
    rows = [(name, chosen, "listed", labels["listed"]) for name, chosen in sources.items()]
    return rows + [("all", sources["all"], name, labels[name]) for name in label_sets[1:]]


def is_indian(film: LabelledFilm) -> bool:
    """Return whether a film is of the list of Indian films."""
    return film.id.startswith("sandranachforg")


def streams(film: LabelledFilm) -> bool:
    """Return whether its overview is a streaming catalogue's."""
    return film.id.startswith(("netflix", "amazon", "disney"))


def sentence_vectors(overviews: Sequence[str]) -> np.ndarray:
    """Return the encoder's vectors, kept for the next time."""
    key = hashlib.sha256("\0".join(overviews).encode()).hexdigest()[:16]
    is_train = np.zeros(len(overviews), bool)
    return cached_array(
        CACHE / f"sentences-{key}.npy", lambda: encode_with_minilm(overviews, is_train).sentences
    )


def best(
    vectors: np.ndarray,
    train: np.ndarray,
    labels: np.ndarray,
    measured: Sequence[tuple[np.ndarray, np.ndarray]],
) -> tuple[float, float, float]:
    """Return the least held-out log loss of any penalty, and both mAPs that go with it."""
    (is_val, val_labels), (is_eras, era_labels) = measured
    results = []
    for penalty in PENALTIES:
        probe = fit_probe(vectors[train], labels[train], penalty)
        val, eras = (probe.predict_proba(vectors[rows]) for rows in (is_val, is_eras))
        logits = np.log(val) - np.log1p(-val)
        _, calibrated = stack(val_labels, [logits], seed=1)
        of_val = macro_average_precision(val_labels, val)
        of_eras = macro_average_precision(era_labels, eras)
        results.append((log_loss(val_labels, calibrated), of_val, of_eras))
    return min(results)


if __name__ == "__main__":
    main()
