"""Fuse two trained readers: their logits are stacked (training/models/stacking.py)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

import keras
import numpy as np

from gradio_app.artifact import OverviewInput
from gradio_app.classifier import OverviewClassifier, logit
from gradio_app.errors import InputError
from training.config import FusionConfig
from training.data.films import LabelledFilm, read_extra_films, read_films
from training.data.labels import label_matrix
from training.files import write_json
from training.metrics import validation_metrics
from training.models.fusion import build_fusion
from training.models.stacking import FOLDS, OTHERS_C_GRID, Stacking, fit_stacking, log_loss, stack
from training.runs.nothing import logits_of_nothing, unknown_words
from training.runs.run import Run, load_run
from training.teacher.teacher import Teacher, load_labelling_teacher

__all__ = ["STACKING_C", "STACKING_OTHERS_C", "fuse", "out_of_fold_logits", "stack_unseen"]

#: For a stacking of thousands of films. Log loss of one half of the training films from a fit on
#: the other: .1797 for these, .1798 for .3 and .01, .1806 for .3 and .03.
STACKING_C, STACKING_OTHERS_C = 0.3, 0.003

#: What is tried for the mean squared distance of a reader's logits from those of nothing, at which
#: it begins to count; the first is none at all.
_DISTANCES = (1e-6, 0.01, 0.03, 0.1, 0.3, 1.0)

#: Id of a film -> its probabilities (genres,).
Predictions = Mapping[str, np.ndarray]


def fuse(
    poster: Path, overview: Path, data: Path, folder: Path, teacher: Path | None = None
) -> dict:
    """Fuse the readers of two runs.

    The stacking is fitted on the validation films, on which neither was trained. With a teacher, it
    is fitted on the training films, by `out_of_fold_logits`, and only calibrated on the validation
    films.

    Args:
        poster: folder of the poster model's run.
        overview: folder of the overview model's run, or its published folder.
        data: folder with films.csv.
        folder: of the run that is made.
        teacher: folder of the readers' teacher, or of a published overview model.

    Returns:
        The metrics, as in metrics.json. They are of held-out folds of the validation films.

    Raises:
        InputError: the runs do not fit together, or the folder holds a run already.
    """
    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder} holds a run already; name another --run.")
    films = read_films(data)
    poster_run = _load(poster, "poster")
    overview_run = _published(overview, films) or _load(overview, "overview")
    genres = poster_run.genres
    if overview_run.genres != genres:
        raise InputError(f"{poster} and {overview} know different genres; train both anew.")
    predictions = [poster_run.validation(), overview_run.validation()]
    val_films = _predicted(films, "validation", predictions)
    if len(val_films) < FOLDS:
        raise InputError("Too few validation films have a poster and an overview.")
    labels, logits = label_matrix(val_films, genres), _logits(val_films, predictions)
    n_films, seed = {"validation": len(val_films)}, FusionConfig().seed
    if teacher is None:
        stacking, held_out = stack(labels, logits, seed, OTHERS_C_GRID)
    else:
        pairs = films + read_extra_films(data, films)
        labels_of = load_labelling_teacher(teacher, genres, pairs)
        unseen = out_of_fold_logits(poster_run, labels_of, pairs)
        n_films["train"] = len(unseen[0])
        stacking = stack_unseen(*unseen)
        calibration, held_out = stack(labels, [stacking.logits(logits)], seed)
        stacking = stacking.rescaled(calibration)
    model = build_fusion(len(genres))
    weights = [stacking.weights(), stacking.intercepts]
    nothing = [logits_of_nothing(poster_run), _overview_logits_of_nothing(overview_run)]
    distances = _choose_distances(model, weights, labels, logits, nothing, seed)
    metrics = validation_metrics(labels, held_out, calibrated=True)
    metrics["calibration"] = stacking.as_document() | {"distances": distances}
    _save(folder, genres, poster_run.weights | overview_run.weights, model, n_films, metrics)
    return metrics


def out_of_fold_logits(
    poster: Run, teacher: Teacher, films: Sequence[LabelledFilm]
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return logits of training films from models that were not trained on them.

    The readers themselves were. Probes of its backbone stand in for the poster CNN, and for the
    overview LSTM the teacher whose probabilities it was trained to give.

    Returns:
        The films' labels, and logits of their posters and of their overviews, not calibrated; all
        (films, genres).

    Raises:
        InputError: there are too few of them.
    """
    predictions = [poster.out_of_fold(), teacher.out_of_fold(films)]
    train_films = _predicted(films, "train", predictions)
    if len(train_films) < FOLDS:
        raise InputError(
            f"{poster.folder} has no predictions by probes of training films that the teacher has "
            "read; fuse without --teacher."
        )
    return label_matrix(train_films, poster.genres), _logits(train_films, predictions)


