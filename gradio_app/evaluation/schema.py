"""The one schema of an evaluation: training fills it, the page shows it, a JSON file holds it.

A dataclass refuses contents that do not fit together (`ValueError`).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from gradio_app.artifact import Spec
from gradio_app.readers import FOLDERS, READERS

__all__ = [
    "COMPLETED",
    "DECIMALS",
    "FREQUENCIES",
    "LISTED",
    "Answer",
    "Confusion",
    "Curve",
    "Difference",
    "Estimate",
    "Evaluation",
    "Example",
    "GenreFigures",
    "Interval",
    "LabelSet",
    "Origin",
    "Reliability",
    "Row",
    "Trainings",
]

#: The two sets of labels: the films' own genres, and those with what a second source adds.
LISTED, COMPLETED = "as listed", "completed"

#: The row that predicts without a look at the film.
FREQUENCIES = "class frequencies"

#: How many decimals numbers have in the file; more would only fill it.
DECIMALS = 5


class Interval(NamedTuple):
    """A 95 % interval over films."""

    low: float
    high: float


class Estimate(NamedTuple):
    """A value with its 95 % interval over films."""

    value: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether all of the interval lies on one side of 0."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Row:
    """The figures of a reader or a baseline.

    Attributes:
        name: that of the reader (`READERS`), or of the baseline.
        at_half: figure -> its value where genres are chosen from a probability of 0.5 on.
        at_thresholds: the same where they are chosen from their thresholds on.
        intervals: main figure, 0..1 -> its interval at the thresholds.
    """

    name: str
    at_half: dict[str, float]
    at_thresholds: dict[str, float]
    intervals: dict[str, Interval]

    def __post_init__(self) -> None:
        for figure in self.intervals:
            _require_fractions(self.estimate(figure))

    def estimate(self, figure: str) -> Estimate:
        """A main figure at the thresholds."""
        return Estimate(self.at_thresholds[figure], *self.intervals[figure])


@dataclass(frozen=True)
class Difference:
    """By how much the main figures of row `name` exceed those of row `other`, -1..1."""

    name: str
    other: str
    figures: dict[str, Estimate]

    def __post_init__(self) -> None:
        _require(("mAP",), self.figures, "difference")


@dataclass(frozen=True)
class Trainings:
    """A reader that was trained `count` times: mean and standard deviation of its figures."""

    name: str
    count: int
    mean: dict[str, float]
    deviation: dict[str, float]

    def __post_init__(self) -> None:
        if self.count < 1 or self.mean.keys() != self.deviation.keys():
            raise ValueError(f"trainings of {self.name} without figures")


@dataclass(frozen=True)
class GenreFigures:
    """One reader on one genre, all figures 0..1.

    Attributes:
        n_films: how many films have the genre.
        precision: at the `threshold`, as are `recall` and `f1`.
        predicted: the mean probability.
        observed: the fraction of the films that have the genre.
    """

    genre: str
    n_films: int
    average_precision: Estimate
    precision: float
    recall: float
    f1: float
    threshold: float
    predicted: float
    observed: float
    calibration_error: float

    def __post_init__(self) -> None:
        _require_fractions(self.average_precision)
        _require_fractions((self.precision, self.recall, self.f1, self.threshold))
        _require_fractions((self.predicted, self.observed, self.calibration_error))


@dataclass(frozen=True)
class Confusion:
    """How often a reader takes one genre for another.

    `n_missed` films have `genre`, but not by the reader; `n_films` of them got `instead`, the most
    frequent wrong genre among them.
    """

    genre: str
    instead: str
    n_films: int
    n_missed: int


@dataclass(frozen=True)
class LabelSet:
    """What is measured against one set of labels.

    Attributes:
        rows: of the baselines, then of the readers.
        differences: of pairs of rows.
        trainings: of each reader that was trained more than once.
        genres: reader's name -> its figures on each genre that a film has.
        overview_ahead: genre -> average precision of the overview LSTM minus the poster CNN's.
        confusions: reader's name -> the most frequent first.
    """

    rows: tuple[Row, ...]
    differences: tuple[Difference, ...]
    trainings: tuple[Trainings, ...]
    genres: dict[str, tuple[GenreFigures, ...]]
    overview_ahead: dict[str, Estimate]
    confusions: dict[str, tuple[Confusion, ...]]

    def __post_init__(self) -> None:
        _require_readers(self.by_name, "row")
        _require_readers(self.genres, "figures by genre")
        _require_readers(self.confusions, "confusions")
        for each in self.trainings:
            _require(self.by_name[each.name].at_thresholds, each.mean, f"trainings of {each.name}")

    @property
    def by_name(self) -> dict[str, Row]:
        """The rows by their names."""
        return {row.name: row for row in self.rows}


@dataclass(frozen=True)
class Reliability:
    """Bins of probability, and the number of pairs of a film and a genre in each.

    `predicted` is the mean probability, `observed` the fraction of true pairs, 0..1.
    """

    predicted: tuple[float, ...]
    observed: tuple[float, ...]
    pairs: tuple[int, ...]

    def __post_init__(self) -> None:
        _require_fractions(self.predicted + self.observed)
        if not len(self.predicted) == len(self.observed) == len(self.pairs):
            raise ValueError("bins of unequal number")


@dataclass(frozen=True)
class Curve:
    """Precision and recall, 0..1, at falling thresholds."""

    precision: tuple[float, ...]
    recall: tuple[float, ...]

    def __post_init__(self) -> None:
        _require_fractions(self.precision + self.recall)
        if not len(self.precision) == len(self.recall) > 0:
            raise ValueError("a curve without points, or with unequal numbers of them")


@dataclass(frozen=True)
class Example:
    """A film, its genres, and reader's name -> the three most probable genres."""

    id: str
    title: str
    year: str
    genres: tuple[str, ...]
    top3: dict[str, tuple[str, ...]]

    def __post_init__(self) -> None:
        _require_readers(self.top3, "genres of an example")


