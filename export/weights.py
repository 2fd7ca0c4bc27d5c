"""A model in files that are small enough for a Git repository on the Hugging Face Hub."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

__all__ = ["MAX_FILE_BYTES", "save_model"]

#: The Hub takes no larger file that is not in its large file storage: 10 MiB; some room is left.
MAX_FILE_BYTES = 9_500_000


def save_model(proto: onnx.ModelProto, folder: Path) -> None:
    """Write model.onnx, and as many files of weights beside it as it takes; none for a small one.

    The weights are those of the model, bit by bit: a tensor that is too large for a file lies in
    several pieces, which onnxruntime joins when a session begins.

    Args:
        proto: the model, which is changed.
        folder: where the files are written.
    """
    _cut_large_tensors(proto.graph)
    tensors = sorted(proto.graph.initializer, key=lambda each: len(each.raw_data))
    number = 0
    while tensors and proto.ByteSize() > MAX_FILE_BYTES:
        number += 1
        name, content = f"weights-{number}.bin", bytearray()
        while tensors and proto.ByteSize() > MAX_FILE_BYTES:
            if content and len(content) + len(tensors[-1].raw_data) > MAX_FILE_BYTES:
                break
            content += _moved_out(tensors.pop(), name, len(content))
        (folder / name).write_bytes(content)
    onnx.save(proto, folder / "model.onnx")


def _cut_large_tensors(graph: onnx.GraphProto) -> None:
    """Put `Concat` of pieces in the place of each tensor that is too large for a file."""
    for tensor in list(graph.initializer):
        values = numpy_helper.to_array(tensor)
        if values.nbytes <= MAX_FILE_BYTES:
            continue
        n_pieces = -(-values.nbytes // MAX_FILE_BYTES)
        pieces = [
            numpy_helper.from_array(piece, f"{tensor.name}_{number}")
            for number, piece in enumerate(np.array_split(values, n_pieces), 1)
        ]
        graph.initializer.remove(tensor)
        graph.initializer.extend(pieces)
        names = [piece.name for piece in pieces]
        graph.node.insert(0, helper.make_node("Concat", names, [tensor.name], axis=0))


def _moved_out(tensor: TensorProto, file: str, offset: int) -> bytes:
    """Let a tensor say that its values lie in a file, and return them."""
    content = bytes(tensor.raw_data)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", file), ("offset", offset), ("length", len(content))):
        tensor.external_data.add(key=key, value=str(value))
    return content
