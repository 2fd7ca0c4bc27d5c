"""How far a catalogue is, and a page of its films, as HTML."""

from base64 import b64encode

from gradio_app.catalogue.uploaded import FilmView, Progress, View
from gradio_app.ui.html.charts import percent
from gradio_app.ui.html.markup import tag, text

__all__ = ["announcement", "film_table", "page_of", "progress_bar", "waiting"]

_COLUMNS = ("Poster", "Film", "Suggested genres", "Three likeliest", "What could not be read")


def waiting(films: int) -> str:
    """Return what is shown of a catalogue before its turn has come."""
    words = f"{films:,} films are waiting for their turn."
    return tag("p", text(words), class_="catalogue-words")


def progress_bar(progress: Progress) -> str:
    """Return a bar, and the same in words."""
    bar = tag("progress", value=progress.done, max=progress.total, aria_label="Films read")
    return bar + tag("p", text(_words(progress)), class_="catalogue-words")


def _words(progress: Progress) -> str:
    failed = f"{progress.failed:,} with an error" if progress.failed else "none with an error"
    if progress.cancelled:
        stopped = (
            f"Cancelled after {progress.done:,} of {progress.total:,} films, {failed}. "
            "What was read is below."
        )
        return " ".join([stopped, *progress.remarks])
    if progress.ended:
        read = f"{progress.done:,} films read in {_duration(progress.seconds)}, {failed}."
        return " ".join([read, *progress.remarks])
    if progress.seconds_left is None:
        return f"0 of {progress.total:,} films"
    return (
        f"{progress.done:,} of {progress.total:,} films, {failed} · "
        f"{progress.films_per_second:.0f} films a second · "
        f"{_duration(progress.seconds_left)} left"
    )


def announcement(progress: Progress) -> str:
    """Return the progress for a screen reader; it seldom changes, so as not to interrupt."""
    if progress.ended:
        return text(_words(progress))
    return f"{progress.done * 4 // progress.total * 25} percent of the films read"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min"


def page_of(view: View) -> str:
    """Return which page it is."""
    return tag("p", text(f"Page {view.page + 1} of {view.pages}"), class_="catalogue-page")


def film_table(view: View) -> str:
    """Return the films of a view in a box of its own that scrolls sideways."""
    if not view.films:
        return tag("p", "No film answers to this choice.", class_="catalogue-words")
    last = view.first + len(view.films) - 1
    caption = f"Films {view.first:,} to {last:,} of {view.matching:,}"
    table = tag(
        "table",
        tag("caption", text(caption)),
        tag("thead", tag("tr", *(tag("th", name, scope="col") for name in _COLUMNS))),
        tag("tbody", *map(_row, view.films)),
    )
    return tag(
        "div", table, class_="catalogue-films", role="region", aria_label=caption, tabindex=0
    )


def _row(film: FilmView) -> str:
    result = film.result
    name = tag("b", text(result.id or "(no id)"))
    title = tag("span", text(film.title)) if film.title else ""
    return tag(
        "tr",
        tag("td", _thumbnail(film)),
        tag("th", name, title, scope="row"),
        tag("td", _suggested(film)),
        tag("td", _likeliest(film)),
        tag("td", *(tag("p", text(error)) for error in result.errors)),
        class_="failed" if result.errors else "read",
    )


def _thumbnail(film: FilmView) -> str:
    if film.thumbnail is None:
        return tag("span", "no poster", class_="catalogue-missing")
    source = f"data:image/jpeg;base64,{b64encode(film.thumbnail).decode()}"
    return tag("img", src=source, alt=f"Poster of {film.title or film.result.id}")


def _suggested(film: FilmView) -> str:
    if film.result.prediction is None:
        return ""
    genres = film.result.prediction.combined.chosen()
    if not genres:
        return tag("span", "none is likely enough", class_="catalogue-missing")
    return tag("ul", *(tag("li", text(genre)) for genre in genres))


def _likeliest(film: FilmView) -> str:
    if film.result.prediction is None:
        return ""
    entries = (
        tag("li", text(genre), tag("span", percent(probability)))
        for genre, probability in film.result.prediction.combined.top(3)
    )
    return tag("ol", *entries)
