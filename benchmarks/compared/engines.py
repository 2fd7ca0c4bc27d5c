"""The shipped models in other engines, each on one thread."""

import contextlib
import os
from collections.abc import Callable

import keras
import numpy as np
import onnxruntime
import tensorflow as tf
import tf2onnx

from export.convert import OPSET

__all__ = ["lite_cnn", "loop_lstm"]


def lite_cnn(model: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    """Return the poster CNN in LiteRT, on one thread."""
    with open(os.devnull, "w") as nothing, contextlib.redirect_stdout(nothing):
        content = tf.lite.TFLiteConverter.from_keras_model(model).convert()
    interpreter = tf.lite.Interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    (source,), (target,) = interpreter.get_input_details(), interpreter.get_output_details()

    def run(pixels: np.ndarray) -> np.ndarray:
        interpreter.set_tensor(source["index"], pixels)
        interpreter.invoke()
        return interpreter.get_tensor(target["index"])

    return run


def loop_lstm(model: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    """Return the overview LSTM as a plain conversion makes it, on one thread."""
    (source,) = model.inputs
    signature = [tf.TensorSpec(source.shape, source.dtype, name=source.name)]
    proto, _ = tf2onnx.convert.from_keras(model, input_signature=signature, opset=OPSET)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        proto.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return lambda ids: session.run(None, {source.name: ids})[0]
