"""Whose turn it is to decode a poster: so many bytes at a time, in the whole process."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Turns"]


class Turns:
    """A share of memory that threads take in the order in which they ask.

    >>> turns = Turns(100)
    >>> with turns.take(60), turns.take(40):
    ...     turns.free
    0
    """

    def __init__(self, capacity: int):
        self._capacity = capacity
        self._changed = threading.Condition()
        self._waiting: deque[object] = deque()
        self.free = capacity

    @contextmanager
    def take(self, amount: int) -> Iterator[None]:
        """Wait until `amount` bytes are free and all who asked earlier have theirs.

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
