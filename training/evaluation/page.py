"""An evaluation as a Markdown page."""

from collections.abc import Mapping

from gradio_app.evaluation.schema import COMPLETED, LISTED, Evaluation, LabelSet
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
    trainings_table,
)

__all__ = ["page"]


def page(evaluation: Evaluation, title: str, pictures: Mapping[str, str]) -> str:
    """Write the Markdown page.

    Args:
        evaluation: of the models.
        title: of the page.
        pictures: path from the page -> what the picture shows.
    """
    origin = evaluation.origin
    listed = evaluation.label_sets[LISTED]
    hashes = ", ".join(f"{folder} `{digest[:12]}`" for folder, digest in origin.models.items())
    packages = ", ".join(f"{name} {number}" for name, number in origin.packages.items())
    gallery = "\n\n".join(f"{what}:\n\n![{what}]({path})" for path, what in pictures.items())
    return f"""# {title}

**{evaluation.answer.headline}** {evaluation.answer.details}

Measured on the {evaluation.n_films} films of the split `{evaluation.split}` that have a \
poster and an overview, {len(evaluation.genres)} genres. The models answered through the app's \
own path, from ONNX. [What the figures mean](#what-the-figures-mean) stands below.

## Genres as listed

{_figures(listed)}
{_completed(evaluation)}
## Differences

The first minus the second on the same films, with 95 % intervals of the paired bootstrap; bold \
where the interval excludes 0. Of ECE, less is better. The better single reader is the one with \
the higher mAP in that table.

As listed:

{difference_table(listed.differences)}
{_completed_differences(evaluation)}{_agreement(evaluation)}{_trainings(listed)}
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

{example_table(evaluation.examples)}

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
alone or by the extra overviews too; the *linear probe*, logistic regression on what the poster \
CNN's own backbone sees in the same posters after ImageNet alone; and 0.7 of the second TF-IDF \
plus 0.3 of the probe. The *coursework* rows are the reference system that this project began \
with, not calibrated.

## How it was measured

The models are {hashes} (SHA-256 of `model.onnx`). Printed by

```sh
{origin.command}
```

on {origin.date}, Python {origin.python}, {packages}, {origin.machine}. `evaluation.json`, \
beside the models, holds the same figures for programs.
"""


def _figures(label_set: LabelSet) -> str:
    return f"""{main_table(label_set.rows)}

Their 95 % intervals:

{interval_table(label_set.rows)}

What depends on the order of the genres alone:

{rank_table(label_set.rows)}

What depends on which genres are chosen:

{choice_table(label_set.rows)}"""


def _completed(evaluation: Evaluation) -> str:
    """The section of completed lists; empty where TMDB has none of these films."""
    if not evaluation.agreement:
        return ""
    return f"""
## Genres completed

IMDb's lists as of 2016 end after three genres, cut alphabetically. Here a genre that TMDB names \
for the film counts as true too. Models, baselines and thresholds are those from above.

{_figures(evaluation.label_sets[COMPLETED])}
"""


def _completed_differences(evaluation: Evaluation) -> str:
    if not evaluation.agreement:
        return ""
    return f"""
Completed:

{difference_table(evaluation.label_sets[COMPLETED].differences)}
"""


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


def _trainings(listed: LabelSet) -> str:
    """The section of other trainings; empty where there is one model of each reader."""
    if not listed.trainings:
        return ""
    return f"""
## Other trainings

The same architecture trained from other seeds, or with a teacher made anew (`--seeds`, or an \
earlier evaluation): mean ± standard deviation of all trainings, the shipped one among them. \
Genres as listed.

{trainings_table(listed.rows, listed.trainings)}
"""
