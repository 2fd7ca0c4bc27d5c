"""The benchmarks compare what predicts alike, count as they say, and run."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import SECTIONS, with_section
from benchmarks.compared.instead import needed, package_bytes
from benchmarks.compared.keras_models import KerasModels, rebuild_models
from benchmarks.many_films import batch, memory
from benchmarks.timing import in_turn, milliseconds, spread
from gradio_app.artifact import load_artifact
from gradio_app.catalogue.sources.table import open_table
from gradio_app.readers import READERS, Reader

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "performance.md").read_text("utf-8")


def run_benchmark(name: str, *arguments: object) -> str:
    """What a benchmark prints."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", *map(str, arguments)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def rows_of(text: str) -> dict[str, list[str]]:
    """The rows of all tables in a text, by their first cell."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|")
    ]
    return {first: others for first, *others in rows}


@pytest.fixture(scope="module")
def keras_models() -> KerasModels:
    return rebuild_models(ROOT / "onnx_models")


@pytest.fixture(scope="module")
def inputs() -> dict[str, dict[str, np.ndarray]]:
    """Inputs of each kind of model: noise, flat pictures, any number of words, either reader."""
    rng = np.random.default_rng(1)
    flat = np.broadcast_to(np.array([0, 97, 255]).reshape(3, 1, 1, 1), (3, 240, 160, 3))
    posters = np.concatenate([flat, rng.integers(0, 256, (5, 240, 160, 3))])
    words = rng.integers(1, 30_000, (9, 100))
    words[np.arange(100) >= np.array([1, 2, 3, 20, 44, 51, 98, 99, 100])[:, None]] = 0
    present = np.repeat([[1, 1], [1, 0], [0, 1]], 4, axis=0)
    poster, overview = rng.uniform(-9, 9, (2, len(present), 19)).astype(np.float32)
    logits = {"poster_logits": poster, "overview_logits": overview}
    return {
        "poster": {"poster": posters.astype(np.float32)},
        "overview": {"overview": words.astype(np.int32)},
        "fusion": logits | {"present": present.astype(np.float32)},
    }


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.kind)
def test_keras_predicts_as_the_shipped_models(reader: Reader, keras_models: KerasModels, inputs):
    session = load_artifact(ROOT / "onnx_models" / reader.folder, reader.kind).session
    expected = session.run(None, inputs[reader.kind])[0]
    given = list(inputs[reader.kind].values())
    predicted = getattr(keras_models, reader.kind).predict(
        given if len(given) > 1 else given[0], verbose=0
    )
    assert expected.std() > 0.01
    assert np.abs(predicted - expected).max() < 1e-4


@pytest.fixture
def times() -> dict[str, np.ndarray]:
    """Two slices, the second of which has half as many films, in two rounds, the slow one of
    which is no one's fault."""

    def seconds(clock: float, cpu: float) -> np.ndarray:
        slices = np.array([1.0, 0.5]).reshape(2, 1, 1)
        rounds = np.array([1.0, 3.0]).reshape(1, 2, 1)
        return slices * rounds * np.array([clock, cpu])

    parts = dict.fromkeys(batch.PARTS, seconds(1.0, 1.0))
    return parts | {
        batch.ONE: seconds(6.0, 5.5),
        batch.TWO: seconds(3.0, 6.0),
        batch.LOOP: seconds(7.5, 7.5),
        batch.KERAS: seconds(30.0, 60.0),
        batch.SUM: seconds(5.0, 5.0),
    }


def test_the_fastest_round_of_each_slice_counts(times):
    n_films = batch.SLICE * 3 // 2
    rows = rows_of(batch.films_a_second(times, n_films))
    speed, every_round, cpu, cpus = rows[batch.TWO]
    assert float(speed) == pytest.approx(batch.SLICE / 3, rel=0.01)
    assert float(every_round.split()[0]) == pytest.approx(batch.SLICE / 3 * 2 / 3, rel=0.01)
    assert float(cpu) == pytest.approx(6000 / batch.SLICE, rel=0.01)
    assert float(cpus) == 2.0


