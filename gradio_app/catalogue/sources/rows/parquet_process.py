"""Reads a Parquet file in a process of its own, and writes its rows as JSON.

fastparquet trusts what a file says of itself: of random changes to a file, 3 in 100 end the
process that reads it (docs/decisions/0020-awful-tables-and-models.md), and a few hundred bytes can
ask for gigabytes. So it runs here, where nothing but this file is lost, within limits of the
system where that has them.

Lines: out, an object with the names of the columns and the number of rows; in, the numbers of the
wanted columns; out, a list of cells for each row.
"""

import json
import os
import sys
import time
from typing import Any, TextIO

__all__ = ["NO_MEMORY", "OTHER_FILES", "main"]

#: Exit statuses.
NO_MEMORY = 3
OTHER_FILES = 4


def main(path: str, memory: int, seconds: int) -> None:
    """Answer on standard output; exit with one of the statuses above, or 1 for damage.

    Args:
        path: of the file.
        memory: bytes that may be taken beside what the libraries take.
        seconds: of processor time for each row group.
    """
    # fastparquet prints remarks there.
    with os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8", newline="\n") as out:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        import fastparquet

        _limit_memory(memory)
        try:
            _limit_time(seconds)
            _write_rows(fastparquet.ParquetFile(path), out, seconds)
        except MemoryError:
            os._exit(NO_MEMORY)  # at once: there may be none to end in order


def _write_rows(file: Any, out: TextIO, seconds: int) -> None:
    if any(column.file_path for group in file.row_groups for column in group.columns):
        sys.exit(OTHER_FILES)
    names = list(map(str, file.columns))
    print(json.dumps({"columns": names, "rows": file.count()}), file=out, flush=True)
    wanted = [names[number] for number in json.loads(sys.stdin.readline())]
    for group in file.iter_row_groups(columns=wanted, index=False):
        _limit_time(seconds)
        for cells in zip(*(group[name] for name in wanted), strict=True):
            print(json.dumps(list(map(_as_json, cells))), file=out)


def _as_json(value: object) -> object:
    """Return a value that JSON has; of others, such as dates, the text in quotation marks."""
    if hasattr(value, "tolist"):  # a list, or a number of numpy's
        value = value.tolist()
    if value is None or isinstance(value, str | int | float):
        return value
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(value, list | dict):
        return json.loads(json.dumps(value, default=str))
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    return json.dumps(str(value), ensure_ascii=False)


def _limit_memory(memory: int) -> None:
    try:
        import resource

        with open("/proc/self/statm", encoding="ascii") as file:
            taken = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + memory, taken + memory))
    except (ImportError, OSError, ValueError):
        pass  # Windows and macOS have no such limit


def _limit_time(seconds: int) -> None:
    try:
        import resource
    except ImportError:
        return
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + seconds, most))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
