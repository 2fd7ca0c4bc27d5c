"""Proof that an ONNX model predicts as its Keras model does, in an order that finds the cause.

Names, dynamic batch axis, shapes, values, the same genres chosen, operators: each step has its
own error, which reports what was measured.
"""

from collections import Counter
from dataclasses import dataclass

import keras
import numpy as np
import onnx
import onnxruntime

from gradio_app.errors import GenreAppError

__all__ = [
    "TOLERANCE",
    "BatchAxisError",
    "ExportError",
    "GenresDifferError",
    "NamesDifferError",
    "OperatorError",
    "Parity",
    "ShapesDifferError",
    "ValuesDifferError",
    "prove",
]

#: Largest difference of a probability that is accepted.
TOLERANCE = 1e-5


class ExportError(GenreAppError):
    """A converted model was refused; what is published stays as it was."""


class NamesDifferError(ExportError):
    """Input or output are not named as in Keras."""


class BatchAxisError(ExportError):
    """The model takes only one batch size."""


class ShapesDifferError(ExportError):
    """Input or output have another shape than in Keras."""


class ValuesDifferError(ExportError):
    """A probability differs by more than `TOLERANCE`."""


class GenresDifferError(ExportError):
    """A genre is chosen by one and not by the other."""


class OperatorError(ExportError):
    """The graph has operators that are slow, or lacks native ones."""


@dataclass(frozen=True)
class Parity:
    """What the proof measured.

    Attributes:
        inputs: how many were compared.
        largest_difference: of a probability.
        tolerance: the largest that is accepted.
    """

    inputs: int
    largest_difference: float
    tolerance: float = TOLERANCE


def prove(
    proto: onnx.ModelProto,
    model: keras.Model,
    inputs: dict[str, np.ndarray],
    thresholds: np.ndarray,
) -> Parity:
    """Compare a converted model with its (masked) Keras model.

    Args:
        proto: the converted model.
        model: the Keras model.
        inputs: what both are given, by the name of the input (`export.inputs.proof_inputs`).
        thresholds: of the genres (genres,).

    Raises:
        ExportError: they differ; the subclass says in what.
    """
    session = onnxruntime.InferenceSession(
        proto.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    _check_names(session, model)
    _check_shapes(session, inputs, thresholds)
    parity = _compare_values(session, model, inputs, thresholds)
    _check_operators(proto, model)
    return parity


def _check_names(session: onnxruntime.InferenceSession, model: keras.Model) -> None:
    (target,) = session.get_outputs()
    names = [source.name for source in session.get_inputs()], target.name
    expected = [source.name for source in model.inputs], model.layers[-1].name
    if names != expected:
        raise NamesDifferError(
            f"The ONNX model maps {names[0]} to {names[1]!r}, "
            f"Keras {expected[0]} to {expected[1]!r}."
        )


def _check_shapes(
    session: onnxruntime.InferenceSession, inputs: dict[str, np.ndarray], thresholds: np.ndarray
) -> None:
    sources, targets = session.get_inputs(), session.get_outputs()
    shapes = [value.shape for value in (*sources, *targets)]
    if any(isinstance(shape[0], int) for shape in shapes):
        raise BatchAxisError(f"The batch axis is fixed: {shapes}.")
    found = [shape[1:] for shape in shapes]
    expected = [list(inputs[source.name].shape[1:]) for source in sources]
    expected.append(list(thresholds.shape))
    if found != expected:
        raise ShapesDifferError(f"The ONNX model has the shapes {found}, not {expected}.")


def _compare_values(
    session: onnxruntime.InferenceSession,
    model: keras.Model,
    inputs: dict[str, np.ndarray],
    thresholds: np.ndarray,
) -> Parity:
    values = list(inputs.values())
    expected = model.predict(values if len(values) > 1 else values[0], verbose=0)
    as_batch = session.run(None, inputs)[0]
    one_by_one = np.concatenate(
        [
            session.run(None, {name: rows[row : row + 1] for name, rows in inputs.items()})[0]
            for row in range(len(expected))
        ]
    )
    largest = float(max(np.abs(as_batch - expected).max(), np.abs(one_by_one - expected).max()))
    if not largest <= TOLERANCE:  # not a number is refused too
        raise ValuesDifferError(
            f"Probabilities differ by up to {largest:.1e}; {TOLERANCE:.0e} is accepted."
        )
    differ = int(((as_batch >= thresholds) != (expected >= thresholds)).sum())
    if differ:
        raise GenresDifferError(f"{differ} genres are chosen by one of the two models alone.")
    return Parity(len(expected), largest)


def _check_operators(proto: onnx.ModelProto, model: keras.Model) -> None:
    operators = Counter(node.op_type for node in proto.graph.node)
    if operators["Loop"]:
        raise OperatorError("The graph has a Loop operator, which is slow.")
    n_layers = sum(isinstance(layer, keras.layers.Bidirectional) for layer in model.layers)
    if operators["LSTM"] != n_layers:
        raise OperatorError(
            f"The graph has {operators['LSTM']} LSTM operators for {n_layers} layers."
        )
