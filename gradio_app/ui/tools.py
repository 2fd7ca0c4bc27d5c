"""The same predictions as tools of the Model Context Protocol.

Files are part of a call, written in base64: no address is fetched, and no file of this machine is
read. Needs requirements-mcp.txt.
"""

import base64
import binascii
from typing import Annotated, Any

import anyio
from mcp.server.fastmcp import FastMCP
from mcp.server.fastmcp.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import Field
from starlette.applications import Starlette

from gradio_app.classifier import FilmClassifier
from gradio_app.errors import InputError
from gradio_app.explain import find_evidence
from gradio_app.preprocessing import NamedBytes
from gradio_app.workers import Turns

__all__ = ["build_tools"]

_Poster = Annotated[
    str,
    Field(
        description="The poster: a JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF file in base64, with or "
        'without "data:image/...;base64," before it. "" without a poster. Addresses are not '
        "fetched."
    ),
]
_Overview = Annotated[str, Field(description="What the film is about, in English.")]
_Genre = Annotated[str, Field(description='A genre that the models know; "" for the likeliest.')]

#: Calls of tools that are answered at a time.
_AT_A_TIME = 2


def build_tools(classifier: FilmClassifier, turns: Turns) -> Starlette:
    """Return the app that offers the tools, to be mounted.

    It keeps no sessions, and answers in JSON. Who may ask, the guard decides.
    """
    server = FastMCP(
        "Film genres",
        streamable_http_path="/",
        stateless_http=True,
        json_response=True,
        log_level="ERROR",
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    limiter = anyio.Semaphore(_AT_A_TIME)

    def in_turn(function: Any, *arguments: Any) -> dict[str, Any]:
        with turns.single():
            answered: dict[str, Any] = function(classifier, *arguments)
            return answered

    async def answer(function: Any, *arguments: Any) -> dict[str, Any]:
        async with limiter:
            try:
                return await anyio.to_thread.run_sync(in_turn, function, *arguments)
            except InputError as error:
                raise ToolError(str(error)) from error

    @server.tool()
    async def classify(poster: _Poster = "", overview: _Overview = "") -> dict[str, Any]:
        """Film genres of a poster, an overview, or both.

        Gives all probabilities (0..1) by genre, best first, of the readings "poster", "overview"
        and "combined" (null where that input is missing), and the suggested "genres".
        """
        return await answer(_classify, poster, overview)

    @server.tool()
    async def explain(
        poster: _Poster = "", overview: _Overview = "", genre: _Genre = ""
    ) -> dict[str, Any]:
        """What in a film's poster and overview speaks for and against a genre.

        Gives the "genre", and by how much its logit falls when a word of the "overview" is hidden
        ("weight") and when a part of the "poster" is (rows of parts, from the top left).
        """
        return await answer(_explain, poster, overview, genre)

    return server.streamable_http_app()


def _classify(classifier: FilmClassifier, poster: str, overview: str) -> dict[str, Any]:
    return classifier.predict(_decoded(poster), overview).as_document()


def _explain(classifier: FilmClassifier, poster: str, overview: str, genre: str) -> dict[str, Any]:
    picture = _decoded(poster)
    evidence = find_evidence(classifier, picture, overview)
    genre = genre or classifier.predict(picture, overview).combined.top(1)[0][0]
    return evidence.as_document(genre)


def _decoded(poster: str) -> NamedBytes | None:
    if not poster.strip():
        return None
    text = poster.partition(",")[2] if poster.startswith("data:") else poster
    try:
        # The guard takes no request that could hold more than a poster may have.
        return NamedBytes(base64.b64decode(text, validate=True), "given")
    except (binascii.Error, ValueError) as error:
        raise InputError("Give the poster as a picture file in base64.") from error
