"""Fuse two trained readers: their logits are stacked (training/models/stacking.py)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from gradio_app.classifier import OverviewClassifier, logit
from gradio_app.errors import InputError
from training.config import FusionConfig
from training.data.films import LabelledFilm, label_matrix, read_films
from training.files import write_json
from training.metrics import validation_metrics
from training.models.fusion import build_fusion
from training.models.stacking import FOLDS, OTHERS_C_GRID, Stacking, fit_stacking, stack
from training.runs.run import Run, load_run
from training.teacher.teacher import Teacher, load_teacher

__all__ = [
    "STACKING_C",
    "STACKING_OTHERS_C",
    "answers_unseen",
    "fuse",
]

#: Of a stacking of thousands of films. Of the training films in two halves, one learned and the
#: other asked, log loss: .1797 for these, .1798 for .3 and .01, .1806 for .3 and .03.
STACKING_C, STACKING_OTHERS_C = 0.3, 0.003


def fuse(
    poster: Path, overview: Path, data: Path, folder: Path, teacher: Path | None = None
) -> dict:
    """Fuse the readers of two runs; in place of the overview model's, its published folder will do.

    On the validation films, which taught neither; with a teacher, first on the training films, as
    probes of the posters and the teacher answered them without having seen them, and then only
    calibrated on the validation films.

    Returns:
        The metrics, as in metrics.json. They are of held-out folds of the validation films.

    Raises:
        InputError: the runs do not fit together, or the folder holds a run already.
    """
    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder} holds a run already; name another --run.")
    listed = read_films(data)
    seen = _load(poster, "poster")
    read = _published(overview, listed) or _load(overview, "overview")
    genres = seen.genres
    if read.genres != genres:
        raise InputError(f"{poster} and {overview} know different genres; train both anew.")
    answers = [seen.validation(), read.validation()]
    films = _answered(listed, "validation", answers)
    if len(films) < FOLDS:
        raise InputError("Too few validation films have a poster and an overview.")
    counts = {"validation": len(films)}
    labels, readers = label_matrix(films, genres), _logits(films, answers)
    seed = FusionConfig().seed
    if teacher is None:
        stacking, held_out = stack(labels, readers, seed, OTHERS_C_GRID)
    else:
        taught_by = load_teacher(teacher, genres)
        stacking, counts["train"] = _learn_unseen(seen, taught_by, listed)
        calibration, held_out = stack(labels, [stacking.logits(readers)], seed)
        stacking = stacking.rescaled(calibration)
    metrics = validation_metrics(labels, held_out, calibrated=True)
    metrics["calibration"] = stacking.as_document()
    _save(folder, genres, seen.weights | read.weights, stacking, counts, metrics)
    return metrics


def _answered(
    films: Sequence[LabelledFilm], split: str, answers: Sequence[Mapping[str, np.ndarray]]
) -> list[LabelledFilm]:
    """The films of a split that each of several readers has answered."""
    return [
        film
        for film in films
        if film.split == split and all(film.id in answer for answer in answers)
    ]


def _logits(
    films: Sequence[LabelledFilm], answers: Sequence[Mapping[str, np.ndarray]]
) -> list[np.ndarray]:
    return [logit(np.stack([answer[film.id] for film in films])) for answer in answers]


def answers_unseen(
    poster: Run, teacher: Teacher, listed: Sequence[LabelledFilm]
) -> tuple[np.ndarray, list[np.ndarray]]:
    """What is said of training films by who has not seen them.

    The readers themselves have. In place of the poster CNN, probes of its backbone answer, and in
    place of the overview LSTM the teacher whose answers it learned to give.

    Returns:
        The films' labels, and logits for posters and for overviews, not calibrated; all (films,
        genres).

    Raises:
        InputError: there are too few of them.
    """
    answers = [poster.out_of_fold(), teacher.out_of_fold(listed)]
    films = _answered(listed, "train", answers)
    if len(films) < FOLDS:
        raise InputError(
            f"{poster.folder} has no answers of probes to training films that the teacher has "
            "read; fuse without --teacher."
        )
    return label_matrix(films, poster.genres), _logits(films, answers)


def _learn_unseen(
    poster: Run, teacher: Teacher, listed: Sequence[LabelledFilm]
) -> tuple[Stacking, int]:
    """Stack `answers_unseen`, calibrated; and of how many films."""
    labels, answers = answers_unseen(poster, teacher, listed)
    calibrated = [fit_stacking(labels, [said], STACKING_C).logits([said]) for said in answers]
    return fit_stacking(labels, calibrated, STACKING_C, STACKING_OTHERS_C), len(labels)


def _load(folder: Path, kind: str) -> Run:
    run = load_run(folder)
    if run.config.kind != kind:
        raise InputError(f"{folder} is a run of the kind {run.config.kind}, not {kind}.")
    return run


def _published(folder: Path, films: Sequence[LabelledFilm]) -> "_PublishedOverviews | None":
    if not (folder / "spec.json").is_file():
        return None
    return _PublishedOverviews(OverviewClassifier.from_dir(folder), films)


@dataclass(frozen=True)
class _PublishedOverviews:
    """What a fusion needs of an overview model, from its published folder."""

    classifier: OverviewClassifier
    films: Sequence[LabelledFilm]

    @property
    def genres(self) -> list[str]:
        return list(self.classifier.spec.genres)

    @property
    def weights(self) -> dict[str, str]:
        return self.classifier.spec.weights

    def validation(self) -> dict[str, np.ndarray]:
        """As a run's."""
        films = [film for film in self.films if film.split == "validation" and film.overview]
        said = self.classifier.predict_proba([film.overview for film in films])
        return dict(zip((film.id for film in films), said, strict=True))


def _save(
    folder: Path,
    genres: list[str],
    weights: dict[str, str],
    stacking: Stacking,
    films: dict[str, int],
    metrics: dict,
) -> None:
    model = build_fusion(len(genres))
    layer = model.get_layer("stacking")
    layer.set_weights([stacking.weights(), stacking.intercepts])
    folder.mkdir(parents=True, exist_ok=True)
    model.save_weights(folder / "model.weights.h5")
    documents = {
        "config.json": asdict(FusionConfig()),
        "genres.json": genres,
        "films.json": films,
        "readers.json": weights,
        "metrics.json": metrics,
    }
    for name, value in documents.items():
        write_json(folder / name, value)
