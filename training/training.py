"""Train one model into a run folder, resumably, and measure it on the validation films.

A run folder holds config.json, genres.json, films.json (how many films taught it),
tokenizer.json (overviews), history.csv, best.weights.h5 and checkpoint/ (while training),
model.weights.h5 (calibrated), validation.npz, metrics.json and curves.png.
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
from sklearn.preprocessing import StandardScaler
from tokenizers import Tokenizer

from gradio_app.artifact import sha256
from gradio_app.errors import InputError
from gradio_app.preprocessing import encode_overviews
from training.config import OverviewConfig, PosterConfig, ReaderConfig, config_from_json
from training.curves import draw_curves, keep_history
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
    OUTPUT_NAME,
    SENTENCE_NAME,
    WORDS_NAME,
    KnownCrossentropy,
    KnownPrecision,
    KnownRecall,
    build_model,
    freeze_backbone,
    has_backbone,
    load_backbone,
    load_head,
    pooled_features,
    rescale_output,
    with_sentence,
)
from training.probe import fit_probe
from training.stacking import FOLDS, STRENGTHS, fit_stacking, logits, stack_held_out
from training.teacher import SENTENCE_SIZE, Teacher, load_teacher

__all__ = ["Run", "load_run", "train"]

logger = logging.getLogger(__name__)


#: Of the distance between the sentence vector that a student gives and its teacher's.
_SENTENCE_WEIGHT = 0.5


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
        """The trained, calibrated model (`masked` as in `build_model`)."""
        model = build_model(self.config, len(self.genres))
        model.load_weights(self.folder / "model.weights.h5")
        if masked:
            return model
        twin = build_model(self.config, len(self.genres), masked=False)
        twin.set_weights(model.get_weights())
        return twin

    def validation(self) -> tuple[list[str], np.ndarray]:
        """Ids of the validation films and their probabilities, float32 (films, genres)."""
        with np.load(self.folder / "validation.npz") as arrays:
            return [str(film) for film in arrays["films"]], arrays["probabilities"]


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
        _read(folder / "genres.json"),
        _read(folder / "films.json"),
        _read(folder / "metrics.json"),
        Tokenizer.from_file(str(tokenizer)) if tokenizer.is_file() else None,
    )


def train(
    config: ReaderConfig,
    data: Path,
    folder: Path,
    cache: Path,
    resume: bool = False,
    backbone: Path | None = None,
    teacher: Path | None = None,
) -> dict:
    """Train the model of `config` on the folder of films `data`.

    Args:
        folder: of the run; new, unless `resume`, which goes on after the last whole epoch.
        cache: folder for decoded posters, shared by runs.
        backbone: file with ImageNet weights; without, Keras downloads them where needed.
        teacher: folder that `teach` made, for a config with a `teacher_share`.

    Returns:
        The validation metrics, as in metrics.json.

    Raises:
        InputError: the data cannot be used, or the folder does not fit `resume`.
    """
    _check_folder(folder, config, resume)
    if resume and (folder / "metrics.json").is_file():
        return _read(folder / "metrics.json")
    begin = _epochs_done(folder / "checkpoint")
    # A resumed training must not see the first epoch's crops, drop-outs and order again.
    seed = config.seed + 1000 * begin
    keras.utils.set_random_seed(seed)
    listed = read_films(data)
    genres = genre_names(listed, config.min_films_per_genre)
    taught_by = _load_teacher(config, teacher, genres)
    films = listed + (read_extra_films(data, listed) if config.use_extra_films else [])
    teaching = _readable(films, "train", config)
    if taught_by is None:
        teaching = [film for film in teaching if film.labelled]
    judging = _readable(films, "validation", config)
    model = _training_model(config, len(genres))
    if not begin:
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
    inputs, labels = read(teaching), label_matrix(teaching, genres)
    if not begin:
        _load_words(model, config, folder, taught_by)
        _load_probe(model, inputs, labels)

    judged = label_matrix(judging, genres)
    augment = None
    if isinstance(config, PosterConfig) and config.augment:
        augment = poster_augmentation(config.height, config.width)
    training = pipeline(
        inputs,
        _targets(config, labels, teaching, taught_by, soften=True),
        config.batch_size,
        shuffle_seed=seed,
        augment=augment,
        bucketed=isinstance(config, OverviewConfig) and config.bucketed,
    )
    validation = pipeline(
        read(judging), _targets(config, judged, judging, taught_by), config.batch_size
    )
    _fit(model, config, training, validation, len(teaching), folder)

    model = _training_model(config, len(genres))
    model.load_weights(folder / "best.weights.h5")
    metrics = _finish(model, config, folder, [film.id for film in judging], judged, validation)
    draw_curves(folder / "history.csv", folder / "curves.png", f"{config.kind} · {folder.name}")
    _write(folder / "metrics.json", metrics)
    shutil.rmtree(folder / "checkpoint", ignore_errors=True)
    return metrics


def _load_teacher(
    config: ReaderConfig, folder: Path | None, genres: Sequence[str]
) -> Teacher | None:
    if config.teacher_share and folder is None:
        raise InputError(
            "This config learns from a teacher; make one (python -m training teacher) and name "
            "it with --teacher, or choose --config default."
        )
    return load_teacher(folder, genres) if config.teacher_share and folder else None


def _training_model(config: ReaderConfig, genre_count: int) -> keras.Model:
    model = build_model(config, genre_count)
    return with_sentence(model, SENTENCE_SIZE) if _learns_sentences(config) else model


def _learns_sentences(config: ReaderConfig) -> bool:
    """A poster says too little of what an overview says in its own words."""
    return isinstance(config, OverviewConfig) and config.teacher_share > 0


def _targets(
    config: ReaderConfig,
    labels: np.ndarray,
    films: Sequence[Film],
    teacher: Teacher | None,
    soften: bool = False,
) -> np.ndarray | dict[str, np.ndarray]:
    if teacher and soften:
        labels = teacher.soften(labels, films, config.teacher_share)
    if teacher and _learns_sentences(config):
        return {OUTPUT_NAME: labels, SENTENCE_NAME: teacher.sentence_vectors(films)}
    return labels


def _load_words(
    model: keras.Model, config: ReaderConfig, folder: Path, teacher: Teacher | None
) -> None:
    """Give the embedding the teacher's word vectors; the unknown word's is 0 at first."""
    if isinstance(config, OverviewConfig) and config.teacher_words and teacher:
        vocabulary = _read(folder / "tokenizer.json")["model"]["vocab"]
        words = sorted(vocabulary, key=vocabulary.__getitem__)
        vectors = teacher.word_vectors(words, config.embedding_size)
        table = np.zeros((config.vocabulary_size, config.embedding_size), np.float32)
        table[: len(vectors)] = vectors
        model.get_layer(WORDS_NAME).set_weights([table])


def _load_probe(model: keras.Model, pixels: np.ndarray, labels: np.ndarray) -> None:
    """Begin with a linear probe for a head, where there is a backbone."""
    if not has_backbone(model):
        return
    logger.info("fitting the linear probe on %d posters", len(pixels))
    pooled = pooled_features(model)
    batches = (pixels[start : start + 64] for start in range(0, len(pixels), 64))
    features = np.concatenate([pooled.predict_on_batch(batch) for batch in batches])
    scaler = StandardScaler().fit(features)
    kernel, bias = fit_probe(scaler.transform(features), labels)
    load_head(model, scaler.mean_, scaler.var_, kernel, bias)


def _check_folder(folder: Path, config: ReaderConfig, resume: bool) -> None:
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


def _readable(films: Sequence[Film], split: str, config: ReaderConfig) -> list[Film]:
    wanted = "poster" if isinstance(config, PosterConfig) else "overview"
    chosen = [film for film in films if film.split == split and getattr(film, wanted)]
    if not chosen:
        raise InputError(f"No film of the split {split} has a {wanted}; check the data folder.")
    return chosen


def _reader(config: ReaderConfig, folder: Path, cache: Path, teaching: Sequence[Film]):
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


def _fit(
    model: keras.Model, config: ReaderConfig, training, validation, films: int, folder: Path
) -> None:
    """Fit the model, after the epochs that its checkpoint has behind it."""
    checkpoint = folder / "checkpoint"
    begin = _epochs_done(checkpoint)
    if not begin:  # one that was cut off before it was whole would be restored
        shutil.rmtree(checkpoint, ignore_errors=True)
    done = keep_history(folder / "history.csv", until=begin)
    if isinstance(config, PosterConfig):
        freeze_backbone(model, config.first_trained_block)
    _compile(model, config, films)
    callbacks = [
        keras.callbacks.BackupAndRestore(
            checkpoint, delete_checkpoint=False, double_checkpoint=True
        ),
        # After the checkpoint, which needs the weights that are trained, and before the best
        # weights are kept, which are the averaged ones.
        *([keras.callbacks.SwapEMAWeights(swap_on_epoch=True)] if config.weight_average else []),
        keras.callbacks.ModelCheckpoint(
            folder / "best.weights.h5",
            monitor="val_loss",
            save_best_only=True,
            save_weights_only=True,
            initial_value_threshold=min((float(row["val_loss"]) for row in done), default=None),
        ),
        keras.callbacks.CSVLogger(folder / "history.csv", append=bool(done)),
        Progress(config.epochs),
    ]
    if config.schedule == "exponential":
        callbacks.append(
            keras.callbacks.LearningRateScheduler(
                lambda epoch: config.learning_rate * _decay(config, epoch)
            )
        )
    model.fit(
        training,
        validation_data=validation,
        initial_epoch=begin,
        epochs=config.epochs,
        callbacks=callbacks,
        shuffle=False,  # the pipeline does
        verbose=0,
    )


def _compile(model: keras.Model, config: ReaderConfig, films: int) -> None:
    rate = config.learning_rate
    if config.schedule == "cosine":
        steps = -(-films // config.batch_size)
        rate = keras.optimizers.schedules.CosineDecay(
            initial_learning_rate=rate / 10,
            decay_steps=steps * config.epochs,
            alpha=0.02,
            warmup_target=rate,
            warmup_steps=steps // 2,
        )
    optimizer = keras.optimizers.AdamW(
        rate,
        weight_decay=config.weight_decay,
        global_clipnorm=1.0 if config.schedule == "cosine" else None,
        use_ema=config.weight_average is not None,
        ema_momentum=config.weight_average or 0.99,
    )
    metrics = [KnownPrecision(name="precision"), KnownRecall(name="recall")]
    if not _learns_sentences(config):
        model.compile(optimizer, loss=KnownCrossentropy(), metrics=metrics)
        return
    model.compile(
        optimizer,
        loss={
            OUTPUT_NAME: KnownCrossentropy(),
            SENTENCE_NAME: keras.losses.CosineSimilarity(),
        },
        loss_weights={OUTPUT_NAME: 1.0, SENTENCE_NAME: _SENTENCE_WEIGHT},
        metrics={OUTPUT_NAME: metrics},
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


def _decay(config: ReaderConfig, epoch: int) -> float:
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


def _finish(
    model: keras.Model,
    config: ReaderConfig,
    folder: Path,
    films: Sequence[str],
    labels: np.ndarray,
    validation,
) -> dict:
    """Calibrate the model, save it with its answers to the validation films, and measure these."""
    reader = build_model(config, labels.shape[1])
    reader.set_weights(keras.Model(model.inputs, model.get_layer(OUTPUT_NAME).output).get_weights())
    if isinstance(config, OverviewConfig):
        _halve_precision(reader.get_layer(WORDS_NAME))
    judged = reader.predict(validation, verbose=0)
    calibration: dict[str, object] = {}
    if config.calibrate:
        judged, calibration = _calibrate(reader, labels, logits(judged), config.seed)
    reader.save_weights(folder / "model.weights.h5")
    answers = reader.predict(validation, verbose=0)
    np.savez(folder / "validation.npz", films=films, probabilities=answers)
    thresholds = choose_thresholds(labels, judged)
    return {
        "validation at 0.5": figures(labels, judged, 0.5),
        "validation at the thresholds": figures(labels, judged, thresholds),
        "thresholds": [round(float(value), 4) for value in thresholds],
        "calibration": calibration,
    }


def _calibrate(
    reader: keras.Model, labels: np.ndarray, raw: np.ndarray, seed: int
) -> tuple[np.ndarray, dict[str, object]]:
    """Calibrate the model's last layer.

    Returns:
        Held-out probabilities, by which the model is judged: each film's come from a calibration
        that the other folds gave; and what the calibration is, for spec.json.
    """
    held_out, strength = stack_held_out(labels, [raw], STRENGTHS, FOLDS, seed)
    stacking = fit_stacking(labels, [raw], strength)
    rescale_output(reader, stacking.slopes[0], stacking.intercepts)
    return held_out, stacking.as_document()


def _halve_precision(words: keras.layers.Layer) -> None:
    """Round the word vectors to float16, in which export stores them: most of the model's size."""
    words.set_weights(
        [values.astype(np.float16).astype(np.float32) for values in words.get_weights()]
    )


def _read(file: Path):
    return json.loads(file.read_text("utf-8"))


def _write(file: Path, value) -> None:
    file.write_text(json.dumps(value, indent=1) + "\n", "utf-8")
