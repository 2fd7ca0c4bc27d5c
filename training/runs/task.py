"""What a training does that depends on the reader it trains; `train` is the same for both."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from gradio_app.errors import InputError
from training.config import ReaderConfig
from training.data.films import LabelledFilm
from training.teacher.teacher import Teacher

__all__ = ["Targets", "Task"]

#: What a model is trained to give: for several outputs, by the name of the output.
Targets = np.ndarray | dict[str, np.ndarray]


@dataclass(frozen=True)
class Task(ABC):
    """The training of one reader.

    Attributes:
        config: its settings.
        genres: the labels, in order.
        folder: of the run.
        teacher: softens the labels; for a config with a `teacher_share`.
    """

    config: ReaderConfig
    genres: Sequence[str]
    folder: Path
    teacher: Teacher | None

    def choose(self, films: Sequence[LabelledFilm], split: str) -> list[LabelledFilm]:
        """Return the films of a split that the reader can read.

        Without a teacher, nothing is known of films without a list of genres.

        Raises:
            InputError: there is none.
        """
        chosen = [film for film in films if film.split == split and self.can_read(film)]
        if self.teacher is None:
            chosen = [film for film in chosen if film.labelled]
        if not chosen:
            raise InputError(
                f"No film of the split {split} has a {self.config.kind}; check the data folder."
            )
        return chosen

    def soften(self, labels: np.ndarray, overviews: Sequence[str]) -> np.ndarray:
        """Return labels (overviews, genres) mixed with the teacher's, where there is one."""
        if self.teacher is None:
            return labels
        return self.teacher.soften(labels, overviews, self.config.teacher_share)

    @property
    @abstractmethod
    def begins_fitted(self) -> bool:
        """Whether a warm start fits the model, so that training may only make it worse."""

    @abstractmethod
    def can_read(self, film: LabelledFilm) -> bool:
        """Tell whether a film has what the reader reads."""

    @abstractmethod
    def build(self) -> keras.Model:
        """Return the untrained model, with every output that is trained."""

    @abstractmethod
    def load_pretrained(self, model: keras.Model) -> None:
        """Give the model the weights that others have trained.

        Raises:
            InputError: they cannot be loaded.
        """

    @abstractmethod
    def files(self, train_films: Sequence[LabelledFilm]) -> dict[str, object]:
        """Return what the reader needs beside its weights: name in the run folder -> JSON."""

    def sized(self, files: Mapping[str, object]) -> ReaderConfig:
        """Return the config with the sizes that its films give it.

        Args:
            files: of these films, as `files` returns them.
        """
        return self.config

    @abstractmethod
    def training_data(self, train_films: Sequence[LabelledFilm]) -> tuple[np.ndarray, Targets]:
        """Return inputs and targets of the training films, and of what else is trained on."""

    @abstractmethod
    def validation_data(self, val_films: Sequence[LabelledFilm]) -> tuple[np.ndarray, Targets]:
        """Return inputs and targets of the validation films, whose labels are as listed."""

    @abstractmethod
    def warm_start(
        self, model: keras.Model, train_films: Sequence[LabelledFilm], inputs: np.ndarray
    ) -> None:
        """Give the model first weights that its films and the teacher know.

        Args:
            model: of `build`, pretrained.
            train_films: those of `training_data`.
            inputs: of `training_data`.
        """

    @abstractmethod
    def freeze(self, model: keras.Model) -> None:
        """Leave as they are the weights that are not to be trained."""

    @abstractmethod
    def dataset(self, inputs: np.ndarray, targets: Targets, seed: int) -> tf.data.Dataset:
        """Return the batches of an epoch, shuffled by `seed` and augmented."""

    @abstractmethod
    def halved_layers(self, model: keras.Model) -> list[keras.layers.Layer]:
        """Return the layers that are stored as float16."""
