"""A teacher of both readers, at training time only: TF-IDF and a sentence encoder, twice.

It labels every training overview softly, from models that did not see it (out of fold), those
without a list of genres too; and it gives the overview LSTM its first word vectors. Nothing of it
is shipped. It needs requirements-teacher.txt.

A teacher folder holds genres.json, overviews.json (their digests, in order), labels.npy (overviews,
genres), sentences.npy (overviews, 384), words.json and word_vectors.npy (words, 384).
"""

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import keras
import numpy as np

from gradio_app.classifier import logits
from gradio_app.errors import InputError
from training.baselines import tfidf_logistic_regression
from training.data import UNKNOWN, Film, genre_names, label_matrix, read_extra_films, read_films
from training.encoder import Encoded, encode_with_minilm
from training.finetuning import finetune, read_texts
from training.metrics import macro_average_precision
from training.models import KnownCrossentropy
from training.stacking import sigmoid

__all__ = ["SENTENCE_SIZE", "Teacher", "load_teacher", "teach"]

logger = logging.getLogger(__name__)

#: Components of the encoder's vectors.
SENTENCE_SIZE = 384

_FOLDS = 4

_NETWORK_EPOCHS = 12

#: What each member's logits count. Validation mAP: see docs/decisions.
_SHARES = {"tfidf": 0.3, "network": 0.1, "finetuned": 0.6}

#: (rows to learn from, rows to answer) -> probabilities (rows to answer, genres).
FitPredict = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Teacher:
    """What the teacher says of the overviews it has read."""

    genres: list[str]
    rows: dict[str, int]
    probabilities: np.ndarray
    sentences: np.ndarray
    words: dict[str, int]
    vectors: np.ndarray

    def soften(self, labels: np.ndarray, films: Sequence[Film], share: float) -> np.ndarray:
        """Mix labels (films, genres) with the teacher's probabilities.

        Args:
            share: the teacher's, of a known label; an unknown one is wholly its. Films whose
                overview it has not read keep their labels.
        """
        mixed = labels.copy()
        for row, film in zip(mixed, films, strict=True):
            place = self.rows.get(_digest(film.overview))
            if place is not None:
                said = self.probabilities[place]
                row[:] = np.where(row == UNKNOWN, said, (1 - share) * row + share * said)
        return mixed

    def sentence_vectors(self, films: Sequence[Film]) -> np.ndarray:
        """The unit vectors of the films' overviews: float32 (films, 384).

        Raises:
            InputError: it has not read one of them.
        """
        try:
            return self.sentences[[self.rows[_digest(film.overview)] for film in films]]
        except KeyError as error:
            raise InputError(
                "The teacher has not read all overviews of this data folder; make it anew "
                "(python -m training teacher)."
            ) from error

    def word_vectors(self, words: Sequence[str], size: int) -> np.ndarray:
        """First vectors of a vocabulary: float32 (words, size); unknown words get zeros.

        The encoder's vectors are reduced to their principal components and half whitened (divided
        by the fourth root of the variance), for the first few would drown the others.
        """
        known = np.array([self.words.get(word, -1) for word in words])
        vectors = self.vectors[known] * (known >= 0)[:, None]
        vectors[known >= 0] -= vectors[known >= 0].mean(axis=0)
        variances, components = np.linalg.eigh(np.cov(vectors[known >= 0].T))
        largest = np.argsort(variances)[::-1][:size]
        reduced = vectors @ components[:, largest] / variances[largest] ** 0.25
        return (0.5 * reduced / reduced.std()).astype(np.float32)


def load_teacher(folder: Path, genres: Sequence[str]) -> Teacher:
    """Read a teacher folder.

    Raises:
        InputError: there is none, or it teaches other genres.
    """
    try:
        teacher = Teacher(
            genres=_read(folder / "genres.json"),
            rows={digest: row for row, digest in enumerate(_read(folder / "overviews.json"))},
            probabilities=np.load(folder / "labels.npy"),
            sentences=np.load(folder / "sentences.npy"),
            words={word: row for row, word in enumerate(_read(folder / "words.json"))},
            vectors=np.load(folder / "word_vectors.npy"),
        )
    except (OSError, ValueError) as error:
        raise InputError(
            f"{folder} is no finished teacher; make it with python -m training teacher."
        ) from error
    if teacher.genres != list(genres):
        raise InputError(f"{folder} teaches other genres than this training; make it anew.")
    return teacher


def _fine_tuning(overviews: Sequence[str], labels: np.ndarray) -> FitPredict:
    return partial(finetune, read_texts(overviews), labels)


