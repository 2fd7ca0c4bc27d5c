"""What an evaluation takes over from an earlier one, so that it need not be measured anew."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from gradio_app.errors import InputError
from gradio_app.evaluation.file import read_evaluation
from gradio_app.evaluation.schema import Evaluation, LabelSet
from gradio_app.readers import READERS

__all__ = ["COURSEWORK", "complete", "read_earlier"]

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

    These are the rows of the coursework, and the other trainings of each reader that the earlier
    evaluation measured too; those of another model were of another recipe or of other films.

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
    trainings = {each.name: each for each in earlier.trainings if each.name in measured_before}
    trainings |= {each.name: each for each in label_set.trainings}
    return replace(
        label_set,
        rows=(*baselines, *readers),
        trainings=tuple(trainings[row.name] for row in readers if row.name in trainings),
    )
