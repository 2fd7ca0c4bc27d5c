"""`python -m gradio_app` in processes of its own."""

import csv
import json
import shutil
import socket
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from gradio_app.__main__ import main
from gradio_app.classifier import FilmClassifier
from gradio_app.readers import FOLDERS

OVERVIEW = "Two detectives hunt a ghost through the winter."

Run = Callable[..., subprocess.CompletedProcess[str]]


def failure(finished: subprocess.CompletedProcess[str]) -> str:
    """The one line with which a command fails."""
    assert finished.returncode == 1, finished.stderr
    assert finished.stdout == ""
    (line,) = finished.stderr.splitlines()
    assert line.endswith(".")
    return line


# --- classify -----------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_classify_as_text(run_app: Run, classifier: FilmClassifier, film_folder: Path, suffix: str):
    poster = next((film_folder / "posters").glob(f"*.{suffix}"))
    finished = run_app("classify", "--poster", poster, "--overview", OVERVIEW)
    assert (finished.returncode, finished.stderr) == (0, "")

    film = classifier.predict(poster, OVERVIEW)
    readings = {"poster": film.poster, "overview": film.overview, "combined": film.combined}
    lines = dict(line.split(maxsplit=1) for line in finished.stdout.splitlines())
    assert list(lines) == [*readings, "genres"]
    for name, reading in readings.items():
        listed = ", ".join(f"{genre} {value:.0%}" for genre, value in reading.top(3))
        assert lines[name] == listed
    assert lines["genres"] == (", ".join(film.combined.chosen()) or "none is likely enough")


def test_classify_as_json(run_app: Run, classifier: FilmClassifier):
    finished = run_app("classify", "--overview", OVERVIEW, "--json")
    document = json.loads(finished.stdout)
    film = classifier.predict(overview=OVERVIEW)
    assert document["poster"] is None
    assert document["genres"] == film.combined.chosen()
    expected = dict(zip(film.combined.genres, film.combined.probabilities, strict=True))
    for reader in ("overview", "combined"):
        assert document[reader] == pytest.approx(expected, abs=1e-6)
        assert list(document[reader]) == [genre for genre, _ in film.combined.top(1000)]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "Give a poster, an overview, or both."),
        (["--overview", " "], "Give a poster, an overview, or both."),
        (["--overview", "?!"], "holds no word"),
        (["--overview", "a" * 100_001], "100,001 characters"),
        (["--poster", "nowhere.jpg"], "no poster file nowhere.jpg"),
        (["--poster", "app.py"], "app.py is not a readable picture"),
        (["--poster", "."], "not a readable picture"),
    ],
)
def test_classify_what_cannot_be_read(run_app: Run, arguments: list[str], reason: str):
    assert reason in failure(run_app("classify", *arguments))


@pytest.mark.parametrize("width", [60_000, 8_000, 10_000])
def test_pillows_own_warnings_stay_out(run_app: Run, width: int, tmp_path: Path):
    header = b"IHDR" + struct.pack(">IIBBBBB", width, 10_000, 8, 2, 0, 0, 0)
    bomb = tmp_path / "bomb.png"
    bomb.write_bytes(
        b"\x89PNG\r\n\x1a\n\0\0\0\r"
        + header
        + struct.pack(">I", zlib.crc32(header))
        + b"\0\0\0\0IDAT"
    )
    assert "more than the 50,000,000" in failure(run_app("classify", "--poster", bomb))


# --- batch --------------------------------------------------------------------------------------


def test_batch(run_app: Run, film_folder: Path):
    (film_folder / "posters" / "tt2.jpeg").write_text("no picture")
    output = film_folder / "out.csv"
    finished = run_app(
        "batch", film_folder / "films.csv", "--posters", film_folder / "posters", "--output", output
    )
    assert (finished.returncode, finished.stderr) == (0, "")
    assert finished.stdout == f"5 films written to {output}; 1 with an error (last column).\n"
    with output.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == ["tt1", "tt2", "tt3", "tt4", "tt5"]
    assert [bool(row["error"]) for row in rows] == [False, True, False, False, False]


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_batch_from_a_zip_to_another_format(run_app: Run, film_folder: Path, suffix: str):
    archive = shutil.make_archive(str(film_folder / "all"), "zip", film_folder / "posters")
    output = film_folder / f"out{suffix}"
    finished = run_app("batch", film_folder / "films.csv", "--posters", archive, "--output", output)
    assert finished.stdout == f"5 films written to {output}; 0 with an error (last column).\n"
    assert output.read_bytes()[:4] == {".jsonl": b'{"id', ".parquet": b"PAR1"}[suffix]


