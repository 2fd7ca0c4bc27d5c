"""The tab Catalogue: a table of films, their posters or both; all read, looked at, downloaded."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.blocks import Block

from gradio_app.catalogue.uploaded.catalogue import Catalogue
from gradio_app.classifier import FilmClassifier
from gradio_app.ui.catalogue.controls import (
    Inputs,
    Results,
    Status,
    add_inputs,
    add_results,
    add_status,
)
from gradio_app.ui.catalogue.decisions import Deciding, add_decisions
from gradio_app.ui.catalogue.held import HeldCatalogues
from gradio_app.ui.catalogue.program import classify_many_with, open_uploads
from gradio_app.ui.catalogue.progress import announcement, progress_bar, waiting
from gradio_app.ui.uploads import shows_input_errors
from gradio_app.workers import Turns

__all__ = ["build_catalogue"]

#: Catalogues that are read at a time, by the page and for programs together; `Turns` gives them one
#: core.
_READING: dict[str, Any] = {"concurrency_id": "catalogue", "concurrency_limit": 8}

_HIDDEN: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}

#: What was read comes into view, and the keys of the review work at once.
_TO_RESULTS = """() => setTimeout(() => {
  document.querySelector("#catalogue-results")?.scrollIntoView();
  if (document.activeElement === document.body) {
    document.querySelector("#catalogue-list .review-item")?.focus({ preventScroll: true });
  }
}, 100)"""

_INTRODUCTION = """A **table** names the films: CSV, TSV, JSON Lines or Parquet with a column `id`
(or `imdb_id`) and, where you have them, `overview`, `title`, `genres`, and `poster`, the name of a
picture file; without it, a film's poster is the one that is called like its id. **Posters** are one
ZIP file, or pictures. Either alone will do: without a table, each picture is a film, or the ZIP
file holds films in folders with `.nfo` files. Then you look at the suggested genres, film by film,
and download what you decided. What you give is deleted once it is read, and the results an hour
after your last decision."""


def build_catalogue(classifier: FilmClassifier, turns: Turns) -> None:
    """Add the controls of the tab and their events to the page that is being built."""
    held = HeldCatalogues()
    gr.Markdown(_INTRODUCTION, elem_id="catalogue-introduction")
    inputs, status = add_inputs(), add_status()
    results = add_results(classifier.genres, forget=_let_go(held))
    deciding = Deciding(results)
    _add_events(_Handlers(classifier, turns, held, inputs, status, results, deciding))
    add_decisions(deciding)
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
    shown = [
        *(catalogue, results.box, results.looked_at, *results.review.choice()),
        *results.review.pager.shown(),
        *(results.audit.tab, results.audit.agreement, *results.audit.pager.shown()),
    ]
    at_once = {"queue": False, **_HIDDEN}
    ends = [inputs.run, inputs.cancel, inputs.table, inputs.posters, results.session]
    finished = read.then(handlers.finish, catalogue, [*ends, *shown], **at_once)
    finished.success(None, None, None, js=_TO_RESULTS, **_HIDDEN)
    inputs.cancel.click(handlers.cancel, catalogue, inputs.cancel, **at_once)
    results.session.select(handlers.find_again, catalogue, shown, **at_once)


def _let_go(held: HeldCatalogues) -> Callable[[Catalogue | None], None]:
    def let_go(catalogue: Catalogue | None) -> None:
        if catalogue is not None:
            held.release(catalogue)

    return let_go


@dataclass(frozen=True, eq=False)
class _Handlers:
    """What the events do; each returns the new values by their component."""

    classifier: FilmClassifier
    turns: Turns
    held: HeldCatalogues
    inputs: Inputs
    status: Status
    results: Results
    deciding: Deciding

    @shows_input_errors
    def start(self, table: Any, posters: Any, former: Catalogue | None) -> dict[Block, Any]:
        catalogue = open_uploads(table, posters)
        _let_go(self.held)(former)
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
        inputs = self.inputs
        review = catalogue.review
        return {
            inputs.run: gr.Button(interactive=True),
            inputs.cancel: gr.Button(interactive=False),
            inputs.table: None,  # the uploads are deleted
            inputs.posters: None,
            self.results.session: self.held.name_of(catalogue) if review else "",
            **(self.deciding.all_shown(catalogue, review) if review else {}),
        }

    def find_again(self, catalogue: Catalogue | None, event: gr.EventData) -> Any:
        """Show the films of a page that was loaded again."""
        name = getattr(event, "name", None)
        if catalogue is not None or not isinstance(name, str):
            return gr.skip()
        found = self.held.share(name)
        if found is None or found.review is None:
            return gr.skip()
        return self.deciding.all_shown(found, found.review)
