"""Sessions, calls and answers that wait: as many as there is room for.

gradio keeps ten thousand sessions, any number of calls, and statistics of each. Where an answer's
place is gone, its queue ends for good.
"""

import asyncio
import logging
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import fastapi
from gradio.data_classes import PredictBodyInternal
from gradio.queueing import Event, Queue
from gradio.server_messages import EventMessage
from gradio.state_holder import SessionState, StateHolder
from gradio.utils import LRUCache, run_coro_in_background, set_task_name

from gradio_app.limits import (
    MAX_SESSION_NAME,
    MAX_SESSIONS,
    MAX_WAITING_ANSWERS,
    MAX_WAITING_CALLS,
)

__all__ = ["BoundedQueue", "BoundedSessions"]

_logger = logging.getLogger(__name__)
_SECONDS_BETWEEN_PROGRESS = 0.1


class _Session(SessionState):
    """A session's state without its copy of the page's configuration.

    Only links to a state of the page read the copy, and there are none here. To make it takes
    longer than to answer a call, and each call of a program is a session.
    """

    def __init__(self, blocks: Any):
        nothing_to_copy: Any = SimpleNamespace(default_config=blocks.default_config, blocks={})
        super().__init__(nothing_to_copy)

    def _update_config(self, key: int) -> None:
        pass

    def _update_value_in_config(self, key: int, value: Any) -> None:
        pass


class BoundedSessions(StateHolder):
    """The state of at most `MAX_SESSIONS` sessions.

    Where there are more, the ones go first that keep nothing, then those that were longest unused.
    """

    def __getitem__(self, session_id: str) -> SessionState:
        """Return a session's state, made where there is none."""
        if session_id not in self.session_data:
            self.session_data[session_id] = _Session(self.blocks)
        return super().__getitem__(session_id)

    def update(self, session_id: str) -> None:
        """Note that a session is used; forget others where there are too many."""
        with self.lock:
            if session_id in self.session_data:
                self.session_data.move_to_end(session_id)
        for other in list(self._in_excess(session_id)):
            self.forget(other)

    def forget(self, session_id: str) -> None:
        """Delete a session's state, and what was kept for it."""
        self.delete_state(session_id)
        with self.lock:
            self.session_data.pop(session_id, None)
            self.time_last_used.pop(session_id, None)

    def _in_excess(self, kept: str) -> Iterator[str]:
        excess = len(self.session_data) - MAX_SESSIONS
        if excess <= 0:
            return
        others = [name for name in list(self.session_data) if name != kept]
        by_content = sorted(others, key=self._keeps_something)  # stable: the longest unused first
        yield from by_content[:excess]

    def _keeps_something(self, session_id: str) -> bool:
        session = self.session_data.get(session_id)
        return session is not None and any(
            value is not None for value in session.state_data.values()
        )


