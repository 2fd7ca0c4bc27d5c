"""What was read of many films, as a file: CSV, JSON Lines or Parquet.

Column names are a contract: other programs read them.
"""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gradio_app.classifier import FilmPrediction
from gradio_app.errors import InputError
from gradio_app.readers import READERS

__all__ = ["FORMATS", "FilmResult", "columns", "format_of", "row", "write_results"]

#: How the file of each format ends.
FORMATS = (".csv", ".jsonl", ".parquet")

_PROBABILITIES = tuple(f"{reader.key}_" for reader in READERS)
_DECIMALS = 6

Cell = str | float | list[str] | None


@dataclass(frozen=True)
class FilmResult:
    """The reading of one film; `prediction` is None where nothing could be read.

    `errors` says for each input why it could not be read, in one sentence each.
    """

    id: str
    prediction: FilmPrediction | None
    errors: tuple[str, ...]


def columns(genres: Sequence[str]) -> list[str]:
    """The columns of the result, in order."""
    return [
        *("id", "genres"),
        *(f"top3_{reader.key}" for reader in READERS),
        *(f"{reader.key}_{genre}" for reader in READERS for genre in genres),
        "error",
    ]


def row(result: FilmResult, genres: Sequence[str]) -> dict[str, Cell]:
    """One film under `columns`; None where there is no value.

    Lists are best first; probabilities have six decimals.
    """
    cells: dict[str, Cell] = dict.fromkeys(columns(genres))
    cells["id"] = result.id
    cells["error"] = " ".join(result.errors) or None
    if result.prediction is None:
        return cells
    cells["genres"] = result.prediction.combined.chosen()
    for reader, prediction in result.prediction.readings().items():
        if prediction is None:
            continue
        cells[f"top3_{reader}"] = [genre for genre, _ in prediction.top(3)]
        for genre, probability in zip(prediction.genres, prediction.probabilities, strict=True):
            cells[f"{reader}_{genre}"] = round(probability, _DECIMALS)
    return cells


def format_of(output: Path) -> str:
    """Which of `FORMATS` a file name asks for.

    Raises:
        InputError: none of them.
    """
    if output.suffix.lower() not in FORMATS:
        raise InputError(
            f"{output} says no format; name a file that ends with {', '.join(FORMATS[:-1])} or "
            f"{FORMATS[-1]}."
        )
    return output.suffix.lower()


def write_results(
    results: Iterable[FilmResult], genres: Sequence[str], file: Path, file_format: str
) -> None:
    """Write one row a film under `columns`.

    In CSV and Parquet, lists are separated by '|'. What has no value is an empty cell in CSV and
    null in the others.

    Args:
        results: are read one after another.
        genres: of the classifier.
        file: to write.
        file_format: one of `FORMATS`.

    Raises:
        OSError: the file cannot be written.
    """
    rows = (row(result, genres) for result in results)
    _WRITERS[file_format](rows, columns(genres), file)


def _write_csv(rows: Iterable[dict[str, Cell]], names: list[str], file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="") as output:
        writer = csv.writer(output)
        writer.writerow(names)
        writer.writerows([_csv_cell(cell) for cell in cells.values()] for cells in rows)


def _write_jsonl(rows: Iterable[dict[str, Cell]], names: list[str], file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="\n") as output:
        for cells in rows:
            output.write(json.dumps(cells, ensure_ascii=False) + "\n")


def _write_parquet(rows: Iterable[dict[str, Cell]], names: list[str], file: Path) -> None:
    # Here, not above: together they take a second to load.
    import fastparquet
    import pandas as pd

    cells: dict[str, list[Cell]] = {name: [] for name in names}
    for film in rows:
        for name, cell in film.items():
            cells[name].append(_joined(cell))
    table = pd.DataFrame(
        {
            name: pd.array(values, dtype="Float64" if name.startswith(_PROBABILITIES) else "object")
            for name, values in cells.items()
        }
    )
    fastparquet.write(str(file), table, write_index=False, object_encoding="utf8")


def _joined(cell: Cell) -> str | float | None:
    return "|".join(cell) if isinstance(cell, list) else cell


def _csv_cell(cell: Cell) -> str:
    if isinstance(cell, float):
        return f"{cell:.{_DECIMALS}f}"
    return str(_joined(cell) or "")


_WRITERS = {".csv": _write_csv, ".jsonl": _write_jsonl, ".parquet": _write_parquet}
