"""The training of an overview LSTM: word ids, a vocabulary, and what a teacher adds."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import keras
import numpy as np
import tensorflow as tf
from tokenizers import Tokenizer

from gradio_app.preprocessing import UNKNOWN_ID, encode_overviews
from training.config import OverviewConfig
from training.data.films import LabelledFilm
from training.data.labels import UNKNOWN, frequencies, label_matrix
from training.data.made_overviews import made_overviews
from training.data.overviews import overview_tokenizer
from training.data.pipeline import pipeline
from training.models.outputs import OUTPUT_NAME, SENTENCE_NAME, with_sentence
from training.models.overview_lstm import WORDS_NAME, build_overview_lstm, halved_layers
from training.runs.task import Targets, Task
from training.teacher.teacher import SENTENCE_SIZE

__all__ = ["OverviewTask"]


@dataclass(frozen=True)
class OverviewTask(Task):
    """The training of an overview LSTM.

    A teacher softens its labels, gives a second output its targets (a vector of each overview),
    adds variants of the overviews, and gives words their first vectors.
    """

    config: OverviewConfig

    @property
    def begins_fitted(self) -> bool:
        """False: its first weights are random but for the word vectors."""
        return False

    def can_read(self, film: LabelledFilm) -> bool:
        """Tell whether a film has an overview."""
        return bool(film.overview)

    def build(self) -> keras.Model:
        """Return the untrained LSTM; with a teacher, it has a sentence vector for second output."""
        model = build_overview_lstm(self.config, len(self.genres))
        return with_sentence(model, SENTENCE_SIZE) if self.teacher else model

    def load_pretrained(self, model: keras.Model) -> None:
        """Do nothing: all its weights are its own."""

    def files(self, train_films: Sequence[LabelledFilm]) -> dict[str, object]:
        """Return tokenizer.json, whose vocabulary is of the training overviews alone."""
        tokenizer = overview_tokenizer(
            [film.overview for film in train_films],
            self.config.vocabulary_size,
            self.config.sequence_length,
        )
        return {"tokenizer.json": json.loads(tokenizer.to_str())}

    def sized(self, files: Mapping[str, object]) -> OverviewConfig:
        """Return the config with no more words than the training overviews have."""
        tokenizer = Tokenizer.from_str(json.dumps(files["tokenizer.json"]))
        return replace(self.config, vocabulary_size=tokenizer.get_vocab_size())

    def training_data(self, train_films: Sequence[LabelledFilm]) -> tuple[np.ndarray, Targets]:
        """Return word ids and soft labels of the overviews, their variants, and made overviews.

        Nothing is known of a variant but what the teacher predicts; and of an overview that tells
        nothing, how frequent the genres are.
        """
        overviews = [film.overview for film in train_films]
        labels = label_matrix(train_films, self.genres, self.config.label_set)
        frequency = frequencies(labels)
        if self.teacher and self.config.teacher_variants:
            variants = self.teacher.variants
            unknown = np.full((len(variants), len(self.genres)), UNKNOWN, labels.dtype)
            overviews, labels = overviews + variants, np.concatenate([labels, unknown])
        made = self._made_overviews(len(overviews))
        of_made = np.tile(frequency, (len(made), 1)).astype(labels.dtype)
        return self._data(
            overviews, np.concatenate([self.soften(labels, overviews), of_made]), made
        )

    def validation_data(self, val_films: Sequence[LabelledFilm]) -> tuple[np.ndarray, Targets]:
        """Return word ids of the overviews, and labels as listed."""
        return self._data(
            [film.overview for film in val_films], label_matrix(val_films, self.genres)
        )

    def warm_start(
        self, model: keras.Model, train_films: Sequence[LabelledFilm], inputs: np.ndarray
    ) -> None:
        """Begin with the teacher's word vectors; the unknown word's is 0 at first."""
        if self.teacher and self.config.teacher_words:
            ids = self._tokenizer().get_vocab()
            words = sorted(ids, key=ids.__getitem__)
            vectors = self.teacher.word_vectors(words, self.config.embedding_size)
            table = np.zeros((self.config.vocabulary_size, vectors.shape[1]), np.float32)
            table[: len(vectors)] = vectors
            model.get_layer(WORDS_NAME).set_weights([table])

    def freeze(self, model: keras.Model) -> None:
        """Do nothing: all of it is trained."""

    def dataset(self, inputs: np.ndarray, targets: Targets, seed: int) -> tf.data.Dataset:
        """Return the batches of an epoch, shuffled, each of overviews of about the same length."""
        config = self.config
        return pipeline(
            inputs, targets, config.batch_size, shuffle_seed=seed, bucketed=config.bucketed
        )

    def halved_layers(self, model: keras.Model) -> list[keras.layers.Layer]:
        """Return the layer of the word vectors."""
        return halved_layers(model)

    def _made_overviews(self, n_overviews: int) -> list[str]:
        count = round(self.config.made_overviews * n_overviews)
        ids = self._tokenizer().get_vocab()
        words = sorted(word for word, number in ids.items() if number > UNKNOWN_ID)
        return made_overviews(count, words)

    def _data(
        self, overviews: Sequence[str], labels: np.ndarray, made: Sequence[str] = ()
    ) -> tuple[np.ndarray, Targets]:
        """Return word ids and targets of overviews and of made ones, which no teacher has read."""
        texts = [*overviews, *made]
        ids = encode_overviews(self._tokenizer(), texts, self.config.sequence_length)
        if self.teacher is None:
            return ids, labels
        nothing = np.zeros((len(made), SENTENCE_SIZE), np.float32)
        vectors = np.concatenate([self.teacher.sentence_vectors(overviews), nothing])
        return ids, {OUTPUT_NAME: labels, SENTENCE_NAME: vectors}

    def _tokenizer(self) -> Tokenizer:
        return Tokenizer.from_file(str(self.folder / "tokenizer.json"))
