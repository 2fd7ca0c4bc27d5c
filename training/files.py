"""Files of run folders and teacher folders, and arrays that are made once."""

import hashlib
import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["CACHE", "cached_array", "files_key", "read_json", "write_json"]

#: Where programs keep decoded posters and their features by default.
CACHE = Path("runs") / "cache"


def read_json(file: Path) -> Any:
    """Return the value that a JSON file holds."""
    return json.loads(file.read_text("utf-8"))


def write_json(file: Path, value: object) -> None:
    """Write a value into a JSON file; an interruption leaves no half file."""
    part = file.with_name(f".{file.name}")
    part.write_text(json.dumps(value, indent=1) + "\n", "utf-8")
    part.replace(file)


def files_key(files: Sequence[Path], *others: object) -> str:
    """Return a name for what files hold, by their paths, sizes and times, and for what else counts.

    Args:
        files: of any kind.
        others: what else an array depends on that is made of them.
    """
    stamps = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return hashlib.sha256(repr((stamps, *others)).encode()).hexdigest()[:16]


def cached_array(file: Path, make: Callable[[], np.ndarray]) -> np.ndarray:
    """Return the array of a `.npy` file, made where it is missing.

    An interruption leaves no half file; of several programs that make the same at once, each
    leaves a whole one.
    """
    if not file.is_file():
        made = make()
        file.parent.mkdir(parents=True, exist_ok=True)
        # Beside the file, for a rename must not cross file systems; in a folder of its own, so
        # that no other program writes to it.
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=f".{file.stem}-") as folder:
            part = Path(folder) / file.name
            np.save(part, made)
            part.replace(file)
    return np.load(file)
