"""A file that is written row by row, can go on after a kill, and appears when it is whole.

Rows go to a partial file beside the output (`genres.csv.part`; JSON Lines for Parquet). Another
file says how far that is valid and what it was made of, so that `--resume` goes on with the very
next film, and only for the same input, models and options.
"""

import contextlib
import csv
import errno
import json
import math
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from gradio_app.catalogue.results import Layout, Row, format_of, write_parquet
from gradio_app.errors import InputError

__all__ = ["Output", "open_output", "read_rows", "stream_output"]

_SECONDS_BETWEEN_CHECKPOINTS = 1.0
_WINDOWS = os.name == "nt"
#: What the system says of a lock that another process has.
_TAKEN = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)


class Output:
    """Where rows are written; `n_rows` counts them, those of an earlier run included.

    Attributes:
        counts: what is counted over all rows, kept over a kill.
    """

    def __init__(
        self,
        file: TextIO,
        layout: Layout,
        file_format: str,
        checkpoint: Callable[["Output"], None] = lambda output: None,
        counts: Mapping[str, int] | None = None,
    ):
        """Write to an open text file, which may hold rows of an earlier run."""
        self._file = file
        self._layout = layout
        self._format = file_format
        self._checkpoint = checkpoint
        self._checked = -math.inf  # the first row is safe at once
        self.counts: Counter[str] = Counter(counts or {})

    @property
    def n_rows(self) -> int:
        """How many rows there are."""
        return self.counts["rows"]

    def earlier_rows(self) -> Iterator[dict[str, Any]]:
        """Yield the rows of an earlier run; in CSV, all cells are text."""
        if self.n_rows:
            yield from read_rows(Path(self._file.name), self._format)

    def flush(self) -> int:
        """Write what is buffered; return the size of the file in bytes."""
        self._file.flush()
        return os.fstat(self._file.fileno()).st_size

    def write(self, row: Row) -> None:
        """Write one row."""
        self._file.write(self._layout.line(row, self._format))
        self.counts["rows"] += 1
        if time.monotonic() - self._checked > _SECONDS_BETWEEN_CHECKPOINTS:
            self._checkpoint(self)
            self._checked = time.monotonic()


@contextmanager
def open_output(
    output: Path, layout: Layout, made_of: Mapping[str, Any], resume: bool
) -> Iterator[Output]:
    """Write rows to a partial file, which becomes the output when all is well.

    On any error and on an interruption the partial file stays, valid to its last row.

    Args:
        output: file to write; its name says the format.
        layout: of the rows.
        made_of: input, models and options, for JSON: a partial file of others is refused.
        resume: go on where an earlier run ended; from the beginning where there was none.

    Raises:
        InputError: the file cannot be written, another run writes it, or the partial file does
            not fit `resume`.
    """
    part = state = output
    try:
        output = Path(os.path.realpath(output)) if output.is_symlink() else output
        if output.is_symlink():
            raise InputError(f"{output} is a link to itself; remove it, or name another output.")
        part = output.with_name(output.name + ".part")
        state = output.with_name(output.name + ".part.json")
        with _locked(part, output) as file:
            counts = _begin(file, state, dict(made_of), resume, output)
            file_format = format_of(output)
            rows = Output(file, layout, file_format, _checkpoint_to(state, made_of), counts)
            try:
                if not rows.n_rows:
                    file.write(layout.head(file_format))
                yield rows
            except OSError:  # what was buffered may be lost: the last checkpoint holds
                raise
            except BaseException:
                _keep(rows, part, state, made_of)
                raise
            rows.flush()
            if not _WINDOWS:
                _finish(part, output, layout, file_format)
        if _WINDOWS:  # it renames no open file
            _finish(part, output, layout, file_format)
        state.unlink(missing_ok=True)
    except OSError as error:
        kept = ""
        if os.path.exists(state):  # unlike Path.exists, says False to a name that is too long
            kept = f" What was read is kept in {part.name}; go on with --resume."
        raise InputError(f"{output} cannot be written ({error.strerror}).{kept}") from error


