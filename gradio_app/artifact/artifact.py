"""The session of a model, which is tried once, and what belongs to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from gradio_app.artifact.external_data import external_files
from gradio_app.artifact.files import REMEDY, read_file
from gradio_app.artifact.spec import FusionInput, OverviewInput, Spec, read_spec
from gradio_app.errors import ArtifactError
from gradio_app.limits import MAX_MODEL_FILE_BYTES
from gradio_app.memory import Share
from gradio_app.readers import Kind
from gradio_app.workers import usable_cores

__all__ = ["Artifact", "load_artifact"]

#: What onnxruntime calls the types of inputs and outputs.
_FLOAT, _INT32 = "tensor(float)", "tensor(int32)"
_MODEL = "model.onnx"


@dataclass(frozen=True)
class Artifact:
    """A model that was checked against its spec, and its session of so many `threads`.

    `tokenizer` belongs to overview models.
    """

    folder: Path
    spec: Spec
    session: onnxruntime.InferenceSession
    tokenizer: Tokenizer | None
    threads: int
    runs: Share

    def run(self, inputs: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the probabilities for inputs by name: float32 (films, genres).

        There are no more runs at a time than cores: a session keeps the memory of as many runs as
        it ever had at once, and more would be no faster.
        """
        with self.runs.take(1):
            return self.session.run([self.spec.output_name], inputs)[0]


def load_artifact(folder: Path, kind: Kind, threads: int = 1) -> Artifact:
    """Load the model folder of one kind.

    Args:
        folder: with spec.json and every file it names.
        kind: which kind of model is expected.
        threads: of the model's session. One serves several users of a small machine better
            than onnxruntime's default; many suit one big job.

    Raises:
        ArtifactError: a file is missing, damaged or of another version, or the graph does not
            fit the spec; the message names the file and the remedy.
    """
    spec = read_spec(folder, kind)
    for name, expected in spec.files.items():
        content = read_file(folder / name, MAX_MODEL_FILE_BYTES, expected.size, expected.digest)
        if name == _MODEL:
            _check_weights(folder / name, content, spec)
    session = _open_session(folder / _MODEL, threads)
    _check_graph(folder / _MODEL, session, spec)
    tokenizer = _load_tokenizer(folder / "tokenizer.json") if kind == "overview" else None
    _try(folder / _MODEL, session, spec, tokenizer)
    return Artifact(folder, spec, session, tokenizer, threads, Share(usable_cores()))


def _check_weights(file: Path, content: bytes, spec: Spec) -> None:
    try:
        others = external_files(content) - spec.files.keys()
    except (ValueError, RecursionError) as error:
        raise ArtifactError(f"{file} is not a readable ONNX model; {REMEDY}.") from error
    if others:
        raise ArtifactError(
            f"{file} reads weights from {min(others)[:100]!r}, which its spec.json does not "
            f"name; {REMEDY}."
        )


def _open_session(file: Path, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # nothing but our sentence
    try:
        return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own exceptions have no common base class
        raise ArtifactError(f"{file} is not a readable ONNX model; {REMEDY}.") from error


def _check_graph(file: Path, session: onnxruntime.InferenceSession, spec: Spec) -> None:
    inputs = {node.name: list(node.shape[1:]) for node in session.get_inputs()}
    outputs = {node.name: list(node.shape[1:]) for node in session.get_outputs()}
    genres = len(spec.genres)
    expected = (spec.input.shapes(genres), {spec.output_name: [genres]})
    if (inputs, outputs) != expected:
        raise ArtifactError(
            f"{file} does not fit its spec.json: it maps {str(inputs)[:500]} to "
            f"{str(outputs)[:500]}, not {expected[0]} to {expected[1]}; {REMEDY}."
        )
    nodes = (*session.get_inputs(), *session.get_outputs())
    if any(isinstance(node.shape[0], int) for node in nodes):
        raise ArtifactError(f"{file} reads batches of one size alone; {REMEDY}.")
    kind = _INT32 if isinstance(spec.input, OverviewInput) else _FLOAT
    types = [node.type for node in nodes]
    if types != [kind] * len(inputs) + [_FLOAT]:
        raise ArtifactError(
            f"{file} does not fit its spec.json: its types are {', '.join(types)}; {REMEDY}."
        )


def _load_tokenizer(file: Path) -> Tokenizer:
    try:
        return Tokenizer.from_file(str(file))
    except Exception as error:  # tokenizers raises bare Exception
        raise ArtifactError(f"{file} is not a readable tokenizer; {REMEDY}.") from error


def _try(
    file: Path,
    session: onnxruntime.InferenceSession,
    spec: Spec,
    tokenizer: Tokenizer | None,
) -> None:
    """Answer once: of overviews by the word with the highest id, so that the model knows all."""
    highest = max(tokenizer.get_vocab().values(), default=0) if tokenizer else 0
    shapes = spec.input.shapes(len(spec.genres))
    dtype = np.int32 if isinstance(spec.input, OverviewInput) else np.float32
    try:
        inputs = {name: np.full((1, *shape), highest, dtype) for name, shape in shapes.items()}
        if isinstance(spec.input, FusionInput):
            inputs[spec.input.present][:] = 1
        (answer,) = session.run(None, inputs)
    except Exception as error:  # as above
        words = f" with the {highest + 1:,} words of tokenizer.json" if tokenizer else ""
        raise ArtifactError(f"{file} does not answer{words}; {REMEDY}.") from error
    if answer.shape != (1, len(spec.genres)) or not ((answer >= 0) & (answer <= 1)).all():
        raise ArtifactError(f"{file} answers with no probabilities; {REMEDY}.")
