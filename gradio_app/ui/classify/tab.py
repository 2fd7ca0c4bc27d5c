"""The tab Classify: one film, three readings, and the reasons."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.blocks import Block

from gradio_app.classifier import FilmClassifier
from gradio_app.errors import InputError
from gradio_app.prediction import FilmPrediction
from gradio_app.readers import COMBINED
from gradio_app.ui.classify.controls import Controls, add_controls
from gradio_app.ui.classify.readings import reading_cards, verdict
from gradio_app.ui.classify.reasons import find_reasons, reasons_html
from gradio_app.ui.classify.scripts import MOVE_TO_ANSWER
from gradio_app.ui.film import OpenedFilm, open_film
from gradio_app.ui.html.charts import genre_bars
from gradio_app.ui.uploads import SessionFiles, shows_input_errors, uploaded_poster
from gradio_app.workers import Turns

__all__ = ["build_classify"]

_EXAMPLES = (Path(__file__).parents[2] / "examples").resolve()

#: For events that take no time.
_AT_ONCE: dict[str, Any] = {"api_visibility": "private", "queue": False}


def build_classify(classifier: FilmClassifier, uploads: SessionFiles, turns: Turns) -> None:
    """Add the controls of the tab and their events to the page that is being built."""
    gr.set_static_paths([_EXAMPLES])  # served where they lie, not copied to the uploads
    examples = json.loads((_EXAMPLES / "films.json").read_text("utf-8"))
    shown = [(_EXAMPLES / film["picture"], film["title"]) for film in examples]
    controls = add_controls(classifier.genres, shown)
    _add_events(_Handlers(classifier, uploads, turns, examples, controls))


def _add_events(handlers: "_Handlers") -> None:
    inputs, results = handlers.controls.inputs, handlers.controls.results
    examples = handlers.controls.examples
    given = [inputs.poster, inputs.overview]
    classify: dict[str, Any] = {
        "fn": handlers.classify,
        "inputs": [*given, results.film],
        "outputs": [*results.all(), examples.strip],
        "show_progress_on": [results.cards],
        "concurrency_limit": 4,
        "preprocess": False,
        "api_visibility": "private",
    }
    explain: dict[str, Any] = {
        "fn": handlers.explain,
        "inputs": [results.film, results.genre],
        "outputs": [results.reasons, results.why],
        "show_progress": "hidden",
        "concurrency_limit": 2,
        "api_visibility": "private",
    }
    clicked = gr.on([inputs.classify.click, inputs.overview.submit], **classify)
    chosen = examples.films.select(handlers.choose, None, given, **_AT_ONCE).then(**classify)
    for answered in (clicked, chosen):
        answered.success(None, None, None, js=MOVE_TO_ANSWER, **_AT_ONCE)
        answered.success(**explain)
    explained = [results.reasons, results.genre]
    results.genre.input(reasons_html, explained, results.why, show_progress="hidden", **_AT_ONCE)
    cleared = [*given, *results.all(), examples.strip]
    inputs.clear.click(handlers.clear, None, cleared, **_AT_ONCE)


@dataclass(frozen=True, eq=False)
class _Handlers:
    """What the events do; each returns the new values by their component."""

    classifier: FilmClassifier
    uploads: SessionFiles
    turns: Turns
    examples: list[dict[str, str]]
    controls: Controls

    def choose(self, event: gr.SelectData) -> dict[Block, Any]:
        film = self.examples[event.index]
        poster = str(_EXAMPLES / film["poster"]) if film["poster"] else None
        inputs = self.controls.inputs
        return {inputs.poster: poster, inputs.overview: film["overview"]}

    # The inputs come as the browser sent them, not "preprocessed": gr.Image would open the file
    # first, and explain an unreadable one in words of its own. So they are checked here.
    @shows_input_errors
    def classify(
        self, poster: Any, overview: Any, former: OpenedFilm | None, request: gr.Request
    ) -> dict[Block, Any]:
        file = uploaded_poster(poster, _EXAMPLES)
        is_upload = file is not None and not file.is_relative_to(_EXAMPLES)
        self.uploads.keep(request.session_hash, file if is_upload else None)
        if not isinstance(overview, str | None):
            raise InputError("Give the overview as text.")
        with self.turns.single():
            film = open_film(self.classifier.poster, file, overview)
            shown = self._show(self.classifier.predict(film.poster, film.overview), film)
        # After the first answer, examples make room; whether they come back, the person decides.
        return shown if former else shown | {self.controls.examples.strip: gr.Accordion(open=False)}

    @shows_input_errors
    def explain(self, film: OpenedFilm | None, genre: str | None) -> dict[Block, Any]:
        with self.turns.single():
            reasons = None if film is None else find_reasons(self.classifier, film)
        results = self.controls.results
        return {results.reasons: reasons, results.why: reasons_html(reasons, genre)}

    def clear(self) -> dict[Block, Any]:
        return {
            self.controls.inputs.poster: None,
            self.controls.inputs.overview: "",
            self.controls.examples.strip: gr.Accordion(open=True),
            **self._show(None, None),
        }

    def _show(self, prediction: FilmPrediction | None, film: OpenedFilm | None) -> dict[Block, Any]:
        """Return the values for all results; the reasons come later."""
        results = self.controls.results
        suggested = prediction.combined.chosen() if prediction else []
        return {
            results.cards: reading_cards(prediction),
            results.verdict: verdict(prediction),
            results.suggested: ", ".join(suggested),
            results.bars: _bars(prediction) if prediction else "",
            results.genre: prediction.combined.top(1)[0][0] if prediction else None,
            results.why: reasons_html(None, None, searching=prediction is not None),
            results.film: film,
            results.reasons: None,
        }


def _bars(film: FilmPrediction) -> str:
    readings = {name: reading for name, reading in film.readings().items() if reading is not None}
    if film.comparison() is None:
        del readings[COMBINED.key]  # it would repeat the only reading
    return genre_bars(
        film.combined.genres,
        {name: reading.probabilities for name, reading in readings.items()},
        {name: reading.thresholds for name, reading in readings.items()},
    )
