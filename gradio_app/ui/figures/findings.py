"""An evaluation in plain words: what its figures mean, and what they show to be bad."""

from collections.abc import Iterable
from typing import NamedTuple

from gradio_app.evaluation.schema import COMPLETED, LISTED, Evaluation, LabelSet
from gradio_app.readers import COMBINED, READERS
from gradio_app.sentences import listed

__all__ = ["MEASURES", "Fault", "faults"]

#: Figure -> what it means, for people who classify films, not models.
MEASURES = {
    "mAP": "For each genre, the films are ordered by its probability. The more of the right films "
    "stand at the top, the nearer to 1. This is the mean over the genres.",
    "micro-mAP": "The same with all pairs of a film and a genre in one list, so that frequent "
    "genres count more.",
    "hit@3": "The share of the films of which at least one of the three most probable genres is "
    "right.",
    "recall@3": "How many of a film's genres are among the three most probable, on average.",
    "micro-F1": "One figure for suggesting what is wrong and leaving out what is right, over all "
    "suggestions. 1 would be without any error.",
    "macro-F1": "The same genre by genre, then the mean: rare genres count as much as frequent "
    "ones.",
    "recall@P.55": "If 55 of 100 suggestions are to be right: the share of all true genres that is "
    "then found.",
    "ECE": "How far probabilities are from what happens. At 0.01, of the genres given 30% about 29 "
    "to 31 in 100 are right. Less is better.",
}

_FEW = 3


class Fault(NamedTuple):
    """What is bad, and the figures that show it."""

    name: str
    finding: str


def faults(evaluation: Evaluation, labels: str) -> list[Fault]:
    """What the models are bad at, against one set of labels.

    Every sentence follows from figures; one that the figures do not give is left out.
    """
    measured = evaluation.label_sets[labels]
    found = [
        Fault("Nothing right", _nothing_right(measured)),
        Fault("Wrong and missing suggestions", _suggestions(measured)),
        Fault("No suggestion", _no_suggestion(evaluation)),
        Fault("Weakest genres", _weakest(measured)),
        Fault("No better than chance", _by_chance(measured)),
        Fault("Never found", _never_found(measured)),
        Fault("Taken for another genre", _confused(measured)),
        Fault("Not shown to beat something simpler", _not_ahead(measured)),
        Fault("Lists that stop early", _cut_lists(evaluation)),
    ]
    return [fault for fault in found if fault.finding]


def _by_reader(labels: LabelSet, figure: str) -> dict[str, float]:
    rows = labels.by_name
    return {reader.name: rows[reader.name].at_thresholds[figure] for reader in READERS}


def _nothing_right(labels: LabelSet) -> str:
    misses = [
        f"{1 - value:.1%} by the {name}" for name, value in _by_reader(labels, "hit@3").items()
    ]
    return f"For some films none of the three most probable genres is right: {listed(misses)}."


def _suggestions(labels: LabelSet) -> str:
    name = COMBINED.name
    wrong = 1 - _by_reader(labels, "precision")[name]
    missing = 1 - _by_reader(labels, "recall")[name]
    return (
        f"Of the genres that the {name} reader suggests, {wrong:.0%} are not among the film's; of "
        f"the film's, it leaves out {missing:.0%}."
    )


def _no_suggestion(evaluation: Evaluation) -> str:
    silent = [f"{count} by the {name}" for name, count in evaluation.unnamed.items() if count]
    if not silent:
        return ""
    return (
        f"Of {evaluation.n_films:,} films, some are given no genre at all, for none reaches its "
        f"threshold: {listed(silent)}."
    )


def _weakest(labels: LabelSet) -> str:
    name = COMBINED.name
    worst = sorted(labels.genres[name], key=lambda genre: genre.average_precision.value)[:_FEW]
    genres = [
        f"{genre.genre} ({genre.average_precision.value:.2f}; {genre.n_films:,} films)"
        for genre in worst
    ]
    return f"Even the {name} reader has its lowest average precision in {listed(genres)}."


def _by_chance(labels: LabelSet) -> str:
    return _of_readers(
        {
            name: [each.genre for each in genres if each.average_precision.low <= each.observed]
            for name, genres in labels.genres.items()
        },
        "The {name} is not shown to order films better than chance would in {genres}.",
    )


def _never_found(labels: LabelSet) -> str:
    return _of_readers(
        {
            name: [each.genre for each in genres if each.recall == 0]
            for name, genres in labels.genres.items()
        },
        "At its thresholds, the {name} suggests {genres} for none of the films that have it.",
    )


def _of_readers(genres: dict[str, list[str]], sentence: str) -> str:
    return _together(
        sentence.format(name=reader.name, genres=listed(genres[reader.name]))
        for reader in READERS
        if genres[reader.name]
    )


def _together(sentences: Iterable[str]) -> str:
    return " ".join(sentences)


def _confused(labels: LabelSet) -> str:
    name = COMBINED.name
    most = labels.confusions[name][:_FEW]
    if not most:
        return ""
    pairs = [
        f"{each.genre} for {each.instead} ({each.n_films} of the {each.n_missed} films where "
        f"{each.genre} was missed)"
        for each in most
    ]
    return f"The {name} reader most often takes {listed(pairs)}."


def _not_ahead(labels: LabelSet) -> str:
    return _together(
        f"The {each.name} is not shown to be ahead of: {each.other} (mAP "
        f"{ahead.value:+.3f}, 95% interval {ahead.low:+.3f} to {ahead.high:+.3f})."
        for each, ahead in ((each, each.figures["mAP"]) for each in labels.differences)
        if ahead.low <= 0
    )


def _cut_lists(evaluation: Evaluation) -> str:
    """Compare how many films have each genre as listed, and completed."""
    before, after = (
        {each.genre: each.n_films for each in evaluation.label_sets[name].genres[COMBINED.name]}
        for name in (LISTED, COMPLETED)
    )
    gains = {genre: after.get(genre, count) - count for genre, count in before.items()}
    most = [genre for genre in sorted(gains, key=lambda genre: -gains[genre]) if gains[genre] > 0]
    if not most:
        return ""
    rises = [f"{genre} from {before[genre]} films to {after[genre]}" for genre in most[:_FEW]]
    return (
        "The lists of genres that taught the models leave some out, and so do the models. Where "
        f"a second source completes the lists, most rises {listed(rises)}."
    )
