"""`app.py`, as a Space starts it: the page is served, and the server calls no other machine."""

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from gradio_app.classifier import FilmClassifier

OVERVIEW = "A ghost haunts the crew of a space ship."

# Python runs a module of this name at its start. An audit hook sees every connection and every
# look-up of a host, whichever library makes it.
_SITECUSTOMIZE = """
import json, os, sys

def record(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        target = arguments[0] if event == "socket.getaddrinfo" else arguments[1]
        with open(os.environ["CONNECTIONS"], "a") as file:
            print(json.dumps([event, str(target)]), file=file)

sys.addaudithook(record)
"""


@pytest.fixture(scope="module")
def connections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """File to which the server writes to whom it connects."""
    return tmp_path_factory.mktemp("audit") / "connections"


@pytest.fixture(scope="module")
def address(start_server: Callable[..., str], connections: Path) -> str:
    hook = connections.parent / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(_SITECUSTOMIZE)
    return start_server("app.py", PYTHONPATH=str(hook), CONNECTIONS=str(connections))


def test_it_serves_the_page(address: str):
    with urllib.request.urlopen(address) as response:
        assert response.status == 200
        assert "Film genres" in response.read().decode()


def test_it_classifies_and_calls_no_other_machine(
    address: str, connections: Path, classifier: FilmClassifier, root: Path
):
    client = Client(address, verbose=False)
    poster = next((root / "gradio_app" / "examples").glob("*.jpg"))
    document = client.predict(handle_file(poster), OVERVIEW, api_name="/classify")
    expected = classifier.predict(poster, OVERVIEW).combined.top(1)
    assert next(iter(document["combined"])) == expected[0][0]

    web_address = {"path": "http://posters.example/1.jpg", "meta": {"_type": "gradio.FileData"}}
    with pytest.raises(AppError, match="not an address"):
        client.predict(web_address, OVERVIEW, api_name="/classify")

    seen = [json.loads(line) for line in connections.read_text().splitlines()]
    assert seen, "the audit hook saw not even gradio's question whether its server is up"
    local = ("127.0.0.1", "('127.0.0.1'", "localhost")
    assert [call for call in seen if not call[1].startswith(local)] == []
