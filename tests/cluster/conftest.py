"""A catalogue as Parquet, what `batch` makes of it, and runs of the command."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pyarrow.parquet
import pytest
from PIL import Image

from gradio_app.__main__ import main

ROOT = Path(__file__).parents[2]

#: Seconds; Ray starts a dozen processes, and the machine may be busy.
PATIENCE = 300

_N_FILMS = 240


@pytest.fixture(scope="session")
def models() -> Path:
    return ROOT / "onnx_models"


@pytest.fixture(scope="session")
def posters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of posters: two large ones, so that films take their time, and odd files."""
    folder = tmp_path_factory.mktemp("catalogue") / "posters"
    folder.mkdir()
    ramp = Image.linear_gradient("L").resize((1000, 1500))
    for name, picture in {
        "tt0.JPG": Image.merge("RGB", (ramp, ramp.rotate(90), ramp.rotate(180))),
        "night.png": Image.merge("RGB", (ramp.rotate(180), ramp, ramp)).quantize(),
    }.items():
        picture.save(folder / name)
    (folder / "tt1.jpg").write_bytes((folder / "tt0.JPG").read_bytes()[:300])
    (folder / "tt2.txt").write_text("no picture")
    return folder


@pytest.fixture(scope="session")
def films() -> pd.DataFrame:
    """Films of which every seventh is odd in some way."""
    odd: list[dict[str, object]] = [
        {"poster": None, "overview": None},
        {"overview": "N/A"},
        {"overview": "映画"},
        {"poster": "nowhere.jpg"},
        {"overview": "A ghost haunts a house. " * 30},
        {"overview": "?!"},
        {"poster": "tt1.jpg"},
    ]
    rows = []
    for number in range(_N_FILMS):
        row = {
            "imdb_id": f"tt{number}",
            "overview": f"Detective number {number} hunts a ghost through the winter.",
            "poster": ("tt0.JPG", "night.png")[number % 2] if number > 2 else "",
            "year": float(1990 + number % 30) if number % 5 else None,
            "title": f"Film {number}",
        }
        rows.append(row | (odd[number // 7 % len(odd)] if number % 7 == 0 else {}))
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def table(films: pd.DataFrame, posters: Path) -> Path:
    file = posters.with_name("films.parquet")
    films.to_parquet(file, row_group_size=100)
    return file


@pytest.fixture(scope="session")
def batch_rows(table: Path, posters: Path) -> list[dict[str, object]]:
    """The rows that `batch` writes on one machine."""
    output = table.with_name("batch.parquet")
    arguments = ["batch", table, "--posters", posters, "--output", output, "--keep-columns"]
    assert main([*map(str, arguments), "--quiet"]) == 3
    return read(output)


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `python -m gradio_app batch ... --engine ray` in a process of its own."""
    # A program in the background of a shell begins without it, and so would those that it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    processes: list[subprocess.Popen[str]] = []

    def run(*arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "gradio_app", "batch", *map(str, arguments)]
        process = subprocess.Popen(
            [*command, "--engine", "ray"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield run
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=PATIENCE)


@pytest.fixture(autouse=True)
def _no_token(monkeypatch: pytest.MonkeyPatch):
    """Whoever runs the tests may have a cluster of their own."""
    for name in [name for name in os.environ if name.startswith("RAY_")]:
        monkeypatch.delenv(name)


def read(output: Path) -> list[dict[str, object]]:
    return pyarrow.parquet.read_table(output).to_pylist()


def assert_same(rows: list[dict[str, object]], expected: list[dict[str, object]]):
    """The same columns, films in order, texts and counts; probabilities within 1e-5."""
    assert [row["id"] for row in rows] == [row["id"] for row in expected]
    for row, other in zip(rows, expected, strict=True):
        assert list(row) == list(other)
        for name, cell in row.items():
            if isinstance(cell, float):
                assert cell == pytest.approx(other[name], abs=1e-5), (row["id"], name)
            else:
                assert cell == other[name], (row["id"], name)


def pictures(films: pd.DataFrame, posters: Path) -> list[bytes | None]:
    """The files of the posters that films name; None where there is none."""
    names = films["poster"].fillna("").tolist()
    files = {path.name: path.read_bytes() for path in posters.iterdir()}
    return [files.get(name) for name in names]
