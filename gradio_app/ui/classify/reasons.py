"""Evidence as HTML: the heat map that lies over the poster, and the overview's words marked."""

import base64
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from gradio_app.classifier import FilmClassifier
from gradio_app.explain import FilmEvidence, OverviewEvidence, PosterEvidence, find_evidence
from gradio_app.ui.classify.heat import draw_heat, scale_falls
from gradio_app.ui.film import OpenedFilm
from gradio_app.ui.html.markup import tag, text

__all__ = [
    "NOTHING_READ",
    "NOT_FOUND",
    "SEEKING",
    "Reasons",
    "find_reasons",
    "heat_html",
    "heat_label",
    "reasons_html",
]

#: What stands in place of reasons.
NOTHING_READ = "Once a film is read, its reasons are shown here."
SEEKING = "Hiding one part of the film after another …"
NOT_FOUND = "The reasons were not found; click Classify to try again."

#: Weights below this are not marked: one word of a long text hardly moves a prediction.
_FAINT = 0.08


@dataclass(frozen=True, eq=False)
class Reasons:
    """The evidence in a film, and its poster as it is shown; None where there is no poster."""

    evidence: FilmEvidence
    picture: Image.Image | None


def find_reasons(classifier: FilmClassifier, film: OpenedFilm) -> Reasons:
    """Seek the evidence in a film.

    Raises:
        InputError: as `find_evidence`.
    """
    evidence = find_evidence(classifier, film.image, film.overview)
    return Reasons(evidence, film.poster.picture if film.poster else None)


def reasons_html(reasons: Reasons | None, genre: str | None, instead: str = NOTHING_READ) -> str:
    """Return what spoke for and against a genre; `instead`, a sentence, where that is not known.

    Where in the poster that is, `heat_html` shows.
    """
    if reasons is None or genre is None:
        return _box(tag("p", instead, class_="waiting"))
    poster, overview = reasons.evidence.poster, reasons.evidence.overview
    read = "" if overview is None else _read(overview, genre)
    seen = "" if poster is None else _seen(poster, genre)
    return _box(_key(genre), read, seen)


def _box(*parts: str) -> str:
    return tag("div", *parts, class_="why")


def _key(genre: str) -> str:
    """Return what the marks stand for."""
    sides = (("for", "orange, solid line"), ("against", "blue, dashed line"))
    marks = (tag("span", _mark(side, 0.8, look), f" spoke {side} it") for side, look in sides)
    return tag("h2", f"Why {text(genre)}?") + tag("p", *marks, class_="key")


def _mark(side: str, weight: float, words: str) -> str:
    return tag("mark", words, class_=side, style=f"--weight:{weight:.2f}")


def heat_label(genre: str | None) -> str:
    """Return what the choice to see `heat_html` is called."""
    return f"Show what in the poster spoke for {genre}"


def heat_html(reasons: Reasons | None, genre: str | None) -> str:
    """Return the poster coloured by what spoke for and against a genre; "" without one."""
    if reasons is None or reasons.evidence.poster is None or genre is None:
        return ""
    assert reasons.picture is not None  # there is evidence in it
    heat = reasons.evidence.poster.heat(genre)
    file = io.BytesIO()
    draw_heat(reasons.picture, heat).save(file, "JPEG", quality=85)
    return tag(
        "img",
        src=f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}",
        width=reasons.picture.width,
        height=reasons.picture.height,
        alt="The poster, its parts coloured by how much they spoke for or against "
        f"{genre}. {_most_telling(heat, genre)}",
    )


def _seen(poster: PosterEvidence, genre: str) -> str:
    link = tag("a", "See the poster.", href="#seen", class_="to-poster")  # on a phone, far above
    return tag("p", text(_most_telling(poster.heat(genre), genre)), " ", link, class_="note")


def _most_telling(heat: np.ndarray, genre: str) -> str:
    """Return where the strongest part lies, for those who do not see the colours."""
    row, column = divmod(int(heat.argmax()), heat.shape[1])
    if scale_falls(heat).max() < _FAINT:
        return f"No single part of the poster spoke much for {genre}."
    height = ("top", "middle", "bottom")[min(2, row * 3 // heat.shape[0])]
    side = ("left", "centre", "right")[min(2, column * 3 // heat.shape[1])]
    return f"The poster spoke most for {genre} at the {height} {side}."


def _read(overview: OverviewEvidence, genre: str) -> str:
    """Return the overview with its words marked, and how many of them were read and known."""
    scaled = scale_falls(overview.weights(genre))
    pieces, end = [], 0
    for number, word in enumerate(overview.words):
        pieces.append(text(overview.overview[end : word.start]))
        written = text(overview.overview[word.start : word.end])
        weight = float(scaled[number]) if number < overview.read else None
        pieces.append(_marked(written, weight, word.known))
        end = word.end
    pieces.append(text(overview.overview[end:]))
    note = tag("p", _counts(overview), class_="note")
    return tag("p", *pieces, class_="words") + note


def _marked(written: str, weight: float | None, known: bool) -> str:
    """Return a word as it is shown; the weight of one that was not read is None."""
    if weight is None:
        return tag("span", written, class_="unread")
    if not known:
        return tag("span", written, class_="unknown", title="not known to the model")
    if abs(weight) < _FAINT:
        return written
    return _mark("for" if weight > 0 else "against", abs(weight), written)


def _counts(overview: OverviewEvidence) -> str:
    read = f"The LSTM read {_words(overview.read)}"
    if overview.cut:
        read = (
            f"The LSTM read the first {overview.read} of {_words(len(overview.words))} "
            "(the others are grey)"
        )
    if not overview.unknown:
        return f"{read} and knows them all."
    return f"{read}; {_words(overview.unknown)} it does not know (dotted)."


def _words(count: int) -> str:
    return f"{count} {'word' if count == 1 else 'words'}"
