"""The page: its tabs, built from the classifier that they are handed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction

from gradio_app.classifier import FilmClassifier
from gradio_app.readers import COMBINED, OVERVIEW, POSTER
from gradio_app.ui.about.tab import build_about
from gradio_app.ui.api import add_programs
from gradio_app.ui.catalogue.tab import build_catalogue
from gradio_app.ui.classify.tab import build_classify
from gradio_app.ui.figures.tab import build_figures
from gradio_app.ui.html.markup import tag
from gradio_app.ui.uploads import SessionFiles, unreadable_call
from gradio_app.workers import Turns

__all__ = ["build_ui"]

_TITLE = "Film genres"


class _Page(gr.Blocks):
    """A page that explains in one sentence what gradio itself cannot read of a call."""

    async def preprocess_data(
        self, block_fn: BlockFunction, inputs: list[Any], *arguments: Any, **named: Any
    ) -> list[Any]:
        if len(inputs) > len(block_fn.inputs):  # gradio would drop the others without a word
            raise unreadable_call()
        try:
            return await super().preprocess_data(block_fn, inputs, *arguments, **named)
        except gr.Error:
            raise
        except Exception as error:  # whatever a caller of the HTTP interface may send
            raise unreadable_call() from error


def build_ui(classifier: FilmClassifier, models: Path, turns: Turns) -> gr.Blocks:
    """Return the page, ready to launch.

    Args:
        classifier: reads the films.
        models: the folder it was loaded from, whose model cards and figures the page shows.
        turns: of films that somebody waits for, and of catalogues.
    """
    uploads = SessionFiles()
    with _Page(title=_TITLE, analytics_enabled=False) as page:
        add_programs(classifier, turns)  # before the tabs: the first event of a name keeps it
        gr.HTML(_masthead())
        with gr.Tabs():
            with gr.Tab("Classify", id="classify"):
                build_classify(classifier, uploads, turns)
            with gr.Tab("Catalogue", id="catalogue"):
                build_catalogue(classifier, turns)
            with gr.Tab("How good is it?", id="figures") as figures:
                build_figures(classifier, models, figures)
            with gr.Tab("About", id="about"):
                build_about(models)
        page.unload(_forgets(uploads))
    return page


def _masthead() -> str:
    pictures = tag("b", "network for pictures (CNN)", class_=POSTER.key)
    texts = tag("b", "one for texts (LSTM)", class_=OVERVIEW.key)
    fused = tag("b", "fused model", class_=COMBINED.key)
    purpose = (
        "Give a film's poster, its overview or both, and three readers suggest its genres: a "
        f"{pictures}, {texts}, and a {fused} of both. Everything happens on this machine."
    )
    return tag("header", tag("h1", _TITLE), tag("p", purpose), class_="masthead")


def _forgets(uploads: SessionFiles) -> Callable[[gr.Request], None]:
    """Return what is done when a page is closed."""

    def forget(request: gr.Request) -> None:
        uploads.forget(request.session_hash)

    return forget
