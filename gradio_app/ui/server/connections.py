"""Connections that say nothing are closed: uvicorn's protocol with a time limit for headers.

uvicorn itself waits for ever for the first request of a connection, and for the rest of a header.
A thousand such connections would use up the descriptors of the process.
"""

import asyncio
import socket
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from gradio_app.limits import HEADER_SECONDS, MAX_CONNECTIONS

__all__ = ["PatientProtocol", "usable_connections"]


def usable_connections() -> int:
    """Return how many connections there may be: few enough for the descriptors of the process."""
    try:
        import resource
    except ImportError:  # Windows has neither
        return MAX_CONNECTIONS
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MAX_CONNECTIONS if soft == resource.RLIM_INFINITY else min(MAX_CONNECTIONS, soft // 2)


class PatientProtocol(H11Protocol):
    """HTTP/1.1 whose requests must begin and have all headers within `HEADER_SECONDS`.

    Where there are more than `usable_connections`, the one that has waited longest for a request is
    closed, or the new one where all are at work.
    """

    _waiting_since: float | None = None
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        # asyncio does so only for sockets that it made itself; else each answer waits 40 ms for an
        # acknowledgement between its head and its body.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._wait()
        self._make_room()

    def data_received(self, data: bytes) -> None:
        """Take a piece of a request; its headers end the waiting, or begin the next."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._end_waiting()
        elif self._deadline is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the waiting."""
        self._end_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._waiting_since = self.loop.time()
        self._deadline = self.loop.call_later(HEADER_SECONDS, self.transport.abort)

    def _end_waiting(self) -> None:
        self._waiting_since = None
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _make_room(self) -> None:
        connections: set[Any] = self.connections  # all of this class
        if len(connections) <= usable_connections():
            return
        idle = [each for each in connections if each.is_idle and not each.transport.is_closing()]
        longest = min(idle, key=lambda each: each._waiting_since or 0.0, default=self)
        longest.transport.abort()

    @property
    def is_idle(self) -> bool:
        """Whether it waits for a request, its first or the next."""
        return self.cycle is None or self.cycle.response_complete
