"""The films of a table: CSV, TSV, JSON Lines or Parquet, the first three also packed by gzip.

What a file is, its content says, not its name. A table that cannot be used is refused as a whole,
with the line at fault, before any of its films is classified.
"""

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from gradio_app.catalogue.sources.rows.bounds import UNBOUNDED, Bounds
from gradio_app.catalogue.sources.rows.reader import Row, Rows, Stamp, every_column
from gradio_app.errors import InputError
from gradio_app.films import ID_COLUMNS, Film, as_film, is_missing
from gradio_app.limits import MAX_PIPED_BYTES

__all__ = ["ROLES", "Table", "film_of_row", "find_roles", "open_table", "read_table", "spooled"]

#: What a column may hold that is read; `--columns` maps other names to these.
ROLES = (*ID_COLUMNS, "overview", "poster", "title", "genres")

_PIECE_BYTES = 1 << 20


@dataclass(frozen=True)
class Table:
    """A table that was read once and can be used; iterating reads its films again, one by one.

    Attributes:
        path: of the file.
        columns: names in the order of the file, spelled as there.
        roles: role (see `ROLES`) -> the column that has it.
        n_films: how many there are.
        with_cells: whether the films have the cells of all columns, or what is read alone.
        stamp: of the file, which must not change; None where it is not iterated.
    """

    path: Path
    columns: tuple[str, ...]
    roles: Mapping[str, str] = field(repr=False)
    n_films: int
    with_cells: bool = True
    stamp: Stamp | None = None

    def __iter__(self) -> Iterator[Film]:
        wanted = every_column if self.with_cells else set(self.roles.values()).__contains__
        kept = self.columns if self.with_cells else ()
        rows = Rows(self.path, wanted, stamp=self.stamp)
        return (film_of_row(row, self.roles, kept) for row in rows)

    def __len__(self) -> int:
        return self.n_films


def open_table(
    path: Path, columns: Mapping[str, str] | None = None, bounds: Bounds = UNBOUNDED
) -> Table:
    """Read a table once, so that it is refused before any of its films is classified.

    The film's id is its `imdb_id`, else its `id`. Column names are matched without regard to case
    and surrounding spaces; missing cells are "".

    Args:
        path: of a file that can be read twice (see `spooled`).
        columns: role (see `ROLES`) -> name of the column that has it.
        bounds: how much of it is accepted.

    Raises:
        InputError: the file cannot be read, is none of the formats, is neither UTF-8 nor marked as
            UTF-16, has no id column, has a column twice, a row with more cells than columns, or a
            quotation mark that is not closed, or has more than is accepted.
    """
    rows = Rows(path, _may_have_role(columns or {}), bounds)
    n_films = 0
    for n_films, _ in enumerate(rows, 1):
        if n_films == 1:
            find_roles(rows.columns, columns or {}, path.name)
    roles = find_roles(rows.columns, columns or {}, path.name)
    return Table(path, rows.columns, roles, n_films, stamp=rows.stamp)


def read_table(path: Path) -> Iterator[Film]:
    """Yield the films of a table, as `open_table` and iterating would.

    Raises:
        InputError: as `open_table`, when the iteration comes to the fault.
    """
    rows = Rows(path)
    roles: Mapping[str, str] | None = None
    for row in rows:
        roles = roles or find_roles(tuple(row), {}, path.name)
        yield film_of_row(row, roles, row)
    if roles is None:
        find_roles(rows.columns, {}, path.name)


@contextmanager
def spooled(stream: BinaryIO, name: str) -> Iterator[Path]:
    """Keep what a stream holds, such as standard input, in a file that can be read twice.

    Raises:
        InputError: it is too much, or there is no room for it.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        try:
            _copy(stream, path)
        except OSError as error:
            raise InputError(
                f"The {name} cannot be kept in {folder} ({error.strerror})."
            ) from error
        yield path


def _copy(stream: BinaryIO, path: Path) -> None:
    size = 0
    with path.open("wb") as file:
        while piece := stream.read(_PIECE_BYTES):
            size += file.write(piece)
            if size > MAX_PIPED_BYTES:
                raise InputError(
                    f"The {path.name} has more than {MAX_PIPED_BYTES // 10**9} GB; give a file."
                )


def _may_have_role(columns: Mapping[str, str]) -> Callable[[str], bool]:
    """Return what says of a column's name whether it may have one of the roles."""
    names = {*ROLES, *(name.strip().casefold() for name in columns.values())}
    return lambda name: name.strip().casefold() in names


def film_of_row(row: Row, roles: Mapping[str, str], kept: Iterable[str] = ()) -> Film:
    """Make a film of a row of a table.

    Args:
        row: column -> value.
        roles: role (see `ROLES`) -> the column that has it.
        kept: columns that become the film's cells, where the row has them.
    """
    film = as_film({role: row.get(column, "") for role, column in roles.items()})
    return replace(film, cells={name: _as_cell(row[name]) for name in kept if name in row})


def _as_cell(value: object) -> str:
    if isinstance(value, str):
        return value
    if is_missing(value):
        return ""
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError as error:
        raise InputError("A cell is nested too deeply; leave its column out.") from error


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
