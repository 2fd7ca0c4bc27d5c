"""Every setting of a training, spelled out. `coursework` is the reference system."""

import dataclasses
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from gradio_app.errors import InputError
from gradio_app.preprocessing import Fit

__all__ = [
    "PRESETS",
    "Config",
    "FusionConfig",
    "LabelSet",
    "OverviewConfig",
    "PosterConfig",
    "ReaderConfig",
    "Statistic",
    "config_from_json",
]


#: What counts as listed: the genres of a film's own list; these and TMDB's; or the own list before
#: it was cut, where genres that other lists alone name are unknown.
LabelSet = Literal["listed", "completed", "agreed"]

Statistic = Literal["mean", "deviation", "maximum", "upper_mean", "lower_mean"]


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """The settings of either reader's training.

    With the schedule "exponential", the learning rate is multiplied by exp(-decay) in every epoch
    from `decay_from_epoch` (counted from 1) on; with "cosine", it rises to `learning_rate` in
    half an epoch and falls to 2 % of it along half a cosine.
    """

    architecture: str
    use_extra_films: bool
    epochs: int
    batch_size: int = 64
    #: An epoch passes through few films several times, until it has so many batches.
    least_batches: int = 1
    learning_rate: float = 1e-4
    schedule: Literal["exponential", "cosine"] = "exponential"
    decay: float = 0.01
    decay_from_epoch: int = 10
    weight_decay: float = 0.0
    #: Momentum of the moving average of the weights, which is what is kept; None keeps the last.
    #: In a short training it is lower: the average is over a tenth of all batches at most.
    weight_average: float | None = None
    #: What counts as listed of a film that is trained on; validation films have their own lists.
    label_set: LabelSet = "listed"
    #: The teacher's weight in a known label (training/teacher); unknown labels are wholly the
    #: teacher's. With 0, the lists alone are labels.
    teacher_share: float = 0.0
    seed: int = 1
    #: Rescale the logits on the validation films, so that probabilities are frequencies.
    calibrate: bool = True
    #: Genres with fewer training films than this are no labels: too few to train on or to measure.
    #: None goes by how many films there are (`least_films_per_genre`).
    min_films_per_genre: int | None = None


@dataclass(frozen=True, kw_only=True)
class PosterConfig(TrainingConfig):
    """The settings of a poster CNN.

    An architecture with a backbone begins with its ImageNet weights and a linear probe for a head,
    which fine-tuning distorts less than a random one (Kumar et al. 2022, arXiv 2202.10054).
    """

    kind: Literal["poster"] = "poster"
    architecture: Literal["coursework", "mobilenet_v2", "efficientnet_lite0"]
    height: int
    width: int
    fit: Fit
    augment: bool = False
    #: Posters are mixed in pairs, by a weight from a beta distribution with this parameter
    #: (mixup: Zhang et al. 2018, arXiv 1710.09412); 0 mixes none.
    mixup: float = 0.0
    #: The backbone's feature maps that are read, and what is read of each channel: its mean, its
    #: standard deviation, its maximum, the means of its upper and of its lower half.
    taps: tuple[str, ...] = ("block_6_expand_relu", "block_13_expand_relu", "out_relu")
    statistics: tuple[Statistic, ...] = ("mean",)
    #: How many made pictures of nothing there are for each poster; they have no genre more often
    #: than films have it (outlier exposure: Hendrycks et al. 2019, arXiv 1812.04606).
    made_pictures: float = 0.0
    #: Ridge penalty of the linear probe that is the head.
    head_penalty: float = 6000.0
    #: The first backbone block that is fine-tuned; those before it keep the ImageNet weights, and
    #: the head that of the linear probe.
    first_trained_block: int = 0
    dropout: float = 0.0

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one poster: (height, width, 3)."""
        return self.height, self.width, 3


@dataclass(frozen=True, kw_only=True)
class OverviewConfig(TrainingConfig):
    """The settings of an overview LSTM.

    It knows the `vocabulary_size` most frequent words (padding and the unknown word included), or
    all, where the training overviews have fewer; and it reads the first `sequence_length` words of
    each overview.
    """

    kind: Literal["overview"] = "overview"
    architecture: Literal["coursework", "pooled_bilstm"]
    vocabulary_size: int
    sequence_length: int = 100
    embedding_size: int
    units: tuple[int, ...]
    #: Begin with the teacher's word vectors, reduced to `embedding_size` components.
    teacher_words: bool = False
    #: Train on the teacher's variants of the overviews too.
    teacher_variants: bool = False
    #: Fraction of the words that are read as the unknown word, anew in each epoch.
    word_dropout: float = 0.0
    #: Share of the overviews of which any fraction is read so, up to all words: what little is
    #: known of a text then says little.
    sparse_share: float = 0.0
    #: How many made overviews that tell nothing there are for each overview; as `made_pictures`.
    made_overviews: float = 0.0
    embedding_dropout: float = 0.0
    dropout: float
    recurrent_dropout: float = 0.0
    head_dropout: float
    #: Train on batches of overviews of about the same length: twice as fast.
    bucketed: bool = False

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one overview: (words,)."""
        return (self.sequence_length,)


