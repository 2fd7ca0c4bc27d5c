"""The controls of the tab Classify, from top to bottom."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import gradio as gr
from gradio.blocks import Block

from gradio_app.limits import MAX_OVERVIEW_CHARACTERS, SESSION_SECONDS
from gradio_app.ui.classify.readings import reading_cards, verdict
from gradio_app.ui.classify.reasons import reasons_html

__all__ = ["Inputs", "Results", "add_inputs", "add_results"]


@dataclass(frozen=True)
class Inputs:
    """What a person gives: a film of one's own, or one of the examples."""

    poster: gr.Image
    overview: gr.Textbox
    classify: gr.Button
    clear: gr.Button
    examples: gr.Gallery


@dataclass(frozen=True)
class Results:
    """What is shown of a film, and what the session keeps of it."""

    cards: gr.HTML
    verdict: gr.HTML
    suggested: gr.Textbox
    bars: gr.HTML
    genre: gr.Dropdown
    why: gr.HTML
    film: gr.State
    reasons: gr.State

    def all(self) -> list[Block]:
        """Return every one of them, as the outputs of an event."""
        return list(vars(self).values())


def add_inputs(examples: Sequence[tuple[Path, str]]) -> Inputs:
    """Add the upper half of the tab to the page that is being built.

    Args:
        examples: picture and title of the films that can be tried.
    """
    with gr.Row(elem_id="inputs"):
        poster = _poster()
        with gr.Column(scale=4, min_width=280):
            overview = _overview()
            with gr.Row():
                classify = gr.Button("Classify", variant="primary", elem_id="classify", scale=3)
                clear = gr.Button("Clear", elem_id="clear", scale=1, min_width=90)
    return Inputs(poster, overview, classify, clear, _gallery(examples))


def _poster() -> gr.Image:
    return gr.Image(
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


def _overview() -> gr.Textbox:
    return gr.Textbox(
        label="Overview (in English)",
        info="Enter answers, Shift+Enter begins a new line.",
        placeholder="What the film is about, in a sentence or a paragraph.",
        lines=1,  # with more, Enter would begin a new line; style.css makes it tall
        max_lines=10,
        max_length=MAX_OVERVIEW_CHARACTERS,
        elem_id="overview",
    )


def _gallery(examples: Sequence[tuple[Path, str]]) -> gr.Gallery:
    return gr.Gallery(
        list(examples),
        label="Invented films to try",
        columns=len(examples),
        height="auto",
        allow_preview=False,
        interactive=False,
        buttons=[],
        object_fit="cover",
        elem_id="examples",
    )


def add_results(genres: Sequence[str]) -> Results:
    """Add the lower half of the tab to the page that is being built.

    Args:
        genres: those that the models know, one of which can be explained at a time.
    """
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
        list(genres),
        value=None,
        label="Why? The reasons for and against a genre",
        elem_id="genre",
    )
    why = gr.HTML(reasons_html(None, None), elem_id="why")
    film, reasons = gr.State(time_to_live=SESSION_SECONDS), gr.State(time_to_live=SESSION_SECONDS)
    return Results(cards, words, suggested, bars, genre, why, film, reasons)
