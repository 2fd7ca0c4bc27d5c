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
    (genre_count,) = thresholds.shape
    inputs = proof_inputs(config, genre_count, seed=0)
    (target,) = session.get_outputs()
    names = [source.name for source in session.get_inputs()], target.name
    expected_names = [source.name for source in model.inputs], model.layers[-1].name
    if names != expected_names:
        raise NamesDifferError(
            f"The ONNX model maps {names[0]} to {names[1]!r}, "
            f"Keras {expected_names[0]} to {expected_names[1]!r}."
        )
    shapes = [value.shape for value in (*session.get_inputs(), target)]
    if any(isinstance(shape[0], int) for shape in shapes):
        raise BatchAxisError(f"The batch axis is fixed: {shapes}.")
    wanted = [list(inputs[name].shape[1:]) for name in names[0]] + [[genre_count]]
    if [shape[1:] for shape in shapes] != wanted:
        raise ShapesDifferError(
            f"The ONNX model has the shapes {[shape[1:] for shape in shapes]}, not {wanted}."
        )
    parity = _compare_values(session, model, inputs, thresholds)
    _check_operators(proto, config)
    return parity


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


def proof_inputs(config: Config, genre_count: int, seed: int) -> dict[str, np.ndarray]:
    """The inputs that are compared, by name.

    Posters: black, white, grey noise, colour noise, smooth gradients. Overviews: 1, 2, half,
    one less than all and all words; of all words of the vocabulary, of unknown ones alone, of
    the last id alone. Fusions: logits from certain to certain, with both readers and with either.
    """
    random = np.random.default_rng(seed)
    if isinstance(config, PosterConfig):
        return {"poster": _proof_posters(config, random)}
    if isinstance(config, OverviewConfig):
        return {"overview": _proof_overviews(config, random)}
    return _proof_logits(genre_count, random)


def _proof_posters(config: PosterConfig, random: np.random.Generator) -> np.ndarray:
    shape = config.input_shape
    ramp = np.broadcast_to(np.linspace(0, 255, config.width)[None, :, None], shape)
    posters = [np.zeros(shape), np.full(shape, 255.0), ramp, ramp[:, ::-1]]
    posters += [np.repeat(random.integers(0, 256, (*shape[:2], 1)), 3, axis=2)]
    posters += [random.integers(0, 256, shape) for _ in range(12)]
    return np.stack(posters).astype(np.float32)


def _proof_overviews(config: OverviewConfig, random: np.random.Generator) -> np.ndarray:
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


def _proof_logits(genre_count: int, random: np.random.Generator) -> dict[str, np.ndarray]:
    present = np.repeat([[1, 1], [1, 0], [0, 1]], 12, axis=0)
    poster, overview = random.uniform(-16, 16, (2, len(present), genre_count))
    return {
        "poster_logits": poster.astype(np.float32),
        "overview_logits": overview.astype(np.float32),
        "present": present.astype(np.float32),
    }


def _check_operators(proto: onnx.ModelProto, config: Config) -> None:
    operators = Counter(node.op_type for node in proto.graph.node)
    if operators["Loop"]:
        raise OperatorError("The graph has a Loop operator, which is slow.")
    if isinstance(config, OverviewConfig) and operators["LSTM"] != len(config.units):
        raise OperatorError(
            f"The graph has {operators['LSTM']} LSTM operators for {len(config.units)} layers."
        )
