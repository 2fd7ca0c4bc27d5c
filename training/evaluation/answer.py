"""The figures of an evaluation in words."""

from collections.abc import Mapping, Sequence

from gradio_app import sentences
from gradio_app.evaluation.schema import Answer, Difference, Estimate, LabelSet, Row
from gradio_app.readers import COMBINED, OVERVIEW, POSTER
from training.evaluation.comparison import TFIDF_EXTRA, TMDB

__all__ = ["answer"]


def answer(listed: LabelSet, agreement: Sequence[Row]) -> Answer:
    """Say which reader reads films better and where, in sentences that follow from the figures.

    One is called better only where the 95 % interval of the difference in mAP excludes 0.

    Args:
        listed: measured against the genres as listed.
        agreement: the rows that show how far people agree, where there are any.
    """
    hits = {row.name: f"{100 * row.at_thresholds['hit@3']:.1f} %" for row in listed.rows}
    first, *others = (_verdict(difference) for difference in listed.differences)
    top3 = (
        f"Among its three most probable genres, the {POSTER.name} names a true one for "
        f"{hits[POSTER.name]} of the films, the {OVERVIEW.name} for {hits[OVERVIEW.name]}, "
        f"the fused reader for {hits[COMBINED.name]}."
    )
    where = _where(listed.overview_ahead)
    return Answer(first, " ".join([where, top3, *others, *_people(agreement)]))


def _people(agreement: Sequence[Row]) -> list[str]:
    """Say how far people agree, where that is known."""
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


def _where(overview_ahead: Mapping[str, Estimate]) -> str:
    clear = {genre: each for genre, each in overview_ahead.items() if each.excludes_zero}
    overview = [genre for genre, each in clear.items() if each.value > 0] or ["no genre"]
    poster = [genre for genre, each in clear.items() if each.value < 0] or ["no genre"]
    return (
        f"By average precision, the {OVERVIEW.name} is ahead in {sentences.listed(overview)}, the "
        f"{POSTER.name} in {sentences.listed(poster)}; in {len(overview_ahead) - len(clear)} of "
        f"the {len(overview_ahead)} genres no difference is shown."
    )
