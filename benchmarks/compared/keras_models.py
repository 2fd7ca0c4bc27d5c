"""Training's Keras models with the weights of the shipped ONNX models, to compare with.

Runs of trainings are not shipped, and an ONNX model holds all of their weights: as float16 where
these are exact, a batch normalisation folded into a factor and a summand, an LSTM's gates in
another order, and kernels of convolutions transposed.
"""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
from onnx import numpy_helper

from gradio_app.artifact import FusionInput, load_artifact
from gradio_app.readers import FOLDERS, Kind
from training.config import OverviewConfig, PosterConfig, ReaderConfig
from training.models.build import build_model
from training.models.fusion import build_fusion
from training.models.overview_lstm import WORDS_NAME
from training.models.poster_cnn import get_backbone

__all__ = ["KerasModels", "rebuild_models", "rebuild_poster_cnn"]

#: ONNX has an LSTM's gates as input, output, forget, cell; Keras as input, forget, cell, output.
_GATES = [0, 2, 3, 1]


@dataclass(frozen=True)
class KerasModels:
    """The three models as training has them, with the inputs and outputs of the ONNX models."""

    poster: keras.Model
    overview: keras.Model
    fusion: keras.Model


def rebuild_models(folder: Path) -> KerasModels:
    """Build the Keras models of a folder like `onnx_models`.

    Raises:
        ArtifactError: a model cannot be loaded.
    """
    return KerasModels(
        rebuild_poster_cnn(folder),
        _overview_lstm(_Graph(folder, "overview")),
        _fusion(_Graph(folder, "fusion")),
    )


def rebuild_poster_cnn(folder: Path) -> keras.Model:
    """Build the poster model alone of such a folder, as `rebuild_models` does."""
    return _poster_cnn(_Graph(folder, "poster"))


class _Graph:
    """The graph of a model folder, and its arrays by name."""

    def __init__(self, folder: Path, kind: Kind):
        artifact = load_artifact(folder / FOLDERS[kind], kind)
        self.spec = artifact.spec
        graph = onnx.load(artifact.folder / "model.onnx").graph
        self._nodes = list(graph.node)
        self._arrays = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
        for node in self.nodes("Concat"):  # an array in pieces, each small enough for a file
            if set(node.input) <= self._arrays.keys():
                pieces = [self._arrays[name] for name in node.input]
                self._arrays[node.output[0]] = np.concatenate(pieces)
        for node in self.nodes("Cast"):  # stored as float16, or computed
            if node.input[0] in self._arrays:
                self._arrays[node.output[0]] = self._arrays[node.input[0]].astype(np.float32)

    def nodes(self, operator: str) -> list[onnx.NodeProto]:
        """Return the nodes of an operator in their order."""
        return [node for node in self._nodes if node.op_type == operator]

    def node_with(self, operator: str, *inputs: str) -> onnx.NodeProto:
        """Return the one node of an operator that has these inputs."""
        (node,) = [node for node in self.nodes(operator) if set(inputs) <= set(node.input)]
        return node

    def node_making(self, output: str) -> onnx.NodeProto:
        """Return the node that computes a value."""
        (node,) = [node for node in self._nodes if output in node.output]
        return node

    def arrays(self, node: onnx.NodeProto) -> list[np.ndarray]:
        """Return the inputs of a node that are weights."""
        return [self._arrays[name] for name in node.input if name in self._arrays]

    def config(self, config_type: type[ReaderConfig]) -> ReaderConfig:
        """Return the training's config, as far as this version knows its settings."""
        settings: dict[str, Any] = self.spec.document["training"]["config"]
        known = {field.name for field in dataclasses.fields(config_type)}
        values = {name: value for name, value in settings.items() if name in known}
        lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
        return config_type(**values | lists)

    def dense(self) -> list[np.ndarray]:
        """Return kernel and bias of the last layer."""
        bias = self.node_making(self.node_making(self.spec.output_name).input[0])
        product = self.node_making(bias.input[0])
        return [*self.arrays(product), *self.arrays(bias)]