def teach(
    data: Path,
    folder: Path,
    min_films_per_genre: int = 80,
    encode: Callable[[Sequence[str], np.ndarray], Encoded] = encode_with_minilm,
    finetuned: Callable[[Sequence[str], np.ndarray], FitPredict] = _fine_tuning,
) -> dict[str, float]:
    """Make the teacher of a folder of films, or go on where it was interrupted.

    Validation films are read, so that the teacher can be measured on them; test films are not.

    Args:
        folder: of the teacher; what is in it already is not made again.
        encode: reads overviews, and learns the vectors of words from those it is told.
        finetuned: makes of overviews and labels what can be taught on some and asked about others.

    Returns:
        The macro-averaged average precision of its members and of itself on the validation films.

    Raises:
        InputError: the data or the folder cannot be used, or the encoder is not installed.
    """
    listed = read_films(data)
    genres = genre_names(listed, min_films_per_genre)
    films = [film for film in listed + read_extra_films(data, listed) if film.overview]
    films = [film for film in films if film.split != "test"]
    digests = [_digest(film.overview) for film in films]
    if (folder / "overviews.json").is_file() and _read(folder / "overviews.json") != digests:
        raise InputError(f"{folder} was begun with other films; name another with --run.")
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "overviews.json", digests)

    learns = np.array([film.split == "train" for film in films])
    if not (folder / "words.json").is_file():
        _save_encoded(folder, encode([film.overview for film in films], learns))
    labels = label_matrix(films, genres)
    members: dict[str, Callable[[], FitPredict]] = {
        "tfidf": lambda: partial(_tfidf, films, genres),
        "network": lambda: partial(_network, np.load(folder / "sentences.npy"), labels),
        "finetuned": lambda: finetuned([film.overview for film in films], labels),
    }
    folds = _folds(films, learns)
    said = {
        name: _once(folder / f"{name}.npy", partial(_out_of_fold, folder / name, folds, member))
        for name, member in members.items()
    }
    together = sigmoid(np.sum([s * logits(said[name]) for name, s in _SHARES.items()], axis=0))
    np.save(folder / "labels.npy", together.astype(np.float32))
    _write(folder / "genres.json", genres)
    validation = np.array([film.split == "validation" for film in films])
    return {
        name: macro_average_precision(labels[validation], probabilities[validation])
        for name, probabilities in (*said.items(), ("together", together))
    }


def _save_encoded(folder: Path, encoded: Encoded) -> None:
    np.save(folder / "sentences.npy", encoded.sentences)
    np.save(folder / "word_vectors.npy", encoded.word_vectors)
    _write(folder / "words.json", encoded.words)


def _once(file: Path, make: Callable[[], np.ndarray]) -> np.ndarray:
    """The array of a file, made where it is missing."""
    if not file.is_file():
        part = file.with_suffix(".part.npy")
        np.save(part, make())
        part.replace(file)
    return np.load(file)


def _folds(films: Sequence[Film], learns: np.ndarray) -> np.ndarray:
    """The fold of each film that `learns` and has a list of genres; -1 for the others."""
    labelled = learns & np.array([film.labelled for film in films])
    return np.where(labelled, np.random.default_rng(0).integers(_FOLDS, size=len(films)), -1)


def _out_of_fold(part: Path, folds: np.ndarray, member: Callable[[], FitPredict]) -> np.ndarray:
    """Probabilities (films, genres), each from models that did not learn from that film.

    Films of no fold are answered by the models of all folds, in the mean. What a fold gave is kept
    in `part`-<fold>.npy, so that an interruption costs one fold at most.
    """
    fit_predict = member()
    answers = []
    for fold in range(_FOLDS):
        logger.info("%s: fold %d of %d", part.name, fold + 1, _FOLDS)
        known, asked = (folds >= 0) & (folds != fold), (folds < 0) | (folds == fold)
        fit = partial(fit_predict, np.flatnonzero(known), np.flatnonzero(asked))
        said = _once(part.with_name(f"{part.name}-{fold}.npy"), fit)
        answers.append(np.full((len(folds), said.shape[1]), np.nan))
        answers[-1][asked] = said
    return np.nanmean(answers, axis=0)


def _tfidf(
    films: Sequence[Film], genres: Sequence[str], known: np.ndarray, asked: np.ndarray
) -> np.ndarray:
    chosen = [films[row] for row in asked]
    return tfidf_logistic_regression([films[row] for row in known], genres, [chosen])[0]


def _network(
    sentences: np.ndarray, labels: np.ndarray, known: np.ndarray, asked: np.ndarray
) -> np.ndarray:
    """A small network on the sentence vectors. Validation mAP .61, a linear one's less."""
    keras.utils.set_random_seed(1)
    scale = sentences.std()
    network = keras.Sequential(
        [
            keras.layers.Dropout(0.2),
            keras.layers.Dense(256, activation="gelu"),
            keras.layers.Dropout(0.4),
            keras.layers.Dense(labels.shape[1], activation="sigmoid"),
        ]
    )
    steps = _NETWORK_EPOCHS * -(-len(known) // 128)
    rate = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    network.compile(keras.optimizers.AdamW(rate, weight_decay=0.05), loss=KnownCrossentropy())
    network.fit(sentences[known] / scale, labels[known], 128, epochs=_NETWORK_EPOCHS, verbose=0)
    return network.predict(sentences[asked] / scale, batch_size=1024, verbose=0)


def _digest(overview: str) -> str:
    return hashlib.sha256(overview.encode()).hexdigest()[:24]


def _read(file: Path):
    return json.loads(file.read_text("utf-8"))


def _write(file: Path, value) -> None:
    file.write_text(json.dumps(value) + "\n", "utf-8")