@dataclass(frozen=True, kw_only=True)
class FusionConfig:
    """The settings of the fused model of two trained readers (training/runs/fuse.py)."""

    kind: Literal["fusion"] = "fusion"
    architecture: Literal["stacking"] = "stacking"
    seed: int = 1


ReaderConfig = PosterConfig | OverviewConfig
Config = ReaderConfig | FusionConfig

_POSTER = PosterConfig(
    architecture="efficientnet_lite0",
    use_extra_films=True,
    epochs=3,
    batch_size=32,
    height=240,
    width=160,
    fit="pad",
    augment=True,
    mixup=0.3,
    taps=(
        "block_1_expand",
        "block_3_expand",
        "block_5_expand",
        "block_8_expand",
        "block_11_expand",
        "block_15_expand",
        "top",
    ),
    statistics=("mean", "deviation", "maximum", "upper_mean", "lower_mean"),
    head_penalty=12_000.0,
    first_trained_block=8,
    learning_rate=2e-5,
    schedule="cosine",
    weight_decay=0.05,
    weight_average=0.99,
    dropout=0.3,
)

_OVERVIEW = OverviewConfig(
    architecture="pooled_bilstm",
    use_extra_films=True,
    epochs=12,
    least_batches=15,
    learning_rate=1e-3,
    schedule="cosine",
    weight_decay=0.01,
    weight_average=0.998,
    vocabulary_size=30_000,
    embedding_size=192,
    units=(160,),
    word_dropout=0.1,
    embedding_dropout=0.25,
    dropout=0.25,
    head_dropout=0.4,
    bucketed=True,
)

#: "default" is trained on the films alone, "distilled" with the teacher too: the shipped models.
PRESETS: dict[str, dict[str, ReaderConfig]] = {
    "poster": {
        "coursework": PosterConfig(
            architecture="coursework",
            use_extra_films=False,
            epochs=40,
            height=64,
            width=64,
            fit="stretch",
            calibrate=False,
        ),
        "default": _POSTER,
        "distilled": replace(
            _POSTER,
            label_set="agreed",
            teacher_share=0.8,
            epochs=5,
            learning_rate=1.5e-4,
            first_trained_block=5,
            made_pictures=0.05,
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
            calibrate=False,
        ),
        "default": _OVERVIEW,
        "distilled": replace(
            _OVERVIEW,
            label_set="agreed",
            teacher_share=0.8,
            teacher_words=True,
            teacher_variants=True,
            made_overviews=0.03,
            sparse_share=0.1,
            epochs=6,
            batch_size=128,
            learning_rate=1.5e-3,
            weight_average=0.996,
            units=(192,),
            embedding_dropout=0.15,
            dropout=0.15,
            head_dropout=0.3,
        ),
    },
}


_TYPES: dict[str, type[PosterConfig] | type[OverviewConfig] | type[FusionConfig]] = {
    "poster": PosterConfig,
    "overview": OverviewConfig,
    "fusion": FusionConfig,
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
    lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    return config_type(**values | lists)
