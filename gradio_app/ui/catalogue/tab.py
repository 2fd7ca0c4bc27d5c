"""The tab Catalogue: a table of films, their posters or both; all read, looked at, downloaded."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.blocks import Block

from gradio_app.catalogue.uploaded import Catalogue
from gradio_app.classifier import FilmClassifier
from gradio_app.errors import InputError
from gradio_app.ui.catalogue.controls import (
    Inputs,
    Results,
    Status,
    add_inputs,
    add_results,
    add_status,
)
from gradio_app.ui.catalogue.film_table import (
    announcement,
    film_table,
    page_of,
    progress_bar,
    waiting,
)
from gradio_app.ui.catalogue.held import HeldCatalogues
from gradio_app.ui.catalogue.program import classify_many_with, open_uploads
from gradio_app.ui.uploads import shows_input_errors
from gradio_app.workers import Turns

__all__ = ["build_catalogue"]

#: Catalogues that are read at a time, by the page and for programs together; `Turns` gives them one
#: core.
_READING: dict[str, Any] = {"concurrency_id": "catalogue", "concurrency_limit": 8}

_HIDDEN: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}

_INTRODUCTION = """A **table** names the films: CSV, TSV, JSON Lines or Parquet with a column `id`
(or `imdb_id`) and, where you have them, `overview`, `title` and `poster`, the name of a picture
file; without it, a film's poster is the one that is called like its id. **Posters** are one ZIP
file, or pictures. Either alone will do: without a table, each picture is a film. What you give is
deleted once it is read, and the results after an hour."""


def build_catalogue(classifier: FilmClassifier, turns: Turns) -> None:
    """Add the controls of the tab and their events to the page that is being built."""
    held = HeldCatalogues()
    gr.Markdown(_INTRODUCTION, elem_id="catalogue-introduction")
    inputs, status = add_inputs(), add_status()
    results = add_results(classifier.genres, forget=_close)
    _add_events(_Handlers(classifier, turns, held, inputs, status, results))
    gr.api(classify_many_with(classifier, turns, held), api_name="classify_many", **_READING)


def _add_events(handlers: "_Handlers") -> None:
    inputs, status, results = handlers.inputs, handlers.status, handlers.results
    catalogue = results.catalogue
    started = inputs.run.click(
        handlers.start,
        [inputs.table, inputs.posters, catalogue],
        [catalogue, status.bar, inputs.run, inputs.cancel, results.box],
        preprocess=False,
        concurrency_limit=4,
        **_HIDDEN,
    )
    read = started.success(
        handlers.read,
        catalogue,
        [catalogue, status.bar, status.announcement],
        **_HIDDEN,
        **_READING,
    )
    filters = [catalogue, results.genre, results.failed_only]
    shown = results.shown()
    finished = [
        *(inputs.run, inputs.cancel, inputs.table, inputs.posters),
        *(results.box, results.genre, results.failed_only),
        *results.downloads.values(),
        *shown,
    ]
    at_once = {"queue": False, **_HIDDEN}
    read.then(handlers.finish, catalogue, finished, **at_once)
    inputs.cancel.click(handlers.cancel, catalogue, inputs.cancel, **at_once)
    chosen = [results.genre.input, results.failed_only.input]
    gr.on(chosen, handlers.show, filters, shown, **at_once)
    results.before.click(handlers.show_before, [*filters, results.page], shown, **at_once)
    results.after.click(handlers.show_after, [*filters, results.page], shown, **at_once)


def _close(catalogue: Catalogue | None) -> None:
    if catalogue is not None:
        catalogue.close()


@dataclass(frozen=True, eq=False)
class _Handlers:
    """What the events do; each returns the new values by their component."""

    classifier: FilmClassifier
    turns: Turns
    held: HeldCatalogues
    inputs: Inputs
    status: Status
    results: Results

    @shows_input_errors
    def start(self, table: Any, posters: Any, former: Catalogue | None) -> dict[Block, Any]:
        catalogue = open_uploads(table, posters)
        _close(former)
        self.held.add(catalogue)
        return {
            self.results.catalogue: catalogue,
            self.status.bar: waiting(catalogue.total),
            self.inputs.run: gr.Button(interactive=False),
            self.inputs.cancel: gr.Button(interactive=True),
            self.results.box: gr.Column(visible=False),
        }

    @shows_input_errors
    def read(self, catalogue: Catalogue) -> Iterator[dict[Block, Any]]:
        for progress in catalogue.read(self.classifier, self.turns):
            yield {
                # The same each time: a session's films are forgotten an hour after the last.
                self.results.catalogue: catalogue,
                self.status.bar: progress_bar(progress),
                self.status.announcement: announcement(progress),
            }

    def cancel(self, catalogue: Catalogue | None) -> dict[Block, Any]:
        if catalogue is not None:
            catalogue.cancel()
        return {self.inputs.cancel: gr.Button(interactive=False)}

    def finish(self, catalogue: Catalogue) -> dict[Block, Any]:
        inputs, results = self.inputs, self.results
        downloads = {
            button: catalogue.files.get(file_format)
            for file_format, button in results.downloads.items()
        }
        return {
            inputs.run: gr.Button(interactive=True),
            inputs.cancel: gr.Button(interactive=False),
            inputs.table: None,  # the uploads are deleted
            inputs.posters: None,
            results.box: gr.Column(visible=bool(catalogue.files)),
            results.genre: "",
            results.failed_only: False,
            **downloads,
            **self.show(catalogue, "", False),
        }

    @shows_input_errors
    def show(
        self, catalogue: Catalogue | None, genre: str, failed_only: bool, page: int = 0
    ) -> dict[Block, Any]:
        if catalogue is None or catalogue.closed:
            raise InputError("The films were deleted meanwhile; give them again.")
        view = catalogue.view(genre or None, failed_only, page)
        return {
            self.results.films: film_table(view),
            self.results.before: gr.Button(interactive=view.page > 0),
            self.results.number: page_of(view),
            self.results.after: gr.Button(interactive=view.page < view.pages - 1),
            self.results.page: view.page,
        }

    def show_before(
        self, catalogue: Catalogue | None, genre: str, failed_only: bool, page: int
    ) -> dict[Block, Any]:
        return self.show(catalogue, genre, failed_only, page - 1)

    def show_after(
        self, catalogue: Catalogue | None, genre: str, failed_only: bool, page: int
    ) -> dict[Block, Any]:
        return self.show(catalogue, genre, failed_only, page + 1)
