"""The controls of the tab Catalogue, from top to bottom."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.blocks import Block

from gradio_app.catalogue.results import FORMATS
from gradio_app.limits import SESSION_SECONDS

__all__ = ["Inputs", "Results", "Status", "add_inputs", "add_results", "add_status"]

_FORMAT_NAMES = {".csv": "CSV", ".jsonl": "JSON Lines", ".parquet": "Parquet"}


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
class Results:
    """What was read: files of all films, and a page of those that are looked at.

    `box` is shown once there is something in it; `catalogue` and `page` are the session's.
    """

    box: gr.Column
    downloads: dict[str, gr.DownloadButton]
    genre: gr.Dropdown
    failed_only: gr.Checkbox
    films: gr.HTML
    before: gr.Button
    number: gr.HTML
    after: gr.Button
    catalogue: gr.State
    page: gr.State

    def shown(self) -> list[Block]:
        """Return what changes with the films that are looked at, as the outputs of an event."""
        return [self.films, self.before, self.number, self.after, self.page]


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
    """Add the downloads and the table of films to the page that is being built, unseen as yet.

    Args:
        genres: those that the models know, one of which can be looked for at a time.
        forget: called with the catalogue of a session when its time is over.
    """
    with gr.Column(visible=False) as box:
        with gr.Row():
            downloads = {file_format: _download(file_format) for file_format in FORMATS}
        with gr.Row():
            genre = gr.Dropdown(
                [("All genres", ""), *genres],
                value="",
                label="Films for which this genre is suggested",
                elem_id="catalogue-genre",
            )
            failed_only = gr.Checkbox(
                label="Only films with an error", container=True, elem_id="catalogue-errors"
            )
        films = gr.HTML(elem_id="catalogue-result")
        with gr.Row(elem_id="catalogue-pages"):
            before = gr.Button("Previous films", min_width=90, elem_id="catalogue-before")
            number = gr.HTML()
            after = gr.Button("Next films", min_width=90, elem_id="catalogue-after")
    catalogue = gr.State(time_to_live=SESSION_SECONDS, delete_callback=forget)
    page = gr.State(0)
    return Results(
        box, downloads, genre, failed_only, films, before, number, after, catalogue, page
    )


def _download(file_format: str) -> gr.DownloadButton:
    return gr.DownloadButton(
        f"Download {_FORMAT_NAMES[file_format]}",
        size="md",
        elem_id=f"catalogue-{file_format.removeprefix('.')}",
        min_width=220,
    )
