"""What an evaluation takes over from an earlier one, so that it need not be measured anew."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from gradio_app.errors import InputError
from gradio_app.evaluation.file import read_evaluation
from gradio_app.evaluation.schema import Evaluation, LabelSet, Trainings
from gradio_app.readers import READERS

__all__ = ["COURSEWORK", "complete", "read_earlier", "with_another"]

#: The rows of the reference system's models.
COURSEWORK = ("coursework CNN, from scratch", "coursework LSTM")


def read_earlier(file: Path, split: str, n_films: int, genres: Sequence[str]) -> Evaluation:
    """Read an evaluation of the same films.

    Args:
        file: JSON of an evaluation.
        split: that of the films.
        n_films: how many there are.
        genres: the labels.

    Raises:
        ArtifactError: it is no evaluation.
        InputError: it is one of other films or genres.
    """
    earlier = read_evaluation(file)
    if (earlier.split, earlier.n_films, earlier.genres) != (split, n_films, tuple(genres)):
        raise InputError(f"{file} is an evaluation on other films or of other genres.")
    return earlier


def complete(
    label_sets: Mapping[str, LabelSet], earlier: Evaluation, models: Mapping[str, str]
) -> dict[str, LabelSet]:
    """Add what was not measured now but in an earlier evaluation.

    These are the rows of the coursework, and the trainings of each reader; a model that the
    earlier evaluation did not measure is one training more.

    Args:
        label_sets: what was measured, by name of the labels.
        earlier: evaluation.
        models: model folder -> SHA-256 of the model that was measured now.
    """
    measured_before = {
        reader.name
        for reader in READERS
        if earlier.origin.models.get(reader.folder) == models[reader.folder]
    }
    return {
        name: _complete(label_set, earlier.label_sets[name], measured_before)
        for name, label_set in label_sets.items()
    }


def _complete(label_set: LabelSet, earlier: LabelSet, measured_before: Collection[str]) -> LabelSet:
    names = {reader.name for reader in READERS}
    baselines = [row for row in label_set.rows if row.name not in names]
    readers = [row for row in label_set.rows if row.name in names]
    if not any(row.name in COURSEWORK for row in baselines):
        baselines += [row for row in earlier.rows if row.name in COURSEWORK]
    trainings = {row.name: _earlier_trainings(row.name, earlier) for row in readers}
    for row in readers:
        if row.name not in measured_before:
            trainings[row.name] = with_another(trainings[row.name], row.at_thresholds)
    trainings |= {each.name: each for each in label_set.trainings}
    return replace(
        label_set,
        rows=(*baselines, *readers),
        trainings=tuple(each for each in trainings.values() if each.count > 1),
    )


def _earlier_trainings(reader: str, earlier: LabelSet) -> Trainings:
    """The trainings of a reader that an earlier evaluation has, be it one."""
    figures = earlier.by_name[reader].at_thresholds
    once = Trainings(reader, 1, figures, dict.fromkeys(figures, 0.0))
    return next((each for each in earlier.trainings if each.name == reader), once)


def with_another(trainings: Trainings, figures: Mapping[str, float]) -> Trainings:
    """Add the figures of one training more (Welford 1962)."""
    count = trainings.count + 1
    mean = {name: value + (figures[name] - value) / count for name, value in trainings.mean.items()}
    squares = {
        name: (trainings.count - 1) * trainings.deviation[name] ** 2
        + (figures[name] - value) * (figures[name] - mean[name])
        for name, value in trainings.mean.items()
    }
    deviation = {name: (value / trainings.count) ** 0.5 for name, value in squares.items()}
    return Trainings(trainings.name, count, mean, deviation)
