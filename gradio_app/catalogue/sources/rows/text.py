"""A text file line by line, packed by gzip or not, in UTF-8 or as a byte-order mark says."""

import codecs
import gzip
import io
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, TextIO

from gradio_app.catalogue.sources.rows.bounds import Bounds
from gradio_app.errors import InputError
from gradio_app.limits import (
    MAX_ROW_CHARACTERS,
    MAX_TABLE_RATIO,
    UNSUSPICIOUS_TABLE_BYTES,
)

__all__ = ["Lines", "open_text"]

_GZIP = b"\x1f\x8b"
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"", "utf-8-sig"),
)
_BUFFER_BYTES = 1 << 17


@contextmanager
def open_text(file: BinaryIO, table: str, bounds: Bounds) -> Iterator[TextIO]:
    """The text of an open file, which is unpacked and decoded as it is read.

    Args:
        file: at its begin.
        table: its name, for messages.
        bounds: `size` holds for what is unpacked.
    """
    packed = file.read(len(_GZIP)) == _GZIP
    file.seek(0)
    stream = gzip.GzipFile(fileobj=file) if packed else file
    suspicious = _suspicious_size(file) if packed else math.inf
    with io.BufferedReader(_Counted(stream, table, bounds, suspicious), _BUFFER_BYTES) as counted:
        begin = counted.peek(4)
        encoding = next(name for mark, name in _BYTE_ORDER_MARKS if begin.startswith(mark))
        yield io.TextIOWrapper(counted, encoding, newline="")


def _suspicious_size(file: BinaryIO) -> float:
    """Return how many bytes no table unpacks to that is packed in so few."""
    return max(UNSUSPICIOUS_TABLE_BYTES, MAX_TABLE_RATIO * os.fstat(file.fileno()).st_size)


class _Counted(io.RawIOBase):
    """A stream of bytes that ends with InputError as soon as it has given too many."""

    def __init__(self, stream: Any, table: str, bounds: Bounds, suspicious: float):
        self._stream = stream
        self._table = table
        self._bounds = bounds
        self._suspicious = suspicious
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count: int = self._stream.readinto(buffer)
        self._size += count
        self._bounds.check(self._table, size=self._size)
        if self._size > self._suspicious:
            raise InputError(
                f"{self._table} unpacks to more than {MAX_TABLE_RATIO:,} times its size, as no "
                "table does; give it unpacked."
            )
        return count


class Lines:
    """The lines of a text, which are counted and no longer than a row may be.

    A row of CSV may have several: whoever iterates says when one begins.
    """

    def __init__(self, text: TextIO, table: str, bounds: Bounds):
        """Read from where the text is now."""
        self._readline = text.readline
        self._table = table
        self._bounds = bounds
        self._row_characters = 0
        self._begin = 1
        self.number = 0

    def begin_row(self) -> None:
        """Count the characters of a new row."""
        self._row_characters = 0
        self._begin = self.number + 1

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        """Return the next line with its end.

        Raises:
            InputError: the row is too long, or there are too many lines.
        """
        line = self._readline(MAX_ROW_CHARACTERS + 1)
        if not line:
            raise StopIteration
        self.number += 1
        self._row_characters += len(line)
        if self._row_characters > MAX_ROW_CHARACTERS:
            raise InputError(
                f"{self._table} has more than {MAX_ROW_CHARACTERS:,} characters in the row that "
                f"begins in line {self._begin}; shorten it, or end lines where rows end."
            )
        self._bounds.check(self._table, lines=self.number)
        return line
