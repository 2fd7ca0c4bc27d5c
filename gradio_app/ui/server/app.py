"""gradio's page as one ASGI app, with the guard before it."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Set
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import gradio as gr
from fastapi import FastAPI
from gradio.routes import App
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.routing import Mount

from gradio_app.classifier import FilmClassifier
from gradio_app.limits import MAX_UPLOAD_BYTES
from gradio_app.ui.server.endpoints import own_routes
from gradio_app.ui.server.guard import Files, Guard
from gradio_app.ui.server.login import Login
from gradio_app.ui.server.routes import ROUTES, TOOL_ROUTES
from gradio_app.ui.server.sessions import BoundedQueue, BoundedSessions
from gradio_app.ui.server.storage import Storage
from gradio_app.ui.theme import film_theme
from gradio_app.workers import Turns

__all__ = ["build_app"]

_STATIC = Path(__file__).parents[1] / "static"
_EXAMPLES = Path(__file__).parents[2] / "examples"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_SECONDS_BETWEEN_SWEEPS = 60


def build_app(
    page: gr.Blocks,
    classifier: FilmClassifier,
    turns: Turns,
    storage: Storage,
    host: str,
    *,
    login: Login | None = None,
    mcp: bool = False,
) -> Guard:
    """Return the app that serves a page, for uvicorn.

    Args:
        page: as `build_ui` returns it.
        classifier: reads the films that tools are asked for.
        turns: those of the page.
        storage: keeps uploads and results.
        host: address that will be listened on. If only this machine reaches it, requests for other
            names are refused, but for that of `GRADIO_ROOT_PATH`.
        login: who may come in; everyone if None.
        mcp: offer the functions as tools of the Model Context Protocol, too.
    """
    root_path = os.environ.get("GRADIO_ROOT_PATH")
    outer = urlsplit(root_path or "").hostname
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.router.routes.extend(own_routes(storage, _STATIC / "icon.png"))
    if mcp:
        _add_tools(app, classifier, turns)
    _mount(app, page, root_path, login)
    app.router.lifespan_context = _with_sweeps(app, storage)
    return Guard(
        app,
        (*ROUTES, *(TOOL_ROUTES if mcp else ())),
        Files([storage.folder, _EXAMPLES]),
        _own_names(host, outer),
        outer,
        login,
    )


def _mount(app: FastAPI, page: gr.Blocks, root_path: str | None, login: Login | None) -> None:
    page.api_open = False  # what waits for its turn cannot be called past the queue
    page._queue = BoundedQueue(page)
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        auth=login.check if login else None,
        root_path=root_path,
        max_file_size=MAX_UPLOAD_BYTES,
        footer_links=["api"],
        run_history=False,
        show_error=False,
        enable_monitoring=False,
        ssr_mode=False,
        mcp_server=False,
        pwa=True,
        theme=film_theme(),
        css_paths=sorted(_STATIC.glob("*.css")),
        favicon_path=str(_STATIC / "icon.png"),
    )
    (gradio_app,) = [each for each in _mounted(app) if isinstance(each, App)]
    gradio_app.state_holder = BoundedSessions()
    gradio_app.state_holder.set_blocks(page)
    page.app = page.server_app = gradio_app
    page.has_launched = True  # only then does gradio refuse files that nobody uploaded
    page._queue.set_server_app(gradio_app)
    if login is not None:
        cookies = ("access-token", "access-token-unsecure")
        login.use(gradio_app.tokens, tuple(f"{each}-{gradio_app.cookie_id}" for each in cookies))


def _add_tools(app: FastAPI, classifier: FilmClassifier, turns: Turns) -> None:
    from gradio_app.ui.tools import build_tools  # mcp is in requirements-mcp.txt

    tools = build_tools(classifier, turns)
    app.mount("/gradio_api/mcp", tools)


def _own_names(host: str, outer: str | None) -> Set[str] | None:
    if host.strip("[]") not in _LOOPBACK:
        return None
    return _LOOPBACK | ({outer} if outer else set())


def _mounted(app: FastAPI) -> list[Starlette]:
    apps: list[Any] = [route.app for route in app.routes if isinstance(route, Mount)]
    return apps


def _with_sweeps(app: FastAPI, storage: Storage) -> Callable[[Any], Any]:
    """Return what happens around the app's life: gradio's own, the tools', and the sweeping."""
    inner = app.router.lifespan_context
    others = [each for each in _mounted(app) if not isinstance(each, App)]

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(inner(app))
            for other in others:
                await stack.enter_async_context(other.router.lifespan_context(other))
            sweeping = asyncio.create_task(_sweep(storage))
            yield
            sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await sweeping

    return lifespan


async def _sweep(storage: Storage) -> None:
    while True:
        await run_in_threadpool(storage.sweep)
        await asyncio.sleep(_SECONDS_BETWEEN_SWEEPS)
