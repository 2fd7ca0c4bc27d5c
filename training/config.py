"""Every setting of a training, spelled out. `coursework` is the reference system."""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gradio_app.errors import InputError
from gradio_app.preprocessing import Fit

__all__ = ["PRESETS", "Config", "OverviewConfig", "PosterConfig", "config_from_json"]


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """What both trainings share. The learning rate is multiplied by exp(-decay) in every epoch
    from `decay_from_epoch` (counted from 1) on."""

    architecture: str
    use_extra_films: bool
    epochs: int
    batch_size: int = 64
    learning_rate: float = 1e-4
    decay: float = 0.01
    decay_from_epoch: int = 10
    seed: int = 1
    #: Genres with fewer training films than this are no labels: too few to learn or to judge.
    min_films_per_genre: int = 80


@dataclass(frozen=True, kw_only=True)
class PosterConfig(TrainingConfig):
    """A poster CNN. `head_epochs` of the epochs train the new head alone, on a frozen backbone,
    at `head_learning_rate`; architectures without a backbone have none."""

    kind: Literal["poster"] = "poster"
    architecture: Literal["coursework", "mobilenet_v2"]
    height: int
    width: int
    fit: Fit
    augment: bool = False
    head_epochs: int = 0
    head_learning_rate: float = 1e-3
    #: The first backbone block that is fine-tuned; those before it keep the ImageNet weights.
    first_trained_block: int = 0
    dropout: float = 0.0


@dataclass(frozen=True, kw_only=True)
class OverviewConfig(TrainingConfig):
    """An overview LSTM over the `vocabulary_size` most frequent words (padding and the unknown
    word included), of which the first `sequence_length` of each overview are read."""

    kind: Literal["overview"] = "overview"
    architecture: Literal["coursework", "pooled_bilstm"]
    vocabulary_size: int
    sequence_length: int = 100
    embedding_size: int
    units: tuple[int, ...]
    embedding_dropout: float = 0.0
    dropout: float
    recurrent_dropout: float = 0.0
    head_dropout: float


Config = PosterConfig | OverviewConfig

PRESETS: dict[str, dict[str, Config]] = {
    "poster": {
        "coursework": PosterConfig(
            architecture="coursework",
            use_extra_films=False,
            epochs=40,
            height=64,
            width=64,
            fit="stretch",
        ),
        "default": PosterConfig(
            architecture="mobilenet_v2",
            use_extra_films=True,
            epochs=12,
            batch_size=32,
            height=192,
            width=128,
            fit="pad",
            augment=True,
            head_epochs=2,
            first_trained_block=7,
            learning_rate=1e-4,
            decay=0.25,
            decay_from_epoch=6,
            dropout=0.5,
        ),
    },
    "overview": {
        "coursework": OverviewConfig(
            architecture="coursework",
            use_extra_films=False,
            epochs=20,
            vocabulary_size=10_000,
            embedding_size=256,
            units=(256, 128),
            dropout=0.5,
            recurrent_dropout=0.2,
            head_dropout=0.8,
        ),
        "default": OverviewConfig(
            architecture="pooled_bilstm",
            use_extra_films=True,
            epochs=9,
            learning_rate=1e-3,
            decay=0.3,
            decay_from_epoch=4,
            vocabulary_size=10_000,
            embedding_size=128,
            units=(128,),
            embedding_dropout=0.6,
            dropout=0.4,
            head_dropout=0.5,
        ),
    },
}


_TYPES: dict[str, type[PosterConfig] | type[OverviewConfig]] = {
    "poster": PosterConfig,
    "overview": OverviewConfig,
}


def config_from_json(path: Path) -> Config:
    """Read the config that a training wrote to its run folder.

    Raises:
        InputError: there is none, or it is of another version of this program.
    """
    try:
        values = json.loads(path.read_text("utf-8"))
        config_type = _TYPES[values["kind"]]
        names = {field.name for field in dataclasses.fields(config_type)}
        if set(values) != names:
            raise KeyError(", ".join(sorted(set(values) ^ names)))
    except FileNotFoundError as error:
        raise InputError(f"{path.parent} is not a training run (no {path.name}).") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path} is not a config of this version ({error}); train again."
        ) from error
    if "units" in values:
        values["units"] = tuple(values["units"])
    return config_type(**values)
