"""`batch --engine ray`: on a Ray of its own, on three machines of which one dies, and refused."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from gradio_app.__main__ import main
from gradio_app.catalogue.cluster import run_on_cluster
from gradio_app.catalogue.results import Layout
from gradio_app.classifier import FilmClassifier
from tests.cluster.conftest import PATIENCE, ROOT, assert_same, pictures, read
from tests.documents import commands

# isort: split
import psutil  # Ray brings it, once it is imported
from ray.cluster_utils import Cluster

Start = Callable[..., subprocess.Popen[str]]

_OBJECT_STORE_BYTES = 80_000_000


def end(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of a run."""
    output, errors = process.communicate(timeout=PATIENCE)
    return process.returncode, output, errors


def wait_for(condition: Callable[[], object], process: subprocess.Popen[str]):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_run_on_this_machine(
    start: Start, table: Path, posters: Path, batch_rows: list[dict[str, object]], tmp_path: Path
):
    output = tmp_path / "genres.parquet"
    process = start(table, "--posters", posters, "--output", output, "--keep-columns")
    status, printed, errors = end(process)
    assert status == 3, errors
    assert printed.startswith(f"240 films written to {output}; ")
    assert "Posters read for " in errors
    assert "Traceback" not in errors
    assert_same(read(output), batch_rows)
    assert list(tmp_path.iterdir()) == [output]


