"""A teacher of both readers, at training time only, as a training reads it.

It labels every training overview softly, those without a list of genres too, and variants of them
(`training.teacher.variants`); and it gives the overview LSTM its first word vectors. Nothing of it
is shipped. `training.teacher.teach` makes it: a folder of genres.json, overviews.json (digests, in
order), labels.npy (overviews, genres), sentences.npy (overviews, 384), words.json, word_vectors.npy
(words, 384), variants.json and variant_labels.npy (variants, genres); what it was made of stays
beside.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gradio_app.classifier import OverviewClassifier
from gradio_app.errors import InputError
from training.data.films import LabelledFilm
from training.data.labels import UNKNOWN
from training.files import read_json

__all__ = [
    "SENTENCE_SIZE",
    "Teacher",
    "digest",
    "load_labelling_teacher",
    "load_teacher",
    "principal_components",
]

#: Components of the encoder's vectors.
SENTENCE_SIZE = 384

#: Overviews that a published model reads at once.
_BATCH = 64


@dataclass(frozen=True)
class Teacher:
    """What the teacher predicts of the overviews that it has read, and of variants of them.

    Attributes:
        genres: the labels, in order.
        rows: digest of a text -> its row in the two following.
        probabilities: of variants and overviews (texts, genres).
        sentences: their unit vectors (texts, 384); those of variants are zeros.
        words: word -> its row in `vectors`.
        vectors: of words (words, 384).
        variants: texts, nothing of which is known but these probabilities.
    """

    genres: list[str]
    rows: dict[str, int]
    probabilities: np.ndarray
    sentences: np.ndarray
    words: dict[str, int]
    vectors: np.ndarray
    variants: list[str]

    def soften(self, labels: np.ndarray, overviews: Sequence[str], weight: float) -> np.ndarray:
        """Mix labels with the teacher's probabilities.

        Args:
            labels: of the overviews (overviews, genres); 0, 1 or `UNKNOWN`.
            overviews: those that it has not read keep their labels.
            weight: the teacher's in a known label, 0..1; an unknown one is wholly its.
        """
        mixed = labels.copy()
        for row, overview in zip(mixed, overviews, strict=True):
            place = self.rows.get(digest(overview))
            if place is not None:
                soft = self.probabilities[place]
                row[:] = np.where(row == UNKNOWN, soft, (1 - weight) * row + weight * soft)
        return mixed

    def sentence_vectors(self, overviews: Sequence[str]) -> np.ndarray:
        """Return the unit vectors of overviews, float32 (overviews, 384); of variants, zeros.

        Raises:
            InputError: it has not read one of them.
        """
        try:
            return self.sentences[[self.rows[digest(overview)] for overview in overviews]]
        except KeyError as error:
            raise InputError(
                "The teacher has not read all overviews of this data folder; make it anew "
                "(python -m training teacher)."
            ) from error

    def out_of_fold(self, films: Sequence[LabelledFilm]) -> dict[str, np.ndarray]:
        """Return the probabilities of films from models that were not trained on them.

        Returns:
            Id of each film whose overview it has read -> float32 (genres,).
        """
        places = {film.id: self.rows.get(digest(film.overview)) for film in films}
        return {
            film: self.probabilities[place] for film, place in places.items() if place is not None
        }

    def word_vectors(self, words: Sequence[str], size: int) -> np.ndarray:
        """Return first vectors of a vocabulary: float32 (words, size); unknown words get zeros.

        The encoder's vectors are reduced to their principal components and half whitened (divided
        by the fourth root of the variance), for the first few would drown the others.
        """
        known = np.array([self.words.get(word, -1) for word in words])
        reduced = np.zeros((len(words), size))
        reduced[known >= 0] = principal_components(self.vectors[known[known >= 0]], size)
        return (0.5 * reduced / reduced.std()).astype(np.float32)


def load_teacher(folder: Path, genres: Sequence[str]) -> Teacher:
    """Read the folder of a teacher.

    Args:
        folder: that `teach` made.
        genres: the labels of the training, in order.

    Raises:
        InputError: there is none, or it has other genres.
    """
    try:
        variants = read_json(folder / "variants.json")
        digests = [*map(digest, variants), *read_json(folder / "overviews.json")]
        labels = [np.load(folder / name) for name in ("variant_labels.npy", "labels.npy")]
        no_sentences = np.zeros((len(variants), SENTENCE_SIZE), np.float32)
        teacher = Teacher(
            genres=read_json(folder / "genres.json"),
            # An overview that is also a variant (uncut) is an overview: the later row counts.
            rows={name: row for row, name in enumerate(digests)},
            probabilities=np.concatenate(labels),
            sentences=np.concatenate([no_sentences, np.load(folder / "sentences.npy")]),
            words={word: row for row, word in enumerate(read_json(folder / "words.json"))},
            vectors=np.load(folder / "word_vectors.npy"),
            variants=variants,
        )
    except (OSError, ValueError) as error:
        raise InputError(
            f"{folder} is no finished teacher; make it with python -m training teacher."
        ) from error
    if teacher.genres != list(genres):
        raise InputError(f"{folder} has other genres than this training; make it anew.")
    return teacher


def load_labelling_teacher(
    folder: Path, genres: Sequence[str], films: Sequence[LabelledFilm]
) -> Teacher:
    """Read a teacher that only has to label overviews: a published overview model can, too.

    That takes neither PyTorch nor hours. What the shipped one predicts of its own training
    overviews is near to what its teacher predicted out of fold, for by that it was taught.

    Args:
        folder: that `teach` made, or of a published overview model.
        genres: the labels of the training, in order.
        films: whose training overviews a published model reads; those that it cannot read, such as
            "???", keep their labels.

    Raises:
        InputError: as `load_teacher`, or the published model cannot be used.
    """
    if not (folder / "spec.json").is_file():
        return load_teacher(folder, genres)
    classifier = OverviewClassifier.from_dir(folder)
    if list(classifier.spec.genres) != list(genres):
        raise InputError(f"{folder} has other genres than this training.")
    overviews = {film.overview for film in films if film.split == "train" and film.overview}
    read = {
        overview: ids
        for overview in sorted(overviews)
        if (ids := _ids(classifier, overview)) is not None
    }
    word_ids = list(read.values())
    batches = (np.stack(word_ids[at : at + _BATCH]) for at in range(0, len(read), _BATCH))
    labels = [classifier.predict_word_ids(batch) for batch in batches]
    return Teacher(
        genres=list(genres),
        rows={digest(overview): row for row, overview in enumerate(read)},
        probabilities=np.concatenate([np.zeros((0, len(genres)), np.float32), *labels]),
        sentences=np.zeros((len(read), SENTENCE_SIZE), np.float32),
        words={},
        vectors=np.zeros((0, SENTENCE_SIZE), np.float32),
        variants=[],
    )


def _ids(classifier: OverviewClassifier, overview: str) -> np.ndarray | None:
    try:
        return classifier.word_ids(overview)
    except InputError:
        return None


def principal_components(vectors: np.ndarray, size: int) -> np.ndarray:
    """Return the principal components of vectors (n, components), half whitened: (n, size)."""
    centred = vectors - vectors.mean(axis=0)
    variances, components = np.linalg.eigh(np.cov(centred.T))
    largest = np.argsort(variances)[::-1][:size]
    return centred @ components[:, largest] / np.maximum(variances[largest], 1e-9) ** 0.25


def digest(overview: str) -> str:
    """Return that by which the teacher knows a text again."""
    return hashlib.sha256(overview.encode()).hexdigest()[:24]
