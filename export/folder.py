"""The card and the spec of a model folder; what changes them later needs no TensorFlow."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import onnx

from export.card import LIMITS, model_card
from export.weights import MAX_FILE_BYTES, save_model
from gradio_app.artifact import FORMAT_VERSION, load_artifact, sha256, spec_digest
from gradio_app.errors import ArtifactError, InputError
from gradio_app.evaluation.file import evaluation_file, read_evaluation
from gradio_app.evaluation.schema import LISTED
from gradio_app.readers import READERS

__all__ = ["add_test_figures", "rename_in_evaluation", "renew", "write_card_and_spec"]


def write_card_and_spec(folder: Path, spec: dict) -> None:
    """Write README.md and spec.json of a folder that has all other files.

    Args:
        folder: of the model.
        spec: what spec.json says, but for the files of the folder and its own digest.
    """
    (folder / "README.md").write_text(model_card(spec), "utf-8", newline="\n")
    files = sorted(file for file in folder.iterdir() if file.name != "spec.json")
    spec["files"] = {file.name: sha256(file) for file in files}
    spec["sizes"] = {file.name: file.stat().st_size for file in files}
    spec["digest"] = spec_digest(spec)
    text = json.dumps(spec, indent=1, ensure_ascii=False) + "\n"
    (folder / "spec.json").write_text(text, "utf-8", newline="\n")


def add_test_figures(evaluation: Path, models: Path, limits: str | None = None) -> None:
    """Write the test figures of an evaluation into the specs and the model cards of its models.

    Args:
        evaluation: evaluation.json of `python -m training evaluate --report`.
        models: folder of the models that were measured.
        limits: what the cards say about the films instead of what they say now.

    Raises:
        ArtifactError: the file is no evaluation.
        InputError: it is none of these models on the test films.
    """
    measured = read_evaluation(evaluation)
    for reader in READERS:
        digest = sha256(models / reader.folder / "model.onnx")
        if measured.split != "test" or measured.origin.models.get(reader.folder) != digest:
            raise InputError(
                f"{evaluation} is no evaluation of {models / reader.folder} on the test films."
            )
    rows = measured.label_sets[LISTED].by_name
    for reader in READERS:
        row, folder = rows[reader.name], models / reader.folder
        spec = _read(folder)
        spec["metrics"]["test at 0.5"] = row.at_half
        spec["metrics"]["test at the thresholds"] = row.at_thresholds
        spec["metrics"]["test intervals"] = row.intervals
        # Older exports wrote them into the card alone.
        spec["limits"] = limits or spec.get("limits", LIMITS)
        write_card_and_spec(folder, spec)


def renew(models: Path) -> None:
    """Write the models of an earlier format as this one writes them, without training them anew.

    Their weights stay bit by bit. Where a graph is too large for one file, its model.onnx changes,
    and so does what an evaluation of these models beside them says of it.

    Raises:
        ArtifactError: a file is damaged.
    """
    renamed = {}
    for reader in READERS:
        folder = models / reader.folder
        spec = _read(folder)
        for name, digest in spec["files"].items():
            if sha256(folder / name) != digest:
                raise ArtifactError(f"{folder / name} is damaged; restore it.")
        if os.path.getsize(folder / "model.onnx") > MAX_FILE_BYTES:
            save_model(onnx.load(folder / "model.onnx"), folder)
        renamed[spec["files"]["model.onnx"]] = sha256(folder / "model.onnx")
        spec["format_version"] = FORMAT_VERSION
        write_card_and_spec(folder, spec)
        load_artifact(folder, spec["kind"])
    rename_in_evaluation(models, renamed)


def rename_in_evaluation(models: Path, renamed: Mapping[str, str]) -> None:
    """Let the evaluation of a folder's models say of them what they are called now.

    Args:
        models: their folder.
        renamed: SHA-256 of a model.onnx that was measured -> of that which predicts the same now.
    """
    evaluation = evaluation_file(models)
    if evaluation.is_file():
        text = evaluation.read_text("utf-8")
        for old, new in renamed.items():
            text = text.replace(old, new)
        evaluation.write_text(text, "utf-8", newline="\n")


def _read(folder: Path) -> dict:
    document: dict = json.loads((folder / "spec.json").read_text("utf-8"))
    return document
