"""The result of a film as the row of a table: CSV, JSON Lines or Parquet.

Column names are a contract: other programs read them.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gradio_app.errors import InputError
from gradio_app.prediction import FilmResult, Prediction
from gradio_app.readers import COMBINED, OVERVIEW, POSTER, READERS

__all__ = [
    "FORMATS",
    "Formulas",
    "Layout",
    "Row",
    "format_of",
    "joined",
    "write_parquet",
]

#: How the file of each format ends.
FORMATS = (".csv", ".jsonl", ".parquet")

#: What becomes of texts that a spreadsheet would compute: they stay, or a quote makes them text.
Formulas = Literal["keep", "text"]

_PROBABILITIES = tuple(f"{reader.key}_" for reader in READERS)
_COUNTS = ("words", "words_read", "words_unknown")
_DECIDED = "genres_decided"
#: In CSV, which has no other way to part an empty list from no value.
_NO_GENRE = "(none)"
_DECIMALS = 6
_COMPUTED = ("=", "+", "-", "@", "\t", "\r")
_ROWS_IN_A_GROUP = 10_000

Cell = str | float | int | list[str] | None
Row = Mapping[str, Cell]
Thresholds = Callable[[bool, bool], tuple[float, ...]]


@dataclass(frozen=True)
class Layout:
    """Which columns a result has, and how its texts are written.

    Attributes:
        genres: that the models know.
        kept: columns of the input that are carried along; one that is called like a column of the
            result gets "input_" before its name.
        formulas: what becomes of texts that begin like a formula, in CSV.
        decided: whether there is a column `genres_decided`, for what a person decided: without a
            value where nothing was. A film that was decided to have no genre has an empty list
            there: [] in JSON Lines, an empty text, not null, in Parquet, and "(none)" in CSV.
    """

    genres: tuple[str, ...]
    kept: tuple[str, ...] = ()
    formulas: Formulas = "keep"
    decided: bool = False

    def types(self) -> dict[str, str]:
        """Return the type of each column in Parquet, as pandas calls it; what is kept is text."""
        own = self._own_columns()
        return {name: _type_of(name) if name in own else "object" for name in self.columns()}

    def columns(self) -> list[str]:
        """Return the names of the columns, in order."""
        own = self._own_columns()
        return [*own, *self._names_of_kept(own).values()]

    def row(self, result: FilmResult, decided: Sequence[str] | None = None) -> dict[str, Cell]:
        """Return the cells of one film by column; None where there is no value.

        Lists are best first; probabilities have six decimals.

        Args:
            result: of the film.
            decided: the genres that a person decided on; None where nobody did.
        """
        own = self._own_columns()
        cells: dict[str, Cell] = dict.fromkeys(own)
        cells["id"] = result.id
        if self.decided:
            cells[_DECIDED] = None if decided is None else list(decided)
        cells["error"] = " ".join(result.errors) or None
        cells["note"] = " ".join(result.notes) or None
        for name, column in self._names_of_kept(own).items():
            cells[column] = result.film.cells.get(name, "")
        if result.prediction is None:
            return cells
        cells["genres"] = result.prediction.combined.chosen()
        if result.prediction.words:
            cells |= vars(result.prediction.words)
        for reader, prediction in result.prediction.readings().items():
            if prediction is None:
                continue
            cells[f"top3_{reader}"] = [genre for genre, _ in prediction.top(3)]
            for genre, probability in zip(prediction.genres, prediction.probabilities, strict=True):
                cells[f"{reader}_{genre}"] = round(probability, _DECIMALS)
        return cells

    def combined(self, row: Mapping[str, object], thresholds: Thresholds) -> Prediction | None:
        """Return the combined prediction that a row was made of; None where it has none.

        Args:
            row: as `row` returns it, or as text from a CSV file.
            thresholds: (has poster, has overview) -> those of the genres.
        """
        names = [f"{COMBINED.key}_{genre}" for genre in self.genres]
        if row[names[0]] in ("", None):
            return None
        probabilities = tuple(float(str(row[name])) for name in names)
        given = tuple(bool(row[f"top3_{reader.key}"]) for reader in (POSTER, OVERVIEW))
        return Prediction(self.genres, probabilities, thresholds(*given))

    def head(self, file_format: str) -> str:
        """Return what stands before the rows in a text file of a format."""
        return _csv_line(self.columns()) if file_format == ".csv" else ""

    def line(self, row: Row, file_format: str) -> str:
        """Return a row as it stands in a text file: a line of CSV, or of JSON for the others.

        In CSV, lists are separated by '|', and what has no value is an empty cell.
        """
        if file_format == ".csv":
            cells = dict(row)
            if cells.get(_DECIDED) == []:
                cells[_DECIDED] = _NO_GENRE
            return _csv_line([self._csv_cell(cell) for cell in cells.values()])
        return json.dumps(row, ensure_ascii=False) + "\n"

    def _own_columns(self) -> list[str]:
        return [
            *("id", "genres", *([_DECIDED] if self.decided else ())),
            *(f"top3_{reader.key}" for reader in READERS),
            *(f"{reader.key}_{genre}" for reader in READERS for genre in self.genres),
            *("error", "note", *_COUNTS),
        ]

    def _names_of_kept(self, own: Sequence[str]) -> dict[str, str]:
        """Return input column -> its name in the result, where no two are called alike."""
        names: dict[str, str] = {}
        for name in self.kept:
            column = f"input_{name}" if name in own else name
            while column != name and column in {*own, *self.kept, *names.values()}:
                column = f"input_{column}"
            names[name] = column
        return names

    def _csv_cell(self, cell: Cell) -> str:
        if isinstance(cell, float):
            return f"{cell:.{_DECIMALS}f}"
        if isinstance(cell, int):
            return str(cell)
        text = str(joined(cell) or "")
        computed = self.formulas == "text" and text.startswith(_COMPUTED)
        return f"'{text}" if computed else text


def format_of(output: Path) -> str:
    """Return which of `FORMATS` a file name asks for.

    Raises:
        InputError: none of them.
    """
    if output.suffix.lower() not in FORMATS:
        raise InputError(
            f"{output} says no format; name a file that ends with {', '.join(FORMATS[:-1])} or "
            f"{FORMATS[-1]}."
        )
    return output.suffix.lower()


def write_parquet(rows: Iterable[Row], types: Mapping[str, str], file: Path) -> None:
    """Write rows as Parquet, in row groups of 10,000: as many are in memory at a time.

    Lists are separated by '|'; what has no value is null.

    Args:
        rows: of the result.
        types: of its columns (`Layout.types`).
        file: to write.

    Raises:
        OSError: the file cannot be written.
    """
    # Here, not above: together they take a second to load.
    import fastparquet
    import pandas as pd

    append = False

    def write(cells: dict[str, list[Cell]]) -> None:
        nonlocal append
        table = pd.DataFrame(
            {name: pd.array(values, dtype=types[name]) for name, values in cells.items()}
        )
        fastparquet.write(
            str(file), table, write_index=False, object_encoding="utf8", append=append
        )
        append = True

    _in_groups(rows, tuple(types), write)


def _in_groups(
    rows: Iterable[Row], columns: Sequence[str], write: Callable[[dict[str, list[Cell]]], None]
) -> None:
    cells: dict[str, list[Cell]] = {name: [] for name in columns}
    count = written = 0
    for row in rows:
        for name, cell in row.items():
            cells[name].append(joined(cell))
        count += 1
        if count % _ROWS_IN_A_GROUP == 0:
            write(cells)
            written = count
            cells = {name: [] for name in columns}
    if count > written or not count:
        write(cells)


def joined(cell: Cell) -> str | float | None:
    """Return a cell as it stands in CSV and Parquet: lists are separated by '|'."""
    text = "|".join(cell) if isinstance(cell, list) else cell
    return text.encode("utf-8", "backslashreplace").decode() if isinstance(text, str) else text


def _csv_line(cells: Sequence[str]) -> str:
    line = io.StringIO(newline="")
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _type_of(column: str) -> str:
    if column in _COUNTS:
        return "Int64"
    return "Float64" if column.startswith(_PROBABILITIES) else "object"
