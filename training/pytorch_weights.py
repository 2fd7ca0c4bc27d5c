"""The tensors of a PyTorch weights file, read without PyTorch.

The file is of the format before PyTorch 1.6: pickles that describe the tensors, then their numbers.
"""

import pickle
from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from gradio_app.errors import InputError

__all__ = ["read_tensors"]

_MAGIC = 0x1950A86A20F9469CFC6C


def read_tensors(file: Path) -> dict[str, np.ndarray]:
    """Return the tensors of a weights file, by name.

    A pickle can name any function to be called; only those that describe tensors are known here, so
    a file that names another one is refused.

    Args:
        file: that `torch.save` wrote in its former format, from a dictionary of tensors.

    Raises:
        InputError: there is no such file, or it is of another kind.
    """
    try:
        with file.open("rb") as content:
            return _read(content)
    # A damaged pickle raises any error.
    except Exception as error:
        raise InputError(
            f"{file} is not a readable file of PyTorch's former format ({error})."
        ) from error


def _read(content: BinaryIO) -> dict[str, np.ndarray]:
    if _Unpickler(content).load() != _MAGIC:
        raise ValueError("it begins otherwise")
    unpickle = partial(_Unpickler, content)
    _protocol, _system = unpickle().load(), unpickle().load()
    described = unpickle()
    tensors = described.load()
    for key in unpickle().load():
        storage = described.storages[key]
        (size,) = np.frombuffer(content.read(8), "<i8")
        storage[:] = np.frombuffer(content.read(int(size) * storage.itemsize), storage.dtype)
    return dict(tensors)


class _Unpickler(pickle.Unpickler):
    """Describes tensors as views of storages, whose numbers come later in the file."""

    def __init__(self, content: BinaryIO):
        super().__init__(content)
        self.storages: dict[str, np.ndarray] = {}

    def find_class(self, module: str, name: str) -> Any:
        """Return what a name stands for; a storage's is the type of its numbers."""
        known = {
            "collections.OrderedDict": OrderedDict,
            "torch._utils._rebuild_tensor_v2": _view,
            "torch.FloatStorage": np.dtype("<f4"),
            "torch.LongStorage": np.dtype("<i8"),
        }
        try:
            return known[f"{module}.{name}"]
        except KeyError as error:
            raise pickle.UnpicklingError(f"it names {module}.{name}") from error

    def persistent_load(self, pid: tuple) -> np.ndarray:
        """Return the storage that a tensor lies in."""
        _, dtype, key, _, size, *_ = pid
        if key not in self.storages:
            self.storages[key] = np.zeros(size, dtype)
        return self.storages[key]


def _view(
    storage: np.ndarray, offset: int, shape: Sequence[int], steps: Sequence[int], *_rest: object
) -> np.ndarray:
    """Return a tensor in its storage; NumPy raises ValueError where it does not lie within."""
    size = storage.itemsize
    strides = [step * size for step in steps]
    return np.ndarray(shape, storage.dtype, storage, offset * size, strides)
