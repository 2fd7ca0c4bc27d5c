"""The files of a model folder: plain ones that lie in it, whole, and no larger than expected."""

import hashlib
import os
import stat
from pathlib import Path

from gradio_app.errors import ArtifactError

__all__ = ["REMEDY", "read_file", "sha256"]

#: What to do with a folder that cannot be used.
REMEDY = "restore the folder or export the model again (python -m export)"


def sha256(file: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def read_file(file: Path, most: int, size: int | None = None, digest: str | None = None) -> bytes:
    """Read a file of a model folder.

    Args:
        file: in the folder.
        most: bytes that it may have.
        size: bytes that it must have; any if None.
        digest: SHA-256 that it must have; any if None.

    Raises:
        ArtifactError: it is missing, no plain file, lies elsewhere, or is damaged; the message
            names it and the remedy. Of a file of another size nothing is read.
    """
    try:
        found = _size(file)
        if size is not None and found != size:
            raise ArtifactError(f"{file} is damaged ({found:,} bytes, not {size:,}); {REMEDY}.")
        if found > most:
            raise ArtifactError(f"{file} has more than {most:,} bytes; {REMEDY}.")
        with file.open("rb") as opened:
            content = opened.read(found)
    except FileNotFoundError as error:
        raise ArtifactError(f"{file} is missing; {REMEDY}.") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or error
        raise ArtifactError(f"{file} cannot be read ({reason}); {REMEDY}.") from error
    if digest is not None and hashlib.sha256(content).hexdigest() != digest:
        raise ArtifactError(f"{file} is damaged (its SHA-256 differs); {REMEDY}.")
    return content


def _size(file: Path) -> int:
    """Return the bytes of a plain file, which is not opened: to open a pipe is to wait."""
    status = os.stat(file)
    if not stat.S_ISREG(status.st_mode):
        raise ArtifactError(f"{file} is no file; {REMEDY}.")
    if Path(os.path.realpath(file)).parent != Path(os.path.realpath(file.parent)):
        raise ArtifactError(f"{file} is a link that leads out of its folder; put the file there.")
    return status.st_size
