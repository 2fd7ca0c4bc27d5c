"""`python -m benchmarks.many_films.memory`: peak memory of `batch` at 5,000 and at 500,000 films.

Each run is a process of its own, the program as it is started from a shell, on a made table:
overviews of a few words, and a poster for every hundredth film. It should be as large at the one
as at the other. Needs Linux, and 4 GB of disk.
"""

import argparse
import csv
import itertools
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.timing import machine

ROOT = Path(__file__).parents[2]
PACKAGES = ("onnxruntime", "tokenizers", "numpy", "pillow", "fastparquet")

POSTERS = ROOT / "gradio_app" / "examples"
SIZES = (5_000, 500_000)
POSTER_EVERY = 100
#: How the table and the result of each pair of runs end.
FORMATS = ((".csv", ".csv"), (".csv", ".jsonl"), (".csv", ".parquet"), (".parquet", ".csv"))
#: Largest growth that counts as flat.
FLAT = 0.10

COLUMNS = ("id", "overview", "poster")
WORDS = ("ghost", "house", "young", "detective", "haunts", "spy", "war", "love", "after", "murder")
ROWS_IN_A_GROUP = 10_000

#: Runs the program; the last line that it prints is the highest that its memory has been.
_RUN = """
import pathlib, re, sys
from gradio_app.__main__ import main
assert main(sys.argv[1:]) == 0
print(re.search(r"VmHWM:\\s+(\\d+) kB", pathlib.Path("/proc/self/status").read_text())[1])
"""


@dataclass(frozen=True)
class Measured:
    """One run.

    Attributes:
        megabytes: the most memory that it had.
        seconds: from its start to its end.
    """

    megabytes: float
    seconds: float


def main() -> None:
    """Measure each pair of formats at each size, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--films", type=int, nargs=2, default=SIZES, metavar=("FEW", "MANY"))
    parser.add_argument("--workers", type=int, help="default: the cores that can be used")
    options = parser.parse_args()
    print(machine(*PACKAGES), end="\n\n")
    few, many = options.films
    print(f"| table | result | MB at {few:,} | MB at {many:,} | growth | films/s at {many:,} |")
    print("|---|---|---:|---:|---:|---:|")
    for source, result in FORMATS:
        small, large = (measure(source, result, n, options.workers) for n in (few, many))
        growth = large.megabytes / small.megabytes - 1
        print(
            f"| {source} | {result} | {small.megabytes:.0f} | {large.megabytes:.0f} | "
            f"{growth:+.1%}{'' if abs(growth) <= FLAT else ' (not flat)'} | "
            f"{many / large.seconds:,.0f} |",
            flush=True,
        )


def measure(source: str, result: str, n_films: int, workers: int | None = None) -> Measured:
    """Run `batch` on a made table.

    Args:
        source: ending of the table, .csv or .parquet.
        result: ending of the result, .csv, .jsonl or .parquet.
        n_films: rows of the table.
        workers: of the run; the cores that it may use if None.
    """
    with tempfile.TemporaryDirectory() as folder:
        table, output = Path(folder, f"films{source}"), Path(folder, f"genres{result}")
        write_table(table, n_films)
        arguments = ["batch", table, "--posters", POSTERS, "--output", output, "--quiet"]
        arguments += ["--workers", str(workers)] if workers else []
        begin = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", _RUN, *map(str, arguments)],
            cwd=ROOT,
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        return Measured(int(done.stdout) / 1024, time.perf_counter() - begin)


def write_table(table: Path, n_films: int) -> None:
    """Write made films as CSV or Parquet, the latter in row groups of 10,000."""
    films = made_films(n_films)
    if table.suffix == ".csv":
        with table.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(films)
        return
    import fastparquet
    import pandas as pd

    groups = iter(lambda: list(itertools.islice(films, ROWS_IN_A_GROUP)), [])
    for number, group in enumerate(groups):
        rows = pd.DataFrame(group, columns=list(COLUMNS))
        fastparquet.write(str(table), rows, write_index=False, append=number > 0)


def made_films(n_films: int) -> Iterator[tuple[str, str, str]]:
    """Yield id, overview and poster of films that nobody has filmed; always the same ones."""
    rng = random.Random(1)
    posters = sorted(poster.name for poster in POSTERS.glob("*.jpg"))
    for number in range(n_films):
        overview = " ".join(rng.choices(WORDS, k=rng.randint(4, 8)))
        yield f"made-{number}", overview, "" if number % POSTER_EVERY else rng.choice(posters)


if __name__ == "__main__":
    main()
