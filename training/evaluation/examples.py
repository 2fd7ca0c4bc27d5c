"""A few films with what each reader names, to look at."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.data.films import LabelledFilm
from training.evaluation.comparison import Predictions

__all__ = ["Example", "examples"]

#: A Simple Plan and Bring It On: the examples of the coursework report.
_FIRST_EXAMPLES = ("tt0120324", "tt0204946")


@dataclass(frozen=True)
class Example:
    """A film, its genres, and the three most probable ones of each reader."""

    id: str
    title: str
    year: str
    genres: list[str]
    top3: dict[str, list[str]]


def examples(
    films: Sequence[LabelledFilm],
    readers: Sequence[Predictions],
    genres: Sequence[str],
    count: int = 10,
) -> list[Example]:
    """The coursework's two examples, where they are among the films, then those whose SHA-256 of
    the id comes first: a rule that does not look at the predictions."""

    def place(film: LabelledFilm) -> tuple[int, str]:
        first = film.id in _FIRST_EXAMPLES
        begin = _FIRST_EXAMPLES.index(film.id) if first else len(_FIRST_EXAMPLES)
        return begin, hashlib.sha256(film.id.encode()).hexdigest()

    numbers = sorted(range(len(films)), key=lambda number: place(films[number]))[:count]
    return [
        Example(
            id=films[number].id,
            title=films[number].title,
            year=films[number].year,
            genres=[genre for genre in genres if genre in films[number].genres],
            top3={
                one.name: [genres[column] for column in _best(one.probabilities[number], 3)]
                for one in readers
            },
        )
        for number in numbers
    ]


def _best(probabilities: np.ndarray, count: int) -> np.ndarray:
    return np.argsort(-probabilities, kind="stable")[:count]
