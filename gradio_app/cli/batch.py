"""`python -m gradio_app batch`: a table, a folder or a ZIP file of films, read as a whole."""

import argparse
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

from tqdm import tqdm

from gradio_app.catalogue.audit.audit import Audit
from gradio_app.catalogue.audit.page import report_format, write_report
from gradio_app.catalogue.batch import Options, Summary, run_batch
from gradio_app.catalogue.sources.source import Source, open_source
from gradio_app.catalogue.sources.table import spooled
from gradio_app.catalogue.thumbnails import thumbnail
from gradio_app.classifier import FilmClassifier
from gradio_app.errors import InputError
from gradio_app.films import Film
from gradio_app.prediction import FilmResult, Prediction

__all__ = ["batch"]

_SOME_ERRORS = 3
_STANDARD = "-"  # standard input or output


def batch(options: argparse.Namespace) -> int:
    """Read the films and write one row for each.

    Returns:
        0; 3 where films have errors, and with --strict also where anything else is remarked.

    Raises:
        InputError: the input or the output cannot be used.
        KeyboardInterrupt: interrupted or terminated; what was read is kept.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as Ctrl+C does
    classifier = FilmClassifier.from_dir(options.models)
    how = Options(
        keep_columns=options.keep_columns,
        formulas=options.formulas,
        workers=options.workers,
        resume=options.resume,
    )
    with ExitStack() as opened:
        table = options.table
        if str(table) == _STANDARD:
            table = opened.enter_context(spooled(sys.stdin.buffer, "standard-input"))
        source = opened.enter_context(open_source(table, options.posters, _columns(options)))
        output = opened.enter_context(_output(options.output))

        def progress(results: Iterable[FilmResult], done: int, total: int) -> Iterable[FilmResult]:
            quiet = True if options.quiet else None  # None: where standard error is no terminal
            return tqdm(results, "films", total, initial=done, disable=quiet, unit="film")

        audit = None
        if options.audit:
            audit = _Audit(classifier, options.audit, options.output, options.table)
        observe = audit.add if audit else _nothing
        summary = run_batch(classifier, source, output, how, progress, observe)
        if audit:
            summary.remarks.append(audit.write(source))
    _report(summary, options)
    strict = options.strict and (summary.n_notes or len(summary.remarks) > 1)
    return _SOME_ERRORS if summary.n_errors or strict else 0


def _columns(options: argparse.Namespace) -> dict[str, str]:
    """Parse `overview=plot,id=tconst`."""
    pairs = [pair.partition("=") for pair in filter(None, (options.columns or "").split(","))]
    if not all(role.strip() and name.strip() for role, _, name in pairs):
        raise InputError(f"--columns {options.columns!r} is not like overview=plot,id=tconst.")
    return {role.strip().casefold(): name.strip() for role, _, name in pairs}


def _nothing(film: Film, prediction: Prediction | None) -> None:
    """Observe nothing."""


class _Audit:
    """The audit of a run, and the file that its report is written to."""

    def __init__(self, classifier: FilmClassifier, file: Path, output: Path, table: Path):
        self._format = report_format(file)
        if file in (output, table):
            raise InputError(f"{file} is the table or the output; name another audit.")
        self._audit = Audit(classifier.genres)
        self._file = file
        self.add = self._audit.add

    def write(self, source: Source) -> str:
        """Write the report; return what it found, in sentences."""

        def small_poster(film: Film) -> bytes | None:
            try:
                poster = source.find_poster(film)
                return None if poster is None else thumbnail(poster)
            except InputError:
                return None

        report = self._audit.finish()
        new = self._file.with_name(self._file.name + ".new")
        try:
            write_report(report, new, self._format, small_poster)
            new.replace(self._file)
        except OSError as error:
            raise InputError(f"{self._file} cannot be written ({error.strerror}).") from error
        return f"{report.summary()} The report is {self._file}."


@contextmanager
def _output(output: Path) -> Iterator[Path | TextIO]:
    if str(output) != _STANDARD:
        yield output
        return
    # CSV is UTF-8 whatever the terminal, and ends its lines itself.
    with open(
        sys.stdout.fileno(),
        "w",
        encoding="utf-8",
        errors="backslashreplace",
        newline="",
        closefd=False,
    ) as stream:
        yield stream


def _report(summary: Summary, options: argparse.Namespace) -> None:
    to_stream = str(options.output) == _STANDARD
    for remark in summary.remarks:
        print(remark, file=sys.stderr)
    if options.quiet:
        return
    print(
        f"{summary.n_films:,} films written to {'standard output' if to_stream else options.output}"
        f"; {summary.n_errors:,} with an error, {summary.n_notes:,} with a note (columns error and "
        "note).",
        file=sys.stderr if to_stream else sys.stdout,
    )
