"""Serve the page: by default on this machine alone, and without any outgoing connection."""

import asyncio
import importlib.util
import socket
import threading
import time
import webbrowser
from pathlib import Path

import gradio as gr
import uvicorn
from gradio import processing_utils

from gradio_app.classifier import FilmClassifier
from gradio_app.errors import GenreAppError
from gradio_app.limits import DRAIN_SECONDS, IDLE_SECONDS
from gradio_app.memory import bound_memory
from gradio_app.ui.page import build_ui
from gradio_app.ui.server.app import build_app
from gradio_app.ui.server.connections import PatientProtocol
from gradio_app.ui.server.login import Login
from gradio_app.ui.server.logs import bound_logs
from gradio_app.ui.server.sessions import BoundedQueue
from gradio_app.ui.server.storage import Storage
from gradio_app.workers import Turns

__all__ = ["RunningPage", "serve"]

#: Connections that the system holds for us; we take them all at once.
_BACKLOG = 128
_SECONDS_TO_START = 60
#: Until the last answer has been fetched.
_SECONDS_TO_FETCH = 0.3


async def _refuse_address(url: str, cache_dir: str) -> str:
    raise gr.Error("Give a file, not an address.", print_exception=False)


# gradio would fetch a file that a caller of its API gives as an address.
processing_utils.async_ssrf_protected_download = _refuse_address


class RunningPage(uvicorn.Server):
    """A page that is being served.

    Attributes:
        page: what gradio made of it.
        address: where it is.
    """

    def __init__(
        self, config: uvicorn.Config, page: gr.Blocks, storage: Storage, address: str, browser: bool
    ):
        """Prepare to serve; `browser` opens the page in this machine's browser."""
        super().__init__(config)
        self.page = page
        self.address = address
        self._storage = storage
        self._browser = browser
        self._thread: threading.Thread | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and say so."""
        await super().startup(sockets)
        print(f"Film genres: {self.address} (stop with Ctrl+C)", flush=True)
        if self._browser:
            webbrowser.open(self.address)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no new calls, let running ones end and be fetched, and delete what was kept."""
        queue = self.page._queue
        assert isinstance(queue, BoundedQueue)
        queue.ending = True
        deadline = time.monotonic() + DRAIN_SECONDS
        while time.monotonic() < deadline and queue.is_at_work():
            await asyncio.sleep(0.05)
        await asyncio.sleep(_SECONDS_TO_FETCH)
        self.page.is_running = False
        self.page.app.stop_event.set()
        queue.close()
        await super().shutdown(sockets)
        self._storage.close()  # here: a signal may end the process next

    def start(self, sockets: list[socket.socket]) -> None:
        """Serve in the background; returns when it listens."""
        self._thread = threading.Thread(target=self.run, args=[sockets], daemon=True)
        self._thread.start()
        deadline = time.monotonic() + _SECONDS_TO_START
        while not self.started and self._thread.is_alive() and time.monotonic() < deadline:
            time.sleep(0.01)

    def close(self) -> None:
        """End what `start` began."""
        self.should_exit = True
        if self._thread is not None:
            self._thread.join(DRAIN_SECONDS + 5)


def serve(
    classifier: FilmClassifier,
    models: Path,
    host: str,
    port: int,
    storage: Storage | None = None,
    *,
    browser: bool = False,
    mcp: bool = False,
    auth: str | None = None,
    block: bool = True,
) -> RunningPage:
    """Serve the page until interrupted, or, with `block` False, in the background.

    Args:
        classifier: reads the films.
        models: the folder it was loaded from.
        host: address to listen on.
        port: port to listen on.
        storage: keeps uploads and results; one of its own if None.
        browser: open the page in this machine's browser.
        mcp: offer the page's functions as tools of the Model Context Protocol, too.
        auth: USER:PASSWORD-FILE of the one who may use it; everyone who reaches it if None.
        block: return only when interrupted.

    Raises:
        GenreAppError: the port is in use, the address is not one of this machine, uploads cannot be
            kept, there is no password, or a requirement of `mcp` is not installed.
    """
    if mcp and importlib.util.find_spec("mcp") is None:
        raise GenreAppError("--mcp needs one more package: pip install -r requirements-mcp.txt.")
    login = Login.of(auth) if auth else None
    listener = _listen(host, port)
    bound_memory()
    bound_logs()
    storage = storage or Storage()
    turns = Turns()
    page = build_ui(classifier, models, turns)
    app = build_app(page, classifier, turns, storage, host, login=login, mcp=mcp)
    config = uvicorn.Config(
        app,
        http=PatientProtocol,
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=1,  # after our own waiting
        forwarded_allow_ips="",
    )
    running = RunningPage(config, page, storage, f"http://{_shown(host)}:{port}", browser)
    if block:
        running.run([listener])
    else:
        running.start([listener])
    return running


def _listen(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        family, *_, address = found[0]
        return socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except OSError as error:
        raise GenreAppError(
            f"The page cannot be served on {_shown(host)}:{port}; choose another --port or --host."
        ) from error


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
