"""Rows of JSON Lines."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from gradio_app.catalogue.sources.rows.bounds import check_blank, check_columns
from gradio_app.catalogue.sources.rows.text import Lines
from gradio_app.errors import InputError

__all__ = ["json_rows"]


def json_rows(
    first: str, lines: Lines, table: str, found: dict[str, None], wanted: Callable[[str], bool]
) -> Iterator[dict[str, Any]]:
    """Yield the objects of the lines, of each what is wanted; see `delimited_rows`.

    Any line may have columns more.

    Raises:
        InputError: a line is no JSON object, or has a name twice.
    """
    yield from _rows(_numbered(first, lines), table, found, wanted)


def _numbered(first: str, lines: Lines) -> Iterator[tuple[int, str]]:
    yield 1, first
    lines.begin_row()
    for line in lines:
        yield lines.number, line
        lines.begin_row()


def _rows(
    lines: Iterable[tuple[int, str]],
    table: str,
    found: dict[str, None],
    wanted: Callable[[str], bool],
) -> Iterator[dict[str, Any]]:
    n_blank = 0
    for number, line in lines:
        if not line.strip():
            n_blank += 1
            check_blank(n_blank, number - n_blank, table)
            continue
        row = _object(line, number, table)
        if not row.keys() <= found.keys():
            found.update(dict.fromkeys(row))
            check_columns(found, table)
        yield {name: value for name, value in row.items() if wanted(name)}


class _Ambiguous(dict[str, Any]):
    """An object that has a name twice."""


def _as_dict(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    known = dict(pairs)
    return known if len(known) == len(pairs) else _Ambiguous(known)


def _object(line: str, number: int, table: str) -> dict[str, Any]:
    try:
        row = json.loads(line, object_pairs_hook=_as_dict)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{table} is not JSON Lines in line {number}; write one JSON object a line."
        ) from error
    if not isinstance(row, dict):
        raise InputError(f"{table} holds no JSON object in line {number}; write one a line.")
    if isinstance(row, _Ambiguous):
        raise InputError(f"{table} has a name twice in line {number}; keep one.")
    return row
