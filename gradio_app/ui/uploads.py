"""What comes from a browser or a program: uploaded files, and errors that are shown, not raised."""

import errno
import functools
import html
import inspect
import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from gradio_app.catalogue.uploaded.opening import delete_with_folders
from gradio_app.errors import InputError
from gradio_app.limits import MAX_POSTER_BYTES, MAX_SESSIONS

__all__ = [
    "SessionFiles",
    "delete_upload",
    "refusal_sentence",
    "shows_input_errors",
    "unreadable_call",
    "uploaded_file",
    "uploaded_poster",
]

_logger = logging.getLogger(__name__)


class SessionFiles:
    """The upload that each session uses; one that no session uses any more is deleted."""

    def __init__(self) -> None:
        self._files: OrderedDict[str | None, Path] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, session: str | None, file: Path | None) -> None:
        """Note that a session uses this file now, and not the one before."""
        with self._lock:
            before = self._files.pop(session, None)
            if file is not None:
                self._files[session] = file
            out_of_room = len(self._files) > MAX_SESSIONS
            oldest = self._files.popitem(last=False)[1] if out_of_room else None
            unused = {before, oldest} - set(self._files.values())
        for each in unused:
            delete_upload(each)

    def forget(self, session: str | None) -> None:
        """Delete what an ended session used."""
        self.keep(session, None)


def delete_upload(file: Path | None) -> None:
    """Delete an upload, if it is still there, with the folders that were made for it."""
    if file is not None:
        delete_with_folders(file, Path(get_upload_folder()))


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
    if not os.path.isfile(file):  # Path.is_file raises for a name that is too long
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
    """Make every error of a function or a generator a message on the page (`refusal_sentence`)."""
    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def generate(*arguments: Any, **named: Any) -> Any:
            try:
                yield from handler(*arguments, **named)
            except Exception as error:
                raise _error(refusal_sentence(error)) from error

        return generate

    @functools.wraps(handler)
    def call(*arguments: Any, **named: Any) -> Any:
        try:
            return handler(*arguments, **named)
        except Exception as error:
            raise _error(refusal_sentence(error)) from error

    return call


def unreadable_call() -> gr.Error:
    """Return the message on a call whose arguments are not what the function takes."""
    return _error("The call cannot be read; give files as uploaded files, and text as text.")


def refusal_sentence(error: Exception) -> str:
    """Return what a person is told of an error, as text; this is the one place that says it.

    An `InputError` has its own words; of anything else the person learns that it was not their
    fault, and the log the rest.

    >>> refusal_sentence(InputError("Give a poster, an overview, or both."))
    'Give a poster, an overview, or both.'
    """
    if isinstance(error, InputError):
        return str(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The server's disk is full; try again later."
    _logger.error("%s: a request failed", type(error).__name__, exc_info=error)
    return "Something went wrong on the server; try again, or with another film."


def _error(sentence: str) -> gr.Error:
    # gradio shows messages as HTML, and they quote what was given.
    shown = html.escape(sentence, quote=False)
    return gr.Error(shown, title="Please check", print_exception=False)
