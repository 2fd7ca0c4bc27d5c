"""The films of a table: CSV, TSV, JSON Lines or Parquet, the first three also packed by gzip.

What a file is, its content says, not its name. A table that cannot be used is refused as a whole,
with the line at fault, before any of its films is classified.
"""

import csv
import gzip
import json
import shutil
import sys
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from gradio_app.errors import InputError
from gradio_app.films import ID_COLUMNS, Film, as_film, is_missing
from gradio_app.limits import MAX_CELL_CHARACTERS, MAX_COLUMNS, MAX_LINE_CHARACTERS

__all__ = ["ROLES", "Table", "film_of_row", "find_roles", "open_table", "read_table", "spooled"]

#: What a column may hold that is read; `--columns` maps other names to these.
ROLES = (*ID_COLUMNS, "overview", "poster", "title", "genres")

_DELIMITERS = (",", ";", "\t")  # Excel writes semicolons where the comma is the decimal sign
_GZIP, _PARQUET = b"\x1f\x8b", b"PAR1"

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Table:
    """A table that was read once and can be used; iterating reads its films again, one by one.

    Attributes:
        path: of the file.
        columns: names in the order of the file, spelled as there.
        roles: role (see `ROLES`) -> the column that has it.
        n_films: how many there are.
    """

    path: Path
    columns: tuple[str, ...]
    roles: Mapping[str, str] = field(repr=False)
    n_films: int

    def __iter__(self) -> Iterator[Film]:
        return (film_of_row(row, self.roles) for row in _rows(self.path))

    def __len__(self) -> int:
        return self.n_films


def open_table(path: Path, columns: Mapping[str, str] | None = None) -> Table:
    """Read a table once, so that it is refused before any of its films is classified.

    The film's id is its `imdb_id`, else its `id`. Column names are matched without regard to case
    and surrounding spaces; missing cells are "".

    Args:
        path: of a file that can be read twice (see `spooled`).
        columns: role (see `ROLES`) -> name of the column that has it.

    Raises:
        InputError: the file cannot be read, is none of the formats or not UTF-8, has no id column,
            has a column twice, a row with more cells than columns, or a quotation mark that is not
            closed.
    """
    found: dict[str, None] = {}
    n_films = 0
    for row in _rows(path):
        if not n_films:
            find_roles(tuple(row), columns or {}, path.name)
        if not row.keys() <= found.keys():  # JSON Lines may have a column more in any line
            found.update(dict.fromkeys(row))
        n_films += 1
    names = tuple(found) or _header(path)
    return Table(path, names, find_roles(names, columns or {}, path.name), n_films)


def read_table(path: Path) -> Iterator[Film]:
    """Yield the films of a table, as `open_table` and iterating would.

    Raises:
        InputError: as `open_table`, when the iteration comes to the fault.
    """
    roles: Mapping[str, str] | None = None
    for row in _rows(path):
        roles = roles or find_roles(tuple(row), {}, path.name)
        yield film_of_row(row, roles)
    if roles is None:
        find_roles(_header(path), {}, path.name)


@contextmanager
def spooled(stream: BinaryIO, name: str) -> Iterator[Path]:
    """Keep what a stream holds, such as standard input, in a file that can be read twice."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        with path.open("wb") as file:
            shutil.copyfileobj(stream, file)
        yield path


def film_of_row(row: Row, roles: Mapping[str, str]) -> Film:
    """Make a film of a row (column -> value), by the columns that have roles (see `ROLES`)."""
    film = as_film({role: row.get(column, "") for role, column in roles.items()})
    return replace(film, cells={column: _as_cell(value) for column, value in row.items()})


def _as_cell(value: object) -> str:
    if isinstance(value, str):
        return value
    if is_missing(value):
        return ""
    return json.dumps(value, ensure_ascii=False, default=str)


def find_roles(names: Sequence[str], wanted: Mapping[str, str], table: str) -> dict[str, str]:
    """Return role (see `ROLES`) -> the column that has it.

    Args:
        names: of the columns of a table.
        wanted: role -> name of the column that has it, where the column is not called like it.
        table: name of the table, for messages.

    Raises:
        InputError: there is no id column, a wanted column is missing, or two have one role.
    """
    known: dict[str, str] = {}
    for name in names:
        folded = name.strip().casefold()
        if folded in ROLES and folded in known:
            raise InputError(f"{table} has two columns {folded!r}; keep one.")
        known[folded] = name
    roles = {role: known[role] for role in ROLES if role in known}
    for role, name in wanted.items():
        if role not in ROLES:
            raise InputError(f"There is no use for a column {role!r}; map {', '.join(ROLES)}.")
        if name.strip().casefold() not in known:
            raise InputError(f"{table} has no column {name!r} (it has: {_shown(names)}).")
        roles[role] = known[name.strip().casefold()]
    if not roles.keys() & set(ID_COLUMNS):
        raise InputError(
            f"{table} has no column imdb_id or id (it has: {_shown(names)}); name the columns in "
            "the first line, separated by commas, or map one with --columns id=NAME."
        )
    return roles


def _shown(names: Iterable[str]) -> str:
    listed = ", ".join(names)
    return repr(listed[:200]) if listed else "none"


def _rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a file as column -> value, whatever its format."""
    try:
        with path.open("rb") as file:
            first = file.read(4)
        if first == _PARQUET:
            yield from _parquet_rows(path)
            return
        with _open_text(path, packed=first.startswith(_GZIP)) as text:
            yield from _text_rows(text, path.name)
    except FileNotFoundError as error:
        raise InputError(f"There is no table {path}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is not UTF-8 text; save it as CSV UTF-8.") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(f"{path.name} is a damaged gzip file; pack it again.") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).") from error


