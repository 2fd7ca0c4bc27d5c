"""The tab Classify: one film, three readings, and the reasons."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from gradio_app.classifier import FilmClassifier, FilmPrediction
from gradio_app.errors import InputError
from gradio_app.preprocessing import MAX_OVERVIEW_CHARACTERS
from gradio_app.readers import COMBINED
from gradio_app.ui.classify.readings import reading_cards, verdict
from gradio_app.ui.classify.reasons import Reasons, find_reasons, reasons_html
from gradio_app.ui.film import OpenedFilm, open_film
from gradio_app.ui.html.charts import genre_bars
from gradio_app.ui.uploads import SessionFiles, shows_input_errors, uploaded_poster

__all__ = ["build_classify"]

_EXAMPLES = (Path(__file__).parents[2] / "examples").resolve()

#: Seconds after which the reasons of a session's last film are forgotten.
_FORGET = 3600


def build_classify(classifier: FilmClassifier, uploads: SessionFiles) -> None:
    """The controls of the tab and their events, within the page that is being built."""
    gr.set_static_paths([_EXAMPLES])  # served where they lie, not copied to the uploads
    examples = json.loads((_EXAMPLES / "films.json").read_text("utf-8"))
    asked, reasons = gr.State(time_to_live=_FORGET), gr.State(time_to_live=_FORGET)
    with gr.Row(elem_id="inputs"):
        poster = gr.Image(
            label="Poster",
            type="filepath",
            image_mode=None,
            sources=["upload", "webcam", "clipboard"],
            height=360,
            buttons=[],
            elem_id="poster",
            scale=2,
            min_width=240,
        )
        with gr.Column(scale=4, min_width=280):
            overview = gr.Textbox(
                label="Overview (in English)",
                info="Enter answers, Shift+Enter begins a new line.",
                placeholder="What the film is about, in a sentence or a paragraph.",
                lines=1,  # with more, Enter would begin a new line; style.css makes it tall
                max_lines=10,
                max_length=MAX_OVERVIEW_CHARACTERS,
                elem_id="overview",
            )
            with gr.Row():
                button = gr.Button("Classify", variant="primary", elem_id="classify", scale=3)
                clear = gr.Button("Clear", elem_id="clear", scale=1, min_width=90)
    gallery = gr.Gallery(
        [(_EXAMPLES / film["picture"], film["title"]) for film in examples],
        label="Invented films to try",
        columns=len(examples),
        height="auto",
        allow_preview=False,
        interactive=False,
        buttons=[],
        object_fit="cover",
        elem_id="examples",
    )
    cards = gr.HTML(reading_cards(None), elem_id="readings")
    words = gr.HTML(verdict(None), elem_id="verdict")
    suggested = gr.Textbox(
        label="Suggested genres: those that reach their threshold",
        placeholder="none yet",
        interactive=False,
        buttons=["copy"],
        elem_id="suggested",
    )
    with gr.Accordion("All probabilities", open=False, elem_id="all-probabilities"):
        bars = gr.HTML(elem_id="bars")
    genre = gr.Dropdown(
        list(classifier.genres),
        value=None,
        label="Why? The reasons for and against a genre",
        elem_id="genre",
    )
    why = gr.HTML(reasons_html(None, None), elem_id="why")

    results = [cards, words, suggested, bars, genre, asked, reasons, why]
    classify = {
        "fn": _classify_with(classifier, uploads),
        "inputs": [poster, overview],
        "outputs": results,
        "show_progress_on": [cards],
        "concurrency_limit": 4,
        "preprocess": False,
        "api_visibility": "private",
    }
    explain = {
        "fn": _explain_with(classifier),
        "inputs": [asked, genre],
        "outputs": [reasons, why],
        "show_progress": "hidden",
        "concurrency_limit": 2,
        "api_visibility": "private",
    }
    at_once: dict[str, Any] = {"api_visibility": "private", "queue": False}
    gr.on([button.click, overview.submit], **classify).success(**explain)
    chosen = gallery.select(_choose_from(examples), None, [poster, overview], **at_once)
    chosen.then(**classify).success(**explain)
    genre.input(reasons_html, [reasons, genre], why, show_progress="hidden", **at_once)
    clear.click(lambda: (None, "", *_results(None)), None, [poster, overview, *results], **at_once)


def _choose_from(examples: list[dict[str, str]]) -> Callable[..., tuple[str | None, str]]:
    def choose(event: gr.SelectData) -> tuple[str | None, str]:
        film = examples[event.index]
        return str(_EXAMPLES / film["poster"]) if film["poster"] else None, film["overview"]

    return choose


def _classify_with(classifier: FilmClassifier, uploads: SessionFiles) -> Callable[..., tuple]:
    # The inputs come as the browser sent them, not "preprocessed": gr.Image would open the file
    # first, and answer an unreadable one with an error of its own. So they are checked here.
    @shows_input_errors
    def classify(poster: Any, overview: Any, request: gr.Request) -> tuple:
        file = uploaded_poster(poster, _EXAMPLES)
        is_upload = file is not None and not file.is_relative_to(_EXAMPLES)
        uploads.keep(request.session_hash, file if is_upload else None)
        if not isinstance(overview, str | None):
            raise InputError("Give the overview as text.")
        film = open_film(classifier.poster, file, overview)
        return _results(classifier.predict(film.poster, film.overview), film)

    return classify


def _results(film: FilmPrediction | None, asked: OpenedFilm | None = None) -> tuple:
    """Values for the results of the tab; the reasons come later."""
    chosen = [] if film is None else film.combined.chosen()
    return (
        reading_cards(film),
        verdict(film),
        ", ".join(chosen),
        "" if film is None else _bars(film),
        None if film is None else film.combined.top(1)[0][0],
        asked,
        None,
        reasons_html(None, None, searching=film is not None),
    )


def _bars(film: FilmPrediction) -> str:
    readings = {name: reading for name, reading in film.readings().items() if reading is not None}
    if film.comparison() is None:
        del readings[COMBINED.key]  # it would repeat the only reading
    return genre_bars(
        film.combined.genres,
        {name: reading.probabilities for name, reading in readings.items()},
        {name: reading.thresholds for name, reading in readings.items()},
    )


def _explain_with(classifier: FilmClassifier) -> Callable[..., tuple]:
    @shows_input_errors
    def explain(asked: OpenedFilm | None, genre: str | None) -> tuple[Reasons | None, str]:
        if asked is None:
            return None, reasons_html(None, None)
        reasons = find_reasons(classifier, asked)
        return reasons, reasons_html(reasons, genre)

    return explain
