"""One film on its way from a table, a folder or a program to its result."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gradio_app.preprocessing import Poster

__all__ = ["Film", "split_genres"]

_BETWEEN_GENRES = re.compile(r"[|;,/]")


@dataclass(frozen=True)
class Film:
    """A film as its source lists it; "" stands for what is missing.

    Attributes:
        id: names it, in its source and in the results.
        overview: what it is about.
        poster: the picture, or what its source calls it: the path of a file among the posters;
            "" for the file that is called like the id.
        title: for people to look at.
        genres: as its source lists them; None where the source lists no genres at all.
        nfo: its file of metadata, in a library.
        cells: the row of a table that it was read from: column -> cell.
        errors: why a part of it could not be read, a sentence each.
    """

    id: str
    overview: str = ""
    poster: Poster = ""
    title: str = ""
    genres: tuple[str, ...] | None = None
    nfo: Path | None = None
    cells: Mapping[str, str] = field(default_factory=dict, repr=False)
    errors: tuple[str, ...] = ()


def split_genres(cell: str) -> tuple[str, ...]:
    """Part the genres of a cell, which stand between '|', ';', ',' or '/'.

    >>> split_genres("Action| Sci-Fi")
    ('Action', 'Sci-Fi')
    """
    return tuple(genre for part in _BETWEEN_GENRES.split(cell) if (genre := part.strip()))
