"""What a browser tells of a decision, checked: a caller may send anything."""

from collections.abc import Sequence
from dataclasses import dataclass

import gradio as gr

from gradio_app.errors import InputError

__all__ = ["Told", "told"]

_LARGEST = 2**53  # of whole numbers in JavaScript


@dataclass(frozen=True)
class Told:
    """A decision on one thing of a list.

    Attributes:
        item: its number.
        genres: those that it has.
        accepted: whether it is accepted.
        turn: grows with each decision.
    """

    item: int
    genres: Sequence[str]
    accepted: bool
    turn: int


def told(event: gr.EventData) -> Told:
    """Return what an event of review.js tells.

    Raises:
        InputError: it cannot be read.
    """
    item, genres, accepted, turn = (
        getattr(event, name, None) for name in ("item", "genres", "accepted", "turn")
    )
    is_whole = all(type(each) is int and 0 <= each < _LARGEST for each in (item, turn))
    is_list = isinstance(genres, list) and all(isinstance(each, str) for each in genres)
    if not (is_whole and is_list and isinstance(accepted, bool)):
        raise InputError("The decision cannot be read; load the page again.")
    return Told(item, genres, accepted, turn)  # type: ignore[arg-type]  # checked above
