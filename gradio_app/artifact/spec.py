"""spec.json is the one truth about a model. `export/` writes it; this module alone reads it."""

import hashlib
import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from gradio_app.artifact.files import REMEDY, read_file
from gradio_app.errors import ArtifactError
from gradio_app.limits import (
    MAX_GENRE_CHARACTERS,
    MAX_GENRES,
    MAX_INPUT_PIXELS,
    MAX_INPUT_WORDS,
    MAX_MODEL_FILES,
    MAX_SPEC_BYTES,
)
from gradio_app.preprocessing import Fit
from gradio_app.readers import Kind
from gradio_app.sentences import in_one_line

__all__ = [
    "FORMAT_VERSION",
    "FusionInput",
    "ModelFile",
    "OverviewInput",
    "PosterInput",
    "Spec",
    "read_spec",
    "spec_digest",
]

#: 3: the spec has the sizes of the files and a digest of its own contents.
FORMAT_VERSION = 3

_FILE_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,99}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class PosterInput:
    """What a poster model reads: float32 (batch, height, width, 3), 0..255."""

    name: str
    height: int
    width: int
    fit: Fit

    def __post_init__(self) -> None:
        _require_whole("height", self.height, MAX_INPUT_PIXELS)
        _require_whole("width", self.width, MAX_INPUT_PIXELS)
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

    def __post_init__(self) -> None:
        _require_whole("sequence_length", self.sequence_length, MAX_INPUT_WORDS)

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
class ModelFile:
    """How many bytes a file of the folder has, and their SHA-256."""

    size: int
    digest: str


@dataclass(frozen=True)
class Spec:
    """The contents of spec.json that answering needs, and the rest in `document`.

    `files` are all others of the folder by name, which are plain names.
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
    files: dict[str, ModelFile]
    document: dict[str, Any]


def read_spec(folder: Path, kind: Kind) -> Spec:
    """Read the spec of a model folder.

    Raises:
        ArtifactError: it is missing, damaged, of another version or another kind.
    """
    file = folder / "spec.json"
    content = read_file(file, MAX_SPEC_BYTES)
    try:
        document = json.loads(
            content.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_number
        )
        _check_version(file, document, kind)
        spec = _parse(document)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = in_one_line(str(error))[:200]  # it may quote what stands in the file
        raise ArtifactError(
            f"{file} is not a valid spec ({type(error).__name__}: {reason}); {REMEDY}."
        ) from error
    if not len(spec.genres) == len(set(spec.genres)) == len(spec.thresholds) > 0:
        raise ArtifactError(f"{file} needs one threshold for each of its genres; {REMEDY}.")
    if document.get("digest") != spec_digest(document):
        raise ArtifactError(f"{file} was changed since its export (its digest differs); {REMEDY}.")
    return spec


def spec_digest(document: dict[str, Any]) -> str:
    """Return the SHA-256 of what a spec says, whatever its layout; its own digest is left out.

    >>> spec_digest({"b": 1, "a": 0.5}) == spec_digest({"a": 0.5, "b": 1, "digest": "any"})
    True
    """
    contents = {name: value for name, value in document.items() if name != "digest"}
    text = json.dumps(contents, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    known = dict(pairs)
    if len(known) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} stands twice")
    return known


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")


def _check_version(file: Path, document: dict[str, Any], kind: Kind) -> None:
    if document["format_version"] != FORMAT_VERSION:
        raise ArtifactError(
            f"{file} has format {str(document['format_version'])[:20]}, this program reads "
            f"{FORMAT_VERSION}; export the model again (python -m export)."
        )
    if document["kind"] != kind:
        raise ArtifactError(
            f"{file.parent} holds a model of the kind {str(document['kind'])[:20]!r}, not "
            f"{kind!r}; export each model to its own folder."
        )


def _parse(document: dict[str, Any]) -> Spec:
    return Spec(
        kind=document["kind"],
        genres=_genres(document["genres"]),
        thresholds=tuple(map(_threshold, document["thresholds"])),
        input=_INPUTS[document["kind"]](**document["input"]),
        output_name=document["output"]["name"],
        weights={str(kind): str(digest) for kind, digest in document["weights"].items()},
        limits=str(document.get("limits", "")),
        files=_files(document),
        document=document,
    )


def _genres(names: list[Any]) -> tuple[str, ...]:
    if len(names) > MAX_GENRES:
        raise ValueError(f"more than {MAX_GENRES:,} genres")
    for name in names:
        plain = isinstance(name, str) and name.isprintable() and name == name.strip() != ""
        if not plain or len(name) > MAX_GENRE_CHARACTERS:
            raise ValueError(f"the genre {str(name)[:50]!r} is no name")
    return tuple(names)


def _threshold(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError(f"the threshold {str(value)[:50]!r} is not within 0 and 1")
    return float(value)


def _files(document: dict[str, Any]) -> dict[str, ModelFile]:
    digests, sizes = document["files"], document["sizes"]
    needed = {"model.onnx"} | ({"tokenizer.json"} if document["kind"] == "overview" else set())
    for name in sorted(needed - digests.keys()):
        raise KeyError(f"files/{name}")
    if digests.keys() != sizes.keys():
        raise ValueError("files and sizes name different files")
    if len(digests) > MAX_MODEL_FILES:
        raise ValueError(f"more than {MAX_MODEL_FILES} files")
    for name in digests:
        if not _FILE_NAME.fullmatch(name) or name == "spec.json":
            raise ValueError(f"{name[:100]!r} is no plain name of a file in the folder")
        if not _DIGEST.fullmatch(digests[name]):
            raise ValueError(f"the digest of {name} is no SHA-256")
        _require_whole(f"the size of {name}", sizes[name], math.inf)
    return {name: ModelFile(sizes[name], digest) for name, digest in digests.items()}


def _require_whole(what: str, value: object, most: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise ValueError(f"{what} is {str(value)[:50]}, not a whole number within 1 and {most:,}")
