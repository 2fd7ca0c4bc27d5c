"""Train one model into a run folder, resumably, and measure it on the validation films.

A run folder holds config.json, genres.json, films.json (how many films taught it),
tokenizer.json (overviews), history.csv, best.weights.h5, checkpoint/ (while training),
metrics.json and curves.png.
"""

import json
import logging
import math
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import numpy as np
from tokenizers import Tokenizer

from gradio_app.errors import InputError
from gradio_app.preprocessing import encode_overviews
from training.config import Config, PosterConfig, config_from_json
from training.curves import draw_curves, keep_history, read_history
from training.data import (
    Film,
    genre_names,
    label_matrix,
    load_pixels,
    overview_tokenizer,
    pipeline,
    poster_augmentation,
    read_extra_films,
    read_films,
)
from training.metrics import choose_thresholds, figures
from training.models import (
    KnownCrossentropy,
    KnownPrecision,
    KnownRecall,
    build_model,
    freeze_backbone,
    load_backbone,
)

__all__ = ["Run", "load_run", "train"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Run:
    """A finished training, ready to be measured or exported."""

    folder: Path
    config: Config
    genres: list[str]
    films: dict[str, int]
    metrics: dict
    tokenizer: Tokenizer | None

    def model(self, masked: bool = True) -> keras.Model:
        """The trained model (`masked` as in `build_model`)."""
        model = build_model(self.config, len(self.genres))
        model.load_weights(self.folder / "best.weights.h5")
        if masked:
            return model
        twin = build_model(self.config, len(self.genres), masked=False)
        twin.set_weights(model.get_weights())
        return twin


def load_run(folder: Path) -> Run:
    """Read a run folder.

    Raises:
        InputError: it is none, or the training has not finished.
    """
    config = config_from_json(folder / "config.json")
    if not (folder / "metrics.json").is_file():
        raise InputError(f"The training {folder} has not finished; go on with --resume.")
    tokenizer = folder / "tokenizer.json"
    return Run(
        folder,
        config,
        _read(folder / "genres.json"),
        _read(folder / "films.json"),
        _read(folder / "metrics.json"),
        Tokenizer.from_file(str(tokenizer)) if tokenizer.is_file() else None,
    )


def train(
    config: Config,
    data: Path,
    folder: Path,
    cache: Path,
    resume: bool = False,
    backbone: Path | None = None,
) -> dict:
    """Train the model of `config` on the folder of films `data`.

    Args:
        folder: of the run; new, unless `resume`, which goes on after the last whole epoch.
        cache: folder for decoded posters, shared by runs.
        backbone: file with ImageNet weights; without, Keras downloads them where needed.

    Returns:
        The validation metrics, as in metrics.json.

    Raises:
        InputError: the data cannot be used, or the folder does not fit `resume`.
    """
    _check_folder(folder, config, resume)
    if resume and (folder / "metrics.json").is_file():
        return _read(folder / "metrics.json")
    keras.utils.set_random_seed(config.seed)
    listed = read_films(data)
    genres = genre_names(listed, config.min_films_per_genre)
    films = listed + (read_extra_films(data, listed) if config.use_extra_films else [])
    teaching = _readable(films, "train", config)
    judging = _readable(films, "validation", config)
    model = build_model(config, len(genres))
    if not any(_epochs_done(stage) for stage in (folder / "checkpoint").glob("*")):
        load_backbone(model, backbone)
    _describe(
        folder,
        {
            "config.json": asdict(config),
            "genres.json": genres,
            "films.json": {"train": len(teaching), "validation": len(judging)},
        },
    )

    read = _reader(config, folder, cache, teaching)
    labels = label_matrix(judging, genres)
    augments = isinstance(config, PosterConfig) and config.augment
    training = pipeline(
        read(teaching),
        label_matrix(teaching, genres),
        config.batch_size,
        shuffle_seed=config.seed,
        augment=poster_augmentation() if augments else None,
    )
    validation = pipeline(read(judging), labels, config.batch_size)
    _fit(model, config, training, validation, folder)

    best = build_model(config, len(genres))
    best.load_weights(folder / "best.weights.h5")
    metrics = _validation_metrics(labels, best.predict(validation, verbose=0))
    draw_curves(folder / "history.csv", folder / "curves.png", f"{config.kind} · {folder.name}")
    _write(folder / "metrics.json", metrics)
    shutil.rmtree(folder / "checkpoint", ignore_errors=True)
    return metrics


def _check_folder(folder: Path, config: Config, resume: bool) -> None:
    if isinstance(config, PosterConfig) and config.epochs <= config.head_epochs:
        raise InputError(f"Train more epochs than the {config.head_epochs} of the head alone.")
    if resume:
        if config_from_json(folder / "config.json") != config:
            raise InputError(f"{folder} was begun with other settings; resume it with those.")
    elif folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file; name a folder with --run.")
    elif folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder} holds a run already; use --resume or another --run.")


def _describe(folder: Path, facts: dict[str, object]) -> None:
    """Write what a run is about, file by file; a resumed run must be about the same."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in facts.items():
        if not (folder / name).is_file():
            _write(folder / name, value)
        elif name != "config.json" and _read(folder / name) != value:
            raise InputError(
                f"{folder} was begun with other films ({name} differs); resume it with those."
            )


def _readable(films: Sequence[Film], split: str, config: Config) -> list[Film]:
    wanted = "poster" if isinstance(config, PosterConfig) else "overview"
    chosen = [film for film in films if film.split == split and getattr(film, wanted)]
    if not chosen:
        raise InputError(f"No film of the split {split} has a {wanted}; check the data folder.")
    return chosen


def _reader(config: Config, folder: Path, cache: Path, teaching: Sequence[Film]):
    """A function from films to the model's input, with what the app will use to read."""
    if isinstance(config, PosterConfig):

        def pixels(films: Sequence[Film]) -> np.ndarray:
            posters = [film.poster for film in films if film.poster]
            return load_pixels(posters, config.height, config.width, config.fit, cache)

        return pixels
    tokenizer = overview_tokenizer(
        [film.overview for film in teaching], config.vocabulary_size, config.sequence_length
    )
    _describe(folder, {"tokenizer.json": json.loads(tokenizer.to_str())})

    def word_ids(films: Sequence[Film]) -> np.ndarray:
        return encode_overviews(
            tokenizer, [film.overview for film in films], config.sequence_length
        )

    return word_ids


