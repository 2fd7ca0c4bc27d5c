"""What a recipe remembers of its steps, and by what it knows that their inputs have changed."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from gradio_app import __version__
from gradio_app.artifact import sha256
from gradio_app.errors import InputError
from training.data.films import EXTRA_TABLES, LISTS_TABLE
from training.files import read_json, write_json
from training.recipe.steps import POSTERS, TABLES, Step

__all__ = ["Record", "data_digests", "read_records", "step_digest", "write_records"]


@dataclass(frozen=True)
class Record:
    """What is known of a step.

    Attributes:
        inputs: digest of what it was begun with.
        done: whether it has ended well.
        goes: how often it was begun with these inputs.
        seconds: that its last go took that ended well; None where none has.
    """

    inputs: str
    done: bool
    goes: int
    seconds: float | None


def read_records(file: Path) -> dict[str, Record]:
    """Return the record of each step that was begun; {} where there is no file yet.

    Raises:
        InputError: the file is damaged.
    """
    if not file.is_file():
        return {}
    try:
        return {name: Record(**values) for name, values in read_json(file).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError(f"{file} is damaged; remove it, and all is made anew.") from error


def write_records(file: Path, records: Mapping[str, Record]) -> None:
    """Write the record of each step; an interruption leaves no half file."""
    write_json(file, {name: asdict(record) for name, record in records.items()})


def data_digests(data: Path, posters: Sequence[Path]) -> dict[str, str]:
    """Return a digest of what each kind of input of a folder of films holds.

    It is of the contents, so a copy of the folder elsewhere is the same.

    Args:
        data: folder with films.csv.
        posters: those that can be found.
    """
    tables = [data / name for name in ("films.csv", *EXTRA_TABLES, LISTS_TABLE)]
    return {
        TABLES: _digest(file for file in tables if file.is_file()),
        POSTERS: _digest(posters),
    }


def step_digest(step: Step, data: Mapping[str, str], made: Iterable[Path]) -> str:
    """Return a digest of all that the result of a step depends on.

    A new version of this program counts, a change of its code within a version does not.

    Args:
        step: to be done.
        data: of `data_digests`.
        made: the files that the steps before it made for it.
    """
    inputs = {
        "version": __version__,
        "settings": step.settings,
        "data": {kind: data[kind] for kind in sorted(step.reads)},
        "made": _digest(made),
    }
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def _digest(files: Iterable[Path]) -> str:
    """Return a digest of the names and the contents of files."""
    pairs = [(file.name, sha256(file)) for file in files]
    return hashlib.sha256(repr(pairs).encode()).hexdigest()
