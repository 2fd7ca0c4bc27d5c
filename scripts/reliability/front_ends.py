"""The ways into the program, each of which is given a case and says what became of it."""

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from gradio_app.__main__ import main
from gradio_app.catalogue.sources.opening import open_source
from gradio_app.classifier import FilmClassifier
from gradio_app.errors import GenreAppError
from gradio_app.prediction import FilmPrediction
from gradio_app.readers import READERS
from scripts.reliability.corpus.overviews import read_overview
from scripts.reliability.server import Refused, call, upload

__all__ = [
    "FrontEnd",
    "Outcome",
    "Reading",
    "batch",
    "classify",
    "http_api",
    "library",
    "run_apart",
    "run_here",
]

_ROOT = Path(__file__).parents[2]
_OVERVIEW = "A ghost haunts a house by the sea."

#: Reader -> genre -> probability, of one film.
Reading = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Outcome:
    """What a front end made of a case.

    Attributes:
        films: probabilities of each film that was answered.
        notes: what it remarked.
        sentences: with which it refused the case, or films of it.
        failure: what should never happen, such as a traceback; "" without any.
        seconds: how long it took.
    """

    films: tuple[Reading, ...] = ()
    notes: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()
    failure: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class FrontEnd:
    """One way in.

    Attributes:
        name: for people.
        ways: kind of the corpus -> what tries a file of it; kinds that cannot come this way lack.
        most_seconds: that one case may take, on a busy machine.
        own_limits: regular expression of the sentences with which it refuses what others read on.
    """

    name: str
    ways: Mapping[str, Callable[[Path], Outcome]] = field(repr=False)
    most_seconds: float
    own_limits: str | None = None

    def try_(self, kind: str, file: Path) -> Outcome:
        """Try a case, whatever happens."""
        begin = time.monotonic()
        try:
            outcome = self.ways[kind](file)
        except Exception as error:  # whatever it is, it is the finding
            outcome = Outcome(failure=f"{type(error).__name__}: {str(error)[:300]}")
        seconds = time.monotonic() - begin
        failure = outcome.failure
        if not failure and seconds > self.most_seconds:
            failure = f"it took {seconds:.1f} s"
        return Outcome(outcome.films, outcome.notes, outcome.sentences, failure, seconds)


# The library.


def library(classifier: FilmClassifier) -> FrontEnd:
    """The library, in this process."""

    def film(poster: Path | None, overview: str | None) -> Outcome:
        return _refusing(lambda: _answered([classifier.predict(poster, overview)]))

    def films(path: Path) -> Outcome:
        def read() -> Outcome:
            with open_source(path, None) as source:
                results = list(
                    classifier.predict_many(source.films, find_poster=source.find_poster)
                )
                read = sum(bool(each.prediction and each.prediction.poster) for each in results)
                remarks = (*source.warnings, *source.account(read))
            answered = _answered([each.prediction for each in results if each.prediction])
            errors = tuple(sentence for each in results for sentence in each.errors)
            return Outcome(answered.films, answered.notes + remarks, errors)

        return _refusing(read)

    def models(folder: Path) -> Outcome:
        def load() -> Outcome:
            return _answered([FilmClassifier.from_dir(folder).predict(overview=_OVERVIEW)])

        return _refusing(load)

    ways = {
        "overviews": lambda file: film(None, read_overview(file)),
        "posters": lambda file: film(file, None),
        "tables": films,
        "ZIP files": films,
        "NFO files": lambda file: films(_library_of(file)),
        "models": models,
    }
    return FrontEnd("library", ways, most_seconds=60)


def _library_of(nfo: Path) -> Path:
    """Return a folder of one film, whose NFO file this is."""
    folder = nfo.parent / "library"
    (folder / "A film").mkdir(parents=True, exist_ok=True)
    shutil.copy(nfo, folder / "A film" / "movie.nfo")
    return folder


def _refusing(read: Callable[[], Outcome]) -> Outcome:
    try:
        return read()
    except GenreAppError as error:
        return Outcome(sentences=(str(error),))


def _answered(predictions: Sequence[FilmPrediction]) -> Outcome:
    notes = tuple(note for each in predictions for note in each.notes)
    return Outcome(tuple(_reading(each.as_document()) for each in predictions), notes)


def _reading(document: Mapping[str, Any]) -> Reading:
    return {reader.key: document[reader.key] for reader in READERS if document[reader.key]}


# The command line.


@dataclass(frozen=True)
class Finished:
    """A command that ended: with its status, and what it wrote."""

    status: int
    stdout: str
    stderr: str


def run_apart(arguments: Sequence[str | bytes]) -> Finished:
    """Run `python -m gradio_app` in a process of its own."""
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "gradio_app", *arguments],
            cwd=_ROOT,
            capture_output=True,
            check=False,
            timeout=120,
        )
    except subprocess.TimeoutExpired:
        return Finished(-1, "", "Traceback: it did not end within 120 s")
    return Finished(
        ended.returncode,
        ended.stdout.decode("utf-8", "replace"),
        ended.stderr.decode("utf-8", "replace"),
    )


def run_here(arguments: Sequence[str | bytes]) -> Finished:
    """Run the command line in this process, which saves the start."""
    stdout, stderr = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        status = main([os.fsdecode(each) for each in arguments])
    return Finished(status, stdout.getvalue(), stderr.getvalue())