@pytest.mark.parametrize(
    ("table", "posters", "output"),
    [
        ("nowhere.csv", "posters", "out.csv"),
        ("films.csv", "nowhere", "out.csv"),
        ("films.csv", "posters", "nowhere/out.csv"),
        ("films.csv", "posters", "films.csv"),
        ("films.csv", "posters", "out.xlsx"),
        ("films.csv", "films.csv", "out.csv"),
    ],
)
def test_batch_that_cannot_run(
    run_app: Run, film_folder: Path, table: str, posters: str, output: str
):
    table, posters, output = (film_folder / name for name in (table, posters, output))
    failure(run_app("batch", table, "--posters", posters, "--output", output))


# --- models -------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [True, False])
def test_models_before_or_after_the_command(run_app: Run, tmp_path: Path, before: bool):
    models, command = ["--models", tmp_path / "nowhere"], ["classify", "--overview", OVERVIEW]
    arguments = [*models, *command] if before else [*command, *models]
    assert str(tmp_path / "nowhere") in failure(run_app(*arguments))


def test_other_models_are_used(run_app: Run, models: Path):
    file = models / FOLDERS["overview"] / "spec.json"
    assert run_app("classify", "--models", models, "--overview", OVERVIEW).returncode == 0
    file.write_text(file.read_text("utf-8")[:-9], "utf-8")
    assert str(file) in failure(run_app("classify", "--models", models, "--overview", OVERVIEW))
    assert str(file) in failure(run_app("serve", "--models", models))


def test_it_leaves_no_trace_and_reports_nothing(run_app: Run, tmp_path: Path):
    """onnxruntime's telemetry begins with an identifier of the machine in the user's cache."""
    own = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "CI": ""}
    done = run_app("classify", "--overview", "A ghost haunts a house.", **own)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.rglob("*")) == []


# --- serve --------------------------------------------------------------------------------------


@pytest.mark.parametrize("port", ["0", "-1", "65536", "99999", "http", "9" * 5_000])
@pytest.mark.parametrize("given", ["option", "environment"])
def test_a_port_that_is_none(
    port: str, given: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GRADIO_SERVER_PORT", port if given == "environment" else "7860")
    assert main(["serve", f"--port={port}"] if given == "option" else []) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{port!r} is no port; ")


def test_serve_where_the_environment_says(start_server: Callable[..., str], run_app: Run):
    address = start_server("-m", "gradio_app", "serve", GRADIO_SERVER_NAME="0.0.0.0")
    port = int(address.rpartition(":")[2])
    if sys.platform != "darwin":  # elsewhere 127.0.0.2 is this machine as well, and not the default
        with socket.create_connection(("127.0.0.2", port), timeout=10):
            pass

    message = failure(run_app("serve", "--port", port))
    assert message == (
        f"The page cannot be served on 127.0.0.1:{port}; choose another --port or --host."
    )


@pytest.mark.parametrize("options", [[], ["--no-browser"]])
def test_the_browser_opens_where_there_is_a_display_unless_told(
    start_server: Callable[..., str], tmp_path: Path, options: list[str]
):
    opened = tmp_path / "opened"
    browser = tmp_path / "browser.py"
    browser.write_text(f"import sys\nopen({str(opened)!r}, 'a').write(sys.argv[1])\n", "utf-8")
    command = f"{Path(sys.executable).as_posix()} {browser.as_posix()} %s"
    address = start_server("-m", "gradio_app", *options, DISPLAY=":99", BROWSER=command)
    deadline = time.monotonic() + (3 if options else 60)
    while time.monotonic() < deadline and not (opened.exists() and opened.stat().st_size):
        time.sleep(0.1)
    assert opened.exists() == (not options)
    if not options:
        assert opened.read_text("utf-8").rstrip("/") == address


def test_mcp_without_its_package_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], root: Path
):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("GRADIO_SERVER_PORT", "7869")
    assert main(["--mcp", "--no-browser"]) == 1
    message = capsys.readouterr().err
    assert message == "--mcp needs one more package: pip install -r requirements-mcp.txt.\n"
    assert (root / "requirements-mcp.txt").is_file()
