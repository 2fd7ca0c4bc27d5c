"""What an evaluation takes over from an earlier one, so that it need not be measured anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gradio_app.artifact import FOLDERS
from gradio_app.errors import InputError
from training.comparison import FUSED, OVERVIEW, POSTER, Comparison, Row, SeedRow
from training.files import read_json

__all__ = ["COURSEWORK", "Earlier", "read_earlier"]

#: The rows of the reference system's models.
COURSEWORK = ("coursework CNN, from scratch", "coursework LSTM")

#: Reader's name -> the folder of its model.
_MODELS = {
    POSTER: FOLDERS["poster"],
    OVERVIEW: FOLDERS["overview"],
    FUSED: FOLDERS["fusion"],
}


@dataclass(frozen=True)
class Earlier:
    """Set of labels -> rows of the coursework's models; -> reader -> row of its trainings. The
    `unchanged` readers are those whose model it measured."""

    coursework: dict[str, list[Row]]
    seeds: dict[str, dict[str, SeedRow]]
    unchanged: frozenset[str]

    def complete(self, labels: str, comparison: Comparison) -> Comparison:
        """A comparison with rows of the earlier one for what it lacks.

        A model that the earlier evaluation did not measure is one training more.

        Args:
            labels: name of the set of labels.
        """
        rows, readers = comparison.rows[: -len(_MODELS)], comparison.rows[-len(_MODELS) :]
        if not any(row.name in COURSEWORK for row in rows):
            rows = [*rows, *self.coursework.get(labels, [])]
        seeds = dict(self.seeds.get(labels, {}))
        for row in readers:
            if row.name in seeds and row.name not in self.unchanged:
                seeds[row.name] = seeds[row.name].with_another(row.at_thresholds)
        seeds |= {row.name: row for row in comparison.seeds}
        ordered = [seeds[row.name] for row in readers if row.name in seeds]
        return replace(comparison, rows=[*rows, *readers], seeds=ordered)


def read_earlier(
    file: Path, split: str, films: int, genres: Sequence[str], models: Mapping[str, str]
) -> Earlier:
    """Read the JSON of an evaluation of the same films.

    Args:
        split: of the films.
        films: how many there are.
        genres: the labels.
        models: model folder -> SHA-256 of the model that is measured now.

    Raises:
        InputError: it is not the JSON of an evaluation, or one of other films or genres.
    """
    try:
        document = read_json(file)
        measured = document["split"], document["films"], document["genres"]
        if measured != (split, films, list(genres)):
            raise InputError(f"{file} is an evaluation on other films or of other genres.")
        label_sets = document["label_sets"].items()
        return Earlier(
            {
                name: [Row(**row) for row in each["rows"] if row["name"] in COURSEWORK]
                for name, each in label_sets
            },
            {
                name: {row["name"]: SeedRow(**row) for row in each["seeds"]}
                for name, each in label_sets
            },
            frozenset(
                reader
                for reader, folder in _MODELS.items()
                if document["models"][folder] == models[folder]
            ),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{file} is not the JSON of an evaluation.") from error
