"""What is on the page, built from the classifier that it is handed."""

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from gradio_app.classifier import FilmClassifier, Prediction
from gradio_app.errors import InputError
from gradio_app.preprocessing import MAX_OVERVIEW_CHARACTERS

__all__ = ["build_ui"]

_EXAMPLES = Path(__file__).parent.parent / "examples"

#: Uploads are looked for every five minutes and deleted after an hour, in seconds.
_DELETE_UPLOADS = (300, 3600)

_TITLE = "Film genres"
_INTRODUCTION = """# Film genres from a poster and an overview
Give either or both. A **CNN** reads the poster, an **LSTM** reads the overview; each names its
three most likely genres. Everything happens on this machine."""


def build_ui(classifier: FilmClassifier) -> gr.Blocks:
    """The page as a `gr.Blocks`, ready to launch."""
    classify = _classify_with(classifier)
    with gr.Blocks(title=_TITLE, analytics_enabled=False, delete_cache=_DELETE_UPLOADS) as page:
        gr.Markdown(_INTRODUCTION)
        with gr.Row(elem_id="inputs"):
            poster = gr.Image(
                label="Poster",
                type="filepath",
                image_mode=None,
                sources=["upload", "clipboard"],
                height=340,
                buttons=[],
                elem_id="poster",
                scale=2,
            )
            with gr.Column(scale=3):
                overview = gr.Textbox(
                    label="Overview (in English)",
                    placeholder="What the film is about, in a sentence or a paragraph.",
                    lines=9,
                    max_lines=9,
                    max_length=MAX_OVERVIEW_CHARACTERS,
                    elem_id="overview",
                )
                with gr.Row():
                    button = gr.Button("Classify", variant="primary", elem_id="classify", scale=2)
                    clear = gr.Button("Clear", elem_id="clear", scale=1)
        with gr.Row(elem_id="readings"):
            readings = [
                gr.Label(label=label, num_top_classes=3, show_heading=False, elem_id=elem_id)
                for label, elem_id in (
                    ("Poster (CNN)", "poster-reading"),
                    ("Overview (LSTM)", "overview-reading"),
                    ("Together (fused)", "combined-reading"),
                )
            ]
        gr.on(
            [button.click, overview.submit],
            classify,
            [poster, overview],
            readings,
            api_name="classify",
            api_description="Top 3 genres of a poster and/or an overview, with probabilities.",
            concurrency_limit=4,
            preprocess=False,
        )
        clear.click(
            lambda: (None, "", None, None, None),
            outputs=[poster, overview, *readings],
            api_visibility="private",
            queue=False,
        )
        examples = gr.Examples(
            _examples(),
            [poster, overview],
            cache_examples=False,
            label="Invented films to try",
            api_visibility="private",
        )
        examples.load_input_event.then(
            classify,
            [poster, overview],
            readings,
            api_visibility="private",
            concurrency_limit=4,
            preprocess=False,
        )
    return page


def _classify_with(classifier: FilmClassifier) -> Callable[..., tuple]:
    # The inputs come as the caller sent them, not "preprocessed": gr.Image would open the file
    # first, and answer an unreadable one with an error of its own. So they are checked here.
    @_shows_input_errors
    def classify(poster: Any, overview: Any) -> tuple:
        if not isinstance(overview, str | None):
            raise InputError("Give the overview as text.")
        film = classifier.predict(_uploaded_file(poster), overview)
        both = film.poster is not None and film.overview is not None
        return (
            _top3(film.poster),
            _top3(film.overview),
            _top3(film.combined if both else None),
        )

    return classify


def _uploaded_file(poster: Any) -> Path | None:
    """The file of gradio's description of an upload; no other file of this machine is opened."""
    if poster is None:
        return None
    path = poster.get("path") if isinstance(poster, dict) else None
    if not isinstance(path, str) or "\0" in path:
        raise InputError("Give the poster as an uploaded file.")
    file = Path(path).resolve()
    if not file.is_relative_to(Path(get_upload_folder()).resolve()):
        raise InputError("Give the poster as an uploaded file.")
    if not file.is_file():
        raise InputError("The uploaded poster has expired; choose it again.")
    return file


def _shows_input_errors(handler: Callable[..., tuple]) -> Callable[..., tuple]:
    """The one place where an `InputError` becomes a message on the page."""

    @functools.wraps(handler)
    def wrapper(*arguments: Any) -> tuple:
        try:
            return handler(*arguments)
        except InputError as error:
            raise gr.Error(str(error), title="Please check", print_exception=False) from error

    return wrapper


def _top3(prediction: Prediction | None) -> dict[str, float] | None:
    return None if prediction is None else dict(prediction.top(3))


def _examples() -> list[list[str | None]]:
    films = json.loads((_EXAMPLES / "films.json").read_text("utf-8"))
    return [
        [str(_EXAMPLES / film["poster"]) if film["poster"] else None, film["overview"]]
        for film in films
    ]
