"""The controls of the tab Classify: the inputs, the answer beside them, reasons, and examples.

They stand here in the order in which a phone shows them, and a screen reader reads them; on a wide
screen, classify.css puts the answer beside the inputs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import gradio as gr
from gradio.blocks import Block

from gradio_app.limits import MAX_OVERVIEW_CHARACTERS, SESSION_SECONDS
from gradio_app.ui.classify.answers import Asked
from gradio_app.ui.classify.readings import reading_cards, verdict
from gradio_app.ui.classify.reasons import heat_label, reasons_html
from gradio_app.ui.classify.scripts import CHOOSE_GENRE, COPY
from gradio_app.ui.html.markup import tag

__all__ = ["Controls", "Examples", "Inputs", "Results", "add_controls"]

_HEADING = tag("h2", "What the three readers say", id="answer-heading", tabindex=-1) + tag(
    "p", "Choose a genre to see why.", class_="hint"
)


@dataclass(frozen=True)
class Inputs:
    """What a person gives.

    `opened` is the poster, which is read as soon as it is there; `asked` tells an answer that came
    too late.
    """

    poster: gr.Image
    opened: gr.State
    overview: gr.Textbox
    classify: gr.Button
    clear: gr.Button
    asked: gr.State


@dataclass(frozen=True)
class Results:
    """What is shown of a film, and what the session keeps of it.

    `heat` lies over the poster where `shows_heat` is checked.

    `cards` and `bars` have an event "choose" beside gradio's own: a click on a genre, whose reasons
    are shown then.
    """

    cards: gr.HTML
    heat: gr.HTML
    shows_heat: gr.Checkbox
    verdict: gr.HTML
    suggested: gr.Textbox
    share: gr.HTML
    why: gr.HTML
    bars: gr.HTML
    answer: gr.State

    def all(self) -> list[Block]:
        """Return every one of them, as the outputs of an event."""
        return list(vars(self).values())


@dataclass(frozen=True)
class Examples:
    """Films to try, in a strip that can be folded away."""

    strip: gr.Accordion
    films: gr.Gallery
    made_room: gr.State  # whether it was folded away for an answer


@dataclass(frozen=True)
class Controls:
    """All of the tab."""

    inputs: Inputs
    results: Results
    examples: Examples


def add_controls(examples: Sequence[tuple[Path, str]]) -> Controls:
    """Add them to the page that is being built.

    Args:
        examples: picture and title of the films that can be tried.
    """
    with gr.Row(elem_id="film"):
        with gr.Row(elem_id="inputs"):
            inputs, heat, shows_heat = _add_inputs()
        with gr.Column(elem_id="answer"):
            gr.HTML(_HEADING)
            cards = gr.HTML(reading_cards(None), elem_id="readings", js_on_load=CHOOSE_GENRE)
            words = gr.HTML(verdict(None), elem_id="verdict")
            suggested = _suggested()
            share = gr.HTML(elem_id="share", js_on_load=COPY)
        with gr.Column(elem_id="reasons"):
            why = gr.HTML(reasons_html(None, None), elem_id="why")
    strip = _add_examples(examples)
    with gr.Accordion("All probabilities", open=False, elem_id="all-probabilities"):
        bars = gr.HTML(elem_id="bars", js_on_load=CHOOSE_GENRE)
    results = Results(
        cards=cards,
        heat=heat,
        shows_heat=shows_heat,
        verdict=words,
        suggested=suggested,
        share=share,
        why=why,
        bars=bars,
        answer=gr.State(time_to_live=SESSION_SECONDS),
    )
    return Controls(inputs, results, strip)


def _add_inputs() -> tuple[Inputs, gr.HTML, gr.Checkbox]:
    with gr.Column(scale=2, min_width=200, elem_id="seen"):
        poster = _poster()
        heat = gr.HTML(elem_id="heat")
        shows_heat = gr.Checkbox(
            label=heat_label(None),
            visible=False,
            interactive=True,
            container=False,
            elem_id="shows-heat",
        )
    with gr.Column(scale=3, min_width=240):
        overview = _overview()
        with gr.Row(elem_id="buttons"):
            classify = gr.Button(
                "Classify", variant="primary", elem_id="classify", scale=3, min_width=120
            )
            clear = gr.Button("Clear", elem_id="clear", scale=1, min_width=90)
    opened = gr.State(time_to_live=SESSION_SECONDS)
    asked = gr.State(Asked())
    return Inputs(poster, opened, overview, classify, clear, asked), heat, shows_heat


def _poster() -> gr.Image:
    return gr.Image(
        label="Poster",
        type="filepath",
        image_mode=None,
        sources=["upload", "webcam", "clipboard"],
        height=360,
        buttons=[],
        elem_id="poster",
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


def _suggested() -> gr.Textbox:
    return gr.Textbox(
        label="Suggested genres",
        placeholder="none yet",
        interactive=False,
        buttons=["copy"],
        elem_id="suggested",
    )


def _add_examples(examples: Sequence[tuple[Path, str]]) -> Examples:
    with gr.Accordion("Invented films to try", open=True, elem_id="examples-strip") as strip:
        films = gr.Gallery(
            list(examples),
            show_label=False,
            container=False,
            columns=len(examples),
            height="auto",
            allow_preview=False,
            interactive=False,
            buttons=[],
            object_fit="cover",
            elem_id="examples",
        )
    return Examples(strip, films, gr.State(False))
