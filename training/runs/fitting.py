"""Fit a model epoch by epoch, so that it can go on after an interruption."""

import json
import logging
import math
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

import keras
import tensorflow as tf

from gradio_app.errors import InputError
from training.config import ReaderConfig
from training.models.losses import KnownCrossentropy, KnownPrecision, KnownRecall
from training.models.outputs import OUTPUT_NAME, SENTENCE_NAME
from training.runs.history import keep_history
from training.runs.task import Task

__all__ = ["Progress", "epochs_done", "fit"]

logger = logging.getLogger(__name__)

#: What Keras gives a callback: name of a figure -> its value.
Logs = Mapping[str, float] | None

#: What the distance between a sentence vector and its teacher's weighs in the loss.
_SENTENCE_WEIGHT = 0.5


def fit(
    model: keras.Model,
    task: Task,
    training: tf.data.Dataset,
    validation: tf.data.Dataset,
    n_films: int,
) -> None:
    """Fit the model, after the epochs that its checkpoint has behind it.

    The run folder gets history.csv, best.weights.h5, checkpoint/ and, for a model that begins
    fitted, before_training.json.

    Args:
        model: of the task, warmly started.
        task: says what is frozen and whether the model begins fitted.
        training: batches of an epoch.
        validation: batches by which the best epoch is chosen.
        n_films: how many films `training` has, variants included, each as often as it comes.
    """
    config, folder = task.config, task.folder
    checkpoint = folder / "checkpoint"
    begin = epochs_done(checkpoint)
    if not begin:  # one that was cut off before it was whole would be restored
        shutil.rmtree(checkpoint, ignore_errors=True)
    done = keep_history(folder / "history.csv", until=begin)
    task.freeze(model)
    _compile(model, config, n_films)
    model.fit(
        training,
        validation_data=validation,
        initial_epoch=begin,
        epochs=config.epochs,
        callbacks=_callbacks(task, _least_loss(model, task, validation, done), bool(done)),
        shuffle=False,  # the pipeline does
        verbose=0,
    )


def _callbacks(
    task: Task, least_loss: float | None, append: bool
) -> list[keras.callbacks.Callback]:
    """Return what is done between the epochs.

    Args:
        task: that is trained.
        least_loss: weights are kept that are better on the validation films.
        append: whether history.csv goes on.
    """
    config, folder = task.config, task.folder
    backup = keras.callbacks.BackupAndRestore(
        folder / "checkpoint", delete_checkpoint=False, double_checkpoint=True
    )
    keep_best = keras.callbacks.ModelCheckpoint(
        folder / "best.weights.h5",
        monitor="val_loss",
        save_best_only=True,
        save_weights_only=True,
        initial_value_threshold=least_loss,
    )
    # After the checkpoint, which needs the weights that are trained, and before the best
    # weights are kept, which are the averaged ones.
    average = [keras.callbacks.SwapEMAWeights(swap_on_epoch=True)] if config.weight_average else []
    log = keras.callbacks.CSVLogger(folder / "history.csv", append=append)
    rate = keras.callbacks.LearningRateScheduler(
        lambda epoch: config.learning_rate * _decay(config, epoch)
    )
    schedule = [rate] if config.schedule == "exponential" else []
    return [backup, *average, keep_best, log, Progress(config.epochs), *schedule]


def _least_loss(
    model: keras.Model, task: Task, validation: tf.data.Dataset, done: list[dict[str, str]]
) -> float | None:
    """Return the least validation loss so far.

    Where training only makes a model worse that begins fitted, that is what is kept.
    """
    losses = [float(row["val_loss"]) for row in done]
    if task.begins_fitted:
        losses.append(_loss_before_training(model, validation, task.folder))
    return min(losses, default=None)


