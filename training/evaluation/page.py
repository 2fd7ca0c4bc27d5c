"""An evaluation as a Markdown page and as JSON, and in words that follow from the figures."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

from gradio_app.readers import COMBINED, OVERVIEW, POSTER
from training.data.films import label_matrix
from training.evaluation.comparison import (
    TFIDF_EXTRA,
    TMDB,
    Comparison,
    Difference,
    Estimate,
    Row,
)
from training.evaluation.evaluate import COMPLETED, LISTED, Evaluation, model_hashes
from training.evaluation.examples import examples
from training.evaluation.tables import (
    agreement_table,
    calibration_table,
    choice_table,
    confusion_table,
    difference_table,
    example_table,
    genre_choice_table,
    genre_table,
    interval_table,
    main_table,
    rank_table,
    seed_table,
)
from training.metrics import precision_recall, reliability

__all__ = ["Origin", "answer", "document", "origin", "page"]

_PACKAGES = ("onnxruntime", "tokenizers", "pillow", "numpy", "scikit-learn", "keras", "tensorflow")


@dataclass(frozen=True)
class Origin:
    """What is needed to repeat an evaluation. `models`: folder -> SHA-256 of its model.onnx."""

    command: str
    date: str
    python: str
    packages: dict[str, str]
    machine: str
    models: dict[str, str]


def origin(models: Path, command: str) -> Origin:
    """Of an evaluation of the folder `models` by `command`, here and today."""
    return Origin(
        command=command,
        date=date.today().isoformat(),
        python=platform.python_version(),
        packages={name: version(name) for name in _PACKAGES},
        machine=f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPU cores",
        models=model_hashes(models),
    )


def document(evaluation: Evaluation, source: Origin) -> str:
    """Everything that is on the page, as JSON; an estimate is [value, low, high]."""
    labels = label_matrix(evaluation.films, evaluation.genres)
    shown = examples(evaluation.films, evaluation.readers, evaluation.genres)
    bins = {one.name: reliability(labels, one.probabilities) for one in evaluation.readers}
    curves = {
        one.name: precision_recall(labels, one.probabilities)
        for one in (*evaluation.baselines, *evaluation.readers)
    }
    values = asdict(source) | {
        "split": evaluation.split,
        "films": len(evaluation.films),
        "genres": evaluation.genres,
        "answer": answer(evaluation),
        "label_sets": {name: asdict(each) for name, each in evaluation.label_sets.items()},
        "agreement": [asdict(row) for row in evaluation.agreement],
        "reliability": {
            name: dict(zip(("predicted", "observed", "pairs"), map(list, each), strict=True))
            for name, each in bins.items()
        },
        "precision_recall": {
            name: dict(zip(("precision", "recall"), map(list, each), strict=True))
            for name, each in curves.items()
        },
        "unnamed": {
            one.name: (one.probabilities < one.thresholds).all(axis=1).sum()
            for one in evaluation.readers
        },
        "examples": [asdict(film) for film in shown],
    }
    return json.dumps(_rounded(values), indent=1, ensure_ascii=False) + "\n"


def _rounded(value):
    """The same with numbers of five decimals: more say nothing, and fill the file."""
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    if isinstance(value, str):
        return value
    return int(value) if value == int(value) else round(float(value), 5)


def page(evaluation: Evaluation, source: Origin, title: str, pictures: dict[str, str]) -> str:
    """The Markdown page.

    Args:
        evaluation: of the models.
        source: where it comes from.
        title: of the page.
        pictures: path from the page -> what the picture shows.
    """
    listed, completed = (evaluation.label_sets[name] for name in (LISTED, COMPLETED))
    hashes = ", ".join(f"{folder} `{digest[:12]}`" for folder, digest in source.models.items())
    packages = ", ".join(f"{name} {number}" for name, number in source.packages.items())
    gallery = "\n\n".join(f"{what}:\n\n![{what}]({path})" for path, what in pictures.items())
    shown = examples(evaluation.films, evaluation.readers, evaluation.genres)
    return f"""# {title}

