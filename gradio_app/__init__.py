"""Film genres from a poster and an overview, offline, on a CPU.

>>> from gradio_app import FilmClassifier
>>> FilmClassifier.from_dir("onnx_models").predict(overview="A ghost haunts a house.").poster
"""

import importlib
import os
from typing import TYPE_CHECKING, Any

# onnxruntime 1.29 and later count uses, name the machine in a file of its own and report both to
# Microsoft, unless this is set before it is imported. So it stands before every module of ours.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

if TYPE_CHECKING:
    from gradio_app.classifier import FilmClassifier
    from gradio_app.errors import ArtifactError, GenreAppError, InputError
    from gradio_app.prediction import FilmPrediction, FilmResult, Prediction

__all__ = [
    "ArtifactError",
    "FilmClassifier",
    "FilmPrediction",
    "FilmResult",
    "GenreAppError",
    "InputError",
    "Prediction",
    "__version__",
]

__version__ = "1.0.0.dev0"

#: Public name -> its module, which is imported when the name is used: importing the package alone
#: loads no onnxruntime.
_MODULES = {
    "ArtifactError": "gradio_app.errors",
    "FilmClassifier": "gradio_app.classifier",
    "FilmPrediction": "gradio_app.prediction",
    "FilmResult": "gradio_app.prediction",
    "GenreAppError": "gradio_app.errors",
    "InputError": "gradio_app.errors",
    "Prediction": "gradio_app.prediction",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