def _loss_before_training(model: keras.Model, validation: tf.data.Dataset, folder: Path) -> float:
    """Return what a first call has measured, which also keeps the weights."""
    file = folder / "before_training.json"
    if not file.is_file():
        model.save_weights(folder / "best.weights.h5")
        before = model.evaluate(validation, verbose=0, return_dict=True)
        logger.info("before training: validation loss %.4f", before["loss"])
        file.write_text(json.dumps({"val_loss": before["loss"]}) + "\n", "utf-8")
    return json.loads(file.read_text("utf-8"))["val_loss"]


def _compile(model: keras.Model, config: ReaderConfig, n_films: int) -> None:
    """Give the model its optimizer, its losses and its metrics."""
    loss = KnownCrossentropy()
    metrics = [KnownPrecision(name="precision"), KnownRecall(name="recall")]
    optimizer = _optimizer(config, n_films)
    if SENTENCE_NAME not in model.output_names:
        model.compile(optimizer, loss=loss, metrics=metrics)
        return
    model.compile(
        optimizer,
        loss={OUTPUT_NAME: loss, SENTENCE_NAME: keras.losses.CosineSimilarity()},
        loss_weights={OUTPUT_NAME: 1.0, SENTENCE_NAME: _SENTENCE_WEIGHT},
        metrics={OUTPUT_NAME: metrics},
    )


def _optimizer(config: ReaderConfig, n_films: int) -> keras.optimizers.Optimizer:
    batches = -(-n_films // config.batch_size)
    rate = config.learning_rate
    if config.schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(
            initial_learning_rate=rate / 10,
            decay_steps=batches * config.epochs,
            alpha=0.02,
            warmup_target=rate,
            warmup_steps=batches // 2,
        )
    tenth = batches * config.epochs / 10
    return keras.optimizers.AdamW(
        rate,
        weight_decay=config.weight_decay,
        global_clipnorm=1.0 if config.schedule == "cosine" else None,
        use_ema=config.weight_average is not None,
        ema_momentum=min(config.weight_average or 0.99, max(0.0, 1 - 1 / tenth)),
    )


def epochs_done(checkpoint: Path) -> int:
    """Return how many epochs a checkpoint of `BackupAndRestore` has behind it; 0 without one.

    Raises:
        InputError: the checkpoint is damaged.
    """
    file = checkpoint / "training_metadata.json"
    try:
        return json.loads(file.read_text("utf-8"))["epoch"] if file.is_file() else 0
    except (ValueError, KeyError) as error:
        raise InputError(
            f"{file} is damaged; the training cannot be resumed, begin another --run."
        ) from error


def _decay(config: ReaderConfig, epoch: int) -> float:
    """Return the fraction of the learning rate in an epoch, counted from 0."""
    return math.exp(-config.decay * max(0, epoch + 2 - config.decay_from_epoch))


class Progress(keras.callbacks.Callback):
    """Logs a line every half minute and for every epoch, with the time that is left.

    Args:
        epochs: of the whole training.
        every_seconds: how often it logs within an epoch.
    """

    def __init__(self, epochs: int, every_seconds: float = 30):
        super().__init__()
        self.epochs = epochs
        self.every_seconds = every_seconds

    def on_train_begin(self, logs: Logs = None) -> None:
        """Remember when the training began."""
        self.begin = self.logged = time.monotonic()
        self.first = -1

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Remember which epoch it is, and which was the first."""
        self.epoch = epoch
        self.first = epoch if self.first < 0 else self.first

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Log, where the last line is old enough."""
        if time.monotonic() - self.logged >= self.every_seconds:
            steps = self.params["steps"] or batch + 1
            self._log(self.epoch + (batch + 1) / steps, f"batch {batch + 1}/{steps}", logs)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Log."""
        self._log(epoch + 1, "done", logs)

    def _log(self, position: float, where: str, logs: Logs) -> None:
        self.logged = time.monotonic()
        left = (self.logged - self.begin) / (position - self.first) * (self.epochs - position)
        values = " ".join(
            f"{name} {value:.3f}" for name, value in (logs or {}).items() if "rate" not in name
        )
        logger.info(
            "epoch %d/%d %s: %s, %.1f min left",
            self.epoch + 1,
            self.epochs,
            where,
            values,
            left / 60,
        )
