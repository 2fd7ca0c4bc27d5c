"""What the events of the tab Classify do."""

import dataclasses
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.blocks import Block

from gradio_app.classifier import FilmClassifier
from gradio_app.errors import InputError
from gradio_app.readers import COMBINED
from gradio_app.ui.browser import NO_ANSWER
from gradio_app.ui.classify.answers import Answer, Asked
from gradio_app.ui.classify.controls import Controls
from gradio_app.ui.classify.readings import reading_cards, refusal, verdict
from gradio_app.ui.classify.reasons import (
    NOT_FOUND,
    NOTHING_READ,
    SEEKING,
    find_reasons,
    heat_html,
    heat_label,
    reasons_html,
)
from gradio_app.ui.classify.share import share_buttons
from gradio_app.ui.film import OpenedPoster, open_film, open_poster
from gradio_app.ui.html.charts import genre_bars
from gradio_app.ui.uploads import (
    SessionFiles,
    refusal_sentence,
    shows_input_errors,
    uploaded_poster,
)
from gradio_app.workers import Turns

__all__ = ["EXAMPLES", "Handlers", "show_bars"]

EXAMPLES = (Path(__file__).parents[2] / "examples").resolve()
_NO_ANSWER = f"{NO_ANSWER}; click Classify again in a moment, or load the page again."


