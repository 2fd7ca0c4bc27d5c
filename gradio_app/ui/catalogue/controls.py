"""The controls of the tab Catalogue, from top to bottom."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.blocks import Block

from gradio_app.catalogue.results import FORMATS
from gradio_app.limits import SESSION_SECONDS
from gradio_app.ui.catalogue.films import KEYS_OF_FILMS, key_line
from gradio_app.ui.catalogue.findings import KEYS_OF_FINDINGS

__all__ = [
    "Audited",
    "Inputs",
    "Pager",
    "Results",
    "Reviewed",
    "Status",
    "add_inputs",
    "add_results",
    "add_status",
]

_FORMAT_NAMES = {".csv": "CSV", ".jsonl": "JSON Lines", ".parquet": "Parquet"}
_ORDERS = [
    ("Least sure first", "unsure"),
    ("Readers disagree most first", "disagree"),
    ("Name", "name"),
    ("As they were given", "input"),
]
_SHOWN = [
    ("All films", "all"),
    ("Not looked at", "open"),
    ("With a note", "note"),
    ("With an error", "error"),
]

_REVIEW_JS = (Path(__file__).parents[1] / "static" / "review.js").read_text("utf-8")

#: The name of the catalogue is kept by the browser, for this tab of it alone: so the page finds its
#: films when it is loaded again.
_SESSION_JS = """
const kept = sessionStorage.getItem("catalogue");
if (kept && !props.value) trigger("select", {name: kept});
watch("value", () => props.value && sessionStorage.setItem("catalogue", props.value));
"""


@dataclass(frozen=True)
class Inputs:
    """What a person gives, and the buttons."""

    table: gr.File
    posters: gr.File
    run: gr.Button
    cancel: gr.Button


@dataclass(frozen=True)
class Status:
    """How far the reading is: to see, and for a screen reader."""

    bar: gr.HTML
    announcement: gr.HTML


@dataclass(frozen=True)
class Pager:
    """A list of which one page is drawn; `place` is the session's (see `Place` of the review)."""

    items: gr.HTML
    before: gr.Button
    number: gr.HTML
    after: gr.Button
    place: gr.State

    def shown(self) -> list[Block]:
        """Return all of it, as the outputs of an event."""
        return [self.items, self.before, self.number, self.after, self.place]


@dataclass(frozen=True)
class Reviewed:
    """The films, and which of them are looked at."""

    tab: gr.Tab
    order: gr.Dropdown
    shown: gr.Dropdown
    genre: gr.Dropdown
    pager: Pager

    def choice(self) -> list[Block]:
        """Return what says which films are looked at."""
        return [self.order, self.shown, self.genre]


@dataclass(frozen=True)
class Audited:
    """What the audit found; the tab is shown where films list genres."""

    tab: gr.Tab
    agreement: gr.HTML
    pager: Pager


@dataclass(frozen=True)
class Results:
    """What was read: files of all films, the review and the audit.

    `box` is shown once there is something in it; `catalogue` is the session's, `session` is where
    its browser keeps the name of it, and `file` is what a button is about to download.
    """

    box: gr.Column
    looked_at: gr.HTML
    downloads: dict[str, gr.Button]
    file: gr.DownloadButton
    review: Reviewed
    audit: Audited
    catalogue: gr.State
    session: gr.HTML


def add_inputs() -> Inputs:
    """Add the fields for files and the buttons to the page that is being built."""
    with gr.Row():
        table = gr.File(
            label="Table of films (CSV, TSV, JSON Lines or Parquet)",
            file_types=[".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".parquet", ".gz"],
            height=150,
            elem_id="catalogue-table",
            min_width=280,
        )
        posters = gr.File(
            label="Posters (one ZIP file, or pictures)",
            file_count="multiple",
            file_types=[".zip", "image"],
            height=150,
            elem_id="catalogue-posters",
            min_width=280,
        )
    with gr.Row():
        run = gr.Button("Read the films", variant="primary", elem_id="catalogue-run", scale=3)
        cancel = gr.Button(
            "Cancel", interactive=False, elem_id="catalogue-cancel", scale=1, min_width=90
        )
    return Inputs(table, posters, run, cancel)


def add_status() -> Status:
    """Add the progress bar to the page that is being built."""
    bar = gr.HTML(elem_id="catalogue-progress")
    announcement = gr.HTML(
        elem_id="catalogue-announced", js_on_load="element.setAttribute('role', 'status')"
    )
    return Status(bar, announcement)


def add_results(genres: Sequence[str], forget: Callable[[Any], None]) -> Results:
    """Add downloads, review and audit to the page that is being built, unseen as yet.

    Args:
        genres: those that the models know.
        forget: called with the catalogue of a session when its time is over.
    """
    with gr.Column(visible=False, elem_id="catalogue-results") as box:
        with gr.Row(elem_id="catalogue-head"):
            looked_at = gr.HTML(
                elem_id="catalogue-looked-at", js_on_load="element.setAttribute('role', 'status')"
            )
            downloads = {file_format: _download(file_format) for file_format in FORMATS}
        with gr.Tabs():
            review, audit = _add_review(genres), _add_audit()
    file = gr.DownloadButton(visible=False)
    session = gr.HTML(html_template="", js_on_load=_SESSION_JS, elem_id="catalogue-session")
    catalogue = gr.State(time_to_live=SESSION_SECONDS, delete_callback=forget)
    return Results(box, looked_at, downloads, file, review, audit, catalogue, session)


def _download(file_format: str) -> gr.Button:
    return gr.Button(
        f"Download {_FORMAT_NAMES[file_format]}",
        size="md",
        elem_id=f"catalogue-{file_format.removeprefix('.')}",
        min_width=170,
        scale=0,
    )


def _add_review(genres: Sequence[str]) -> Reviewed:
    with gr.Tab("Review", id="review") as tab:
        with gr.Row(elem_id="catalogue-choice"):
            order = gr.Dropdown(
                _ORDERS, value="unsure", label="Order", elem_id="catalogue-order", min_width=200
            )
            shown = gr.Dropdown(
                _SHOWN, value="all", label="Films", elem_id="catalogue-shown", min_width=160
            )
            genre = gr.Dropdown(
                [("All genres", ""), *genres],
                value="",
                label="Genre",
                elem_id="catalogue-genre",
                min_width=160,
            )
        gr.HTML(key_line(KEYS_OF_FILMS), elem_id="catalogue-keys")
        pager = _add_pager("catalogue", "films")
    return Reviewed(tab, order, shown, genre, pager)


def _add_audit() -> Audited:
    with gr.Tab("Audit", id="audit", visible=False) as tab:
        agreement = gr.HTML(elem_id="audit-agreement")
        gr.HTML(key_line(KEYS_OF_FINDINGS), elem_id="audit-keys")
        pager = _add_pager("audit", "mistakes")
    return Audited(tab, agreement, pager)


def _add_pager(name: str, things: str) -> Pager:
    shown = gr.HTML(elem_id=f"{name}-list", js_on_load=_REVIEW_JS)
    with gr.Row(elem_id=f"{name}-pages", elem_classes="review-pages"):
        before = gr.Button(f"Previous {things}", min_width=90, elem_id=f"{name}-before")
        number = gr.HTML(elem_id=f"{name}-number")
        after = gr.Button(f"Next {things}", min_width=90, elem_id=f"{name}-after")
    return Pager(shown, before, number, after, gr.State(time_to_live=SESSION_SECONDS))