def _open_text(path: Path, packed: bool) -> TextIO:
    if packed:
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _text_rows(text: TextIO, table: str) -> Iterator[Row]:
    first = text.readline(MAX_LINE_CHARACTERS)
    if first.lstrip().startswith("{"):
        yield from _json_rows(first, text, table)
        return
    delimiter = _delimiter_line(first)
    if delimiter:
        yield from _delimited_rows(text, delimiter, table, first_line=2)
    else:  # the header may go on after a line break within quotation marks
        yield from _delimited_rows(chain([first], text), _guess_delimiter(first), table)


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


def _delimited_rows(
    lines: Iterable[str], delimiter: str, table: str, first_line: int = 1
) -> Iterator[Row]:
    records = _records(lines, delimiter, table, first_line)
    _, header = next(records, (1, []))
    columns = [name.strip() for name in header]
    _check_columns(columns, table)
    blank = [""] * len(columns)
    for line, cells in records:
        if any(cell.strip() for cell in cells[len(columns) :]):
            raise InputError(
                f"{table} has more cells than columns in line {line} ({len(cells)} for "
                f"{len(columns)}); put a cell that holds {_called(delimiter)} in quotation marks."
            )
        yield dict(zip(columns, [*cells, *blank[len(cells) :]], strict=False))


def _called(delimiter: str) -> str:
    return {",": "a comma", ";": "a semicolon", "\t": "a tab"}.get(delimiter, repr(delimiter))


def _records(
    lines: Iterable[str], delimiter: str, table: str, first_line: int
) -> Iterator[tuple[int, list[str]]]:
    """Yield the line number and the cells of the rows that are not empty."""
    csv.field_size_limit(min(sys.maxsize, MAX_CELL_CHARACTERS))
    # Not strict, the module would let a quotation mark that is not closed swallow rows.
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    line = first_line
    try:
        for cells in reader:
            if cells:
                yield line, cells
            line = reader.line_num + first_line
    except csv.Error as error:
        if "field limit" in str(error):
            reason = f"a cell has more than {MAX_CELL_CHARACTERS:,} characters"
        else:
            reason = (
                "a quotation mark is not closed there, or stands inside a cell without being "
                "doubled"
            )
        raise InputError(
            f"{table} cannot be read from line {line} on: {reason}; mend that line."
        ) from error


def _check_columns(columns: Sequence[str], table: str) -> None:
    if len(columns) > MAX_COLUMNS:
        raise InputError(
            f"{table} has {len(columns):,} columns, more than the {MAX_COLUMNS:,} that are "
            "accepted; leave some out."
        )
    named = [name for name in columns if name]
    if len(set(named)) < len(named):
        twice = next(name for name in named if named.count(name) > 1)
        raise InputError(f"{table} has two columns {twice!r}; keep one.")


def _json_rows(first: str, rest: TextIO, table: str) -> Iterator[Row]:
    number, line = 1, first
    while line:
        if line.strip():
            yield _json_row(line, number, table)
        number, line = number + 1, rest.readline(MAX_LINE_CHARACTERS)


def _json_row(line: str, number: int, table: str) -> Row:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{table} is not JSON Lines in line {number}; write one JSON object a line."
        ) from error
    if not isinstance(row, dict):
        raise InputError(f"{table} holds no JSON object in line {number}; write one a line.")
    _check_columns(list(row), table)
    return row


def _parquet_rows(path: Path) -> Iterator[Row]:
    # Here, not above: it takes a second to load pandas.
    import fastparquet

    try:
        groups = fastparquet.ParquetFile(str(path)).iter_row_groups()
        for group in groups:
            names = [str(name) for name in group.columns]
            for values in zip(*(group[name] for name in group.columns), strict=True):
                yield dict(zip(names, values, strict=True))
    except InputError:
        raise
    # Readers of a binary format raise many kinds of error on a damaged file.
    except Exception as error:
        raise InputError(f"{path.name} is not a readable Parquet file; write it again.") from error


def _header(path: Path) -> tuple[str, ...]:
    """Return the columns of a table without rows."""
    with path.open("rb") as file:
        first = file.read(4)
    if first == _PARQUET:
        import fastparquet

        return tuple(map(str, fastparquet.ParquetFile(str(path)).columns))
    with _open_text(path, packed=first.startswith(_GZIP)) as text:
        line = text.readline(MAX_LINE_CHARACTERS)
        delimiter = _delimiter_line(line)
        line = text.readline(MAX_LINE_CHARACTERS) if delimiter else line
        cells = next(iter(csv.reader([line], delimiter=delimiter or _guess_delimiter(line))), [])
    return tuple(name.strip() for name in cells)
