"""The Space: the command of docs/usage.md uploads it, and what arrives is served by `app.py`."""

import os
import shlex
import subprocess
import sys
import urllib.request
from collections.abc import Callable

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from gradio_app.classifier import FilmClassifier
from tests.app.hub import MOST_GIT_BYTES, Hub, hub
from tests.app.watch import Watch, watch
from tests.documents import ROOT, blocks

OVERVIEW = "A ghost haunts the crew of a space ship."


@pytest.fixture(scope="module")
def command() -> list[str]:
    """The one command, as the page has it."""
    page = (ROOT / "docs" / "usage.md").read_text("utf-8")
    lines = [
        line for block in blocks(page, "sh") for line in block.replace("\\\n", "").splitlines()
    ]
    (found,) = [line for line in lines if line.startswith("hf upload")]
    return shlex.split(found)


@pytest.fixture(scope="module")
def space(command: list[str], tmp_path_factory: pytest.TempPathFactory) -> Hub:
    """What the Hub has received when that command has run in the clone."""
    with hub(tmp_path_factory.mktemp("space")) as received:
        # Without Xet, whose protocol only the Hub itself speaks, large files go by Git LFS.
        own = {"HF_ENDPOINT": received.address, "HF_TOKEN": "none", "HF_HUB_DISABLE_XET": "1"}
        done = subprocess.run(
            [sys.executable, "-m", "huggingface_hub.cli.hf", *command[1:]],
            cwd=ROOT,
            env=os.environ | own | {"HF_HUB_DISABLE_TELEMETRY": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return received


def test_a_space_is_made(space: Hub):
    assert [(each["type"], each["sdk"]) for each in space.created] == [("space", "gradio")]


def test_it_is_the_clone_byte_for_byte(space: Hub):
    sizes = space.by_git | space.apart
    assert {"app.py", "README.md", "requirements.txt", "LICENSE"} <= sizes.keys()
    for name in sizes:
        assert (space.folder / name).read_bytes() == (ROOT / name).read_bytes(), name


def test_nothing_else_is_sent(space: Hub):
    """Neither caches, nor data, nor environments that lie in a clone."""
    tops = {name.split("/")[0] for name in space.by_git | space.apart}
    folders = {top for top in tops if (ROOT / top).is_dir()}
    assert folders == {"gradio_app", "onnx_models", "docs"}
    assert not [name for name in space.by_git if name.endswith(".pyc")]


def test_names_and_sizes_are_such_that_the_hub_takes_them(space: Hub):
    for name in space.by_git | space.apart:
        assert name.isascii()
        assert name.isprintable()
        assert " " not in name
    assert all(size <= MOST_GIT_BYTES for size in space.by_git.values())
    assert all(size > MOST_GIT_BYTES for size in space.apart.values())  # others need no LFS
    assert sum((space.by_git | space.apart).values()) < 1_000_000_000  # free for everyone


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Watch:
    return watch(tmp_path_factory.mktemp("watch"))


@pytest.fixture(scope="module")
def address(start_server: Callable[..., str], space: Hub, watched: Watch) -> str:
    return start_server(str(space.folder / "app.py"), **watched.environment)


def test_it_serves_the_page(address: str):
    with urllib.request.urlopen(address) as response:
        assert response.status == 200
        assert "Film genres" in response.read().decode()


def test_it_classifies_and_calls_no_other_machine(
    address: str, watched: Watch, classifier: FilmClassifier
):
    client = Client(address, verbose=False)
    poster = next((ROOT / "gradio_app" / "examples").glob("*.jpg"))
    document = client.predict(handle_file(poster), OVERVIEW, api_name="/classify")
    expected = classifier.predict(poster, OVERVIEW).combined.top(1)
    assert next(iter(document["combined"])) == expected[0][0]

    web_address = {"path": "http://posters.example/1.jpg", "meta": {"_type": "gradio.FileData"}}
    with pytest.raises(AppError, match="not an address"):
        client.predict(web_address, OVERVIEW, api_name="/classify")

    assert watched.seen(), "the audit hook saw not even gradio's question whether its server is up"
    assert watched.elsewhere() == []
