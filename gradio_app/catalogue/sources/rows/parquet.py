"""Rows of a Parquet file, which another process reads: see `parquet_process`."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from gradio_app.catalogue.sources.rows import parquet_process
from gradio_app.catalogue.sources.rows.bounds import UNBOUNDED, Bounds, check_columns
from gradio_app.catalogue.sources.rows.text import Lines
from gradio_app.errors import InputError
from gradio_app.limits import PARQUET_GROUP_SECONDS

__all__ = ["PARQUET", "parquet_rows"]

#: How a Parquet file begins.
PARQUET = b"PAR1"

_ROOT = Path(__file__).parents[4]


def parquet_rows(
    path: Path, found: dict[str, None], wanted: Callable[[str], bool], bounds: Bounds
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file, of each the columns that are wanted; see `delimited_rows`.

    Raises:
        InputError: it is damaged, names other files, or takes too much memory or time.
    """
    with _start(path, bounds.memory) as process:
        try:
            yield from _rows(process, path.name, found, wanted, bounds)
            if process.wait():
                raise InputError(_why(process.returncode, path.name))
        finally:
            process.kill()


def _start(path: Path, memory: int) -> subprocess.Popen[bytes]:
    """Start the process, which finds the modules where this one found them, whatever its folder."""
    places = filter(None, [str(_ROOT), *sys.path])
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(places),
        "PYTHONSAFEPATH": "1",
        "OPENBLAS_NUM_THREADS": "1",  # each thread takes 30 MB of addresses
    }
    arguments = [str(path.absolute()), str(memory), str(PARQUET_GROUP_SECONDS)]
    return subprocess.Popen(
        [sys.executable, "-m", parquet_process.__name__, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )


def _rows(
    process: subprocess.Popen[bytes],
    table: str,
    found: dict[str, None],
    wanted: Callable[[str], bool],
    bounds: Bounds,
) -> Iterator[dict[str, Any]]:
    assert process.stdin is not None
    assert process.stdout is not None
    lines = Lines(io.TextIOWrapper(process.stdout, "utf-8", newline="\n"), table, UNBOUNDED)
    head = next(lines, None)
    if head is None:
        return
    document = json.loads(head)
    names = document["columns"]
    check_columns(names, table)
    bounds.check(table, rows=document["rows"])
    found.update(dict.fromkeys(names))
    places = [place for place, name in enumerate(names) if wanted(name)]
    with suppress(BrokenPipeError):  # its exit status will say why
        os.write(process.stdin.fileno(), json.dumps(places).encode() + b"\n")
    columns = [names[place] for place in places]
    lines.begin_row()
    for line in lines:
        yield dict(zip(columns, json.loads(line), strict=True))
        lines.begin_row()


def _why(status: int, table: str) -> str:
    if status == parquet_process.NO_MEMORY:
        return f"{table} takes too much memory; write it in smaller row groups."
    if status == parquet_process.OTHER_FILES:
        return f"{table} keeps columns in other files; write it as one file."
    if status == -getattr(signal, "SIGXCPU", 0):
        return f"{table} takes too long to read; write it in smaller row groups."
    return f"{table} is not a readable Parquet file; write it again."