def _fit(model: keras.Model, config: Config, training, validation, folder: Path) -> None:
    """Fit in one stage, or two where a new head on a backbone is trained first.

    A stage that a resumed run has behind it restores its last weights and trains no epoch.
    """
    head_epochs = config.head_epochs if isinstance(config, PosterConfig) else 0
    if isinstance(config, PosterConfig) and head_epochs:
        freeze_backbone(model, None)
        rate = config.head_learning_rate
        _fit_stage(model, config, training, validation, folder, "head", range(head_epochs), rate)
        # A model of its own: the first one remembers the epoch from which it was resumed.
        second = build_model(config, model.output_shape[-1])
        second.set_weights(model.get_weights())
        model = second
        freeze_backbone(model, config.first_trained_block)
    epochs = range(head_epochs, config.epochs)
    _fit_stage(model, config, training, validation, folder, "all", epochs, config.learning_rate)


def _fit_stage(model, config, training, validation, folder, stage, epochs: range, rate) -> None:
    """Fit the model in `epochs`, those before the stage's checkpoint left out."""
    checkpoint = folder / "checkpoint" / stage
    begin = _epochs_done(checkpoint) or epochs.start
    if begin == epochs.start:  # one that was cut off before it was whole would be restored
        shutil.rmtree(checkpoint, ignore_errors=True)
    done = read_history(folder / "history.csv")
    if begin < epochs.stop:
        done = keep_history(folder / "history.csv", until=begin)
    model.compile(
        keras.optimizers.Adam(rate),
        loss=KnownCrossentropy(),
        metrics=[KnownPrecision(name="precision"), KnownRecall(name="recall")],
    )
    callbacks = [
        keras.callbacks.LearningRateScheduler(lambda epoch: rate * _decay(config, epoch)),
        keras.callbacks.ModelCheckpoint(
            folder / "best.weights.h5",
            monitor="val_loss",
            save_best_only=True,
            save_weights_only=True,
            initial_value_threshold=min((float(row["val_loss"]) for row in done), default=None),
        ),
        keras.callbacks.CSVLogger(folder / "history.csv", append=bool(done)),
        Progress(config.epochs),
        keras.callbacks.BackupAndRestore(
            checkpoint, delete_checkpoint=False, double_checkpoint=True
        ),
    ]
    model.fit(
        training,
        validation_data=validation,
        initial_epoch=begin,
        epochs=epochs.stop,
        callbacks=callbacks,
        shuffle=False,  # the pipeline does
        verbose=0,
    )


def _epochs_done(checkpoint: Path) -> int:
    """How many epochs a checkpoint of `BackupAndRestore` has behind it; 0 where there is none."""
    file = checkpoint / "training_metadata.json"
    try:
        return json.loads(file.read_text("utf-8"))["epoch"] if file.is_file() else 0
    except (ValueError, KeyError) as error:
        raise InputError(
            f"{file} is damaged; the training cannot be resumed, begin another --run."
        ) from error


def _decay(config: Config, epoch: int) -> float:
    return math.exp(-config.decay * max(0, epoch + 2 - config.decay_from_epoch))


class Progress(keras.callbacks.Callback):
    """A log line every half minute and for every epoch, with the time that is left."""

    def __init__(self, epochs: int, every_seconds: float = 30):
        super().__init__()
        self.epochs = epochs
        self.every_seconds = every_seconds

    def on_train_begin(self, logs=None):
        self.begin = self.spoken = time.monotonic()
        self.first = -1

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch
        self.first = epoch if self.first < 0 else self.first

    def on_train_batch_end(self, batch, logs=None):
        if time.monotonic() - self.spoken >= self.every_seconds:
            steps = self.params["steps"] or batch + 1
            self._say(self.epoch + (batch + 1) / steps, f"batch {batch + 1}/{steps}", logs)

    def on_epoch_end(self, epoch, logs=None):
        self._say(epoch + 1, "done", logs)

    def _say(self, position: float, where: str, logs) -> None:
        self.spoken = time.monotonic()
        left = (self.spoken - self.begin) / (position - self.first) * (self.epochs - position)
        values = " ".join(
            f"{name} {value:.3f}" for name, value in logs.items() if "rate" not in name
        )
        logger.info(
            "epoch %d/%d %s: %s, %.1f min left",
            self.epoch + 1,
            self.epochs,
            where,
            values,
            left / 60,
        )


def _validation_metrics(labels: np.ndarray, probabilities: np.ndarray) -> dict:
    thresholds = choose_thresholds(labels, probabilities)
    return {
        "validation at 0.5": figures(labels, probabilities, 0.5),
        "validation at the thresholds": figures(labels, probabilities, thresholds),
        "thresholds": [round(float(value), 4) for value in thresholds],
    }


def _read(file: Path):
    return json.loads(file.read_text("utf-8"))


def _write(file: Path, value) -> None:
    file.write_text(json.dumps(value, indent=1) + "\n", "utf-8")
