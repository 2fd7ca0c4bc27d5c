"""One film on its way from a table, a folder or a program to its result."""

import numbers
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gradio_app.preprocessing import Poster

__all__ = ["ID_COLUMNS", "Film", "as_film", "given_poster", "is_missing", "split_genres"]

#: In the order in which they name a film.
ID_COLUMNS = ("imdb_id", "id")

_BETWEEN_GENRES = re.compile(r"[|;,/]")


@dataclass(frozen=True)
class Film:
    """A film as its source lists it; "" stands for what is missing.

    Attributes:
        id: names it, in its source and in the results.
        overview: what it is about.
        poster: the picture, or what its source calls it: the path of a file among the posters;
            "" for the file that is called like one of the ids.
        title: for people to look at.
        genres: as its source lists them; None where the source lists no genres at all.
        other_ids: its ids in other columns, by which its poster may be called too.
        nfo: its file of metadata, in a library.
        cells: the row of a table that it was read from: column -> cell.
        errors: why a part of it could not be read, a sentence each.
    """

    id: str
    overview: str = ""
    poster: Poster = ""
    title: str = ""
    genres: tuple[str, ...] | None = None
    other_ids: tuple[str, ...] = ()
    nfo: Path | None = None
    cells: Mapping[str, str] = field(default_factory=dict, repr=False)
    errors: tuple[str, ...] = ()


def as_film(given: object) -> Film:
    """Make a film of what a program gives for one.

    Args:
        given: a `Film`; a mapping with the keys "poster", "overview" and, if known, "id" (or
            "imdb_id"), "title" and "genres", in any case; or a pair of poster and overview.

    Returns:
        The film. A value of a wrong type is one of its `errors`; None, NaN and pandas.NA are
        missing values.

    >>> as_film({"id": 603.0, "overview": float("nan")})
    Film(id='603', overview='', poster='', title='', genres=None, other_ids=(), nfo=None, errors=())
    """
    if isinstance(given, Film):
        return given
    if isinstance(given, Mapping):
        return _from_mapping(given)
    if hasattr(given, "_asdict"):  # a named tuple, such as a row of pandas
        return _from_mapping(given._asdict())
    if isinstance(given, tuple | list) and len(given) == 2:
        return _from_mapping(dict(zip(("poster", "overview"), given, strict=True)))
    kind = type(given).__name__
    sentence = f"A film is a mapping, or a pair of poster and overview, not of the type {kind}."
    return Film("", errors=(sentence,))


def _from_mapping(row: Mapping[Any, Any]) -> Film:
    values = {
        str(name).strip().casefold(): value for name, value in row.items() if not is_missing(value)
    }
    errors: list[str] = []
    overview, title = (_text(values.get(name, ""), name, errors) for name in ("overview", "title"))
    ids = [_id(values[name], name, errors) for name in ID_COLUMNS if name in values]
    ids = [each for each in ids if each]
    return Film(
        id=ids[0] if ids else "",
        overview=overview,
        title=title,
        poster=values.get("poster", ""),
        genres=_genres(values.get("genres"), errors) if "genres" in values else None,
        other_ids=tuple(ids[1:]),
        errors=tuple(errors),
    )


def given_poster(film: Film) -> Poster | None:
    """Return the poster that a film carries itself; None without one."""
    if isinstance(film.poster, str) and not film.poster.strip():
        return None
    return film.poster


def is_missing(value: object) -> bool:
    """Return whether a value stands for none: None, NaN, NaT or pandas.NA.

    >>> is_missing(float("nan")), is_missing("nan")
    (True, False)
    """
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, numbers.Real) and bool(value != value)  # noqa: PLR0124 - NaN is not


def _text(value: object, name: str, errors: list[str]) -> str:
    if isinstance(value, str):
        return value
    errors.append(f"The {name} is of the type {type(value).__name__}; give text.")
    return ""


def _id(value: object, name: str, errors: list[str]) -> str:
    """Make text of an id; a table with missing ids has floats in place of whole numbers."""
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        return str(int(value))
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        return str(int(float(value)) if float(value).is_integer() else value)
    return _text(value, name, errors).strip()


def _genres(value: object, errors: list[str]) -> tuple[str, ...]:
    if isinstance(value, str):
        return split_genres(value)
    if isinstance(value, tuple | list) and all(isinstance(genre, str) for genre in value):
        return tuple(value)
    errors.append("The genres are neither text nor a list of texts; separate them by '|'.")
    return ()


def split_genres(cell: str) -> tuple[str, ...]:
    """Part the genres of a cell, which stand between '|', ';', ',' or '/'.

    >>> split_genres("Action| Sci-Fi")
    ('Action', 'Sci-Fi')
    """
    return tuple(genre for part in _BETWEEN_GENRES.split(cell) if (genre := part.strip()))