def test_the_command_of_the_page(table: Path, tmp_path: Path):
    """All of docs/cluster.md's that need no cluster run in the folder of the catalogue."""
    page = ROOT / "docs" / "cluster.md"
    ours = [each for each in commands() if each.page == page and "--engine" in each.words]
    alone = [each for each in ours if "--address" not in each.words]
    assert len(ours) > len(alone) > 0
    for command in alone:
        shutil.copytree(table.parent, tmp_path / "here", dirs_exist_ok=True)
        finished = subprocess.run(
            [sys.executable, "-m", *command.words],
            cwd=tmp_path / "here", env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert finished.returncode == 3, finished.stderr
        assert "240 films written to " in finished.stdout


def test_engines_can_be_compared():
    """The benchmark prints a row an engine, and what an index of posters costs."""
    finished = subprocess.run(
        [sys.executable, "-m", "benchmarks.many_films.cluster", "--films", "40", "--workers", "1"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    rows = [line.split() for line in finished.stdout.splitlines() if line.split()[1:2] == ["1"]]
    assert [row[0] for row in rows] == ["threads", "ray"]
    assert all(float(seconds) > 0 for _, _, seconds, *_ in rows)
    assert "index of 8 posters" in finished.stdout


def test_pictures_in_a_column(
    start: Start, films: pd.DataFrame, posters: Path, batch_rows: list, tmp_path: Path
):
    """The table is a folder of files, and the column of pictures has a name of its own."""
    films = films[3:63]  # those before have posters that are called like their ids
    films = films.drop(columns="poster").assign(picture=pictures(films, posters))
    (tmp_path / "films").mkdir()
    films[:30].to_parquet(tmp_path / "films" / "0.parquet")
    films[30:].to_parquet(tmp_path / "films" / "1.parquet")
    arguments = (tmp_path / "films", "--columns", "poster=picture", "--workers", 1)
    status, _, errors = end(start(*arguments, "--output", tmp_path / "genres"))
    assert status == 3, errors
    rows = read(tmp_path / "genres")
    assert [row["id"] for row in rows] == list(films["imdb_id"])
    assert sum(row["top3_poster"] is not None for row in rows) > 40
    alike = [
        (row, {name: other[name] for name in row})
        for row, other in zip(rows, batch_rows[3:63], strict=True)
        if other["error"] is None  # one names the file of a poster, which has no name here
    ]
    assert len(alike) > 50
    assert_same(*map(list, zip(*alike, strict=True)))


# --- three machines -----------------------------------------------------------------------------


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """Three machines, in processes of this one; the first dead ones are noticed within seconds."""
    noticed = {"health_check_period_ms": 500, "health_check_failure_threshold": 4}
    machine = {"num_cpus": 2, "object_store_memory": _OBJECT_STORE_BYTES}
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    three = Cluster(
        initialize_head=True,
        head_node_args={**machine, "include_dashboard": False, "_system_config": noticed},
    )
    for _ in range(2):
        three.add_node(**machine)
    yield three
    three.shutdown()


def is_working(pid: int) -> bool:
    """Whether a classifier that a process started reads a block right now."""
    for process in psutil.Process(pid).children(recursive=True):
        try:
            if "MapWorker(MapBatches(BlockClassifier)).submit" in " ".join(process.cmdline()):
                return True
        except psutil.Error:  # it has just ended
            continue
    return False


def test_a_machine_that_dies_costs_no_film(
    start: Start, cluster: Cluster, table: Path, posters: Path, batch_rows: list, tmp_path: Path
):
    output = tmp_path / "genres.parquet"
    arguments = ("--output", output, "--keep-columns", "--workers", 3)
    process = start(table, "--posters", posters, *arguments, "--address", cluster.address)
    raylets = {
        each.all_processes["raylet"][0].process.pid: each for each in cluster.list_all_nodes()
    }
    _, *others = raylets
    assert len(others) == 2
    wait_for(lambda: any(map(is_working, others)), process)
    victim = raylets[next(filter(is_working, others), others[0])]
    cluster.remove_node(victim, allow_graceful=False)
    status, printed, errors = end(process)
    assert status == 3, errors
    assert printed.startswith("240 films written to ")  # what Ray says of the dead is not there
    assert_same(read(output), batch_rows)
    assert list(tmp_path.iterdir()) == [output]


# --- what ends a run ----------------------------------------------------------------------------


def test_a_fault_on_a_machine_is_one_sentence(
    start: Start, table: Path, posters: Path, tmp_path: Path
):
    shutil.copytree(posters, tmp_path / "posters")
    output = tmp_path / "genres.parquet"
    process = start(table, "--posters", tmp_path / "posters", "--output", output)
    wait_for(output.with_name("genres.parquet.part").is_dir, process)
    (tmp_path / "posters").rename(tmp_path / "moved")
    status, printed, errors = end(process)
    assert (status, printed) == (1, "")
    assert "Traceback" not in errors
    sentence = errors.splitlines()[-1]
    assert sentence.startswith(f"There is no folder of posters {tmp_path / 'posters'} on ")
    assert list(tmp_path.iterdir()) == [tmp_path / "moved"]


def test_an_interrupted_run_leaves_nothing(
    start: Start, table: Path, posters: Path, tmp_path: Path
):
    process = start(table, "--posters", posters, "--output", tmp_path / "genres.parquet")
    wait_for(lambda: is_working(process.pid), process)
    assert (tmp_path / "genres.parquet.part").is_dir()
    process.send_signal(signal.SIGINT)
    status, printed, errors = end(process)
    assert (status, printed) == (130, "")
    assert errors.splitlines()[-1] == "Interrupted; nothing is written."
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    """Runs a command that must be refused with one sentence, and write nothing."""

    def refuse(*arguments: object, output: str = "genres.parquet") -> str:
        before = sorted(tmp_path.rglob("*"))
        command = ["batch", *arguments, "--output", tmp_path / output, "--engine", "ray"]
        assert main([*map(str, command)]) == 1
        assert sorted(tmp_path.rglob("*")) == before
        printed = capsys.readouterr()
        (sentence,) = printed.err.splitlines()
        assert printed.out == ""
        assert sentence.endswith(".")
        return sentence

    return refuse


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("films.parquet", None, "There is no table"),
        ("films.csv", b"id,overview\n1,A ghost.\n", "is not a readable Parquet file"),
        ("films.parquet", b"PAR1 and no more", "is not a readable Parquet file"),
        ("films.parquet", b"", "is not a readable Parquet file"),
    ],
)
def test_a_table_that_is_not_parquet(
    refused, name: str, content: bytes | None, reason: str, tmp_path: Path
):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert reason in refused(tmp_path / name)


def test_a_table_without_what_is_read(refused, films: pd.DataFrame, posters: Path, tmp_path: Path):
    table = tmp_path / "films.parquet"
    films[["overview"]].to_parquet(table)
    assert "no column imdb_id or id" in refused(table)
    films[["imdb_id", "poster"]].to_parquet(table)
    assert "no column overview; add it, or give posters" in refused(table)
    (tmp_path / "empty").mkdir()
    assert "no column imdb_id or id" in refused(tmp_path / "empty")


@pytest.mark.parametrize("name", ["nowhere", "posters.zip"])
def test_posters_that_are_no_folder(refused, table: Path, name: str, tmp_path: Path):
    (tmp_path / "posters.zip").write_bytes(b"PK")
    assert "reads posters of a folder" in refused(table, "--posters", tmp_path / name)


@pytest.mark.parametrize("output", ["genres.csv", "genres.jsonl", "films.parquet.gz"])
def test_outputs_of_another_format(refused, table: Path, output: str):
    assert "writes a folder of Parquet files" in refused(table, output=output)


def test_an_output_that_is_there(refused, table: Path, tmp_path: Path):
    (tmp_path / "genres.parquet").mkdir()
    assert "is already there; delete it" in refused(table)
    (tmp_path / "genres.parquet").rename(tmp_path / "genres.parquet.part")
    assert "of a run that was killed or is still going on" in refused(table)
    assert "cannot be written" in refused(table, output="nowhere/genres.parquet")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--resume"], "cannot resume"),
        (["--columns", "plot"], "is not like overview=plot"),
        (["--models", "nowhere"], "There is no folder of models nowhere"),
        (["--address", "nowhere"], "is neither auto nor like HOST:6379"),
        (["--address", ":6379"], "is neither auto nor like HOST:6379"),
        (["--address", "127.0.0.1:1"], "There is no Ray cluster at 127.0.0.1:1 ("),
        (["--address", "nowhere.invalid:6379"], "There is no Ray cluster at nowhere.invalid:6379"),
    ],
)
def test_options_at_fault(refused, table: Path, arguments: list[str], reason: str):
    assert reason in refused(table, *arguments)


