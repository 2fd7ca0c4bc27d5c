"""Make the teacher of both readers: TF-IDF and a fine-tuned sentence encoder.

Each overview is labelled by models that did not see it (out of fold), and variants of the training
overviews by models that saw what has a list of genres. It needs requirements-teacher.txt.
"""

import hashlib
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils.parallel import Parallel, delayed

from gradio_app.classifier import logit
from gradio_app.errors import InputError
from training.data.films import (
    LabelledFilm,
    genre_names,
    label_matrix,
    read_extra_films,
    read_films,
)
from training.files import cached_array, read_json, write_json
from training.metrics import macro_average_precision
from training.models.stacking import sigmoid
from training.models.tfidf import tfidf_logistic_regression
from training.teacher.encoder import Encoded, encode_with_minilm
from training.teacher.finetuning import finetune
from training.teacher.teacher import digest, principal_components
from training.teacher.variants import make_variants, near_words

__all__ = ["FitPredict", "teach"]

logger = logging.getLogger(__name__)

_FOLDS = 4
_OF_VARIANTS = "variants"

#: Variants made of each training overview, and the components of the vectors that tell which
#: words are near.
_VARIANTS = 4
_NEAR_SIZE = 192

#: What each member's logits weigh. Validation mAP: see docs/decisions.
_WEIGHTS = {"tfidf": 0.3, "finetuned": 0.7}

#: (overviews to learn from, their labels, overviews to answer) -> probabilities (overviews to
#: answer, genres). Overviews are strings, in an array or a list.
FitPredict = Callable[[Any, np.ndarray, Any], np.ndarray]


def teach(
    data: Path,
    folder: Path,
    min_films_per_genre: int = 80,
    encode: Callable[[Sequence[str], np.ndarray], Encoded] = encode_with_minilm,
    finetuned: FitPredict = finetune,
) -> dict[str, float]:
    """Make the teacher of a folder of films, or go on where it was interrupted.

    Validation films are read, so that the teacher can be measured on them; test films are not.

    Args:
        folder: of the teacher; what is in it already is not made again.
        encode: reads overviews, and learns the vectors of words from those it is told.
        finetuned: learns genres of overviews, and is asked about others.

    Returns:
        The macro-averaged average precision of its members and of itself on the validation films.

    Raises:
        InputError: the data or the folder cannot be used, or the encoder is not installed.
    """
    listed = read_films(data)
    genres = genre_names(listed, min_films_per_genre)
    films = [film for film in listed + read_extra_films(data, listed) if film.overview]
    films = [film for film in films if film.split != "test"]
    overviews = [film.overview for film in films]
    learns = np.array([film.split == "train" for film in films])
    labels, texts = label_matrix(films, genres), np.array(overviews, object)
    folds = _folds(films, learns)
    _begin(folder, overviews, genres, np.column_stack([folds, labels]))
    if not (folder / "words.json").is_file():
        _save_encoded(folder, encode(overviews, learns))
    exams = _exams(folds, texts, _variants(folder, texts[learns]))
    members: dict[str, FitPredict] = {"finetuned": finetuned, "tfidf": tfidf_logistic_regression}
    made = _make_all(
        folder,
        {
            (member, exam): partial(fit_predict, texts[learned], labels[learned], asked)
            for member, fit_predict in members.items()
            for exam, (learned, asked) in exams.items()
        },
    )
    of_variants = {member: made[member, _OF_VARIANTS] for member in members}
    said = {
        member: _out_of_fold(folds, [made[member, str(fold)] for fold in range(_FOLDS)])
        for member in members
    }
    said["together"] = _together(said)
    np.save(folder / "variant_labels.npy", _together(of_variants).astype(np.float32))
    np.save(folder / "labels.npy", said["together"].astype(np.float32))
    judged = [row for row, film in enumerate(films) if film.split == "validation"]
    return {
        name: macro_average_precision(labels[judged], probabilities[judged])
        for name, probabilities in said.items()
    }


