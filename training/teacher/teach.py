"""Make the teacher of both readers: TF-IDF and fine-tuned sentence encoders.

Each overview is labelled by models that were not trained on it (out of fold), and variants of the
training overviews by models that were trained on all that have a list of genres. It needs
requirements-teacher.txt.
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
from training.data.films import LabelledFilm, read_extra_films, read_films
from training.data.labels import genre_names, label_matrix
from training.files import cached_array, read_json, write_json
from training.metrics import macro_average_precision
from training.models.stacking import sigmoid
from training.models.tfidf import tfidf_logistic_regression
from training.teacher.encoder import Encoded, encode_with_minilm
from training.teacher.finetuning import FINETUNINGS, finetune
from training.teacher.teacher import digest, principal_components
from training.teacher.variants import make_variants, near_words

__all__ = ["FitPredict", "teach"]

logger = logging.getLogger(__name__)

_FOLDS = 4
_OF_VARIANTS = "variants"

#: Variants made of each training overview, and the components of the vectors by which words are
#: near.
_VARIANTS = 4
_NEAR_SIZE = 192

#: What the logits of each member weigh. Validation mAP: see docs/decisions.
_WEIGHTS = {"tfidf": 0.15, "minilm": 0.2, "mpnet": 0.65}

#: (training overviews, their labels, overviews to predict) -> probabilities (overviews to predict,
#: genres). Overviews are strings, in an array or a list.
FitPredict = Callable[[Any, np.ndarray, Any], np.ndarray]

#: The models that are averaged; those that take longest come first.
MEMBERS: dict[str, FitPredict] = {
    "mpnet": partial(finetune, FINETUNINGS["mpnet"]),
    "minilm": partial(finetune, FINETUNINGS["minilm"]),
    "tfidf": tfidf_logistic_regression,
}


def teach(
    data: Path,
    folder: Path,
    min_films_per_genre: int | None = None,
    encode: Callable[[Sequence[str], np.ndarray], Encoded] = encode_with_minilm,
    members: Mapping[str, FitPredict] = MEMBERS,
) -> dict[str, float]:
    """Make the teacher of a folder of films, or go on where it was interrupted.

    Validation films are read, so that the teacher can be measured on them; test films are not.

    Args:
        data: folder with films.csv.
        folder: of the teacher; what is in it already is not made again.
        min_films_per_genre: as for `genre_names`.
        encode: gives vectors of all overviews, and of the words of those that are True.
        members: name, among those of `_WEIGHTS` -> what is trained and averaged.

    Returns:
        The macro-averaged average precision of its members and of itself on the validation films.

    Raises:
        InputError: the data or the folder cannot be used, or the encoder is not installed.
    """
    listed = read_films(data)
    genres = genre_names(listed, min_films_per_genre)
    films = [film for film in listed + read_extra_films(data, listed) if film.overview]
    films = [film for film in films if film.split in ("train", "validation")]
    overviews = [film.overview for film in films]
    is_train = np.array([film.split == "train" for film in films])
    labels, folds = label_matrix(films, genres), _assign_folds(films, is_train)
    _begin(folder, overviews, genres, np.column_stack([folds, labels]))
    if not (folder / "words.json").is_file():
        _save_encoded(folder, encode(overviews, is_train))
    texts = np.array(overviews, object)
    splits = _splits(folds, texts, _variants(folder, texts[is_train]))
    made = _make_all(
        folder,
        {
            (member, name): partial(fit_predict, texts[train], labels[train], held_out)
            for member, fit_predict in members.items()
            for name, (train, held_out) in splits.items()
        },
    )
    of_variants = {member: made[member, _OF_VARIANTS] for member in members}
    probabilities = {
        member: _out_of_fold(folds, [made[member, str(fold)] for fold in range(_FOLDS)])
        for member in members
    }
    probabilities["together"] = _together(probabilities)
    np.save(folder / "variant_labels.npy", _together(of_variants).astype(np.float32))
    np.save(folder / "labels.npy", probabilities["together"].astype(np.float32))
    is_val = np.array([film.split == "validation" for film in films])
    return {
        name: macro_average_precision(labels[is_val], values[is_val])
        for name, values in probabilities.items()
    }


def _assign_folds(films: Sequence[LabelledFilm], is_train: np.ndarray) -> np.ndarray:
    """Return the fold of each training film that has a list of genres, and -1 for the others."""
    labelled = is_train & np.array([film.labelled for film in films])
    return np.where(labelled, np.random.default_rng(0).integers(_FOLDS, size=len(films)), -1)


def _begin(
    folder: Path, overviews: Sequence[str], genres: Sequence[str], folds_and_labels: np.ndarray
) -> None:
    """Write what the teacher is made of: the overviews, the genres, and their folds and labels.

    Raises:
        InputError: what the folder holds was made of something else.
    """
    facts = {
        "overviews.json": [digest(overview) for overview in overviews],
        "genres.json": list(genres),
        "lessons.json": hashlib.sha256(folds_and_labels.tobytes()).hexdigest(),
    }
    for name, value in facts.items():
        if (folder / name).is_file() and read_json(folder / name) != value:
            raise InputError(
                f"{folder} was begun with other films or genres; name another with --run."
            )
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in facts.items():
        write_json(folder / name, value)


def _save_encoded(folder: Path, encoded: Encoded) -> None:
    np.save(folder / "sentences.npy", encoded.sentences)
    np.save(folder / "word_vectors.npy", encoded.word_vectors)
    write_json(folder / "words.json", encoded.words)


def _variants(folder: Path, overviews: Sequence[str]) -> list[str]:
    """Return the variants that the folder keeps, made where they are missing."""
    file = folder / "variants.json"
    if not file.is_file():
        vectors = principal_components(np.load(folder / "word_vectors.npy"), _NEAR_SIZE)
        near = near_words(read_json(folder / "words.json"), vectors.astype(np.float32))
        write_json(file, make_variants(overviews, near, _VARIANTS))
    return read_json(file)


def _splits(
    folds: np.ndarray, texts: np.ndarray, variants: Sequence[str]
) -> dict[str, tuple[np.ndarray, Sequence[str]]]:
    """Return, by name, which texts a member is trained on (bool), and those it predicts then.

    Who predicts variants was trained on the films that they were made of: the labels lean to their
    lists, as those of the overviews themselves do (`Teacher.soften`). Variants come first, for they
    take longest.
    """
    known = folds >= 0
    splits: dict[str, tuple[np.ndarray, Sequence[str]]] = {_OF_VARIANTS: (known, variants)}
    for fold in range(_FOLDS):
        splits[str(fold)] = known & (folds != fold), texts[_held_out(folds, fold)]
    return splits


def _held_out(folds: np.ndarray, fold: int) -> np.ndarray:
    """Return which texts are of this fold or of none."""
    return (folds < 0) | (folds == fold)


def _make_all(
    folder: Path, work: Mapping[tuple[str, str], Callable[[], np.ndarray]]
) -> dict[tuple[str, str], np.ndarray]:
    """Return the arrays of (member, split), kept in the folder and made where they are missing.

    An interruption costs those at work. Several at a time, on one core each, take three quarters of
    the time that one on all cores takes after the other.
    """
    level = logging.getLogger().getEffectiveLevel()
    jobs = [delayed(_make)(folder / f"{'-'.join(name)}.npy", work[name], level) for name in work]
    return dict(zip(work, Parallel(n_jobs=os.cpu_count())(jobs), strict=True))


def _make(file: Path, make: Callable[[], np.ndarray], log_level: int) -> np.ndarray:
    """Return what `make` gives, in a process whose log goes where the first one's goes."""
    logging.basicConfig(level=log_level, format="%(asctime)s %(process)d %(message)s")
    logger.info("making %s", file)
    return cached_array(file, make)


def _out_of_fold(folds: np.ndarray, predictions: Sequence[np.ndarray]) -> np.ndarray:
    """Return probabilities (texts, genres), each from models that were not trained on that text.

    Texts of no fold get the mean of the models of all folds.

    Args:
        folds: of the texts; -1 for those of none.
        predictions: of each fold's model, for the texts of `_held_out`.
    """
    of_all = np.full((len(predictions), len(folds), predictions[0].shape[1]), np.nan)
    for fold, probabilities in enumerate(predictions):
        of_all[fold, _held_out(folds, fold)] = probabilities
    return np.nanmean(of_all, axis=0)


def _together(members: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return one probability of those of the members, by the weighted mean of their logits."""
    return sigmoid(np.sum([weight * logit(members[name]) for name, weight in _WEIGHTS.items()], 0))