@contextmanager
def stream_output(file: TextIO, layout: Layout, file_format: str) -> Iterator[Output]:
    """Write rows to a stream, such as standard output or a pipe; nothing can be resumed.

    Raises:
        InputError: the stream cannot be written.
    """
    try:
        file.write(layout.head(file_format))
        yield Output(file, layout, file_format)
        file.flush()
    except OSError as error:
        raise InputError(f"The output cannot be written ({error.strerror}).") from error


def read_rows(part: Path, file_format: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a whole text file as dictionaries; in CSV, all cells are text."""
    with part.open(encoding="utf-8", newline="") as file:
        if file_format == ".csv":
            yield from csv.DictReader(file)
        else:
            yield from map(json.loads, file)


@contextmanager
def _locked(part: Path, output: Path) -> Iterator[TextIO]:
    """Open a partial file for one run alone; the system ends the lock with the process."""
    file = _open_locked(part, output)
    while not _is_at(file, part):  # the run that had it has ended meanwhile, and renamed it
        file.close()
        file = _open_locked(part, output)
    with file:
        yield file


def _open_locked(part: Path, output: Path) -> TextIO:
    # Half a character, which JSON may hold, is written as the escape that it was.
    file = part.open("a+", encoding="utf-8", errors="backslashreplace", newline="")
    try:
        _lock(file)
    except OSError as error:
        file.close()
        if error.errno not in _TAKEN:
            raise
        raise InputError(
            f"Another run is writing {output}; wait for it, or name another output."
        ) from error
    return file


def _lock(file: TextIO) -> None:
    if _WINDOWS:
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_at(file: TextIO, part: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(file.fileno()), os.stat(part))
    return False


def _begin(
    file: TextIO, state: Path, made_of: dict[str, Any], resume: bool, output: Path
) -> dict[str, int]:
    """Cut the partial file to where it is valid; return the counts up to there."""
    earlier = _read_state(state)
    if earlier and os.fstat(file.fileno()).st_size < earlier["bytes"]:
        earlier = None  # killed when all was done, before this was deleted
    if not resume:
        if earlier and earlier["counts"]["rows"]:
            raise InputError(
                f"{file.name} holds {earlier['counts']['rows']:,} films of a run that did not end; "
                "go on with --resume, or delete it."
            )
        earlier = None
    if earlier and earlier["made_of"] != made_of:
        differ = [name for name in made_of if earlier["made_of"].get(name) != made_of[name]]
        raise InputError(
            f"{file.name} was begun with another {' and '.join(differ) or 'version'}; delete it, "
            "or name another output."
        )
    file.truncate(earlier["bytes"] if earlier else 0)
    file.seek(0, os.SEEK_END)
    return earlier["counts"] if earlier else {}


def _read_state(state: Path) -> dict[str, Any] | None:
    try:
        document = json.loads(state.read_text("utf-8"))
        document["bytes"], document["counts"]["rows"], document["made_of"]
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{state} is damaged; delete it and begin anew.") from error
    return document


def _checkpoint_to(state: Path, made_of: Mapping[str, Any]) -> Callable[[Output], None]:
    def checkpoint(output: Output) -> None:
        document = {
            "bytes": output.flush(),
            "counts": dict(output.counts),
            "made_of": dict(made_of),
        }
        new = state.with_name(state.name + ".new")
        new.write_text(json.dumps(document), "utf-8")
        new.replace(state)

    return checkpoint


def _keep(rows: Output, part: Path, state: Path, made_of: Mapping[str, Any]) -> None:
    """Leave what an interrupted run has written, if it has written anything."""
    if rows.n_rows:
        with contextlib.suppress(OSError):
            _checkpoint_to(state, made_of)(rows)
        return
    for file in (part, state):
        with contextlib.suppress(OSError):
            file.unlink()


def _finish(part: Path, output: Path, layout: Layout, file_format: str) -> None:
    if file_format != ".parquet":
        part.replace(output)
        return
    new = output.with_name(output.name + ".new")
    try:
        write_parquet(read_rows(part, file_format), layout.types(), new)
        new.replace(output)
    finally:
        new.unlink(missing_ok=True)
    part.unlink()
