"""Keras -> ONNX, with overviews read by native LSTM operators that skip the padding."""

import keras
import numpy as np
import onnx
import tensorflow as tf
import tf2onnx
from onnx import TensorProto, helper, numpy_helper

from training.config import OverviewConfig
from training.fusion import FusionRun
from training.models import WORDS_NAME
from training.run import Run

__all__ = ["OPSET", "convert"]

#: The newest that tf2onnx 1.17 writes is 18; 17 is read by older onnxruntimes as well.
OPSET = 17

_WORD_COUNT = "word_count"


def convert(run: Run | FusionRun) -> onnx.ModelProto:
    """Convert the model of a run; the batch axis is named "batch".

    A masked Keras LSTM would become an ONNX `Loop`, 10 to 50 times slower. So the unmasked twin
    is converted, whose LSTMs become `LSTM` operators, and these are told the number of words.
    """
    model = run.model() if isinstance(run, FusionRun) else run.model(masked=False)
    signature = [
        tf.TensorSpec(source.shape, source.dtype, name=source.name) for source in model.inputs
    ]
    proto, _ = tf2onnx.convert.from_keras(model, input_signature=signature, opset=OPSET)
    for value in (*proto.graph.input, *proto.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "batch"
    if isinstance(run.config, OverviewConfig):
        _give_word_count(proto.graph, model.inputs[0].name)
        _halve_word_vectors(proto.graph, model)
    onnx.checker.check_model(proto)
    return proto


def _halve_word_vectors(graph: onnx.GraphProto, model: keras.Model) -> None:
    """Store the word vectors as float16 and widen those that are read; training rounded them."""
    words = model.get_layer(WORDS_NAME)
    shape = [words.input_dim, words.output_dim]
    (table,) = [tensor for tensor in graph.initializer if list(tensor.dims) == shape]
    name = table.name
    half = numpy_helper.to_array(table).astype(np.float16)
    table.CopyFrom(numpy_helper.from_array(half, name))
    for position, node in enumerate(graph.node):
        if name in node.input:
            narrow = f"{node.output[0]}_float16"
            widen = helper.make_node("Cast", [narrow], [node.output[0]], to=TensorProto.FLOAT)
            node.output[0] = narrow
            graph.node.insert(position + 1, widen)
            return


def _give_word_count(graph: onnx.GraphProto, input_name: str) -> None:
    """Give every LSTM its `sequence_lens`: how many ids of a row are not padding.

    At least 1, for the operator crashes on 0. With it, the backward direction begins at the last
    word, as Keras' does under a mask.
    """
    for node in graph.node:
        if node.op_type == "LSTM":
            inputs = [*node.input, *[""] * (5 - len(node.input))]
            inputs[4] = _WORD_COUNT
            node.ClearField("input")
            node.input.extend(inputs)
    graph.initializer.extend(
        [
            helper.make_tensor("padding_id", TensorProto.INT32, [], [0]),
            helper.make_tensor("one_word", TensorProto.INT32, [], [1]),
            helper.make_tensor("word_axis", TensorProto.INT64, [1], [1]),
        ]
    )
    counting = [
        helper.make_node("Equal", [input_name, "padding_id"], ["is_padding"]),
        helper.make_node("Not", ["is_padding"], ["is_word"]),
        helper.make_node("Cast", ["is_word"], ["ones"], to=TensorProto.INT32),
        helper.make_node("ReduceSum", ["ones", "word_axis"], ["words"], keepdims=0),
        helper.make_node("Max", ["words", "one_word"], [_WORD_COUNT]),
    ]
    for position, node in enumerate(counting):
        graph.node.insert(position, node)