class BoundedQueue(Queue):
    """gradio's queue, which tells callers when it is busy and survives those who leave.

    Calls of a kind wait for each other, up to `MAX_WAITING_CALLS`; the answers of
    `MAX_WAITING_ANSWERS` sessions wait to be fetched, and of finished ones the oldest goes first.
    """

    def __init__(self, blocks: Any):
        """Make the queue of a page."""
        super().__init__(
            live_updates=False,  # not to all who wait whenever one of them is served
            concurrency_count=blocks.max_threads,
            update_intervals=1,  # seconds; who waits is told for how long
            max_size=None,  # it would be for calls of all kinds together
            blocks=blocks,
        )
        self.progress_update_sleep_when_free = _SECONDS_BETWEEN_PROGRESS
        self._changed = asyncio.Event()
        #: Whether the server is about to end, and takes no more calls.
        self.ending = False
        # What bounds it stands in `push`: a cache would drop answers that are still awaited.
        self.pending_messages_per_session = LRUCache(MAX_WAITING_ANSWERS + 10 * MAX_WAITING_CALLS)

    async def push(
        self, body: PredictBodyInternal, request: fastapi.Request, username: str | None
    ) -> tuple[bool, Any, Any]:
        """Let a call wait for its turn, or tell the caller why not."""
        if body.session_hash is not None and len(body.session_hash) > MAX_SESSION_NAME:
            return False, "The name of the session is too long.", "error"
        body.session_hash = body.session_hash or None  # an empty name is none
        busy = self._why_busy(body)
        if busy:
            return False, busy, "queue_full"
        self._drop_old_answers()
        try:
            return await super().push(body, request, username)
        finally:
            self._changed.set()

    def send_message(self, event: Event, event_message: EventMessage) -> None:
        """Put a message into its session's place, if that is still there."""
        if event.session_hash in self.pending_messages_per_session:
            super().send_message(event, event_message)

    async def start_processing(self) -> None:
        """Begin calls as they come and as others end; an error of one does not end it.

        gradio looks for calls a thousand times a second, which takes a tenth of a core from an
        idle server and the interpreter from a busy one.
        """
        while not self.stopped:
            self._changed.clear()
            try:
                while await self._begins_next():
                    pass
            except Exception:
                _logger.exception("The queue could not begin a call, and goes on.")
                await asyncio.sleep(1)
                continue
            await self._changed.wait()

    async def _begins_next(self) -> bool:
        """Begin the next call as gradio's `start_processing` does, if one may begin."""
        if None not in self.active_jobs:
            return False
        async with self.delete_lock:
            taken = self.get_events()
        if taken is None:
            return False
        events, batch, concurrency_id = taken
        begin, function = time.time(), events[0].fn
        self.active_jobs[self.active_jobs.index(None)] = events
        queue = self.event_queue_per_concurrency_id[concurrency_id]
        queue.current_concurrency += 1
        queue.start_times_per_fn[function].add(begin)
        task = run_coro_in_background(self.process_events, events, batch, begin, function)
        name = events[0].session_hash, function._id, events[0]._id
        set_task_name(task, *name, batch)  # by which it is found when it is to be cancelled
        self._asyncio_tasks.add(task)
        task.add_done_callback(self._asyncio_tasks.discard)
        return True

    async def process_events(self, events: list[Event], *arguments: Any) -> None:
        """Answer calls; of a program, which has no session, nothing is kept."""
        try:
            await super().process_events(events, *arguments)
        finally:
            self._changed.set()
        for event in events:
            if event.session_hash == event._id and self.server_app is not None:
                self.server_app.state_holder.forget(event.session_hash)

    def compute_analytics_summary(self, records: Any) -> dict[str, Any]:
        """Count nothing."""
        self.event_analytics.clear()
        return {"functions": {}}

    def is_at_work(self) -> bool:
        """Return whether calls run or wait."""
        return len(self) > 0 or any(self.active_jobs)

    def _why_busy(self, body: PredictBodyInternal) -> str:
        if self.ending:
            return "The server is being shut down; try again later."
        function = self.blocks.fns.get(-1 if body.fn_index is None else body.fn_index)
        if function is None:  # gradio says so
            return ""
        queue = self.event_queue_per_concurrency_id.get(function.concurrency_id)
        if queue is None or len(queue.queue) < MAX_WAITING_CALLS:
            return ""
        each = self.process_time_per_fn[function].avg_time or 1.0
        seconds = max(1, round(each * len(queue.queue) / (queue.concurrency_limit or 1)))
        return f"The server is busy: {len(queue.queue)} calls wait; try again in {seconds} s."

    def _drop_old_answers(self) -> None:
        places = self.pending_messages_per_session
        if len(places) < MAX_WAITING_ANSWERS:
            return
        awaited = {event.session_hash for event in self.event_ids_to_events.values()}
        for session in [each for each in places if each not in awaited]:
            if len(places) < MAX_WAITING_ANSWERS:
                return
            del places[session]
            self.pending_event_ids_session.pop(session, None)
