"""`python -m gradio_app batch`: a table, a folder or a ZIP file of films, read as a whole."""

import argparse
import signal
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TextIO

from tqdm import tqdm

from gradio_app.catalogue.batch import Options, Summary, run_batch
from gradio_app.catalogue.sources.opening import open_source
from gradio_app.catalogue.sources.source import Source
from gradio_app.catalogue.sources.table import spooled
from gradio_app.classifier import FilmClassifier
from gradio_app.cli.audit import ReportedAudit
from gradio_app.cli.nfo import NfoGenres
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
    summary, found = _on_cluster(options) if options.engine == "ray" else _in_threads(options)
    _report(summary, found, options)
    strict = options.strict and (summary.n_notes or len(summary.remarks) > 1)
    return _SOME_ERRORS if summary.n_errors or strict else 0


def _in_threads(options: argparse.Namespace) -> tuple[Summary, list[str]]:
    """Return the counts, and what the audit and the NFO files have to say."""
    if options.address is not None:
        raise InputError("--address belongs to --engine ray.")
    classifier = FilmClassifier.from_dir(options.models)
    how = Options(
        keep_columns=options.keep_columns,
        formulas=options.formulas,
        workers=options.workers,
        resume=options.resume,
    )
    with ExitStack() as opened:
        table = opened.enter_context(_table(options.table))
        source = opened.enter_context(open_source(table, options.posters, _columns(options)))
        output = opened.enter_context(_output(options.output))

        def progress(results: Iterable[FilmResult], done: int, total: int) -> Iterable[FilmResult]:
            quiet = True if options.quiet else None  # None: where standard error is no terminal
            return tqdm(results, "films", total, initial=done, disable=quiet, unit="film")

        audit, nfo_genres = _audit(classifier, options), _nfo_genres(source, options)
        observers = [each.observe for each in (audit, nfo_genres) if each]

        def observe(film: Film, prediction: Prediction | None) -> None:
            for observer in observers:
                observer(film, prediction)

        summary = run_batch(classifier, source, output, how, progress, observe)
        found = [
            *(nfo_genres.finish() if nfo_genres else ()),
            *(audit.finish(source) if audit else ()),
        ]
    return summary, found


def _on_cluster(options: argparse.Namespace) -> tuple[Summary, list[str]]:
    apart = {
        "--audit": options.audit,
        "--write-nfo": options.write_nfo,
        "--apply": options.apply,
        "--replace-genres": options.replace_genres,
    }
    for name in (name for name, given in apart.items() if given):
        raise InputError(f"{name} does not go with --engine ray; leave it out.")
    try:
        from gradio_app.catalogue.cluster import run_on_cluster
    except ModuleNotFoundError as error:
        raise InputError(
            f"--engine ray needs the package {error.name}: pip install -r requirements-cluster.txt."
        ) from error
    summary = run_on_cluster(
        options.models,
        options.table,
        options.output,
        options.posters,
        _columns(options),
        Options(options.keep_columns, workers=options.workers, resume=options.resume),
        options.address,
        show_progress=not options.quiet and sys.stderr.isatty(),
    )
    return summary, []


def _columns(options: argparse.Namespace) -> dict[str, str]:
    """Parse `overview=plot,id=tconst`."""
    pairs = [pair.partition("=") for pair in filter(None, (options.columns or "").split(","))]
    if not all(role.strip() and name.strip() for role, _, name in pairs):
        raise InputError(f"--columns {options.columns!r} is not like overview=plot,id=tconst.")
    return {role.strip().casefold(): name.strip() for role, _, name in pairs}


def _audit(classifier: FilmClassifier, options: argparse.Namespace) -> ReportedAudit | None:
    if options.audit in (options.output, options.table):
        raise InputError(f"{options.audit} is the table or the output; name another audit.")
    return ReportedAudit(classifier.genres, options.audit) if options.audit else None


def _nfo_genres(source: Source, options: argparse.Namespace) -> NfoGenres | None:
    if not options.write_nfo:
        if options.apply or options.replace_genres:
            raise InputError("--apply and --replace-genres belong to --write-nfo.")
        return None
    if not source.is_library:
        raise InputError(
            f"{source.path} is no folder of films with NFO files; --write-nfo needs one."
        )
    return NfoGenres(options.replace_genres, options.apply)


@contextmanager
def _output(output: Path) -> Iterator[Path | TextIO]:
    if str(output) != _STANDARD:
        yield output
        return
    # CSV is UTF-8 whatever the terminal, and ends its lines itself.
    stream = open(  # noqa: SIM115 - closed below
        sys.stdout.fileno(),
        "w",
        encoding="utf-8",
        errors="backslashreplace",
        newline="",
        closefd=False,
    )
    try:
        yield stream
    finally:
        with suppress(OSError):  # of rows that could not be written either, as was said
            stream.close()


@contextmanager
def _table(given: Path) -> Iterator[Path]:
    """The table, in a file that can be read twice."""
    if str(given) == _STANDARD:
        if sys.stdin is None:
            raise InputError("Standard input is closed; name a table.")
        with spooled(sys.stdin.buffer, "standard-input") as table:
            yield table
    elif _is_pipe(given):
        with given.open("rb") as stream, spooled(stream, "pipe") as table:
            yield table
    else:
        yield given


def _is_pipe(path: Path) -> bool:
    try:
        return stat.S_ISFIFO(path.stat().st_mode)
    except (OSError, ValueError):  # whoever opens it says why
        return False


def _report(summary: Summary, found: list[str], options: argparse.Namespace) -> None:
    to_stream = str(options.output) == _STANDARD
    for remark in (*summary.remarks, *found):
        print(remark, file=sys.stderr)
    if options.quiet:
        return
    print(
        f"{summary.n_films:,} films written to {'standard output' if to_stream else options.output}"
        f"; {summary.n_errors:,} with an error, {summary.n_notes:,} with a note (columns error and "
        "note).",
        file=sys.stderr if to_stream else sys.stdout,
    )
