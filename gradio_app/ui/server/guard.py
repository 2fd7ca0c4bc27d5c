"""What stands before gradio: which requests are let in, how large and how slow they may be.

A thin layer of ASGI. It refuses what gradio would answer, and adds the headers that tell a browser
to ask no other machine.
"""

import asyncio
import time
from collections.abc import Collection, Set
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gradio_app.limits import MIN_BYTES_PER_SECOND, PIECE_SECONDS, REQUEST_SECONDS
from gradio_app.ui.server.login import Login
from gradio_app.ui.server.routes import Route, find_route

__all__ = ["Files", "Guard", "RefusedError"]

_FILE_ROUTE = "/gradio_api/file="

#: A browser asks nobody but this server, whatever may stand in the page. Only Hugging Face may show
#: a page in a frame, as its Spaces do.
_POLICY = "; ".join(
    (
        "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:",
        "frame-ancestors 'self' https://huggingface.co https://*.hf.space",
        "form-action 'self'",
        "base-uri 'self'",
        "object-src 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class RefusedError(Exception):
    """A request is not answered; with a status of HTTP and one sentence."""

    def __init__(self, status: int, sentence: str):
        super().__init__(sentence)
        self.status = status


class Files:
    """Which paths may be asked for; addresses are none of them.

    >>> Files([Path("gradio_app/examples")]).may_be_read("/etc/passwd")
    False
    """

    def __init__(self, folders: Collection[Path]):
        """Know the folders whose files may be read."""
        self._folders = [folder.resolve() for folder in folders]

    def may_be_read(self, path: str) -> bool:
        """Return whether it is a file in one of the folders, by whatever way the path leads."""
        try:
            file = Path(path).resolve()
            return file.is_file() and any(file.is_relative_to(each) for each in self._folders)
        except (OSError, ValueError):  # too long a name, or one with a NUL
            return False


@dataclass(frozen=True)
class Guard:
    """An ASGI app that hands on what may be answered.

    Attributes:
        app: answers.
        routes: those that are open.
        files: which files may be handed out.
        hosts: names that requests may be addressed to; None where the server cannot know its own.
            A foreign name comes from a browser that was led here by a foreign page (DNS rebinding).
        outer: the name under which a web server before this one serves the page; None without.
        login: who may come in; None where everyone may.
    """

    app: ASGIApp
    routes: tuple[Route, ...]
    files: Files
    hosts: Set[str] | None
    outer: str | None
    login: Login | None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or refuse one request."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        response = _Response(send)
        try:
            route = self._admit(scope)
            body = _Body(receive, route.max_bytes, response)
            async with asyncio.timeout(None if route.lasts else REQUEST_SECONDS):
                await self.app(scope, body.receive, response.send)
        except (RefusedError, TimeoutError) as error:
            if not response.started:
                response.refused = None
                await _refuse(error)(scope, receive, response.send)

    def _admit(self, scope: Scope) -> Route:
        headers = Headers(scope=scope)
        self._check_host(headers)
        route = find_route(self.routes, scope["method"], scope["path"])
        if route is None:
            raise RefusedError(404, "There is nothing here.")
        if self.login is not None and not route.before_login and not self.login.knows(headers):
            raise RefusedError(401, "Log in first.")
        if scope["path"].startswith(_FILE_ROUTE):
            self._check_file(scope["path"].removeprefix(_FILE_ROUTE))
        _check_length(headers, route.max_bytes)
        return route

    def _check_host(self, headers: Headers) -> None:
        names = (headers.get("host", ""), *headers.getlist("x-forwarded-host"))
        hosts = {_split(f"//{each}").hostname for each in names}
        if self.hosts is not None and not self.hosts >= hosts:
            raise RefusedError(421, "This server does not answer to that name.")
        if "origin" in headers and not self._is_own(headers):
            raise RefusedError(403, "Other pages may not use this server.")

    def _is_own(self, headers: Headers) -> bool:
        origin, host = headers["origin"], headers.get("host", "")
        if self.outer is not None and _split(origin).hostname == self.outer:
            return True
        return _split(origin).netloc in {host, headers.get("x-forwarded-host", host)} - {""}

    def _check_file(self, path: str) -> None:
        if not self.files.may_be_read(path):
            raise RefusedError(403, "That file is not handed out.")


def _split(address: str) -> SplitResult:
    """Return the parts of an address, all empty where it is none."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def _check_length(headers: Headers, most: int) -> None:
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > most:
        raise _too_large(most)


def _too_large(most: int) -> RefusedError:
    return RefusedError(413, f"The request has more than {most:,} bytes; send less.")


def _refuse(error: RefusedError | TimeoutError) -> PlainTextResponse:
    if isinstance(error, TimeoutError):
        return PlainTextResponse("The request took too long; try again.", 408, _CLOSE)
    return PlainTextResponse(str(error), error.status, _CLOSE)


#: What was not read of a body must not be taken for the next request.
_CLOSE = {"Connection": "close"}


class _Body:
    """Passes a request's body on as long as it is small and quick enough."""

    def __init__(self, receive: Receive, most: int, response: "_Response"):
        self._receive = receive
        self._response = response
        self._most = most
        self._n_bytes = 0
        self._begin = time.monotonic()
        self._ended = False

    async def receive(self) -> Message:
        if self._ended:  # now it waits for the caller to leave, however long
            return await self._receive()
        try:
            return await self._next()
        except (RefusedError, TimeoutError) as error:
            self._response.refused = error  # whoever reads the body may take it for any other error
            raise

    async def _next(self) -> Message:
        message = await asyncio.wait_for(self._receive(), PIECE_SECONDS)
        self._n_bytes += len(message.get("body", b""))
        self._ended = not message.get("more_body", False)
        if self._n_bytes > self._most:
            raise _too_large(self._most)
        seconds = time.monotonic() - self._begin
        if seconds > PIECE_SECONDS and self._n_bytes < seconds * MIN_BYTES_PER_SECOND:
            raise TimeoutError
        return message


class _Response:
    """Passes a response on, with the headers for its safety, unless the request was refused."""

    def __init__(self, send: Send):
        self._send = send
        self.started = False
        self.refused: RefusedError | TimeoutError | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if self.refused is not None:
                raise self.refused
            self.started = True
            MutableHeaders(scope=message).update(_HEADERS)
        await asyncio.wait_for(self._send(message), PIECE_SECONDS)