@dataclass(frozen=True, eq=False)
class Handlers:
    """What the events do; each returns the new values by their component."""

    classifier: FilmClassifier
    uploads: SessionFiles
    turns: Turns
    examples: list[dict[str, str]]
    controls: Controls

    def choose_example(self, event: gr.SelectData) -> dict[Block, Any]:
        """Give a film to try."""
        film = self.examples[event.index]
        poster = str(EXAMPLES / film["poster"]) if film["poster"] else None
        inputs = self.controls.inputs
        return {inputs.poster: poster, inputs.overview: film["overview"]}

    def classify(
        self,
        poster: Any,
        overview: Any,
        opened: OpenedPoster | None,
        made_room: bool,
        asked: Asked,
        request: gr.Request,
    ) -> Any:
        """Return the answer, unless something was asked since."""
        question = asked.again()
        shown = self._answer(poster, overview, opened, made_room, request.session_hash)
        return shown if asked.is_last(question) else gr.skip()

    def _answer(
        self,
        poster: Any,
        overview: Any,
        opened: OpenedPoster | None,
        made_room: bool,
        session: str | None,
    ) -> dict[Block, Any]:
        """Return the answer; or why there is none, in its place, where it stays to be read.

        Without a queue, gradio would show no sentence of an error that is raised.
        """
        try:
            answer = self._predict(self._uploaded(poster, session), overview, opened)
        except Exception as error:
            refused = {self.controls.results.cards: refusal(refusal_sentence(error))}
            return self._show(None) | refused
        shown = self._show(answer) | {self.controls.inputs.opened: answer.film.poster}
        # For the first answer, examples make room; whether they come back, the person decides.
        examples = self.controls.examples
        fold = {examples.strip: gr.Accordion(open=False), examples.made_room: True}
        return shown if made_room else shown | fold

    # The inputs come as the browser sent them, not "preprocessed": gr.Image would open the file
    # first, and explain an unreadable one in words of its own. So they are checked here.
    def _uploaded(self, poster: Any, session: str | None) -> Path | None:
        file = uploaded_poster(poster, EXAMPLES)
        is_upload = file is not None and not file.is_relative_to(EXAMPLES)
        self.uploads.keep(session, file if is_upload else None)
        return file

    def _predict(self, poster: Path | None, overview: Any, opened: OpenedPoster | None) -> Answer:
        if not isinstance(overview, str | None):
            raise InputError("Give the overview as text.")
        with self.turns.single():
            film = open_film(self.classifier.poster, poster, overview, opened)
            prediction = self.classifier.predict(film.reading, film.overview)
        if prediction.overview is None:  # there are no reasons in what was left out
            film = dataclasses.replace(film, overview="")
        return Answer(film, prediction, genre=prediction.combined.top(1)[0][0])

    @shows_input_errors
    def open_ahead(self, poster: Any) -> OpenedPoster | None:
        """Read a poster while its overview is typed, so that the click waits for less."""
        try:
            file = uploaded_poster(poster, EXAMPLES)
            with self.turns.single():
                return None if file is None else open_poster(self.classifier.poster, file)
        except InputError:
            return None  # the click says what is wrong

    @shows_input_errors
    def explain(self, answer: Answer | None) -> None:
        """Find the reasons of an answer, once."""
        if answer is None or answer.reasons is not None:
            return
        with self.turns.single():
            answer.reasons = find_reasons(self.classifier, answer.film)

    def give_up(self, answer: Answer | None) -> None:
        """Note that the reasons of an answer were not found."""
        if answer is not None:
            answer.not_found = answer.reasons is None

    @shows_input_errors
    def choose_genre(self, answer: Answer | None, event: gr.EventData) -> None:
        """Note which genre's reasons are wanted."""
        chosen = event._data if isinstance(event._data, dict) else {}
        genre, turn = chosen.get("genre"), chosen.get("turn")
        if genre not in self.classifier.genres or not isinstance(turn, int | float):
            raise InputError("There is no such genre; choose one of those that are shown.")
        if answer is not None:
            answer.choose(genre, turn)

    def show_reasons(self, answer: Answer | None, poster: Any) -> dict[Block, Any]:
        """Show why, as far as that is known, and over the poster if it is still the same."""
        results = self.controls.results
        genre, reasons = (answer.genre, answer.reasons) if answer else (None, None)
        heat = heat_html(reasons, genre) if self._is_there(answer, poster) else ""
        return {
            results.why: reasons_html(reasons, genre, _instead(answer)),
            results.heat: heat,
            results.shows_heat: gr.Checkbox(visible=bool(heat), label=heat_label(genre)),
        }

    def _is_there(self, answer: Answer | None, poster: Any) -> bool:
        """Return whether the poster of an answer is the one that is seen now."""
        if answer is None or answer.film.poster is None:
            return False
        with suppress(InputError):
            return uploaded_poster(poster, EXAMPLES) == answer.film.poster.file
        return False

    def unanswered(self) -> dict[Block, str]:
        """Return what the browser shows by itself where the server does not answer."""
        shown = self._show(None) | {self.controls.results.cards: refusal(_NO_ANSWER)}
        return {block: value for block, value in shown.items() if isinstance(value, str)}

    def clear(self, asked: Asked) -> dict[Block, Any]:
        """Empty the tab."""
        asked.again()  # no answer is wanted any more
        return {
            self.controls.inputs.poster: None,
            self.controls.inputs.overview: "",
            self.controls.inputs.opened: None,
            self.controls.examples.strip: gr.Accordion(open=True),
            self.controls.examples.made_room: False,
            **self._show(None),
        }

    def _show(self, answer: Answer | None) -> dict[Block, Any]:
        """Return the values for all results; the reasons come later."""
        results, prediction = self.controls.results, answer.prediction if answer else None
        suggested = prediction.combined.chosen() if prediction else []
        return {
            results.cards: reading_cards(prediction, answer.genre if answer else None),
            results.heat: "",
            results.shows_heat: gr.Checkbox(visible=False),
            results.verdict: verdict(prediction),
            results.suggested: ", ".join(suggested),
            results.share: share_buttons(prediction),
            results.bars: "",
            results.answer: answer,
            results.why: reasons_html(None, None, _instead(answer)),
        }


def _instead(answer: Answer | None) -> str:
    """Return what stands in place of the reasons that an answer does not have."""
    if answer is None:
        return NOTHING_READ
    return NOT_FOUND if answer.not_found else SEEKING


def show_bars(answer: Answer | None) -> str:
    """Return the chart of all probabilities; nothing without an answer."""
    if answer is None:
        return ""
    film = answer.prediction
    readings = {name: reading for name, reading in film.readings().items() if reading is not None}
    if film.comparison() is None:
        del readings[COMBINED.key]  # it would repeat the only reading
    return genre_bars(
        film.combined.genres,
        {name: reading.probabilities for name, reading in readings.items()},
        {name: reading.thresholds for name, reading in readings.items()},
        answer.genre,
    )
