"""What comes from a browser or a program: uploaded files, and errors that are shown, not raised."""

import functools
import inspect
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from gradio_app.errors import InputError
from gradio_app.limits import MAX_POSTER_BYTES

__all__ = ["SessionFiles", "shows_input_errors", "uploaded_file", "uploaded_poster"]


class SessionFiles:
    """The upload that each session uses; one that no session uses any more is deleted.

    gradio names uploads by their content, so two sessions may use the same file.
    """

    def __init__(self) -> None:
        self._files: dict[str | None, Path] = {}
        self._lock = threading.Lock()

    def keep(self, session: str | None, file: Path | None) -> None:
        """Note that a session uses this file now, and not the one before."""
        with self._lock:
            before = self._files.pop(session, None)
            if file is not None:
                self._files[session] = file
            if before is not None and before not in self._files.values():
                before.unlink(missing_ok=True)

    def forget(self, session: str | None) -> None:
        """Delete what an ended session used."""
        self.keep(session, None)


def uploaded_file(payload: Any, what: str, examples: Path | None = None) -> Path | None:
    """Return the file of gradio's description of an upload, and no other file of this machine.

    Args:
        payload: what a component sends with `preprocess=False`, or None.
        what: names it in messages, such as "poster".
        examples: a folder whose files may be named as well.

    Raises:
        InputError: it is not an upload, or was deleted.
    """
    if payload is None:
        return None
    path = payload.get("path") if isinstance(payload, dict) else None
    if not isinstance(path, str) or "\0" in path:
        raise InputError(f"Give the {what} as an uploaded file.")
    file = Path(path).resolve()
    folders = [Path(get_upload_folder()), *([examples] if examples else [])]
    if not any(file.is_relative_to(folder.resolve()) for folder in folders):
        raise InputError(f"Give the {what} as an uploaded file.")
    if not file.is_file():
        raise InputError(f"The uploaded {what} has expired; choose it again.")
    return file


def uploaded_poster(payload: Any, examples: Path | None = None) -> Path | None:
    """Return the file of an uploaded picture, as `uploaded_file` does.

    Raises:
        InputError: as `uploaded_file`, or it is too large: the server itself accepts more, for
            ZIP files.
    """
    file = uploaded_file(payload, "poster", examples)
    if file is not None and file.stat().st_size > MAX_POSTER_BYTES:
        raise InputError(
            f"The poster has more than {MAX_POSTER_BYTES // 10**6} MB; make it smaller."
        )
    return file


def shows_input_errors(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Make every `InputError` of a function or a generator a message on the page.

    This is the one place where that happens.
    """
    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def generate(*arguments: Any, **named: Any) -> Any:
            try:
                yield from handler(*arguments, **named)
            except InputError as error:
                raise _message(error) from error

        return generate

    @functools.wraps(handler)
    def call(*arguments: Any, **named: Any) -> Any:
        try:
            return handler(*arguments, **named)
        except InputError as error:
            raise _message(error) from error

    return call


def _message(error: InputError) -> gr.Error:
    return gr.Error(str(error), title="Please check", print_exception=False)
