"""The tab Classify: one film, three readings, and the reasons."""

import json
from collections.abc import Sequence
from typing import Any

import gradio as gr
from gradio.events import Dependency

from gradio_app.classifier import FilmClassifier
from gradio_app.ui.browser import returning
from gradio_app.ui.classify.controls import add_controls
from gradio_app.ui.classify.handlers import EXAMPLES, Handlers, show_bars
from gradio_app.ui.classify.scripts import MOVE_TO_ANSWER, MOVE_TO_REASONS, REMEMBER_ASKED
from gradio_app.ui.uploads import SessionFiles
from gradio_app.workers import Turns

__all__ = ["build_classify"]

#: Each is answered, however quickly they follow each other; gradio would pass over one that comes
#: while the one before is on its way.
_EACH: dict[str, Any] = {"trigger_mode": "multiple"}
#: Of those that come meanwhile, the last is enough.
_LAST: dict[str, Any] = {"trigger_mode": "always_last"}

#: For events that nobody waits for, or that take no time.
_AT_ONCE: dict[str, Any] = {
    "api_visibility": "private",
    "queue": False,
    "show_progress": "hidden",
}


def build_classify(classifier: FilmClassifier, uploads: SessionFiles, turns: Turns) -> None:
    """Add the controls of the tab and their events to the page that is being built."""
    gr.set_static_paths([EXAMPLES])  # served where they lie, not copied to the uploads
    examples = json.loads((EXAMPLES / "films.json").read_text("utf-8"))
    shown = [(EXAMPLES / film["picture"], film["title"]) for film in examples]
    handlers = Handlers(classifier, uploads, turns, examples, add_controls(shown))
    _add_inputs(handlers)
    _add_reasons(handlers, _add_answers(handlers))


def _add_inputs(handlers: Handlers) -> None:
    """Add what happens to the inputs before an answer, and after it."""
    inputs, results = handlers.controls.inputs, handlers.controls.results
    examples = handlers.controls.examples
    ahead = {**_AT_ONCE, **_LAST, "preprocess": False}
    inputs.poster.input(handlers.open_ahead, inputs.poster, inputs.opened, **ahead)
    cleared = [inputs.poster, inputs.overview, inputs.opened, *results.all()]
    cleared += [examples.strip, examples.made_room]
    inputs.clear.click(handlers.clear, inputs.asked, cleared, **_AT_ONCE)


def _add_answers(handlers: Handlers) -> list[Dependency]:
    """Add what gives the answer, in both ways to ask for it; return what it ends with."""
    inputs, results = handlers.controls.inputs, handlers.controls.results
    examples, given = handlers.controls.examples, [inputs.poster, inputs.overview]
    classify: dict[str, Any] = {
        "fn": handlers.classify,
        "js": REMEMBER_ASKED,
        "inputs": [*given, inputs.opened, examples.made_room, inputs.asked],
        "outputs": [*results.all(), inputs.opened, examples.strip, examples.made_room],
        "show_progress_on": [results.cards],
        "queue": False,  # which costs a sixth of the time from the click to the answer
        "preprocess": False,
        "api_visibility": "private",
        **_EACH,
    }
    clicked = gr.on([inputs.classify.click, inputs.overview.submit], **classify)
    chosen = examples.films.select(handlers.choose_example, None, given, **_AT_ONCE, **_EACH)
    answered = [clicked, chosen.then(**classify)]
    unanswered = handlers.unanswered()
    say_so = returning(list(unanswered.values()))
    for each in answered:
        lost = each.failure(None, None, list(unanswered), js=say_so, **_AT_ONCE)
        lost.success(None, None, None, js=MOVE_TO_ANSWER, **_AT_ONCE)
    return answered


def _add_reasons(handlers: Handlers, answered: Sequence[Dependency]) -> None:
    """Add what comes once the answer is painted, for it must not hold that up."""
    inputs, results = handlers.controls.inputs, handlers.controls.results
    explain: dict[str, Any] = {
        "fn": handlers.explain,
        "inputs": results.answer,
        "show_progress": "hidden",
        "concurrency_limit": 2,
        "api_visibility": "private",
        **_EACH,
    }
    show: dict[str, Any] = {
        "fn": handlers.show_reasons,
        "inputs": [results.answer, inputs.poster],
        "outputs": [results.why, results.heat, results.shows_heat],
        "preprocess": False,
        **_AT_ONCE,
        **_LAST,
    }
    for each in answered:
        painted = each.success(None, None, None, js=MOVE_TO_ANSWER, **_AT_ONCE)
        painted.success(show_bars, results.answer, results.bars, **_AT_ONCE, **_LAST)
        found = painted.success(**explain)
        found.success(**show)
        found.failure(handlers.give_up, results.answer, **_AT_ONCE).success(**show)
    for genres in (results.cards, results.bars):
        pressed = genres.choose(handlers.choose_genre, results.answer, **_AT_ONCE, **_EACH)
        pressed.success(**show).success(None, None, None, js=MOVE_TO_REASONS, **_AT_ONCE)
    # The heat of one poster does not lie over another.
    gr.on([inputs.poster.input, inputs.poster.clear], **show)
