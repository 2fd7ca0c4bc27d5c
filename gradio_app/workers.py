"""Work on many things at once, in order, in turn, within bounds."""

import math
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

__all__ = ["Turns", "map_in_order", "usable_cores"]

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

#: Items that wait or are done but not yet taken, for each worker: bounds the memory.
_AHEAD = 4

_CGROUP = Path("/sys/fs/cgroup")

#: Seconds that a film of many waits at most for single films that are being read.
_POLITENESS = 0.5


def map_in_order(
    function: Callable[[_Item], _Result], items: Iterable[_Item], workers: int
) -> Iterator[_Result]:
    """Yield `function` of each item, in order, computed by several threads.

    Items are taken from their iterator in the caller's thread, and only a few ahead of what was
    yielded, so neither must fit into memory. Whoever stops iterating ends the work within a few
    items.

    Args:
        function: safe to be called from several threads; what it raises ends the iteration.
        items: any number of them.
        workers: threads; with 1, there are none but the caller's.

    >>> list(map_in_order(abs, [-1, -2, 3], workers=2))
    [1, 2, 3]
    """
    if workers == 1:
        yield from map(function, items)
        return
    pool = ThreadPoolExecutor(workers, thread_name_prefix="film")
    waiting: deque[Future[_Result]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > _AHEAD * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class Turns:
    """Whose turn it is, where single films and catalogues share a machine.

    A single film never waits. The films of catalogues are read one at a time, of each catalogue in
    turn, so that all catalogues together take one core and a small one is not held up by a large
    one; and none is begun while a single film is being read, for up to half a second.

    >>> turns = Turns()
    >>> with turns.single(), turns.one_of_many():
    ...     pass
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._n_single = 0
        self._line: deque[object] = deque()

    @contextmanager
    def single(self) -> Iterator[None]:
        """Read a film that somebody waits for."""
        with self._condition:
            self._n_single += 1
        try:
            yield
        finally:
            with self._condition:
                self._n_single -= 1
                self._condition.notify_all()

    @contextmanager
    def one_of_many(self) -> Iterator[None]:
        """Read the next film of a catalogue, when its turn has come."""
        ticket = object()
        with self._condition:
            self._line.append(ticket)
            self._condition.wait_for(lambda: self._line[0] is ticket)
            self._condition.wait_for(lambda: not self._n_single, _POLITENESS)
        try:
            yield
        finally:
            with self._condition:
                self._line.popleft()
                self._condition.notify_all()


def usable_cores() -> int:
    """Return how many cores this process may use, at least 1.

    `os.cpu_count` is the machine's. A container may have fewer, by the affinity of the process or
    by the quota of its cgroup, and more threads than that are slower, not faster.
    """
    affinity = getattr(os, "sched_getaffinity", None)  # Linux alone has it
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(1, math.ceil(min(cores, _cgroup_quota())))


def _cgroup_quota() -> float:
    """Cores that the control group of this process may use; infinite where nothing limits it."""
    try:
        if (_CGROUP / "cpu.max").is_file():  # version 2
            quota, period = (_CGROUP / "cpu.max").read_text().split()
        else:
            folder = _CGROUP / "cpu"
            quota = (folder / "cpu.cfs_quota_us").read_text().strip()
            period = (folder / "cpu.cfs_period_us").read_text().strip()
        return math.inf if quota in ("max", "-1") else int(quota) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return math.inf
