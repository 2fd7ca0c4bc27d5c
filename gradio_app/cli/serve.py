"""`python -m gradio_app serve`: the web page."""

import argparse
import os
import sys
from contextlib import closing, suppress

from gradio_app.classifier import FilmClassifier
from gradio_app.errors import GenreAppError
from gradio_app.ui.server.storage import Storage

__all__ = ["serve_page"]

_THIS_MACHINE = "127.0.0.1"
_LOOPBACK = {_THIS_MACHINE, "localhost", "::1", "[::1]"}
_PROXIES = {"all_proxy", "http_proxy", "https_proxy"}
_EVERYONE = (
    "Everyone who reaches {host} can use this page; --auth USER:PASSWORD-FILE asks for a password."
)


def serve_page(options: argparse.Namespace) -> int:
    """Serve the page until interrupted.

    Raises:
        GenreAppError: the port is no port or in use, or the models cannot be loaded.
    """
    host = options.host or os.environ.get("GRADIO_SERVER_NAME") or _THIS_MACHINE
    port = _port(options.port or os.environ.get("GRADIO_SERVER_PORT") or "7860")
    classifier = FilmClassifier.from_dir(options.models)
    _forget_proxies()
    storage = Storage()  # before gradio is imported, which makes a folder then
    from gradio_app.ui.server.serve import serve  # gradio takes seconds to import

    browser = not options.no_browser and host == _THIS_MACHINE and _has_display()
    if not (options.auth or host in _LOOPBACK or "SPACE_ID" in os.environ):
        print(_EVERYONE.format(host=host), file=sys.stderr)
    more = {"browser": browser, "mcp": options.mcp, "auth": options.auth}
    with closing(storage), suppress(KeyboardInterrupt):
        serve(classifier, options.models, host, port, storage, **more)
    return 0


def _forget_proxies() -> None:
    """Drop the proxy variables: this server calls nobody, and gradio stumbles over some of them."""
    for name in [name for name in os.environ if name.lower() in _PROXIES]:
        del os.environ[name]


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
