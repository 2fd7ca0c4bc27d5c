"""A run folder: what a training or a fusion leaves behind, and what a resumed one finds.

All hold config.json, genres.json, films.json (how many films it was trained on), model.weights.h5
(calibrated) and metrics.json. A reader's holds also tokenizer.json (overviews), out_of_fold.npz and
before_training.json (a poster model with a backbone: what probes of other folds predict, and the
loss it begins with), history.csv, best.weights.h5, checkpoint/ (while training), validation.npz
and curves.png; a fusion's readers.json, which weights it was made for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
from tokenizers import Tokenizer

from gradio_app.artifact import sha256
from gradio_app.errors import InputError
from training.config import Config, OverviewConfig, ReaderConfig, config_from_json
from training.files import read_json, write_json
from training.models.build import build_convertible, build_model

__all__ = ["Run", "begin_run", "describe_run", "load_run"]


@dataclass(frozen=True)
class Run:
    """A finished training or fusion, ready to be measured or exported.

    Attributes:
        folder: of the run.
        config: with what settings it was trained, and with how many words.
        genres: the labels, in order.
        n_films: how many films it was trained and measured on: split -> number.
        metrics: of the validation films.
    """

    folder: Path
    config: Config
    genres: list[str]
    n_films: dict[str, int]
    metrics: dict

    @property
    def weights(self) -> dict[str, str]:
        """Which weights these are, of a fusion which its readers' are: kind -> SHA-256."""
        readers = self.folder / "readers.json"
        if readers.is_file():
            return read_json(readers)
        return {self.config.kind: sha256(self.folder / "model.weights.h5")}

    @property
    def tokenizer(self) -> Tokenizer | None:
        """What reads overviews; None for a model that reads none."""
        return _tokenizer(self.folder)

    def model(self) -> keras.Model:
        """Return the trained, calibrated model."""
        model = build_model(self.config, len(self.genres))
        model.load_weights(self.folder / "model.weights.h5")
        return model

    def convertible_model(self) -> keras.Model:
        """Return its twin of the same weights that can be converted (`build_convertible`)."""
        model = self.model()
        twin = build_convertible(self.config, len(self.genres))
        twin.set_weights(model.get_weights())
        return twin

    def validation(self) -> dict[str, np.ndarray]:
        """Return the probabilities of each validation film: id -> float32 (genres,)."""
        return _read_probabilities(self.folder / "validation.npz")

    def out_of_fold(self) -> dict[str, np.ndarray]:
        """Return those of each training film from probes that were not trained on it.

        They are not calibrated; there are none where the training fitted no probe.
        """
        file = self.folder / "out_of_fold.npz"
        return _read_probabilities(file) if file.is_file() else {}


def _read_probabilities(file: Path) -> dict[str, np.ndarray]:
    with np.load(file) as arrays:
        films = [str(film) for film in arrays["films"]]
        return dict(zip(films, arrays["probabilities"], strict=True))


def load_run(folder: Path) -> Run:
    """Read the run folder of a reader or of a fusion.

    Raises:
        InputError: it is none, or the training has not finished.
    """
    config = config_from_json(folder / "config.json")
    if not (folder / "metrics.json").is_file():
        raise InputError(
            f"The run {folder} has not finished; go on with --resume (a fusion: begin another)."
        )
    genres, n_films, metrics = (
        read_json(folder / name) for name in ("genres.json", "films.json", "metrics.json")
    )
    tokenizer = _tokenizer(folder)
    if isinstance(config, OverviewConfig) and tokenizer:
        config = replace(config, vocabulary_size=tokenizer.get_vocab_size())
    return Run(folder, config, genres, n_films, metrics)


def _tokenizer(folder: Path) -> Tokenizer | None:
    file = folder / "tokenizer.json"
    return Tokenizer.from_file(str(file)) if file.is_file() else None


def begin_run(folder: Path, config: ReaderConfig, resume: bool) -> None:
    """Check that a training may write into a folder.

    Args:
        folder: new, unless `resume`.
        config: must be that of the folder to `resume`.
        resume: go on with the run of the folder.

    Raises:
        InputError: it may not.
    """
    if resume:
        if config_from_json(folder / "config.json") != config:
            raise InputError(f"{folder} was begun with other settings; resume it with those.")
    elif folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file; name a folder with --run.")
    elif folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder} holds a run already; use --resume or another --run.")


def describe_run(folder: Path, facts: Mapping[str, object]) -> None:
    """Write what a run is about, file by file.

    Args:
        folder: of the run; made where it is missing.
        facts: name of a file -> JSON value.

    Raises:
        InputError: a resumed run was about something else.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in facts.items():
        if not (folder / name).is_file():
            write_json(folder / name, value)
        elif name != "config.json" and read_json(folder / name) != value:
            raise InputError(
                f"{folder} was begun with other films ({name} differs); resume it with those."
            )
