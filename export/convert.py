"""Keras -> ONNX, with overviews read by native LSTM operators that skip the padding."""

import keras
import numpy as np
import onnx
import tensorflow as tf
import tf2onnx
from onnx import TensorProto, helper, numpy_helper

__all__ = ["OPSET", "convert"]

#: The newest that tf2onnx 1.17 writes is 18; 17 is read by older onnxruntimes as well.
OPSET = 17

_WORD_COUNT = "word_count"

#: Smaller tensors stay float32.
_WORTH_HALVING = 100


def convert(model: keras.Model) -> onnx.ModelProto:
    """Convert a model; the batch axis is named "batch".

    A masked Keras LSTM would become an ONNX `Loop`, 10 to 50 times slower. So the unmasked twin
    is given, whose LSTMs become `LSTM` operators, and these are given the number of words.

    Args:
        model: as `Run.convertible_model` returns it.
    """
    signature = [
        tf.TensorSpec(source.shape, source.dtype, name=source.name) for source in model.inputs
    ]
    proto, _ = tf2onnx.convert.from_keras(model, input_signature=signature, opset=OPSET)
    for value in (*proto.graph.input, *proto.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "batch"
    _give_word_count(proto.graph, model.inputs[0].name)
    _store_halves(proto.graph)
    onnx.checker.check_model(proto)
    return proto


def _store_halves(graph: onnx.GraphProto) -> None:
    """Store as float16 what training rounded to it (`training.models.outputs.round_to_half`).

    It is widened again where it is used: of a table, only the rows that are read; anything else
    once, when a session begins.
    """
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < _WORTH_HALVING:
            continue
        values = numpy_helper.to_array(tensor)
        half = values.astype(np.float16)
        if not np.array_equal(half, values):
            continue
        name, narrow = tensor.name, f"{tensor.name}_float16"
        tensor.CopyFrom(numpy_helper.from_array(half, narrow))
        users = [node for node in graph.node if name in node.input]
        if [node.op_type for node in users] == ["Gather"]:
            (gather,) = users
            gather.input[0] = narrow
            narrow, name = f"{gather.output[0]}_float16", gather.output[0]
            gather.output[0] = narrow
            position = list(graph.node).index(gather) + 1
        else:
            position = 0
        graph.node.insert(
            position, helper.make_node("Cast", [narrow], [name], to=TensorProto.FLOAT)
        )


def _give_word_count(graph: onnx.GraphProto, input_name: str) -> None:
    """Give every LSTM, where there are any, its `sequence_lens`: how many ids are not padding.

    At least 1, for the operator crashes on 0. With it, the backward direction begins at the last
    word, as Keras' does under a mask.
    """
    lstms = [node for node in graph.node if node.op_type == "LSTM"]
    if not lstms:
        return
    for node in lstms:
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
