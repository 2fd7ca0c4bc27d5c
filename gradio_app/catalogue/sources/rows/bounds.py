"""How much of a table is read before it is refused."""

import math
from collections.abc import Collection
from dataclasses import dataclass

from gradio_app.errors import InputError
from gradio_app.limits import (
    MAX_BLANK_LINES,
    MAX_COLUMN_NAME_CHARACTERS,
    MAX_COLUMNS,
    MAX_PARQUET_MEMORY_BYTES,
)

__all__ = ["UNBOUNDED", "Bounds", "check_blank", "check_columns", "unless_twice"]


@dataclass(frozen=True)
class Bounds:
    """The most of a table that is read; what has more is refused as soon as that is seen.

    Attributes:
        rows: films.
        lines: of a text file, blank ones and those within quotation marks included.
        size: bytes of a text file once it is unpacked.
        memory: bytes that reading a Parquet file may take.
    """

    rows: float = math.inf
    lines: float = math.inf
    size: float = math.inf
    memory: int = MAX_PARQUET_MEMORY_BYTES

    def check(self, table: str, rows: int = 0, lines: int = 0, size: int = 0) -> None:
        """Raise InputError where one of the numbers is larger than its bound."""
        if rows > self.rows:
            raise InputError(
                f"{table} has at least {rows:,} films, more than the {self.rows:,} that are "
                "accepted; give them in several parts."
            )
        if lines > self.lines:
            raise InputError(
                f"{table} has more than the {self.lines:,} lines that are accepted; give it in "
                "several parts."
            )
        if size > self.size:
            raise InputError(
                f"{table} has more than the {self.size / 10**6:,.0f} MB that are accepted; leave "
                "columns out, or give it in several parts."
            )


#: Of a run that streams: it may be as long as it likes.
UNBOUNDED = Bounds()


def check_blank(n_blank: int, n_rows: int, table: str) -> None:
    """Raise InputError where there are so many blank lines that there may be no end of them."""
    if n_blank > MAX_BLANK_LINES + n_rows:
        raise InputError(f"{table} has more than {MAX_BLANK_LINES:,} blank lines; leave them out.")


def check_columns(names: Collection[str], table: str) -> None:
    """Raise InputError where there are too many columns, or one has too long a name."""
    if len(names) > MAX_COLUMNS:
        raise InputError(
            f"{table} has {len(names):,} columns, more than the {MAX_COLUMNS:,} that are "
            "accepted; leave some out."
        )
    if any(len(name) > MAX_COLUMN_NAME_CHARACTERS for name in names):
        raise InputError(
            f"{table} has a column whose name has more than {MAX_COLUMN_NAME_CHARACTERS:,} "
            "characters; shorten it."
        )


def unless_twice(names: Collection[str], table: str) -> None:
    """Raise InputError where two columns have one name; many may have none."""
    seen = {""}
    for name in names:
        if name and name in seen:
            raise InputError(f"{table} has two columns {name!r}; keep one.")
        seen.add(name)
