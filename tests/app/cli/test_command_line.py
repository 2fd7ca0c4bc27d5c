"""`python -m gradio_app` in processes of its own."""

import csv
import json
import re
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


def test_classify_several_posters(run_app: Run, classifier: FilmClassifier, film_folder: Path):
    first, second = (film_folder / "posters" / name for name in ("tt1.jpg", "tt3.png"))
    broken = film_folder / "films.csv"
    finished = run_app("classify", "--poster", first, broken, "--poster", second, "--json")
    assert (finished.returncode, finished.stderr) == (3, "")
    films = json.loads(finished.stdout)
    assert [film["file"] for film in films] == [str(first), str(broken), str(second)]
    assert "not a readable picture" in films[1]["error"]
    for film in (films[0], films[2]):
        assert film["genres"] == classifier.predict(Path(film["file"])).combined.chosen()
    finished = run_app("classify", "--poster", first, second)
    assert finished.returncode == 0
    headings = [block.splitlines()[0] for block in finished.stdout.split("\n\n")]
    assert headings == [str(first), str(second)]


@pytest.mark.parametrize("place", ["file", "-"])
def test_classify_an_overview_of_a_file(run_app: Run, place: str, root: Path, tmp_path: Path):
    file = tmp_path / "overview.txt"
    file.write_text("\ufeff" + OVERVIEW + "\n", "utf-8")
    command = [sys.executable, "-m", "gradio_app", "classify", "--overview-file"]
    with file.open("rb") as content:
        finished = subprocess.run(
            [*command, str(file) if place == "file" else "-"],
            cwd=root, stdin=content, capture_output=True, text=True, check=True,
        )  # fmt: skip
    assert finished.stdout == run_app("classify", "--overview", OVERVIEW).stdout
    assert "not as both" in failure(
        run_app("classify", "--overview", OVERVIEW, "--overview-file", file)
    )
    assert "cannot be read" in failure(run_app("classify", "--overview-file", tmp_path / "none"))
    file.write_bytes(b"\xff\xfe")
    assert "not UTF-8" in failure(run_app("classify", "--overview-file", file))
    file.write_text("\u9b3c" * 1_000_000, "utf-8")  # 3 MB: no cut through a character
    assert "more than the 100,000" in failure(run_app("classify", "--overview-file", file))


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX closes it")
def test_classify_without_standard_input(root: Path):
    command = f'"{sys.executable}" -m gradio_app classify --overview-file - <&-'
    closed = subprocess.run(
        command, shell=True, cwd=root, capture_output=True, text=True, check=False
    )
    assert closed.returncode == 1
    assert closed.stderr == "Standard input is closed; give the overview as a file.\n"


def test_classify_top_and_notes(run_app: Run):
    finished = run_app("classify", "--overview", "a ghost " * 60, "--top", 5)
    overview, _, _, note = finished.stdout.splitlines()
    assert overview.count("%") == 5
    assert note == "note      The overview has 120 words, of which the first 100 were read."


def test_classify_explains(run_app: Run, film_folder: Path):
    poster = film_folder / "posters" / "tt1.jpg"
    finished = run_app("classify", "--poster", poster, "--overview", OVERVIEW, "--explain", "War")
    *_, why, speaks_for, speaks_against, part = finished.stdout.splitlines()
    assert why.startswith("why       War")
    assert "+" in speaks_for
    assert "-" in speaks_against.removeprefix("  against")
    assert part.startswith("  poster  most in row ")
    finished = run_app("classify", "--overview", OVERVIEW, "--explain", "--json")
    document = json.loads(finished.stdout)
    likeliest = next(iter(document["combined"]))
    assert document["explanation"]["genre"] == likeliest
    assert len(document["explanation"]["overview"]["words"]) == 8
    assert "There is no genre 'Wra'" in failure(
        run_app("classify", "--overview", OVERVIEW, "--explain", "Wra")
    )


# --- batch --------------------------------------------------------------------------------------


def test_batch(run_app: Run, film_folder: Path):
    (film_folder / "posters" / "tt2.jpeg").write_text("no picture")
    output = film_folder / "out.csv"
    finished = run_app(
        "batch", film_folder / "films.csv", "--posters", film_folder / "posters", "--output", output
    )
    assert (finished.returncode, finished.stderr) == (3, "Posters read for 3 of 5 films.\n")
    counts = "1 with an error, 0 with a note (columns error and note)"
    assert finished.stdout == f"5 films written to {output}; {counts}.\n"
    with output.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == ["tt1", "tt2", "tt3", "tt4", "tt5"]
    assert [bool(row["error"]) for row in rows] == [False, True, False, False, False]


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_batch_from_a_zip_to_another_format(run_app: Run, film_folder: Path, suffix: str):
    archive = shutil.make_archive(str(film_folder / "all"), "zip", film_folder / "posters")
    output = film_folder / f"out{suffix}"
    finished = run_app("batch", film_folder / "films.csv", "--posters", archive, "--output", output)
    assert finished.stdout.startswith(f"5 films written to {output}; 0 with an error, 0 with")
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


