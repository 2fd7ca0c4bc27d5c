"""A model folder (model.onnx, spec.json, ...) is loaded or refused as a whole.

spec.json is the one truth about a model. `export/` writes it; this module alone reads it.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import onnxruntime
from tokenizers import Tokenizer

from gradio_app.errors import ArtifactError
from gradio_app.preprocessing import Fit
from gradio_app.readers import Kind

__all__ = [
    "FORMAT_VERSION",
    "Artifact",
    "FusionInput",
    "OverviewInput",
    "PosterInput",
    "Spec",
    "load_artifact",
    "sha256",
]

FORMAT_VERSION = 2

_REMEDY = "restore the folder or export the model again (python -m export)"


@dataclass(frozen=True)
class PosterInput:
    """What a poster model reads: float32 (batch, height, width, 3), 0..255."""

    name: str
    height: int
    width: int
    fit: Fit

    def __post_init__(self) -> None:
        if self.fit not in get_args(Fit):
            raise ValueError(f"unknown fit {self.fit!r}")

    def shapes(self, n_genres: int) -> dict[str, list[int]]:
        """Return the shape of each input of the graph, without the batch axis."""
        return {self.name: [self.height, self.width, 3]}


@dataclass(frozen=True)
class OverviewInput:
    """What an overview model reads: int32 (batch, sequence_length), 0 = padding."""

    name: str
    sequence_length: int

    def shapes(self, n_genres: int) -> dict[str, list[int]]:
        """Return the shape of each input of the graph, without the batch axis."""
        return {self.name: [self.sequence_length]}


@dataclass(frozen=True)
class FusionInput:
    """What a fused model reads.

    These are the logits of both readers, float32 (batch, genres) each, and which of them were
    given: float32 (batch, 2), poster and overview, 1 or 0.
    """

    poster: str
    overview: str
    present: str

    def shapes(self, n_genres: int) -> dict[str, list[int]]:
        """Return the shape of each input of the graph, without the batch axis."""
        return {self.poster: [n_genres], self.overview: [n_genres], self.present: [2]}


_INPUTS: dict[Kind, type[PosterInput] | type[OverviewInput] | type[FusionInput]] = {
    "poster": PosterInput,
    "overview": OverviewInput,
    "fusion": FusionInput,
}


@dataclass(frozen=True)
class Spec:
    """The contents of spec.json that answering needs, and the rest in `document`.

    `weights` says by kind which trained weights a model consists of (SHA-256): a reader of its
    own, a fused model of those of both its readers. `limits` says in words where the model is not
    to be trusted; "" where its export did not write it.
    """

    kind: Kind
    genres: tuple[str, ...]
    thresholds: tuple[float, ...]
    input: PosterInput | OverviewInput | FusionInput
    output_name: str
    weights: dict[str, str]
    limits: str
    document: dict[str, Any]


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
    spec = _read_spec(folder, kind)
    for name, digest in spec.document["files"].items():
        if _digest(folder / name) != digest:
            raise ArtifactError(f"{folder / name} is damaged (its SHA-256 differs); {_REMEDY}.")
    session = _open_session(folder / "model.onnx", threads)
    _check_graph(folder / "model.onnx", session, spec)
    tokenizer = _load_tokenizer(folder / "tokenizer.json") if kind == "overview" else None
    return Artifact(folder, spec, session, tokenizer, threads)


def sha256(file: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _digest(file: Path) -> str:
    try:
        return sha256(_existing(file))
    except OSError as error:
        raise ArtifactError(f"{file} cannot be read ({error.strerror}); {_REMEDY}.") from error


def _existing(file: Path) -> Path:
    if not file.is_file():
        raise ArtifactError(f"{file} is missing; {_REMEDY}.")
    return file


def _read_spec(folder: Path, kind: Kind) -> Spec:
    file = _existing(folder / "spec.json")
    try:
        document = json.loads(file.read_text("utf-8"))
        if document["format_version"] != FORMAT_VERSION:
            raise ArtifactError(
                f"{file} has format {document['format_version']}, this program reads "
                f"{FORMAT_VERSION}; export the model again."
            )
        if document["kind"] != kind:
            raise ArtifactError(
                f"{folder} holds a model of the kind {document['kind']!r}, not {kind!r}; "
                f"export each model to its own folder."
            )
        spec = _parse(document)
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise ArtifactError(
            f"{file} is not a valid spec ({type(error).__name__}: {error}); {_REMEDY}."
        ) from error
    if not len(spec.genres) == len(set(spec.genres)) == len(spec.thresholds) > 0:
        raise ArtifactError(f"{file} needs one threshold for each of its genres; {_REMEDY}.")
    return spec


def _parse(document: dict[str, Any]) -> Spec:
    names = {"model.onnx"} | ({"tokenizer.json"} if document["kind"] == "overview" else set())
    missing = names - document["files"].keys()
    if missing:
        raise KeyError(f"files/{missing.pop()}")
    return Spec(
        kind=document["kind"],
        genres=tuple(str(genre) for genre in document["genres"]),
        thresholds=tuple(float(value) for value in document["thresholds"]),
        input=_INPUTS[document["kind"]](**document["input"]),
        output_name=document["output"]["name"],
        weights={str(kind): str(digest) for kind, digest in document["weights"].items()},
        limits=str(document.get("limits", "")),
        document=document,
    )


def _open_session(file: Path, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # warnings about graph clean-ups are no user's business
    try:
        return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own exceptions have no common base class
        raise ArtifactError(f"{file} is not a readable ONNX model; {_REMEDY}.") from error


def _check_graph(file: Path, session: onnxruntime.InferenceSession, spec: Spec) -> None:
    inputs = {node.name: list(node.shape[1:]) for node in session.get_inputs()}
    outputs = {node.name: list(node.shape[1:]) for node in session.get_outputs()}
    genres = len(spec.genres)
    expected = (spec.input.shapes(genres), {spec.output_name: [genres]})
    if (inputs, outputs) != expected:
        raise ArtifactError(
            f"{file} does not fit its spec.json: it maps {inputs} to {outputs}, "
            f"not {expected[0]} to {expected[1]}; {_REMEDY}."
        )


def _load_tokenizer(file: Path) -> Tokenizer:
    try:
        return Tokenizer.from_file(str(file))
    except Exception as error:  # tokenizers raises bare Exception
        raise ArtifactError(f"{file} is not a readable tokenizer; {_REMEDY}.") from error
