"""`python -m benchmarks.many_films.batch --data DATA`: films a second, and of competitors.

All of them read the same films: `batch` with one worker and with two, a loop over `predict`, Keras
with the same weights, and the parts that nobody can do without, one after the other on one thread.
The films are cut into slices, and in each round each slice is read by all of them, one right after
the other. Of a slice, each is given its fastest round, for others may use the machine.
"""

import argparse
import csv
import gc
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from tqdm import tqdm

from benchmarks.compared.keras_models import KerasModels, rebuild_models
from benchmarks.timing import machine, seconds
from gradio_app.artifact import Artifact, FusionInput, OverviewInput, PosterInput, load_artifact
from gradio_app.catalogue.batch import Options, run_batch
from gradio_app.catalogue.sources.opening import open_source
from gradio_app.catalogue.sources.posters import Posters
from gradio_app.catalogue.sources.source import Source
from gradio_app.classifier import FilmClassifier, logit
from gradio_app.films import Film
from gradio_app.preprocessing import decode_poster, poster_to_pixels
from gradio_app.readers import READERS

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "onnx_models"
PACKAGES = ("onnxruntime", "tokenizers", "numpy", "pillow", "keras", "tensorflow")

SLICE = 485  # films: a twelfth of the film data
WARM_UP = 40  # films
KERAS_BATCH = 32
ONE, TWO, LOOP, KERAS = "batch, 1 worker", "batch, 2 workers", "loop over predict", "Keras predict"
PARTS = ("decode and resize", "tokenise", "poster CNN", "overview LSTM", "fused model")
SUM = "sum of the parts"


