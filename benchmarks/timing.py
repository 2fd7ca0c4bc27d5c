"""What every benchmark needs: the time of a call, and what it was measured with."""

import os
import platform
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from gradio_app.workers import usable_cores

__all__ = ["machine", "seconds"]


def seconds(call: Callable[[], object]) -> float:
    """Return how long one call takes."""
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def machine(*packages: str) -> str:
    """Return two lines that say what figures were measured with; `packages` are installed ones."""
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    return (
        f"{platform.system()} {platform.machine()}, {usable_cores()} of {os.cpu_count()} CPU "
        f"cores ({_processor()})\n"
        f"{time.strftime('%Y-%m-%d')}, Python {platform.python_version()}, {versions}"
    )


def _processor() -> str:
    """Return the model of the processor, as far as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or "unknown"
