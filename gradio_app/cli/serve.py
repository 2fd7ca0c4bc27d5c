"""`python -m gradio_app serve`: the web page."""

import argparse
import os
import sys

from gradio_app.classifier import FilmClassifier
from gradio_app.errors import GenreAppError

__all__ = ["serve_page"]

_THIS_MACHINE = "127.0.0.1"


def serve_page(options: argparse.Namespace) -> int:
    """Serve the page until interrupted.

    Raises:
        GenreAppError: the port is no port or in use, or the models cannot be loaded.
    """
    host = options.host or os.environ.get("GRADIO_SERVER_NAME") or _THIS_MACHINE
    port = _port(options.port or os.environ.get("GRADIO_SERVER_PORT") or "7860")
    classifier = FilmClassifier.from_dir(options.models)
    from gradio_app.ui.server import serve  # gradio takes seconds to import: only when needed

    browser = not options.no_browser and host == _THIS_MACHINE and _has_display()
    serve(classifier, options.models, host, port, browser=browser, mcp=options.mcp)
    return 0


def _has_display() -> bool:
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _port(value: str) -> int:
    if not (value.isdecimal() and len(value) <= 5 and 1 <= int(value) <= 65535):
        raise GenreAppError(
            f"{value!r} is no port; give --port or GRADIO_SERVER_PORT a number from 1 to 65535."
        )
    return int(value)