class Stopwatch:
    """Adds up seconds by name: (2,), on the clock and of all CPUs."""

    def __init__(self) -> None:
        self.seconds: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(2))

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Count the time of a block."""
        begin = time.perf_counter(), time.process_time()
        yield
        end = time.perf_counter(), time.process_time()
        self.seconds[name] += np.subtract(end, begin)


#: Reads the films of a source, and counts the time.
Contender = Callable[[Source, Stopwatch], None]
#: name -> seconds of a `Stopwatch`, (slices, rounds, 2).
Times = Mapping[str, np.ndarray]


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of films.csv and posters")
    parser.add_argument("--films", type=int, help="only the first ones")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(machine(*PACKAGES))
    with open_source(options.data / "films.csv", options.data / "posters") as source:
        films = list(islice(films_with_both(source), options.films))
        slices = [part_of(source, films[at : at + SLICE]) for at in range(0, len(films), SLICE)]
    times = measure(contenders(), slices, options.rounds)
    load = os.getloadavg()[2]
    print(f"{len(films):,} films in {len(slices)} slices, {options.rounds} rounds; load {load:.1f}")
    print("", films_a_second(times, len(films)), "", sep="\n")
    print(ratios(times, len(films)), "", milliseconds_of_parts(times, len(films)), "", sep="\n")
    elapsed = seconds(partial(run_command, films, options.data / "posters"))
    print(f"The command line, from start to end: {len(films) / elapsed:.0f} films/s")


def films_with_both(source: Source) -> Iterator[Film]:
    """Yield the films that have a poster and an overview."""
    return (film for film in source.films if film.overview and source.find_poster(film))


def part_of(source: Source, films: Sequence[Film]) -> Source:
    """Return some films of a source, and no other posters than theirs."""
    assert source.posters is not None
    found = {source.posters.locate(film): source.find_poster(film) for film in films}
    posters = {path: poster for path, poster in found.items() if path and poster}
    own = Posters(posters, posters.__getitem__)
    return replace(source, films=films, n_films=len(films), posters=own)


def contenders() -> dict[str, Contender]:
    """Return what is compared, ready to read."""
    classifier = FilmClassifier.from_dir(MODELS)
    poster, overview, fusion = (
        load_artifact(MODELS / reader.folder, reader.kind) for reader in READERS
    )
    return {
        ONE: partial(read_batch, classifier, ONE, 1),
        TWO: partial(read_batch, classifier, TWO, 2),
        LOOP: partial(read_in_a_loop, classifier),
        KERAS: partial(read_with_keras, classifier, rebuild_models(MODELS)),
        SUM: partial(read_parts, poster, overview, fusion),
    }


def read_batch(
    classifier: FilmClassifier, name: str, workers: int, source: Source, watch: Stopwatch
) -> None:
    """Read films as the command line does."""
    with tempfile.TemporaryDirectory() as folder, watch(name):
        run_batch(classifier, source, Path(folder, "genres.csv"), Options(workers=workers))


def read_in_a_loop(classifier: FilmClassifier, source: Source, watch: Stopwatch) -> None:
    """Read films as a short program would, which writes nothing."""
    with watch(LOOP):
        for film in source.films:
            classifier.predict(source.find_poster(film), film.overview)


def read_with_keras(
    classifier: FilmClassifier, models: KerasModels, source: Source, watch: Stopwatch
) -> None:
    """Read films with Keras, on all cores; decoding and tokenising are those of the app."""
    with watch(KERAS):
        posters = [source.find_poster(film) for film in source.films]
        pixels = np.stack([classifier.poster.pixels(poster) for poster in posters if poster])
        ids = np.stack([classifier.overview.word_ids(film.overview) for film in source.films])
        seen = models.poster.predict(pixels, KERAS_BATCH, verbose=0)
        read = models.overview.predict(ids, KERAS_BATCH, verbose=0)
        present = np.ones((len(ids), 2), np.float32)
        models.fusion.predict([logit(seen), logit(read), present], KERAS_BATCH, verbose=0)


def read_parts(
    poster: Artifact, overview: Artifact, fusion: Artifact, source: Source, watch: Stopwatch
) -> None:
    """Do for each film what no program can leave out, and count only that."""
    picture, text, logits = poster.spec.input, overview.spec.input, fusion.spec.input
    assert isinstance(picture, PosterInput)
    assert isinstance(text, OverviewInput)
    assert isinstance(logits, FusionInput)
    assert overview.tokenizer is not None
    decode, tokenise, see, read, fuse = PARTS
    present = np.ones((1, 2), np.float32)
    for film in source.films:
        file = source.find_poster(film)
        assert file is not None
        with watch(decode):
            image = decode_poster(file)
            pixels = poster_to_pixels(image, picture.height, picture.width, picture.fit)
            batch = pixels.astype(np.float32)[None]
        with watch(tokenise):
            words = overview.tokenizer.encode(film.overview).ids[: text.sequence_length]
        ids = np.array([words + [0] * (text.sequence_length - len(words))], np.int32)
        with watch(see):
            seen = poster.session.run(None, {picture.name: batch})[0]
        with watch(read):
            understood = overview.session.run(None, {text.name: ids})[0]
        inputs = {logits.poster: logit(seen), logits.overview: logit(understood)}
        with watch(fuse):
            fusion.session.run(None, inputs | {logits.present: present})


def measure(readers: Mapping[str, Contender], slices: Sequence[Source], rounds: int) -> Times:
    """Let all read each slice in each round, in an order that moves on; return their times."""
    films = list(islice(slices[0].films, WARM_UP))
    for read in readers.values():
        timed(read, replace(slices[0], films=films, n_films=len(films)))
    names = list(readers)
    times: dict[str, np.ndarray] = defaultdict(lambda: np.empty((len(slices), rounds, 2)))
    turns = [(number, at) for number in range(rounds) for at in range(len(slices))]
    for number, at in tqdm(turns, "slices", disable=None):
        first = (number + at) % len(names)
        for name in names[first:] + names[:first]:
            for part, spent in timed(readers[name], slices[at]).items():
                times[part][at, number] = spent
    return times | {SUM: np.sum([times[part] for part in PARTS], axis=0)}


def timed(read: Contender, source: Source) -> Mapping[str, np.ndarray]:
    """Return the seconds of one reading, in which nothing is collected."""
    watch = Stopwatch()
    gc.collect()
    gc.disable()
    try:
        read(source, watch)
    finally:
        gc.enable()
    return watch.seconds


def films_a_second(times: Times, n_films: int) -> str:
    """Return a table of films/s, those of the fastest rounds and the middle half of all."""
    sizes = np.full((len(times[ONE]), 1), SLICE)
    sizes[-1] = n_films - SLICE * (len(sizes) - 1)
    lines = ["| | films/s | in all rounds | CPU ms a film | CPUs |", "|---|---:|---:|---:|---:|"]
    for name in (ONE, TWO, LOOP, KERAS, SUM):
        clock, cpu = fastest(times[name]).sum(axis=0)
        low, middle, high = np.percentile(sizes / times[name][..., 0], (25, 50, 75))
        lines.append(
            f"| {name} | {n_films / clock:.1f} | {middle:.1f} ({low:.1f} to {high:.1f}) | "
            f"{cpu / n_films * 1000:.2f} | {cpu / clock:.2f} |"
        )
    return "\n".join(lines)


def ratios(times: Times, n_films: int) -> str:
    """Return a table of what was aimed at, with the middle half of the slices."""
    clock, cpu = ({name: fastest(each)[:, kind] for name, each in times.items()} for kind in (0, 1))
    rows = [
        ("2 workers / 1 worker", clock[ONE], clock[TWO], "≥ 1.7"),
        ("1 worker / sum of its parts, time", clock[ONE], clock[SUM], "≤ 1.15"),
        ("1 worker / sum of its parts, CPU time", cpu[ONE], cpu[SUM], ""),
        ("2 workers / loop over predict", clock[LOOP], clock[TWO], ""),
        ("2 workers / Keras predict", clock[KERAS], clock[TWO], ""),
    ]
    lines = ["| | ratio | in the slices | goal |", "|---|---:|---:|---:|"]
    for name, over, under, goal in rows:
        low, high = np.percentile(over / under, (25, 75))
        ratio = over.sum() / under.sum()
        lines.append(f"| {name} | {ratio:.2f} | {low:.2f} to {high:.2f} | {goal} |")
    speed = n_films / clock[TWO].sum()
    return "\n".join([*lines, f"| films/s, 2 workers | {speed:.0f} | | ≥ 150 |"])


def milliseconds_of_parts(times: Times, n_films: int) -> str:
    """Return a table of the milliseconds that each part takes of a film."""
    lines = ["| part | ms a film |", "|---|---:|"]
    for name in (*PARTS, SUM):
        lines.append(f"| {name} | {fastest(times[name])[:, 0].sum() / n_films * 1000:.2f} |")
    return "\n".join(lines)


def fastest(times: np.ndarray) -> np.ndarray:
    """Return the least seconds of each slice: (slices, rounds, 2) -> (slices, 2)."""
    return times.min(axis=1)


def run_command(films: Sequence[Film], posters: Path) -> None:
    """Read films with the program as it is started from a shell."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder, "films.csv")
        with table.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("id", "overview"))
            writer.writerows((film.id, film.overview) for film in films)
        output = Path(folder, "genres.csv")
        command = ["batch", table, "--posters", posters, "--output", output, "--quiet"]
        subprocess.run(
            [sys.executable, "-m", "gradio_app", *map(str, command)],
            cwd=ROOT,
            check=True,
            stderr=subprocess.DEVNULL,
        )


if __name__ == "__main__":
    main()
