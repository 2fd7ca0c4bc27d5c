"""A run folder: what a training leaves behind, and what a resumed one finds.

It holds config.json, genres.json, films.json (how many films taught it), tokenizer.json
(overviews), out_of_fold.npz and before_training.json (what the probes of a poster model with a
backbone said, and the loss it begins with), history.csv, best.weights.h5, checkpoint/ (while
training), model.weights.h5 (calibrated), validation.npz, metrics.json and curves.png.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from tokenizers import Tokenizer

from gradio_app.artifact import sha256
from gradio_app.errors import InputError
from training.config import ReaderConfig, config_from_json
from training.files import read_json, write_json
from training.models.build import build_convertible, build_model

__all__ = ["Run", "begin_run", "describe_run", "load_run"]


@dataclass(frozen=True)
class Run:
    """A finished training, ready to be measured or exported."""

    folder: Path
    config: ReaderConfig
    genres: list[str]
    films: dict[str, int]
    metrics: dict
    tokenizer: Tokenizer | None

    @property
    def weights(self) -> dict[str, str]:
        """Which weights these are: kind -> SHA-256."""
        return {self.config.kind: sha256(self.folder / "model.weights.h5")}

    def model(self, masked: bool = True) -> keras.Model:
        """The trained, calibrated model (`masked` as in `build_overview_lstm`)."""
        model = build_model(self.config, len(self.genres))
        model.load_weights(self.folder / "model.weights.h5")
        if masked:
            return model
        twin = build_convertible(self.config, len(self.genres))
        twin.set_weights(model.get_weights())
        return twin

    def validation(self) -> dict[str, np.ndarray]:
        """Id of each validation film -> its probabilities, float32 (genres,)."""
        return _read_answers(self.folder / "validation.npz")

    def out_of_fold(self) -> dict[str, np.ndarray]:
        """Id of each training film -> its probabilities from probes that did not learn from it,
        not calibrated; empty where the training fitted no probe."""
        file = self.folder / "out_of_fold.npz"
        return _read_answers(file) if file.is_file() else {}


def _read_answers(file: Path) -> dict[str, np.ndarray]:
    with np.load(file) as arrays:
        films = [str(film) for film in arrays["films"]]
        return dict(zip(films, arrays["probabilities"], strict=True))


def load_run(folder: Path) -> Run:
    """Read the run folder of a reader.

    Raises:
        InputError: it is none, or the training has not finished.
    """
    config = config_from_json(folder / "config.json")
    if not isinstance(config, ReaderConfig):
        raise InputError(f"{folder} is the run of a {config.kind}, not of a reader.")
    if not (folder / "metrics.json").is_file():
        raise InputError(f"The training {folder} has not finished; go on with --resume.")
    tokenizer = folder / "tokenizer.json"
    return Run(
        folder,
        config,
        read_json(folder / "genres.json"),
        read_json(folder / "films.json"),
        read_json(folder / "metrics.json"),
        Tokenizer.from_file(str(tokenizer)) if tokenizer.is_file() else None,
    )


def begin_run(folder: Path, config: ReaderConfig, resume: bool) -> None:
    if resume:
        if config_from_json(folder / "config.json") != config:
            raise InputError(f"{folder} was begun with other settings; resume it with those.")
    elif folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file; name a folder with --run.")
    elif folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder} holds a run already; use --resume or another --run.")


def describe_run(folder: Path, facts: Mapping[str, object]) -> None:
    """Write what a run is about, file by file; a resumed run must be about the same."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in facts.items():
        if not (folder / name).is_file():
            write_json(folder / name, value)
        elif name != "config.json" and read_json(folder / name) != value:
            raise InputError(
                f"{folder} was begun with other films ({name} differs); resume it with those."
            )
