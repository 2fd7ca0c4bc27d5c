"""What is done to a folder of models, and to the spec that lists its files."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gradio_app.artifact import sha256, spec_digest
from scripts.reliability.corpus.case import Case, Refusal

__all__ = ["MODELS", "Change", "forged", "huge", "made", "on", "refused", "signed", "written"]

MODELS = Path(__file__).parents[4] / "onnx_models"
Change = Callable[[Path], None]


def made(change: Change) -> Change:
    """Return what makes a folder like `onnx_models` and changes it."""

    def make(folder: Path) -> None:
        shutil.copytree(MODELS, folder)
        change(folder)

    return make


def refused(name: str, change: Change, sentence: str) -> Case:
    """Return a case whose models are refused with a sentence."""
    return Case(f"models, {name}", made(change), Refusal(sentence))


def on(file: str, change: Change) -> Change:
    """Return the change of one file."""
    return lambda models: change(models / file)


def written(content: str | bytes) -> Change:
    """Return what gives a file this content."""
    encoded = content.encode() if isinstance(content, str) else content

    def change(file: Path) -> None:
        file.write_bytes(encoded)

    return change


def huge(file: Path) -> None:
    """Make a file 8 GB large, without a disk that holds them."""
    os.truncate(file, 8_000_000_000)


def forged(folder: str, edit: Callable[[dict[str, Any]], object]) -> Change:
    """Return an edit of a spec after which its digest is right."""

    def change(models: Path) -> None:
        file = models / folder / "spec.json"
        spec = json.loads(file.read_text("utf-8"))
        edit(spec)
        spec["digest"] = spec_digest(spec)
        file.write_text(json.dumps(spec), "utf-8")

    return change


def signed(file: str, change: Change) -> Change:
    """Return the change of one file that its spec then knows."""

    def make(models: Path) -> None:
        change(models / file)
        _sign(models / file)

    return make


def _sign(file: Path) -> None:
    """Let the spec beside a file know it as it is."""

    def edit(spec: dict[str, Any]) -> None:
        spec["files"][file.name] = sha256(file)
        spec["sizes"][file.name] = file.stat().st_size

    forged(file.parent.name, edit)(file.parents[1])
