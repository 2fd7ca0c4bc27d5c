"""`python -m gradio_app classify`: one film, or several posters."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from gradio_app.classifier import FilmClassifier
from gradio_app.errors import InputError
from gradio_app.explain import FilmEvidence, OverviewEvidence, find_evidence
from gradio_app.limits import MAX_OVERVIEW_CHARACTERS
from gradio_app.prediction import FilmPrediction

__all__ = ["classify"]

_SOME_ERRORS = 3
_WORDS_SHOWN = 5
#: Of UTF-8, which takes at most 4 bytes a character, and 3 for a byte order mark.
_MAX_OVERVIEW_BYTES = 4 * MAX_OVERVIEW_CHARACTERS + 3


def classify(options: argparse.Namespace) -> int:
    """Print the predictions for each poster with the overview, or for the overview alone.

    Returns:
        0, or 3 where one of several posters could not be read.

    Raises:
        InputError: there is nothing to read, or the only film cannot be read.
    """
    classifier = FilmClassifier.from_dir(options.models)
    posters: list[Path | None] = options.poster or [None]
    overview = _overview(options)
    if len(posters) == 1:
        document, lines = _film(classifier, posters[0], overview, options)
        print(json.dumps(document, indent=2) if options.json else "\n".join(lines))
        return 0
    films = [_one_of_several(classifier, poster, overview, options) for poster in posters]
    if options.json:
        print(json.dumps([document for document, _ in films], indent=2))
    else:
        print("\n\n".join("\n".join(lines) for _, lines in films))
    return _SOME_ERRORS if any("error" in document for document, _ in films) else 0


def _overview(options: argparse.Namespace) -> str | None:
    if options.overview_file is None:
        return options.overview
    if options.overview is not None:
        raise InputError("Give the overview as --overview or as --overview-file, not as both.")
    content = _content(options.overview_file)
    if len(content) > _MAX_OVERVIEW_BYTES:
        raise InputError(
            "The overview has far too many characters, more than the "
            f"{MAX_OVERVIEW_CHARACTERS:,} that are accepted; shorten it."
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{options.overview_file} is not UTF-8 text; save it as such.") from error


def _content(file: Path) -> bytes:
    """Return at most one byte more than an overview may have."""
    try:
        if str(file) != "-":
            with file.open("rb") as opened:
                return opened.read(_MAX_OVERVIEW_BYTES + 1)
        if sys.stdin is None:
            raise InputError("Standard input is closed; give the overview as a file.")
        return sys.stdin.buffer.read(_MAX_OVERVIEW_BYTES + 1)
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}).") from error


def _one_of_several(
    classifier: FilmClassifier,
    poster: Path | None,
    overview: str | None,
    options: argparse.Namespace,
) -> tuple[dict[str, Any], list[str]]:
    name = str(poster)
    try:
        document, lines = _film(classifier, poster, overview, options)
    except InputError as error:
        return {"file": name, "error": str(error)}, [name, f"{'error':9} {error}"]
    return {"file": name, **document}, [name, *lines]


def _film(
    classifier: FilmClassifier,
    poster: Path | None,
    overview: str | None,
    options: argparse.Namespace,
) -> tuple[dict[str, Any], list[str]]:
    prediction = classifier.predict(poster, overview)
    document, lines = prediction.as_document(), list(_lines(prediction, options.top))
    if options.explain is not None:
        genre = options.explain or prediction.combined.top(1)[0][0]
        evidence = find_evidence(classifier, poster, overview)
        document["explanation"] = evidence.as_document(genre)
        lines += _reasons(evidence, genre)
    return document, lines


def _lines(prediction: FilmPrediction, count: int) -> Iterator[str]:
    for name, reading in prediction.readings().items():
        if reading is not None:
            listed = ", ".join(f"{genre} {value:.0%}" for genre, value in reading.top(count))
            yield f"{name:9} {listed}"
    yield f"{'genres':9} {', '.join(prediction.combined.chosen()) or 'none is likely enough'}"
    for note in prediction.notes:
        yield f"{'note':9} {note}"


def _reasons(evidence: FilmEvidence, genre: str) -> Iterator[str]:
    """Which words, and which part of the poster, speak for a genre and against it."""
    yield f"{'why':9} {genre}; a number is by how much its logit falls when a part is hidden"
    if evidence.overview is not None:
        weights = evidence.overview.weights(genre)
        order = np.argsort(-weights, kind="stable")
        for side, places, sign in (("for", order, 1), ("against", order[::-1], -1)):
            words = _words(evidence.overview, weights, places[:_WORDS_SHOWN], sign)
            yield f"  {side:7} {words}"
    if evidence.poster is not None:
        heat = evidence.poster.heat(genre)
        row, column = divmod(int(heat.argmax()), heat.shape[1])
        yield (
            f"  {'poster':7} most in row {row + 1} of {heat.shape[0]}, column {column + 1} of "
            f"{heat.shape[1]} ({heat.max():+.2f})"
        )


def _words(evidence: OverviewEvidence, weights: np.ndarray, order: np.ndarray, sign: int) -> str:
    chosen = [number for number in order if weights[number] * sign > 0]
    texts = (evidence.words[number] for number in chosen)
    return (
        ", ".join(
            f"{evidence.overview[word.start : word.end]} {weights[number]:+.2f}"
            for number, word in zip(chosen, texts, strict=True)
        )
        or "no word"
    )
