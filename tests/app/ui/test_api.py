"""The page as programs use it: gradio's client, plain HTTP, the Model Context Protocol."""

import json
import os
import socket
import urllib.request
from pathlib import Path

import pytest
from gradio.utils import get_upload_folder
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from gradio_app.classifier import FilmClassifier
from gradio_app.errors import GenreAppError, InputError
from gradio_app.ui.uploads import uploaded_file
from tests.app.ui.page import event

OVERVIEW = "A ghost haunts the crew of a space ship."
FILE = {"_type": "gradio.FileData"}


@pytest.fixture(scope="module")
def client(served) -> Client:
    return Client(served[1], verbose=False)


def test_the_functions_are_typed_and_documented(client: Client):
    endpoints = client.view_api(return_format="dict")["named_endpoints"]
    assert set(endpoints) == {"/classify", "/explain", "/classify_many"}
    for name, endpoint in endpoints.items():
        assert endpoint["description"], name
        assert all(parameter["python_type"]["type"] for parameter in endpoint["parameters"])


@pytest.mark.parametrize(
    ("with_poster", "overview"), [(True, ""), (True, None), (False, OVERVIEW), (True, OVERVIEW)]
)
def test_answers_are_the_classifiers(
    client: Client,
    classifier: FilmClassifier,
    poster: Path,
    with_poster: bool,
    overview: str | None,
):
    given = handle_file(poster) if with_poster else None
    answer = client.predict(poster=given, overview=overview, api_name="/classify")
    expected = classifier.predict(poster if with_poster else None, overview).as_document()
    assert answer["genres"] == expected["genres"]
    for name in ("poster", "overview", "combined"):
        assert list(answer[name] or ()) == list(expected[name] or ())
        assert answer[name] == (expected[name] and pytest.approx(expected[name], abs=1e-6))


def test_the_reasons_are_those_of_the_likeliest_genre_unless_one_is_named(
    client: Client, classifier: FilmClassifier, poster: Path
):
    answer = client.predict(handle_file(poster), OVERVIEW, api_name="/explain")
    assert answer["genre"] == classifier.predict(poster, OVERVIEW).combined.top(1)[0][0]
    assert [word["word"] for word in answer["overview"]["words"]] == [
        word.strip(".") for word in OVERVIEW.split()
    ]
    of_horror = client.predict(None, OVERVIEW, "Horror", api_name="/explain")
    assert (of_horror["genre"], of_horror["poster"]) == ("Horror", None)
    weights = {word["word"]: word["weight"] for word in of_horror["overview"]["words"]}
    assert max(weights, key=weights.__getitem__) in ("ghost", "haunts")
    with pytest.raises(AppError, match="Polka"):
        client.predict(None, OVERVIEW, "Polka", api_name="/explain")


@pytest.mark.parametrize(
    ("overview", "sentence"),
    [
        ("", "Give a poster, an overview, or both."),
        (" \n", "Give a poster, an overview, or both."),
        ("?!", "The overview holds no word; write a sentence or two about the film."),
        ("a" * 200_000, "The overview has 200,000 characters, more than the 100,000"),
    ],
)
@pytest.mark.parametrize("function", ["/classify", "/explain"])
def test_what_cannot_be_answered(client: Client, function: str, overview: str, sentence: str):
    with pytest.raises(AppError) as caught:
        client.predict(None, overview, api_name=function)
    assert sentence in str(caught.value)


def test_an_unreadable_poster(client: Client, text_file: Path):
    with pytest.raises(AppError, match=r"shopping\.jpg is not a readable picture"):
        client.predict(handle_file(text_file), OVERVIEW, api_name="/classify")


def test_a_poster_of_too_many_bytes(client: Client, poster: Path, tmp_path: Path):
    large = tmp_path / "large.png"
    large.write_bytes(poster.read_bytes() + bytes(30_000_001))
    with pytest.raises(AppError, match="more than 30 MB"):
        client.predict(handle_file(large), OVERVIEW, api_name="/classify")


def test_it_can_be_installed_as_an_app(served):
    with urllib.request.urlopen(f"{served[1]}/manifest.json") as response:
        manifest = json.load(response)
    assert manifest["name"] == "Film genres"
    assert manifest["display"] == "standalone"
    sizes = {icon["sizes"] for icon in manifest["icons"]}
    assert {"192x192", "512x512"} <= sizes
    for icon in manifest["icons"]:
        with urllib.request.urlopen(f"{served[1]}{icon['src']}") as response:
            assert Image.open(response).width in (192, 512)


@pytest.mark.parametrize("function", ["classify", "explain"])
def test_only_uploads_are_read(served, poster: Path, function: str):
    """Another file of the server, though a good picture, is out of reach."""

    genre = [] if function == "classify" else [""]
    assert event(served[1], function, [None, OVERVIEW, *genre]) == b"event: complete"
    for outside in (
        {"path": str(poster), "meta": FILE},
        {"path": str(poster)},
        {"path": os.path.join(get_upload_folder(), "..", "passwd")},
        {"path": "a\0b"},
        {"url": "data:image/png;base64,AAAA"},
        {},
        str(poster),
        7,
    ):
        assert event(served[1], function, [outside, OVERVIEW, *genre]) == b"event: error", outside
    for no_text in (7, ["a"], {"a": "b"}):
        assert event(served[1], function, [None, no_text, *genre]) == b"event: error", no_text


def test_an_upload_with_a_name_that_no_file_can_have():
    path = f"{get_upload_folder()}/{'a' * 5_000}"
    with pytest.raises(InputError, match="The uploaded poster has expired; choose it again"):
        uploaded_file({"path": path}, "poster")


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")])
def test_a_port_in_use(classifier: FilmClassifier, root: Path, host: str, shown: str):
    from gradio_app.ui.server.serve import serve

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as other:
        port = other.getsockname()[1]
        with pytest.raises(GenreAppError) as caught:
            serve(classifier, root / "onnx_models", host, port, block=False)
    assert f"cannot be served on {shown}:{port};" in str(caught.value)
