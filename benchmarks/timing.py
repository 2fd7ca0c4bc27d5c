"""What every benchmark needs: the time of a call, and what it was measured with."""

import os
import platform
import time
from collections.abc import Callable
from importlib.metadata import version

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
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPU cores\n"
        f"Python {platform.python_version()}, {versions}"
    )
