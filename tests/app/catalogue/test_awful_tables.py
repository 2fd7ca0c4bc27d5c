"""Awful tables are read, or refused with one sentence, in little time and memory."""

import csv
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gradio_app.catalogue.sources.rows.bounds import Bounds
from gradio_app.catalogue.sources.rows.reader import Rows
from gradio_app.catalogue.sources.table import open_table
from gradio_app.catalogue.uploaded.opening import open_catalogue
from gradio_app.classifier import FilmClassifier
from gradio_app.errors import InputError
from gradio_app.limits import MAX_CATALOGUE_PARQUET_BYTES
from scripts.reliability.corpus.case import Answer, Case, Refusal
from scripts.reliability.corpus.tables import cases, large_cases
from tests.app.catalogue.run import run

resource = pytest.importorskip("resource")  # Windows has no such module

CASES, LARGE = cases(), large_cases()
SECONDS = 10  # of processor time, on a slow machine; nearly all take a tenth of one

#: Opens a table as the page does; prints by how many KiB the memory has grown. Not by `ru_maxrss`:
#: a process has that of the one that started it, too.
OPEN = """
import re, sys
from pathlib import Path
from gradio_app.catalogue.uploaded.opening import open_catalogue
from gradio_app.errors import InputError

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

before = peak()
try:
    open_catalogue(Path(sys.argv[1]), [], Path(sys.argv[2]))
except InputError as error:
    print(error, file=sys.stderr)
print(peak() - before)
"""


def names(all_cases: list[Case]) -> list[str]:
    return [case.name for case in all_cases]


def check_sentence(sentence: str, expected: Refusal) -> None:
    assert re.search(expected.sentence, sentence), sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")
    assert len(sentence) < 500


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_a_table_is_read_or_refused(case: Case, classifier: FilmClassifier, tmp_path: Path):
    table, output = tmp_path / case.name, tmp_path / "out.csv"
    case.make(table)
    begin = time.process_time()
    if isinstance(case.expected, Answer):
        summary = run(classifier, table, None, output)
        rows = list(csv.DictReader(output.open(encoding="utf-8", newline="")))
        assert summary.n_films == len(rows)
        assert [row["id"] for row in rows] in ([], ["1"])
        assert not any(row["error"] for row in rows)
    else:
        with pytest.raises(InputError) as caught:
            open_table(table)
        check_sentence(str(caught.value), case.expected)
        assert not output.exists()
    assert time.process_time() - begin < SECONDS


@pytest.mark.parametrize("case", LARGE, ids=names(LARGE))
def test_the_page_takes_no_more_than_it_can_hold(case: Case, tmp_path: Path):
    table = tmp_path / case.name
    case.make(table)
    begin = time.process_time()
    with pytest.raises(InputError) as caught:
        open_catalogue(table, [], tmp_path)
    assert isinstance(case.expected, Refusal)
    check_sentence(str(caught.value), case.expected)
    assert time.process_time() - begin < SECONDS


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
@pytest.mark.parametrize(
    "name",
    [
        *("garbage of letters.csv", "200,000 columns.csv", "a million cells.csv"),
        *("a line of 1 GB.csv", "a head of 1 GB.csv", "a line of 6 MB.jsonl"),
        *("1 GB of zeros.csv.gz", "a bomb in a bomb.csv.gz", "200,000 names.jsonl"),
        *("2,000 columns and 20,001 rows.csv.gz", "20 million rows of one letter.csv"),
    ],
)
def test_little_memory_is_taken(name: str, tmp_path: Path, root: Path):
    (case,) = [case for case in (*CASES, *LARGE) if case.name == name]
    case.make(tmp_path / name)
    command = [sys.executable, "-c", OPEN, str(tmp_path / name), str(tmp_path)]
    done = subprocess.run(command, cwd=root, capture_output=True, check=True, text=True)
    assert isinstance(case.expected, Refusal)
    check_sentence(done.stderr.strip(), case.expected)
    assert int(done.stdout) < 100_000  # KiB


@pytest.mark.skipif(sys.platform != "linux", reason="no limit of memory elsewhere")
def test_the_memory_of_whoever_reads_a_parquet_file_is_bounded(tmp_path: Path):
    (case,) = [case for case in CASES if case.name == "a billion rows.parquet"]
    case.make(tmp_path / case.name)
    with pytest.raises(InputError, match="takes too much memory; write it in smaller row groups"):
        open_table(tmp_path / case.name, bounds=Bounds(memory=MAX_CATALOGUE_PARQUET_BYTES))


def test_a_parquet_file_that_kills_its_reader_is_one_sentence(tmp_path: Path, monkeypatch):
    (case,) = [case for case in CASES if case.name == "as it should be.parquet"]
    case.make(tmp_path / case.name)
    killer = tmp_path / "python"
    killer.write_text("#!/bin/sh\nkill -SEGV $$\n")
    killer.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(killer))
    with pytest.raises(InputError, match="not a readable Parquet file"):
        open_table(tmp_path / case.name)


def test_whoever_stops_reading_a_parquet_file_ends_its_process(tmp_path: Path, monkeypatch):
    (case,) = [case for case in CASES if case.name == "as it should be.parquet"]
    case.make(tmp_path / case.name)
    started = []

    class Noted(subprocess.Popen):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    films = iter(Rows(tmp_path / case.name))
    next(films)
    films.close()
    (process,) = started
    assert process.returncode is not None
