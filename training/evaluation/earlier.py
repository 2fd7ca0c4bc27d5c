"""What an evaluation takes over from an earlier one, so that it need not be measured anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gradio_app.errors import InputError
from gradio_app.readers import READERS
from training.evaluation.comparison import Comparison, Row, SeedRow
from training.files import read_json

__all__ = ["COURSEWORK", "Earlier", "read_earlier"]

#: The rows of the reference system's models.
COURSEWORK = ("coursework CNN, from scratch", "coursework LSTM")

#: Reader's name -> the folder of its model.
_MODELS = {reader.name: reader.folder for reader in READERS}


@dataclass(frozen=True)
class Earlier:
    """Rows of an earlier evaluation, for each set of labels.

    Attributes:
        coursework: of the coursework's models, where it had them.
        seeds: reader -> row of its trainings, be it one.
        unchanged: readers whose model it measured.
    """

    coursework: dict[str, list[Row]]
    seeds: dict[str, dict[str, SeedRow]]
    unchanged: frozenset[str]

    def complete(self, labels: str, comparison: Comparison) -> Comparison:
        """A comparison with rows of the earlier one for what it lacks.

        A model that the earlier evaluation did not measure is one training more.

        Args:
            labels: name of the set of labels.
        """
        rows = [row for row in comparison.rows if row.name not in _MODELS]
        readers = [row for row in comparison.rows if row.name in _MODELS]
        if not any(row.name in COURSEWORK for row in rows):
            rows += self.coursework[labels]
        seeds = dict(self.seeds[labels])
        for row in readers:
            if row.name not in self.unchanged:
                seeds[row.name] = seeds[row.name].with_another(row.at_thresholds)
        seeds |= {row.name: row for row in comparison.seeds}
        trained = [seeds[row.name] for row in readers if seeds[row.name].models > 1]
        return replace(comparison, rows=rows + readers, seeds=trained)


def read_earlier(
    file: Path,
    split: str,
    films: int,
    genres: Sequence[str],
    label_sets: Sequence[str],
    models: Mapping[str, str],
) -> Earlier:
    """Read the JSON of an evaluation of the same films.

    Args:
        split: of the films.
        films: how many there are.
        genres: the labels.
        label_sets: names of the sets of labels.
        models: model folder -> SHA-256 of the model that is measured now.

    Raises:
        InputError: it is not the JSON of an evaluation, or one of other films or genres.
    """
    try:
        document = read_json(file)
        if (document["split"], document["films"], document["genres"]) != (
            split,
            films,
            list(genres),
        ):
            raise InputError(f"{file} is an evaluation on other films or of other genres.")
        sets = {name: document["label_sets"][name] for name in label_sets}
        return Earlier(
            {
                name: [Row(**row) for row in each["rows"] if row["name"] in COURSEWORK]
                for name, each in sets.items()
            },
            {name: _seed_rows(each) for name, each in sets.items()},
            frozenset(
                reader
                for reader, folder in _MODELS.items()
                if document["models"][folder] == models[folder]
            ),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"{file} is not the JSON of an evaluation.") from error


def _seed_rows(label_set: dict[str, Any]) -> dict[str, SeedRow]:
    """Reader -> row of its trainings. Raises ValueError where a reader lacks a figure."""
    rows = {row["name"]: row["at_thresholds"] for row in label_set["rows"]}
    several = {row["name"]: row for row in label_set["seeds"]}
    seeds = {}
    for reader in _MODELS:
        once = {"models": 1, "mean": rows[reader], "deviation": dict.fromkeys(rows[reader], 0)}
        row = several.get(reader, once)
        mean, deviation = (
            {name: float(value) for name, value in row[key].items()}
            for key in ("mean", "deviation")
        )
        if row["models"] < 1 or not set(mean) == set(deviation) == set(rows[reader]):
            raise ValueError(f"trainings of {reader}")
        seeds[reader] = SeedRow(reader, row["models"], mean, deviation)
    return seeds
