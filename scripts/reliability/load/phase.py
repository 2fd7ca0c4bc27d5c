"""A number of users for some minutes, and what the server's process does meanwhile."""

import asyncio
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

from scripts.reliability.load.films import Questions
from scripts.reliability.load.users import Log, User

__all__ = ["run_phase"]

_SECONDS_BETWEEN_LOOKS = 0.25


def run_phase(
    address: str, process_id: int, uploads: Path, questions: Questions, users: int, seconds: float
) -> dict[str, Any]:
    """Let users ask for a while, and return what became of it.

    Args:
        address: of the server.
        process_id: of the server, whose memory is watched.
        uploads: the folder in which it keeps files.
        questions: what is asked.
        users: how many at once.
        seconds: how long they ask; the first tenth warms up.

    Returns:
        Counts of calls, times in milliseconds, memory in megabytes, and how many files and folders
        there are, at most and in the end.
    """
    log = Log()
    begin = time.monotonic()
    with _watched(process_id, uploads) as samples:
        asyncio.run(_ask(address, questions, log, users, begin + seconds))
        ended = time.monotonic()
        time.sleep(1)
    warm = [memory for moment, memory, _ in samples if moment - begin > seconds / 10]
    answered = sorted(second for each in log.seconds.values() for second in each)
    return {
        "users": users,
        "seconds": round(ended - begin),
        "requests": log.requests,
        "answered": log.answered,
        "busy": log.busy,
        "left": log.left,
        "refused": log.refused,
        "lost": len(log.lost),
        "wrong": len(log.wrong),
        "faults": [*log.lost, *log.wrong][:20],
        **_quantiles(answered, ""),
        **{
            key: value
            for what, each in sorted(log.seconds.items())
            for key, value in _quantiles(sorted(each), f"{what}_").items()
        },
        "memory_mb": {
            "start": round(samples[0][1]),
            "warm": round(warm[0]),
            "peak": round(max(memory for _, memory, _ in samples)),
            "end": round(statistics.median(warm[-5:])),
        },
        "files_most": max(files for _, _, files in samples),
        "files_end": samples[-1][2],
    }


async def _ask(address: str, questions: Questions, log: Log, users: int, deadline: float) -> None:
    crowd = [User(address, questions, log, seed) for seed in range(users)]
    await asyncio.gather(*(user.ask_until(deadline) for user in crowd))


def _quantiles(seconds: list[float], name: str) -> dict[str, float]:
    if not seconds:
        return {}
    return {
        f"{name}p{percent}_ms": round(
            1000 * seconds[min(len(seconds) - 1, len(seconds) * percent // 100)]
        )
        for percent in (50, 95, 99)
    }


@contextmanager
def _watched(process_id: int, uploads: Path) -> Iterator[list[tuple[float, float, int]]]:
    """Give a list that fills with moments, memory in MB and numbers of files and folders."""
    samples = [_look(process_id, uploads)]
    ended = Event()

    def watch() -> None:
        while not ended.wait(_SECONDS_BETWEEN_LOOKS):
            with suppress(OSError):
                samples.append(_look(process_id, uploads))

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield samples
    finally:
        ended.set()
        watcher.join()


def _look(process_id: int, uploads: Path) -> tuple[float, float, int]:
    status = Path(f"/proc/{process_id}/status").read_text("utf-8")
    (line,) = [each for each in status.splitlines() if each.startswith("VmRSS")]
    names = [name for _, folders, names in os.walk(uploads) for name in folders + names]
    n_kept = sum(not name.endswith(".lock") for name in names)
    return time.monotonic(), int(line.split()[1]) / 1024, n_kept