@dataclass(frozen=True)
class Answer:
    """Which reader reads better and where, in sentences that follow from the figures."""

    headline: str
    details: str


@dataclass(frozen=True)
class Origin:
    """What is needed to repeat an evaluation.

    Attributes:
        command: what was typed.
        date: ISO.
        python: its version.
        packages: name -> version.
        machine: in words.
        models: model folder -> SHA-256 of the model.onnx that was measured.
    """

    command: str
    date: str
    python: str
    packages: dict[str, str]
    machine: str
    models: dict[str, str]


@dataclass(frozen=True)
class Evaluation:
    """The figures of the three readers (`READERS`) and of baselines on the films of a split.

    Attributes:
        label_sets: `LISTED` and `COMPLETED` -> what is measured against these labels.
        agreement: rows of TMDB's lists and of the fused reader, which show how far people agree;
            empty where the films have no such lists.
        reliability: reader's name -> bins, genres as listed.
        precision_recall: name of a row -> its curve, genres as listed.
        unnamed: reader's name -> number of films for which it suggests no genre.
    """

    origin: Origin
    split: str
    n_films: int
    genres: tuple[str, ...]
    answer: Answer
    label_sets: dict[str, LabelSet]
    agreement: tuple[Row, ...]
    reliability: dict[str, Reliability]
    precision_recall: dict[str, Curve]
    unnamed: dict[str, int]
    examples: tuple[Example, ...]

    def __post_init__(self) -> None:
        _require((LISTED, COMPLETED), self.label_sets, "set of labels")
        _require_readers(self.reliability, "reliability")
        _require_readers(self.precision_recall, "curve")
        _require_readers(self.unnamed, "number of films without a genre")

    def measures(self, specs: Iterable[Spec]) -> bool:
        """Whether the figures are those of exactly these models."""
        served = {FOLDERS[spec.kind]: spec.document["files"]["model.onnx"] for spec in specs}
        return served == self.origin.models


def _require_readers(there: Collection[str], what: str) -> None:
    _require([reader.name for reader in READERS], there, what)


def _require(names: Iterable[str], there: Collection[str], what: str) -> None:
    for name in names:
        if name not in there:
            raise ValueError(f"no {what}: {name}")


def _require_fractions(values: Iterable[float]) -> None:
    """Refuse numbers that, as the file has them, are not within 0..1."""
    for value in values:
        if not 0 <= round(value, DECIMALS) <= 1:
            raise ValueError(f"{value!r} is not within 0 and 1")