def _poster_cnn(graph: _Graph) -> keras.Model:
    model = build_model(graph.config(PosterConfig), len(graph.spec.genres))
    backbone = get_backbone(model)
    assert backbone is not None
    convolutions = [layer for layer in backbone.layers if layer.weights]
    for layer, node in zip(convolutions, graph.nodes("Conv"), strict=True):
        kernel, *bias = graph.arrays(node)  # conversion drops a bias of zeros
        bias = bias or [np.zeros(layer.bias.shape, np.float32)]
        depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
        # From (out, in, height, width); "in" is 1 in a depthwise kernel.
        layer.set_weights([kernel.transpose((2, 3, 0, 1) if depthwise else (2, 3, 1, 0)), *bias])
    (norm,) = [each for each in model.layers if isinstance(each, keras.layers.BatchNormalization)]
    norm.set_weights(_normalisation(graph, norm.epsilon))
    model.layers[-1].set_weights(graph.dense())
    return model


def _normalisation(graph: _Graph, epsilon: float) -> list[np.ndarray]:
    """Return scale, shift, mean and variance that scale and shift as the graph does."""
    (pooled,) = graph.nodes("Concat")
    scaled = graph.node_with("Mul", pooled.output[0])
    (scale,) = graph.arrays(scaled)
    (shift,) = graph.arrays(graph.node_with("Add", scaled.output[0]))
    return [scale, shift, np.zeros_like(scale), np.full_like(scale, 1 - epsilon)]


def _overview_lstm(graph: _Graph) -> keras.Model:
    model = build_model(graph.config(OverviewConfig), len(graph.spec.genres))
    (words,) = [array for node in graph.nodes("Gather") for array in graph.arrays(node)]
    model.get_layer(WORDS_NAME).set_weights([words.astype(np.float32)])
    recurrent = [each for each in model.layers if isinstance(each, keras.layers.Bidirectional)]
    for layer, node in zip(recurrent, graph.nodes("LSTM"), strict=True):
        both = zip(*graph.arrays(node)[:3], strict=True)  # forward, backward
        layer.set_weights([array for direction in both for array in _lstm(*direction)])
    model.layers[-1].set_weights(graph.dense())
    return model


def _lstm(kernel: np.ndarray, recurrent: np.ndarray, biases: np.ndarray) -> list[np.ndarray]:
    """Return Keras' kernel, recurrent kernel and bias of one direction.

    Args:
        kernel: (4 * units, inputs).
        recurrent: (4 * units, units).
        biases: of the one and of the other, (8 * units,).
    """
    whole = biases.reshape(2, -1).sum(axis=0)
    return [_reordered(kernel).T, _reordered(recurrent).T, _reordered(whole)]


def _reordered(gates: np.ndarray) -> np.ndarray:
    """Bring blocks of rows, one a gate, into Keras' order."""
    return np.concatenate([np.split(gates, 4)[gate] for gate in _GATES])


def _fusion(graph: _Graph) -> keras.Model:
    logits = graph.spec.input
    assert isinstance(logits, FusionInput)
    model = build_fusion(len(graph.spec.genres))
    names = (logits.poster, logits.overview)
    products = [graph.node_with("MatMul", name) for name in names]
    weights = [array for node in products for array in graph.arrays(node)]
    sums = [graph.node_with("Add", node.output[0]) for node in products]
    (intercepts,) = [array for node in sums for array in graph.arrays(node)]
    distant = [node for name in names for node in graph.nodes("Sub") if name in node.input]
    of_nothing = [array for node in distant for array in graph.arrays(node)]
    distances = graph.spec.document["calibration"].get("distances", [0, 0])
    if not of_nothing:  # a model made before 2026-11-26, which asks for neither
        of_nothing = [np.zeros(len(intercepts))] * 2
    layer = model.get_layer("stacking")
    layer.set_weights([np.stack(weights), intercepts, np.stack(of_nothing), np.array(distances)])
    return model