def test_batch_from_standard_input_to_standard_output(run_app: Run, root: Path, film_folder: Path):
    table = (film_folder / "films.csv").read_bytes()
    command = [sys.executable, "-m", "gradio_app", "batch", "-", "--output", "-"]
    finished = subprocess.run(command, cwd=root, input=table, capture_output=True, check=True)
    output = film_folder / "out.csv"
    assert run_app("batch", film_folder / "films.csv", "--output", output).returncode == 0
    assert finished.stdout == output.read_bytes()
    assert finished.stderr.decode().startswith("5 films written to standard output; 0 with")


def test_batch_to_a_reader_that_leaves(root: Path, film_folder: Path):
    command = f"{sys.executable} -m gradio_app batch {film_folder}/films.csv --output - | head -0"
    finished = subprocess.run(
        ["bash", "-c", command], cwd=root, capture_output=True, text=True, check=False
    )
    assert len(finished.stderr.splitlines()) <= 1


def test_batch_with_notes_is_strict_where_that_is_wanted(run_app: Run, tmp_path: Path):
    table, output = tmp_path / "films.csv", tmp_path / "out.csv"
    table.write_text(f"id,overview\n1,{'a ghost ' * 60}\n")
    assert run_app("batch", table, "--output", output).returncode == 0
    finished = run_app("batch", table, "--output", output, "--strict", "--quiet")
    assert (finished.returncode, finished.stdout, finished.stderr) == (3, "", "")


def test_batch_in_a_terminal_that_lacks_letters(run_app: Run, film_folder: Path):
    output = film_folder / "映画.csv"
    finished = run_app(
        "batch", film_folder / "films.csv", "--output", output, PYTHONIOENCODING="cp1252"
    )
    assert (finished.returncode, finished.stderr) == (0, "")
    assert finished.stdout.startswith("5 films written to ")
    assert output.exists()


@pytest.mark.parametrize("columns", ["overview", "=plot", "overview=", "a=b,"])
def test_batch_with_columns_that_say_nothing(run_app: Run, film_folder: Path, columns: str):
    table = film_folder / "films.csv"
    arguments = ["--output", film_folder / "out.csv", f"--columns={columns}"]
    message = failure(run_app("batch", table, *arguments))
    assert "--columns" in message or "no use for a column" in message


@pytest.mark.parametrize("suffix", [".csv", ".html"])
def test_batch_with_an_audit(run_app: Run, suffix: str, tmp_path: Path):
    table, report = tmp_path / "films.csv", tmp_path / f"audit{suffix}"
    lists = ["Horror|Western"] * 15 + ["Comedy|Western"] * 5
    overview = "A demon haunts a house and kills a family."
    rows = [f"{number},{overview},{genres}\n" for number, genres in enumerate(lists)]
    table.write_text("id,overview,genres\n" + "".join(rows))
    finished = run_app("batch", table, "--output", tmp_path / "out.csv", "--audit", report)
    assert finished.returncode == 0
    assert "20 films audited: " in finished.stderr
    assert "the models do not know: Western (20 films)." in finished.stderr
    assert "Horror" in report.read_text("utf-8")
    if suffix == ".csv":
        with report.open(encoding="utf-8", newline="") as file:
            kinds = {(row["genre"], row["kind"]) for row in csv.DictReader(file)}
        assert ("Horror", "missing") in kinds


def test_batch_with_an_audit_that_cannot_be_written(run_app: Run, film_folder: Path):
    table, output = film_folder / "films.csv", film_folder / "out.csv"
    command = ("batch", table, "--output", output, "--audit")
    assert "says no format for an audit" in failure(run_app(*command, film_folder / "audit.txt"))
    assert "name another audit" in failure(run_app(*command, output))
    assert not output.exists()


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


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's memory, and Linux' account of it")
def test_classify_gives_memory_back(root: Path, film_folder: Path):
    code = (
        "import pathlib, sys\n"
        "from gradio_app.__main__ import main\n"
        "main(sys.argv[1:])\n"
        "print(pathlib.Path('/proc/self/status').read_text())\n"
    )
    poster = film_folder / "posters" / "tt1.jpg"
    command = ["classify", "--poster", poster, "--overview", "A ghost haunts a house."]
    printed = subprocess.check_output([sys.executable, "-c", code, *command], cwd=root, text=True)
    peak = re.search(r"VmHWM:\s+(\d+) kB", printed)
    assert peak is not None
    assert int(peak[1]) < 175 * 1024  # 190 MB where the sessions' leftovers are kept
