"""`python -m scripts.compare.poster_films --data DATA`: which posters, labels and penalty are best?

The poster CNN's head is a linear probe of its backbone's statistics, so probes are compared: on the
training films of films.csv, each predicted by a probe of other films (out of fold) and of whichever
extra posters are tried; and on the films of other eras that no training sees. Without a teacher,
which softens all choices alike.
"""

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.model_selection import KFold

from gradio_app.classifier import logit
from scripts.compare.material import poster_statistics
from training.config import PRESETS, LabelSet, PosterConfig
from training.data.films import SHIFT, LabelledFilm, read_extra_films, read_films
from training.data.labels import genre_names, label_matrix
from training.files import CACHE, cached_array, files_key
from training.metrics import macro_average_precision
from training.models.poster_cnn import LEAST_VARIANCE
from training.models.probe import fit_probe
from training.models.stacking import log_loss, stack

FOLDS = 3
PENALTY = 12_000.0
OTHER_PENALTIES = (6_000.0, 24_000.0)


@dataclass(frozen=True)
class Posters:
    """What is compared on.

    Attributes:
        films: one for each picture; of several of one film, the poster comes first.
        features: of the pictures (pictures, features).
        own: which are posters of training films of films.csv.
        artwork: which are other artwork.
        genres: the labels.
    """

    films: list[LabelledFilm]
    features: np.ndarray
    own: np.ndarray
    artwork: np.ndarray
    genres: list[str]

    def labels(self, label_set: LabelSet) -> np.ndarray:
        """Return labels of the pictures (pictures, genres)."""
        return label_matrix(self.films, self.genres, label_set)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    posters = read_posters(parser.parse_args().data)
    is_shift = np.array([film.split == SHIFT for film in posters.films])
    extra = ~posters.own & ~posters.artwork & ~is_shift
    tt = np.array([film.id.startswith("tt") for film in posters.films])
    usual = np.array([film.year[:4] >= "1980" for film in posters.films])
    imdb = np.array([not film.unknown for film in posters.films])
    sources = {
        "films.csv": posters.own,
        "and IMDb's lists": posters.own | (extra & imdb),
        "and all of 1980 on": posters.own | (extra & usual),
        "all with an IMDb id": posters.own | (extra & tt),
        "all": posters.own | extra,
    }
    print("| posters | labels | pictures | penalty | mAP | log loss | other eras: mAP |")
    print("|---|---|---:|---:|---:|---:|---:|")
    label_sets: tuple[LabelSet, ...] = ("listed", "completed", "agreed")
    for label_set in label_sets:
        report(posters, "all, and other artwork", ~is_shift, label_set, PENALTY, is_shift)
    for penalty in OTHER_PENALTIES:
        report(posters, "all, and other artwork", ~is_shift, "listed", penalty, is_shift)
    for name, chosen in sources.items():
        report(posters, name, chosen, "listed", PENALTY, is_shift)


def read_posters(data: Path) -> Posters:
    """Read the pictures of training films and of those of other eras."""
    config = PRESETS["poster"]["default"]
    assert isinstance(config, PosterConfig)  # for mypy
    listed = read_films(data)
    own = {film.id for film in listed}
    films = [
        film
        for film in listed + read_extra_films(data, listed)
        if film.poster and film.labelled and film.split in ("train", SHIFT)
    ]
    others = [
        replace(film, poster=other)
        for film in films
        for other in film.other_posters
        if film.split == "train"
    ]
    pictures = [*films, *others]
    key = files_key([film.poster for film in pictures if film.poster], repr(config))
    features = cached_array(
        CACHE / f"statistics-{key}.npy", lambda: poster_statistics(pictures, config, None)
    )
    is_artwork = np.arange(len(pictures)) >= len(films)
    is_own = np.array([film.id in own for film in pictures]) & ~is_artwork
    return Posters(pictures, features, is_own, is_artwork, genre_names(listed))


def report(
    posters: Posters,
    name: str,
    chosen: np.ndarray,
    label_set: LabelSet,
    penalty: float,
    is_shift: np.ndarray,
) -> None:
    """Print a row: probes of the chosen pictures, each without the films that it predicts."""
    labels, rows = posters.labels(label_set), np.flatnonzero(posters.own)
    ids = np.array([film.id for film in posters.films])
    out_of_fold = np.empty((len(rows), labels.shape[1]), np.float32)
    eras = []
    for _, fold in KFold(FOLDS, shuffle=True, random_state=1).split(rows):
        train = chosen & ~np.isin(ids, ids[rows[fold]])
        probe = fit_probe(posters.features[train], labels[train], penalty, LEAST_VARIANCE)
        out_of_fold[fold] = probe.predict_proba(posters.features[rows[fold]])
        eras.append(probe.predict_proba(posters.features[is_shift]))
    own_labels = posters.labels("listed")[rows]
    _, calibrated = stack(own_labels, [logit(out_of_fold)], seed=1)
    figures = [
        f"{macro_average_precision(own_labels, out_of_fold):.4f}",
        f"{log_loss(own_labels, calibrated):.5f}",
        f"{macro_average_precision(posters.labels('listed')[is_shift], np.mean(eras, axis=0)):.4f}",
    ]
    cells = [name, label_set, f"{chosen.sum():,}", f"{penalty:,.0f}", *figures]
    print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