def test_an_address_belongs_to_a_cluster(table: Path, tmp_path: Path, capsys):
    command = ["batch", str(table), "--output", str(tmp_path / "a.csv"), "--address", "auto"]
    assert main(command) == 1
    assert capsys.readouterr().err == "--address belongs to --engine ray.\n"


@pytest.mark.parametrize("package", ["ray", "pyarrow"])
def test_without_the_requirements(package: str, table: Path, tmp_path: Path):
    """Where a package is missing, importing it fails as it does here."""
    code = (
        f"import sys; sys.modules[{package!r}] = None\n"
        "from gradio_app.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    command = ["batch", table, "--output", tmp_path / "genres.parquet", "--engine", "ray"]
    finished = subprocess.run(
        [sys.executable, "-c", code, *map(str, command)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert finished.returncode == 1
    assert finished.stderr == (
        f"--engine ray needs the package {package}: pip install -r requirements-cluster.txt.\n"
    )


def test_a_table_without_films_needs_no_cluster(
    models: Path, films: pd.DataFrame, posters: Path, tmp_path: Path
):
    films[:0].to_parquet(tmp_path / "films.parquet")
    output = tmp_path / "genres.parquet"
    summary = run_on_cluster(models, tmp_path / "films.parquet", output, posters)
    assert (summary.n_films, summary.n_errors) == (0, 0)
    columns = Layout(FilmClassifier.from_dir(models).genres).columns()
    assert pd.read_parquet(output).columns.tolist() == columns
