"""The training of a poster CNN: pixels, a backbone, and a linear probe for its first head."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from training.config import PosterConfig
from training.data.films import LabelledFilm
from training.data.labels import frequencies, label_matrix
from training.data.made_pictures import made_pictures
from training.data.pipeline import Transform, pipeline
from training.data.posters import load_pixels, mix_pairs, poster_augmentation
from training.models.poster_cnn import (
    LEAST_VARIANCE,
    build_poster_cnn,
    freeze_all_but,
    halved_layers,
    load_backbone,
    load_head,
    pooled_features,
)
from training.models.probe import fit_probe, out_of_fold
from training.runs.task import Targets, Task

__all__ = ["PosterTask"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PosterTask(Task):
    """The training of a poster CNN.

    A poster says too little of what an overview says in its own words, so the teacher softens its
    labels, but does not give it sentence vectors.

    Attributes:
        cache: folder for decoded posters, shared by runs.
        backbone: file with ImageNet weights; None for those of `load_backbone`.
    """

    config: PosterConfig
    cache: Path
    backbone: Path | None

    @property
    def begins_fitted(self) -> bool:
        """True with a backbone, whose first head is a fitted probe."""
        return self.config.architecture != "coursework"

    def can_read(self, film: LabelledFilm) -> bool:
        """Tell whether a film has a poster."""
        return film.poster is not None

    def build(self) -> keras.Model:
        """Return the untrained CNN, which has one output."""
        return build_poster_cnn(self.config, len(self.genres))

    def load_pretrained(self, model: keras.Model) -> None:
        """Give the backbone, if there is one, its ImageNet weights.

        Raises:
            InputError: they cannot be loaded.
        """
        load_backbone(model, self.backbone)

    def files(self, train_films: Sequence[LabelledFilm]) -> dict[str, object]:
        """Return nothing: pixels are read alike by all poster models of this size."""
        return {}

    def training_data(self, train_films: Sequence[LabelledFilm]) -> tuple[np.ndarray, np.ndarray]:
        """Return uint8 pixels and soft labels of posters, other artwork, and made pictures."""
        views = _views(train_films)
        pixels = np.concatenate([self._pixels(views), self._made_pictures(len(views))])
        return pixels, self._targets(views)

    def validation_data(self, val_films: Sequence[LabelledFilm]) -> tuple[np.ndarray, np.ndarray]:
        """Return uint8 pixels of the posters, and labels as listed."""
        return self._pixels(val_films), label_matrix(val_films, self.genres)

    def warm_start(
        self, model: keras.Model, train_films: Sequence[LabelledFilm], inputs: np.ndarray
    ) -> None:
        """Begin with a linear probe for a head.

        What probes of other folds predict for the training posters is kept in out_of_fold.npz, for
        a fusion.
        """
        if self.begins_fitted:
            views = _views(train_films)
            labels = self._targets(views)
            ids = [f"row {row}" for row in range(len(labels))]
            ids[: len(views)] = [film.id or row for film, row in zip(views, ids, strict=False)]
            probabilities = _fit_head(model, inputs, labels, ids, self.config)[: len(train_films)]
            ids = [film.id for film in train_films]
            np.savez(self.folder / "out_of_fold.npz", films=ids, probabilities=probabilities)

    def freeze(self, model: keras.Model) -> None:
        """Train the backbone's later blocks alone, where there is a backbone."""
        freeze_all_but(model, self.config.first_trained_block)

    def dataset(self, inputs: np.ndarray, targets: Targets, seed: int) -> tf.data.Dataset:
        """Return the batches of an epoch, shuffled, augmented and mixed."""
        config = self.config
        augment = poster_augmentation(config.height, config.width)
        transforms: list[Transform] = []
        if config.augment:
            transforms.append(lambda pixels, labels: (augment(pixels), labels))
        if config.mixup:
            transforms.append(lambda pixels, labels: mix_pairs(pixels, labels, config.mixup))
        return pipeline(
            inputs, targets, config.batch_size, shuffle_seed=seed, transforms=transforms
        )

    def halved_layers(self, model: keras.Model) -> list[keras.layers.Layer]:
        """Return the backbone's convolutions, where they can be halved."""
        return halved_layers(model)

    def _pixels(self, films: Sequence[LabelledFilm]) -> np.ndarray:
        posters = [film.poster for film in films if film.poster]
        config = self.config
        return load_pixels(posters, config.height, config.width, config.fit, self.cache)

    def _made_pictures(self, n_posters: int) -> np.ndarray:
        count = round(self.config.made_pictures * n_posters)
        return made_pictures(count, self.config.height, self.config.width, self.config.seed)

    def _targets(self, views: Sequence[LabelledFilm]) -> np.ndarray:
        """Return soft labels of posters, and of made pictures how frequent the genres are."""
        labels = self._soft_labels(views)
        count = round(self.config.made_pictures * len(views))
        of_made = np.tile(frequencies(labels), (count, 1)).astype(labels.dtype)
        return np.concatenate([labels, of_made])

    def _soft_labels(self, films: Sequence[LabelledFilm]) -> np.ndarray:
        labels = label_matrix(films, self.genres, self.config.label_set)
        return self.soften(labels, [film.overview for film in films])


def _views(films: Sequence[LabelledFilm]) -> list[LabelledFilm]:
    """Return the films, and once more those with other artwork, which then is their poster."""
    others = [replace(film, poster=other) for film in films for other in film.other_posters]
    return [*films, *others]


def _fit_head(
    model: keras.Model,
    pixels: np.ndarray,
    labels: np.ndarray,
    ids: Sequence[str],
    config: PosterConfig,
) -> np.ndarray:
    """Make the head a linear probe of the posters.

    Args:
        model: whose head it is.
        pixels: of the posters.
        labels: of the same.
        ids: of the films; a film's pictures are of one fold.
        config: of the model.

    Returns:
        Probabilities (posters, genres), each from a probe of the posters of other folds.
    """
    logger.info("fitting linear probes on %d posters", len(pixels))
    features = pooled_features(model, pixels)
    load_head(model, fit_probe(features, labels, config.head_penalty, LEAST_VARIANCE))
    penalty, seed = config.head_penalty, config.seed
    return out_of_fold(features, labels, penalty, LEAST_VARIANCE, seed, groups=ids)
