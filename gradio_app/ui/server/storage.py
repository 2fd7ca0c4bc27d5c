"""A private folder for all that a server keeps on disk: gone when the server is."""

import os
import secrets
import shutil
import tempfile
import time
from pathlib import Path

from filelock import FileLock, Timeout

from gradio_app.errors import GenreAppError
from gradio_app.limits import MAX_STORED_BYTES, MIN_FREE_DISK_BYTES, SESSION_SECONDS

__all__ = ["Storage"]

_PREFIX = "film-genres-"
_VARIABLE = "GRADIO_TEMP_DIR"
#: Between two measurements of all files, in times of what one took; it is a second at least.
_LEAST_PAUSE = 30
#: A file takes so many bytes at least, and its place in the file system's tables.
_LEAST_BYTES = 4096


class Storage:
    """A folder that this server alone uses and nobody else can read.

    It lies in the folder that `GRADIO_TEMP_DIR` names, else in that of the system, and takes the
    variable's value over as long as it exists: gradio, too, puts its files there. What is older
    than an hour is deleted by `sweep`, all of it by `close`. What a killed server left is deleted
    when the next one of the same user starts; a lock beside the folder, which the system lets go
    when its owner dies, tells the living from the dead.

    >>> storage = Storage()
    >>> (storage.new_folder() / "poster.jpg").write_bytes(b"...")
    3
    >>> storage.close()
    >>> storage.folder.exists()
    False
    """

    def __init__(self) -> None:
        """Make the folder.

        Raises:
            GenreAppError: nothing can be written there.
        """
        self._former = os.environ.get(_VARIABLE)
        parent = Path(self._former or tempfile.gettempdir()).resolve()
        self.folder = parent / f"{_PREFIX}{secrets.token_hex(8)}"
        self._lock = FileLock(f"{self.folder}.lock", mode=0o600)
        self._seen: dict[Path, float] = {}
        self._next_measurement, self._stored = 0.0, 0
        try:
            parent.mkdir(parents=True, exist_ok=True)
            _delete_abandoned(parent)
            self._lock.acquire(timeout=0)
            self.folder.mkdir(mode=0o700)
        except OSError as error:
            raise GenreAppError(
                f"Uploads cannot be kept in {parent} ({error.strerror}); name another folder with "
                f"{_VARIABLE}."
            ) from error
        os.environ[_VARIABLE] = str(self.folder)

    def new_folder(self) -> Path:
        """Make a folder for one upload or result; its name cannot be guessed."""
        folder = self.folder / secrets.token_urlsafe(16)
        self.folder.mkdir(mode=0o700, exist_ok=True)  # whoever cleans up may have deleted it
        folder.mkdir(mode=0o700)
        return folder

    def is_full(self, n_bytes: int = 0) -> bool:
        """Return whether there is no room for so many bytes more, which are to come if there is."""
        free = shutil.disk_usage(self.folder.parent).free
        begin = time.monotonic()
        if begin > self._next_measurement:
            self._next_measurement = float("inf")  # for other threads, while this one is at it
            try:
                self._stored = self._measure()
            finally:
                took = time.monotonic() - begin
                self._next_measurement = begin + max(1.0, _LEAST_PAUSE * took)
        if self._stored + n_bytes > MAX_STORED_BYTES or free - n_bytes < MIN_FREE_DISK_BYTES:
            return True
        self._stored += max(n_bytes, _LEAST_BYTES)
        return False

    def _measure(self) -> int:
        return sum(
            _size(Path(place, name)) for place, _, names in os.walk(self.folder) for name in names
        )

    def sweep(self) -> None:
        """Delete what has been there for more than an hour, by a clock that never jumps."""
        now = time.monotonic()
        there = set(self.folder.iterdir()) if self.folder.is_dir() else set()
        self._seen = {path: self._seen.get(path, now) for path in there}
        for path, since in self._seen.items():
            if now - since > SESSION_SECONDS:
                _delete(path)

    def close(self) -> None:
        """Delete the folder and all that is in it."""
        if os.environ.get(_VARIABLE) == str(self.folder):
            os.environ.pop(_VARIABLE)
            if self._former is not None:
                os.environ[_VARIABLE] = self._former
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.release()
        Path(self._lock.lock_file).unlink(missing_ok=True)


def _delete_abandoned(parent: Path) -> None:
    for file in parent.glob(f"{_PREFIX}*.lock"):
        folder = file.with_suffix("")
        try:
            with FileLock(file, timeout=0):
                shutil.rmtree(folder, ignore_errors=True)
                file.unlink(missing_ok=True)
        except (Timeout, OSError):  # its server lives, or it is another user's
            continue


def _size(file: Path) -> int:
    try:
        return max(file.lstat().st_size, _LEAST_BYTES)
    except OSError:  # deleted meanwhile
        return 0


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
