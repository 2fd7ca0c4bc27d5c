"""`python -m scripts.compare.speed.int8 --data DATA`: are the models faster, and as good, in int8?

The poster CNN is quantised statically (a scale for each channel of weights, activations calibrated
on training posters), the overview LSTM dynamically, as onnxruntime's tools do it. Both are compared
with the shipped ones on the validation films: mean average precision, log loss, and time on one
thread. docs/decisions/0024 says what was found.
"""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)

from benchmarks.timing import in_turn, machine, spread, table
from gradio_app.classifier import FilmClassifier
from training.data.films import LabelledFilm, read_films
from training.data.labels import label_matrix
from training.metrics import macro_average_precision
from training.models.stacking import log_loss

ROOT = Path(__file__).parents[3]
MODELS = ROOT / "onnx_models"
CALIBRATION_POSTERS = 256
ROUNDS = 60


class Posters(CalibrationDataReader):
    """Training posters, one at a time."""

    def __init__(self, name: str, pixels: Sequence[np.ndarray]):
        self._inputs = ({name: one[None]} for one in pixels)

    def get_next(self) -> dict[str, np.ndarray] | None:
        """Return the next inputs; None after the last."""
        return next(self._inputs, None)


def main() -> None:
    """Quantise, compare, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    classifier = FilmClassifier.from_dir(MODELS)
    films = [film for film in read_films(data) if film.poster and film.overview]
    train = [film for film in films if film.split == "train"][:: len(films) // CALIBRATION_POSTERS]
    val = [film for film in films if film.split == "validation"]
    print(machine("onnxruntime"), f"{len(val)} validation films", "", sep="\n")
    with tempfile.TemporaryDirectory() as name:
        rows = [
            *posters(classifier, train, val, Path(name)),
            *overviews(classifier, val, Path(name)),
        ]
    print(table(("", "mAP", "log loss", "ms", "MB"), rows))


def posters(
    classifier: FilmClassifier, train: list[LabelledFilm], val: list[LabelledFilm], folder: Path
) -> Iterator[tuple[str, ...]]:
    """Yield a row for the poster CNN as it is shipped, and for each way to calibrate int8."""
    reader = classifier.poster
    pixels = [reader.pixels(film.poster) for film in train if film.poster]
    inputs = [reader.pixels(film.poster)[None] for film in val if film.poster]
    whole = folder / "float32.onnx"
    onnx.save(_widened(onnx.load(MODELS / "poster_cnn" / "model.onnx")), whole)
    name = onnx.load(whole).graph.input[0].name
    files = {"poster CNN": MODELS / "poster_cnn" / "model.onnx"}
    for method in (CalibrationMethod.MinMax, CalibrationMethod.Entropy):
        files[f"poster CNN in int8, {method.name}"] = folder / f"{method.name}.onnx"
        quantize_static(
            whole,
            folder / f"{method.name}.onnx",
            Posters(name, pixels),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "Clip", "Add"],
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=method,
        )
    yield from _rows(files, inputs, label_matrix(val, classifier.genres))


def overviews(
    classifier: FilmClassifier, val: list[LabelledFilm], folder: Path
) -> Iterator[tuple[str, ...]]:
    """Yield a row for the overview LSTM as it is shipped, and with its matrices in int8."""
    inputs = [classifier.overview.word_ids(film.overview)[None] for film in val]
    shipped = MODELS / "overview_lstm" / "model.onnx"
    quantize_dynamic(shipped, folder / "lstm.onnx", op_types_to_quantize=["LSTM", "MatMul"])
    files = {"overview LSTM": shipped, "overview LSTM in int8": folder / "lstm.onnx"}
    yield from _rows(files, inputs, label_matrix(val, classifier.genres))


def _widened(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a model whose weights are stored as float32, which the tools need."""
    graph = model.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    for node in [node for node in graph.node if node.op_type == "Cast"]:
        if node.input[0] in weights:
            values = numpy_helper.to_array(weights[node.input[0]]).astype(np.float32)
            graph.initializer.remove(weights[node.input[0]])
            graph.initializer.append(numpy_helper.from_array(values, node.output[0]))
            graph.node.remove(node)
    return model


def _rows(
    files: dict[str, Path], inputs: list[np.ndarray], labels: np.ndarray
) -> Iterator[tuple[str, ...]]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    sessions = {
        name: onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        for name, file in files.items()
    }

    def read(session: onnxruntime.InferenceSession, number: int) -> np.ndarray:
        (source,) = session.get_inputs()
        return session.run(None, {source.name: inputs[number % len(inputs)]})[0]

    calls = {
        name: lambda number, session=session: read(session, number)
        for name, session in sessions.items()
    }
    times = in_turn(calls, ROUNDS)
    for name, session in sessions.items():
        found = np.concatenate([read(session, number) for number in range(len(inputs))])
        precision = macro_average_precision(labels, found)
        loss = log_loss(labels, found)
        size = files[name].stat().st_size / 1e6
        yield name, f"{precision:.4f}", f"{loss:.4f}", spread(times[name]), f"{size:.1f}"


if __name__ == "__main__":
    main()
