"""`python -m benchmarks.cluster`: films a second on Ray, by how many are read at a time.

`batch` on the same films stands beside it. Each run is a command of its own, as a user starts it;
what starting takes is measured on a few films. Needs requirements-cluster.txt. Without --data, the
films are the examples, over and over.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

import pandas as pd

from benchmarks.timing import machine
from gradio_app.catalogue.sources.posters import posters_in_folder
from gradio_app.workers import usable_cores

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "gradio_app" / "examples"
FEW = 16
PACKAGES = ("ray", "pyarrow", "onnxruntime", "pillow")
LINE = "{:10}{:>8}{:>10}{:>10}{:>14}"


def main() -> None:
    """Measure each engine with each number of workers, and print a table."""
    options = parse()
    films = read_films(options.data)[: options.films]
    posters = options.data / "posters" if options.data else EXAMPLES
    print(machine(*PACKAGES))
    print(f"{len(films):,} films; load {os.getloadavg()[0]:.1f}")
    print(LINE.format("engine", "workers", "start, s", "films/s", "MB a worker"))
    with tempfile.TemporaryDirectory() as place:
        few, table = Path(place, "few.parquet"), Path(place, "films.parquet")
        films[:FEW].to_parquet(few)
        films.to_parquet(table)
        for workers in options.workers:
            for engine in ("threads", "ray"):
                start, _ = run(engine, workers, few, posters)
                seconds, peak = run(engine, workers, table, posters)
                rate = (len(films) - FEW) / (seconds - start)
                memory = f"{peak / 1e6:.0f}" if engine == "ray" else ""
                cells = (engine, workers, f"{start:.1f}", f"{rate:.0f}", memory)
                print(LINE.format(*cells), flush=True)
        written = sum(file.stat().st_size for file in Path(place).glob("films-ray-1/*"))
        print(f"a film's row: {table.stat().st_size / len(films):.0f} bytes read, ", end="")
        print(f"{written / len(films):.0f} written")
    print(index_cost(posters))


def parse() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser("python -m benchmarks.cluster")
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


def run(engine: str, workers: int, table: Path, posters: Path) -> tuple[float, int]:
    """Return a command's seconds, and the most bytes that one of Ray's workers had of its own."""
    output = table.with_name(f"{table.stem}-{engine}-{workers}")
    output = output if engine == "ray" else output.with_suffix(".parquet")
    options = ["--engine", engine, "--workers", str(workers), "--quiet"]
    command = ["batch", table, "--posters", posters, "--output", output, *options]
    begin, peak = time.perf_counter(), 0
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "gradio_app", *map(str, command)], cwd=ROOT, stderr=errors
        )
        while process.poll() is None:
            peak = max(peak, largest_worker())
            time.sleep(0.5)
        if process.returncode == 1:
            errors.seek(0)
            raise SystemExit(errors.read().decode())
    return time.perf_counter() - begin, peak


def largest_worker() -> int:
    """Return the most bytes that a process of Ray which classifies has of its own now."""
    import ray  # noqa: F401 - psutil comes with it

    # isort: split
    import psutil

    sizes = [0]
    for process in psutil.process_iter(["name"]):
        try:
            if process.info["name"].startswith("ray::MapWork"):
                sizes.append(process.memory_full_info().uss)
        except psutil.Error:  # it has just ended
            continue
    return max(sizes)


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
