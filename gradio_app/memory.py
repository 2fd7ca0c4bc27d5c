"""How the C library keeps the memory that onnxruntime and Pillow take and give back."""

import ctypes
import os
import sys

__all__ = ["bound_memory"]

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # malloc.h
#: Bytes of what comes from the system each time; the pixels of one film, 460,800, do not.
_LARGE = 500_000


def bound_memory() -> None:
    """Let glibc give memory back to the system, with Linux; for a program, not for a library.

    It keeps an arena for each of up to eight threads a core, and what they free stays with them.
    Two arenas are enough for two cores; large arrays come from the system and go back to it. With
    the variable `MALLOC_ARENA_MAX`, whoever starts the program has decided otherwise.
    """
    if sys.platform != "linux" or "MALLOC_ARENA_MAX" in os.environ:
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # another C library has none
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 2)
        mallopt(_M_MMAP_THRESHOLD, _LARGE)
        mallopt(_M_TRIM_THRESHOLD, _LARGE)
