"""A model folder (model.onnx, spec.json, ...) is loaded or refused as a whole."""

from gradio_app.artifact.artifact import Artifact, load_artifact
from gradio_app.artifact.files import sha256
from gradio_app.artifact.spec import (
    FORMAT_VERSION,
    FusionInput,
    OverviewInput,
    PosterInput,
    Spec,
    spec_digest,
)

__all__ = [
    "FORMAT_VERSION",
    "Artifact",
    "FusionInput",
    "OverviewInput",
    "PosterInput",
    "Spec",
    "load_artifact",
    "sha256",
    "spec_digest",
]
