"""What `python -m training evaluate` measured, read from the JSON file that it writes."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from gradio_app.artifact import Spec
from gradio_app.errors import ArtifactError
from gradio_app.readers import FOLDERS, READERS

__all__ = [
    "Confusion",
    "Curve",
    "Difference",
    "Estimate",
    "Evaluation",
    "Example",
    "GenreFigures",
    "LabelSet",
    "Reliability",
    "Row",
    "find_evaluation",
    "read_evaluation",
]

_SHIPPED = Path(__file__).parents[1] / "docs" / "evaluation.json"
_REMEDY = "measure the models again (python -m training evaluate)"


class Estimate(NamedTuple):
    """A value with its 95 % interval over films."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Row:
    """A reader or a baseline: figure -> value, and those of them that have an interval, 0..1."""

    name: str
    figures: dict[str, float]
    estimates: dict[str, Estimate]


@dataclass(frozen=True)
class Difference:
    """By how much the mAP of row `name` exceeds that of row `other`, -1..1."""

    name: str
    other: str
    estimate: Estimate


@dataclass(frozen=True)
class GenreFigures:
    """One reader on one genre, which `films` films have: the share `observed`."""

    genre: str
    films: int
    average_precision: Estimate
    recall: float
    observed: float


@dataclass(frozen=True)
class Confusion:
    """`missed` films have `genre`, but not by this reader; `films` of them got `instead`."""

    genre: str
    instead: str
    films: int
    missed: int


@dataclass(frozen=True)
class LabelSet:
    """What is measured against one set of labels; `genres` and `confusions` by reader's name."""

    rows: tuple[Row, ...]
    differences: tuple[Difference, ...]
    genres: dict[str, tuple[GenreFigures, ...]]
    confusions: dict[str, tuple[Confusion, ...]]

    def row(self, name: str) -> Row | None:
        """The row of that name, where there is one."""
        return next((row for row in self.rows if row.name == name), None)


@dataclass(frozen=True)
class Reliability:
    """Bins of probability: mean probability, share of true pairs, and number of pairs of each."""

    predicted: tuple[float, ...]
    observed: tuple[float, ...]
    pairs: tuple[int, ...]


@dataclass(frozen=True)
class Curve:
    """Precision and recall, 0..1, at falling thresholds."""

    precision: tuple[float, ...]
    recall: tuple[float, ...]


@dataclass(frozen=True)
class Example:
    """A film, its genres, and reader's name -> the three most probable genres."""

    title: str
    year: str
    genres: tuple[str, ...]
    top3: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Evaluation:
    """The figures of three readers (`READERS`) and of baselines on `films` films.

    Attributes:
        models: model folder -> SHA-256 of the model.onnx that was measured.
        answer: which reader reads better and where, in sentences of Markdown.
        label_sets: "as listed" and others -> what is measured against these labels.
        reliability: reader's name -> bins, genres as listed.
        precision_recall: name -> curve, genres as listed; empty in older files.
        unnamed: reader's name -> films for which it suggests no genre; empty in older files.
    """

    split: str
    films: int
    date: str
    command: str
    models: dict[str, str]
    answer: str
    label_sets: dict[str, LabelSet]
    reliability: dict[str, Reliability]
    precision_recall: dict[str, Curve]
    unnamed: dict[str, int]
    examples: tuple[Example, ...]

    def measures(self, specs: Iterable[Spec]) -> bool:
        """Whether the figures are those of exactly these models."""
        served = {FOLDERS[spec.kind]: spec.document["files"]["model.onnx"] for spec in specs}
        return served == self.models


def find_evaluation(models: Path) -> Path | None:
    """The evaluation.json beside the models of a folder, else the shipped one, else None."""
    places = (models / "evaluation.json", _SHIPPED)
    return next((file for file in places if file.is_file()), None)


def read_evaluation(file: Path) -> Evaluation:
    """Read the JSON file of an evaluation.

    Raises:
        ArtifactError: it cannot be read, or is not what an evaluation writes.
    """
    try:
        return _evaluation(json.loads(file.read_text("utf-8")))
    except OSError as error:
        raise ArtifactError(f"{file} cannot be read ({error.strerror}); {_REMEDY}.") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ArtifactError(
            f"{file} is not a valid evaluation ({type(error).__name__}: {error}); {_REMEDY}."
        ) from error


