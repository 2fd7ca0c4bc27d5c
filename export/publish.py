"""A proven model becomes a folder: written in a staging folder, then moved to its place."""

import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path

import numpy as np
import onnx

from export.card import LIMITS
from export.convert import OPSET, convert
from export.folder import write_card_and_spec
from export.inputs import proof_inputs, spec_input
from export.prove import Parity, prove
from export.weights import save_model
from gradio_app.artifact import FORMAT_VERSION, load_artifact
from gradio_app.errors import InputError
from gradio_app.readers import FOLDERS
from training.models.outputs import OUTPUT_NAME
from training.runs.history import read_curves
from training.runs.run import Run, load_run

__all__ = ["export"]


def export(run_folder: Path, to: Path, limits: str = LIMITS) -> Path:
    """Convert, prove and publish the model of a run.

    Args:
        run_folder: of a finished training.
        to: folder of models; its poster_cnn, overview_lstm or fusion becomes the model.
        limits: what its card says about the films that it was trained on, in sentences.

    Returns:
        The published folder. An older one of that name is replaced.

    Raises:
        InputError: the run has not finished, or the folder cannot be written.
        ExportError: the ONNX model does not predict as Keras does; what was published stays.
    """
    run = load_run(run_folder)
    proto = convert(run.convertible_model())
    inputs = proof_inputs(run.config, len(run.genres), seed=0)
    parity = prove(proto, run.model(), inputs, np.array(run.metrics["thresholds"]))
    target = to / FOLDERS[run.config.kind]
    try:
        to.mkdir(parents=True, exist_ok=True)
        # Beside the target: within one file system, a folder is moved whole.
        with tempfile.TemporaryDirectory(prefix=".staging-", dir=to) as staging:
            folder = Path(staging) / target.name
            folder.mkdir()
            _write_folder(folder, run, proto, parity, limits)
            load_artifact(folder, run.config.kind)
            _replace(target, folder)
    except OSError as error:
        raise InputError(f"{target} cannot be written ({error.strerror}).") from error
    return target


def _write_folder(
    folder: Path, run: Run, proto: onnx.ModelProto, parity: Parity, limits: str
) -> None:
    save_model(proto, folder)
    if run.tokenizer is not None:
        run.tokenizer.save(str(folder / "tokenizer.json"))
    write_card_and_spec(folder, _spec(run, proto, parity, limits))


def _spec(run: Run, proto: onnx.ModelProto, parity: Parity, limits: str) -> dict:
    config = run.config
    figures = {name: run.metrics[name] for name in run.metrics if name.startswith("validation")}
    return {
        "format_version": FORMAT_VERSION,
        "kind": config.kind,
        "architecture": config.architecture,
        "genres": run.genres,
        "input": spec_input(config, [source.name for source in proto.graph.input]),
        "output": {"name": OUTPUT_NAME},
        "thresholds": run.metrics["thresholds"],
        "calibration": run.metrics["calibration"],
        "weights": run.weights,
        "opset": OPSET,
        "parity": asdict(parity),
        "training": {
            "config": asdict(config),
            "films": run.n_films,
            "history": read_curves(run.folder / "history.csv"),  # a fusion has none
            "mean_of": run.metrics.get("mean_of", 1),
        },
        "metrics": figures,
        "limits": limits,
    }


def _replace(target: Path, new: Path) -> None:
    """Move `new` to `target`.

    The former folder stands aside and comes back on any failure; were the program killed in
    between, the next export finds it there.
    """
    old = target.with_name(f".{target.name}.old")
    if old.exists() and not target.exists():
        old.rename(target)
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    try:
        new.rename(target)
    except BaseException:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)
