"""Many films for programs: a function of the HTTP interface."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import gradio as gr
from gradio.context import LocalContext
from gradio.processing_utils import save_file_to_cache
from gradio.utils import get_upload_folder

from gradio_app.catalogue.results import FORMATS
from gradio_app.catalogue.uploaded.catalogue import Catalogue
from gradio_app.catalogue.uploaded.opening import open_catalogue
from gradio_app.classifier import FilmClassifier
from gradio_app.errors import InputError
from gradio_app.ui.catalogue.held import HeldCatalogues
from gradio_app.ui.uploads import delete_upload, shows_input_errors, uploaded_file
from gradio_app.workers import Turns

__all__ = ["classify_many_with", "open_uploads"]


def open_uploads(table: Any, posters: Any) -> Catalogue:
    """Check what was uploaded, and open it.

    Args:
        table: gradio's description of an upload, or None.
        posters: a list of such descriptions, or None.

    Raises:
        InputError: as `uploaded_file` and `open_catalogue`.
    """
    if not isinstance(posters, list | None):
        raise InputError("Give the posters as uploaded files.")
    files = [(uploaded_file(poster, "poster"), poster) for poster in posters or ()]
    named = [(_name(poster, file), file) for file, poster in files if file is not None]
    return open_catalogue(uploaded_file(table, "table"), named, Path(get_upload_folder()))


def _name(upload: dict[str, Any], file: Path) -> str:
    """Return what the user calls the file; gradio's own name lacks some characters."""
    name = upload.get("orig_name")
    return name.encode("utf-8", "replace").decode() if name and isinstance(name, str) else file.name


def classify_many_with(
    classifier: FilmClassifier, turns: Turns, held: HeldCatalogues
) -> Callable[..., tuple[Any, ...]]:
    """Return the function that programs call; its documentation is theirs."""

    @shows_input_errors
    def classify_many(
        table: gr.FileData = None,  # type: ignore[assignment]  # see api.py
        posters: gr.FileData = None,  # type: ignore[assignment]
        file_format: Literal["csv", "jsonl", "parquet"] = "csv",
    ) -> tuple[gr.FileData, dict[str, Any]]:
        """Film genres of many films: those of a table, of the posters in a ZIP file, or both.

        Args:
            table: CSV with a column id or imdb_id, and overview, poster (a file name) or both.
            posters: ZIP file of the posters, called <id>.jpg or as the table says; without a
                table, each picture is a film, or each folder with an .nfo file.
            file_format: of the result.

        Returns:
            A file with one row a film, in order; and how many "films" it has, how many of them
            "failed", that is, have an error, and "remarks" on what of the input was not used.
        """
        if f".{file_format}" not in FORMATS:
            raise InputError(f"Give csv, jsonl or parquet as format, not {file_format!r}.")
        try:
            catalogue = open_uploads(table, None if posters is None else [posters])
        except InputError:
            _delete(table, posters)
            raise
        held.add(catalogue)
        try:
            for progress in catalogue.read(classifier, turns):  # noqa: B007 - the last one counts
                if not is_awaited():
                    catalogue.cancel()
            file = save_file_to_cache(catalogue.file(f".{file_format}"), get_upload_folder())
        finally:
            catalogue.close()
        result = gr.FileData(path=file, orig_name=f"film-genres.{file_format}")
        counts = {"films": progress.done, "failed": progress.failed}
        return result, {**counts, "remarks": list(progress.remarks)}

    return classify_many


def _delete(*uploads: Any) -> None:
    for upload in uploads:
        with suppress(InputError):
            delete_upload(uploaded_file(upload, "file"))


def is_awaited() -> bool:
    """Return whether the caller of the function that is running still waits for its result."""
    page, call = LocalContext.blocks.get(), LocalContext.event_id.get()
    if page is None or call is None:
        return True
    event = page._queue.event_ids_to_events.get(call)
    return event is None or event.alive
