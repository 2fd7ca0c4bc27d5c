"""The fixtures of the app's tests: the committed models, drawn posters, real processes."""

import csv
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from gradio_app.classifier import FilmClassifier

ROOT = Path(__file__).parents[2]

#: Seconds; the machine may be busy, and importing gradio alone takes five.
PATIENCE = 180


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def classifier() -> FilmClassifier:
    return FilmClassifier.from_dir(ROOT / "onnx_models")


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A copy of the models to damage."""
    return Path(shutil.copytree(ROOT / "onnx_models", tmp_path / "models"))


@pytest.fixture(scope="session")
def draw_poster() -> Callable[[int], Image.Image]:
    """Draws a small poster; another number gives another picture."""

    def draw(number: int) -> Image.Image:
        poster = Image.linear_gradient("L").resize((60, 90))
        poster = Image.merge("RGB", (poster.rotate(90 * number), poster, poster.rotate(180)))
        ImageDraw.Draw(poster).ellipse(
            (5 * (number % 8), 20, 40, 70), fill=(200, 25 * (number % 9), 40)
        )
        return poster

    return draw


@pytest.fixture
def film_folder(tmp_path: Path, draw_poster: Callable[[int], Image.Image]) -> Path:
    """films.csv and posters/: one film with each kind of poster file and one without any."""
    folder = tmp_path / "films"
    (folder / "posters").mkdir(parents=True)
    films = [("tt1", "jpg"), ("tt2", "jpeg"), ("tt3", "png"), ("tt4", "webp"), ("tt5", None)]
    with (folder / "films.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["imdb_id", "overview"])
        for number, (film_id, suffix) in enumerate(films):
            table.writerow([film_id, f"Detective number {number} hunts a ghost, again."])
            if suffix:
                draw_poster(number).save(folder / "posters" / f"{film_id}.{suffix}")
    return folder


@pytest.fixture(scope="session")
def run_app() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `python -m gradio_app` with arguments; keywords are environment variables."""

    def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "gradio_app", *map(str, arguments)],
            cwd=ROOT,
            env=_environment(environment),
            capture_output=True,
            check=False,
            text=True,
            timeout=PATIENCE,
        )

    return run


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    def find() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]

    return find


@pytest.fixture(scope="session")
def start_server(
    free_port: Callable[[], int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., str]]:
    """Starts `python ARGUMENTS` on a free port; returns its address once the page is served.

    Keywords are environment variables; `account` is the number of another user, for root alone.
    """
    processes: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str, account: int | None = None, **environment: str) -> str:
        folder = tmp_path_factory.mktemp("server")
        port = str(free_port())
        own = {"GRADIO_SERVER_PORT": port, "GRADIO_TEMP_DIR": str(folder / "uploads")}
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [*_as_account(account), sys.executable, *arguments],
                cwd=ROOT,
                env=_environment(own | environment),
                stdout=log,
                stderr=log,
            )
        processes.append(process)
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + PATIENCE
        while not _answers(address):
            ended = process.poll() is not None or time.monotonic() > deadline
            assert not ended, (folder / "log").read_text()
            time.sleep(0.2)
        return address

    yield start
    for process in processes:
        process.kill()
        process.wait()


def _as_account(account: int | None) -> list[str]:
    """The words that make a command another user's, who can read the program wherever it lies."""
    if account is None:
        return []
    ids = [f"--reuid={account}", f"--regid={account}", "--clear-groups"]
    return ["setpriv", *ids, "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]


@pytest.fixture(scope="session")
def served(
    classifier: FilmClassifier, free_port: Callable[[], int], tmp_path_factory
) -> Iterator[tuple[object, str]]:
    """The running page, in this process, and its address."""
    from gradio_app.ui.server.serve import serve  # gradio takes seconds to import

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("uploads")))
        port = free_port()
        page = serve(classifier, ROOT / "onnx_models", "127.0.0.1", port, block=False)
        yield page, f"http://127.0.0.1:{port}"
        page.close()


@pytest.fixture(scope="session")
def browser():
    from tests.app.ui.page import open_browser

    with open_browser() as opened:
        yield opened


@pytest.fixture
def page(browser, served):
    from tests.app.ui.page import watched_page

    with watched_page(browser, served[1]) as opened:
        yield opened


@pytest.fixture(scope="session")
def poster(draw_poster: Callable[[int], Image.Image], tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("posters") / "poster.png"
    draw_poster(5).save(file)
    return file


@pytest.fixture(scope="session")
def text_file(tmp_path_factory) -> Path:
    """A text that is called like a picture."""
    file = tmp_path_factory.mktemp("posters") / "shopping.jpg"
    file.write_text("This is a shopping list.")
    return file


def _environment(changes: dict[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if "GRADIO" not in name}
    return inherited | changes


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=10) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False