{answer(evaluation)}

Measured on the {len(evaluation.films)} films of the split `{evaluation.split}` that have a \
poster and an overview, {len(evaluation.genres)} genres. The models answered through the app's \
own path, from ONNX. [What the figures mean](#what-the-figures-mean) stands below.

## Genres as listed

{_figures(listed)}

## Genres completed

IMDb's lists as of 2016 end after three genres, cut alphabetically. Here a genre that TMDB names \
for the film counts as true too. Models, baselines and thresholds are those from above.

{_figures(completed)}

## Differences

The first minus the second on the same films, with 95 % intervals of the paired bootstrap; bold \
where the interval excludes 0. Of ECE, less is better. The better single reader is the one with \
the higher mAP in that table.

As listed:

{difference_table(listed.differences)}

Completed:

{difference_table(completed.differences)}
{_agreement(evaluation)}{_seeds(evaluation)}
## Genre by genre

Genres as listed. Average precision with its 95 % interval; by chance it is the share of films \
that have the genre. The last column is the difference of poster CNN and overview LSTM, bold \
where its interval excludes 0; about one in twenty would do so by chance alone.

{genre_table(listed)}

Precision / recall / F1 at the genre's threshold:

{genre_choice_table(listed)}

## What is taken for what

"A → B: 5 of 20" says that the reader left out the true genre A for 20 films, and wrongly chose B \
for 5 of these, more often than any other genre. Genres as listed, at the thresholds.

{confusion_table(listed)}

## How far probabilities can be trusted

The mean probability of each genre beside the share of films that have it as listed, and in \
brackets the ECE of that genre.

{calibration_table(listed)}

## Pictures

{gallery}

## Ten films

The two examples of the coursework report come first where the split has them. The others are \
those whose id has the lowest SHA-256, a rule that does not look at the answers. Missed are the \
film's genres that are not among the three.

{example_table(shown)}

## What the figures mean

- **mAP** is the mean over the genres of the average precision; **micro-mAP** the average \
precision of all pairs of a film and a genre in one list.
- **hit@3** is the share of films with a true genre among the three most probable; \
**precision@3** and **recall@3** are the mean shares of those three that are true, and of a \
film's genres that are among them.
- **LRAP** is the mean precision at the rank of each true genre of a film; **coverage** is how \
many genres one must name to have named all true ones (less is better).
- **F1** counts the genres whose probability is at least one half (**@.5**), or reaches the \
genre's threshold, which was chosen on the validation films (**@t**). It is taken over all pairs \
(micro), as the mean over the genres (macro), as that mean weighted by their films (weighted), or \
as the mean over the films (samples). Precision and recall are micro-averages.
- **recall@P.55** is the highest recall at which the precision over all pairs is at least .55, \
the coursework's precision.
- **ECE**, the expected calibration error, is the mean distance between probabilities and the \
share of true pairs, in 15 bins of equal width over all pairs of a film and a genre (less is \
better).
- Thresholds and calibration come from the validation films, and so does the fused reader where no \
teacher helped, so figures on that split flatter them.
- **Intervals** are 95 % percentile intervals over 1,000 bootstrap resamples of the films, the \
same ones for all rows. They say how figures vary with the films, not with the training. A \
resample holds some films twice, which lifts the ECE and the average precision of rare genres a \
little; so their intervals reach further up than down.
- **Baselines** are the shares of the genres among the training films; always the two most \
frequent genres; logistic regression on TF-IDF of words and characters, taught by the listed films \
alone or by the extra overviews too; the *linear probe*, logistic regression on what MobileNetV2 \
sees in posters after ImageNet alone; and 0.7 of the second TF-IDF plus 0.3 of the probe. The \
*coursework* rows are the reference system that this project began with, not calibrated.

## How it was measured

The models are {hashes} (SHA-256 of `model.onnx`). Printed by

```sh
{source.command}
```

on {source.date}, Python {source.python}, {packages}, {source.machine}. A JSON file beside this \
page holds the same figures for programs.
"""


def _figures(comparison: Comparison) -> str:
    return f"""{main_table(comparison.rows)}

