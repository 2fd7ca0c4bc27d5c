"""What is shown of a film, to take elsewhere: as text and as JSON."""

import json

from gradio_app.prediction import FilmPrediction
from gradio_app.readers import READERS
from gradio_app.ui.html.charts import percent
from gradio_app.ui.html.markup import tag

__all__ = ["share_buttons", "shared_text"]


def share_buttons(film: FilmPrediction | None) -> str:
    """Return a button for each; what they copy is in `data-copy`. "" for None."""
    if film is None:
        return ""
    document = json.dumps(film.as_document(), ensure_ascii=False, indent=2)
    return tag(
        "div",
        tag("button", "Copy as text", type="button", data_copy=shared_text(film)),
        tag("button", "Copy as JSON", type="button", data_copy=document),
        tag("span", role="status"),
        class_="share",
    )


def shared_text(film: FilmPrediction) -> str:
    """Return the three likeliest genres of each reader, the suggested ones and notes, in lines."""
    lines = []
    for reader in READERS:
        reading = film.readings()[reader.key]
        if reading is not None:
            top = (f"{genre} {percent(probability)}" for genre, probability in reading.top(3))
            lines.append(f"{reader.heading}: {', '.join(top)}")
    suggested = ", ".join(film.combined.chosen()) or "none"
    return "\n".join([*lines, f"Suggested genres: {suggested}", *film.notes])
