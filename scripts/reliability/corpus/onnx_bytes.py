"""Small ONNX graphs, byte by byte: the package onnx is not needed for answering, nor for this."""

from collections.abc import Iterable

__all__ = ["INT32", "external_tensor", "field", "graph", "node", "value"]

FLOAT, INT32 = 1, 6


def field(number: int, content: int | str | bytes) -> bytes:
    """Return a field of a Protocol Buffers message."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    content = content.encode() if isinstance(content, str) else content
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(number: int) -> bytes:
    """Return a whole number in seven bits a byte."""
    if number < 128:
        return bytes([number])
    return bytes([number & 127 | 128]) + varint(number >> 7)


def value(name: str, dims: Iterable[int | str], kind: int = FLOAT) -> bytes:
    """Return an input or output; a dimension may have a name in place of a size."""
    shape = b"".join(
        field(1, field(1 if isinstance(dimension, int) else 2, dimension)) for dimension in dims
    )
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, shape)))


def node(operator: str, inputs: Iterable[str], output: str, domain: str = "") -> bytes:
    """Return a node without attributes."""
    sources = b"".join(field(1, name) for name in inputs)
    return sources + field(2, output) + field(4, operator) + field(7, domain)


def external_tensor(name: str, size: int, file: str) -> bytes:
    """Return a float tensor of one axis that lies in another file."""
    location = field(1, "location") + field(2, file)
    header = field(1, size) + field(2, FLOAT) + field(8, name)
    return header + field(13, location) + field(14, 1)


def graph(
    inputs: Iterable[bytes],
    outputs: Iterable[bytes],
    nodes: Iterable[bytes],
    tensors: Iterable[bytes] = (),
    domain: str = "",
) -> bytes:
    """Return a model file."""
    parts = [(1, nodes), (5, tensors), (11, inputs), (12, outputs)]
    content = b"".join(field(number, part) for number, all_parts in parts for part in all_parts)
    opsets = field(8, field(2, 17)) + (field(8, field(1, domain) + field(2, 1)) if domain else b"")
    return field(1, 8) + opsets + field(7, content + field(2, "awful"))