def stack_unseen(
    labels: np.ndarray, logits: Sequence[np.ndarray], others_C: float = STACKING_OTHERS_C
) -> Stacking:
    """Stack what `out_of_fold_logits` returns, each reader's calibrated first.

    Args:
        labels: (films, genres).
        logits: (films, genres) of each reader.
        others_C: what the other genres' logits may count, see `fit_stacking`.
    """
    calibrated = [fit_stacking(labels, [each], STACKING_C).logits([each]) for each in logits]
    return fit_stacking(labels, calibrated, STACKING_C, others_C)


def _overview_logits_of_nothing(run: "Run | _PublishedOverviews") -> np.ndarray:
    if isinstance(run, Run):
        return logits_of_nothing(run)
    return logit(run.classifier.predict_word_ids(unknown_words(run.sequence_length)))


def _choose_distances(
    model: keras.Model,
    weights: Sequence[np.ndarray],
    labels: np.ndarray,
    logits: Sequence[np.ndarray],
    nothing: Sequence[np.ndarray],
    seed: int,
) -> list[float]:
    """Give the fused model its weights, those that tell which reader knows nothing among them.

    They are chosen by the log loss of the films as they are, and of the same films with either
    input replaced by one without content.

    Args:
        model: that is made.
        weights: of the stacking.
        labels: of validation films (films, genres).
        logits: of both readers (films, genres).
        nothing: logits of both readers of inputs without content (inputs, genres).
        seed: which films get which of these.

    Returns:
        The distances of poster and overview (`build_fusion`).
    """
    rng = np.random.default_rng(seed)
    empty = [each[rng.integers(len(each), size=len(labels))] for each in nothing]
    posters = np.concatenate([logits[0], logits[0], empty[0]])
    overviews = np.concatenate([logits[1], empty[1], logits[1]])
    inputs = [posters, overviews, np.ones((len(posters), 2), np.float32)]
    all_labels = np.tile(labels, (3, 1))
    of_nothing = np.stack([each.mean(axis=0) for each in nothing])
    layer = model.get_layer("stacking")

    def loss(distances: tuple[float, ...]) -> float:
        layer.set_weights([*weights, of_nothing, np.array(distances)])
        return log_loss(all_labels, model.predict_on_batch(inputs))

    best = min(product(_DISTANCES, repeat=2), key=loss)
    layer.set_weights([*weights, of_nothing, np.array(best)])
    return list(best)


def _predicted(
    films: Sequence[LabelledFilm], split: str, predictions: Sequence[Predictions]
) -> list[LabelledFilm]:
    """Return the films of a split that each of several readers has predictions of."""
    return [
        film
        for film in films
        if film.split == split and all(film.id in each for each in predictions)
    ]


def _logits(films: Sequence[LabelledFilm], predictions: Sequence[Predictions]) -> list[np.ndarray]:
    return [logit(np.stack([each[film.id] for film in films])) for each in predictions]


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
        """The labels, in order."""
        return list(self.classifier.spec.genres)

    @property
    def sequence_length(self) -> int:
        """How many words of an overview it reads."""
        assert isinstance(self.classifier.spec.input, OverviewInput)
        return self.classifier.spec.input.sequence_length

    @property
    def weights(self) -> dict[str, str]:
        """As those of a run."""
        return self.classifier.spec.weights

    def validation(self) -> Predictions:
        """Return what a run's would."""
        films = [film for film in self.films if film.split == "validation" and film.overview]
        probabilities = self.classifier.predict_proba([film.overview for film in films])
        return dict(zip((film.id for film in films), probabilities, strict=True))


def _save(
    folder: Path,
    genres: list[str],
    weights: dict[str, str],
    model: keras.Model,
    n_films: dict[str, int],
    metrics: dict,
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    model.save_weights(folder / "model.weights.h5")
    documents = {
        "config.json": asdict(FusionConfig()),
        "genres.json": genres,
        "films.json": n_films,
        "readers.json": weights,
        "metrics.json": metrics,
    }
    for name, value in documents.items():
        write_json(folder / name, value)
