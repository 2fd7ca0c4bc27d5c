"""Evidence as HTML: the poster with its heat map, and the overview with its words marked."""

import base64
import io
from dataclasses import dataclass
from html import escape
from pathlib import Path

from PIL import Image

from gradio_app.classifier import FilmClassifier
from gradio_app.explain import (
    FilmEvidence,
    OverviewEvidence,
    draw_heat,
    find_evidence,
    strengths,
)
from gradio_app.preprocessing import decode_poster

__all__ = ["Reasons", "find_reasons", "reasons_html"]

#: Strengths below this are not marked: one word of a long text hardly moves an answer.
_FAINT = 0.08

_PICTURE_SIZE = (480, 480)


@dataclass(frozen=True, eq=False)
class Reasons:
    """The evidence in a film, and its poster as it is shown; None where there is no poster."""

    evidence: FilmEvidence
    picture: Image.Image | None


def find_reasons(classifier: FilmClassifier, poster: Path | None, overview: str) -> Reasons:
    """Seek the evidence in a film.

    Raises:
        InputError: as `find_evidence`.
    """
    evidence = find_evidence(classifier, poster, overview)
    if poster is None:
        return Reasons(evidence, None)
    picture = decode_poster(poster)
    picture.thumbnail(_PICTURE_SIZE)
    return Reasons(evidence, picture)


def reasons_html(reasons: Reasons | None, genre: str | None, searching: bool = False) -> str:
    """What spoke for and against a genre; a line of text where nothing is known yet."""
    if searching:
        return _box(_hint("Hiding one part of the film after another …"))
    if reasons is None or genre is None:
        return _box(_hint("Once a film is read, its reasons are shown here."))
    poster, overview = reasons.evidence.poster, reasons.evidence.overview
    seen = "" if poster is None else _seen(reasons.picture, poster.heat(genre), genre)
    read = "" if overview is None else _read(overview, genre)
    columns = "reasons" if seen and read else "reasons one"
    return _box(_key(genre), f'<div class="{columns}">{seen}{read}</div>')


def _key(genre: str) -> str:
    sides = (("for", "orange, solid line"), ("against", "blue, dashed line"))
    marks = "".join(
        f'<span><mark class="{side}" style="--strength:.8">{look}</mark> spoke {side} it</span>'
        for side, look in sides
    )
    return f'<p class="key"><b>{escape(genre)}</b>{marks}</p>'


def _box(*parts: str) -> str:
    return f'<div class="why">{"".join(parts)}</div>'


def _hint(sentence: str) -> str:
    return f'<p class="waiting">{sentence}</p>'


def _seen(picture: Image.Image | None, heat, genre: str) -> str:
    assert picture is not None  # there is evidence in it
    file = io.BytesIO()
    draw_heat(picture, heat).save(file, "JPEG", quality=85)
    data = base64.b64encode(file.getvalue()).decode()
    return (
        f'<figure><img src="data:image/jpeg;base64,{data}" width="{picture.width}" '
        f'height="{picture.height}" alt="The poster, its parts coloured by how much they spoke '
        f'for or against {escape(genre)}">'
        f"<figcaption>{_most_telling(heat, genre)}</figcaption></figure>"
    )


def _most_telling(heat, genre: str) -> str:
    """Where the strongest part lies, in words, for those who do not see the colours."""
    row, column = divmod(int(heat.argmax()), heat.shape[1])
    if strengths(heat).max() < _FAINT:
        return f"No single part of the poster spoke much for {escape(genre)}."
    height = ("top", "middle", "bottom")[min(2, row * 3 // heat.shape[0])]
    side = ("left", "centre", "right")[min(2, column * 3 // heat.shape[1])]
    return f"The poster spoke most for {escape(genre)} at the {height} {side}."


def _read(overview: OverviewEvidence, genre: str) -> str:
    marks = strengths(overview.weights(genre))
    pieces, end = [], 0
    for number, word in enumerate(overview.words):
        pieces.append(escape(overview.overview[end : word.start]))
        written = escape(overview.overview[word.start : word.end])
        strength = float(marks[number]) if number < overview.read else None
        pieces.append(_marked(written, strength, word.known))
        end = word.end
    pieces.append(escape(overview.overview[end:]))
    return (
        f'<div><p class="words">{"".join(pieces)}</p><p class="note">{_counts(overview)}</p></div>'
    )


def _marked(written: str, strength: float | None, known: bool) -> str:
    """A word as it is shown; the strength of one that was not read is None."""
    if strength is None:
        return f'<span class="unread">{written}</span>'
    if not known:
        return f'<span class="unknown" title="not known to the model">{written}</span>'
    if abs(strength) < _FAINT:
        return written
    side = "for" if strength > 0 else "against"
    return f'<mark class="{side}" style="--strength:{abs(strength):.2f}">{written}</mark>'


def _counts(overview: OverviewEvidence) -> str:
    read = f"The LSTM read {_words(overview.read)}"
    if overview.cut:
        read = f"The LSTM read the first {overview.read} of {_words(len(overview.words))}"
    if not overview.unknown:
        return f"{read} and knows them all."
    return f"{read}; {_words(overview.unknown)} it does not know (dotted)."


def _words(count: int) -> str:
    return f"{count} {'word' if count == 1 else 'words'}"
