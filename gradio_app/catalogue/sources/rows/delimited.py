"""Rows of CSV, TSV and the like."""

import csv
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from gradio_app.catalogue.sources.rows.bounds import check_blank, check_columns, unless_twice
from gradio_app.catalogue.sources.rows.text import Lines
from gradio_app.errors import InputError
from gradio_app.films import ID_COLUMNS
from gradio_app.limits import MAX_ROW_CHARACTERS

__all__ = ["delimited_rows"]

_DELIMITERS = (",", ";", "\t")  # Excel writes semicolons where the comma is the decimal sign


def delimited_rows(
    first: str, lines: Lines, table: str, found: dict[str, None], wanted: Callable[[str], bool]
) -> Iterator[dict[str, str]]:
    """Yield the rows that are not empty as column -> cell; a missing cell is "".

    Args:
        first: the first line of the file.
        lines: those after it.
        table: its name, for messages.
        found: gets the names of the columns, in order.
        wanted: says by its name whether a column is needed.

    Raises:
        InputError: a column stands there twice, a row has more cells than columns, a quotation
            mark is not closed.
    """
    delimiter = _delimiter_line(first)
    if delimiter:
        lines.begin_row()
        records = _records(lines, lines, delimiter, table)
    else:  # the header may go on after a line break within quotation marks
        delimiter = _guess_delimiter(first)
        records = _records(chain([first], lines), lines, delimiter, table)
    _, header = next(records, (1, []))
    columns = [name.strip() for name in header]
    check_columns(columns, table)
    unless_twice(columns, table)
    found.update(dict.fromkeys(columns))
    places = [(place, name) for place, name in enumerate(columns) if wanted(name)]
    for line, cells in records:
        if len(cells) > len(columns):
            _check_excess(cells, len(columns), line, delimiter, table)
        n_cells = len(cells)
        yield {name: cells[place] if place < n_cells else "" for place, name in places}


def _delimiter_line(line: str) -> str | None:
    """Return the delimiter that Excel's first line "sep=;" names; None without such a line."""
    words = line.strip().strip('"')
    return words[4] if len(words) == 5 and words.lower().startswith("sep=") else None


def _guess_delimiter(header: str) -> str:
    """Return the first delimiter with which the header names an id, else the most frequent."""
    for delimiter in _DELIMITERS:
        names = {name.strip(' "\r\n').casefold() for name in header.split(delimiter)}
        if names & set(ID_COLUMNS):
            return delimiter
    return max(_DELIMITERS, key=header.count)


def _check_excess(cells: list[str], n_columns: int, line: int, delimiter: str, table: str) -> None:
    if any(cell.strip() for cell in cells[n_columns:]):
        raise InputError(
            f"{table} has more cells than columns in line {line} ({len(cells)} for {n_columns}); "
            f"put a cell that holds {_called(delimiter)} in quotation marks."
        )


def _called(delimiter: str) -> str:
    return {",": "a comma", ";": "a semicolon", "\t": "a tab"}.get(delimiter, repr(delimiter))


def _records(
    source: Iterable[str], lines: Lines, delimiter: str, table: str
) -> Iterator[tuple[int, list[str]]]:
    """Yield the line number and the cells of the rows that are not empty."""
    csv.field_size_limit(MAX_ROW_CHARACTERS)  # `lines` refuses a longer row, with its line
    # Not strict, the module would let a quotation mark that is not closed swallow rows.
    reader = csv.reader(source, delimiter=delimiter, skipinitialspace=True, strict=True)
    line = max(1, lines.number)
    n_rows = n_blank = 0
    try:
        for cells in reader:
            if cells:
                n_rows += 1
                yield line, cells
            else:
                n_blank += 1
                check_blank(n_blank, n_rows, table)
            lines.begin_row()
            line = lines.number + 1
    except csv.Error as error:
        raise InputError(
            f"{table} cannot be read from line {line} on: a quotation mark is not closed there, "
            "or stands inside a cell without being doubled; mend that line."
        ) from error
