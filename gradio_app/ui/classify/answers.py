"""What a session asked last, and what was answered."""

import math
from dataclasses import dataclass

from gradio_app.prediction import FilmPrediction
from gradio_app.ui.classify.reasons import Reasons
from gradio_app.ui.film import OpenedFilm

__all__ = ["Answer", "Asked"]


@dataclass(eq=False)
class Answer:
    """What is said of a film.

    Attributes:
        film: as it was read.
        prediction: of all three readers.
        genre: whose reasons are shown.
        reasons: None until they are found, which is after the rest is shown.
        not_found: whether they were sought in vain, as on a server that is too busy.

    A genre that was chosen before another one may arrive after it:

    >>> answer = Answer(film=None, prediction=None, genre="Drama")
    >>> answer.choose("War", turn=2)
    >>> answer.choose("Crime", turn=1)
    >>> answer.genre
    'War'
    """

    film: OpenedFilm
    prediction: FilmPrediction
    genre: str
    reasons: Reasons | None = None
    not_found: bool = False
    _turn: float = -math.inf

    def choose(self, genre: str, turn: float) -> None:
        """Show the reasons of this genre, unless another one was chosen later.

        Args:
            genre: one of the model's.
            turn: the later, the greater.
        """
        if turn > self._turn:
            self.genre, self._turn = genre, turn


class Asked:
    """Which question of a session is its last: an answer to an earlier one is not shown.

    >>> asked = Asked()
    >>> earlier, later = asked.again(), asked.again()
    >>> asked.is_last(earlier), asked.is_last(later)
    (False, True)
    """

    def __init__(self) -> None:
        self._last: object = None

    def again(self) -> object:
        """Return a question that is now the last one."""
        question = self._last = object()
        return question

    def is_last(self, question: object) -> bool:
        """Return whether nothing was asked since."""
        return self._last is question
