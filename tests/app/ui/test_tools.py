"""The functions as tools of the Model Context Protocol: files as data, answers as JSON."""

import asyncio
import base64
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client
from starlette.testclient import TestClient

from gradio_app.classifier import FilmClassifier
from gradio_app.ui.tools import build_tools
from gradio_app.workers import Turns

OVERVIEW = "A ghost haunts the crew of a space ship."


@pytest.fixture(scope="module")
def address(start_server: Callable[..., str]) -> str:
    return start_server("-m", "gradio_app", "--mcp", "--no-browser")


def use(address: str, *calls: tuple[str, dict[str, Any]]) -> tuple[list[Any], list[Any]]:
    """The tools that there are, and the results of calls, one after another."""

    async def ask() -> tuple[list[Any], list[Any]]:
        async with (
            streamablehttp_client(f"{address}/gradio_api/mcp/") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            tools = await session.list_tools()
            return tools.tools, [await session.call_tool(*call) for call in calls]

    # In a thread of its own: the browser of other tests keeps an event loop in this one.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, ask()).result()


def test_catalogues_let_tools_go_first(classifier: FilmClassifier, monkeypatch: pytest.MonkeyPatch):
    turns, seen = Turns(), []
    predict = FilmClassifier.predict

    def watched(*arguments: Any) -> Any:
        seen.append(turns._n_single)
        return predict(*arguments)

    monkeypatch.setattr(FilmClassifier, "predict", watched)
    call = {"name": "classify", "arguments": {"overview": OVERVIEW}}
    with TestClient(build_tools(classifier, turns)) as client:
        answer = client.post(
            "/",
            json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call},
            headers={"Accept": "application/json, text/event-stream"},
        )
    assert not answer.json()["result"]["isError"]
    assert seen == [1]


def test_the_answers_are_those_of_the_library(
    address: str, classifier: FilmClassifier, poster: Path
):
    data = base64.b64encode(poster.read_bytes()).decode()
    tools, results = use(
        address,
        ("classify", {"poster": data, "overview": OVERVIEW}),
        ("classify", {"poster": f"data:image/png;base64,{data}"}),
        ("explain", {"overview": OVERVIEW, "genre": "Horror"}),
    )
    assert sorted(tool.name for tool in tools) == ["classify", "explain"]
    both, alone, reasons = (json.loads(result.content[0].text) for result in results)
    assert both == classifier.predict(poster, OVERVIEW).as_document()
    assert alone["genres"] == classifier.predict(poster).combined.chosen()
    assert reasons["genre"] == "Horror"
    assert not any(result.isError for result in results)


def test_files_are_described(address: str):
    tools, _ = use(address)
    for tool in tools:
        described = tool.inputSchema["properties"]["poster"]
        assert described["type"] == "string"
        assert "in base64" in described["description"]
        assert "not fetched" in described["description"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({}, "Give a poster, an overview, or both."),
        ({"poster": "http://192.0.2.1/a.png"}, "Give the poster as a picture file in base64."),
        ({"poster": "/etc/passwd"}, "Give the poster as a picture file in base64."),
        ({"poster": "file:///etc/passwd"}, "Give the poster as a picture file in base64."),
        ({"poster": "data:image/png;base64,AAAA"}, "not a readable picture"),
        ({"overview": "a" * 100_001}, "The overview has 100,001 characters"),
    ],
)
def test_what_cannot_be_answered(address: str, arguments: dict[str, str], sentence: str):
    _, (result,) = use(address, ("classify", arguments))
    assert result.isError
    assert sentence in result.content[0].text
    assert "Traceback" not in result.content[0].text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_foreign_names_and_pages_are_refused(address: str, headers, status: int):
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    accept = {"Accept": "application/json, text/event-stream"}
    answer = httpx.post(f"{address}/gradio_api/mcp/", json=ping, headers=headers | accept)
    assert answer.status_code == status
    assert httpx.post(f"{address}/gradio_api/mcp/", json=ping, headers=accept).status_code == 200
