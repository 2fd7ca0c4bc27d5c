"""Train one model into a run folder (training/runs/run.py), resumably, and measure it.

The figures are of the validation films.
"""

import json
import logging
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np

from gradio_app.classifier import logit
from gradio_app.errors import InputError
from gradio_app.preprocessing import encode_overviews
from training.config import OverviewConfig, PosterConfig, ReaderConfig
from training.data.films import (
    LabelledFilm,
    genre_names,
    label_matrix,
    read_extra_films,
    read_films,
)
from training.data.overviews import overview_tokenizer
from training.data.pipeline import Transform, pipeline
from training.data.posters import load_pixels, mix_pairs, poster_augmentation
from training.files import read_json, write_json
from training.metrics import validation_metrics
from training.models import overview_lstm, poster_cnn
from training.models.build import build_model
from training.models.outputs import (
    OUTPUT_NAME,
    SENTENCE_NAME,
    rescale_output,
    round_to_half,
    with_sentence,
)
from training.models.overview_lstm import WORDS_NAME
from training.models.poster_cnn import (
    LEAST_VARIANCE,
    get_backbone,
    load_backbone,
    load_head,
    pooled_features,
)
from training.models.probe import fit_probe, out_of_fold
from training.models.stacking import stack
from training.runs.fitting import epochs_done, fit
from training.runs.history import draw_curves
from training.runs.run import begin_run, describe_run
from training.teacher.teacher import SENTENCE_SIZE, Teacher, load_teacher

__all__ = ["train"]

