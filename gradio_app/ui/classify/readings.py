"""Predictions as HTML: three short lists, and what they say in words."""

from html import escape

from gradio_app.classifier import Comparison, FilmPrediction, Prediction
from gradio_app.readers import COMBINED, OVERVIEW, POSTER, READERS, Reader
from gradio_app.sentences import listed

__all__ = ["reading_cards", "verdict"]

_WAITING = {
    POSTER: "Waiting for a poster.",
    OVERVIEW: "Waiting for an overview.",
    COMBINED: "Waiting for a poster and an overview.",
}


def reading_cards(film: FilmPrediction | None) -> str:
    """The three most probable genres of each reader, side by side; empty cards for None."""
    readings = {} if film is None else film.readings()
    if film is not None and film.comparison() is None:
        readings = readings | {COMBINED.key: None}  # it would repeat the only reading
    cards = "".join(_card(reader, readings.get(reader.key)) for reader in READERS)
    return f'<div class="readings">{cards}</div>'


def _card(reader: Reader, reading: Prediction | None) -> str:
    if reading is None:
        body = f'<p class="waiting">{_WAITING[reader]}</p>'
    else:
        entries = "".join(_entry(reading, *pair) for pair in reading.top(3))
        body = f"<ol>{entries}</ol>"
    return (
        f'<section class="reading {reader.key}" id="{reader.key}-reading">'
        f"<h3>{reader.heading} <small>{reader.method}</small></h3>{body}</section>"
    )


def _entry(reading: Prediction, genre: str, probability: float) -> str:
    passed = genre in reading.chosen()
    mark = ' <span class="passed">suggested</span>' if passed else ""
    return (
        f'<li><span class="genre">{escape(genre)}{mark}</span>'
        f'<span class="probability">{probability:.0%}</span>'
        f'<span class="bar" style="--share:{probability:.3f}"></span></li>'
    )


def verdict(film: FilmPrediction | None) -> str:
    """How sure the answer is, and where the two readers agree and disagree."""
    if film is None:
        return '<p class="verdict"></p>'
    comparison = film.comparison()
    sentences = [_confidence(film), _alone(film) if comparison is None else _agreement(comparison)]
    return f'<p class="verdict">{escape(" ".join(filter(None, sentences)))}</p>'


def _confidence(film: FilmPrediction) -> str:
    if film.combined.chosen():
        return ""
    genre, probability = film.combined.top(1)[0]
    return (
        f"Not confident: no genre reaches its threshold; the likeliest is {genre} "
        f"with {probability:.0%}."
    )


def _alone(film: FilmPrediction) -> str:
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
