"""Files of models that are missing, damaged, or something else."""

import os
import shutil
from pathlib import Path

from gradio_app.readers import COMBINED, OVERVIEW, POSTER
from scripts.reliability.corpus.case import Case
from scripts.reliability.corpus.models.changes import huge, on, refused

__all__ = ["cases"]


def cases() -> list[Case]:
    """Return the cases."""
    names = {
        POSTER.folder: ("spec.json", "model.onnx", "README.md"),
        OVERVIEW.folder: ("spec.json", "model.onnx", "tokenizer.json", "weights-1.bin"),
        COMBINED.folder: ("spec.json", "model.onnx"),
    }
    files = [f"{folder}/{name}" for folder, inside in names.items() for name in inside]
    damaged = [file for file in files if not file.endswith("spec.json")]
    return [
        *(refused(f"no {file}", on(file, Path.unlink), f"{file} is missing") for file in files),
        *(
            refused(f"a bit flipped in {file}", on(file, _flip), f"{file} is damaged")
            for file in damaged
        ),
        *(refused(f"{file} empty", on(file, _empty), f"{file} is damaged") for file in damaged),
        *(refused(f"{file} a folder", on(file, _fold), f"{file} is no file") for file in files),
        *(refused(f"{file} a pipe", on(file, _pipe), f"{file} is no file") for file in files),
        *(
            refused(f"{file} a link elsewhere", on(file, _link_out), f"{file} is a link that")
            for file in files
        ),
        refused("a link to itself", on(files[1], _loop), f"{files[1]} cannot be read"),
        refused("a file of 8 GB", on(files[1], huge), f"{files[1]} is damaged"),
        refused("a spec of 1 GB", on(files[0], _large), f"{files[0]} has more than"),
        refused("no folder", lambda models: shutil.rmtree(models / POSTER.folder), files[0]),
    ]


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _fold(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _link_out(file: Path) -> None:
    target = file.rename(file.parents[1] / file.name)
    file.symlink_to(target)


def _loop(file: Path) -> None:
    file.unlink()
    file.symlink_to(file.name)


def _large(file: Path) -> None:
    os.truncate(file, 1_000_000_000)