def test_ratios_are_of_the_fastest_rounds(times):
    rows = rows_of(batch.ratios(times, batch.SLICE * 3 // 2))
    assert [row[0] for row in rows.values()][2:] == ["2.00", "1.20", "1.10", "2.50", "10.00", "162"]
    parts = rows_of(batch.milliseconds_of_parts(times, batch.SLICE * 3 // 2))
    assert float(parts["tokenise"][0]) == pytest.approx(1000 / batch.SLICE, abs=0.01)


def test_films_without_poster_or_overview_are_left_out(made_films):
    with batch.open_source(made_films / "films.csv", made_films / "posters") as source:
        films = list(batch.films_with_both(source))
        assert len(films) == 60
        part = batch.part_of(source, films[7:9])
    assert [film.id for film in part.films] == ["tt7", "tt8"]
    assert [part.find_poster(film).name for film in part.films] == ["tt7.jpg", "tt8.jpg"]
    assert len(part.posters.unused()) == 0
    assert not part.find_poster(films[0])


def test_many_films_can_be_compared(made_films):
    printed = run_benchmark("many_films.batch", "--data", made_films, "--films", 14, "--rounds", 1)
    rows = rows_of(printed)
    for name in (batch.ONE, batch.TWO, batch.LOOP, batch.KERAS, batch.SUM, *batch.PARTS):
        assert float(rows[name][0]) > 0
    total = sum(float(rows[name][0]) for name in batch.PARTS)
    assert total == pytest.approx(float(rows_of(printed)["sum of the parts"][0]), abs=0.05)
    assert "14 films in 1 slices, 1 rounds" in printed
    assert rows.keys() == rows_of(PAGE).keys() & rows.keys()


def test_memory_can_be_compared():
    printed = run_benchmark("many_films.memory", "--films", 10, 120, "--workers", 1)
    lines = [line for line in printed.splitlines() if line.startswith("| .")]
    assert len(lines) == len(memory.FORMATS)
    for line, (source, result) in zip(lines, memory.FORMATS, strict=True):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        assert cells[:2] == [source, result]
        few, many = map(float, cells[2:4])
        assert 50 < few < 1000
        assert 50 < many < 1000
        assert f"| {source} | {result} |" in PAGE


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_made_table_is_always_the_same(suffix: str, tmp_path: Path):
    table = tmp_path / f"films{suffix}"
    memory.write_table(table, 201)
    films = list(open_table(table))
    assert [film.id for film in films] == [f"made-{number}" for number in range(201)]
    assert [bool(film.poster) for film in films] == [number % 100 == 0 for number in range(201)]
    assert all((memory.POSTERS / film.poster).is_file() for film in films if film.poster)
    assert [film.overview for film in films] == [row[1] for row in memory.made_films(201)]


def test_calls_are_taken_in_turn():
    seen = []
    calls = {name: lambda number, name=name: seen.append((number, name)) for name in "abc"}
    times = in_turn(calls, 4)
    assert {name: values.shape for name, values in times.items()} == dict.fromkeys("abc", (4,))
    rounds = [seen[at : at + 3] for at in range(0, len(seen), 3)]
    assert all({name for _, name in each} == set("abc") for each in rounds)
    assert len({each[0][1] for each in rounds}) == 3  # another one begins
    assert sorted({number for number, _ in seen if number >= 0}) == [0, 1, 2, 3]


def test_ratios_are_taken_round_by_round():
    times = {"one": np.array([1.0, 2.0, 30.0]), "other": np.array([2.0, 4.0, 60.0])}
    rows = rows_of(milliseconds(times, "one"))
    assert rows["one"] == ["2.00 (1.50 to 16.00)", "29.4", "1.00"]
    assert rows["other"][-1] == "2.00"
    assert spread(times["other"]).startswith("4.00")


def test_each_section_of_the_page_has_the_command_that_printed_it():
    titles = {section.title: name for name, section in SECTIONS.items()}
    sections = PAGE.split("\n## ")[1:]
    assert len(sections) > 6
    for section in sections:
        name = titles[section.partition("\n")[0]]
        assert f"`python -m benchmarks.{name} {SECTIONS[name].arguments}".strip() in section


def test_a_section_is_measured_anew_and_the_others_stay():
    page = with_section(PAGE, "limit", "| measured | just now |")
    assert "| measured | just now |" in page
    one, other = PAGE.split("## The limit\n")
    assert page.startswith(one)
    assert page.endswith(other[other.index("\n## ") :])
    assert with_section(page, "limit", "| measured | just now |") == page


def test_one_film_can_be_compared(made_films):
    rows = rows_of(run_benchmark("one_film", "--data", made_films, "--rounds", 2))
    for name in batch.PARTS:
        assert float(rows[name][0].split()[0]) > 0
    assert rows.keys() <= rows_of(PAGE).keys()


@pytest.mark.parametrize("name", ["scaling", "start"])
def test_a_benchmark_prints_the_rows_of_its_section(name: str):
    rows = rows_of(run_benchmark(name, "--rounds", 1))
    assert len(rows) > 3
    assert rows.keys() <= rows_of(PAGE).keys()


def test_the_limit_is_below_what_is_measured():
    rows = rows_of(run_benchmark("limit"))
    for name, millions in (("poster CNN", 300.6), ("overview LSTM", 35.4)):
        counted, least, measured, ratio, _ = map(float, rows[name])
        assert counted == millions
        assert least < measured
        assert ratio == pytest.approx(measured / least, abs=0.2)
    assert {"Conv", "LSTM"} <= rows.keys()


def test_the_size_of_what_is_installed():
    packages = needed(["onnxruntime", "tokenizers"])
    assert {"onnxruntime", "tokenizers", "numpy"} <= packages
    assert "tensorflow" not in packages
    assert 10e6 < sum(map(package_bytes, packages)) < 1e9