logger = logging.getLogger(__name__)


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
        backbone: file with ImageNet weights; without, see `load_backbone`.
        teacher: folder that `teach` made, for a config with a `teacher_share`.

    Returns:
        The validation metrics, as in metrics.json.

    Raises:
        InputError: the data cannot be used, or the folder does not fit `resume`.
    """
    begin_run(folder, config, resume)
    if resume and (folder / "metrics.json").is_file():
        return read_json(folder / "metrics.json")
    begin = epochs_done(folder / "checkpoint")
    # A resumed training must not see the first epoch's crops, drop-outs and order again.
    seed = config.seed + 1000 * begin
    keras.utils.set_random_seed(seed)
    listed = read_films(data)
    genres = genre_names(listed, config.min_films_per_genre)
    taught_by = _load_teacher(config, teacher, genres)
    films = listed + (read_extra_films(data, listed) if config.use_extra_films else [])
    teaching, judging = (_readable(films, split, config) for split in ("train", "validation"))
    if taught_by is None:
        teaching = [film for film in teaching if film.labelled]
    counts = {"train": len(teaching), "validation": len(judging)}
    facts = {"config.json": asdict(config), "genres.json": genres, "films.json": counts}
    model = _training_model(config, len(genres))
    if not begin:
        load_backbone(model, backbone)
    describe_run(folder, facts)

    read = _reader(config, folder, cache, teaching)
    if taught_by and isinstance(config, OverviewConfig) and config.teacher_variants:
        teaching = teaching + taught_by.variant_films()
    inputs, judged = read(teaching), label_matrix(judging, genres)
    labels = label_matrix(teaching, genres, completed=config.completed_labels)
    if taught_by:
        overviews = [film.overview for film in teaching]
        labels = taught_by.soften(labels, overviews, config.teacher_share)
    if not begin:
        _load_words(model, config, folder, taught_by)
        if isinstance(config, PosterConfig) and get_backbone(model):
            said = _load_probe(model, inputs, labels, config)
            ids = [film.id for film in teaching]
            np.savez(folder / "out_of_fold.npz", films=ids, probabilities=said)
    targets = _targets(config, labels, teaching, taught_by)
    validation = pipeline(
        read(judging), _targets(config, judged, judging, taught_by), config.batch_size
    )
    training = _training_pipeline(config, inputs, targets, seed)
    fit(model, config, training, validation, len(teaching), folder)

    model = _training_model(config, len(genres))
    model.load_weights(folder / "best.weights.h5")
    metrics = _finish(model, config, folder, [film.id for film in judging], judged, validation)
    draw_curves(folder / "history.csv", folder / "curves.png", f"{config.kind} · {folder.name}")
    write_json(folder / "metrics.json", metrics)
    shutil.rmtree(folder / "checkpoint", ignore_errors=True)
    return metrics


def _training_pipeline(
    config: ReaderConfig, inputs: np.ndarray, targets: np.ndarray | dict[str, np.ndarray], seed: int
):
    if isinstance(config, OverviewConfig):
        return pipeline(
            inputs, targets, config.batch_size, shuffle_seed=seed, bucketed=config.bucketed
        )
    augment = poster_augmentation(config.height, config.width)
    transforms: list[Transform] = []
    if config.augment:
        transforms.append(lambda pixels, labels: (augment(pixels), labels))
    if config.mixup:
        transforms.append(lambda pixels, labels: mix_pairs(pixels, labels, config.mixup))
    return pipeline(inputs, targets, config.batch_size, shuffle_seed=seed, transforms=transforms)


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
    films: Sequence[LabelledFilm],
    teacher: Teacher | None,
) -> np.ndarray | dict[str, np.ndarray]:
    if teacher and _learns_sentences(config):
        return {
            OUTPUT_NAME: labels,
            SENTENCE_NAME: teacher.sentence_vectors([film.overview for film in films]),
        }
    return labels


def _load_words(
    model: keras.Model, config: ReaderConfig, folder: Path, teacher: Teacher | None
) -> None:
    """Give the embedding the teacher's word vectors; the unknown word's is 0 at first."""
    if isinstance(config, OverviewConfig) and config.teacher_words and teacher:
        vocabulary = read_json(folder / "tokenizer.json")["model"]["vocab"]
        words = sorted(vocabulary, key=vocabulary.__getitem__)
        vectors = teacher.word_vectors(words, config.embedding_size)
        table = np.zeros((config.vocabulary_size, config.embedding_size), np.float32)
        table[: len(vectors)] = vectors
        model.get_layer(WORDS_NAME).set_weights([table])


def _load_probe(
    model: keras.Model, pixels: np.ndarray, labels: np.ndarray, config: PosterConfig
) -> np.ndarray:
    """Begin with a linear probe for a head.

    Returns:
        Probabilities (films, genres), each from a probe of the films of other folds.
    """
    logger.info("fitting linear probes on %d posters", len(pixels))
    features = pooled_features(model, pixels)
    load_head(model, fit_probe(features, labels, config.head_penalty, LEAST_VARIANCE))
    return out_of_fold(features, labels, config.head_penalty, LEAST_VARIANCE, config.seed)


def _readable(
    films: Sequence[LabelledFilm], split: str, config: ReaderConfig
) -> list[LabelledFilm]:
    wanted = "poster" if isinstance(config, PosterConfig) else "overview"
    chosen = [film for film in films if film.split == split and getattr(film, wanted)]
    if not chosen:
        raise InputError(f"No film of the split {split} has a {wanted}; check the data folder.")
    return chosen


def _reader(config: ReaderConfig, folder: Path, cache: Path, teaching: Sequence[LabelledFilm]):
    """A function from films to the model's input, with what the app will use to read."""
    if isinstance(config, PosterConfig):

        def pixels(films: Sequence[LabelledFilm]) -> np.ndarray:
            posters = [film.poster for film in films if film.poster]
            return load_pixels(posters, config.height, config.width, config.fit, cache)

        return pixels
    tokenizer = overview_tokenizer(
        [film.overview for film in teaching], config.vocabulary_size, config.sequence_length
    )
    describe_run(folder, {"tokenizer.json": json.loads(tokenizer.to_str())})

    def word_ids(films: Sequence[LabelledFilm]) -> np.ndarray:
        return encode_overviews(
            tokenizer, [film.overview for film in films], config.sequence_length
        )

    return word_ids


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
    kind = poster_cnn if isinstance(config, PosterConfig) else overview_lstm
    round_to_half(kind.halved_layers(reader))
    judged = reader.predict(validation, verbose=0)
    calibration: dict[str, object] = {}
    if config.calibrate:
        judged, calibration = _calibrate(reader, labels, logit(judged), config.seed)
    reader.save_weights(folder / "model.weights.h5")
    answers = reader.predict(validation, verbose=0)
    np.savez(folder / "validation.npz", films=films, probabilities=answers)
    return validation_metrics(labels, judged, config.calibrate) | {"calibration": calibration}


def _calibrate(
    reader: keras.Model, labels: np.ndarray, raw: np.ndarray, seed: int
) -> tuple[np.ndarray, dict[str, object]]:
    """Calibrate the model's last layer.

    Returns:
        Held-out probabilities, by which the model is judged: each film's come from a calibration
        that the other folds gave; and what the calibration is, for spec.json.
    """
    stacking, held_out = stack(labels, [raw], seed)
    rescale_output(reader, stacking.slopes[0], stacking.intercepts)
    return held_out, stacking.as_document()
