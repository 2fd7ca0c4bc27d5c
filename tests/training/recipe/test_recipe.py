"""People's own genres: one command makes models of 300 films, and the page serves them."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client, handle_file
from sklearn.metrics import average_precision_score

from gradio_app import FilmClassifier
from tests.documents import ROOT
from tests.training.recipe.invented import GENRES, make_invented_films
from training.data.films import read_films
from training.data.labels import label_matrix

OFFLINE = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}


def recipe(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    arguments = ["--data", "films", "--to", "mine", "--epochs", "2", *more]
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    return subprocess.run(
        [sys.executable, "-m", "training", "recipe", *arguments],
        cwd=folder,
        env={**os.environ, **OFFLINE, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """The folder where the recipe was made of invented films."""
    folder = tmp_path_factory.mktemp("recipe")
    make_invented_films(folder / "films")
    done = recipe(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return folder


@pytest.fixture(scope="module")
def classifier(made) -> FilmClassifier:
    return FilmClassifier.from_dir(made / "mine" / "models")


def test_the_readers_are_better_than_chance_on_films_held_back(made, classifier):
    assert list(classifier.genres) == GENRES
    films = [film for film in read_films(made / "films") if film.split == "test"]
    labels = label_matrix(films, GENRES)
    readings = [classifier.predict(film.poster, film.overview) for film in films]
    for name in ("poster", "overview", "combined"):
        probabilities = np.array([getattr(each, name).probabilities for each in readings])
        shuffled = np.random.default_rng(1).permuted(np.tile(probabilities, (200, 1, 1)), axis=1)
        chance = [average_precision_score(labels, each) for each in shuffled]
        assert average_precision_score(labels, probabilities) > max(chance), name


def test_the_page_serves_these_genres(made, classifier, monkeypatch, tmp_path):
    from gradio_app.ui.server.serve import serve  # gradio takes seconds to import

    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    page = serve(classifier, made / "mine" / "models", "127.0.0.1", port, block=False)
    try:
        film = next(film for film in read_films(made / "films") if film.split == "test")
        client = Client(f"http://127.0.0.1:{port}", verbose=False)
        answer = client.predict(handle_file(film.poster), film.overview, api_name="/classify")
    finally:
        page.close()
    assert set(answer["combined"]) == set(GENRES)
    assert set(answer["genres"]) <= set(GENRES)


def test_nothing_is_done_twice_and_the_summary_says_what_was(made):
    again = recipe(made)
    assert re.findall(r"^\[\d/6\] (\w+): (.+)$", again.stdout, re.MULTILINE) == [
        (name, "is done")
        for name in ("poster", "overview", "fusion", "export", "evaluation", "cards")
    ]
    page = (made / "mine" / "summary.md").read_text("utf-8")
    assert ", ".join(GENRES) in page
    assert "python -m gradio_app --models mine/models" in page
    for name in ("poster CNN", "overview LSTM", "fused"):
        assert page.count(f"| {name} |") == 2
    for linked in re.findall(r"\]\((.+?)\)", page):
        assert (made / "mine" / linked).exists()


def test_nothing_is_said_of_films_that_these_are_not(made):
    pages = [made / "mine" / "evaluation.md", *(made / "mine" / "models").glob("*/README.md")]
    assert len(pages) == 4
    for page in pages:
        text = page.read_text("utf-8")
        assert not re.search("1983|2015|cut alphabetically|Thriller|TMDB", text), page
