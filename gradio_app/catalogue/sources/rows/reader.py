"""One way to read a table: what a file is, its content says, not its name."""

import gzip
import os
import stat
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from gradio_app.catalogue.sources.rows.bounds import UNBOUNDED, Bounds
from gradio_app.catalogue.sources.rows.delimited import delimited_rows
from gradio_app.catalogue.sources.rows.json_lines import json_rows
from gradio_app.catalogue.sources.rows.parquet import PARQUET, parquet_rows
from gradio_app.catalogue.sources.rows.text import Lines, open_text
from gradio_app.errors import InputError

__all__ = ["Row", "Rows", "Stamp", "every_column"]

#: Column -> value.
Row = Mapping[str, Any]
#: What tells a file from itself after a change: its size, and when it was written.
Stamp = tuple[int, int]


def every_column(_name: str) -> bool:
    """Want all columns."""
    return True


class Rows:
    """The rows of a file, read as they are iterated, which may be done once.

    Attributes:
        columns: names of all columns in the order of the file; of JSON Lines, those seen so far.
        stamp: of the file, once it was opened.
    """

    def __init__(
        self,
        path: Path,
        wanted: Callable[[str], bool] = every_column,
        bounds: Bounds = UNBOUNDED,
        stamp: Stamp | None = None,
    ):
        """Nothing is read yet.

        Args:
            path: of the file.
            wanted: says by its name whether a column is needed; the others are not kept.
            bounds: how much is read.
            stamp: that the file must have; None for any.
        """
        self._path = path
        self._wanted = wanted
        self._bounds = bounds
        self._found: dict[str, None] = {}
        self.stamp = stamp

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns; see the class."""
        return tuple(self._found)

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows.

        Raises:
            InputError: the file cannot be read, is no table, has more than is accepted, or changes
                meanwhile.
        """
        name = self._path.name
        try:
            with self._open() as file:
                for count, row in enumerate(self._rows(file), 1):
                    self._bounds.check(name, rows=count)
                    yield row
                self._check_stamp(file)
        except FileNotFoundError as error:
            raise InputError(f"There is no table {self._path}.") from error
        except UnicodeDecodeError as error:
            raise InputError(
                f"{name} is not {error.encoding.upper()} text; save it as CSV UTF-8."
            ) from error
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise InputError(f"{name} is a damaged gzip file; pack it again.") from error
        except OSError as error:
            raise InputError(f"{self._path} cannot be read ({error.strerror}).") from error

    def _open(self) -> BinaryIO:
        try:
            kind = self._path.stat().st_mode
        except ValueError as error:  # a NUL in the name
            raise InputError(f"There is no table {str(self._path)!r}.") from error
        if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):  # to open a pipe is to wait
            raise InputError(
                f"{self._path} is no file; name one, or give it as standard input (-)."
            )
        file = self._path.open("rb")
        self._check_stamp(file)
        return file

    def _check_stamp(self, file: BinaryIO) -> None:
        status = os.fstat(file.fileno())
        stamp = status.st_size, status.st_mtime_ns
        if self.stamp not in (None, stamp):
            raise InputError(f"{self._path.name} was changed while it was read; begin anew.")
        self.stamp = stamp

    def _rows(self, file: BinaryIO) -> Iterator[Row]:
        first = file.read(len(PARQUET))
        file.seek(0)
        if first == PARQUET:
            yield from parquet_rows(self._path, self._found, self._wanted, self._bounds)
            return
        with open_text(file, self._path.name, self._bounds) as text:
            lines = Lines(text, self._path.name, self._bounds)
            line = next(lines, "")
            read = json_rows if line.lstrip().startswith("{") else delimited_rows
            yield from read(line, lines, self._path.name, self._found, self._wanted)
