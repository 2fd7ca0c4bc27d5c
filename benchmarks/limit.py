"""`python -m benchmarks.limit`: how near the models are to what this processor can do.

The least time of a model is its multiply-adds over the rate at which onnxruntime multiplies large
matrices here, on one thread. What it takes is told apart by operator, from onnxruntime's own
profile.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

from benchmarks.timing import in_turn, machine, table
from gradio_app.readers import READERS

ROOT = Path(__file__).parents[1]
MODELS = ROOT / "onnx_models"
ROUNDS = 60
WORDS = 60  # of an overview
SIDE = 1024  # of the square matrices
SHOWN = 6  # operators of a model


def main() -> None:
    """Measure, and print the tables."""
    print(machine("onnxruntime", "numpy"), f"{ROUNDS} rounds", "", sep="\n")
    sessions = {reader.name: _session(MODELS / reader.folder) for reader in READERS[:2]}
    inputs = {name: example(session) for name, session in sessions.items()}
    products = {kind: product(kind) for kind in ("float32", "int8")}
    times = in_turn(
        {name: partial(_run, sessions[name], inputs[name]) for name in sessions}, ROUNDS
    )
    times |= in_turn(products, ROUNDS)
    rates = {kind: SIDE**3 / np.median(times[kind]) / 1e6 for kind in products}
    for kind, rate in rates.items():
        print(f"Matrices of {SIDE} x {SIDE} in {kind}: {rate:.0f} * 10^9 multiply-adds a second.")
    rows = []
    for reader in READERS[:2]:  # the fused model multiplies next to nothing
        millions = multiply_adds(MODELS / reader.folder, inputs[reader.name]) / 1e6
        measured = np.median(times[reader.name])
        least = millions / rates["float32"]
        rows.append(
            (
                reader.name,
                f"{millions:.1f}",
                f"{least:.2f}",
                f"{measured:.2f}",
                f"{measured / least:.1f}",
                f"{millions / rates['int8']:.2f}",
            )
        )
    head = ("", "million multiply-adds", "least ms", "ms", "ratio", "least ms in int8")
    print("", table(head, rows), sep="\n")
    for reader in READERS[:2]:
        print("", f"Where the time of the {reader.name} goes:", "", sep="\n")
        print(operators(MODELS / reader.folder, inputs[reader.name]))


def _session(folder: Path, profile: str | None = None) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    if profile:
        options.enable_profiling, options.profile_file_prefix = True, profile
    return onnxruntime.InferenceSession(
        folder / "model.onnx", options, providers=["CPUExecutionProvider"]
    )


def _run(
    session: onnxruntime.InferenceSession, inputs: dict[str, np.ndarray], _: int
) -> list[np.ndarray]:
    return session.run(None, inputs)


def example(session: onnxruntime.InferenceSession) -> dict[str, np.ndarray]:
    """Return inputs of one film: noise, or so many words and padding."""
    rng = np.random.default_rng(1)
    inputs = {}
    for source in session.get_inputs():
        shape = (1, *source.shape[1:])
        if source.type == "tensor(int32)":
            inputs[source.name] = np.zeros(shape, np.int32)
            inputs[source.name][:, :WORDS] = rng.integers(2, 20_000, WORDS)
        else:
            inputs[source.name] = rng.uniform(0, 255, shape).astype(np.float32)
    return inputs


def product(kind: str) -> Callable[[int], object]:
    """Return a multiplication of two square matrices by onnxruntime, on one thread."""
    rng = np.random.default_rng(1)
    if kind == "float32":
        node = helper.make_node("MatMul", ["a", "b"], ["c"])
        types = TensorProto.FLOAT, TensorProto.FLOAT, TensorProto.FLOAT
        a, b = rng.standard_normal((2, SIDE, SIDE)).astype(np.float32)
    else:
        node = helper.make_node("MatMulInteger", ["a", "b"], ["c"])
        types = TensorProto.UINT8, TensorProto.INT8, TensorProto.INT32
        a = rng.integers(0, 256, (SIDE, SIDE)).astype(np.uint8)
        b = rng.integers(-64, 64, (SIDE, SIDE)).astype(np.int8)
    values = [
        helper.make_tensor_value_info(name, kind, [SIDE, SIDE])
        for name, kind in zip("abc", types, strict=True)
    ]
    weights = onnx.numpy_helper.from_array(b, "b")  # onnxruntime arranges weights once
    graph = helper.make_graph([node], "product", [values[0]], [values[2]], [weights])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return partial(_run, session, {"a": a})


def multiply_adds(folder: Path, inputs: dict[str, np.ndarray]) -> float:
    """Return the multiply-adds of a model's convolutions, LSTMs and products of matrices."""
    model = onnx.load(folder / "model.onnx")
    shapes = _shapes(model, inputs)
    total = 0.0
    for node in model.graph.node:
        if node.op_type == "Conv":
            out, kernel = shapes[node.output[0]], shapes[node.input[1]]
            total += np.prod(out) * np.prod(kernel[1:])
        elif node.op_type in ("MatMul", "Gemm"):
            total += np.prod(shapes[node.output[0]]) * shapes[node.input[0]][-1]
        elif node.op_type == "LSTM":
            # (directions, 4 * units, inputs) and (directions, 4 * units, units), for each word
            total += WORDS * (np.prod(shapes[node.input[1]]) + np.prod(shapes[node.input[2]]))
    return total


def _shapes(model: onnx.ModelProto, inputs: dict[str, np.ndarray]) -> dict[str, list[int]]:
    """Return the shape of each value of a graph, for one film."""
    for source in model.graph.input:
        source.type.tensor_type.shape.dim[0].dim_value = len(inputs[source.name])
    inferred = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    values = (*inferred.value_info, *inferred.input, *inferred.output)
    shapes = {
        value.name: [dim.dim_value for dim in value.type.tensor_type.shape.dim] for value in values
    }
    return shapes | {tensor.name: list(tensor.dims) for tensor in inferred.initializer}


def operators(folder: Path, inputs: dict[str, np.ndarray]) -> str:
    """Return a table of the milliseconds that a model spends in each operator."""
    with tempfile.TemporaryDirectory() as place:
        session = _session(folder, f"{place}/profile")
        for _ in range(ROUNDS):
            session.run(None, inputs)
        events = json.loads(Path(session.end_profiling()).read_text())
    spent: Counter[str] = Counter()
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            spent[event["args"]["op_name"]] += event["dur"] / 1000 / ROUNDS
    total = sum(spent.values())
    rows = [(name, f"{ms:.2f}", f"{ms / total:.0%}") for name, ms in spent.most_common(SHOWN)]
    rest = total - sum(ms for _, ms in spent.most_common(SHOWN))
    rows += [("others", f"{rest:.2f}", f"{rest / total:.0%}")]
    return table(("operator", "ms", "share"), rows)


if __name__ == "__main__":
    main()
