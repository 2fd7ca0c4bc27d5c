"""How much memory work takes at a time, and that it goes back to the system."""

import ctypes
import os
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Share", "bound_memory"]

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


class Share:
    """A share of something, such as bytes, that threads take in the order in which they ask.

    >>> share = Share(100)
    >>> with share.take(60), share.take(40):
    ...     share.free
    0
    """

    def __init__(self, capacity: int):
        self._capacity = capacity
        self._changed = threading.Condition()
        self._waiting: deque[object] = deque()
        self.free = capacity

    @contextmanager
    def take(self, amount: int) -> Iterator[None]:
        """Wait until `amount` is free and all who asked earlier have theirs.

        Args:
            amount: what is more than there is altogether counts as all of it.
        """
        amount = min(amount, self._capacity)
        self._wait_for(amount)
        try:
            yield
        finally:
            with self._changed:
                self.free += amount
                self._changed.notify_all()

    def _wait_for(self, amount: int) -> None:
        ticket = object()
        with self._changed:
            self._waiting.append(ticket)
            try:
                self._changed.wait_for(lambda: self._waiting[0] is ticket and self.free >= amount)
                self.free -= amount
            finally:  # also where the wait is interrupted
                self._waiting.remove(ticket)
                self._changed.notify_all()