Their 95 % intervals:

{interval_table(comparison.rows)}

What depends on the order of the genres alone:

{rank_table(comparison.rows)}

What depends on which genres are chosen:

{choice_table(comparison.rows)}"""


def _agreement(evaluation: Evaluation) -> str:
    """The section of TMDB's lists; empty where the films have none."""
    if not evaluation.agreement:
        return ""
    return f"""
## How far people agree

TMDB has lists of the same films, made by people too. Taken as an answer, on the genres that they \
can hold, against the genres as listed; the fused reader on the same films and genres. In brackets \
the 95 % intervals.

{agreement_table(evaluation.agreement)}
"""


def _seeds(evaluation: Evaluation) -> str:
    """The section of other trainings; empty where there is one model of each reader."""
    comparison = evaluation.label_sets[LISTED]
    if not comparison.seeds:
        return ""
    return f"""
## Other trainings

The same architecture trained from other seeds, or with a teacher made anew (`--seeds`, or an \
earlier evaluation): mean ± standard deviation of all trainings, the shipped one among them. \
Genres as listed.

{seed_table(comparison.rows, comparison.seeds)}
"""


def answer(evaluation: Evaluation) -> str:
    """Which reader reads films better and where, in sentences that follow from the figures.

    One is called better only where the 95 % interval of the difference in mAP excludes 0.
    """
    comparison = evaluation.label_sets[LISTED]
    hits = {row.name: f"{100 * row.at_thresholds['hit@3']:.1f} %" for row in comparison.rows}
    first, *others = (_verdict(difference) for difference in comparison.differences)
    top3 = (
        f"Among its three most probable genres, the {POSTER.name} names a true one for "
        f"{hits[POSTER.name]} of the films, the {OVERVIEW.name} for {hits[OVERVIEW.name]}, "
        f"the fused reader for {hits[COMBINED.name]}."
    )
    where = _where(comparison.overview_ahead)
    return " ".join([f"**{first}**", where, top3, *others, *_people(evaluation.agreement)])


def _people(agreement: Sequence[Row]) -> list[str]:
    """A sentence on how far people agree, where that is known."""
    if not agreement:
        return []
    score = {row.name: f"{row.at_thresholds['micro-F1']:.3f}" for row in agreement}
    return [
        "For comparison: the lists that people made of the same films for TMDB agree with these "
        f"with a micro-F1 of {score[TMDB]}, on the genres that TMDB has; the fused reader has "
        f"{score[COMBINED.name]} there."
    ]


def _verdict(difference: Difference) -> str:
    estimate = difference.figures["mAP"]
    verdict = "is not shown to differ from"
    if estimate.excludes_zero:
        verdict = "is ahead of" if estimate.value > 0 else "is behind"
    values = f"mAP {estimate.value:+.3f}, 95 % interval {estimate.low:+.3f} to {estimate.high:+.3f}"
    sentence = f"{_called(difference.name)} {verdict} {_called(difference.other)} ({values})."
    return sentence[0].upper() + sentence[1:]


def _called(name: str) -> str:
    words = {
        COMBINED.name: "the fused reader",
        TFIDF_EXTRA: "TF-IDF with logistic regression, taught by the extra overviews too",
    }
    return words.get(name, f"the {name}")


def _where(overview_ahead: dict[str, Estimate]) -> str:
    clear = {genre: each for genre, each in overview_ahead.items() if each.excludes_zero}
    overview = _series([genre for genre, each in clear.items() if each.value > 0])
    poster = _series([genre for genre, each in clear.items() if each.value < 0])
    return (
        f"By average precision, the {OVERVIEW.name} is ahead in {overview}, the {POSTER.name} in "
        f"{poster}; in {len(overview_ahead) - len(clear)} of the {len(overview_ahead)} genres no "
        "difference is shown."
    )


def _series(names: Sequence[str]) -> str:
    if len(names) < 2:
        return names[0] if names else "no genre"
    return f"{', '.join(names[:-1])} and {names[-1]}"
