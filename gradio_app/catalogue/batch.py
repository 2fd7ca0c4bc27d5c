"""Many films in, one row a film out, in order; a bad film never ends the run."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TextIO

from gradio_app.catalogue.output import Output, open_output, stream_output
from gradio_app.catalogue.results import Formulas, Layout, format_of
from gradio_app.catalogue.sources.source import Source
from gradio_app.classifier import FilmClassifier
from gradio_app.errors import InputError
from gradio_app.films import Film
from gradio_app.prediction import FilmResult, Prediction

__all__ = ["Options", "Summary", "run_batch"]

#: Passes the results of films on, one by one, and shows how far it is: (results, done, total).
Progress = Callable[[Iterable[FilmResult], int, int], Iterable[FilmResult]]


#: Is shown a film and its combined prediction; None where nothing of it could be read.
Observer = Callable[[Film, Prediction | None], None]


@dataclass(frozen=True)
class Options:
    """How a run writes its result.

    Attributes:
        keep_columns: carry the columns of the input along.
        formulas: what becomes of texts that a spreadsheet would compute, in CSV.
        workers: films that are read at a time; the cores that this process may use if None.
        resume: go on where a run for the same output ended.
    """

    keep_columns: bool = False
    formulas: Formulas = "keep"
    workers: int | None = None
    resume: bool = False


@dataclass(frozen=True)
class Summary:
    """What a run wrote.

    Attributes:
        n_films: rows of the output.
        n_errors: films with an error.
        n_notes: films with a note.
        remarks: what was left out or is odd about the input as a whole, a sentence each.
    """

    n_films: int
    n_errors: int
    n_notes: int
    remarks: list[str] = field(default_factory=list)


def run_batch(
    classifier: FilmClassifier,
    source: Source,
    output: Path | TextIO,
    options: Options | None = None,
    progress: Progress = lambda results, done, total: results,
    observe: Observer = lambda film, prediction: None,
) -> Summary:
    """Read the films of a source and write one row for each, in the same order.

    Args:
        classifier: reads them.
        source: see `open_source`.
        output: file to write, .csv, .jsonl or .parquet, which appears when all films are done; or
            a stream for CSV.
        options: how it is written.
        progress: is shown each result.
        observe: is shown each film with its combined prediction, those of a resumed run included.

    Raises:
        InputError: the output cannot be written or resumed.
    """
    options = options or Options()
    source = source.with_cells() if options.keep_columns else source
    kept = source.columns if options.keep_columns else ()
    layout = Layout(classifier.genres, kept, options.formulas)
    made_of = {
        "input": source.digest,
        "models": classifier.digest,
        "options": [list(kept), options.formulas],
    }
    if isinstance(output, Path):
        _check_output(output, source.path)
    with _opened(output, layout, made_of, options.resume) as rows:
        for film, row in zip(source.films, rows.earlier_rows(), strict=False):
            source.skip(film)
            observe(film, layout.combined(row, classifier.thresholds))
        films = islice(source.films, rows.n_rows, None)
        results = classifier.predict_many(films, options.workers, source.find_poster)
        for result in progress(results, rows.n_rows, source.n_films):
            _count(result, rows)
            rows.write(layout.row(result))
            prediction = result.prediction
            observe(result.film, None if prediction is None else prediction.combined)
    counts = rows.counts
    remarks = [*source.warnings, *source.account(counts["posters"])]
    return Summary(counts["rows"], counts["errors"], counts["notes"], remarks)


def _check_output(output: Path, table: Path) -> None:
    format_of(output)
    # Unlike the methods of Path, these say False to a name that is too long.
    if os.path.isdir(output):
        raise InputError(f"{output} cannot be written: it is a folder; name a file.")
    for file in (output, output.with_name(output.name + ".part")):
        if os.path.exists(file) and os.path.samefile(file, table):
            raise InputError(f"{output} would overwrite the table; name another output.")


def _opened(
    output: Path | TextIO, layout: Layout, made_of: Mapping[str, object], resume: bool
) -> AbstractContextManager[Output]:
    if not isinstance(output, Path):
        return stream_output(output, layout, ".csv")
    file_format = format_of(output)
    if _is_pipe(output):
        return _open_pipe(output, layout, file_format)
    return open_output(output, layout, made_of, resume)


def _is_pipe(output: Path) -> bool:
    """Return whether it is there and no ordinary file, such as a named pipe or /dev/null."""
    try:
        return not stat.S_ISREG(output.stat().st_mode)
    except OSError:
        return False


@contextmanager
def _open_pipe(output: Path, layout: Layout, file_format: str) -> Iterator[Output]:
    if file_format == ".parquet":
        raise InputError(f"{output} is no ordinary file, and Parquet needs one; name another.")
    try:
        with (
            output.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file,
            stream_output(file, layout, file_format) as rows,
        ):
            yield rows
    except OSError as error:
        raise InputError(f"{output} cannot be written ({error.strerror}).") from error


def _count(result: FilmResult, rows: Output) -> None:
    rows.counts["errors"] += bool(result.errors)
    rows.counts["notes"] += bool(result.notes)
    prediction = result.prediction
    rows.counts["posters"] += bool(prediction and prediction.poster)
