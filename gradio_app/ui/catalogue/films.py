"""The films of a review as HTML: a list of one page, each film with its genres as buttons."""

from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence

from gradio_app.catalogue.review.review import ReviewedFilm
from gradio_app.films import Film
from gradio_app.limits import MAX_GENRE_CHARACTERS
from gradio_app.ui.html.charts import percent
from gradio_app.ui.html.markup import tag, text

__all__ = ["KEYS_OF_FILMS", "film_list", "item_list", "key_line", "picture", "title_of"]

_OVERVIEW_CHARACTERS = 4_000
_PREVIEW_CHARACTERS = 160
_KEYED_GENRES = 9
_GENRES_ID = "catalogue-known-genres"

#: What the keys of the review do, for the line of help.
KEYS_OF_FILMS = (
    (("↓", "j"), "next film"),
    (("↑", "k"), "film before"),
    (("Enter", "a"), "accept"),
    (("1", "9"), "switch a genre"),
    (("g",), "add a genre"),
    (("o",), "overview"),
)


def key_line(keys: Iterable[tuple[tuple[str, ...], str]]) -> str:
    """Return a line that says what keys do."""
    entries = (
        tag("li", _between(names).join(tag("kbd", text(name)) for name in names), " ", text(words))
        for names, words in keys
    )
    return tag("ul", *entries, class_="review-keys", aria_label="Keys, once a film is chosen")


def _between(names: Sequence[str]) -> str:
    return " to " if names == ("1", "9") else " or "


def film_list(
    films: Sequence[ReviewedFilm],
    thumbnail: Callable[[int], bytes | None],
    known: Sequence[str],
    changes: int,
) -> str:
    """Return a page of films.

    Args:
        films: of the page.
        thumbnail: gives a small JPEG of the poster of a film by its number, or None.
        known: genres that are proposed while one types.
        changes: see `item_list`.
    """
    if not films:
        return tag("p", "There is no such film. Choose other films above.", class_="review-none")
    options = tag("datalist", *(tag("option", value=genre) for genre in known), id=_GENRES_ID)
    return options + item_list("catalogue", (_film(film, thumbnail) for film in films), changes)


def item_list(name: str, items: Iterable[str], changes: int) -> str:
    """Return a list that review.js makes work.

    Args:
        name: NAME-before and NAME-after are the buttons that turn its pages.
        items: of the list.
        changes: another number after each decision. The browser changes what it shows by itself, so
            gradio, which draws a text that is not the one before, must not take this for the same.
    """
    return tag("ol", *items, class_="review-list", data_pages=name, data_changes=changes)


def _film(film: ReviewedFilm, thumbnail: Callable[[int], bytes | None]) -> str:
    result, title = film.result, title_of(film.result.film)
    identity = tag("small", text(result.id)) if result.film.title else ""
    details = (
        tag("h3", text(title), identity),
        *(tag("p", text(error), class_="review-error") for error in result.errors),
        *(tag("p", text(note), class_="review-note") for note in result.notes),
        _overview(result.film.overview),
        _genres(film, title),
    )
    accept = tag(
        "button",
        type="button",
        class_="review-accept",
        aria_pressed="true" if film.accepted else "false",
        aria_label=f"Accept {title}",
    )
    return tag(
        "li",
        picture(thumbnail(film.number), title),
        tag("div", *details, class_="review-details"),
        accept,
        class_="review-item",
        data_item=film.number,
        tabindex=-1,
        aria_label=title,
    )


def title_of(film: Film) -> str:
    """Return what a film is called on the page."""
    return film.title or film.id or "(no id)"


def picture(thumbnail: bytes | None, title: str) -> str:
    """Return a small poster, or words in its place."""
    if thumbnail is None:
        return tag("span", "no poster", class_="review-poster")
    source = f"data:image/jpeg;base64,{b64encode(thumbnail).decode()}"
    return tag("img", src=source, alt=f"Poster of {title}", class_="review-poster")


def _overview(overview: str) -> str:
    words = " ".join(overview[:_OVERVIEW_CHARACTERS].split())
    if not words:
        return ""
    more = " …" if len(overview) > _OVERVIEW_CHARACTERS else ""
    preview = tag("span", text(words[:_PREVIEW_CHARACTERS]), class_="review-preview")
    summary = tag("summary", tag("span", "Overview", class_="review-folded"), preview)
    return tag("details", summary, tag("p", text(words + more)))


def _genres(film: ReviewedFilm, title: str) -> str:
    prediction = film.result.prediction
    combined = prediction.combined if prediction else None
    probabilities = dict(combined.top(len(combined.genres))) if combined else {}
    chips = (
        _chip(number, genre, genre in film.genres, probabilities.get(genre), genre in film.listed)
        for number, genre in enumerate(film.offered, 1)
    )
    field = tag(
        "input",
        type="text",
        class_="review-add",
        list=_GENRES_ID,
        maxlength=MAX_GENRE_CHARACTERS,
        placeholder="Add a genre",
        aria_label=f"Add a genre to {title}",
        autocomplete="off",
    )
    return tag(
        "div", *chips, field, class_="review-genres", role="group", aria_label=f"Genres of {title}"
    )


def _chip(number: int, genre: str, has_it: bool, probability: float | None, is_listed: bool) -> str:
    key = tag("kbd", str(number), aria_hidden="true") if number <= _KEYED_GENRES else ""
    figure = "" if probability is None else percent(probability)
    notes = " · ".join(filter(None, ["listed" if is_listed else "", figure]))
    return tag(
        "button",
        key,
        tag("span", text(genre)),
        tag("small", notes) if notes else "",
        type="button",
        class_="review-chip",
        data_genre=genre,
        aria_pressed="true" if has_it else "false",
    )
