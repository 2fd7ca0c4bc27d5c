"""What every benchmark needs: times taken in turn, tables, and what they were measured with."""

import gc
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np

from gradio_app.workers import usable_cores

__all__ = [
    "in_turn",
    "machine",
    "megabytes",
    "milliseconds",
    "printed_by",
    "seconds",
    "spread",
    "table",
]

_WARM_UP = 3  # rounds


def seconds(call: Callable[[], object]) -> float:
    """Return how long one call takes."""
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def in_turn(calls: Mapping[str, Callable[[int], object]], rounds: int) -> dict[str, np.ndarray]:
    """Return how many milliseconds each call takes in each round: name -> (rounds,).

    In a round, all are called one right after the other, in an order that moves on, so that
    whatever else the machine does meets all of them.

    Args:
        calls: by name; each is given the number of the round.
        rounds: that are counted; some more go before.

    >>> sorted(in_turn({"a": abs, "b": abs}, 5)["a"].shape)
    [5]
    """
    names = list(calls)
    times = {name: np.empty(rounds) for name in names}
    gc.collect()
    gc.disable()
    try:
        for number in range(-_WARM_UP, rounds):
            first = number % len(names)
            for name in names[first:] + names[:first]:
                spent = seconds(partial(calls[name], number))
                if number >= 0:
                    times[name][number] = spent * 1000
    finally:
        gc.enable()
    return times


def spread(values: np.ndarray) -> str:
    """Return the median and the middle half of some figures.

    >>> spread(np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    '3.00 (2.00 to 4.00)'
    """
    low, middle, high = np.percentile(values, (25, 50, 75))
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def milliseconds(times: Mapping[str, np.ndarray], yardstick: str) -> str:
    """Return a table of times: median and middle half, 99th percentile, and ratio of the medians.

    Args:
        times: as `in_turn` returns them.
        yardstick: the name of what the others are divided by.
    """
    rows = [
        (
            name,
            spread(values),
            f"{np.percentile(values, 99):.1f}",
            f"{np.median(values / times[yardstick]):.2f}",
        )
        for name, values in times.items()
    ]
    return table(("", "ms", "99th percentile", f"ratio to {yardstick}"), rows)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table in Markdown, of which all columns but the first hold figures.

    >>> print(table(("", "ms"), [("a", 1)]))
    |  | ms |
    |---|---:|
    | a | 1 |
    """
    lines = [head, *rows]
    texts = [f"| {' | '.join(map(str, line))} |" for line in lines]
    return "\n".join([texts[0], "|---|" + "---:|" * (len(head) - 1), *texts[1:]])


def printed_by(*arguments: str, environment: Mapping[str, str] | None = None) -> str:
    """Run Python with these arguments to its end, and return what it prints."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=Path(__file__).parents[1],
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ).stdout


def megabytes(name: str, status: str) -> int:
    """Return VmHWM (the peak) or VmRSS of the memory in a text like /proc/self/status."""
    found = re.search(rf"{name}:\s+(\d+) kB", status)
    assert found is not None
    return round(int(found[1]) / 1024)


def machine(*packages: str) -> str:
    """Return two lines that say what figures were measured with; `packages` are installed ones."""
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    return (
        f"{platform.system()} {platform.machine()}, {usable_cores()} of {os.cpu_count()} CPU "
        f"cores ({_processor()}){_load()}\n"
        f"{time.strftime('%Y-%m-%d')}, Python {platform.python_version()}, {versions}"
    )


def _load() -> str:
    """Return how busy the system is, where it tells."""
    return f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""


def _processor() -> str:
    """Return the model of the processor, as far as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or "unknown"
