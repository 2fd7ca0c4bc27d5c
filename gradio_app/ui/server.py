"""Serve the page: on this machine alone unless told otherwise, without any outgoing connection."""

import os
import socket
from pathlib import Path

# Read by gradio when it is imported; with analytics on, it looks up a host at every start.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
# gradio asks its own server whether it is up; a proxy would be asked instead.
for _name in ("NO_PROXY", "no_proxy"):
    os.environ[_name] = ",".join(filter(None, [os.environ.get(_name), "127.0.0.1,localhost"]))

import gradio as gr  # noqa: E402
from gradio import processing_utils  # noqa: E402

from gradio_app.classifier import FilmClassifier  # noqa: E402
from gradio_app.errors import GenreAppError  # noqa: E402
from gradio_app.ui.page import build_ui  # noqa: E402

__all__ = ["serve"]

_LARGEST_UPLOAD = "30mb"
_SYSTEM_FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica", "sans-serif")


async def _refuse_address(url: str, cache_dir: str) -> str:
    raise gr.Error("Give the poster as a file, not as an address.", print_exception=False)


# gradio would fetch a poster that a caller of its API gives as an address.
processing_utils.async_ssrf_protected_download = _refuse_address


def serve(classifier: FilmClassifier, host: str, port: int, block: bool = True) -> gr.Blocks:
    """Serve the page until interrupted, or, with `block` False, in the background.

    Raises:
        GenreAppError: the port is in use, or the address is not one of this machine.
    """
    page = build_ui(classifier)
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
            max_file_size=_LARGEST_UPLOAD,
            footer_links=["api"],
            theme=gr.themes.Soft(font=_SYSTEM_FONTS, font_mono=("ui-monospace", "monospace")),
            css_paths=Path(__file__).with_name("style.css"),
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
