"""`python -m gradio_app batch LIBRARY`: films of a library, and genres into its NFO files."""

import csv
import difflib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.make_library import make_library

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def library(tmp_path: Path) -> Path:
    make_library(tmp_path / "library")
    return tmp_path / "library"


def contents(library: Path) -> dict[Path, bytes]:
    files = (path for path in sorted(library.rglob("*")) if path.is_file())
    return {path: path.read_bytes() for path in files if path.suffix != ".bak"}


def text(content: bytes) -> str:
    return content.decode("utf-16" if content[:2] == b"\xff\xfe" else "utf-8", "replace")


def changed_lines(before: bytes, after: bytes) -> list[str]:
    texts = (text(content).splitlines() for content in (before, after))
    return [line for line in difflib.ndiff(*texts) if line[:2] in ("+ ", "- ")]


def test_dry_run_write_and_write_again(run_app: Run, library: Path, tmp_path: Path):
    arguments = ("batch", library, "--output", tmp_path / "genres.csv", "--write-nfo")
    before = contents(library)
    dry = run_app(*arguments)
    assert dry.returncode == 3  # three NFO files cannot be read
    assert (
        "NFO files: 42 would be written, 4 unchanged, 3 refused. This was a dry run" in dry.stderr
    )
    assert contents(library) == before
    planned = [
        line for line in dry.stdout.splitlines() if line.startswith("+") and "<genre>" in line
    ]

    written = run_app(*arguments, "--apply")
    assert "NFO files: 42 written, 4 unchanged, 3 refused.\n" in written.stderr
    after = contents(library)
    assert after.keys() == before.keys()
    changed = [path for path in before if before[path] != after[path]]
    assert len(changed) == 42
    added = [line for path in changed for line in changed_lines(before[path], after[path])]
    assert all("<genre>" in line for line in added if line.startswith("+ "))
    assert sum(line.count("<genre>") for line in planned) == sum(
        text(after[path]).count("<genre>") - text(before[path]).count("<genre>") for path in changed
    )
    for path in changed:
        assert path.with_name(path.name + ".bak").read_bytes() == before[path]

    again = run_app(*arguments, "--apply")
    assert "NFO files: 46 unchanged, 3 refused.\n" in again.stderr
    assert contents(library) == after


def test_every_film_has_a_row_and_what_is_none_is_told(run_app: Run, library: Path, tmp_path: Path):
    output = tmp_path / "genres.csv"
    finished = run_app("batch", library, "--output", output, "--keep-columns")
    assert "49 films written" in finished.stdout
    assert "Left out, television shows, seasons and episodes: 4 (" in finished.stderr
    with output.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 49
    assert all(row["genres"] or row["error"] or row["top3_combined"] for row in rows)
    assert {"title", "year", "path", "nfo", "poster"} <= rows[0].keys()
    assert sum(bool(row["top3_poster"]) for row in rows) > 20


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--write-nfo"], "is no folder of films with NFO files"),
        (["--apply"], "belong to --write-nfo"),
        (["--replace-genres"], "belong to --write-nfo"),
    ],
)
def test_what_belongs_to_a_library(
    run_app: Run, film_folder: Path, arguments: list[str], reason: str
):
    table, output = film_folder / "films.csv", film_folder / "out.csv"
    finished = run_app("batch", table, "--output", output, *arguments)
    assert finished.returncode == 1
    assert reason in finished.stderr
    assert not output.exists()


def test_a_library_in_a_zip_file_is_read_as_its_folder(run_app: Run, library: Path, tmp_path: Path):
    file = Path(shutil.make_archive(str(tmp_path / "library"), "zip", library))
    rows = []
    for source in (library, file):
        output = tmp_path / f"{source.name}.csv"
        finished = run_app("batch", source, "--output", output)
        assert finished.returncode in (0, 3), finished.stderr
        rows.append(list(csv.DictReader(output.open(encoding="utf-8", newline=""))))
    of_folder, of_zip = rows
    assert [row["id"] for row in of_zip] == [row["id"] for row in of_folder]
    assert [row["genres"] for row in of_zip] == [row["genres"] for row in of_folder]
    before = file.read_bytes()
    refused = run_app("batch", file, "--output", tmp_path / "out.csv", "--write-nfo", "--apply")
    assert "is no folder of films with NFO files" in refused.stderr
    assert file.read_bytes() == before