def _begin(
    folder: Path, overviews: Sequence[str], genres: Sequence[str], lessons: np.ndarray
) -> None:
    """Tell what the teacher is made of; what a folder holds is of use only to the same one."""
    told = {
        "overviews.json": [digest(overview) for overview in overviews],
        "genres.json": list(genres),
        "lessons.json": hashlib.sha256(lessons.tobytes()).hexdigest(),
    }
    for name, value in told.items():
        if (folder / name).is_file() and read_json(folder / name) != value:
            raise InputError(
                f"{folder} was begun with other films or genres; name another with --run."
            )
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in told.items():
        write_json(folder / name, value)


def _variants(folder: Path, overviews: Sequence[str]) -> list[str]:
    """The variants that the folder keeps, made where they are missing."""
    file = folder / "variants.json"
    if not file.is_file():
        vectors = principal_components(np.load(folder / "word_vectors.npy"), _NEAR_SIZE)
        near = near_words(read_json(folder / "words.json"), vectors.astype(np.float32))
        write_json(file, make_variants(overviews, near, _VARIANTS))
    return read_json(file)


def _save_encoded(folder: Path, encoded: Encoded) -> None:
    np.save(folder / "sentences.npy", encoded.sentences)
    np.save(folder / "word_vectors.npy", encoded.word_vectors)
    write_json(folder / "words.json", encoded.words)


def _folds(films: Sequence[LabelledFilm], learns: np.ndarray) -> np.ndarray:
    """The fold of each film that `learns` and has a list of genres; -1 for the others."""
    labelled = learns & np.array([film.labelled for film in films])
    return np.where(labelled, np.random.default_rng(0).integers(_FOLDS, size=len(films)), -1)


def _exams(
    folds: np.ndarray, texts: np.ndarray, variants: Sequence[str]
) -> dict[str, tuple[np.ndarray, Sequence[str]]]:
    """Name -> which texts to learn from (bool), and the texts to answer then.

    Who answers variants saw the films that they were made of: the answer leans to their lists, as
    the labels of the overviews themselves do (`Teacher.soften`). Variants come first, for they
    take longest.
    """
    known = folds >= 0
    exams: dict[str, tuple[np.ndarray, Sequence[str]]] = {_OF_VARIANTS: (known, variants)}
    for fold in range(_FOLDS):
        exams[str(fold)] = known & (folds != fold), texts[_asked(folds, fold)]
    return exams


def _asked(folds: np.ndarray, fold: int) -> np.ndarray:
    return (folds < 0) | (folds == fold)


def _make_all(
    folder: Path, work: Mapping[tuple[str, str], Callable[[], np.ndarray]]
) -> dict[tuple[str, str], np.ndarray]:
    """The arrays of (member, exam), kept in the folder and made where they are missing, so that an
    interruption costs those at work.

    Several at a time, on one core each, take three quarters of the time that one on all cores
    takes after the other.
    """
    level = logging.getLogger().getEffectiveLevel()
    jobs = [delayed(_make)(folder / f"{'-'.join(name)}.npy", work[name], level) for name in work]
    return dict(zip(work, Parallel(n_jobs=os.cpu_count())(jobs), strict=True))


def _make(file: Path, make: Callable[[], np.ndarray], log_level: int) -> np.ndarray:
    """What `make` gives, in a process whose log goes where the first one's goes."""
    logging.basicConfig(level=log_level, format="%(asctime)s %(process)d %(message)s")
    logger.info("making %s", file)
    return cached_array(file, make)


def _out_of_fold(folds: np.ndarray, answers: Sequence[np.ndarray]) -> np.ndarray:
    """Probabilities (texts, genres), each from models that did not learn from that text.

    Texts of no fold are answered by the models of all folds, in the mean.

    Args:
        answers: of each fold's model, to the texts of `_asked`.
    """
    of_all = np.full((len(answers), len(folds), answers[0].shape[1]), np.nan)
    for fold, said in enumerate(answers):
        of_all[fold, _asked(folds, fold)] = said
    return np.nanmean(of_all, axis=0)


def _together(said: Mapping[str, np.ndarray]) -> np.ndarray:
    """The members' answers as one, probabilities all."""
    return sigmoid(np.sum([weight * logit(said[name]) for name, weight in _WEIGHTS.items()], 0))
