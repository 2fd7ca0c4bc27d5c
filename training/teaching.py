"""Make the teacher of both readers (training/teacher.py): TF-IDF and a fine-tuned sentence encoder.

Each overview is labelled by models that did not see it (out of fold), and variants of all of them
by one that did. It needs requirements-teacher.txt.
"""

import logging
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils.parallel import Parallel, delayed

from gradio_app.classifier import logits
from gradio_app.errors import InputError
from training.baselines import tfidf_logistic_regression
from training.data import Film, genre_names, label_matrix, read_extra_films, read_films
from training.encoder import Encoded, encode_with_minilm
from training.files import made_once, read_json, write_json
from training.finetuning import finetune
from training.metrics import macro_average_precision
from training.stacking import sigmoid
from training.teacher import digest, principal_components
from training.variants import make_variants, near_words

__all__ = ["FitPredict", "teach"]

logger = logging.getLogger(__name__)

_FOLDS = 4

#: Variants made of each training overview, and the components of the vectors that tell which
#: words are near.
_VARIANTS = 4
_NEAR_SIZE = 192

#: What each member's logits count. Validation mAP: see docs/decisions.
_SHARES = {"tfidf": 0.3, "finetuned": 0.7}

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
    digests = [digest(overview) for overview in overviews]
    if (folder / "overviews.json").is_file() and read_json(folder / "overviews.json") != digests:
        raise InputError(f"{folder} was begun with other films; name another with --run.")
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "overviews.json", digests)

    learns = np.array([film.split == "train" for film in films])
    if not (folder / "words.json").is_file():
        _save_encoded(folder, encode(overviews, learns))
    labels = label_matrix(films, genres)
    texts = np.array(overviews, object)
    folds = _folds(films, learns)
    members: dict[str, FitPredict] = {"tfidf": tfidf_logistic_regression, "finetuned": finetuned}
    said = {
        name: made_once(
            folder / f"{name}.npy",
            partial(_out_of_fold, folder / name, folds, fit_predict, texts, labels, os.cpu_count()),
        )
        for name, fit_predict in members.items()
    }
    # The model of the variants saw the films that they were made of: its answer leans to their
    # lists, as the labels of the overviews themselves do (`Teacher.soften`).
    known = folds >= 0
    variants = _variants(folder, texts[learns])
    logger.info("finetuned: the model of %d variants", len(variants))
    made_once(
        folder / "variant_labels.npy", partial(finetuned, texts[known], labels[known], variants)
    )
    said["together"] = sigmoid(np.sum([s * logits(said[name]) for name, s in _SHARES.items()], 0))
    np.save(folder / "labels.npy", said["together"].astype(np.float32))
    write_json(folder / "genres.json", genres)
    judged = [row for row, film in enumerate(films) if film.split == "validation"]
    return {
        name: macro_average_precision(labels[judged], probabilities[judged])
        for name, probabilities in said.items()
    }


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


def _folds(films: Sequence[Film], learns: np.ndarray) -> np.ndarray:
    """The fold of each film that `learns` and has a list of genres; -1 for the others."""
    labelled = learns & np.array([film.labelled for film in films])
    return np.where(labelled, np.random.default_rng(0).integers(_FOLDS, size=len(films)), -1)


def _out_of_fold(
    part: Path,
    folds: np.ndarray,
    fit_predict: FitPredict,
    texts: np.ndarray,
    labels: np.ndarray,
    processes: int | None,
) -> np.ndarray:
    """Probabilities (texts, genres), each from models that did not learn from that text.

    Texts of no fold are answered by the models of all folds, in the mean. What a fold gave is kept
    in `part`-<fold>.npy, so that an interruption costs the folds that are at work. Several folds
    at a time, on one core each, take three quarters of the time that one on all cores takes after
    the other.
    """
    work = []
    for fold in range(_FOLDS):
        known = (folds >= 0) & (folds != fold)
        asked = (folds < 0) | (folds == fold)
        fit = partial(fit_predict, texts[known], labels[known], texts[asked])
        work.append(delayed(_fold)(part.with_name(f"{part.name}-{fold}.npy"), fit, _log_level()))
    answers = np.full((_FOLDS, len(texts), labels.shape[1]), np.nan)
    for fold, said in enumerate(Parallel(n_jobs=processes)(work)):
        answers[fold, (folds < 0) | (folds == fold)] = said
    return np.nanmean(answers, axis=0)


def _log_level() -> int:
    return logging.getLogger().getEffectiveLevel()


def _fold(file: Path, fit: Callable[[], np.ndarray], log_level: int) -> np.ndarray:
    """What `fit` gives, in a process whose log goes where the first one's goes."""
    logging.basicConfig(level=log_level, format="%(asctime)s %(process)d %(message)s")
    logger.info("making %s", file)
    return made_once(file, fit)
