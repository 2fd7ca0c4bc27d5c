"""Many films in, one row a film out. Column names are a contract: other programs read them."""

import contextlib
import csv
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from gradio_app.classifier import FilmClassifier, FilmPrediction, Prediction
from gradio_app.errors import InputError
from gradio_app.films import find_poster, read_table

__all__ = ["FilmResult", "classify_films", "classify_table", "columns", "row"]

_CHUNK = 32  # films that are read at once: bounds the memory, and keeps the progress moving


@dataclass(frozen=True)
class FilmResult:
    """The reading of one film; `prediction` is None where nothing could be read.

    `errors` says for each input why it could not be read, in one sentence each.
    """

    id: str
    prediction: FilmPrediction | None
    errors: tuple[str, ...]


def classify_films(
    classifier: FilmClassifier, films: Iterable[dict[str, str]], posters: Path | None
) -> Iterator[FilmResult]:
    """Read films one after another, in order, a bad one included.

    Args:
        classifier: reads them.
        films: rows with the keys "id" and, where there is one, "overview" (see `read_table`).
        posters: folder of the poster files `<id>.jpg`; None, and no poster is read.
    """
    rows = iter(films)
    while chunk := list(islice(rows, _CHUNK)):
        yield from _classify_chunk(classifier, chunk, posters)


def _classify_chunk(
    classifier: FilmClassifier, films: Sequence[dict[str, str]], posters: Path | None
) -> Iterator[FilmResult]:
    errors: list[list[str]] = [[] for _ in films]

    def load(prepare: Callable[[dict[str, str]], np.ndarray | None]) -> list[np.ndarray | None]:
        inputs: list[np.ndarray | None] = []
        for film, messages in zip(films, errors, strict=True):
            try:
                inputs.append(prepare(film))
            except InputError as error:
                messages.append(str(error))
                inputs.append(None)
        return inputs

    def pixels(film: dict[str, str]) -> np.ndarray | None:
        file = find_poster(posters, film["id"]) if posters else None
        return None if file is None else classifier.poster.pixels(file)

    def word_ids(film: dict[str, str]) -> np.ndarray | None:
        overview = film.get("overview", "")
        return classifier.overview.word_ids(overview) if overview.strip() else None

    read_posters = _predict(classifier.poster.predict_pixels, load(pixels))
    read_overviews = _predict(classifier.overview.predict_word_ids, load(word_ids))
    for film, poster, overview, messages in zip(
        films, read_posters, read_overviews, errors, strict=True
    ):
        if poster is None and overview is None:
            nothing = "The film has neither a poster file nor an overview."
            yield FilmResult(film["id"], None, tuple(messages) or (nothing,))
        else:
            yield FilmResult(film["id"], classifier.combine(poster, overview), tuple(messages))


def _predict(
    predict: Callable[[np.ndarray], np.ndarray], inputs: Sequence[np.ndarray | None]
) -> list[np.ndarray | None]:
    """Predict those inputs that are given; None stays None."""
    given = [value for value in inputs if value is not None]
    results = iter(predict(np.stack(given)) if given else ())
    return [None if value is None else next(results) for value in inputs]


def columns(genres: Sequence[str]) -> list[str]:
    """The columns of the result, in order."""
    readers = ("poster", "overview", "combined")
    return [
        *("id", "genres", "top3_poster", "top3_overview", "top3_combined"),
        *(f"{reader}_{genre}" for reader in readers for genre in genres),
        "error",
    ]


def row(result: FilmResult) -> dict[str, str]:
    """One film as the cells of `columns`; a cell that has no value is left out.

    Lists are '|'-separated, best first; probabilities have six decimals.
    """
    cells = {"id": result.id, "error": " ".join(result.errors)}
    if result.prediction is None:
        return cells
    cells["genres"] = "|".join(result.prediction.combined.chosen())
    for reader in ("poster", "overview", "combined"):
        prediction: Prediction | None = getattr(result.prediction, reader)
        if prediction is None:
            continue
        cells[f"top3_{reader}"] = "|".join(genre for genre, _ in prediction.top(3))
        for genre, probability in zip(prediction.genres, prediction.probabilities, strict=True):
            cells[f"{reader}_{genre}"] = f"{probability:.6f}"
    return cells


def classify_table(
    classifier: FilmClassifier, table: Path, posters: Path | None, output: Path
) -> tuple[int, int]:
    """Read the films of a CSV table and write one row for each, in the same order.

    Args:
        table: see `read_table`; the overview is in the column `overview`.
        posters: folder of the poster files, or None.
        output: CSV file to write. It appears when all films are done; progress goes to stderr.

    Returns:
        How many films were written, and how many of them have an error.

    Raises:
        InputError: the table, the folder or the output file cannot be used.
    """
    if posters is not None and not posters.is_dir():
        raise InputError(f"There is no folder of posters {posters}.")
    if os.path.isdir(output):  # unlike Path.is_dir, says False to a name that is too long
        raise InputError(f"{output} cannot be written: it is a folder; name a CSV file.")
    films = list(read_table(table))
    if posters is None and films and "overview" not in films[0]:
        raise InputError(f"{table.name} has no column overview; add it, or name --posters.")
    part = output.with_name(output.name + ".part")
    if any(os.path.exists(file) and os.path.samefile(file, table) for file in (output, part)):
        raise InputError(f"{output} would overwrite the table; name another output.")
    failed = 0
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns(classifier.genres))
            writer.writeheader()
            results = classify_films(classifier, films, posters)
            for result in _with_progress(results, len(films)):
                writer.writerow(row(result))
                failed += bool(result.errors)
        part.replace(output)
    except OSError as error:
        raise InputError(f"{output} cannot be written ({error.strerror}).") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
    return len(films), failed


def _with_progress(results: Iterator[FilmResult], total: int) -> Iterator[FilmResult]:
    begin = time.monotonic()
    for done, result in enumerate(results, 1):
        yield result
        if done % 200 == 0:
            left = (time.monotonic() - begin) / done * (total - done)
            print(f"{done:,}/{total:,} films, {left:.0f} s left", file=sys.stderr)