def _evaluation(document: dict[str, Any]) -> Evaluation:
    if not document["label_sets"]:
        raise ValueError("no figures")
    return Evaluation(
        split=_text(document["split"]),
        films=_count(document["films"]),
        date=_text(document["date"]),
        command=_text(document["command"]),
        models={name: _text(digest) for name, digest in document["models"].items()},
        answer=_text(document["answer"]),
        label_sets={name: _label_set(each) for name, each in document["label_sets"].items()},
        reliability={name: _reliability(document["reliability"][name]) for name in _readers()},
        precision_recall={
            name: _curve(each) for name, each in document.get("precision_recall", {}).items()
        },
        unnamed={name: _count(films) for name, films in document.get("unnamed", {}).items()},
        examples=tuple(_example(each) for each in document["examples"]),
    )


def _label_set(document: dict[str, Any]) -> LabelSet:
    rows = tuple(_row(each) for each in document["rows"])
    missing = _readers() - {row.name for row in rows}
    if missing:
        raise ValueError(f"no row of {missing.pop()}")
    return LabelSet(
        rows=rows,
        differences=tuple(_difference(each) for each in document["differences"]),
        genres={
            name: tuple(_genre_figures(each) for each in document["genres"][name])
            for name in _readers()
        },
        confusions={
            name: tuple(_confusion(each) for each in document["confusions"][name])
            for name in _readers()
        },
    )


def _readers() -> set[str]:
    return {reader.name for reader in READERS}


def _row(document: dict[str, Any]) -> Row:
    figures = {name: _number(value) for name, value in document["at_thresholds"].items()}
    return Row(
        _text(document["name"]),
        figures,
        {
            name: _estimate([figures[name], *interval])
            for name, interval in document["intervals"].items()
        },
    )


def _difference(document: dict[str, Any]) -> Difference:
    value, low, high = (_number(each) for each in document["figures"]["mAP"])
    return Difference(_text(document["name"]), _text(document["other"]), Estimate(value, low, high))


def _genre_figures(document: dict[str, Any]) -> GenreFigures:
    return GenreFigures(
        genre=_text(document["genre"]),
        films=_count(document["films"]),
        average_precision=_estimate(document["average_precision"]),
        recall=_share(document["recall"]),
        observed=_share(document["observed"]),
    )


def _confusion(document: dict[str, Any]) -> Confusion:
    return Confusion(
        genre=_text(document["genre"]),
        instead=_text(document["instead"]),
        films=_count(document["films"]),
        missed=_count(document["missed"]),
    )


def _reliability(document: Mapping[str, Any]) -> Reliability:
    predicted, observed = _shares(document["predicted"]), _shares(document["observed"])
    pairs = tuple(_count(each) for each in document["pairs"])
    if not len(predicted) == len(observed) == len(pairs):
        raise ValueError("bins of unequal number")
    return Reliability(predicted, observed, pairs)


def _curve(document: dict[str, Any]) -> Curve:
    precision, recall = _shares(document["precision"]), _shares(document["recall"])
    if not len(precision) == len(recall) > 0:
        raise ValueError("a curve without points, or with unequal numbers of them")
    return Curve(precision, recall)


def _example(document: dict[str, Any]) -> Example:
    return Example(
        title=_text(document["title"]),
        year=_text(document["year"]),
        genres=tuple(_text(genre) for genre in document["genres"]),
        top3={name: tuple(_text(genre) for genre in document["top3"][name]) for name in _readers()},
    )


def _estimate(values: Any) -> Estimate:
    value, low, high = _shares(values)
    return Estimate(value, low, high)


def _shares(values: Any) -> tuple[float, ...]:
    return tuple(_share(value) for value in values)


def _share(value: Any) -> float:
    if not 0 <= _number(value) <= 1:
        raise ValueError(f"{value!r} is not within 0 and 1")
    return float(value)


def _number(value: Any) -> float:
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError(f"{value!r} is no number")
    return float(value)


def _count(value: Any) -> int:
    if not isinstance(value, int) or value < 0:
        raise TypeError(f"{value!r} is no count")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value
