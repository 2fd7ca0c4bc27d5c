"""`python -m benchmarks.training_input`: does a training wait for its films?

For the poster CNN and the overview LSTM, each as its default config trains it, on made films: what
the pipeline delivers with nobody training, what a model trains on batches that are there already,
and what both do together. Together they should be as fast as the slower of the two.
"""

import argparse
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from benchmarks.timing import machine, table
from training.config import PRESETS, OverviewConfig, PosterConfig, ReaderConfig
from training.runs.overview_task import OverviewTask
from training.runs.poster_task import PosterTask
from training.runs.task import Task

GENRES = tuple(f"genre {number}" for number in range(19))
BATCHES = 8
SMALL_BATCH = 16  # posters; of overviews, as many as in a training
ROUNDS = 3


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--batches", type=int, default=BATCHES)
    options = parser.parse_args()
    print(machine("tensorflow", "keras"))
    print(f"{options.batches} batches, the fastest of {ROUNDS} rounds", "", sep="\n")
    rows = [row(name, task, options.batches) for name, task in tasks().items()]
    head = ("", "pipeline, films/s", "model, films/s", "both, films/s", "of the slower")
    print(table(head, rows))


def tasks() -> dict[str, Task]:
    """Return the trainings, without films."""
    nowhere = Path()
    poster = replace(PRESETS["poster"]["default"], batch_size=SMALL_BATCH)
    overview = PRESETS["overview"]["default"]
    assert isinstance(poster, PosterConfig)
    assert isinstance(overview, OverviewConfig)
    return {
        "posters": PosterTask(poster, GENRES, nowhere, None, cache=nowhere, backbone=None),
        "overviews": OverviewTask(overview, GENRES, nowhere, None),
    }


def row(name: str, task: Task, n_batches: int) -> tuple[str, ...]:
    """Measure one training, and return its row of the table."""
    n_films = task.config.batch_size * n_batches
    dataset = task.dataset(*films(task.config, n_films), seed=1)
    model = task.build()
    model.compile(keras.optimizers.AdamW(1e-5), keras.losses.BinaryCrossentropy())
    task.freeze(model)
    ready = list(dataset)  # also fills the cache of the pipeline
    alone = fastest(lambda: exhaust(dataset))
    trained = fastest(lambda: train(model, ready))
    both = fastest(lambda: train(model, dataset))
    share = max(alone, trained) / both
    return name, *(f"{n_films / each:,.0f}" for each in (alone, trained, both)), f"{share:.0%}"


def films(config: ReaderConfig, n_films: int) -> tuple[np.ndarray, np.ndarray]:
    """Return made inputs and labels of a training."""
    rng = np.random.default_rng(1)
    labels = (rng.random((n_films, len(GENRES))) < 0.1).astype(np.float32)
    if config.kind == "poster":
        shape = (n_films, *config.input_shape)
        return rng.integers(0, 256, shape, np.uint8), labels
    ids = rng.integers(2, config.vocabulary_size, (n_films, config.sequence_length))
    lengths = rng.integers(20, config.sequence_length + 1, (n_films, 1))
    return np.where(np.arange(config.sequence_length) < lengths, ids, 0).astype(np.int32), labels


def exhaust(batches: Iterable[object]) -> None:
    """Take all batches."""
    for _ in batches:
        pass


def train(model: keras.Model, batches: Iterable[tuple[tf.Tensor, tf.Tensor]]) -> None:
    """Train on all batches."""
    for pixels, labels in batches:
        model.train_on_batch(pixels, labels)


def fastest(call: Callable[[], object]) -> float:
    """Return the least seconds of some rounds; one more goes before, which compiles."""
    call()
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return min(times)


if __name__ == "__main__":
    main()
