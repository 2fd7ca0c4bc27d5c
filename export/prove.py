"""Proof that an ONNX model answers as its Keras model does, in an order that finds the cause.

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
from training.config import Config, OverviewConfig, PosterConfig

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
    "proof_inputs",
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
    """What the proof measured: over `inputs` inputs, the largest difference of a probability."""

    inputs: int
    largest_difference: float
    tolerance: float = TOLERANCE


def prove(
    proto: onnx.ModelProto, model: keras.Model, config: Config, thresholds: np.ndarray
) -> Parity:
    """Compare a converted model with its (masked) Keras model.

    Raises:
        ExportError: they differ; the subclass says in what.
    """
    session = onnxruntime.InferenceSession(
        proto.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    (source,), (target,) = session.get_inputs(), session.get_outputs()
    (keras_input,) = model.inputs
    output_name = model.layers[-1].name
    if (source.name, target.name) != (keras_input.name, output_name):
        raise NamesDifferError(
            f"The ONNX model maps {source.name!r} to {target.name!r}, "
            f"Keras {keras_input.name!r} to {output_name!r}."
        )
    if isinstance(source.shape[0], int) or isinstance(target.shape[0], int):
        raise BatchAxisError(f"The batch axis is fixed: {source.shape} to {target.shape}.")
    shapes = list(keras_input.shape[1:]), list(model.outputs[0].shape[1:])
    if (source.shape[1:], target.shape[1:]) != shapes:
        raise ShapesDifferError(
            f"The ONNX model maps {source.shape[1:]} to {target.shape[1:]}, "
            f"Keras {shapes[0]} to {shapes[1]}."
        )
    parity = _compare_values(session, model, config, thresholds)
    _check_operators(proto, config)
    return parity


def _compare_values(
    session: onnxruntime.InferenceSession,
    model: keras.Model,
    config: Config,
    thresholds: np.ndarray,
) -> Parity:
    inputs = proof_inputs(config, seed=0)
    expected = model.predict(inputs, verbose=0)
    name = session.get_inputs()[0].name
    as_batch = session.run(None, {name: inputs})[0]
    one_by_one = np.concatenate([session.run(None, {name: row[None]})[0] for row in inputs])
    largest = float(max(np.abs(as_batch - expected).max(), np.abs(one_by_one - expected).max()))
    if not largest <= TOLERANCE:  # not a number is refused too
        raise ValuesDifferError(
            f"Probabilities differ by up to {largest:.1e}; {TOLERANCE:.0e} is accepted."
        )
    differ = int(((as_batch >= thresholds) != (expected >= thresholds)).sum())
    if differ:
        raise GenresDifferError(f"{differ} genres are chosen by one of the two models alone.")
    return Parity(len(inputs), largest)


def proof_inputs(config: Config, seed: int) -> np.ndarray:
    """The inputs that are compared.

    Posters: black, white, grey noise, colour noise, smooth gradients. Overviews: 1, 2, half,
    one less than all and all words; of all words of the vocabulary, of unknown ones alone, of
    the last id alone.
    """
    random = np.random.default_rng(seed)
    if isinstance(config, PosterConfig):
        shape = (config.height, config.width, 3)
        ramp = np.broadcast_to(np.linspace(0, 255, config.width)[None, :, None], shape)
        posters = [np.zeros(shape), np.full(shape, 255.0), ramp, ramp[:, ::-1]]
        posters += [np.repeat(random.integers(0, 256, (*shape[:2], 1)), 3, axis=2)]
        posters += [random.integers(0, 256, shape) for _ in range(12)]
        return np.stack(posters).astype(np.float32)
    length, last = config.sequence_length, config.vocabulary_size - 1
    rows = []
    for words in sorted({1, 2, length // 2, length - 1, length} - {0}):
        for ids in (
            *(random.integers(1, last + 1, words) for _ in range(4)),
            np.ones(words),  # unknown words alone
            np.full(words, last),
        ):
            rows.append(np.pad(ids, (0, length - words)))
    return np.stack(rows).astype(np.int32)


def _check_operators(proto: onnx.ModelProto, config: Config) -> None:
    operators = Counter(node.op_type for node in proto.graph.node)
    if operators["Loop"]:
        raise OperatorError("The graph has a Loop operator, which is slow.")
    if isinstance(config, OverviewConfig) and operators["LSTM"] != len(config.units):
        raise OperatorError(
            f"The graph has {operators['LSTM']} LSTM operators for {len(config.units)} layers."
        )
