"""The page at the end of a recipe: what was made, how good it is, how long it took."""

import shlex
from collections.abc import Mapping
from datetime import date

from gradio_app import __version__
from gradio_app.evaluation.file import read_evaluation
from gradio_app.evaluation.schema import LISTED
from gradio_app.readers import READERS
from training.data.check import Check
from training.data.films import SPLITS
from training.evaluation.tables import main_table
from training.files import read_json
from training.recipe.records import Record
from training.recipe.steps import Recipe

__all__ = ["in_words", "summary"]

#: Of the validation films, as a run's metrics.json has them.
_FIGURES = ("mAP", "hit@3", "micro-F1", "ECE")


def summary(recipe: Recipe, check: Check, records: Mapping[str, Record]) -> str:
    """Return the page, as Markdown.

    Args:
        recipe: that was done.
        check: of its folder of films.
        records: of its steps.
    """
    evaluation = read_evaluation(recipe.models / "evaluation.json")
    n_films = ", ".join(
        f"{split} {sum(film.split == split for film in check.films):,}" for split in SPLITS
    )
    notes = "".join(f"- {note}\n" for note in check.notes) or "Nothing.\n"
    return f"""# What the recipe made

Models of `--config {recipe.config}`, finished on {date.today().isoformat()} by version \
{__version__}, in [models](models). They know {len(evaluation.genres)} genres: \
{", ".join(evaluation.genres)}.

Serve them:

```sh
python -m gradio_app --models {shlex.quote(str(recipe.models))}
```

## Films

{n_films}. What was read otherwise than it stands there, or left out:

{notes}
## How good they are

On the {evaluation.n_films} {evaluation.split} films that have a poster and an overview, on which \
no choice was made (all figures: [evaluation](evaluation.md)):

{main_table(evaluation.label_sets[LISTED].rows)}

On the validation films, held out fold by fold from the calibration; thresholds were chosen on them:

{_validation(recipe)}

## How long it took

{_times(records)}
"""


def _validation(recipe: Recipe) -> str:
    rows = ["| | " + " | ".join(_FIGURES) + " |", "|---" + "|---:" * len(_FIGURES) + "|"]
    for reader in READERS:
        metrics = read_json(recipe.models / reader.folder / "spec.json")["metrics"]
        values = metrics["validation at the thresholds"]
        cells = (f"{values[name]:.3f}" for name in _FIGURES)
        rows.append(f"| {reader.name} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _times(records: Mapping[str, Record]) -> str:
    """Return a table; of a step that was interrupted, the last go is timed alone."""
    rows = ["| step | time of its last go | goes |", "|---|---:|---:|"]
    rows += [
        f"| {name} | {in_words(record.seconds or 0)} | {record.goes} |"
        for name, record in records.items()
    ]
    return "\n".join(rows)


def in_words(seconds: float) -> str:
    """Return a time as people say it.

    >>> in_words(42.4), in_words(600), in_words(7300)
    ('42 s', '10 min', '2.0 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
