"""Many films in, one result a film out, in order; a bad film never ends the run."""

import contextlib
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from gradio_app.catalogue.films import Film
from gradio_app.catalogue.posters import open_posters
from gradio_app.catalogue.results import FilmResult, format_of, write_results
from gradio_app.catalogue.table import read_films
from gradio_app.classifier import FilmClassifier
from gradio_app.errors import InputError
from gradio_app.preprocessing import Poster

__all__ = ["classify_films", "classify_table", "no_poster"]

#: Films that are read at once: bounds the memory, and the time until a cancelled run stops.
_CHUNK = 8


def classify_films(
    classifier: FilmClassifier,
    films: Iterable[Film],
    find_poster: Callable[[Film], Poster | None],
) -> Iterator[FilmResult]:
    """Read films one after another, in order, a bad one included.

    Args:
        classifier: reads them.
        films: one result is yielded for each.
        find_poster: gives the poster of a film, or None; may raise InputError.
    """
    rows = iter(films)
    while chunk := list(islice(rows, _CHUNK)):
        yield from _classify_chunk(classifier, chunk, find_poster)


def no_poster(film: Film) -> None:
    """Find no poster of any film."""


def _classify_chunk(
    classifier: FilmClassifier,
    films: Sequence[Film],
    find_poster: Callable[[Film], Poster | None],
) -> Iterator[FilmResult]:
    errors: list[list[str]] = [[] for _ in films]

    def load(prepare: Callable[[Film], np.ndarray | None]) -> list[np.ndarray | None]:
        inputs: list[np.ndarray | None] = []
        for film, messages in zip(films, errors, strict=True):
            try:
                inputs.append(prepare(film))
            except InputError as error:
                messages.append(str(error))
                inputs.append(None)
        return inputs

    def pixels(film: Film) -> np.ndarray | None:
        poster = find_poster(film)
        return None if poster is None else classifier.poster.pixels(poster)

    def word_ids(film: Film) -> np.ndarray | None:
        return classifier.overview.word_ids(film.overview) if film.overview.strip() else None

    read_posters = _predict(classifier.poster.predict_pixels, load(pixels))
    read_overviews = _predict(classifier.overview.predict_word_ids, load(word_ids))
    for film, poster, overview, messages in zip(
        films, read_posters, read_overviews, errors, strict=True
    ):
        if poster is None and overview is None:
            nothing = "The film has neither a poster file nor an overview."
            yield FilmResult(film.id, None, tuple(messages) or (nothing,))
        else:
            yield FilmResult(film.id, classifier.combine(poster, overview), tuple(messages))


def _predict(
    predict: Callable[[np.ndarray], np.ndarray], inputs: Sequence[np.ndarray | None]
) -> list[np.ndarray | None]:
    """Predict those inputs that are given; None stays None."""
    given = [value for value in inputs if value is not None]
    results = iter(predict(np.stack(given)) if given else ())
    return [None if value is None else next(results) for value in inputs]


def classify_table(
    classifier: FilmClassifier, table: Path, posters: Path | None, output: Path
) -> tuple[int, int]:
    """Read the films of a CSV table and write one row for each, in the same order.

    Args:
        classifier: reads the films.
        table: see `read_table`; the overview is in the column `overview`.
        posters: folder or ZIP file of the posters, or None.
        output: file to write, .csv, .jsonl or .parquet (see `write_results`). It appears when all
            films are done; progress goes to stderr.

    Returns:
        How many films were written, and how many of them have an error.

    Raises:
        InputError: the table, the folder or the output file cannot be used.
    """
    file_format = format_of(output)
    if os.path.isdir(output):  # unlike Path.is_dir, says False to a name that is too long
        raise InputError(f"{output} cannot be written: it is a folder; name a file.")
    films = read_films(table, with_posters=posters is not None)
    counts: Counter[str] = Counter()
    with (
        open_posters(posters) if posters else contextlib.nullcontext() as source,
        _atomic_output(output, table) as part,
    ):
        find_poster = source.find if source else no_poster
        results = classify_films(classifier, films, find_poster)
        results = _with_progress(results, len(films), counts)
        write_results(results, classifier.genres, part, file_format)
    return counts["films"], counts["failed"]


@contextlib.contextmanager
def _atomic_output(output: Path, table: Path) -> Iterator[Path]:
    """A file to write, which becomes the output when all is well, and else is deleted."""
    part = output.with_name(output.name + ".part")
    if any(os.path.exists(file) and os.path.samefile(file, table) for file in (output, part)):
        raise InputError(f"{output} would overwrite the table; name another output.")
    try:
        part.touch()  # a folder that is not there ends the run before any film is read
        yield part
        part.replace(output)
    except OSError as error:
        raise InputError(f"{output} cannot be written ({error.strerror}).") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def _with_progress(
    results: Iterator[FilmResult], total: int, counts: Counter[str]
) -> Iterator[FilmResult]:
    """Pass results on, count the films and those with an error, and tell how far it is."""
    begin = time.monotonic()
    for done, result in enumerate(results, 1):
        yield result
        counts["films"] += 1
        counts["failed"] += bool(result.errors)
        if done % 200 == 0:
            left = (time.monotonic() - begin) / done * (total - done)
            print(f"{done:,}/{total:,} films, {left:.0f} s left", file=sys.stderr)
