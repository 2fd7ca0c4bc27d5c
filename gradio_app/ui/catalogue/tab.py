"""The tab Catalogue: a table of films, their posters or both; all read, looked at, downloaded."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import gradio as gr
from gradio.processing_utils import save_file_to_cache
from gradio.utils import get_upload_folder

from gradio_app.catalogue.results import FORMATS
from gradio_app.catalogue.uploaded import Catalogue, open_catalogue
from gradio_app.classifier import FilmClassifier
from gradio_app.errors import InputError
from gradio_app.ui.catalogue.film_table import (
    announcement,
    film_table,
    page_of,
    progress_bar,
    waiting,
)
from gradio_app.ui.uploads import shows_input_errors, uploaded_file

__all__ = ["build_catalogue"]

#: Seconds after which the films of a session are deleted.
_FORGET = 3600

#: Catalogues that are read at a time, by the page and for programs together.
_READING: dict[str, Any] = {"concurrency_id": "catalogue", "concurrency_limit": 2}

_INTRODUCTION = """A **table** names the films: CSV with a column `id` (or `imdb_id`) and, where you
have them, `overview`, `title` and `poster`, the name of a picture file; without it, a film's poster
is the one that is called like its id. **Posters** are one ZIP file, or pictures. Either alone will
do: without a table, each picture is a film. What you give is deleted once it is read, and the
results after an hour."""


def build_catalogue(classifier: FilmClassifier) -> None:
    """The controls of the tab and their events, within the page that is being built."""
    catalogue = gr.State(time_to_live=_FORGET, delete_callback=_close)
    page = gr.State(0)
    gr.Markdown(_INTRODUCTION, elem_id="catalogue-introduction")
    with gr.Row():
        table = gr.File(
            label="Table of films (CSV)",
            file_types=[".csv"],
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
    progress = gr.HTML(elem_id="catalogue-progress")
    announced = gr.HTML(
        elem_id="catalogue-announced", js_on_load="element.setAttribute('role', 'status')"
    )
    with gr.Column(visible=False) as result:
        with gr.Row():
            downloads = [
                gr.DownloadButton(
                    f"Download {name}", size="md", elem_id=f"catalogue-{suffix}", min_width=220
                )
                for name, suffix in (
                    ("CSV", "csv"),
                    ("JSON Lines", "jsonl"),
                    ("Parquet", "parquet"),
                )
            ]
        with gr.Row():
            genre = gr.Dropdown(
                [("All genres", ""), *classifier.genres],
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

    shown = [page, films, number, before, after]
    filters = [catalogue, genre, failed_only]
    at_once: dict[str, Any] = {
        "api_visibility": "private",
        "queue": False,
        "show_progress": "hidden",
    }
    started = run.click(
        _start,
        [table, posters, catalogue],
        [catalogue, progress, run, cancel, result],
        api_visibility="private",
        preprocess=False,
        show_progress="hidden",
        concurrency_limit=4,
    )
    started.success(
        _read_with(classifier),
        catalogue,
        [catalogue, progress, announced],
        api_visibility="private",
        show_progress="hidden",
        **_READING,
    ).then(
        _finish,
        catalogue,
        [run, cancel, table, posters, result, genre, failed_only, *downloads, *shown],
        **at_once,
    )
    cancel.click(_cancel, catalogue, cancel, **at_once)
    gr.on([genre.input, failed_only.input], _show, filters, shown, **at_once)
    before.click(_turn(-1), [*filters, page], shown, **at_once)
    after.click(_turn(1), [*filters, page], shown, **at_once)
    gr.api(_classify_many_with(classifier), api_name="classify_many", **_READING)


@shows_input_errors
def _start(table: Any, posters: Any, former: Catalogue | None) -> tuple:
    catalogue = _open(table, posters)
    _close(former)
    return (
        catalogue,
        waiting(catalogue.total),
        gr.Button(interactive=False),
        gr.Button(interactive=True),
        gr.Column(visible=False),
    )


def _open(table: Any, posters: Any) -> Catalogue:
    if not isinstance(posters, list | None):
        raise InputError("Give the posters as uploaded files.")
    files = [(uploaded_file(poster, "poster"), poster) for poster in posters or ()]
    named = [(_name(poster, file), file) for file, poster in files if file is not None]
    return open_catalogue(uploaded_file(table, "table"), named, Path(get_upload_folder()))


def _name(upload: dict[str, Any], file: Path) -> str:
    """What the user calls the file; gradio's own name lacks some characters."""
    name = upload.get("orig_name")
    return name.encode("utf-8", "replace").decode() if name and isinstance(name, str) else file.name


def _close(catalogue: Catalogue | None) -> None:
    if catalogue is not None:
        catalogue.close()


def _read_with(classifier: FilmClassifier) -> Callable[..., Iterator[tuple]]:
    @shows_input_errors
    def read(catalogue: Catalogue) -> Iterator[tuple]:
        # The catalogue itself each time: it is forgotten an hour after the last.
        for progress in catalogue.read(classifier):
            yield catalogue, progress_bar(progress), announcement(progress)

    return read


def _cancel(catalogue: Catalogue | None) -> gr.Button:
    if catalogue is not None:
        catalogue.cancel()
    return gr.Button(interactive=False)


def _finish(catalogue: Catalogue) -> tuple:
    files = [catalogue.files.get(file_format) for file_format in FORMATS]
    return (
        gr.Button(interactive=True),
        gr.Button(interactive=False),
        *(None, None),  # the uploads are deleted
        gr.Column(visible=bool(catalogue.files)),
        *("", False),
        *files,
        *_show(catalogue, "", False),
    )


def _turn(step: int) -> Callable[..., tuple]:
    def turn(catalogue: Catalogue | None, genre: str, failed_only: bool, page: int) -> tuple:
        return _show(catalogue, genre, failed_only, page + step)

    return turn


@shows_input_errors
def _show(catalogue: Catalogue | None, genre: str, failed_only: bool, page: int = 0) -> tuple:
    if catalogue is None:
        raise InputError("The films were deleted meanwhile; give them again.")
    view = catalogue.view(genre or None, failed_only, page)
    return (
        view.page,
        film_table(view),
        page_of(view),
        gr.Button(interactive=view.page > 0),
        gr.Button(interactive=view.page < view.pages - 1),
    )


def _classify_many_with(classifier: FilmClassifier) -> Callable[..., tuple]:
    @shows_input_errors
    def classify_many(
        table: gr.FileData = None,  # type: ignore[assignment]  # see programs.py
        posters: gr.FileData = None,  # type: ignore[assignment]
        file_format: Literal["csv", "jsonl", "parquet"] = "csv",
    ) -> tuple[gr.FileData, dict[str, int]]:
        """Film genres of many films: those of a table, of the posters in a ZIP file, or both.

        Args:
            table: CSV with a column id or imdb_id, and overview, poster (a file name) or both.
            posters: ZIP file of the posters, called <id>.jpg or as the table says; without a
                table, each picture is a film.
            file_format: of the result.

        Returns:
            A file with one row a film, in order; and how many "films" it has and how many of them
            "failed", that is, have an error.
        """
        if f".{file_format}" not in FORMATS:
            raise InputError(f"Give csv, jsonl or parquet as format, not {file_format!r}.")
        catalogue = _open(table, None if posters is None else [posters])
        try:
            *_, progress = catalogue.read(classifier)
            file = save_file_to_cache(catalogue.files[f".{file_format}"], get_upload_folder())
        finally:
            catalogue.close()
        result = gr.FileData(path=file, orig_name=f"film-genres.{file_format}")
        return result, {"films": progress.done, "failed": progress.failed}

    return classify_many
