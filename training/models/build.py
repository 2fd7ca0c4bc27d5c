"""The untrained model of a config, whatever its kind.

All are functional, for `tf2onnx` converts no others, and keeps their input and output names.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import keras

from training.config import Config
from training.models.fusion import build_fusion
from training.models.overview_lstm import build_overview_lstm
from training.models.poster_cnn import build_poster_cnn

__all__ = ["build_convertible", "build_model"]

_Build = Callable[[Any, int], keras.Model]

_MODELS: dict[str, _Build] = {
    "poster": build_poster_cnn,
    "overview": build_overview_lstm,
    "fusion": lambda _, n_genres: build_fusion(n_genres),
}

_CONVERTIBLE: dict[str, _Build] = _MODELS | {"overview": partial(build_overview_lstm, masked=False)}


def build_model(config: Config, n_genres: int) -> keras.Model:
    """Return the untrained model of a config."""
    return _MODELS[config.kind](config, n_genres)


def build_convertible(config: Config, n_genres: int) -> keras.Model:
    """Return its twin that `tf2onnx` converts well, which takes the weights of the model."""
    return _CONVERTIBLE[config.kind](config, n_genres)
