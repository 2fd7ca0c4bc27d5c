"""Predictions as HTML: three short lists, and what they say in words."""

from collections.abc import Sequence

from gradio_app.prediction import Comparison, FilmPrediction, Prediction
from gradio_app.readers import COMBINED, OVERVIEW, POSTER, READERS, Reader
from gradio_app.sentences import listed
from gradio_app.ui.html.cards import card, card_row, genre_button
from gradio_app.ui.html.charts import percent
from gradio_app.ui.html.markup import tag, text

__all__ = ["reading_cards", "refusal", "verdict"]

_WAITING = {
    POSTER: "Waiting for a poster.",
    OVERVIEW: "Waiting for an overview.",
    COMBINED: "Waiting for a poster and an overview.",
}


def reading_cards(film: FilmPrediction | None, chosen: str | None = None) -> str:
    """Return the three most probable genres of each reader; empty cards for None.

    Args:
        film: what the readers say.
        chosen: the genre whose reasons are shown; its buttons are pressed.
    """
    readings = {} if film is None else film.readings()
    if film is not None and film.comparison() is None:
        readings = readings | {COMBINED.key: None}  # it would repeat the only reading
    notes = {} if film is None else {POSTER: film.poster_notes, OVERVIEW: film.overview_notes}
    cards = (
        _card(reader, readings.get(reader.key), notes.get(reader, ()), chosen) for reader in READERS
    )
    return card_row(*cards, kind="readings")


def refusal(sentence: str) -> str:
    """Return, above empty cards, why there is no answer; a screen reader says it at once."""
    return tag("p", text(sentence), class_="refusal", role="alert") + reading_cards(None)


def _card(
    reader: Reader, reading: Prediction | None, notes: Sequence[str], chosen: str | None
) -> str:
    body = "".join(tag("p", text(note), class_="note") for note in notes)
    if reading is not None:
        body = (
            tag("ol", *(_entry(reading, *pair, pair[0] == chosen) for pair in reading.top(3)))
            + body
        )
    elif not notes:  # which say why there is no reading
        body = tag("p", _WAITING[reader], class_="waiting")
    heading = f"{reader.heading} {tag('small', reader.method)}"
    return card(reader, heading, body, kind="reading", id=f"{reader.key}-reading")


def _entry(reading: Prediction, genre: str, probability: float, chosen: bool) -> str:
    passed = genre in reading.chosen()
    mark = f" {tag('span', 'suggested', class_='passed')}" if passed else ""
    return tag(
        "li",
        tag("span", genre_button(genre, chosen), mark),
        tag("span", percent(probability), class_="probability"),
        tag("span", class_="bar", style=f"--fraction:{probability:.3f}"),
    )


def verdict(film: FilmPrediction | None) -> str:
    """Return how sure the models are, and where the readers agree."""
    words = "" if film is None else " ".join(_sentences(film))
    return tag("p", text(words), class_="verdict", role="status")


def _sentences(film: FilmPrediction) -> list[str]:
    comparison = film.comparison()
    together = _alone(film) if comparison is None else _agreement(comparison)
    sentences = [_confidence(film), together]
    return [sentence for sentence in sentences if sentence]


def _confidence(film: FilmPrediction) -> str:
    if film.combined.chosen():
        return ""
    genre, probability = film.combined.top(1)[0]
    return (
        f"Not confident: no genre reaches its threshold; the likeliest is {genre} "
        f"with {percent(probability)}."
    )


def _alone(film: FilmPrediction) -> str:
    if film.overview is None and film.overview_notes:
        return "One reader answered: the overview was left out."
    missing = "an overview" if film.overview is None else "a poster"
    return f"One reader answered; add {missing}, and the other answers too."


def _agreement(comparison: Comparison) -> str:
    if not comparison.both:
        return (
            f"The readers disagree: the poster looks like {listed(comparison.poster_alone)}, "
            f"the overview reads like {listed(comparison.overview_alone)}."
        )
    agreed = f"Both readers see {listed(comparison.both)}"
    if not comparison.poster_alone:
        return f"{agreed}."
    return (
        f"{agreed}; the poster alone adds {listed(comparison.poster_alone)}, "
        f"the overview alone {listed(comparison.overview_alone)}."
    )
