"""Which other files an ONNX graph reads its weights from.

onnxruntime opens them without asking, and the package onnx is not needed for answering; so this
walks through the file's messages (https://onnx.ai/onnx/repo-docs/IR.html) to where tensors name
files.
"""

from collections.abc import Iterator

__all__ = ["external_files"]

#: Message -> its fields by number that hold messages which may hold tensors.
_FIELDS = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse tensor"},
    "node": {5: "attribute"},
    "attribute": {
        **{5: "tensor", 10: "tensor", 6: "graph", 11: "graph"},
        **{22: "sparse tensor", 23: "sparse tensor"},
    },
    "sparse tensor": {1: "tensor", 2: "tensor"},
    "tensor": {13: "entry"},
}
_KEY, _VALUE = 1, 2

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def external_files(content: bytes) -> set[str]:
    """Return the names of the files that the tensors of a model lie in.

    Args:
        content: of an ONNX file.

    Raises:
        ValueError: it is none.
        RecursionError: its graphs are nested too deeply.
    """
    return set(_locations(memoryview(content), "model"))


def _locations(message: memoryview, kind: str) -> Iterator[str]:
    if kind == "entry":
        entry = {number: bytes(value) for number, value in _fields(message)}
        if entry.get(_KEY) == b"location":
            yield entry.get(_VALUE, b"").decode("utf-8")
        return
    for number, value in _fields(message):
        if number in _FIELDS[kind]:
            yield from _locations(value, _FIELDS[kind][number])


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Yield the fields of a message that hold bytes: number, value."""
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        kind = tag & 7
        if kind == _VARINT:
            _, place = _varint(message, place)
        elif kind == _BYTES:
            length, place = _varint(message, place)
            if place + length > len(message):
                raise ValueError("a field ends after its message")
            yield tag >> 3, message[place : place + length]
            place += length
        elif kind in (_FIXED64, _FIXED32):
            place += 8 if kind == _FIXED64 else 4
        else:
            raise ValueError(f"a field of the kind {kind}")


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    """Return a whole number of seven bits a byte, and the place after it."""
    number = 0
    for shift in range(0, 70, 7):
        if place >= len(message):
            raise ValueError("a number ends after its message")
        byte = message[place]
        place += 1
        number |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return number, place
    raise ValueError("a number is too long")
