"""Cards: boxes with a heading, in the colour of a reader, and buttons that stand for genres.

Their look is in cards.css.
"""

from gradio_app.readers import Reader
from gradio_app.ui.html.markup import tag, text

__all__ = ["card", "card_row", "genre_button"]


def card(reader: Reader, heading: str, *body: str, kind: str, **attributes: object) -> str:
    """Return a card.

    Args:
        reader: whose colour it has.
        heading: markup.
        body: markup.
        kind: its class in cards.css.
        attributes: as `tag` has them.
    """
    style = f"card {kind} chart-{reader.key}"
    return tag("section", tag("h3", heading), *body, class_=style, **attributes)


def card_row(*cards: str, kind: str) -> str:
    """Return cards side by side, on a phone one below the other; `kind` as in `card`."""
    return tag("div", *cards, class_=f"cards {kind}")


def genre_button(genre: str, chosen: bool) -> str:
    """Return the name of a genre as a button that can be the chosen one.

    >>> genre_button("War", chosen=True)
    '<button type="button" class="genre" data-genre="War" aria-pressed="true">War</button>'
    """
    pressed = "true" if chosen else "false"
    return tag(
        "button",
        text(genre),
        type="button",
        class_="genre",
        data_genre=genre,
        aria_pressed=pressed,
    )
