"""One awful input, and what is right to do with it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Answer", "Case", "Refusal"]


@dataclass(frozen=True)
class Answer:
    """The input is read, and answered like any other.

    Attributes:
        like: name of another case whose probabilities it must have within `tolerance`; None where
            there is none to compare with.
        tolerance: largest difference of a probability, 0..1.
        note: regular expression that one of the notes must hold; None where none is expected.
    """

    like: str | None = None
    tolerance: float = 1e-6
    note: str | None = None


@dataclass(frozen=True)
class Refusal:
    """The input is refused with one sentence, in which this regular expression is found."""

    sentence: str


@dataclass(frozen=True)
class Case:
    """One awful input.

    Attributes:
        name: of the file that is made, unique in the corpus.
        make: writes the file (or folder) at the path it is given.
        expected: the outcome.
    """

    name: str
    make: Callable[[Path], None]
    expected: Answer | Refusal