Run = Callable[[Sequence[str | bytes]], Finished]


def classify(run: Run) -> FrontEnd:
    """`python -m gradio_app classify`."""

    def read(*arguments: str | bytes) -> Outcome:
        ended = run(["classify", "--json", *arguments])
        if ended.status != 0:
            return _refused(ended)
        document = json.loads(ended.stdout)
        return Outcome((_reading(document),), tuple(document["notes"]))

    def overview(file: Path) -> Outcome:
        text = read_overview(file)
        if any("\ud800" <= character <= "\udfff" for character in text):
            return read("--overview", file.read_bytes())
        return read("--overview-file", str(file))

    ways = {
        "overviews": overview,
        "posters": lambda file: read("--poster", str(file)),
        "models": lambda folder: read("--overview", _OVERVIEW, "--models", str(folder)),
    }
    return FrontEnd("classify", ways, most_seconds=60)


def batch(run: Run) -> FrontEnd:
    """`python -m gradio_app batch`; a film comes in a table of its own."""

    def read(table: Path, *options: str) -> Outcome:
        output = table.parent / "genres.jsonl"
        ended = run(["batch", str(table), "--output", str(output), *options])
        if ended.status not in (0, 3):
            return _refused(ended)
        outcome = _outcome_of(output.read_text("utf-8").splitlines())
        output.unlink()
        failure = "a traceback" if "Traceback" in ended.stderr else ""
        remarks = tuple(ended.stderr.splitlines())
        return Outcome(outcome.films, outcome.notes + remarks, outcome.sentences, failure)

    def one(folder: Path, film: Mapping[str, str], *options: str) -> Outcome:
        table = folder / "films.jsonl"
        table.write_text(json.dumps({"id": "1", **film}) + "\n", "utf-8")
        outcome = read(table, *options)
        # What is said of the table is of no interest here.
        notes = tuple(note for note in outcome.notes if not note.startswith(_OF_THE_TABLE))
        return Outcome(outcome.films, notes, outcome.sentences, outcome.failure)

    ways = {
        "overviews": lambda file: one(file.parent, {"overview": read_overview(file)}),
        "posters": lambda file: one(
            file.parent, {"poster": file.name}, "--posters", str(file.parent)
        ),
        "tables": read,
        "ZIP files": read,
        "NFO files": lambda file: read(_library_of(file)),
        "models": lambda folder: one(
            folder.parent, {"overview": _OVERVIEW}, "--models", str(folder)
        ),
    }
    return FrontEnd("batch", ways, most_seconds=120)


_OF_THE_TABLE = (
    "Posters read for",
    "No poster was read",
    "films.jsonl has no column",
    "Files that",
)


def _refused(ended: Finished) -> Outcome:
    failure = ""
    if ended.status != 1:
        failure = f"exit status {ended.status}: {ended.stderr[-300:]}"
    elif ended.stdout:
        failure = f"refused, but printed {ended.stdout[:100]!r}"
    return Outcome(sentences=(ended.stderr.removesuffix("\n"),), failure=failure)


def _outcome_of(lines: Iterable[str]) -> Outcome:
    """Return what the rows of a result in JSON Lines say."""
    films, notes, errors = [], [], []
    for row in map(json.loads, lines):
        reading = {
            reader.key: {
                name.partition("_")[2]: value
                for name, value in row.items()
                if name.startswith(f"{reader.key}_") and value is not None
            }
            for reader in READERS
        }
        if any(reading.values()):
            films.append({key: genres for key, genres in reading.items() if genres})
        notes += [row["note"]] * bool(row["note"])
        errors += [row["error"]] * bool(row["error"])
    return Outcome(tuple(films), tuple(notes), tuple(errors))


# The HTTP interface.


def http_api(address: str) -> FrontEnd:
    """A server's functions."""

    def answer(ask: Callable[[], Outcome]) -> Outcome:
        try:
            return ask()
        except Refused as refused:
            return Outcome(sentences=(str(refused),))

    def film(poster: Path | None, overview: str) -> Outcome:
        given = None if poster is None else upload(address, poster)
        (document,) = call(address, "classify", [given, overview])
        return Outcome((_reading(document),), tuple(document["notes"]))

    def films(table: Path | None, posters: Path | None) -> Outcome:
        given = [None if file is None else upload(address, file) for file in (table, posters)]
        file, counts = call(address, "classify_many", [*given, "jsonl"])
        rows = httpx.get(f"{address}/gradio_api/file={file['path']}", timeout=60)
        outcome = _outcome_of(rows.text.splitlines())
        return Outcome(outcome.films, outcome.notes + tuple(counts["remarks"]), outcome.sentences)

    ways = {
        "overviews": lambda file: answer(lambda: film(None, read_overview(file))),
        "posters": lambda file: answer(lambda: film(file, "")),
        "tables": lambda file: answer(lambda: films(file, None)),
        "large tables": lambda file: answer(lambda: films(file, None)),
        "ZIP files": lambda file: answer(lambda: films(None, file)),
    }
    own_limits = r"more than the [\d,]+( lines)? that are accepted; give (them|it) in several parts"
    return FrontEnd("HTTP interface", ways, most_seconds=60, own_limits=own_limits)
