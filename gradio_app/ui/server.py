"""Serve the page: by default on this machine alone, and without any outgoing connection."""

import importlib.util
import socket
from pathlib import Path

import gradio as gr
from gradio import processing_utils

from gradio_app.classifier import FilmClassifier
from gradio_app.errors import GenreAppError
from gradio_app.limits import MAX_UPLOAD_BYTES
from gradio_app.ui.page import build_ui
from gradio_app.ui.theme import film_theme

__all__ = ["serve"]

_STYLES = Path(__file__).parent / "static"


async def _refuse_address(url: str, cache_dir: str) -> str:
    raise gr.Error("Give a file, not an address.", print_exception=False)


# gradio would fetch a file that a caller of its API gives as an address.
processing_utils.async_ssrf_protected_download = _refuse_address


def serve(
    classifier: FilmClassifier,
    models: Path,
    host: str,
    port: int,
    *,
    browser: bool = False,
    mcp: bool = False,
    block: bool = True,
) -> gr.Blocks:
    """Serve the page until interrupted, or, with `block` False, in the background.

    Args:
        classifier: reads the films.
        models: the folder it was loaded from.
        host: address to listen on.
        port: port to listen on.
        browser: open the page in this machine's browser.
        mcp: offer the page's functions as tools of the Model Context Protocol, too.
        block: return only when interrupted.

    Raises:
        GenreAppError: the port is in use, the address is not one of this machine, or a
            requirement of `mcp` is not installed.
    """
    if mcp and importlib.util.find_spec("mcp") is None:
        raise GenreAppError("--mcp needs one more package: pip install -r requirements-mcp.txt.")
    page = build_ui(classifier, models)
    try:
        _check_address(host, port)
        if ":" in host and not host.startswith("["):
            host = f"[{host}]"  # gradio puts it into an address as it is
        page.launch(
            server_name=host,
            server_port=port,
            share=False,
            ssr_mode=False,
            prevent_thread_lock=True,
            quiet=True,
            max_file_size=MAX_UPLOAD_BYTES,
            footer_links=["api"],
            theme=film_theme(),
            css_paths=sorted(_STYLES.glob("*.css")),
            favicon_path=_STYLES / "icon.png",
            inbrowser=browser,
            pwa=True,
            mcp_server=mcp,
        )
    except OSError as error:
        raise GenreAppError(
            f"The page cannot be served on {host}:{port}; choose another --port or --host."
        ) from error
    print(f"Film genres: http://{host}:{port} (stop with Ctrl+C)", flush=True)
    if block:
        page.block_thread()
    return page


def _check_address(host: str, port: int) -> None:
    # Before uvicorn does, which would print lines of its own.
    family, *_, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
    with socket.create_server(address[:2], family=family):
        pass
