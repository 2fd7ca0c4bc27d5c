"""`python -m benchmarks.many_films.cluster`: films a second on Ray, by how many are read at a time.

`batch` on the same films stands beside it. Each run is a command of its own, as a user starts it;
what starting takes is measured on a few films, and subtracted. "A core" is by the time that
processors worked, which other work on the machine hardly changes. Needs requirements-cluster.txt.
Without --data, the films are the examples, over and over.
"""

import argparse
import os
import sys
import tempfile
import time
import tracemalloc
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import ray  # noqa: F401 - psutil comes with it

# isort: split
import psutil

from benchmarks.timing import machine
from gradio_app.catalogue.sources.posters import posters_in_folder
from gradio_app.workers import usable_cores

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "gradio_app" / "examples"
FEW = 16
PACKAGES = ("ray", "pyarrow", "onnxruntime", "pillow")
LINE = "{:10}{:>8}{:>10}{:>10}{:>16}{:>13}"


def main() -> None:
    """Measure each engine with each number of workers, and print a table."""
    options = parse()
    films = read_films(options.data)[: options.films]
    posters = options.data / "posters" if options.data else EXAMPLES
    print(machine(*PACKAGES))
    print(f"{len(films):,} films; load {os.getloadavg()[0]:.1f}")
    print(LINE.format("engine", "workers", "start, s", "films/s", "films/s a core", "MB a worker"))
    with tempfile.TemporaryDirectory() as place:
        few, table = Path(place, "few.parquet"), Path(place, "films.parquet")
        films[:FEW].to_parquet(few)
        films.to_parquet(table)
        for workers in options.workers:
            for engine in ("threads", "ray"):
                start = run(engine, workers, few, posters)
                whole = run(engine, workers, table, posters)
                n_films = len(films) - FEW
                cells = (
                    *(engine, workers, f"{start.seconds:.1f}"),
                    f"{n_films / (whole.seconds - start.seconds):.0f}",
                    f"{n_films / (whole.core_seconds - start.core_seconds):.0f}",
                    f"{whole.worker_bytes / 1e6:.0f}" if engine == "ray" else "",
                )
                print(LINE.format(*cells), flush=True)
        written = sum(file.stat().st_size for file in Path(place).glob(f"films-ray-{workers}/*"))
        print(f"a film's row: {table.stat().st_size / len(films):.0f} bytes read, ", end="")
        print(f"{written / len(films):.0f} written")
    print(index_cost(posters))


def parse() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser("python -m benchmarks.many_films.cluster")
    parser.add_argument("--data", type=Path, help="folder of films.csv and posters/")
    parser.add_argument("--films", type=int, help="how many of them (all)")
    every = list(range(1, usable_cores() + 1))
    parser.add_argument("--workers", type=int, nargs="+", default=every, help="1 to the cores")
    return parser.parse_args()


def read_films(data: Path | None) -> pd.DataFrame:
    """Return the films of a folder of film data, or the examples 250 times."""
    if data is not None:
        return pd.read_csv(data / "films.csv", dtype=str)[["imdb_id", "overview"]]
    examples = pd.read_json(EXAMPLES / "films.json")[["overview", "poster"]]
    films = pd.concat([examples] * 250, ignore_index=True)
    return films.assign(id=films.index.astype(str))


@dataclass
class Cost:
    """What a command took: seconds, seconds of all cores together, bytes of a worker of Ray."""

    seconds: float = 0
    core_seconds: float = 0
    worker_bytes: int = 0


def run(engine: str, workers: int, table: Path, posters: Path) -> Cost:
    """Run a command, and watch what it takes."""
    output = table.with_name(f"{table.stem}-{engine}-{workers}")
    output = output if engine == "ray" else output.with_suffix(".parquet")
    options = ["--engine", engine, "--workers", str(workers), "--quiet"]
    command = ["batch", table, "--posters", posters, "--output", output, *options]
    begin, cost = time.perf_counter(), Cost()
    cores: dict[int, float] = {}
    with tempfile.TemporaryFile() as errors:
        process = psutil.Popen(
            [sys.executable, "-m", "gradio_app", *map(str, command)], cwd=ROOT, stderr=errors
        )
        while process.poll() is None:
            sample(process, cost, cores)
            time.sleep(0.25)
        if process.returncode == 1:
            errors.seek(0)
            raise SystemExit(errors.read().decode())
    cost.seconds = time.perf_counter() - begin
    cost.core_seconds = sum(cores.values())
    return cost


def sample(command: psutil.Process, cost: Cost, cores: dict[int, float]) -> None:
    """Note how long each process of a command has run so far, and how large a worker is."""
    for process in [command, *command.children(recursive=True)]:
        try:
            times = process.cpu_times()
            cores[process.pid] = times.user + times.system
            if process.name().startswith("ray::MapWork"):
                cost.worker_bytes = max(cost.worker_bytes, process.memory_full_info().uss)
        except psutil.Error:  # it has just ended
            continue


def index_cost(folder: Path) -> str:
    """Return what a process needs to find the posters of a folder by their names."""
    tracemalloc.start()
    begin = time.perf_counter()
    with posters_in_folder(folder) as posters:
        seconds = time.perf_counter() - begin
        size, _ = tracemalloc.get_traced_memory()
        count = len(posters.unused())
    tracemalloc.stop()
    return f"index of {count:,} posters: {size / 1e6:.0f} MB in each worker, {seconds:.1f} s"


if __name__ == "__main__":
    main()
