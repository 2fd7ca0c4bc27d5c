"""What an audit found: agreement per genre, and the doubtful labels, as CSV or in sentences."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gradio_app.films import Film

__all__ = ["COLUMNS", "Agreement", "AuditReport", "DoubtfulLabel", "counted", "write_csv"]

#: The columns of the CSV; other programs read them.
COLUMNS = ("id", "title", "genre", "kind", "probability", "score")

#: More names of unknown genres are only counted.
_MAX_NAMES = 12


@dataclass(frozen=True)
class Agreement:
    """How the lists and the suggestions of the models agree on one genre.

    >>> Agreement("Horror", listed=4, suggested=3, both=2, missing=1, wrong=0).recall
    0.5

    Attributes:
        genre: of the models.
        listed: the number of films that list it.
        suggested: the number of films for which its probability reaches the threshold.
        both: the number of films for which both hold.
        missing: the number of films that do not list it, likely by error.
        wrong: the number of films that list it, likely by error.
    """

    genre: str
    listed: int
    suggested: int
    both: int
    missing: int
    wrong: int

    @property
    def precision(self) -> float | None:
        """The fraction of the suggestions that is listed, 0..1; None if nothing is suggested."""
        return self.both / self.suggested if self.suggested else None

    @property
    def recall(self) -> float | None:
        """The fraction of the listed that is suggested, 0..1; None if no film lists the genre."""
        return self.both / self.listed if self.listed else None

    @property
    def f1(self) -> float | None:
        """The harmonic mean of both, 0..1; None if the genre is neither listed nor suggested."""
        films = self.listed + self.suggested
        return 2 * self.both / films if films else None


@dataclass(frozen=True, slots=True)
class DoubtfulLabel:
    """A genre that a film likely lists, or does not list, by error.

    Attributes:
        film: without its overview and cells.
        suggested: the genres that the models suggest for the film.
        genre: the one in question.
        kind: "missing" if it is not listed, "wrong" if it is.
        probability: of the genre, by the models, 0..1.
        score: the estimated probability that the label is an error, 0..1.
        number: which film it is of those that the audit was given, from 0.
    """

    film: Film
    suggested: tuple[str, ...]
    genre: str
    kind: Literal["missing", "wrong"]
    probability: float
    score: float
    number: int


@dataclass(frozen=True)
class AuditReport:
    """What an audit found, and what it left out.

    Attributes:
        n_films: the number of films whose lists were compared with predictions.
        agreement: one row for each genre of the models, in their order.
        labels: the doubtful ones, likeliest error first.
        left_out: why films were not compared -> how many.
        unknown_genres: listed names that the models do not know -> films, most frequent first.
        unnamed: genres that no film lists though the models suggest them often. The catalogue
            has no name for them, so they are not called missing.
    """

    n_films: int
    agreement: tuple[Agreement, ...]
    labels: tuple[DoubtfulLabel, ...]
    left_out: dict[str, int]
    unknown_genres: dict[str, int]
    unnamed: tuple[str, ...]

    def summary(self) -> str:
        """Return what was found and what was left out, in sentences.

        >>> AuditReport(0, (), (), {"without listed genres": 3}, {}, ()).summary()
        'No film was audited. Not audited: 3 films without listed genres.'
        """
        return " ".join([self.finding(), *self.remarks()])

    def finding(self) -> str:
        """Return how much was audited and found, in one sentence."""
        if not self.n_films:
            return "No film was audited." if self.left_out else "There was no film to audit."
        films = counted(self.n_films, "film")
        if not self.labels:
            return f"{films} audited: no genre is likely missing or wrong."
        missing = sum(row.missing for row in self.agreement)
        wrong = sum(row.wrong for row in self.agreement)
        return (
            f"{films} audited: {counted(missing, 'genre')} likely missing, {wrong:,} likely wrong."
        )

    def remarks(self) -> list[str]:
        """Return a sentence for each kind of thing that was left out."""
        remarks = []
        if self.left_out:
            reasons = [f"{counted(n, 'film')} {reason}" for reason, n in self.left_out.items()]
            remarks.append(f"Not audited: {', '.join(reasons)}.")
        if self.unknown_genres:
            names = [f"{name} ({counted(n, 'film')})" for name, n in self.unknown_genres.items()]
            more = len(names) - _MAX_NAMES
            names[_MAX_NAMES:] = [f"and {more:,} more"] if more > 0 else []
            remarks.append(f"Listed genres that the models do not know: {', '.join(names)}.")
        if self.unnamed:
            remarks.append(
                f"Not called missing, for no film lists them: {', '.join(self.unnamed)}."
            )
        return remarks


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural unless it is one.

    >>> counted(1, "film"), counted(5818, "film")
    ('1 film', '5,818 films')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def write_csv(report: AuditReport, file: Path) -> None:
    """Write one row a doubtful label under `COLUMNS`, likeliest error first.

    Cells are written as they are, also those that a spreadsheet would take for a formula; but half
    characters, which UTF-8 cannot write, become "?".

    Raises:
        OSError: the file cannot be written.
    """
    with file.open("w", encoding="utf-8", errors="replace", newline="") as output:
        writer = csv.writer(output)
        writer.writerow(COLUMNS)
        for label in report.labels:
            numbers = f"{label.probability:.6f}", f"{label.score:.6f}"
            writer.writerow([label.film.id, label.film.title, label.genre, label.kind, *numbers])
