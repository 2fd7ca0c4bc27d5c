"""What is wrong with a folder of films: all of it, before anything is trained on it.

What can be mended without doubt is read as it is meant, and a note says so; the rest are problems.
"""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from gradio_app.errors import InputError
from gradio_app.preprocessing import decode_poster
from gradio_app.sentences import in_one_line
from gradio_app.workers import map_in_order, usable_cores
from training.data.films import SPLITS, LabelledFilm
from training.data.labels import genre_counts, genre_names, least_films_per_genre
from training.data.rows import found, read_rows, row_notes, row_problems
from training.files import cached_array, files_key

__all__ = ["FEW_FILMS", "LEAST_FILMS", "Check", "check_films"]

logger = logging.getLogger(__name__)

#: Below this, models learn little and figures say little.
FEW_FILMS = 300

#: Of a split that a training needs; five folds calibrate on the validation films.
LEAST_FILMS = 5


@dataclass(frozen=True)
class Check:
    """What a folder of films holds, and what is wrong with it.

    Attributes:
        films: those of films.csv that can be read.
        problems: what has to be mended before a training, a sentence each.
        notes: what is read otherwise than it stands there, or not at all, a sentence each.
        posters: those that were found, other artwork and the extra tables' too, in order.
    """

    films: list[LabelledFilm]
    problems: list[str]
    notes: list[str]
    posters: list[Path]

    @property
    def n_complete(self) -> Counter[str]:
        """How many films of each split have a poster and an overview."""
        return Counter(film.split for film in self.films if film.poster and film.overview)

    def table(self) -> str:
        """Return the films of each split, genre by genre, as lines of text."""
        counts = {split: genre_counts(self.films, split) for split in SPLITS}
        genres = sorted(set[str]().union(*counts.values()))
        numbers = {
            "films": Counter(film.split for film in self.films),
            "with a poster": Counter(film.split for film in self.films if film.poster),
            "with an overview": Counter(film.split for film in self.films if film.overview),
            "with both": self.n_complete,
        } | {genre: {split: counts[split][genre] for split in SPLITS} for genre in genres}
        width = max(map(len, numbers))
        lines = [f"{'':{width}}" + "".join(f"{split:>12}" for split in SPLITS)]
        lines += [
            f"{name:{width}}" + "".join(f"{of_split[split]:>12,}" for split in SPLITS)
            for name, of_split in numbers.items()
        ]
        return "\n".join(lines)


def check_films(
    data: Path, cache: Path, label_films: bool = True, minimum: int | None = None
) -> Check:
    """Look for all that is wrong with a folder of films.

    Each poster is decoded once; later calls remember it, as long as the files stay as they are.

    Args:
        data: folder with films.csv.
        cache: folder of what is remembered.
        label_films: whether the labels are chosen from these films; else a model has its own.
        minimum: how many training films make a genre a label, as for `genre_names`.

    Raises:
        InputError: films.csv is missing, is no table, or lists no film.
    """
    rows, notes = read_rows(data)
    films = [row.film for row in rows if row.film and row.is_listed]
    posters = sorted({poster for row in rows if row.film for poster in row.film.all_posters()})
    problems = [
        *row_problems(rows),
        *_poster_problems(posters, cache),
        *_size_problems(films),
        *(_label_problems(films, minimum) if label_films else ()),
    ]
    notes += row_notes(rows)
    if label_films:
        notes += _no_labels(films, minimum)
    return Check(films, problems, notes, posters)


def _poster_problems(posters: Sequence[Path], cache: Path) -> Iterator[str]:
    reasons = _decoding_errors(posters, cache)
    bad = [poster for poster, reason in zip(posters, reasons, strict=True) if reason]
    if bad:
        first = next(filter(None, reasons))
        names = [in_one_line(poster.name) for poster in bad]
        yield from found(
            "Posters that cannot be read", names, f"mend or remove them; the first: {first[:-1]}"
        )


def _decoding_errors(posters: Sequence[Path], cache: Path) -> list[str]:
    """Return why each poster cannot be decoded; "" for those that can."""
    file = cache / f"checked-{files_key(posters, Image.__version__)}.npy"

    def decode_all() -> np.ndarray:
        logger.info("decoding %d posters, to see whether they can be read", len(posters))
        return np.array([*map_in_order(_decoding_error, posters, usable_cores())], str)

    return cached_array(file, decode_all).tolist() if posters else []


def _decoding_error(poster: Path) -> str:
    try:
        decode_poster(poster)
    except InputError as error:
        return str(error)
    return ""


def _size_problems(films: Sequence[LabelledFilm]) -> Iterator[str]:
    for split in ("train", "validation"):
        count = sum(film.split == split for film in films)
        if count < LEAST_FILMS:
            yield (
                f"The split {split} has {count} films and needs {LEAST_FILMS} at least; add films, "
                "or leave the column split out."
            )


def _label_problems(films: Sequence[LabelledFilm], minimum: int | None) -> Iterator[str]:
    try:
        genres = genre_names(films, minimum)
    except InputError as error:
        yield str(error)
        return
    in_training, in_validation = (genre_counts(films, split) for split in ("train", "validation"))
    missing = [genre for genre in genres if not in_validation[genre]]
    most = max((in_training[genre] for genre in missing), default=0)
    yield from found(
        "Genres that no validation film has",
        missing,
        "their thresholds cannot be chosen: let the split validation have some, or leave them out "
        f"with --min-films-per-genre {most + 1}",
    )


def _no_labels(films: Sequence[LabelledFilm], minimum: int | None) -> Iterator[str]:
    least = minimum or least_films_per_genre(films)
    in_training, in_test = (genre_counts(films, split) for split in ("train", "test"))
    rare = sorted(genre for genre, count in in_training.items() if count < least)
    yield from found(
        f"Genres of fewer than {least} training films",
        [f"{genre}: {in_training[genre]}" for genre in rare],
        "they are no labels (--min-films-per-genre)",
    )
    yield from found(
        "Genres that no test film has",
        [genre for genre in in_training if in_training[genre] >= least and not in_test[genre]],
        "their figures cannot be measured",
    )
    if len(films) < FEW_FILMS:
        yield (
            f"{len(films)} films are few: below {FEW_FILMS}, models learn little and figures say "
            "little."
        )
